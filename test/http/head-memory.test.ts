/** What is remembered of heads: never another head's meaning, and little work for heads that do not repeat. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadMemory } from '../../src/http/head-memory.js';
import { DEFAULT_HEAD_LIMITS } from '../../src/http/limits.js';
import { parseHead } from '../../src/http/parse-head.js';
import { RequestHead } from '../../src/http/request-head.js';
import { feed, latin1, meaning } from './feeding.js';

/** Kernel-visible memory as a connection has it: bytes, and the same as words. */
class Received {
  readonly bytes = new Uint8Array(8192);
  readonly words = new Int32Array(this.bytes.buffer);
  readonly head = new RequestHead();

  put(text: string, start = 64): void {
    this.bytes.set(latin1(text), start);
  }

  parse(text: string, start = 64): RequestHead {
    this.put(text, start);
    expect(parseHead(this.bytes, start, start + text.length, DEFAULT_HEAD_LIMITS, this.head)).toBe(text.length);
    return this.head;
  }

  recall(memory: HeadMemory, text: string, hint = -1, start = 64): number {
    this.put(text, start);
    return memory.recall(this.words, this.bytes, start, text.length, hint);
  }

  /** As a connection does with each request; gives the index, or -1. */
  request(memory: HeadMemory, text: string, hint = -1): number {
    const index = this.recall(memory, text, hint);
    return index >= 0 ? index : memory.remember(this.parse(text));
  }

  /** Until it is remembered. */
  teach(memory: HeadMemory, text: string): number {
    for (let time = 0; time < 2; time++) {
      const index = this.request(memory, text);
      if (index >= 0) return index;
    }
    throw new Error('it is not remembered');
  }
}

const plain = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: example.org\r\n${more}\r\n`;
const browser = plain(
  '/a?b',
  `Accept: text/html\r\nX: 1\r\nAccept: */*\r\nUser-Agent: ${'u'.repeat(400)}\r\nCookie: c=0\r\n`,
);

describe('HeadMemory', () => {
  it('remembers a head when it is seen for the second time', () => {
    const memory = new HeadMemory();
    const received = new Received();
    expect(received.request(memory, browser)).toBe(-1);
    expect(received.recall(memory, browser)).toBe(-1);
    const index = memory.remember(received.parse(browser));
    expect(index).toBeGreaterThanOrEqual(0);
    expect(received.recall(memory, browser)).toBe(index);
    expect(received.recall(memory, browser, index)).toBe(index);
    expect(received.recall(memory, browser, (index + 1) % memory.capacity)).toBe(index);
  });

  it('gives the meaning that parsing gives, from its own bytes', () => {
    const memory = new HeadMemory();
    const received = new Received();
    for (const text of [
      browser,
      plain('/'),
      `\r\n${plain('/x')}`,
      'GET http://a?q HTTP/1.0\r\n\r\n',
      plain('/', 'Content-Length: 0\r\n'),
    ]) {
      const index = received.teach(memory, text);
      received.bytes.fill(0);
      const head = memory.head(index);
      const fresh = feed(latin1(text), 0, [text.length]);
      expect(meaning({ result: head.length, head })).toEqual(meaning(fresh));
      expect(head.remembered).toBeNull();
    }
  });

  it.each([44, 45, 46, 47, 48, 49, 50, 51, 300, 674])(
    'never takes a head of %i bytes for one that differs in one byte',
    (length) => {
      const text = plain('/').replace('\r\n\r\n', `\r\nA: ${'a'.repeat(length - plain('/').length - 5)}\r\n\r\n`);
      expect(text.length).toBe(length);
      const memory = new HeadMemory();
      const received = new Received();
      const index = received.teach(memory, text);
      for (let at = 0; at < length; at++) {
        for (const flip of [1, 0x20, 0x80]) {
          received.put(text);
          received.bytes[64 + at]! ^= flip;
          expect(memory.recall(received.words, received.bytes, 64, length, index)).toBe(-1);
          expect(memory.recall(received.words, received.bytes, 64, length, -1)).toBe(-1);
        }
      }
      expect(received.recall(memory, text, index)).toBe(index);
    },
  );

  it('recalls exactly these bytes: not the beginning of a head, nor a head with more behind it', () => {
    const memory = new HeadMemory();
    const received = new Received();
    const index = received.teach(memory, plain('/'));
    const { length } = plain('/');
    for (const other of [length - 4, length - 1, length + 1, length + 4, 2 * length]) {
      received.put(plain('/') + plain('/'));
      expect(memory.recall(received.words, received.bytes, 64, other, index)).toBe(-1);
      expect(memory.recall(received.words, received.bytes, 64, other, -1)).toBe(-1);
    }
  });

  it('gives -1 where the head is not aligned, and finds it again when it has been parsed', () => {
    const memory = new HeadMemory();
    const received = new Received();
    const index = received.teach(memory, browser);
    for (const start of [65, 66, 67]) {
      expect(received.recall(memory, browser, index, start)).toBe(-1);
      expect(memory.remember(received.parse(browser, start))).toBe(index);
    }
    expect(memory.remember(received.parse(browser, 128))).toBe(index);
  });

  it('recalls nothing for a hint whose head has been displaced or was never there', () => {
    const memory = new HeadMemory(1);
    const received = new Received();
    expect(received.recall(memory, plain('/'), 0)).toBe(-1);
    const index = received.teach(memory, plain('/a'));
    memory.head(index).remembered = 'kept';
    expect(received.teach(memory, plain('/b'))).toBe(index);
    expect(memory.head(index).remembered).toBeNull();
    expect(received.recall(memory, plain('/a'), index)).toBe(-1);
    expect(received.recall(memory, plain('/b'), index)).toBe(index);
  });

  it('keeps a head that is recalled often from the first newcomers, but not for ever', () => {
    const memory = new HeadMemory(1);
    const received = new Received();
    received.teach(memory, plain('/often'));
    for (let time = 0; time < 20; time++) expect(received.request(memory, plain('/often'))).toBe(0);
    expect(received.request(memory, plain('/new'))).toBe(-1);
    expect(received.request(memory, plain('/new'))).toBe(-1);
    expect(received.recall(memory, plain('/often'))).toBe(0);
    let times = 0;
    while (received.request(memory, plain('/new')) < 0) expect(++times).toBeLessThan(20);
    expect(received.recall(memory, plain('/often'))).toBe(-1);
  });

  it.each([
    ['content', 'Content-Length: 1\r\n'],
    ['chunked content', 'Transfer-Encoding: chunked\r\n'],
    ['content that waits for 100', 'Expect: 100-continue\r\nContent-Length: 5\r\n'],
  ])('does not remember a request with %s', (_what, fields) => {
    const memory = new HeadMemory();
    const received = new Received();
    for (let time = 0; time < 4; time++) expect(received.request(memory, plain('/', fields))).toBe(-1);
  });

  it('does not remember a head longer than its places', () => {
    const memory = new HeadMemory(4, 64);
    const received = new Received();
    const padded = (length: number): string => plain('/', `A: ${'a'.repeat(length - plain('/').length - 5)}\r\n`);
    expect(padded(65).length).toBe(65);
    for (let time = 0; time < 4; time++) expect(received.request(memory, padded(65))).toBe(-1);
    expect(received.teach(memory, padded(64))).toBeGreaterThanOrEqual(0);
  });

  it('copies few heads when none ever repeats, even where its hash takes them for repeated', () => {
    const memory = new HeadMemory();
    const received = new Received();
    let remembered = 0;
    for (let time = 0; time < 10_000; time++) {
      // Only the bytes after the last whole word differ: no hash of words can see it.
      const text = browser.replace('c=0', `c=${time}`.padEnd(11, ';'));
      if (received.request(memory, text) >= 0) remembered++;
    }
    expect(remembered).toBeLessThan(700);
  });

  it('forgets everything when told', () => {
    const memory = new HeadMemory();
    const received = new Received();
    const index = received.teach(memory, browser);
    memory.head(index).remembered = 'kept';
    memory.clear();
    expect(received.recall(memory, browser, index)).toBe(-1);
    expect(memory.head(index).remembered).toBeNull();
  });

  it('refuses sizes that it cannot address', () => {
    expect(() => new HeadMemory(3)).toThrow(RangeError);
    expect(() => new HeadMemory(0)).toThrow(RangeError);
    expect(() => new HeadMemory(4, 6)).toThrow(RangeError);
  });

  it('gives, for any sequence of requests, what parsing would give', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(12), fc.nat(2), fc.integer({ min: -1, max: 3 })), { maxLength: 60 }),
        (requests) => {
          const memory = new HeadMemory(4, 256);
          const received = new Received();
          for (const [path, cookie, hint] of requests) {
            const text = plain(`/${path}`, `Cookie: ${'c'.repeat(cookie)}\r\n`);
            const index = received.request(memory, text, hint);
            if (index < 0) continue;
            const head = memory.head(index);
            expect(meaning({ result: head.length, head })).toEqual(meaning(feed(latin1(text), 0, [text.length])));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
