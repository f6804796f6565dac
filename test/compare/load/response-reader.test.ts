/** Responses are read alike however their bytes arrive: whole, byte by byte, split anywhere, and one behind the other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseReader } from '../../../src/compare/load/response-reader.js';
import { SameHead } from '../../../src/compare/load/same-head.js';
import { Arena } from '../../../src/memory/arena.js';

interface Read {
  readonly status: number;
  readonly body: string;
  readonly length: number;
  readonly persistent: boolean;
}

/** What a reader makes of bytes that come in these pieces; 'malformed' as the last where it finds that. */
function read(pieces: readonly Uint8Array[], headOnly = false, ends = false): (Read | 'malformed' | 'unfinished')[] {
  const reader = new ResponseReader();
  const found: (Read | 'malformed' | 'unfinished')[] = [];
  let body = '';
  const take = (): void => {
    const { status, persistent } = reader.head;
    found.push({ status, body, length: reader.bodyBytes, persistent });
    body = '';
  };
  for (const piece of pieces) {
    let at = 0;
    while (at < piece.length) {
      const taken = reader.read(piece, at, piece.length, headOnly);
      body += Buffer.from(piece.subarray(reader.bodyStart, reader.bodyEnd)).toString('latin1');
      if (reader.malformed) return [...found, 'malformed'];
      if (taken <= 0) throw new Error('a step took nothing');
      at += taken;
      if (reader.done) take();
    }
  }
  if (ends && !reader.atStart) {
    if (reader.end()) take();
    else found.push('unfinished');
  }
  return found;
}

/** The bytes of a text, cut at these places. */
function cut(text: string, places: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  return ends.flatMap((end) => {
    const piece = bytes.subarray(from, end);
    from = end;
    return piece.length === 0 ? [] : [piece];
  });
}

const everyByte = (text: string): Uint8Array[] =>
  cut(
    text,
    [...text].map((_, index) => index),
  );

/** A response of any shape that has its end in itself, and what must be read of it. */
const response = fc
  .record({
    status: fc.constantFrom(200, 206, 301, 404, 500),
    minor: fc.constantFrom(0, 1),
    reason: fc.constantFrom('', 'OK', 'Not Found here'),
    body: fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    chunks: fc.option(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 5 })),
    connection: fc.constantFrom(undefined, 'close', 'keep-alive', 'Upgrade, Close'),
    interim: fc.boolean(),
    fields: fc.array(fc.constantFrom('Date: now', 'X-Length-14x: 3', 'Server:', 'ETag: "a b"\t', 'x-y:  z '), {
      maxLength: 4,
    }),
  })
  .map(({ status, minor, reason, body, chunks, connection, interim, fields }) => {
    const coded = chunks === null ? `Content-Length: ${body.length}` : 'Transfer-Encoding: gzip, Chunked';
    const lines = [`HTTP/1.${minor} ${status} ${reason}`, ...fields, coded];
    if (connection !== undefined) lines.push(`Connection: ${connection}`);
    let content = body;
    if (chunks !== null) {
      content = '';
      let at = 0;
      for (const length of chunks) {
        const piece = body.slice(at, at + length);
        if (piece !== '') content += `${piece.length.toString(16)};a=b\r\n${piece}\r\n`;
        at += length;
      }
      const rest = body.slice(at);
      if (rest !== '') content += `${rest.length.toString(16).toUpperCase()}\r\n${rest}\r\n`;
      content += '0\r\nTrailer: x\r\n\r\n';
    }
    const text = `${interim ? 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' : ''}${lines.join('\r\n')}\r\n\r\n${content}`;
    const persistent = connection === 'keep-alive' || (connection === undefined && minor === 1);
    return { text, expected: { status, body, length: body.length, persistent } };
  });

describe('responses', () => {
  it('are read alike, whole and cut anywhere, one behind the other', () => {
    fc.assert(
      fc.property(fc.array(response, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(2000)), (responses, places) => {
        const text = responses.map((one) => one.text).join('');
        const expected = responses.map((one) => one.expected);
        expect(read(cut(text, []))).toEqual(expected);
        expect(read(everyByte(text))).toEqual(expected);
        expect(read(cut(text, places))).toEqual(expected);
      }),
      { numRuns: 120 },
    );
  });

  it('have no content after HEAD, and with 204 and 304', () => {
    const next = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    expect(read(everyByte('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'), true)).toMatchObject([{ status: 200 }]);
    for (const status of [204, 304]) {
      expect(read(everyByte(`HTTP/1.1 ${status} x\r\nContent-Length: 500\r\n\r\n${next}`))).toMatchObject([
        { status, length: 0 },
        { status: 200, length: 0 },
      ]);
    }
  });

  it('go on until the connection ends where they do not say how long they are', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nabc';
    for (const pieces of [cut(text, []), everyByte(text)]) {
      expect(read(pieces, false, true)).toEqual([{ status: 200, body: 'abc', length: 3, persistent: false }]);
    }
  });

  it('are unfinished when the connection ends before', () => {
    for (const text of [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc',
      'HTTP/1.1 200 O',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ]) {
      expect(read(everyByte(text), false, true)).toEqual(['unfinished']);
    }
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['no space', 'HTTP/1.1200 OK\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['a bare CR', 'HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n'],
    ['a line without a colon', 'HTTP/1.1 200 OK\r\nabc\r\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['a NUL', 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a length too large to be exact', 'HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n'],
    ['a length beside a coding', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'],
    ['another protocol, which nobody has asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${`A: ${'b'.repeat(1000)}\r\n`.repeat(70)}`],
  ])('are malformed with %s', (_, text) => {
    expect(read(cut(text, [30_000])).at(-1)).toBe('malformed');
    if (text.length < 1000) expect(read(everyByte(text)).at(-1)).toBe('malformed');
  });
});

describe('bytes of chance', () => {
  it('never stop a reader without a verdict, and mean the same however they are cut', () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    const begun = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    fc.assert(
      fc.property(begun, bytes, fc.array(fc.nat(100)), (before, after, places) => {
        const text = before + Buffer.from(after).toString('latin1');
        const whole = read(cut(text, []));
        // In pieces a line that is wrong is found when it is whole, so there may be nothing yet.
        const pieces = read(cut(text, places));
        if (whole.at(-1) !== 'malformed') expect(pieces).toEqual(whole);
        else expect([whole, whole.slice(0, -1)]).toContainEqual(pieces);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a head that was there before', () => {
  it('means the same, at each length; and one that differs in a byte is read anew', () => {
    const arena = new Arena(8192);
    for (let padding = 0; padding < 9; padding++) {
      const same = new SameHead(arena);
      const reader = new ResponseReader();
      const text = `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(padding)}\r\nContent-Length: 3\r\n\r\n`;
      const say = (at: number, said: string): unknown => {
        const length = arena.bytes.length;
        arena.bytes.fill(0x5a, at, length);
        arena.bytes.set(Buffer.from(said, 'latin1'), at);
        expect(reader.read(arena.bytes, at, at + said.length, false, same)).toBe(said.length);
        expect(reader.done).toBe(true);
        return [reader.head.status, reader.bodyBytes, reader.head.persistent];
      };
      expect(say(0, `${text}abc`)).toEqual([200, 3, true]);
      expect(same.recall(0, text.length + 3, reader.head)).toBe(text.length);
      expect(say(64, `${text}def`)).toEqual([200, 3, true]);
      // Where words do not begin there is nothing to compare.
      expect(same.recall(65, 200, reader.head)).toBe(0);
      expect(say(65, `${text}def`)).toEqual([200, 3, true]);
      expect(say(128, `${text.replace('200', '404')}ghi`)).toEqual([404, 3, true]);
      expect(say(128, `${text.replace('Length: 3', 'Length: 2')}gh`)).toEqual([200, 2, true]);
      expect(same.recall(128, 128 + text.length - 1, reader.head)).toBe(0);
    }
    arena.destroy();
  });
});
