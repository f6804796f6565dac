/** What clients send cannot break a line, a text or a terminal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMON_ESCAPES, JSON_ESCAPES, writeEscaped, writeNumber } from '../../src/log/escape.js';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function escaped(from: Uint8Array | string, escapes: typeof COMMON_ESCAPES, most = 10_000): string {
  const bytes = typeof from === 'string' ? Buffer.from(from, 'latin1') : from;
  const to = new Uint8Array(most + 10);
  const end = writeEscaped(to, 5, most, bytes, 0, bytes.length, escapes);
  expect(to.subarray(end).every((byte) => byte === 0)).toBe(true);
  return Buffer.from(to.subarray(5, end)).toString('latin1');
}

describe('bytes of a client', () => {
  it('as nginx writes them', () => {
    expect(escaped('GET /a?b=c%20d', COMMON_ESCAPES)).toBe('GET /a?b=c%20d');
    expect(escaped('"\\\n\r\t\0\x1b[31m\x7f\xe9', COMMON_ESCAPES)).toBe(
      '\\x22\\x5C\\x0A\\x0D\\x09\\x00\\x1B[31m\\x7F\\xE9',
    );
    expect(escaped(EVERY_BYTE, COMMON_ESCAPES)).toMatch(/^[\x20-\x7e]+$/);
    expect(escaped(EVERY_BYTE, COMMON_ESCAPES)).not.toContain('"');
  });

  it('in JSON, from which each can be told again', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = escaped(bytes, JSON_ESCAPES);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(`"${text}"`)).toBe(Buffer.from(bytes).toString('latin1'));
      }),
    );
  });

  it('are cut, with three dots, and never within an escape', () => {
    expect(escaped('abcdefghij', COMMON_ESCAPES, 10)).toBe('abcdefg...');
    expect(escaped('abcdefg', COMMON_ESCAPES, 10)).toBe('abcdefg');
    expect(escaped('abcde\n\n', COMMON_ESCAPES, 10)).toBe('abcde...');
    expect(escaped('\n'.repeat(50), JSON_ESCAPES, 20)).toBe('\\u000A\\u000A...');
  });
});

describe('numbers', () => {
  it.each([
    [0, 1, '0'],
    [7, 3, '007'],
    [404, 3, '404'],
    [1000, 3, '1000'],
    [123, 6, '000123'],
    [2 ** 31, 1, '2147483648'],
    [Number.MAX_SAFE_INTEGER, 1, '9007199254740991'],
  ])('%d in at least %d digits', (value, digits, text) => {
    const to = new Uint8Array(20);
    expect(Buffer.from(to.subarray(0, writeNumber(to, 0, value, digits))).toString()).toBe(text);
  });
});
