/** The parser of request heads: each rule by its section, each head fed in every way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_HEAD_LIMITS } from '../../src/http/limits.js';
import { NEED_MORE, parseHead, worthParsing } from '../../src/http/parse-head.js';
import {
  CONDITIONAL_FIELDS,
  FIELD_ACCEPT,
  FIELD_COUNT,
  FIELD_HOST,
  FIELD_IF_NONE_MATCH,
  FIELD_NAMES,
  FIELD_RANGE,
  FORM_ABSOLUTE,
  FORM_ASTERISK,
  FORM_ORIGIN,
  METHOD_DELETE,
  METHOD_GET,
  METHOD_HEAD,
  METHOD_OPTIONS,
  METHOD_OTHER,
  METHOD_PATCH,
  METHOD_POST,
  METHOD_PUT,
  METHOD_TRACE,
  RequestHead,
} from '../../src/http/request-head.js';
import { feed, latin1, meaning, type Parsed, parseEveryWay } from './feeding.js';

const get = (fields: string, version = '1.1', host = 'Host: h\r\n'): string =>
  `GET / HTTP/${version}\r\n${host}${fields}\r\n`;
const target = (text: string): string => `GET ${text} HTTP/1.1\r\nHost: h\r\n\r\n`;
const accepted = (text: string): RequestHead => {
  const { result, head } = parseEveryWay(text);
  expect(result).toBe(text.length);
  return head;
};
const refused = (text: string, status: number): void => {
  expect(-parseEveryWay(text).result, JSON.stringify(text)).toBe(status);
};

describe('request line, RFC 9112 3', () => {
  it('reads method, target and version', () => {
    const head = accepted('GET /a/b?c=d HTTP/1.1\r\nHost: example.org:8080\r\n\r\n');
    expect(meaning({ result: head.length, head })).toMatchObject({
      method: METHOD_GET,
      form: FORM_ORIGIN,
      path: '/a/b',
      query: 'c=d',
      target: '/a/b?c=d',
      authority: 'example.org:8080',
      minorVersion: 1,
      persistent: true,
      contentLength: -1,
      chunked: false,
      mask: 1 << FIELD_HOST,
    });
    expect(head.remembered).toBeNull();
  });

  it.each([
    ['GET', METHOD_GET],
    ['HEAD', METHOD_HEAD],
    ['OPTIONS', METHOD_OPTIONS],
    ['POST', METHOD_POST],
    ['PUT', METHOD_PUT],
    ['DELETE', METHOD_DELETE],
    ['PATCH', METHOD_PATCH],
    ['TRACE', METHOD_TRACE],
    ['PROPFIND', METHOD_OTHER],
    ['get', METHOD_OTHER],
    ['GEX', METHOD_OTHER],
    ['HEAT', METHOD_OTHER],
    ["!#$%&'*+-.^_`|~1", METHOD_OTHER],
  ])('knows the method %s, case-sensitively (RFC 9110 9.1)', (name, method) => {
    const head = accepted(`${name} / HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(head.method).toBe(method);
    expect(head.methodText()).toBe(name);
  });

  it('refuses a method longer than any with 501, before the line is complete', () => {
    refused(`${'M'.repeat(33)} / HTTP/1.1\r\n`, 501);
    expect(-feed(latin1('M'.repeat(33)), 0, [33]).result).toBe(501);
    accepted(`${'M'.repeat(32)} / HTTP/1.1\r\nHost: h\r\n\r\n`);
  });

  it('refuses CONNECT with 501: an origin server is no tunnel (RFC 9110 9.3.6)', () => {
    refused('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n', 501);
  });

  it.each([
    ['two spaces before the target', 'GET  / HTTP/1.1\r\n'],
    ['two spaces before the version', 'GET /  HTTP/1.1\r\n'],
    ['a space after the version', 'GET / HTTP/1.1 \r\n'],
    ['a tab for a space', 'GET\t/ HTTP/1.1\r\n'],
    ['a space before the method', ' GET / HTTP/1.1\r\n'],
    ['no target', 'GET HTTP/1.1\r\n'],
    ['no version, as in HTTP/0.9', 'GET /\r\n'],
    ['nothing but a method', 'GET\r\n'],
    ['a bare LF', 'GET / HTTP/1.1\nHost: h\n\n'],
    ['a bare CR', 'GET / HTTP/1.1\rHost: h\r\n\r\n'],
    ['a lower-case version', 'GET / http/1.1\r\n'],
    ['a version of two digits', 'GET / HTTP/1.10\r\n'],
    ['a version without minor', 'GET / HTTP/1\r\n\r\n'],
    ['a version with letters', 'GET / HTTP/1.x\r\n'],
    ['a byte that is no token in the method', 'GE(T / HTTP/1.1\r\n'],
    ['the first bytes of TLS', '\x16\x03\x01\x02\x00'],
    ['NUL', '\0GET / HTTP/1.1\r\n'],
  ])('refuses %s', (_what, text) => refused(text, 400));

  it.each(['2.0', '3.0', '0.9', '9.9'])('refuses HTTP/%s with 505 (RFC 9110 15.6.6)', (version) => {
    refused(get('', version), 505);
  });

  it('refuses the HTTP/2 preface with 505 (RFC 9113 3.4)', () => {
    refused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505);
  });

  it('takes a later minor version as 1.1 (RFC 9110 2.5)', () => {
    expect(accepted(get('', '1.7')).minorVersion).toBe(1);
    expect(accepted(get('', '1.0')).minorVersion).toBe(0);
  });

  it('skips a few empty lines before it (RFC 9112 2.2)', () => {
    const text = `\r\n\r\n${get('')}`;
    const head = accepted(text);
    expect(head.start).toBe(0);
    expect(head.methodStart).toBe(4);
    refused(`${'\r\n'.repeat(5)}${get('')}`, 400);
    refused(`\n${get('')}`, 400);
    refused(`\r${get('')}`, 400);
  });
});

describe('request target, RFC 9112 3.2', () => {
  it.each([
    ['/', '/', null],
    ['/?', '/', ''],
    ['/a?b?c/d', '/a', 'b?c/d'],
    ['//a', '//a', null],
    ['/%', '/%', null],
    ['/[x]^|{y}`', '/[x]^|{y}`', null],
    ['/a?b\\c', '/a', 'b\\c'],
  ])('takes the origin-form %s', (text, path, query) => {
    const head = accepted(target(text));
    expect(meaning({ result: 1, head })).toMatchObject({ form: FORM_ORIGIN, path, query, target: text });
  });

  it.each([
    ['http://example.org', '', null, 'example.org'],
    ['http://example.org/', '/', null, 'example.org'],
    ['http://example.org:81?q', '', 'q', 'example.org:81'],
    ['HTTP://[::1]:80/a?b?', '/a', 'b?', '[::1]:80'],
    ['http://a%20b/x', '/x', null, 'a%20b'],
  ])('takes the absolute-form %s, whose authority replaces Host (3.2.2)', (text, path, query, authority) => {
    const head = accepted(target(text));
    expect(meaning({ result: 1, head })).toMatchObject({ form: FORM_ABSOLUTE, path, query, authority });
    expect(head.fieldText(FIELD_HOST)).toBe('h');
    if (path === '') expect(head.pathStart).toBe(head.pathEnd);
  });

  it('takes the asterisk-form with OPTIONS only (3.2.4)', () => {
    expect(accepted('OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n').targetForm).toBe(FORM_ASTERISK);
    refused(target('*'), 400);
    refused('OPTIONS ** HTTP/1.1\r\nHost: h\r\n\r\n', 400);
  });

  it('refuses https over plain text with 421 (RFC 9110 7.4)', () => refused(target('https://example.org/'), 421));

  it.each([
    'a',
    'example.org:80',
    'http:',
    'http:/',
    'http:/a',
    'http://',
    'http:///a',
    'http://:80/',
    'http://user@example.org/',
    'http://user:pass@example.org/',
    'http://a:b/',
    'http://[::1/',
    'http://[]/',
    'http://a%2/',
    'ftp://example.org/',
    'file:///etc/passwd',
    '?a',
    '/a#b',
    '/a"b',
    '/<a>',
    '/a\\b',
    'http://h/a\\b',
    '/a\x7f',
    '/a\0',
    '/\xe9',
    '/a\tb',
  ])('refuses %j', (text) => refused(target(text), 400));
});

describe('Host, RFC 9112 3.2', () => {
  it('is required of 1.1 and not of 1.0', () => {
    refused(get('', '1.1', ''), 400);
    expect(accepted(get('', '1.0', '')).authorityStart).toBe(-1);
  });

  it('is required beside an absolute-form too', () => refused('GET http://h/ HTTP/1.1\r\n\r\n', 400));

  it('must be the only one', () => {
    refused(get('Host: h\r\n'), 400);
    refused(get('hOsT: other\r\n', '1.0'), 400);
  });

  it.each(['h', '127.0.0.1:80', '[::1]', '[::ffff:1.2.3.4]:8080', 'a_b.c-d', 'h:', '', 'x%41'])(
    'takes %j (RFC 3986 3.2.2)',
    (host) => {
      const head = accepted(get('', '1.1', `Host: ${host}\r\n`));
      expect(head.fieldText(FIELD_HOST)).toBe(host);
      expect(head.text(head.authorityStart, head.authorityEnd)).toBe(host);
    },
  );

  it.each([
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'a:1:2',
    '[::1',
    '::1',
    '[::1]x',
    '[g]',
    'a\\b',
    'a?b',
    'a#b',
    '"a"',
    'x%4',
    '\xe9',
  ])('refuses %j', (host) => refused(get('', '1.1', `Host: ${host}\r\n`), 400));
});

describe('field lines, RFC 9112 5', () => {
  it.each([
    ['white space before the colon (5.1)', 'X : a\r\n'],
    ['a tab before the colon (5.1)', 'X\t: a\r\n'],
    ['an empty name', ': a\r\n'],
    ['a line without colon', 'abc\r\n'],
    ['a folded line (5.2)', 'X: a\r\n b\r\n'],
    ['a line folded with a tab (5.2)', 'X: a\r\n\tb\r\n'],
    ['a first line that begins with a space (2.2)', ' X: a\r\n'],
    ['a bare CR in a value (2.2)', 'X: a\rb\r\n'],
    ['two CRs', 'X: a\r\r\n'],
    ['a bare LF', 'X: a\nY: b\r\n'],
    ['NUL in a value', 'X: a\0b\r\n'],
    ['a control byte in a value', 'X: a\x01b\r\n'],
    ['DEL in a value', 'X: abcdefgh\x7fb\r\n'],
    ['NUL in a name', 'X\0: a\r\n'],
    ['obs-text in a name', 'X\xe9: a\r\n'],
    ['a separator in a name', 'X[]: a\r\n'],
    ['a bare CR at the end', 'X: a\r\n\rX'],
  ])('refuses %s', (_what, lines) => refused(get(lines), 400));

  it('refuses each control byte at each place of a value (RFC 9110 5.5)', () => {
    const value = 'abcdefghijkl';
    for (let code = 0; code < 256; code++) {
      const allowed = code === 9 || (code >= 32 && code !== 127);
      for (let place = 0; place < value.length; place++) {
        const text = get(`X: ${value.slice(0, place)}${String.fromCharCode(code)}${value.slice(place + 1)}\r\n`);
        const { result } = feed(latin1(text), 0, [text.length]);
        expect(result, `byte ${code} at ${place}`).toBe(allowed ? text.length : -400);
      }
    }
  });

  it('trims white space around values, and takes obs-text within', () => {
    expect(accepted(get('Accept: \t a\tb \xe9 \t \r\n')).fieldText(FIELD_ACCEPT)).toBe('a\tb \xe9');
    expect(accepted(get('Accept:a\r\n')).fieldText(FIELD_ACCEPT)).toBe('a');
    expect(accepted(get('Accept: \t \r\n')).fieldText(FIELD_ACCEPT)).toBe('');
  });

  it.each(FIELD_NAMES.map((name, field) => [name, field] as const))('knows the field %s in any case', (name, field) => {
    const value = ['h', 'close', '0', 'chunked', '100-continue'][field] ?? 'x, y';
    const host = field === FIELD_HOST ? '' : 'Host: h\r\n';
    for (const spelled of [name, name.toUpperCase(), name.replace(/^./, (letter) => letter.toUpperCase())]) {
      const head = accepted(get(`${spelled}: ${value}\r\n`, '1.1', host));
      expect(head.fields & (1 << field)).not.toBe(0);
      expect(head.fieldText(field)).toBe(value);
    }
    for (const other of [`${name}x`, `x${name}`, name.replace(/.$/, '_'), name.slice(1)]) {
      expect(accepted(get(`${other}: ${value}\r\n`)).fields).toBe(1 << FIELD_HOST);
    }
  });

  it('takes no name that differs in one byte for a known field', () => {
    const token = (code: number): boolean => /[-!#$%&'*+.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code));
    const codes = Array.from({ length: 128 }, (_, code) => code).filter(token);
    for (const name of FIELD_NAMES) {
      for (let place = 0; place < name.length; place++) {
        for (const code of codes) {
          const letter = String.fromCharCode(code);
          if (letter.toLowerCase() === name[place]) continue;
          const other = name.slice(0, place) + letter + name.slice(place + 1);
          const text = get(`${other}: x\r\n`);
          const { result, head } = feed(latin1(text), 0, [text.length]);
          if (result !== text.length || head.fields !== 1 << FIELD_HOST) expect.fail(`${other} is taken for ${name}`);
        }
      }
    }
  });

  it('joins the lines of a repeated field in order (RFC 9110 5.3)', () => {
    const head = accepted(
      get('Accept: a\r\nX: 1\r\naccept:  b \r\nAccept-Encoding: gzip\r\nACCEPT:\r\nAccept: c\r\nY: 2\r\n'),
    );
    expect(head.fieldText(FIELD_ACCEPT)).toBe('a, b, , c');
    expect(head.repeated).toBe(1 << FIELD_ACCEPT);
    expect(head.text(head.fieldStart[FIELD_ACCEPT]!, head.fieldEnd[FIELD_ACCEPT]!)).toBe('a');
    expect(head.text(head.lastFieldStart[FIELD_ACCEPT]!, head.lastFieldEnd[FIELD_ACCEPT]!)).toBe('c');
  });

  it('tells in one AND whether a request is conditional or partial', () => {
    expect(accepted(get('Accept: a\r\n')).fields & CONDITIONAL_FIELDS).toBe(0);
    for (const field of [FIELD_IF_NONE_MATCH, FIELD_RANGE]) {
      expect(accepted(get(`${FIELD_NAMES[field]}: a\r\n`)).fields & CONDITIONAL_FIELDS).toBe(1 << field);
    }
  });
});

describe('message body length, RFC 9112 6', () => {
  it.each([
    ['0', 0],
    ['5', 5],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('takes Content-Length %s (RFC 9110 8.6)', (text, length) => {
    expect(accepted(get(`Content-Length: ${text}\r\n`)).contentLength).toBe(length);
  });

  it.each(['', '-1', '+1', '1 2', '1,1', '0x1', '1.0', '1e3', '9007199254740992', '9'.repeat(400), '\xb2'])(
    'refuses Content-Length %j (6.3)',
    (text) => refused(get(`Content-Length: ${text}\r\n`), 400),
  );

  it.each([
    ['differing Content-Lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n'],
    ['a repeated Content-Length', 'Content-Length: 1\r\nContent-Length: 1\r\n'],
    ['Content-Length, then Transfer-Encoding', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'],
    ['Transfer-Encoding, then Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 1\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n'],
    ['chunked twice in two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'],
    ['chunked not last', 'Transfer-Encoding: chunked, gzip\r\n'],
    ['chunked not last, in two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n'],
    ['no chunked', 'Transfer-Encoding: gzip\r\n'],
    ['identity', 'Transfer-Encoding: identity\r\n'],
    ['nearly chunked', 'Transfer-Encoding: xchunked\r\n'],
    ['chunked with a parameter', 'Transfer-Encoding: chunked;q=1\r\n'],
    ['chunked in quotes', 'Transfer-Encoding: "chunked"\r\n'],
    ['an empty coding', 'Transfer-Encoding:\r\n'],
    ['an empty element', 'Transfer-Encoding: , chunked\r\n'],
    ['an empty last element', 'Transfer-Encoding: chunked,\r\n'],
    ['a vertical tab before chunked', 'Transfer-Encoding: \x0bchunked\r\n'],
  ])('refuses %s (6.1, 6.3)', (_what, lines) => refused(get(lines), 400));

  it.each(['gzip, chunked', 'gzip;q=1 , chunked', 'gzip\r\nTransfer-Encoding: chunked'])(
    'refuses the coding %j, which it does not know, with 501 (6.1)',
    (value) => refused(get(`Transfer-Encoding: ${value}\r\n`), 501),
  );

  it('takes chunked in any case, with 1.1 only (6.1)', () => {
    expect(accepted(get('Transfer-Encoding: chunked\r\n')).chunked).toBe(true);
    expect(accepted(get('transfer-encoding:CHUNKED \r\n')).chunked).toBe(true);
    refused(get('Transfer-Encoding: chunked\r\n', '1.0'), 400);
  });
});

describe('persistence, RFC 9112 9.3', () => {
  it.each([
    ['1.1', '', true],
    ['1.1', 'Connection: close\r\n', false],
    ['1.1', 'Connection: foo,CLOSE\r\n', false],
    ['1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['1.1', 'Connection: closed\r\n', true],
    ['1.1', 'Connection: , ,\r\n', true],
    ['1.0', '', false],
    ['1.0', 'Connection: Keep-Alive\r\n', true],
    ['1.0', 'Connection: keep-alive, close\r\n', false],
    ['1.7', '', true],
  ])('of HTTP/%s with %j is %s', (version, lines, persistent) => {
    expect(accepted(get(lines, version)).persistent).toBe(persistent);
  });
});

describe('Expect, RFC 9110 10.1.1', () => {
  it('is heard of 1.1 with content', () => {
    expect(accepted(get('Expect: 100-Continue\r\nContent-Length: 1\r\n')).expectContinue).toBe(true);
    expect(accepted(get('Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n')).expectContinue).toBe(true);
    expect(accepted(get('Expect: 100-continue\r\n')).expectContinue).toBe(false);
    expect(accepted(get('Expect: 100-continue\r\nContent-Length: 0\r\n')).expectContinue).toBe(false);
    expect(accepted(get('Expect: 100-continue\r\nContent-Length: 1\r\n', '1.0')).expectContinue).toBe(false);
  });
  it('is refused with 417 when it expects something else', () => {
    refused(get('Expect: 200-ok\r\n'), 417);
    refused(get('Expect: 100-continue, x\r\n'), 417);
  });
});

describe('limits, RFC 9112 3 and RFC 6585 5', () => {
  const limits = { requestLineBytes: 40, headerBytes: 60, headerCount: 3 };
  const line = (bytes: number): string => `GET /${'a'.repeat(bytes - 14)} HTTP/1.1`;

  it('takes a request line of exactly requestLineBytes and refuses one more with 414', () => {
    const fits = `${line(40)}\r\nHost: h\r\n\r\n`;
    expect(parseEveryWay(fits, limits).result).toBe(fits.length);
    expect(parseEveryWay(`${line(41)}\r\nHost: h\r\n\r\n`, limits).result).toBe(-414);
    expect(parseEveryWay(`${line(100)}\r\nHost: h\r\n\r\n`, limits).result).toBe(-414);
  });

  it('refuses an endless target, query or absolute-form before it ends', () => {
    for (const begin of ['GET /', 'GET /?', 'GET http://']) {
      const bytes = latin1(begin.padEnd(40, 'a'));
      expect(feed(bytes, 0, [39], limits).result).toBe(NEED_MORE);
      expect(feed(bytes, 0, [40], limits).result).toBe(-414);
    }
  });

  it('takes headerBytes of fields and refuses one more with 431, complete or not', () => {
    const fields = (bytes: number): string => `GET / HTTP/1.1\r\nHost: h\r\nX: ${'a'.repeat(bytes - 16)}\r\n\r\n`;
    expect(parseEveryWay(fields(60), limits).result).toBe(fields(60).length);
    for (const bytes of [61, 62, 63, 64, 65, 200]) expect(parseEveryWay(fields(bytes), limits).result).toBe(-431);
    const endless = latin1(`GET / HTTP/1.1\r\n${'a'.repeat(60)}`);
    expect(feed(endless, 0, [endless.length - 1], limits).result).toBe(NEED_MORE);
    expect(feed(endless, 0, [endless.length], limits).result).toBe(-431);
  });

  it('takes headerCount fields and refuses one more with 431', () => {
    const fields = (count: number): string => `GET / HTTP/1.1\r\nHost: h\r\n${'X: a\r\n'.repeat(count - 1)}\r\n`;
    expect(parseEveryWay(fields(3), limits).result).toBe(fields(3).length);
    expect(parseEveryWay(fields(4), limits).result).toBe(-431);
  });

  it('has defaults that take what browsers send', () => {
    const many = get(`${'X-Field: value\r\n'.repeat(DEFAULT_HEAD_LIMITS.headerCount - 1)}`);
    expect(feed(latin1(many), 0, [many.length]).result).toBe(many.length);
    const cookie = get(`Cookie: ${'c'.repeat(16_000)}\r\n`);
    expect(feed(latin1(cookie), 0, [cookie.length]).result).toBe(cookie.length);
  });
});

describe('worthParsing', () => {
  /** Feeds byte by byte and parses only when it is worth it. */
  const patiently = (text: string, limits = DEFAULT_HEAD_LIMITS): { parsed: Parsed; parses: number; fed: number } => {
    const bytes = latin1(text);
    const head = new RequestHead();
    let parses = 0;
    for (let end = 1; end <= bytes.length; end++) {
      if (!worthParsing(bytes, 0, end - 1, end, limits)) continue;
      parses++;
      const result = parseHead(bytes, 0, end, limits, head);
      if (result !== NEED_MORE) return { parsed: { result, head }, parses, fed: end };
    }
    return { parsed: { result: NEED_MORE, head }, parses, fed: bytes.length };
  };

  it('parses a head that comes byte by byte about once a line', () => {
    const text = get(`X: ${'a'.repeat(500)}\r\n`.repeat(20));
    const { parsed, parses } = patiently(text);
    expect(parsed.result).toBe(text.length);
    expect(parses).toBeLessThan(45);
  });

  it('still refuses as soon as the request line is too long', () => {
    const { parsed, fed } = patiently(`GET /${'a'.repeat(20_000)}`);
    expect(parsed.result).toBe(-414);
    expect(fed).toBe(DEFAULT_HEAD_LIMITS.requestLineBytes);
  });

  it('still refuses an endless field soon', () => {
    const { parsed, parses, fed } = patiently(`${get('').slice(0, -2)}X: ${'a'.repeat(60_000)}`);
    expect(parsed.result).toBe(-431);
    expect(fed).toBeLessThan(DEFAULT_HEAD_LIMITS.headerBytes + 2048);
    expect(parses).toBeLessThan(60);
  });

  it('is true whenever a parse would end it, but for bytes that are wrong within a line', () => {
    fc.assert(
      fc.property(fc.nat(60), (split) => {
        const text = get('Accept: a\r\n');
        const seen = Math.min(split, text.length - 1);
        expect(worthParsing(latin1(text), 0, seen, text.length, DEFAULT_HEAD_LIMITS)).toBe(true);
      }),
    );
  });
});

describe('any bytes', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'GET ',
      '/',
      ' HTTP/1.1',
      '\r\n',
      '\r',
      '\n',
      'Host: h\r\n',
      ':',
      ' ',
      '\t',
      '\0',
      'Content-Length: 1\r\n',
    ),
    fc.constantFrom(
      'Transfer-Encoding: chunked\r\n',
      'Connection: close\r\n',
      '\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: h\r\n',
      '?',
      '%',
    ),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 6 }),
  );

  it('never throw, never give more than was fed, and mean the same however they are split', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        const { result } = parseEveryWay(text);
        expect(result).toBeLessThanOrEqual(text.length);
        if (result < 0) expect([400, 414, 417, 421, 431, 501, 505]).toContain(-result);
      }),
      { numRuns: 600 },
    );
  });

  it('that are a valid request, serialised, always parse to what was serialised', () => {
    const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019!#$%&'*+-.^_`|~"), minLength: 1, maxLength: 12 });
    const value = fc
      .string({
        unit: fc
          .integer({ min: 0x20, max: 0xff })
          .filter((code) => code !== 0x7f)
          .map((code) => String.fromCharCode(code)),
        maxLength: 30,
      })
      .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
    const known = new Set(FIELD_NAMES);
    fc.assert(
      fc.property(
        token,
        fc.array(fc.constantFrom('a', '%20', '.', '/', '-'), { maxLength: 8 }),
        fc.option(fc.constantFrom('', 'q=1', 'a?b')),
        fc.array(
          fc.tuple(
            token.filter((name) => !known.has(name.toLowerCase())),
            value,
          ),
          { maxLength: 6 },
        ),
        value,
        fc.constantFrom('', ' ', '\t '),
        (method, path, query, others, accept, space) => {
          fc.pre(method !== 'CONNECT');
          const target = `/${path.join('')}${query === null ? '' : `?${query}`}`;
          const lines = others.map(([name, text]) => `${name}:${space}${text}${space}\r\n`).join('');
          const text = `${method} ${target} HTTP/1.1\r\nHost: h\r\n${lines}Accept:${space}${accept}${space}\r\n\r\n`;
          const parsed = parseEveryWay(text);
          expect(meaning(parsed)).toMatchObject({
            result: text.length,
            methodText: method,
            target,
            path: `/${path.join('')}`,
            query,
            fields: { [FIELD_HOST]: 'h', [FIELD_ACCEPT]: accept },
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leave nothing of an earlier head in the record', () => {
    const head = new RequestHead();
    const rich = latin1(
      'POST http://a/b?c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\nAccept: a\r\nAccept: b\r\n\r\n',
    );
    const plain = latin1(get(''));
    head.remembered = 'by the site';
    expect(parseHead(rich, 0, rich.length, DEFAULT_HEAD_LIMITS, head)).toBe(rich.length);
    expect(head.remembered).toBeNull();
    const result = parseHead(plain, 0, plain.length, DEFAULT_HEAD_LIMITS, head);
    expect(meaning({ result, head })).toEqual(meaning(feed(plain, 0, [plain.length])));
    expect(FIELD_COUNT).toBeLessThanOrEqual(31);
  });
});
