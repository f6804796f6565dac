/** The connection's state machine, with a dispatcher that only writes down and a site that answers as the test says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import type { Service } from '../../src/connection/service.js';
import { type DiskOperation, PENDING } from '../../src/disk/disk.js';
import { Arena } from '../../src/memory/arena.js';
import { Heap } from '../../src/memory/heap.js';
import { CONNECTIONS, REQUESTS } from '../../src/metrics/counts.js';
import { RecordingDispatcher } from './recording-dispatcher.js';
import { serviceWith } from './service.js';
import { type TestAnswer, TestSite } from './test-site.js';

const WINDOW = 1_048_576;
const GET = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';

let arena: Arena;
let inputs: Heap;
let dispatcher: RecordingDispatcher;
let site: TestSite;
let service: Service;
let connection: Connection;
let area: number;
let closed: number;
let othersWait: boolean;
let askedForOthers: number;

beforeEach(() => {
  arena = new Arena(16 * 1024 * 1024);
  inputs = new Heap(arena, 4 * 1024 * 1024);
  area = arena.reserve(1024 * 1024);
  dispatcher = new RecordingDispatcher(arena);
  site = new TestSite(arena);
  closed = 0;
  othersWait = false;
  askedForOthers = 0;
  const others = (): boolean => {
    askedForOthers++;
    return othersWait;
  };
  const given = { arena, dispatcher, site, inputs, othersWait: others, closed: () => void closed++ };
  service = serviceWith(given, { keepAliveRequests: 3 });
  connection = new Connection(7, service);
});

afterEach(() => {
  connection.abandon();
  dispatcher.letsGo = true;
  expect(inputs.used, 'memory for input is given back').toBe(0);
});

function receive(text: string): string[] {
  arena.bytes.set(Buffer.from(text, 'latin1'), area);
  connection.received(area, text.length);
  return dispatcher.take();
}

function sent(result?: number): string[] {
  connection.sent(result ?? (site.answers.at(-1)?.length as number));
  return dispatcher.take();
}

describe('requests', () => {
  it('answers a whole request at once and then waits for the next', () => {
    expect(connection.idle).toBe(true);
    expect(receive(GET)).toEqual(['send [/a]']);
    expect(connection.idle).toBe(false);
    expect(dispatcher.lastDeadline).toBe(60);
    expect(sent()).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(65);
    expect(connection.idle).toBe(true);
    expect(site.answers[0]?.holds).toBe(0);
  });

  it('answers the same whatever the pieces are', () => {
    for (let cut = 1; cut < GET.length; cut++) {
      expect(receive(GET.slice(0, cut)), `cut at ${cut}`).toEqual([]);
      expect(dispatcher.lastDeadline).toBe(20);
      expect(receive(GET.slice(cut)), `cut at ${cut}`).toEqual(['send [/a]']);
      sent();
      expect(connection.idle).toBe(true);
    }
  });

  it('answers a request that comes byte by byte', () => {
    const all = [...GET].flatMap((byte) => receive(byte));
    expect(all).toEqual(['send [/a]']);
  });

  it('answers pipelined requests in order, one at a time', () => {
    const b = GET.replace('/a', '/b');
    expect(receive(GET + b + GET)).toEqual(['send [/a]']);
    expect(sent()).toEqual(['send [/b]']);
    expect(receive(b)).toEqual([]);
    expect(sent()).toEqual(['send [/a]']);
    expect(sent()).toEqual(['send [/b]']);
    expect(sent()).toEqual([]);
    expect(connection.idle).toBe(true);
  });

  it('stops receiving while too much waits, and goes on when it has been answered', () => {
    receive(GET);
    const many = GET.repeat(2_000);
    let asked: string[] = [];
    for (let at = 0; at < 4; at++) asked = asked.concat(receive(many));
    expect(asked).toContain('pause');
    let answers = 1;
    let resumed = false;
    for (; !connection.idle; answers++) resumed = sent().includes('resume') || resumed;
    expect(answers).toBe(8_002);
    expect(resumed).toBe(true);
  });
});

describe('bodies', () => {
  const post = (length: number): string => `POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;

  it('reads a body that nobody wants and stays in step', () => {
    expect(receive(`${post(5)}GET /`)).toEqual(['send [/p]']);
    expect(sent()).toEqual([]);
    expect(receive(GET)).toEqual(['send [/a]']);
  });

  it('answers only when the body has come', () => {
    expect(receive(post(5))).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(30);
    expect(receive('12')).toEqual([]);
    expect(receive(`345${GET}`)).toEqual(['send [/p]']);
    expect(sent()).toEqual(['send [/a]']);
  });

  it('refuses a body that is too long before reading it', () => {
    expect(receive(post(101))).toEqual(['send <413>']);
    expect(sent()).toEqual(['finish']);
  });

  it('refuses a chunked body that turns out too long, and lets its answer go', () => {
    const head = 'POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(receive(`${head}40\r\n`)).toEqual([]);
    expect(receive(`${'x'.repeat(64)}\r\n`)).toEqual([]);
    expect(receive('40\r\n')).toEqual(['send <413>']);
    expect(site.answers[0]?.holds).toBe(0);
  });

  it('RFC 9110 10.1.1: gives its final answer instead of 100 (Continue), and closes', () => {
    expect(receive(post(5).replace('Content', 'Expect: 100-continue\r\nContent'))).toEqual(['send [/p]']);
    expect(site.answers[0]?.persistent).toBe(false);
    expect(sent()).toEqual(['finish']);
  });
});

describe('bad requests', () => {
  it('refuses, ends its side, and throws away what still comes', () => {
    expect(receive(`GET /a HTTP/1.1\r\nHost : h\r\n\r\n${GET}`)).toEqual(['send <400>']);
    expect(sent()).toEqual(['finish']);
    expect(receive(GET)).toEqual([]);
    connection.received(area, 0);
    expect(dispatcher.take()).toEqual(['close']);
    expect(closed).toBe(1);
  });

  it('does not linger for ever', () => {
    receive('bad\r\n\r\n');
    sent();
    connection.expired();
    expect(dispatcher.take()).toEqual(['close']);
  });
});

describe('files', () => {
  it('sends the head and the file, in windows', () => {
    site.file = { length: WINDOW + 10 };
    expect(receive(GET)).toEqual([`sendFile [/a] 9 5 ${WINDOW}`]);
    expect(sent(WINDOW)).toEqual([`sendFile  9 ${5 + WINDOW} 10`]);
    expect(sent(10)).toEqual([]);
    expect(connection.idle).toBe(true);
  });

  it('gives a slow peer its time again as long as it takes something', () => {
    site.file = { length: 100 };
    receive(GET);
    dispatcher.fileProgress = 10;
    dispatcher.lastDeadline = 0;
    connection.expired();
    expect(dispatcher.take()).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(60);
    connection.expired();
    expect(dispatcher.take()).toEqual(['close']);
  });

  it('closes when the file falls short', () => {
    site.file = { length: 100 };
    receive(GET);
    expect(sent(99)).toEqual(['close']);
    expect(site.answers[0]?.holds).toBe(0);
  });

  it('closes when the file has changed, before its last bytes', () => {
    site.file = { length: WINDOW + 10 };
    receive(GET);
    (site.answers[0] as TestAnswer).current = false;
    expect(sent(WINDOW)).toEqual(['close']);
  });
});

describe('a response of several answers', () => {
  /** The next answer is followed by others: of a file, or of memory alone. */
  function chain(): void {
    site.file = { length: 10 };
    const second = site.make('+two', true);
    Object.assign(second, { file: 8, filePosition: 50, fileLength: 20 });
    const third = site.make('+three', true);
    second.following = third;
    site.follows = second;
  }
  const holds = (): number[] => site.answers.map((answer) => answer.holds);

  it('sends them one after the other, and holds each until it has gone out', () => {
    chain();
    expect(receive(GET + GET)).toEqual(['sendFile [/a] 9 5 10']);
    expect(sent(10)).toEqual(['sendFile +two 8 50 20']);
    expect(holds()).toEqual([1, 0, 0]);
    site.follows = null;
    expect(sent(20)).toEqual(['send +three']);
    expect(service.counts[REQUESTS]).toBe(0);
    expect(holds()).toEqual([0, 1, 0]);
    expect(sent(6)).toEqual(['sendFile [/a] 9 5 10']);
    expect(service.counts[REQUESTS]).toBe(1);
    expect(holds().slice(0, 3)).toEqual([0, 0, 0]);
  });

  it('closes where a later one cannot go out: the head has said what comes', () => {
    chain();
    receive(GET);
    (site.answers[0] as TestAnswer).current = false;
    expect(sent(10)).toEqual(['close']);
    expect(holds()).toEqual([0, 0, 0]);

    connection = new Connection(8, service);
    dispatcher.take();
    chain();
    site.follows!.warms = (operation) => {
      operation.result = -5;
      return -5;
    };
    receive(GET);
    expect(sent(10)).toEqual(['close']);
    expect(holds().every((count) => count === 0)).toBe(true);
  });

  it('closes when a file is shorter than it was', () => {
    chain();
    receive(GET);
    sent(10);
    expect(sent(19)).toEqual(['close']);
    expect(holds()).toEqual([0, 0, 0]);
  });
});

describe('files on a disk that takes its time', () => {
  let asked: DiskOperation[];
  const complete = (result: number): string[] => {
    const operation = asked.shift() as DiskOperation;
    operation.result = result;
    operation.asker.diskCompleted(operation);
    return dispatcher.take();
  };
  beforeEach(() => {
    asked = [];
    site.warms = (operation) => {
      asked.push(operation);
      return PENDING;
    };
  });

  it('sends a window when it is in memory, and reads the next one ahead meanwhile', () => {
    site.file = { length: 2 * WINDOW + 10 };
    expect(receive(GET)).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(0);
    expect(asked.map(({ position, length }) => [position, length])).toEqual([[5, WINDOW]]);
    expect(complete(0)).toEqual([`sendFile [/a] 9 5 ${WINDOW}`]);
    expect(asked.map(({ position, length }) => [position, length])).toEqual([[5 + WINDOW, WINDOW]]);
    // Sent before the next one is there.
    expect(sent(WINDOW)).toEqual([]);
    expect(complete(0)).toEqual([`sendFile  9 ${5 + WINDOW} ${WINDOW}`]);
    // There before the one before it is sent.
    expect(complete(0)).toEqual([]);
    site.answers[0]!.warms = () => 0;
    expect(sent(WINDOW)).toEqual([`sendFile  9 ${5 + 2 * WINDOW} 10`]);
    expect(sent(10)).toEqual([]);
    expect(asked).toEqual([]);
    expect(site.answers[0]?.holds).toBe(0);
    expect(connection.idle).toBe(true);
  });

  it('answers 500 when the disk fails before the head has gone out, and closes when it fails later', () => {
    site.file = { length: WINDOW + 10 };
    receive(GET);
    expect(complete(-5)).toEqual(['send <500>']);
    expect(site.answers[0]?.holds).toBe(0);
    sent();

    connection = new Connection(8, service);
    dispatcher.take();
    receive(GET);
    complete(0);
    expect(sent(WINDOW)).toEqual([]);
    expect(complete(-5)).toEqual(['close']);
    expect(site.answers.every(({ holds }) => holds === 0)).toBe(true);
  });

  it('holds the file until the disk is done with it when the peer has gone', () => {
    site.file = { length: 10 };
    receive(GET);
    connection.received(area, -104);
    expect(dispatcher.take()).toEqual(['close']);
    expect(site.answers[0]?.holds).toBe(1);
    expect(complete(0)).toEqual([]);
    expect(site.answers[0]?.holds).toBe(0);
  });

  it('keeps what is pipelined meanwhile, and answers when the peer has ended its side', () => {
    site.file = { length: 10 };
    expect(receive(GET + GET)).toEqual([]);
    connection.received(area, 0);
    expect(complete(0)).toEqual(['sendFile [/a] 9 5 10']);
    expect(sent(10)).toEqual([]);
    expect(complete(0)).toEqual(['sendFile [/a] 9 5 10']);
    expect(sent(10)).toEqual(['close']);
  });
});

describe('pending answers', () => {
  it('sends when the site is ready', () => {
    site.pends = true;
    expect(receive(GET)).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(0);
    site.pending?.answered(site.make('late', true));
    expect(dispatcher.take()).toEqual(['send late']);
  });

  it('is forgotten by the site when the peer fails', () => {
    site.pends = true;
    receive(GET);
    connection.received(area, -104);
    expect(dispatcher.take()).toEqual(['close']);
    expect(site.forgotten).toEqual([connection]);
  });
});

describe('the end', () => {
  it('answers a peer that has ended its side, and then closes', () => {
    receive(GET);
    connection.received(area, 0);
    expect(dispatcher.take()).toEqual([]);
    expect(sent()).toEqual(['close']);
  });

  it('answers all that a half-closed peer has sent', () => {
    receive(GET + GET);
    connection.received(area, 0);
    expect(sent()).toEqual(['send [/a]']);
    expect(sent()).toEqual(['close']);
  });

  it('holds the answer until the kernel has let go of it', () => {
    receive(GET);
    dispatcher.letsGo = false;
    connection.received(area, -104);
    expect(site.answers[0]?.holds).toBe(1);
    connection.released();
    expect(site.answers[0]?.holds).toBe(0);
  });

  it('answers 408 to half a request whose deadline has passed', () => {
    receive('GET /a HTTP/1.1\r\n');
    connection.expired();
    expect(dispatcher.take()).toEqual(['send <408>']);
  });

  it('closes without a word between requests and when a send is stuck', () => {
    connection.expired();
    expect(dispatcher.take()).toEqual(['close']);
  });

  it('closes after the answer when the server drains', () => {
    receive(GET);
    service.draining = true;
    service.closesIdle = true;
    connection.drain();
    expect(dispatcher.take()).toEqual([]);
    expect(sent()).toEqual(['close']);
  });

  it('is answered once more when nobody has told it that the end is near', () => {
    receive(GET);
    service.draining = true;
    expect(sent()).not.toContain('close');
    receive(GET);
    expect(site.answers.at(-1)?.persistent).toBe(false);
    expect(sent()).toContain('close');
  });

  it('keeps a connection whose client was told that it stays, and says with the next answer that it closes', () => {
    receive(GET);
    service.draining = true;
    expect(sent()).toEqual([]);
    expect(dispatcher.lastDeadline).toBe(65);
    expect(receive(GET)).toEqual(['send [/a]']);
    expect(site.answers[1]?.persistent).toBe(false);
    expect(sent()).toEqual(['close']);
  });

  it('closes at once when idle and the server drains', () => {
    connection.drain();
    expect(dispatcher.take()).toEqual(['close']);
  });
});

describe('making room for others', () => {
  const persistence = (): boolean | undefined => site.answers.at(-1)?.persistent;

  it('asks after each share of requests whether others wait, and goes on while nobody does', () => {
    for (let request = 1; request <= 7; request++) {
      receive(GET);
      expect(persistence(), `request ${request}`).toBe(true);
      expect(askedForOthers, `request ${request}`).toBe(Math.floor(request / 3));
      sent();
    }
    expect(connection.idle).toBe(true);
  });

  it('closes with the last answer of its share when others wait', () => {
    othersWait = true;
    for (let request = 1; request < 3; request++) {
      receive(GET);
      expect(persistence()).toBe(true);
      sent();
    }
    receive(GET);
    expect(persistence()).toBe(false);
    expect(sent()).toEqual(['close']);
    expect(closed).toBe(1);
  });

  it('counts requests that come at once like others, and lets go of those behind the last one', () => {
    othersWait = true;
    receive(GET.repeat(5));
    sent();
    sent();
    expect(persistence()).toBe(false);
    // What the peer has sent ahead is not read: it gets the time to take its answers first.
    expect(sent()).toEqual(['finish']);
    expect(site.answers).toHaveLength(3);
  });

  it('has a whole share again after it was asked', () => {
    for (let request = 1; request <= 4; request++) {
      receive(GET);
      sent();
      if (request === 3) othersWait = true;
    }
    receive(GET);
    expect(persistence()).toBe(true);
    sent();
    receive(GET);
    expect(persistence()).toBe(false);
  });

  it('remembers nothing of it in the head that is shared by all connections', () => {
    othersWait = true;
    receive(GET.repeat(3));
    for (let answer = 0; answer < 3; answer++) sent();
    const other = new Connection(8, service);
    arena.bytes.set(Buffer.from(GET, 'latin1'), area);
    other.received(area, GET.length);
    expect(persistence()).toBe(true);
    other.abandon();
  });
});

describe('counts', () => {
  it('counts a connection when it comes and a request when its answer has gone out', () => {
    const { counts } = service;
    expect([counts[CONNECTIONS], counts[REQUESTS]]).toEqual([1, 0]);
    receive(GET + GET);
    expect(counts[REQUESTS]).toBe(0);
    sent();
    expect(counts[REQUESTS]).toBe(1);
    sent();
    expect([counts[CONNECTIONS], counts[REQUESTS]]).toEqual([1, 2]);
  });

  it('counts a file once, and only when all of it has gone out', () => {
    site.file = { length: WINDOW + 10 };
    receive(GET);
    sent(WINDOW);
    expect(service.counts[REQUESTS]).toBe(0);
    sent(10);
    expect(service.counts[REQUESTS]).toBe(1);
  });

  it('counts no request whose answer did not go out', () => {
    receive(GET);
    sent(-32);
    expect(service.counts[REQUESTS]).toBe(0);
  });
});
