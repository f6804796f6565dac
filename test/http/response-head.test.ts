/** Response heads, RFC 9112 4 and 5. */
import { describe, expect, it } from 'vitest';
import { ResponseHead } from '../../src/http/response-head.js';
import { hasNoContent, reasonPhrase } from '../../src/http/status.js';

function written(write: (head: ResponseHead) => void, status = 200): string {
  const bytes = new Uint8Array(512);
  const head = new ResponseHead();
  head.begin(bytes, 7, status);
  write(head);
  const length = head.end();
  expect(bytes.subarray(0, 7).every((byte) => byte === 0)).toBe(true);
  expect(bytes.subarray(7 + length).every((byte) => byte === 0)).toBe(true);
  return String.fromCharCode(...bytes.subarray(7, 7 + length));
}

describe('ResponseHead', () => {
  it('writes a status line, fields and the empty line (RFC 9112 4)', () => {
    const text = written((head) => {
      head.field('Content-Length', 1024);
      head.field('Content-Type', 'text/html; charset=utf-8');
      head.field('X', '\xe9\t');
    });
    expect(text).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 1024\r\nContent-Type: text/html; charset=utf-8\r\nX: \xe9\t\r\n\r\n',
    );
  });

  it('keeps the space of an unregistered status without phrase (RFC 9112 4)', () => {
    expect(written(() => {}, 299)).toBe('HTTP/1.1 299 \r\n\r\n');
  });

  it.each([0, 9, 10, 99, 100, 4_294_967_296, Number.MAX_SAFE_INTEGER])('writes the number %d', (value) => {
    expect(written((head) => head.field('N', value))).toContain(`\r\nN: ${value}\r\n`);
  });

  it('writes Date and says where it lies (RFC 9110 6.6.1)', () => {
    const head = new ResponseHead();
    const bytes = new Uint8Array(128);
    head.begin(bytes, 3, 200);
    expect(head.dateOffset).toBe(-1);
    head.date(784_111_777_999);
    expect(head.dateOffset).toBe(3 + 'HTTP/1.1 200 OK\r\nDate: '.length);
    head.end();
    const from = head.dateOffset;
    expect(String.fromCharCode(...bytes.subarray(from, from + 33))).toBe('Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n');
  });

  it.each([
    [1, true, ''],
    [1, false, 'Connection: close\r\n'],
    [0, true, 'Connection: keep-alive\r\n'],
    [0, false, 'Connection: close\r\n'],
  ])('tells a client of HTTP/1.%i whether the connection persists: %s (RFC 9112 9.3)', (minor, persistent, line) => {
    expect(written((head) => head.persistence(minor, persistent))).toBe(`HTTP/1.1 200 OK\r\n${line}\r\n`);
  });

  it.each(['a\r\nSet-Cookie: b', 'a\r', 'a\n', 'a\0', 'a\x1f', 'a\x7f', '\u010d\u010a', '\u{1f600}', 'a\u2028'])(
    'refuses the value %j (RFC 9110 5.5)',
    (value) => {
      expect(() => written((head) => head.field('Location', value))).toThrow(TypeError);
    },
  );

  it.each(['', 'a b', 'a:', 'a\r\n', 'a\0', '\xe9', '\u0141'])('refuses the name %j (RFC 9110 5.1)', (name) => {
    expect(() => written((head) => head.field(name, 'a'))).toThrow(TypeError);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses the number %d', (value) => {
    expect(() => written((head) => head.field('N', value))).toThrow(TypeError);
  });

  it('refuses a status that is none', () => {
    for (const status of [0, 99, 1000, 200.5]) expect(() => written(() => {}, status)).toThrow(RangeError);
  });

  it('throws instead of leaving its memory', () => {
    const bytes = new Uint8Array(64);
    const head = new ResponseHead();
    head.begin(bytes, 0, 200);
    expect(() => head.field('X', 'x'.repeat(60))).toThrow(RangeError);
    head.begin(bytes, 40, 200);
    expect(() => head.date(0)).toThrow(RangeError);
    expect(() => head.begin(bytes, 60, 200)).toThrow(RangeError);
  });
});

describe('status codes, RFC 9110 15', () => {
  it('have the phrases of the registry', () => {
    for (const [status, phrase] of [
      [200, 'OK'],
      [304, 'Not Modified'],
      [413, 'Content Too Large'],
      [431, 'Request Header Fields Too Large'],
    ] as const) {
      expect(reasonPhrase(status)).toBe(phrase);
    }
    expect(reasonPhrase(299)).toBe('');
  });
  it('say which responses never have content (6.4.1)', () => {
    expect([100, 199, 204, 304].every(hasNoContent)).toBe(true);
    expect([200, 205, 206, 404].some(hasNoContent)).toBe(false);
  });
});
