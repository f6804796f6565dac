/**
 * Reads the head of a response (RFC 9112 4 and 5): the status line, and of the fields what says where the response ends
 * and whether the connection goes on.
 *
 * As strict as the parser of requests, since it is there to find what a server does wrong: bare CR or LF, folded fields,
 * a name that is no token, Content-Length twice or beside Transfer-Encoding are malformed. It allocates nothing.
 */
import {
  ascii,
  COLON,
  COMMA,
  CR,
  equalsIgnoringCase,
  FIELD_VALUE,
  HTAB,
  LF,
  SPACE,
  TOKEN,
} from '../../http/characters.js';

/** The head does not end in these bytes. */
export const NEED_MORE = 0;
export const MALFORMED = -1;

/** The longest head that is read: what lies beyond is malformed. */
export const HEAD_BYTES = 65_536;

const VERSION = ascii('HTTP/1.');
const CONTENT_LENGTH = ascii('content-length');
const TRANSFER_ENCODING = ascii('transfer-encoding');
const CONNECTION = ascii('connection');
const CHUNKED = ascii('chunked');
const CLOSE = ascii('close');
const KEEP_ALIVE = ascii('keep-alive');
const ZERO = 0x30;
const NINE = 0x39;
/** Digits of a length that a number holds exactly. */
const LENGTH_DIGITS = 15;

/** What a head says. */
export class ResponseHead {
  status = 0;
  /** -1: none is given. */
  contentLength = -1;
  /** The last transfer coding is chunked. */
  chunked = false;
  /** There is a transfer coding, chunked or not. */
  coded = false;
  /** The server goes on with the connection. */
  persistent = false;
}

/** The bytes of the head that begins at `start`, up to and with its empty line, or NEED_MORE, or MALFORMED. */
export function parseResponseHead(bytes: Uint8Array, start: number, end: number, head: ResponseHead): number {
  let at = readStatusLine(bytes, start, end, head);
  if (at <= 0) return at;
  head.contentLength = -1;
  head.chunked = false;
  head.coded = false;
  for (;;) {
    if (at >= end) return NEED_MORE;
    if (bytes[at] === CR) {
      if (at + 1 >= end) return NEED_MORE;
      if (bytes[at + 1] !== LF || (head.coded && head.contentLength >= 0)) return MALFORMED;
      return at + 2 - start;
    }
    const name = at;
    while (at < end && TOKEN[bytes[at] as number] === 1) at++;
    if (at >= end) return NEED_MORE;
    if (bytes[at] !== COLON || at === name) return MALFORMED;
    const nameLength = at - name;
    at++;
    while (at < end && (bytes[at] === SPACE || bytes[at] === HTAB)) at++;
    const value = at;
    while (at < end && FIELD_VALUE[bytes[at] as number] === 1) at++;
    if (at + 1 >= end) return at < end && bytes[at] !== CR ? MALFORMED : NEED_MORE;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return MALFORMED;
    // The three lengths that matter; all others are passed over.
    if (nameLength === 14 || nameLength === 17 || nameLength === 10) {
      if (!takeField(bytes, name, name + nameLength, value, at, head)) return MALFORMED;
    }
    at += 2;
  }
}

/** Where the line after it begins, or NEED_MORE or MALFORMED. */
function readStatusLine(bytes: Uint8Array, start: number, end: number, head: ResponseHead): number {
  let at = start;
  for (let index = 0; index < VERSION.length; index++, at++) {
    if (at >= end) return NEED_MORE;
    if (bytes[at] !== VERSION[index]) return MALFORMED;
  }
  // The minor version, a space, and three digits.
  if (at + 5 > end) return NEED_MORE;
  const minor = bytes[at] as number;
  if (minor < ZERO || minor > NINE || bytes[at + 1] !== SPACE) return MALFORMED;
  const hundreds = (bytes[at + 2] as number) - ZERO;
  const tens = (bytes[at + 3] as number) - ZERO;
  const ones = (bytes[at + 4] as number) - ZERO;
  if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return MALFORMED;
  head.status = hundreds * 100 + tens * 10 + ones;
  head.persistent = minor >= ZERO + 1;
  at += 5;
  if (at >= end) return NEED_MORE;
  // The space must be there also without a reason, but some servers leave it out.
  if (bytes[at] !== SPACE && bytes[at] !== CR) return MALFORMED;
  while (at < end && FIELD_VALUE[bytes[at] as number] === 1) at++;
  if (at + 1 >= end) return at < end && bytes[at] !== CR ? MALFORMED : NEED_MORE;
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : MALFORMED;
}

/** False for a field that must not be so. */
function takeField(
  bytes: Uint8Array,
  name: number,
  nameEnd: number,
  value: number,
  valueEnd: number,
  head: ResponseHead,
): boolean {
  if (equalsIgnoringCase(bytes, name, nameEnd, CONTENT_LENGTH)) {
    const length = readLength(bytes, value, valueEnd);
    if (length < 0 || (head.contentLength >= 0 && head.contentLength !== length)) return false;
    head.contentLength = length;
  } else if (equalsIgnoringCase(bytes, name, nameEnd, TRANSFER_ENCODING)) {
    head.coded = true;
    head.chunked = lastIs(bytes, value, valueEnd, CHUNKED);
  } else if (equalsIgnoringCase(bytes, name, nameEnd, CONNECTION)) {
    if (has(bytes, value, valueEnd, CLOSE)) head.persistent = false;
    else if (has(bytes, value, valueEnd, KEEP_ALIVE)) head.persistent = true;
  }
  return true;
}

/** A whole number, with white space behind it at most; -1 for what is none. */
function readLength(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let length = 0;
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) {
    length = length * 10 + (bytes[at++] as number) - ZERO;
  }
  const digits = at - start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === HTAB)) at++;
  return digits === 0 || digits > LENGTH_DIGITS || at < end ? -1 : length;
}

/** Whether one of the words of a list, between commas, is this one. */
function has(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  let at = start;
  while (at < end) {
    let stop = at;
    while (stop < end && bytes[stop] !== COMMA) stop++;
    if (isWord(bytes, at, stop, word)) return true;
    at = stop + 1;
  }
  return false;
}

/** Whether the last word of a list is this one. */
function lastIs(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  let at = end;
  while (at > start && bytes[at - 1] !== COMMA) at--;
  return isWord(bytes, at, end, word);
}

function isWord(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] === SPACE || bytes[start] === HTAB)) start++;
  while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === HTAB)) end--;
  return equalsIgnoringCase(bytes, start, end, word);
}
