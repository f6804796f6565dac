/**
 * What clients send, as it may stand in a log: no byte of theirs can end a line, a quoted text or a JSON string, or tell a
 * terminal what to do. What is left out to keep a text short is marked by three dots.
 */

const HEXADECIMAL = '0123456789ABCDEF';
const DOTS = '...';
/** A byte of it takes so many at most: `\x0A`, `\u000A`. */
export const MOST_ESCAPED = 6;

/** How each byte is written: the byte itself where there is no text for it. */
type Escapes = readonly (Uint8Array | null)[];

/** As nginx writes it: `\xHH` for the quotation mark, the backslash, and all that is not printable ASCII. */
export const COMMON_ESCAPES = escapes((byte) => `\\x${hexadecimal(byte)}`);

/** RFC 8259 section 7. Bytes beyond ASCII are taken as Latin-1, so that each can be told from the text again. */
export const JSON_ESCAPES = escapes((byte) =>
  byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : `\\u00${hexadecimal(byte)}`,
);

function escapes(write: (byte: number) => string): Escapes {
  return Array.from({ length: 256 }, (_, byte) => {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return plain ? null : Buffer.from(write(byte), 'latin1');
  });
}

function hexadecimal(byte: number): string {
  return `${HEXADECIMAL[byte >> 4]}${HEXADECIMAL[byte & 15]}`;
}

/** Writes the bytes from `start` to `end` of `from` at `at` of `to`, in at most `most` bytes; gives where they end. */
export function writeEscaped(
  to: Uint8Array,
  at: number,
  most: number,
  from: Uint8Array,
  start: number,
  end: number,
  escapes: Escapes,
): number {
  let next = at;
  const limit = at + most - DOTS.length;
  for (let index = start; index < end; index++) {
    const byte = from[index] as number;
    const written = escapes[byte] as Uint8Array | null;
    if (next + (written === null ? 1 : written.length) > limit) return writeText(to, next, DOTS);
    if (written === null) {
      to[next++] = byte;
    } else {
      for (let part = 0; part < written.length; part++) to[next++] = written[part] as number;
    }
  }
  return next;
}

/** Writes ASCII text at `at`; gives where it ends. */
export function writeText(to: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) to[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** Copies the bytes from `start` to `end` to `at`; gives where they end. */
export function writeBytes(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  const moved = at - start;
  for (let index = start; index < end; index++) to[index + moved] = from[index] as number;
  return end + moved;
}

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Writes a whole number of at least `digits` digits, which are at most six; gives where it ends. */
export function writeNumber(to: Uint8Array, at: number, value: number, digits = 1): number {
  let length = digits;
  for (let bound = POWERS[digits] as number; bound <= value; bound *= 10) length++;
  let rest = value;
  for (let index = at + length - 1; index >= at; index--) {
    const tenth = rest < 2147483648 ? ((rest | 0) / 10) | 0 : Math.floor(rest / 10);
    to[index] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  return at + length;
}
