/**
 * Answers that are there before the body of their request has come whole: which of them wait, for how long, and that what
 * comes behind one that did not wait is never taken for a request.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Continuation } from '../../src/app/client.js';
import { Connection } from '../../src/connection/connection.js';
import { LINGER_MILLISECONDS, REST_MILLISECONDS } from '../../src/connection/states.js';
import { Arena } from '../../src/memory/arena.js';
import type { Answer } from '../../src/site/answer.js';
import { RecordingDispatcher } from './recording-dispatcher.js';
import { serviceWith } from './service.js';
import { type TestAnswer, TestSite } from './test-site.js';

const HEAD = 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n';
const GET = 'GET /b HTTP/1.1\r\nHost: h\r\n\r\n';
const WRITE_TIMEOUT = 60;

let arena: Arena;
let area: number;
let dispatcher: RecordingDispatcher;
let site: TestSite;
let connection: Connection;

beforeEach(() => {
  arena = new Arena(16 * 1024 * 1024);
  area = arena.reserve(1024 * 1024);
  dispatcher = new RecordingDispatcher(arena);
  site = new TestSite(arena);
  site.pends = true;
  connection = new Connection(
    7,
    serviceWith({ arena, dispatcher, site }, { writeTimeout: WRITE_TIMEOUT, bodyTimeout: 30_000 }),
  );
});

afterEach(() => {
  connection.abandon();
  arena.destroy();
});

function receive(text: string): string[] {
  arena.bytes.set(Buffer.from(text, 'latin1'), area);
  connection.received(area, text.length);
  return dispatcher.take();
}

function expire(): string[] {
  dispatcher.clock += dispatcher.lastDeadline;
  connection.expired();
  return dispatcher.take();
}

/** One that says that the connection stays open, and can be made to say that it closes. */
function answer(text: string): TestAnswer {
  const made = site.make(text, true);
  const sayClose = (): void => void arena.bytes.set(Buffer.from('C'), made.offset);
  return Object.assign(made, { sayClose });
}

function sent(made: Answer): string[] {
  connection.sent(made.length);
  return dispatcher.take();
}

describe('an answer that keeps its connection open', () => {
  it('waits for the rest, and the next request is answered', () => {
    receive(`${HEAD}12345`);
    const made = answer('keeps');
    connection.answered(made);
    expect(dispatcher.take()).toEqual([]);
    site.pends = false;
    expect(receive(`67890${GET}`)).toEqual(['send keeps']);
    expect(sent(made)).toEqual(['send [/b]']);
  });

  it.each(['', '67890'])('waits for so long, and then says that it closes; what comes (%j) is no request', (rest) => {
    receive(`${HEAD}12345`);
    const made = answer('keeps');
    connection.answered(made);
    expect(dispatcher.lastDeadline).toBe(REST_MILLISECONDS);
    expect(expire()).toEqual(['send Ceeps']);
    if (rest !== '') receive(`${rest}${GET}`);
    expect(sent(made)).toEqual(['finish']);
    expect(dispatcher.lastDeadline).toBe(LINGER_MILLISECONDS);
    expect(receive(`67890${GET}`)).toEqual([]);
    expect(site.answers).toHaveLength(1);
  });

  it('waits no longer when it is told not to', () => {
    receive(HEAD);
    const made = answer('keeps');
    connection.answered(made);
    connection.leaveBody();
    expect(dispatcher.take()).toEqual(['send Ceeps']);
    expect(receive(`1234567890${GET}`)).toEqual([]);
    expect(sent(made)).toEqual(['finish']);
    expect(receive(GET)).toEqual([]);
  });

  it('does not wait for what nobody takes', () => {
    receive(HEAD);
    connection.takeBody({ take: () => false, end: () => {}, lost: () => {} });
    expect(receive('123')).toEqual([]);
    connection.answered(answer('keeps'));
    expect(dispatcher.take()).toEqual(['send Ceeps']);
  });
});

describe('an answer that waits for nothing', () => {
  it('goes out at once', () => {
    receive(`${HEAD}12345`);
    connection.leaveBody();
    const made = site.make('closes', false);
    connection.answered(made);
    expect(dispatcher.take()).toEqual(['send closes']);
    receive(`67890${GET}`);
    expect(sent(made)).toEqual(['finish']);
    expect(site.answers).toHaveLength(1);
  });

  it('goes out whole to a client that then sends no more, whose body is lost for whoever still reads it', () => {
    receive(`${HEAD}12345`);
    let lost = 0;
    connection.takeBody({ take: () => true, end: () => {}, lost: () => void lost++ });
    connection.leaveBody();
    const made = site.make('closes', false);
    connection.answered(made);
    dispatcher.take();
    connection.received(area, 0);
    expect([dispatcher.take(), lost]).toEqual([[], 1]);
    expect(sent(made)).toEqual(['close']);
  });
});

describe('a stream whose client has said its last', () => {
  const SILENT: Continuation = { next: () => null };

  function stream(more: Continuation | null): TestAnswer {
    return Object.assign(site.make('part', true), { more });
  }

  it('goes on, and ends with the connection', () => {
    receive(GET);
    const first = stream(SILENT);
    connection.answered(first);
    sent(first);
    connection.received(area, 0);
    const last = stream(null);
    connection.answered(last);
    expect(dispatcher.take()).toEqual(['send part']);
    expect(sent(last)).toEqual(['close']);
  });

  it.each(['before', 'after'])('is ended when it says nothing for the write timeout: %s a part of it', (when) => {
    receive(GET);
    const first = stream(SILENT);
    connection.answered(first);
    if (when === 'before') connection.received(area, 0);
    sent(first);
    if (when === 'after') {
      expect(dispatcher.lastDeadline).toBe(0);
      connection.received(area, 0);
    }
    expect(dispatcher.lastDeadline).toBe(WRITE_TIMEOUT);
    expect(expire()).toEqual(['close']);
    expect(site.forgotten).toHaveLength(1);
  });
});
