/** Takes a multipart body apart, by RFC 2046 5.1.1 and nothing of the server's. */
import { expect } from 'vitest';

export interface Part {
  readonly mediaType: string | undefined;
  readonly first: number;
  readonly last: number;
  readonly size: number;
  readonly content: string;
}

/** The parts of a Latin-1 body whose Content-Type is given. */
export function partsOf(mediaType: string, body: string): Part[] {
  const boundary = /^multipart\/byteranges; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})$/.exec(mediaType)?.[1];
  expect(boundary, mediaType).toBeDefined();
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`);
  expect(pieces.shift()).toBe('');
  expect(pieces.pop()).toBe('--\r\n');
  return pieces.map((piece) => {
    expect(piece.startsWith('\r\n')).toBe(true);
    const end = piece.indexOf('\r\n\r\n');
    const fields = Object.fromEntries(
      piece
        .slice(2, end)
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string])
        .map(([name, value]) => [name.toLowerCase(), value]),
    );
    const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(fields['content-range'] ?? '') ?? [];
    const content = piece.slice(end + 4);
    expect(content.length).toBe(Number(last) - Number(first) + 1);
    return { mediaType: fields['content-type'], first: Number(first), last: Number(last), size: Number(size), content };
  });
}
