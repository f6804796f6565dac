/**
 * Requests as fast-check makes them: valid ones, and ones that are wrong in one thing that some server once took for right.
 * All is Latin-1 text. What the server shall make of it, expected.ts says afterwards.
 */
import fc from 'fast-check';
import { mutated } from './mutation.js';

/** What is done on one connection. */
export interface FuzzCase {
  /** The bytes, as Latin-1 text. */
  readonly text: string;
  /** How many requests it was made of. */
  readonly requests: number;
  /** Where it is cut into pieces, each sent by itself: offsets of chance, of which only those within it count. */
  readonly cuts: readonly number[];
  /** What the client does when all is sent. */
  readonly ending: 'finish' | 'wait' | 'reset';
}

const rarely = <Value>(usual: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>, weight = 8) =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: odd, weight: 1 });
const oneOf = (...texts: readonly string[]) => fc.constantFrom(...texts);

const method = rarely(
  oneOf('GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST'),
  oneOf(
    'PUT',
    'DELETE',
    'PATCH',
    'TRACE',
    'CONNECT',
    'get',
    'PROPFIND',
    'M'.repeat(32),
    'M'.repeat(33),
    'G ET',
    'G\tET',
    '',
    'GET\0',
    "!#$%&'*+-.^_`|~",
  ),
);

const segment = rarely(
  oneOf(
    'hello.txt',
    'digits.txt',
    'empty.txt',
    'large.bin',
    'sub',
    'index.html',
    'page.html',
    'style.css',
    'dir%20with%20space',
    'name%231.txt',
    '%C3%BCn%C3%AFcode.txt',
    '100%25.txt',
    '.well-known',
    'security.txt',
    'link.txt',
    'nothing',
    '',
  ),
  oneOf(
    '..',
    '.',
    '%2e%2e',
    '.%2e',
    '%2E',
    '%252e%252e',
    '%c0%ae%c0%ae',
    '%e0%80%ae',
    '..%00',
    '%00',
    '%0d%0a',
    '%5c..',
    '..\\',
    '\\',
    '%2f',
    '..%2f',
    '%2fetc%2fpasswd',
    '.hidden',
    '.git',
    '.env',
    'secret.txt',
    'outside',
    'site-private',
    'link-outside',
    'link-outside.txt',
    'link-absolute.txt',
    'loop',
    '...',
    '..;',
    '%',
    '%4',
    '%zz',
    '%ff',
    '%ed%a0%80',
    '%ef%bc%8e',
    '<script>',
    "'",
    '"',
    '|',
    '{}',
    'a'.repeat(300),
    '%7f',
    '~root',
    'C:',
  ),
  2,
);
const query = oneOf('', '', '', '?', '?a=b', '?a?b', '?%zz', '?/../', '?\\', '?q#f', `?${'q'.repeat(400)}`);
const path = fc
  .tuple(
    fc.array(segment, { minLength: 1, maxLength: 4 }),
    rarely(oneOf('/'), oneOf('//', '/./', '\\', '%2f', '/../')),
    query,
  )
  .map(([segments, separator, rest]) => `/${segments.join(separator)}${rest}`);
const plain = oneOf(
  '/',
  '/hello.txt',
  '/digits.txt',
  '/large.bin',
  '/sub/',
  '/sub',
  '/empty.txt',
  '/nothing',
  '/style.css',
  '/link.txt',
  '/dir%20with%20space/name%231.txt',
);
const target = fc.oneof(
  { arbitrary: plain, weight: 6 },
  { arbitrary: path, weight: 8 },
  { arbitrary: path.map((each) => `http://a${each}`), weight: 1 },
  { arbitrary: path.map((each) => `//evil.example${each}`), weight: 1 },
  {
    arbitrary: oneOf(
      '*',
      'hello.txt',
      'http://',
      'http:///hello.txt',
      'http://a',
      'http://a?q',
      'HTTP://a:80/hello.txt',
      'http://:80/',
      'http://u@a/',
      'https://a/',
      'a:443',
      'ftp://a/',
      '/ /',
      '/\xe9',
      'http://[::1]/hello.txt',
      'http://a%00b/',
      `/${'a'.repeat(8200)}`,
    ),
    weight: 1,
  },
);

const version = rarely(
  oneOf('HTTP/1.1'),
  oneOf(
    'HTTP/1.0',
    'HTTP/1.2',
    'HTTP/1.9',
    'HTTP/2.0',
    'HTTP/0.9',
    'http/1.1',
    'HTTP/1.1 ',
    'HTTP/1',
    'HTTP/11',
    'HTTP/1.10',
    'HTTP/+1.1',
    'HTTP/1.1\t',
    'HTTP 1.1',
    '',
    'HTTP/1.1\r',
  ),
  12,
);
const host = rarely(
  oneOf('Host: a\r\n', 'Host: 127.0.0.1:80\r\n', 'host:\t[::1]:80 \r\n'),
  oneOf(
    '',
    'Host:\r\n',
    'Host: a\r\nHost: a\r\n',
    'Host: a b\r\n',
    'Host: a/b\r\n',
    'Host: u@a\r\n',
    'Host : a\r\n',
    'Host: a\0\r\n',
    'Host: a,b\r\n',
    'Host: [::1\r\n',
    'Host: a:b\r\n',
    'Host: %zz\r\n',
    'Host\r\n',
    ' Host: a\r\n',
  ),
  14,
);

const position = oneOf(
  '0',
  '1',
  '5',
  '99',
  '100',
  '101',
  '200002',
  '200003',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  '-1',
  '',
  '00',
  '0x1',
  '1e2',
);
const oneRange = fc.oneof(
  fc.tuple(position, position).map(([first, last]) => `${first}-${last}`),
  oneOf(
    '-1',
    '-0',
    '-100',
    '-99999999999999999999',
    '0-',
    '5-',
    '99-',
    '0-0',
    '0-99',
    '9-0',
    '-',
    '--1',
    'a-b',
    '1-2-3',
    '',
  ),
);
const range = fc
  .tuple(
    rarely(oneOf('bytes='), oneOf('Bytes=', 'bytes =', 'bytes', 'items=', 'bytes==', '=', 'bytes: ')),
    fc.array(oneRange, { minLength: 1, maxLength: 3 }),
    oneOf(',', ', ', ' ,', ',,'),
  )
  .map(([unit, ranges, comma]) => `Range: ${unit}${ranges.join(comma)}\r\n`);
const manyRanges = oneOf(
  `Range: bytes=${Array.from({ length: 1300 }, (_, at) => `5-${at}`).join(',')}\r\n`,
  `Range: bytes=${'0-0,'.repeat(200)}0-0\r\n`,
  `Range: bytes=${Array.from({ length: 16 }, (_, at) => `${at * 5}-${at * 5 + 1}`).join(',')}\r\n`,
  'Range: bytes=0-,0-,0-,0-\r\n',
  `Range: bytes=0-${' '.repeat(20_000)}x\r\n`,
  `Range: bytes=0-0${' \t'.repeat(10_000)},5-6\r\n`,
  'Range: bytes=-9223372036854775608,-9223372036854775608\r\n',
);
const tag = oneOf(
  '*',
  '"a"',
  'W/"a"',
  '"a", "b"',
  '"',
  '""',
  'a',
  '"a',
  '"a" "b"',
  'W/',
  '"a",,"b"',
  '"\xe9"',
  '"\x7f"',
  '*, "a"',
);
const date = oneOf(
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Sun, 06 Nov 2094 08:49:37 GMT',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'Sun, 31 Feb 2021 00:00:00 GMT',
  '0',
  'never',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  '-1',
  '99999999999999',
);
const condition = fc.oneof(
  fc.tuple(oneOf('If-Match', 'If-None-Match', 'If-Range'), tag).map(([name, value]) => `${name}: ${value}\r\n`),
  fc
    .tuple(oneOf('If-Modified-Since', 'If-Unmodified-Since', 'If-Range'), date)
    .map(([name, value]) => `${name}: ${value}\r\n`),
);
const negotiation = fc
  .tuple(
    oneOf('Accept', 'Accept-Encoding', 'Accept-Language', 'TE', 'Origin', 'Authorization'),
    oneOf(
      '*/*',
      'gzip',
      'br;q=1, gzip;q=0.5',
      'identity;q=0, *;q=0',
      ';;;',
      'gzip;q=2',
      'null',
      'Basic !!!!',
      'Basic YTpi',
      ',',
      '',
    ),
  )
  .map(([name, value]) => `${name}: ${value}\r\n`);
const connection = oneOf(
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection: Keep-Alive, close\r\n',
  'Connection: Upgrade\r\nUpgrade: h2c\r\n',
  'Connection: Content-Length\r\n',
  'Connection: ,\r\n',
);
const oddField = oneOf(
  'X: a\r\n',
  'X:\r\n',
  ': a\r\n',
  'X\r\n',
  ' X: a\r\n',
  '\tX: a\r\n',
  'X : a\r\n',
  'X: a\r b\r\n',
  'X: a\nY: b\r\n',
  'X: \0\r\n',
  'X: \x7f\r\n',
  'X: \xe9\r\n',
  'X: a\r\n b\r\n',
  'X(: a\r\n',
  'X\xe9: a\r\n',
  'Expect: 100-continue\r\n',
  'Expect: 200-ok\r\n',
  `X: ${'a'.repeat(5000)}\r\n`,
  'X: a\r\n'.repeat(98),
  'X: a\r\n'.repeat(101),
  `X: ${'a'.repeat(33_000)}\r\n`,
  '\r\n',
  'Referer: http://a/\r\n',
  'Cookie: a=b\r\n',
);
const field = fc.oneof(
  { arbitrary: range, weight: 4 },
  { arbitrary: condition, weight: 4 },
  { arbitrary: negotiation, weight: 3 },
  { arbitrary: connection, weight: 1 },
  { arbitrary: oddField, weight: 1 },
  { arbitrary: manyRanges, weight: 1 },
);

const SMUGGLED = 'GET /smuggled.txt HTTP/1.1\r\nHost: a\r\n\r\n';
const content = oneOf('', 'hello', SMUGGLED, '\r\n0\r\n\r\n', 'x'.repeat(3000));
const sized = (text: string) => `Content-Length: ${text.length}\r\n\r\n${text}`;
const chunk = (text: string, extension = '') => `${text.length.toString(16)}${extension}\r\n${text}\r\n`;
const wrongLength = fc
  .tuple(
    content,
    oneOf(
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Content-Length: 5, 5\r\n',
      'Content-Length: +5\r\n',
      'Content-Length: 5 \r\n',
      'Content-Length: \r\n',
      'Content-Length: 0x5\r\n',
      'Content-Length: 00005\r\n',
      'Content-Length: 4294967301\r\n',
      'Content-Length: 18446744073709551621\r\n',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
      'Transfer-Encoding: identity\r\n',
      'Transfer-Encoding: chunked, chunked\r\n',
      'Transfer-Encoding: gzip, chunked\r\n',
      'Transfer-Encoding: xchunked\r\n',
      'Transfer-Encoding : chunked\r\n',
      'Transfer-Encoding: \x0bchunked\r\n',
      'Transfer-Encoding\r\n: chunked\r\n',
      'Transfer-Encoding: "chunked"\r\n',
      'Transfer_Encoding: chunked\r\n',
      'Content-Length: 1048577\r\n',
    ),
  )
  .map(([text, fields]) => `${fields}\r\n${text}`);
const chunkedBody = fc
  .tuple(
    fc.array(
      content.filter((text) => text !== ''),
      { maxLength: 3 },
    ),
    oneOf('', '', ';a', ' ; a="b"', '\t;'),
    oneOf('', '', 'T: v\r\n', 'Content-Length: 5\r\n'),
    oneOf('0', '0', '000', '0;last'),
  )
  .map(
    ([parts, extension, trailers, zero]) =>
      `Transfer-Encoding: chunked\r\n\r\n${parts.map((part) => chunk(part, extension)).join('')}${zero}\r\n${trailers}\r\n`,
  );
const wrongChunks = oneOf(
  'g\r\n',
  '-5\r\nhello\r\n',
  '0x5\r\nhello\r\n',
  '5\nhello\n0\n\n',
  '5\r\nhello0\r\n\r\n',
  '4\r\nhello\r\n0\r\n\r\n',
  '6\r\nhello\r\n0\r\n\r\n',
  ' 5\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '5;\nx\r\nhello\r\n0\r\n\r\n',
  '10000000000000005\r\nhello\r\n',
  'fffffffffffffffff\r\n',
  '100001\r\n',
  '0\r\nX : a\r\n\r\n',
  '0\r\n folded\r\n\r\n',
  '\r\n',
  '5\r\nhel',
  `1;${'e'.repeat(4200)}\r\na\r\n`,
  `0\r\nX: ${'t'.repeat(8300)}\r\n\r\n`,
).map((chunks) => `Transfer-Encoding: chunked\r\n\r\n${chunks}${SMUGGLED}`);
const body = fc.oneof(
  { arbitrary: fc.constant('\r\n'), weight: 16 },
  { arbitrary: content.map(sized), weight: 3 },
  { arbitrary: chunkedBody, weight: 3 },
  { arbitrary: wrongLength, weight: 1 },
  { arbitrary: wrongChunks, weight: 1 },
);

const request = fc
  .tuple(method, target, version, host, fc.array(field, { maxLength: 3 }), body)
  .map(
    ([verb, resource, protocol, authority, fields, rest]) =>
      `${verb} ${resource} ${protocol}\r\n${authority}${fields.join('')}${rest}`,
  );
/** One that leaves the connection open, so that what follows is reached. */
const goodRequest = fc
  .tuple(
    oneOf('GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST'),
    fc.oneof({ arbitrary: plain, weight: 3 }, { arbitrary: path.filter((text) => !/[\\"<#]/.test(text)), weight: 1 }),
    fc.array(
      fc.oneof(
        range,
        condition,
        negotiation.filter((text) => !text.includes('Expect')),
      ),
      { maxLength: 2 },
    ),
    fc.oneof(
      { arbitrary: fc.constant('\r\n'), weight: 8 },
      { arbitrary: content.map(sized), weight: 1 },
      { arbitrary: chunkedBody, weight: 1 },
    ),
  )
  .map(([verb, resource, fields, rest]) => `${verb} ${resource} HTTP/1.1\r\nHost: a\r\n${fields.join('')}${rest}`);

/** The cases of a campaign, whose mutation begins with this corpus as well as with requests of the models. */
export function fuzzCases(corpus: readonly string[]): fc.Arbitrary<FuzzCase> {
  const written = fc.constantFrom(...corpus);
  const message = fc.oneof(
    { arbitrary: goodRequest, weight: 24 },
    { arbitrary: request, weight: 2 },
    { arbitrary: written, weight: 1 },
  );
  const pipeline = fc.array(message, { minLength: 1, maxLength: 12 });
  const changes = rarely(fc.constant(0), fc.integer({ min: 1, max: 6 }), 1);
  return fc
    .tuple(
      pipeline,
      changes,
      fc.nat(),
      fc.array(fc.nat({ max: 1200 }), { maxLength: 5 }),
      fc.constantFrom('finish', 'finish', 'finish', 'finish', 'wait', 'wait', 'wait', 'reset'),
    )
    .map(([messages, count, seed, cuts, ending]) => ({
      text: count === 0 ? messages.join('') : mutated(messages.join(''), seed, count, corpus),
      requests: messages.length,
      cuts: [...new Set(cuts)].sort((one, other) => one - other),
      ending: ending as FuzzCase['ending'],
    }));
}
