/** The content of requests: each rule by its section, each body fed in every way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyDecoder } from '../../src/http/body-decoder.js';
import { CHUNK_EXTENSION_BYTES, TRAILER_BYTES } from '../../src/http/limits.js';
import { latin1 } from './feeding.js';

interface Outcome {
  readonly content: string;
  readonly done: boolean;
  readonly error: number;
  /** Bytes taken; after an error they say nothing. */
  readonly consumed: number;
}

/** Feeds the bytes in pieces that end at `ends`. */
function feed(text: string, ends: Iterable<number>, length: number, chunked: boolean, limit: number): Outcome {
  const bytes = latin1(text);
  const decoder = new BodyDecoder();
  decoder.begin(length, chunked, limit);
  let content = '';
  let at = 0;
  for (const end of ends) {
    while (at < end && !decoder.done && decoder.error === 0) {
      const taken = decoder.decode(bytes, at, end);
      if (taken < 1 || at + taken > end) throw new Error(`took ${taken} bytes`);
      if (decoder.contentStart < at || decoder.contentEnd > at + taken) throw new Error('content that was not taken');
      for (let index = decoder.contentStart; index < decoder.contentEnd; index++) content += text[index];
      at += taken;
    }
  }
  if (decoder.total !== content.length) throw new Error(`total ${decoder.total} of ${content.length}`);
  return { content, done: decoder.done, error: decoder.error, consumed: decoder.error === 0 ? at : -1 };
}

function everyWay(text: string, length: number, chunked: boolean, limit = 1000): Outcome {
  const whole = feed(text, [text.length], length, chunked, limit);
  const single = Array.from({ length: text.length }, (_, index) => index + 1);
  expect(feed(text, single, length, chunked, limit)).toEqual(whole);
  for (let split = 0; split <= text.length; split++) {
    expect(feed(text, [split, text.length], length, chunked, limit)).toEqual(whole);
  }
  if (whole.done || whole.error !== 0) {
    expect(feed(`${text}GET / HTTP/1.1\r\n`, [text.length + 16], length, chunked, limit)).toEqual(whole);
  }
  return whole;
}

const chunks = (text: string, limit?: number): Outcome => everyWay(text, -1, true, limit);

describe('Content-Length, RFC 9112 6.2', () => {
  it('ends after as many bytes', () => {
    expect(everyWay('hello', 5, false)).toEqual({ content: 'hello', done: true, error: 0, consumed: 5 });
    expect(everyWay('hell', 5, false)).toEqual({ content: 'hell', done: false, error: 0, consumed: 4 });
  });
  it.each([0, -1])('of %i has ended at once', (length) => {
    expect(everyWay('', length, false)).toEqual({ content: '', done: true, error: 0, consumed: 0 });
  });
  it('above the limit is 413 at once (RFC 9110 15.5.14)', () => {
    expect(everyWay('', 1001, false)).toMatchObject({ done: false, error: 413 });
    expect(everyWay('x'.repeat(50), 50, false, 50).done).toBe(true);
  });
});

describe('chunked, RFC 9112 7.1', () => {
  it.each([
    ['0\r\n\r\n', ''],
    ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['5\r\nhello\r\n1\r\n!\r\n000\r\n\r\n', 'hello!'],
    ['A\r\n0123456789\r\n09\r\n\r\n23456\r\n\r\n0\r\n\r\n', '0123456789\r\n23456\r\n'],
    ['1;a\r\nx\r\n0;b=c;d="e f"\r\n\r\n', 'x'],
    ['1 ;a\r\nx\r\n0\t ;a\r\n\r\n', 'x'],
    ['0\r\nTrailer: a\r\nOther:\r\n\r\n', ''],
    ['0000000000000001\r\nx\r\n0\r\n\r\n', 'x'],
  ])('decodes %j', (text, content) => {
    expect(chunks(text)).toEqual({ content, done: true, error: 0, consumed: text.length });
  });

  it.each([
    ['no size', '\r\nx'],
    ['a size that is no number', 'g\r\n'],
    ['a sign', '+1\r\n'],
    ['0x', '0x1\r\n'],
    ['a space before the size', ' 1\r\n'],
    ['a space after the size', '1 \r\nx\r\n'],
    ['an extension without semicolon', '1 a\r\n'],
    ['a bare LF after the size', '1\nx\r\n'],
    ['a bare CR after the size', '1\rx\r\n'],
    ['a bare LF in an extension', '1;a\nx\r\n'],
    ['a bare CR in an extension', '1;a\rb\r\n'],
    ['NUL in an extension', '1;\0\r\n'],
    ['a chunk that is longer than its size', '1\r\nxy\r\n'],
    ['a bare LF after a chunk', '1\r\nx\n'],
    ['a bare CR after a chunk', '1\r\nx\rx'],
    ['a size beyond the safe integers', '20000000000000\r\n'],
    ['a size of more than 16 digits', '00000000000000001\r\n'],
    ['a trailer without colon', '0\r\nabc\r\n'],
    ['a trailer with a space before its colon', '0\r\na : b\r\n'],
    ['a folded trailer', '0\r\na: b\r\n c\r\n'],
    ['a trailer without name', '0\r\n: b\r\n'],
    ['a bare LF after a trailer', '0\r\na: b\n'],
    ['a control byte in a trailer', '0\r\na: \x01\r\n'],
    ['a bare LF at the end', '0\r\n\n'],
    ['a bare CR at the end', '0\r\n\rx'],
  ])('refuses %s with 400', (_what, text) => {
    expect(chunks(text)).toMatchObject({ done: false, error: 400 });
  });

  it('refuses content above the limit with 413 as soon as it is announced', () => {
    expect(chunks('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 5)).toMatchObject({ content: 'abcde', done: true });
    expect(chunks('3\r\nabc\r\n3\r\n', 5)).toMatchObject({ content: 'abc', error: 413 });
    expect(chunks('1fffffffffffff\r\n', 5)).toMatchObject({ content: '', error: 413 });
  });

  it('limits the extensions of all chunks together', () => {
    const feedWhole = (text: string): Outcome => feed(text, [text.length], -1, true, 1000);
    const half = 'a'.repeat(CHUNK_EXTENSION_BYTES / 2 - 1);
    expect(feedWhole(`1;${half}\r\nx\r\n0;${half}\r\n\r\n`).done).toBe(true);
    expect(feedWhole(`1;${half}\r\nx\r\n0;${half}a\r\n\r\n`).error).toBe(413);
  });

  it('limits the trailer section with 431', () => {
    const feedWhole = (text: string): Outcome => feed(text, [text.length], -1, true, 1000);
    expect(feedWhole(`0\r\na:${'b'.repeat(TRAILER_BYTES - 3)}\r\n\r\n`).done).toBe(true);
    expect(feedWhole(`0\r\na:${'b'.repeat(TRAILER_BYTES)}`).error).toBe(431);
    expect(feedWhole(`0\r\n${'a:b\r\n'.repeat(TRAILER_BYTES)}`).error).toBe(431);
  });

  it('begins anew after an error', () => {
    const decoder = new BodyDecoder();
    decoder.begin(-1, true, 10);
    decoder.decode(latin1('zz'), 0, 2);
    expect(decoder.error).toBe(400);
    expect(decoder.decode(latin1('zz'), 0, 2)).toBe(0);
    decoder.begin(2, false, 10);
    expect(decoder.decode(latin1('zzz'), 0, 3)).toBe(2);
    expect(decoder.done).toBe(true);
    expect(decoder.decode(latin1('zzz'), 2, 3)).toBe(0);
  });
});

describe('any bytes', () => {
  it('never throw, and mean the same however they are split', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      '5',
      'a',
      '\r\n',
      '\r',
      '\n',
      ';',
      ' ',
      'x',
      'hello',
      ':',
      '\0',
      '\xe9',
      '1\r\nx\r\n',
      '0\r\n\r\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { error } = chunks(pieces.join(''), 6);
        expect([0, 400, 413]).toContain(error);
      }),
      { numRuns: 300 },
    );
  });

  it('that are valid chunks, serialised, decode to what was serialised', () => {
    const ascii = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ascii, fc.constantFrom('', ';a', ' ; b="c"')), { maxLength: 5 }),
        fc.boolean(),
        (parts, trailer) => {
          const body = parts
            .map(([part, extension]) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`)
            .join('');
          const text = `${body}0\r\n${trailer ? 'T: v\r\n' : ''}\r\n`;
          const content = parts.map(([part]) => part).join('');
          expect(chunks(text)).toEqual({ content, done: true, error: 0, consumed: text.length });
        },
      ),
      { numRuns: 100 },
    );
  });
});
