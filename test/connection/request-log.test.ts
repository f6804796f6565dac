/** What the log says of each request, whatever becomes of it: the connection's state machine, with a dispatcher that writes down. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import type { Service } from '../../src/connection/service.js';
import { EIO, EPIPE } from '../../src/linux/errno.js';
import { AccessLog } from '../../src/log/access-log.js';
import { Arena } from '../../src/memory/arena.js';
import { type Ring, ringOf } from '../log/ring.js';
import { RecordingDispatcher } from './recording-dispatcher.js';
import { serviceWith } from './service.js';
import { type TestAnswer, TestSite } from './test-site.js';

const GET = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
const HEAD_BYTES = 2;

let arena: Arena;
let area: number;
let dispatcher: RecordingDispatcher;
let site: TestSite;
let ring: Ring;
let service: Service;
let connection: Connection;
let failed: [file: number, error: number][];

beforeEach(() => {
  arena = new Arena(16 * 1024 * 1024);
  area = arena.reserve(1024 * 1024);
  dispatcher = new RecordingDispatcher(arena);
  site = new TestSite(arena);
  const { make } = site;
  // Of each answer the first two bytes are its head.
  site.make = (...parameters): TestAnswer => {
    const answer = make.apply(site, parameters);
    // Before a file nothing but the head is in memory.
    answer.headLength = site.file === undefined ? HEAD_BYTES : answer.length;
    return answer;
  };
  ring = ringOf(65_536);
  failed = [];
  service = serviceWith({
    ...{ arena, dispatcher, site, accessLog: new AccessLog('json', ring.putting, () => {}) },
    fileFailed: (file, error) => failed.push([file, error]),
  });
  // No socket has this number: nobody is there who has an address.
  connection = new Connection(-1, service);
});

afterEach(() => {
  ring.region.destroy();
  arena.destroy();
});

function receive(text: string): void {
  arena.bytes.set(Buffer.from(text, 'latin1'), area);
  connection.received(area, text.length);
}

/** What the log says since the last call, without the members that every line has alike. */
function lines(): Record<string, unknown>[] {
  return ring
    .take()
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const { time, client, duration, referrer, userAgent, protocol, method, ...rest } = JSON.parse(line);
      expect(client).toBeNull();
      expect(duration).toBeGreaterThanOrEqual(0);
      return rest;
    });
}

describe('a request that is answered', () => {
  it('has a line when its answer has gone out, and not before', () => {
    receive(GET);
    expect(lines()).toEqual([]);
    connection.sent(4);
    expect(lines()).toEqual([{ target: '/a', status: 200, bytes: 2, request: 1 }]);
  });

  it('has a line each time, also when its head is remembered', () => {
    for (const request of [1, 2, 3, 4]) {
      receive(GET);
      connection.sent(4);
      expect(lines()).toEqual([{ target: '/a', status: 200, bytes: 2, request }]);
    }
    receive(GET.replace('/a', '/b'));
    connection.sent(4);
    expect(lines()).toMatchObject([{ target: '/b', request: 5 }]);
  });

  it('keeps its own text while other heads come', () => {
    site.pends = true;
    receive(GET);
    const { pending } = site;
    const other = new Connection(-1, service);
    arena.bytes.set(Buffer.from(GET.replace('/a', '/other')), area);
    other.received(area, GET.length + 5);
    pending?.answered(site.make('<>xyz', true));
    connection.sent(5);
    expect(lines()).toMatchObject([{ target: '/a', bytes: 3 }]);
  });

  it('has one line whatever it is made of, with the bytes of all', () => {
    const last = site.make('end', true);
    last.headLength = 0;
    const part = site.make('--part', true);
    Object.assign(part, { headLength: 0, file: 9, fileLength: 100, following: last });
    site.follows = part;
    receive(GET);
    connection.sent(4);
    connection.sent(100);
    expect(lines()).toEqual([]);
    connection.sent(3);
    expect(lines()).toEqual([{ target: '/a', status: 200, bytes: 2 + 6 + 100 + 3, request: 1 }]);
    site.follows = null;
    receive(GET);
    connection.sent(4);
    expect(lines()).toMatchObject([{ bytes: 2, request: 2 }]);
  });

  it('has the bytes of its file, and one line for pipelined requests each', () => {
    site.file = { length: 5000 };
    receive(GET + GET);
    connection.sent(5000);
    connection.sent(5000);
    expect(lines()).toMatchObject([{ bytes: 5000 }, { bytes: 5000, request: 2 }]);
  });
});

describe('a request that is refused', () => {
  it('has its line as far as it came', () => {
    receive('GET /a\0b\r\n\r\n');
    connection.sent(5);
    expect(lines()).toEqual([{ target: null, line: 'GET /a\0b', status: 400, bytes: 3, request: 1 }]);
  });

  it('for its time is logged with what came of it; a connection on which nothing came is not', () => {
    receive('GET /slow');
    connection.expired();
    connection.sent(5);
    expect(lines()).toEqual([{ target: null, line: 'GET /slow', status: 408, bytes: 3, request: 1 }]);
    new Connection(-1, service).expired();
    expect(lines()).toEqual([]);
  });

  it.each([
    ['Content-Length: 101\r\n\r\n', 413],
    ['Transfer-Encoding: chunked\r\n\r\nxyz\r\n', 400],
  ])('for its body, %j, is what it said', (rest, status) => {
    receive(`POST /form HTTP/1.1\r\nHost: h\r\n${rest}`);
    connection.sent(5);
    expect(lines()).toEqual([{ target: '/form', status, bytes: 3, request: 1 }]);
  });
});

describe('a client that goes away', () => {
  it('before there is an answer has 499', () => {
    site.pends = true;
    receive(GET);
    connection.received(area, -EPIPE);
    expect(lines()).toEqual([{ target: '/a', status: 499, bytes: 0, request: 1, aborted: true }]);
  });

  it('within its body has 499', () => {
    receive('POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nabc');
    connection.received(area, 0);
    expect(lines()).toMatchObject([{ target: '/form', status: 499, bytes: 0, aborted: true }]);
  });

  it.each([
    [1, 0],
    [3, 1],
  ])('within an answer in memory of which %d bytes were taken has %d of content', (taken, bytes) => {
    receive(GET);
    dispatcher.takenBytes = taken;
    connection.sent(-EPIPE);
    expect(lines()).toMatchObject([{ status: 200, bytes, aborted: true }]);
  });

  it('within a file has what went out of all its windows', () => {
    site.file = { length: 3 * 1_048_576 };
    receive(GET);
    connection.sent(1_048_576);
    dispatcher.takenBytes = 500;
    connection.abandon();
    expect(lines()).toMatchObject([{ status: 200, bytes: 1_048_576 + 500, aborted: true }]);
  });

  it('within a later part of it has what went out of that one and of those before', () => {
    const part = site.make('--part', true);
    Object.assign(part, { headLength: 0, file: 9, fileLength: 100 });
    site.follows = part;
    receive(GET);
    connection.sent(4);
    dispatcher.takenBytes = 50;
    connection.abandon();
    expect(lines()).toMatchObject([{ status: 200, bytes: 2 + 6 + 50, aborted: true }]);
  });

  it('or a file that has become shorter: what went out is counted once', () => {
    site.file = { length: 5000 };
    receive(GET);
    dispatcher.takenBytes = 700;
    connection.sent(700);
    expect(lines()).toMatchObject([{ bytes: 700, aborted: true }]);
  });

  it('between two requests leaves no line', () => {
    receive(GET);
    connection.sent(4);
    lines();
    connection.received(area, 0);
    expect(lines()).toEqual([]);
  });
});

it('a disk that fails while a file is sent is told of, a client that goes is not', () => {
  site.file = { length: 5000, descriptor: 77 };
  receive(GET);
  connection.sent(-EIO);
  expect(failed).toEqual([[77, -EIO]]);
  const other = new Connection(-1, service);
  other.received(area, GET.length);
  other.sent(-EPIPE);
  expect(failed).toHaveLength(1);
});
