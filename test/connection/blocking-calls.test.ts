/**
 * What a dispatcher does by events, done by calls that wait: real sockets, with a client in another thread, since these
 * calls block this one. Deadlines are the kernel's time-outs, so these tests take the time of a few of them.
 */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BlockingCalls, type Waiting } from '../../src/connection/blocking-calls.js';
import { Connection } from '../../src/connection/connection.js';
import type { Service } from '../../src/connection/service.js';
import type { Endpoint } from '../../src/dispatcher/dispatcher.js';
import { allowWaking } from '../../src/linux/process.js';
import { accept4, close, listen, SOCK_CLOEXEC, setReceiveTimeout, setSendTimeout } from '../../src/linux/sockets.js';
import { Arena } from '../../src/memory/arena.js';
import { REQUESTS } from '../../src/metrics/counts.js';
import { type Heard, Peer, type PeerTools } from './peer.js';
import { serviceWith } from './service.js';
import { TestSite } from './test-site.js';

const kernel = vi.hoisted(() => ({
  timeouts: [] as number[],
  /** How many of the bytes that a call would send go out at most. */
  most: (length: number): number => length,
}));

/** The kernel's calls as they are, but counted, and with a place for a fault. */
vi.mock(import('../../src/linux/sockets.js'), async (original) => {
  const real = await original();
  return {
    ...real,
    setReceiveTimeout: (socket, milliseconds) => {
      kernel.timeouts.push(milliseconds);
      return real.setReceiveTimeout(socket, milliseconds);
    },
    send: (socket, address, length, flags) => real.send(socket, address, kernel.most(length), flags),
    sendfile: (socket, file, position, count) => real.sendfile(socket, file, position, kernel.most(count)),
  };
});

/** The receive time-out of the listener, in milliseconds. */
const INHERITED = 2000;
const SEND_TIMEOUT = 300;
const MEBIBYTE = 1_048_576;
/** More than the kernel keeps for a connection, at both ends. */
const MUCH = 24 * MEBIBYTE;

let folder: string;
let arena: Arena;
let listener: number;
let port: number;
let peer: Peer;
/** What happened, in order: `before`, `after` and whatever the endpoint notes. */
let log: string[];
let befores: number;
/** What the worker does when it is asked for its orders. */
let order: () => void;
let calls: BlockingCalls;

const waiting: Waiting = {
  before() {
    log.push('before');
    befores++;
    order();
  },
  after() {
    log.push('after');
  },
};

beforeAll(() => {
  allowWaking();
  folder = mkdtempSync(join(tmpdir(), 'amped-calls-'));
  writeFileSync(join(folder, 'large'), Buffer.alloc(MUCH, 'x'));
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  log = [];
  befores = 0;
  order = () => {};
  arena = new Arena(MUCH + 16 * MEBIBYTE);
  ({ descriptor: listener, port } = listen('127.0.0.1', 0, 16, { blocking: true }));
  setReceiveTimeout(listener, INHERITED);
  setSendTimeout(listener, SEND_TIMEOUT);
  kernel.timeouts.length = 0;
  calls = new BlockingCalls(arena, INHERITED, waiting);
});

afterEach(() => {
  kernel.most = (length) => length;
  close(listener);
  arena.destroy();
});

function accept(behave: (tools: PeerTools) => Promise<void>): number {
  peer = new Peer(port, behave);
  // On a busy machine a thread takes its time to come up: longer than the listener waits.
  let socket = -1;
  for (let attempt = 0; socket < 0 && attempt < 5; attempt++) socket = accept4(listener, SOCK_CLOEXEC);
  expect(socket).toBeGreaterThanOrEqual(0);
  return socket;
}

/** Notes what it hears, and then does as the test says. */
class Listening implements Endpoint {
  text = '';
  onReceived: (length: number) => void = () => {};
  onSent: (result: number) => void = () => {};
  onExpired: () => void = () => calls.close(this.socket);
  constructor(readonly socket: number) {
    calls.add(socket, this);
  }
  received(offset: number, length: number): void {
    log.push(`received ${length}`);
    if (length > 0) this.text += Buffer.from(arena.bytes.subarray(offset, offset + length)).toString('latin1');
    peer.note();
    if (length <= 0) calls.close(this.socket);
    else this.onReceived(length);
  }
  sent(result: number): void {
    log.push(`sent ${result}`);
    this.onSent(result);
  }
  expired(): void {
    log.push('expired');
    this.onExpired();
  }
  released(): void {
    throw new Error('Everything is let go of at once.');
  }
}

describe('receiving', () => {
  it('asks for orders before each wait, and looks at the clock after it, before the connection hears', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, until, taken }) => {
        socket.write('one');
        await until(() => taken() === 1);
        socket.end('three');
      }),
    );
    calls.deadline(endpoint.socket, INHERITED);
    calls.run();
    expect(endpoint.text).toBe('onethree');
    expect(log).toEqual([
      'before',
      'after',
      'received 3',
      'before',
      'after',
      'received 5',
      'before',
      'after',
      'received 0',
    ]);
    expect((await peer.heard).end).toBe('end');
  });

  it('sets the time-out of the socket only where it differs from the last', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, until, taken }) => {
        for (let number = 0; number < 5; number++) {
          socket.write('.');
          await until(() => taken() === number + 1);
        }
        socket.end();
      }),
    );
    const asked = [INHERITED, 1000, 1000, 1500, 1500, 1500];
    const next = (): void => calls.deadline(endpoint.socket, asked.shift() as number);
    endpoint.onReceived = next;
    next();
    calls.run();
    expect(kernel.timeouts).toEqual([1000, 1500]);
    await peer.heard;
  });

  it('begins each connection with the time-out of the listener, whatever the last one had', async () => {
    for (let connection = 0; connection < 2; connection++) {
      const endpoint = new Listening(accept(async ({ socket }) => void socket.end()));
      calls.deadline(endpoint.socket, 700);
      calls.run();
      await peer.heard;
    }
    expect(kernel.timeouts).toEqual([700, 700]);
  });

  it('counts a deadline from when it was set, however many pieces come', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, pause }) => {
        while (!socket.destroyed && socket.writable) {
          socket.write('.');
          await pause(40);
        }
      }),
    );
    calls.deadline(endpoint.socket, 300);
    const began = performance.now();
    calls.run();
    const took = performance.now() - began;
    expect(log.at(-1)).toBe('expired');
    expect(log.filter((line) => line === 'received 1').length).toBeGreaterThan(1);
    expect(took).toBeGreaterThanOrEqual(299);
    expect(took).toBeLessThan(1500);
    await peer.heard;
  });

  it('waits for the whole of the deadline when nothing comes', async () => {
    const endpoint = new Listening(accept(async () => {}));
    calls.deadline(endpoint.socket, 150);
    const began = performance.now();
    calls.run();
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
    expect(log.filter((line) => line !== 'before')).toEqual(['expired']);
    expect((await peer.heard).end).toBe('end');
  });

  it('tells of a peer that has reset the connection', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, until, taken }) => {
        socket.write('.');
        await until(() => taken() === 1);
        socket.resetAndDestroy();
      }),
    );
    calls.deadline(endpoint.socket, INHERITED);
    calls.run();
    expect(log.at(-1)).toBe('received -104');
  });
});

/** Signals until the connection has ended. */
const signalling = async ({ socket, signal, pause }: PeerTools): Promise<void> => {
  while (!socket.destroyed && !socket.readableEnded) {
    signal();
    await pause(10);
  }
};

describe('a signal', () => {
  it('lets the worker look at its orders, and nobody else notices', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, signal, pause }) => {
        for (let number = 0; number < 4; number++) {
          await pause(10);
          signal();
        }
        await pause(10);
        socket.end('!');
      }),
    );
    calls.deadline(endpoint.socket, INHERITED);
    calls.run();
    expect(endpoint.text).toBe('!');
    // One before each of the two receives that gave something, and more for signals; two may come as one.
    expect(befores).toBeGreaterThan(2);
    expect(log.filter((line) => line !== 'before')).toEqual(['after', 'received 1', 'after', 'received 0']);
    await peer.heard;
  });

  it('does not lengthen the deadline', async () => {
    const endpoint = new Listening(accept(signalling));
    calls.deadline(endpoint.socket, 200);
    const began = performance.now();
    calls.run();
    expect(performance.now() - began).toBeLessThan(1500);
    expect(log.at(-1)).toBe('expired');
    await peer.heard;
  });

  it('may bring the order to close, also in the middle of a receive', async () => {
    const endpoint = new Listening(accept(signalling));
    order = () => {
      if (befores === 2) calls.close(endpoint.socket);
    };
    calls.deadline(endpoint.socket, INHERITED);
    calls.run();
    expect(log).toEqual(['before', 'before']);
    expect((await peer.heard).end).toBe('end');
  });

  it('may bring an error, which ends the calls', async () => {
    const endpoint = new Listening(accept(signalling));
    order = () => {
      if (befores === 2) throw new Error('injected');
    };
    calls.deadline(endpoint.socket, INHERITED);
    expect(() => calls.run()).toThrow('injected');
    calls.close(endpoint.socket);
    await peer.heard;
  });

  it.each([
    ['memory', (socket: number) => calls.send(socket, arena.reserve(MUCH), MUCH)],
    ['a file', (socket: number) => sendLarge(socket)],
  ])('brings the order to close while the peer takes nothing of %s', async (_what, send) => {
    setSendTimeout(listener, INHERITED);
    const endpoint = new Listening(
      accept(async (tools) => {
        tools.socket.pause();
        while (tools.taken() === 0) {
          tools.signal();
          await tools.pause(10);
        }
        tools.socket.resume();
      }),
    );
    send(endpoint.socket);
    order = () => {
      calls.close(endpoint.socket);
      peer.note();
    };
    const began = performance.now();
    calls.run();
    expect(performance.now() - began).toBeLessThan(INHERITED);
    expect(log).toEqual(['before']);
    expect((await peer.heard).count).toBeLessThan(MUCH);
  });

  it.each([
    ['memory', (socket: number) => calls.send(socket, arena.reserve(MUCH), MUCH)],
    ['a file', (socket: number) => sendLarge(socket)],
  ])('brings the order to close while a slow peer takes %s bit by bit', async (_what, send) => {
    const endpoint = new Listening(accept(async () => {}));
    send(endpoint.socket);
    // A call that has sent something says how much, and nothing of the signal that ended it.
    kernel.most = (length) => Math.min(length, 100_000);
    let late = 0;
    order = () => {
      if (++late === 5) calls.close(endpoint.socket);
    };
    calls.run();
    expect(log).toEqual(new Array(5).fill('before'));
    expect((await peer.heard).count).toBeLessThan(MEBIBYTE);
  });
});

let open: number[] = [];
afterEach(() => {
  for (const descriptor of open) closeSync(descriptor);
  open = [];
});

function file(text?: string): number {
  const path = join(folder, text === undefined ? 'large' : 'small');
  if (text !== undefined) writeFileSync(path, text);
  const descriptor = openSync(path, text === undefined ? 'r' : 'r+');
  open.push(descriptor);
  return descriptor;
}

function sendLarge(socket: number): void {
  calls.sendFile(socket, 0, 0, file(), 0, MUCH);
}

describe('sending', () => {
  const write = (text: string): number => {
    const offset = arena.reserve(text.length);
    arena.bytes.set(Buffer.from(text), offset);
    return offset;
  };
  const readAll = async (_tools: PeerTools): Promise<void> => {};
  /** Ends the connection with whatever a send comes to. */
  const thenClose = (endpoint: Listening): void => {
    endpoint.onSent = () => calls.close(endpoint.socket);
  };

  it('sends all, and says so', async () => {
    const endpoint = new Listening(accept(readAll));
    thenClose(endpoint);
    const offset = arena.reserve(MUCH);
    arena.bytes.fill(0x61, offset, offset + MUCH);
    calls.send(endpoint.socket, offset, MUCH);
    calls.run();
    expect(log.filter((line) => line !== 'before')).toEqual([`sent ${MUCH}`]);
    expect((await peer.heard).count).toBe(MUCH);
  });

  it('waits for a peer that takes nothing for as long as it may', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, until, taken }) => {
        socket.pause();
        await until(() => taken() === 1);
        socket.resume();
      }),
    );
    endpoint.onExpired = () => {
      peer.note();
      calls.close(endpoint.socket);
    };
    calls.send(endpoint.socket, arena.reserve(MUCH), MUCH);
    const began = performance.now();
    calls.run();
    const took = performance.now() - began;
    expect(log.at(-1)).toBe('expired');
    expect(took).toBeGreaterThanOrEqual(SEND_TIMEOUT - 1);
    expect(took).toBeLessThan(4 * SEND_TIMEOUT + 1000);
    await peer.heard;
  });

  it.each([
    ['memory', (socket: number) => calls.send(socket, arena.reserve(MUCH), MUCH)],
    ['a file', sendLarge],
  ])('waits for a peer that takes %s slowly, for longer than it may stand still', async (_what, send) => {
    const endpoint = new Listening(
      accept(async ({ socket, count, pause }) => {
        while (count() < 24 * 1_048_576 && !socket.destroyed) {
          socket.pause();
          await pause(60);
          const before = count();
          socket.resume();
          while (count() - before < 524_288 && count() < 24 * 1_048_576) await pause(1);
        }
      }),
    );
    thenClose(endpoint);
    send(endpoint.socket);
    const began = performance.now();
    calls.run();
    expect(performance.now() - began).toBeGreaterThan(SEND_TIMEOUT);
    expect(log.filter((line) => line !== 'before')).toEqual([`sent ${MUCH}`]);
    expect((await peer.heard).count).toBe(MUCH);
  });

  it('lets the connection look when the time of a file is over, although something has gone out with each call', async () => {
    const endpoint = new Listening(
      accept(async ({ socket, count, pause }) => {
        while (count() < 24 * 1_048_576 && !socket.destroyed) {
          socket.pause();
          await pause(20);
          socket.resume();
          await pause(1);
        }
      }),
    );
    thenClose(endpoint);
    kernel.most = (length) => Math.min(length, 65_536);
    const seen: number[] = [];
    endpoint.onExpired = () => {
      seen.push(calls.progress());
      calls.deadline(endpoint.socket, 50);
    };
    calls.deadline(endpoint.socket, 50);
    sendLarge(endpoint.socket);
    const began = performance.now();
    calls.run();
    const took = performance.now() - began;
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThanOrEqual(took / 50);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect(log.at(-1)).toBe(`sent ${MUCH}`);
    expect((await peer.heard).count).toBe(MUCH);
  });

  it('tells of a peer that is gone', async () => {
    const endpoint = new Listening(
      accept(async ({ socket }) => {
        socket.pause();
        socket.resetAndDestroy();
      }),
    );
    thenClose(endpoint);
    calls.send(endpoint.socket, arena.reserve(MUCH), MUCH);
    calls.run();
    // EPIPE or ECONNRESET, as it comes.
    expect(['sent -32', 'sent -104']).toContain(log.at(-1));
  });

  it('sends a window of a file behind a head', async () => {
    const endpoint = new Listening(accept(readAll));
    thenClose(endpoint);
    calls.sendFile(endpoint.socket, write('head:'), 5, file('0123456789'), 3, 4);
    expect(calls.progress()).toBe(0);
    calls.run();
    expect(log.filter((line) => line !== 'before')).toEqual(['sent 4']);
    expect((await peer.heard).text).toBe('head:3456');
  });

  it('says how much there was of a file that has become shorter', async () => {
    const endpoint = new Listening(accept(readAll));
    thenClose(endpoint);
    const descriptor = file('0123456789');
    ftruncateSync(descriptor, 6);
    calls.sendFile(endpoint.socket, write('head:'), 5, descriptor, 3, 7);
    calls.run();
    expect(log.filter((line) => line !== 'before')).toEqual(['sent 3']);
    expect((await peer.heard).text).toBe('head:345');
  });

  it('does not take a head that has gone in part for a peer that takes nothing', async () => {
    const endpoint = new Listening(accept(readAll));
    thenClose(endpoint);
    kernel.most = () => {
      // What a signal does where the buffer is nearly full.
      kernel.most = (length) => length;
      return 2;
    };
    calls.sendFile(endpoint.socket, write('head:'), 5, file('0123456789'), 0, 10);
    calls.run();
    expect(log.filter((line) => line !== 'before')).toEqual(['sent 10']);
    expect((await peer.heard).text).toBe('head:0123456789');
  });
});

describe('a connection', () => {
  const GET = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
  let site: TestSite;
  let service: Service;
  let closed: number;

  const limits = { headerTimeout: 300, bodyTimeout: 200, keepAliveTimeout: 150, writeTimeout: SEND_TIMEOUT };

  beforeEach(() => {
    site = new TestSite(arena);
    closed = 0;
    const closing = (): void => {
      closed++;
      peer.note();
    };
    service = serviceWith({ arena, dispatcher: calls, site, closed: closing }, limits);
  });

  /** Serves one client to the end, and gives what it heard. */
  async function serve(behave: (tools: PeerTools) => Promise<void>): Promise<Heard> {
    const connection = new Connection(accept(behave), service);
    calls.run();
    expect(closed).toBe(1);
    expect(service.open.size).toBe(0);
    expect(service.inputs.used).toBe(0);
    expect(site.answers.every(({ holds }) => holds === 0)).toBe(true);
    connection.abandon();
    return peer.heard;
  }

  it('answers a request, waits for the next, and closes when none comes', async () => {
    const { text, end } = await serve(async ({ socket, until, text }) => {
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
      await until(() => text() === '[/a]');
      socket.write('GET /b HTTP/1.1\r\nHost: h\r\n\r\n');
    });
    expect([text, end]).toEqual(['[/a][/b]', 'end']);
    expect(service.counts[REQUESTS]).toBe(2);
    // For the first head, and once for all that is waited for between requests.
    expect(kernel.timeouts).toEqual([300, 150]);
  });

  it('answers a request that comes byte by byte', async () => {
    order = () => peer.note();
    const { text, end } = await serve(async ({ socket, until, taken }) => {
      for (const byte of 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n') {
        const before = taken();
        socket.write(byte);
        await until(() => taken() > before);
      }
    });
    expect([text, end]).toEqual(['[/a]', 'end']);
    expect(befores).toBeGreaterThan(GET.length);
  });

  it('answers pipelined requests in order, also when the client has ended its side', async () => {
    const { text, end } = await serve(async ({ socket }) => {
      const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
      let all = '';
      for (let number = 0; number < 2000; number++) all += request(`/${number}`);
      socket.end(`${all}GET /last`);
    });
    expect(end).toBe('end');
    expect(text).toBe(`${Array.from({ length: 2000 }, (_, number) => `[/${number}]`).join('')}`);
    expect(service.counts[REQUESTS]).toBe(2000);
  });

  it('answers 408 when a head does not come to its end in time, however steadily it comes', async () => {
    const began = performance.now();
    const { text, end } = await serve(async ({ socket, text, pause }) => {
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\nx: ');
      while (text() === '' && socket.writable) {
        socket.write('x');
        await pause(20);
      }
      socket.end();
    });
    expect([text, end]).toEqual(['<408>', 'end']);
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('answers 408 when a body does not come', async () => {
    const { text } = await serve(async ({ socket, until, text }) => {
      socket.write('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1234');
      await until(() => text() !== '');
      socket.end();
    });
    expect(text).toBe('<408>');
  });

  it('closes without a word when a peer sends nothing at all', async () => {
    const { text, end } = await serve(async () => {});
    expect([text, end]).toEqual(['', 'end']);
  });

  it('lets a client that was refused read the answer before it closes', async () => {
    const { text, end } = await serve(async ({ socket, ended }) => {
      // It does not look at what comes while it goes on sending.
      socket.write(`GET /a HTTP/1.1\r\nHost : h\r\n\r\n${'x'.repeat(500_000)}`);
      await ended;
      socket.end();
    });
    expect([text, end]).toEqual(['<400>', 'end']);
  });

  it('sends a file in windows, behind its head', async () => {
    const length = 3 * MEBIBYTE + 77;
    site.file = { descriptor: file(), position: 5, length };
    const { count, end } = await serve(async ({ socket, until, count }) => {
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
      await until(() => count() === 3 * 1_048_576 + 77 + 4);
    });
    expect([count, end]).toEqual([length + 4, 'end']);
    expect(service.counts[REQUESTS]).toBe(1);
  });

  it('closes when a file has become shorter than its head says', async () => {
    const descriptor = file('0123456789');
    ftruncateSync(descriptor, 4);
    site.file = { descriptor, position: 0, length: 10 };
    const { text, end } = await serve(async ({ socket }) => {
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    });
    expect([text, end]).toEqual(['[/a]0123', 'end']);
    expect(service.counts[REQUESTS]).toBe(0);
  });

  it('closes when a client takes nothing of a file any more', async () => {
    site.file = { descriptor: file(), position: 0, length: MUCH };
    const began = performance.now();
    const { count } = await serve(async ({ socket, until, taken }) => {
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
      socket.pause();
      await until(() => taken() > 0);
      socket.resume();
    });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(count).toBeLessThan(MUCH);
  });

  it('ends when its client is gone in the middle of an answer', async () => {
    site.file = { descriptor: file(), position: 0, length: MUCH };
    await serve(async ({ socket, until, count }) => {
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
      await until(() => count() > 0);
      socket.resetAndDestroy();
    });
    expect(service.counts[REQUESTS]).toBe(0);
  });
});
