/** Bytes that are ASCII, as most are: what can be said of many of them in one go. */
import { isAscii } from 'node:buffer';

const SPACE = 0x20;

/**
 * From so many bytes on, Node keeps Latin-1 outside V8's heap, which collects what is outside late: 64 MiB of it may be
 * garbage by then. What was UTF-8 lies inside.
 */
const OUTSIDE = 1_000_000;

const decoder = new TextDecoder();

/** Text that was sent as UTF-8; what is none is replaced, and a byte order mark left out. */
export function decodeText(all: Uint8Array): string {
  const bytes = Buffer.from(all.buffer, all.byteOffset, all.length);
  return isAscii(bytes) ? asciiText(bytes, 0, bytes.length) : decoder.decode(bytes);
}

/** @param bytes ASCII from `start` to `end`. */
export function asciiText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString(end - start < OUTSIDE ? 'latin1' : 'utf8', start, end);
}

/** Whether none of the bytes from `start` to `end`, which are ASCII, is a control character below the space. */
export function hasNoControls(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (; at < end && (bytes.byteOffset + at) % 4 !== 0; at++) if (bytes[at]! < SPACE) return false;
  const count = (end - at) >> 2;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count);
  // A byte that is less than a space borrows from the next one, and its highest bit is set then; no other's is, unless
  // there is such a byte before it.
  let borrowed = 0;
  for (let word = 0; word < count; word++) borrowed |= words[word]! - 0x20202020;
  if ((borrowed & 0x80808080) !== 0) return false;
  for (at += count * 4; at < end; at++) if (bytes[at]! < SPACE) return false;
  return true;
}
