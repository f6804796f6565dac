/** Mutation: bytes that are nearly what they were. Each change is one that has told two parsers apart somewhere. */

/** What is put in, or in the place of something: the bytes that separate things, and things that are nearly right. */
const PIECES: readonly string[] = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    '\0',
    ' ',
    '\t',
    ':',
    ';',
    ',',
    '/',
    '\\',
    '%',
    '?',
    '#',
    '.',
    '"',
    '\x7f',
    '\x80',
    '\xff',
    '\x0b',
    '\x0c',
    '\x85',
    '\xa0',
  ],
  ...['%2e', '%2f', '%5c', '%00', '%0d%0a', '%c0%ae', '%252e', '../', '..\\', '//', '/./', '%', '%z'],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'Content-Length : 5\r\n', 'Transfer-Encoding: chunked\r\n'],
  ...[
    'Transfer-Encoding:\tchunked\r\n',
    ' folded\r\n',
    'Host: a\r\n',
    'Expect: 100-continue\r\n',
    'Connection: close\r\n',
  ],
  ...[
    'Range: bytes=0-0,-1\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    'ffffffffffffffff\r\n',
    ' HTTP/1.1',
    ' HTTP/1.0',
    'HTTP/2.0',
  ],
  ...['GET /smuggled.txt HTTP/1.1\r\nHost: a\r\n\r\n', '-1', '99999999999999999999', '9007199254740993', '0x5', '+5'],
];

/** Numbers of chance below a bound; the same ones for the same seed (xorshift32, Marsaglia 2003). */
export function chance(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** The text with so many changes. `others` are what parts may be taken from. */
export function mutated(text: string, seed: number, changes: number, others: readonly string[]): string {
  const random = chance(seed);
  let changed = text;
  for (let change = 0; change < changes; change++) {
    // Most faults are in the first few hundred bytes: the framing.
    const at = random(Math.min(changed.length + 1, random(3) === 0 ? changed.length + 1 : 400));
    changed = changeAt(changed, at, random, others);
  }
  return changed;
}

type Random = (bound: number) => number;

function changeAt(text: string, at: number, random: Random, others: readonly string[]): string {
  const before = text.slice(0, at);
  const after = text.slice(at);
  const piece = PIECES[random(PIECES.length)]!;
  const some = 1 + random(8);
  switch (random(10)) {
    case 0:
      return before + String.fromCharCode((after.charCodeAt(0) ^ (1 << random(8))) & 0xff) + after.slice(1);
    case 1:
      return before + String.fromCharCode(random(256)) + after.slice(1);
    case 2:
    case 3:
      return before + piece + after;
    case 4:
      return before + piece + after.slice(piece.length);
    case 5:
      return before + after.slice(some);
    case 6:
      return before + after.slice(0, some * 8) + after;
    case 7:
      return before + after.charAt(0).repeat(random(20) === 0 ? 1 + random(9000) : some) + after;
    case 8:
      return otherCase(before, after);
    default: {
      const other = others[random(others.length)]!;
      return before + other.slice(random(other.length));
    }
  }
}

function otherCase(before: string, after: string): string {
  const letter = after.charAt(0);
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  return before + (other.length === 1 && other.charCodeAt(0) < 256 ? other : letter) + after.slice(1);
}
