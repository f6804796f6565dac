/**
 * The io_uring dispatcher with faults between it and the kernel: a ring that shortens sends, makes them fail as if
 * interrupted, and takes receive buffers away. What arrives must be what was sent.
 */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/dispatcher/dispatcher.js';
import { IoUringDispatcher } from '../../src/dispatcher/io-uring.js';
import { EINTR, ENOBUFS } from '../../src/linux/errno.js';
import { COMPLETION_WORDS, IORING_OP_RECV, IORING_OP_SEND, Ring, SUBMISSION_WORDS } from '../../src/linux/io-uring.js';
import { close, listen } from '../../src/linux/sockets.js';
import { Arena } from '../../src/memory/arena.js';

const OF_RECEIVE = 2;
const OF_SEND = 3;

/** What goes wrong, by the number of the operation it happens to. */
const faults = {
  /** The kernel is asked to send only so many bytes at a time. */
  longestSend: Number.POSITIVE_INFINITY,
  /** Every so many sends are interrupted before they begin. */
  interruptEvery: 0,
  /** So many receives end with ENOBUFS. */
  withoutBuffers: 0,
};
let sends = 0;

class FaultyRing extends Ring {
  #prepared = 0;

  override next(): number {
    this.#prepared++;
    return super.next();
  }

  override submitAndWait(timeout: number): number {
    const { entries } = this;
    const mask = entries.length / SUBMISSION_WORDS - 1;
    for (let number = this.handedOver; number !== this.#prepared; number++) {
      const entry = (number & mask) * SUBMISSION_WORDS;
      const operation = (entries[entry] as number) & 0xff;
      if (operation === IORING_OP_SEND) {
        entries[entry + 6] = Math.min(entries[entry + 6] as number, faults.longestSend);
        if (faults.interruptEvery !== 0 && ++sends % faults.interruptEvery === 0) entries[entry + 6] = 0;
      }
      if (operation === IORING_OP_RECV && faults.withoutBuffers > 0) {
        faults.withoutBuffers--;
        // A group of buffers that does not exist.
        entries[entry + 10] = 99;
      }
    }
    this.handedOver = this.#prepared;
    const result = super.submitAndWait(timeout);
    const { completions } = this;
    for (let number = 0; number < this.ready(); number++) {
      const at = this.completionBase + ((this.completionHead() + number) & this.completionMask) * COMPLETION_WORDS;
      if (completions[at] === OF_SEND && completions[at + 2] === 0) completions[at + 2] = -EINTR;
      if (completions[at] === OF_RECEIVE && (completions[at + 2] as number) < -1) completions[at + 2] = -ENOBUFS;
    }
    return result;
  }

  handedOver = 0;
}

let arena: Arena;
let dispatcher: IoUringDispatcher;
let listener: { descriptor: number; port: number };

beforeEach(() => {
  faults.longestSend = Number.POSITIVE_INFINITY;
  faults.interruptEvery = 0;
  faults.withoutBuffers = 0;
  sends = 0;
  arena = new Arena(64 * 1024 * 1024);
  dispatcher = new IoUringDispatcher({ arena, ring: FaultyRing });
  listener = listen('127.0.0.1', 0, 16);
});

afterEach(() => {
  dispatcher.destroy();
  close(listener.descriptor);
  arena.destroy();
});

/** Sends everything back that it receives, in pieces as they come. */
function echo(socket: number): void {
  let waiting = 0;
  let sending = false;
  const base = arena.reserve(8 * 1024 * 1024);
  let from = base;
  let to = base;
  const next = (): void => {
    if (sending || waiting === 0) return;
    sending = true;
    dispatcher.send(socket, from, waiting);
    from += waiting;
    waiting = 0;
  };
  const endpoint: Endpoint = {
    received(offset, length) {
      if (length <= 0) {
        dispatcher.close(socket);
        return;
      }
      arena.bytes.copyWithin(to, offset, offset + length);
      to += length;
      waiting += length;
      next();
    },
    sent(result) {
      expect(result).toBeGreaterThan(0);
      sending = false;
      next();
    },
    expired() {},
    released() {},
  };
  dispatcher.add(socket, endpoint);
}

async function roundTrip(bytes: Buffer): Promise<Buffer> {
  dispatcher.accept(listener.descriptor, { accepted: echo, acceptFailed: () => {}, acceptingEnded: () => {} });
  const client: Socket = connect(listener.port, '127.0.0.1');
  const pieces: Buffer[] = [];
  let length = 0;
  client.on('data', (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
  });
  client.write(bytes);
  const end = Date.now() + 10_000;
  while (length < bytes.length && Date.now() < end) {
    dispatcher.turn(0);
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.destroy();
  for (let turn = 0; turn < 5; turn++) dispatcher.turn(0);
  return Buffer.concat(pieces);
}

function numbered(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
}

describe('io_uring with faults', () => {
  it('sends the rest of a send that was cut short', async () => {
    faults.longestSend = 1_000;
    const bytes = numbered(200_000);
    expect((await roundTrip(bytes)).equals(bytes)).toBe(true);
  });

  it('sends again what was interrupted', async () => {
    faults.longestSend = 5_000;
    faults.interruptEvery = 3;
    const bytes = numbered(200_000);
    expect((await roundTrip(bytes)).equals(bytes)).toBe(true);
    expect(sends).toBeGreaterThan(3);
  });

  it('receives again when there were no buffers', async () => {
    faults.withoutBuffers = 3;
    const bytes = numbered(50_000);
    expect((await roundTrip(bytes)).equals(bytes)).toBe(true);
    expect(faults.withoutBuffers).toBe(0);
  });

  it('receives everything from a sender that is faster than its reader', async () => {
    const bytes = numbered(4_000_000);
    expect((await roundTrip(bytes)).equals(bytes)).toBe(true);
  });
});
