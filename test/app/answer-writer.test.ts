/** Long answers: all of them is in memory at once while there is enough of it, and none of that is left behind. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AnswerWriter, type HeadOf, PIECE_BYTES } from '../../src/app/answer-writer.js';
import type { Client } from '../../src/app/client.js';
import { jsonText, type PiecedText } from '../../src/app/json-text.js';
import { Arena } from '../../src/memory/arena.js';
import { Heap } from '../../src/memory/heap.js';
import type { Answer } from '../../src/site/answer.js';

const HEAP_BYTES = 4 * 1024 * 1024;
const TEXT = 'abcdefg'.repeat(100_000);

let arena: Arena;
let heap: Heap;
let writer: AnswerWriter;
let before: number;

beforeEach(() => {
  arena = new Arena(2 * HEAP_BYTES);
  heap = new Heap(arena, HEAP_BYTES);
  writer = new AnswerWriter(arena, heap);
  before = heap.used;
});

afterEach(() => arena.destroy());

function head(headOnly = false): HeadOf {
  return { status: 200, statusText: '', fields: [], minorVersion: 1, persistent: true, headOnly };
}

/** What the parts of an answer say, as a connection takes them: each is held before the one in front of it is let go. */
function sent(answer: Answer): { text: string; parts: number } {
  let text = '';
  let parts = 0;
  let part = answer;
  part.acquire();
  for (;;) {
    text += Buffer.from(arena.bytes.subarray(part.offset, part.offset + part.length)).toString('latin1');
    parts++;
    const { following } = part;
    following?.acquire();
    part.release();
    if (following === null) return { text, parts };
    part = following;
  }
}

it('text goes out in parts, and each gives its memory back', () => {
  const answer = writer.text(head(), TEXT);
  const { headLength } = answer;
  const { text, parts } = sent(answer);
  expect(text.slice(0, headLength)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*content-length: 700000\r\n\r\n$/s);
  expect(text.slice(headLength) === TEXT).toBe(true);
  expect(parts).toBe(Math.ceil(text.length / PIECE_BYTES));
  expect(heap.used).toBe(before);
});

it('whoever lets go midway lets go of what is left', () => {
  const answer = writer.text(head(), TEXT);
  answer.acquire();
  const second = answer.following as Answer;
  second.acquire();
  answer.release();
  expect(heap.used).toBeGreaterThan(before);
  second.release();
  expect(heap.used).toBe(before);
});

it('text in pieces is the same text', () => {
  const value = { first: TEXT, between: 1, second: TEXT };
  const answer = writer.pieced(head(), jsonText(value) as PiecedText);
  const { headLength } = answer;
  expect(sent(answer).text.slice(headLength) === JSON.stringify(value)).toBe(true);
  expect(heap.used).toBe(before);
});

it('with little memory left it comes a piece at a time', () => {
  const others = heap.allocate(HEAP_BYTES / 2);
  let answer: Answer | null = writer.pieced(head(), jsonText({ text: TEXT }) as PiecedText);
  let text = '';
  while (answer !== null) {
    expect(answer.following).toBeNull();
    expect(heap.used).toBeLessThan(before + HEAP_BYTES / 2 + 2 * PIECE_BYTES);
    text += Buffer.from(arena.bytes.subarray(answer.offset, answer.offset + answer.length)).toString('latin1');
    answer.release();
    answer = answer.more?.next({} as Client as never) ?? null;
  }
  expect(text.endsWith(`\r\n\r\n{"text":"${TEXT}"}`)).toBe(true);
  heap.free(others, HEAP_BYTES / 2);
  expect(heap.used).toBe(before);
});

it('a head alone says how long it would be', () => {
  const { text, parts } = sent(writer.pieced(head(true), jsonText({ text: TEXT }) as PiecedText));
  expect(text).toMatch(/content-length: 700011\r\n\r\n$/);
  expect(parts).toBe(1);
  expect(heap.used).toBe(before);
});

it.each([
  [[], 'Server: amped', /^Date: /],
  [['server', 'other/1'], 'server: other/1', /^Date: /],
  [['date', 'Thu, 01 Jan 1970 00:00:00 GMT'], 'Server: amped', /^date: Thu, 01 Jan 1970 00:00:00 GMT$/],
  [['server', 'other/1', 'date', 'then'], 'server: other/1', /^date: then$/],
])('a server and a date of %j are the only ones', (fields, server, date) => {
  writer.second = 1;
  for (const statusText of ['', 'Fine']) {
    const lines = sent(writer.text({ ...head(), statusText, fields }, 'x')).text.split('\r\n');
    expect(lines[0]).toBe(`HTTP/1.1 200 ${statusText || 'OK'}`);
    expect(lines.filter((line) => /^server:/i.test(line))).toEqual([server]);
    expect(lines.filter((line) => /^date:/i.test(line))).toEqual([expect.stringMatching(date)]);
  }
});
