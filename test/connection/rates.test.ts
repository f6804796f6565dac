/**
 * How slow a peer may be, and how much of a connection it may have: by counts and by a clock that the test moves, so that no
 * test waits and none depends on how fast this computer is.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import type { ConnectionLimits } from '../../src/connection/service.js';
import { type DiskOperation, PENDING } from '../../src/disk/disk.js';
import { Arena } from '../../src/memory/arena.js';
import { Heap } from '../../src/memory/heap.js';
import { RecordingDispatcher } from './recording-dispatcher.js';
import { serviceWith } from './service.js';
import { TestSite } from './test-site.js';

const WINDOW = 1_048_576;
const GET = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
const POST = 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n';
const GRACE = 5000;
const BODY_TIMEOUT = 30_000;
const WRITE_TIMEOUT = 60_000;

let arena: Arena;
let area: number;
let inputs: Heap;
let dispatcher: RecordingDispatcher;
let site: TestSite;
let othersWait: boolean;
let connection: Connection;

beforeEach(() => {
  arena = new Arena(16 * 1024 * 1024);
  area = arena.reserve(1024 * 1024);
  inputs = new Heap(arena, 4 * 1024 * 1024);
  site = new TestSite(arena);
  othersWait = false;
});
afterEach(() => {
  connection.abandon();
  arena.destroy();
});

function open(limits: Partial<ConnectionLimits>): void {
  dispatcher = new RecordingDispatcher(arena);
  const service = serviceWith(
    { arena, dispatcher, site, inputs, othersWait: () => othersWait },
    {
      bodyBytes: 1_000_000,
      headerTimeout: 20_000,
      bodyTimeout: BODY_TIMEOUT,
      keepAliveTimeout: 65_000,
      writeTimeout: WRITE_TIMEOUT,
      keepAliveRequests: Number.POSITIVE_INFINITY,
      ...limits,
    },
  );
  connection = new Connection(7, service);
}

function receive(text: string): string[] {
  arena.bytes.set(Buffer.from(text, 'latin1'), area);
  connection.received(area, text.length);
  return dispatcher.take();
}

/** The deadline that was set passes, unless time is given: what the connection asks for then. */
function expire(milliseconds = dispatcher.lastDeadline): string[] {
  dispatcher.clock += milliseconds;
  connection.expired();
  return dispatcher.take();
}

describe('a body', () => {
  it('is looked at every five seconds, and has its time anew with whatever it brings', () => {
    open({ bodyRate: 2 });
    receive(POST);
    for (let elapsed = 0; elapsed < 3 * BODY_TIMEOUT; elapsed += GRACE) {
      expect(dispatcher.lastDeadline).toBe(GRACE);
      receive('x'.repeat(10));
      expect(expire()).toEqual([]);
    }
    receive('x'.repeat(1000));
    for (let elapsed = GRACE; elapsed < BODY_TIMEOUT; elapsed += GRACE) expect(expire()).toEqual([]);
    expect(expire()).toEqual(['send <408>']);
  });

  it('is refused when it has brought one byte less than its rate, and not before', () => {
    for (const [bytes, asked] of [
      [999, ['send <408>']],
      [1000, []],
    ] as const) {
      open({ bodyRate: 100 });
      receive(`${POST}${'x'.repeat(bytes)}`);
      expect(expire()).toEqual([]);
      dispatcher.clock += GRACE;
      expect(expire(0)).toEqual(bytes < 500 ? ['send <408>'] : []);
      expect(expire(GRACE)).toEqual(asked);
      connection.abandon();
    }
  });

  it('counts from its own beginning, and not from that of the connection', () => {
    open({ bodyRate: 100 });
    dispatcher.clock += 1_000_000;
    receive(POST);
    expect(expire()).toEqual([]);
    expect(expire()).toEqual(['send <408>']);
  });

  it('is not blamed on the peer while nobody takes it', () => {
    open({ bodyRate: 100 });
    site.pends = true;
    receive(POST);
    let takes = false;
    connection.takeBody({ take: () => takes, end: () => {}, lost: () => {} });
    for (let time = 0; time < 3; time++) {
      receive('x'.repeat(500));
      expect(dispatcher.lastDeadline).toBe(0);
      dispatcher.clock += 3_600_000;
      connection.readBody();
      expect(dispatcher.lastDeadline).toBe(GRACE);
      expect(expire()).toEqual([]);
    }
    takes = true;
    receive('x'.repeat(499));
    expect(expire(GRACE - 0.5)).toEqual([]);
    expect(expire(5000)).toEqual(['send <408>']);
  });

  it('has no rate but its time where none is set', () => {
    open({ bodyRate: 0 });
    receive(POST);
    expect(dispatcher.lastDeadline).toBe(BODY_TIMEOUT);
    // Too early, as a clock of ticks may be: the rest of the time is given.
    expect(expire(BODY_TIMEOUT - 0.5)).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(1);
    expect(expire()).toEqual(['send <408>']);
  });
});

describe('a file', () => {
  const LENGTH = 3 * WINDOW;
  const ask = (limits: Partial<ConnectionLimits>): void => {
    site.file = { length: LENGTH };
    open(limits);
    receive(GET);
  };
  /** What the kernel has taken of the window, and what of that its buffers still hold. */
  const taken = (accepted: number, queued: number): void => {
    dispatcher.fileProgress = accepted;
    dispatcher.queuedBytes = queued;
  };

  it('is no longer sent when one byte less than its rate has been taken, and not before', () => {
    const seconds = (WRITE_TIMEOUT - GRACE) / 1000;
    for (const [bytes, asked] of [
      [240 * seconds - 1, ['close']],
      [240 * seconds, []],
    ] as const) {
      ask({ sendRate: 240 });
      taken(bytes + 500_000, 500_000);
      expect(expire()).toEqual(asked);
      connection.abandon();
    }
  });

  it('is sent on while the peer takes from the kernel’s buffers, also when those take nothing from us', () => {
    ask({});
    for (let queued = 900_000; queued > 0; queued -= 100_000) {
      taken(950_000, queued);
      expect(expire()).toEqual([]);
    }
    expect(expire()).toEqual(['close']);
  });

  it('that has gone out in part too slowly is not begun anew with the next part', () => {
    ask({ sendRate: 100_000 });
    dispatcher.clock += 15_000;
    connection.sent(WINDOW);
    expect(dispatcher.take()).toEqual([`sendFile  9 ${5 + WINDOW} ${WINDOW}`]);
    dispatcher.clock += 12_000;
    connection.sent(WINDOW);
    expect(dispatcher.take()).toEqual(['close']);
  });

  it('is not blamed on the peer while the disk is waited for', () => {
    const operations: DiskOperation[] = [];
    site.warms = (operation) => {
      operations.push(operation);
      return PENDING;
    };
    ask({ sendRate: 100_000 });
    const wait = (): void => {
      dispatcher.clock += 3_600_000;
      const operation = operations.shift() as DiskOperation;
      operation.result = 0;
      operation.asker.diskCompleted(operation);
    };
    wait();
    dispatcher.take();
    dispatcher.clock += 15_000;
    connection.sent(WINDOW);
    wait();
    expect(dispatcher.take()).toEqual([`sendFile  9 ${5 + WINDOW} ${WINDOW}`]);
  });

  it('is sent to its end to whoever keeps to the rate, in whatever pieces', () => {
    const rates = fc.integer({ min: 500, max: 50_000 });
    // The kernel's buffers at both ends: the peer's takes in pieces, which may be as large as what a minute brings.
    const shares = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rates, shares, shares, (sendRate, receiveShare, sendShare) => {
        const piece = Math.max(1, Math.floor((receiveShare * sendRate * WRITE_TIMEOUT) / 1000));
        const buffer = Math.floor(sendShare * 4_000_000);
        const acknowledged = (): number => piece * (1 + Math.floor((sendRate * dispatcher.clock) / 1000 / piece));
        /** When so many bytes fit into both buffers and what has been read. */
        const fits = (bytes: number): number =>
          (Math.max(0, Math.ceil((bytes - buffer) / piece) - 1) * piece * 1000) / sendRate;
        ask({ sendRate });
        let looks = 0;
        for (let gone = 0; gone < LENGTH; ) {
          const due = dispatcher.clock + dispatcher.lastDeadline;
          const done = Math.max(dispatcher.clock, fits(gone + WINDOW));
          dispatcher.clock = Math.min(due, done);
          if (done <= due) {
            gone += WINDOW;
            connection.sent(WINDOW);
          } else {
            const accepted = Math.min(gone + WINDOW, acknowledged() + buffer);
            taken(accepted - gone, Math.max(0, accepted - acknowledged()));
            looks++;
            connection.expired();
          }
          expect(dispatcher.take(), `after ${looks} looks`).not.toContain('close');
        }
        connection.abandon();
      }),
      { numRuns: 200 },
    );
  });
});

describe('requests a connection', () => {
  const persistence = (): boolean | undefined => site.answers.at(-1)?.persistent;
  const exchange = (): void => {
    receive(GET);
    connection.sent(site.answers.at(-1)?.length as number);
  };

  it('are answered until their number is reached, and the last answer says that it is the last', () => {
    open({ connectionRequests: 4 });
    for (let number = 1; number <= 3; number++) {
      exchange();
      expect(persistence()).toBe(true);
    }
    exchange();
    expect(persistence()).toBe(false);
    expect(dispatcher.take()).toContain('close');
  });

  it('that come at once count like others', () => {
    open({ connectionRequests: 2 });
    receive(GET.repeat(5));
    connection.sent(site.answers.at(-1)?.length as number);
    expect(persistence()).toBe(false);
    expect(site.answers).toHaveLength(2);
  });

  it.each([
    [3, 7],
    [5, 7],
    [7, 7],
    [9, 7],
  ])(
    'end at their number, whatever the share of %i after which others have their turn',
    (keepAliveRequests, number) => {
      open({ keepAliveRequests, connectionRequests: number });
      for (let request = 1; request < number; request++) {
        exchange();
        expect(persistence()).toBe(true);
      }
      exchange();
      expect(persistence()).toBe(false);
    },
  );

  it('make room for others before their number is reached', () => {
    othersWait = true;
    open({ keepAliveRequests: 3, connectionRequests: 7 });
    exchange();
    exchange();
    exchange();
    expect(persistence()).toBe(false);
  });
});
