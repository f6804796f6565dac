/**
 * Reads a request head: bytes in, a filled RequestHead or a status out (RFC 9112 2 to 6).
 *
 * Keeps no state: fed more bytes of the same head it starts again, and says the same as if it had been fed them at once.
 * A refusal is final, and is given at the first byte that decides it, so a head may be refused before it is complete.
 * Whoever is refused cannot be told from whoever smuggles: answer with the status and close.
 *
 * Strict on purpose. Each of these is refused, because two recipients could read them differently: a bare CR or LF, NUL
 * and control bytes, white space before a colon, obs-fold, Content-Length beside Transfer-Encoding, a repeated or odd
 * Content-Length, any Transfer-Encoding but a single `chunked`, a missing, repeated or malformed Host.
 *
 * Decisions where the RFCs leave a choice: CONNECT is 501 (this is no proxy); authority-form with other methods is 400; an
 * https target is 421, since nothing here arrives over TLS (RFC 9110 7.4); user information in a target is 400 (RFC 9110
 * 4.2.4); Host may be empty (RFC 9112 3.3); an expectation other than 100-continue is 417.
 */
import {
  ascii,
  COLON,
  COMMA,
  CR,
  equalsIgnoringCase,
  FIELD_VALUE,
  HEXADECIMAL,
  HTAB,
  LF,
  PATH_BYTE,
  QUERY_BYTE,
  REGISTERED_NAME,
  SPACE,
  TARGET,
  TOKEN,
} from './characters.js';
import { knownField } from './known-fields.js';
import { EMPTY_LINES, type HeadLimits, METHOD_BYTES } from './limits.js';
import {
  FIELD_CONNECTION,
  FIELD_CONTENT_LENGTH,
  FIELD_EXPECT,
  FIELD_HOST,
  FIELD_TRANSFER_ENCODING,
  FORM_ABSOLUTE,
  FORM_ASTERISK,
  FORM_ORIGIN,
  METHOD_CONNECT,
  METHOD_DELETE,
  METHOD_GET,
  METHOD_HEAD,
  METHOD_OPTIONS,
  METHOD_OTHER,
  METHOD_PATCH,
  METHOD_POST,
  METHOD_PUT,
  METHOD_TRACE,
  type RequestHead,
} from './request-head.js';

/** The head is not complete and nothing is wrong with it so far. */
export const NEED_MORE = 0;

// What the field lines say together, gathered as bits.
const OPTION_CLOSE = 1;
const OPTION_KEEP_ALIVE = 2;
const CODING_CHUNKED = 4;
const CODING_OTHER = 8;
const EXPECT_CONTINUE = 16;

const HOST_BIT = 1 << FIELD_HOST;
const LENGTH_BIT = 1 << FIELD_CONTENT_LENGTH;
const CODING_BIT = 1 << FIELD_TRANSFER_ENCODING;

const SLASH = 0x2f;
const QUESTION = 0x3f;
const SEMICOLON = 0x3b;
const PERCENT = 0x25;

const CLOSE = ascii('close');
const KEEP_ALIVE = ascii('keep-alive');
const CHUNKED = ascii('chunked');
const CONTINUE = ascii('100-continue');
const HTTP_SCHEME = ascii('http');
const HTTPS_SCHEME = ascii('https');

const METHODS: readonly (readonly [Uint8Array, number])[] = [
  [ascii('OPTIONS'), METHOD_OPTIONS],
  [ascii('POST'), METHOD_POST],
  [ascii('PUT'), METHOD_PUT],
  [ascii('DELETE'), METHOD_DELETE],
  [ascii('PATCH'), METHOD_PATCH],
  [ascii('TRACE'), METHOD_TRACE],
  [ascii('CONNECT'), METHOD_CONNECT],
];

/** Besides at the ends of lines, an incomplete head is parsed again each so many bytes, to see whether a limit is passed. */
const PARSE_AGAIN_BYTES = 1024;

/**
 * Whether parsing again is worth it when bytes of an incomplete head that begins at `start` have arrived from `seen` to
 * `end`: a line has ended, or a limit may have been passed. A client that sends its head byte by byte is then parsed about
 * once a line, not once a byte. Never false when the head is complete.
 */
export function worthParsing(bytes: Uint8Array, start: number, seen: number, end: number, limits: HeadLimits): boolean {
  // Empty lines may stand before the request line, so where its limit lies is not known exactly.
  const line = limits.requestLineBytes;
  if (end - start >= line && seen - start <= line + 2 * EMPTY_LINES) return true;
  if (Math.floor((end - start) / PARSE_AGAIN_BYTES) !== Math.floor((seen - start) / PARSE_AGAIN_BYTES)) return true;
  for (let index = seen; index < end; index++) {
    if (bytes[index] === LF) return true;
  }
  return false;
}

/**
 * Parses the head that begins at `start`; bytes from `end` on are not looked at, bytes after the head are left alone.
 *
 * Gives the length of the head, having filled `head`; NEED_MORE; or -status: 400, 414, 417, 421, 431, 501, 505. With the
 * latter two, what `head` holds is meaningless.
 */
export function parseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: HeadLimits,
  head: RequestHead,
): number {
  // An imported binding is looked up anew at each use, a local one is not.
  const tokenBytes = TOKEN;
  const targetBytes = TARGET;
  const valueBytes = FIELD_VALUE;
  let at = start;

  // RFC 9112 2.2: empty lines before the request line are skipped.
  if (at < end && bytes[at] === CR) {
    at = skipEmptyLines(bytes, at, end);
    if (at < 0) return at;
  }

  // RFC 9112 3: method SP request-target SP HTTP-version CRLF.
  const lineLimit = at + limits.requestLineBytes;
  let stop = Math.min(end, lineLimit);
  const methodStart = at;
  while (at < stop && tokenBytes[bytes[at]!] === 1) at++;
  const methodEnd = at;
  if (methodEnd - methodStart > METHOD_BYTES) return -501;
  if (at === stop) return at === lineLimit ? -414 : NEED_MORE;
  if (bytes[at] !== SPACE || at === methodStart) return -400;
  at++;

  if (at === stop) return at === lineLimit ? -414 : NEED_MORE;
  const targetStart = at;
  let pathEnd = at;
  let queryStart = -1;
  const originForm = bytes[at] === SLASH;
  if (originForm) {
    at++;
    while (at < stop && (targetBytes[bytes[at]!]! & PATH_BYTE) !== 0) at++;
    pathEnd = at;
    if (at < stop && bytes[at] === QUESTION) {
      queryStart = ++at;
      while (at < stop && (targetBytes[bytes[at]!]! & QUERY_BYTE) !== 0) at++;
    }
  } else {
    while (at < stop && (targetBytes[bytes[at]!]! & QUERY_BYTE) !== 0) at++;
  }
  if (at === stop) return at === lineLimit ? -414 : NEED_MORE;
  if (bytes[at] !== SPACE || at === targetStart) return -400;
  const targetEnd = at;

  // " HTTP/1.1", which the line must still have room for.
  if (at + 9 > lineLimit) return -414;
  if (
    at + 11 > end ||
    bytes[at + 1] !== 0x48 ||
    bytes[at + 2] !== 0x54 ||
    bytes[at + 3] !== 0x54 ||
    bytes[at + 4] !== 0x50 ||
    bytes[at + 5] !== SLASH ||
    bytes[at + 6] !== 0x31 ||
    bytes[at + 7] !== 0x2e ||
    bytes[at + 9] !== CR ||
    bytes[at + 10] !== LF
  ) {
    return oddVersion(bytes, at + 1, end);
  }
  const minor = bytes[at + 8]! - 0x30;
  if (minor < 0 || minor > 9) return -400;
  const minorVersion = minor === 0 ? 0 : 1;
  at += 11;

  let method = METHOD_GET;
  // GET first, by its bytes: nearly every request is one.
  if (
    methodEnd - methodStart !== 3 ||
    bytes[methodStart] !== 0x47 ||
    bytes[methodStart + 1] !== 0x45 ||
    bytes[methodStart + 2] !== 0x54
  ) {
    method = methodOf(bytes, methodStart, methodEnd);
    if (method === METHOD_CONNECT) return -501;
  }

  head.authorityStart = -1;
  head.authorityEnd = -1;
  head.targetStart = targetStart;
  head.targetEnd = targetEnd;
  if (originForm) {
    head.targetForm = FORM_ORIGIN;
    head.pathStart = targetStart;
    head.pathEnd = pathEnd;
    head.queryStart = queryStart;
    head.queryEnd = queryStart < 0 ? -1 : targetEnd;
  } else {
    const status = otherForm(bytes, targetStart, targetEnd, method, head);
    if (status < 0) return status;
  }

  // RFC 9112 5: field-line = field-name ":" OWS field-value OWS, each ended by CRLF.
  const sectionLimit = at + limits.headerBytes;
  stop = Math.min(end, sectionLimit);
  const { headerCount } = limits;
  const words = head.wordsOf(bytes);
  const wordStop = Math.min(stop - 3, words.length * 4);
  const { fieldStart, fieldEnd, lastFieldStart, lastFieldEnd } = head;
  let fields = 0;
  let repeated = 0;
  let count = 0;
  let said = 0;
  let contentLength = -1;
  for (;;) {
    if (at === stop) return at === sectionLimit ? -431 : NEED_MORE;
    if (bytes[at] === CR) {
      if (at + 1 === stop) return at + 1 === sectionLimit ? -431 : NEED_MORE;
      if (bytes[at + 1] !== LF) return -400;
      at += 2;
      break;
    }
    if (++count > headerCount) return -431;

    const nameStart = at;
    while (at < stop && tokenBytes[bytes[at]!] === 1) at++;
    if (at === stop) return at === sectionLimit ? -431 : NEED_MORE;
    // Also where the line is folded, the name empty, or white space stands before the colon.
    if (bytes[at] !== COLON || at === nameStart) return -400;
    const nameEnd = at++;

    while (at < stop && (bytes[at] === SPACE || bytes[at] === HTAB)) at++;
    const valueStart = at;
    // Four bytes at once for as long as all of them are visible ASCII or spaces; the rest byte by byte.
    while ((at & 3) !== 0 && at < stop && valueBytes[bytes[at]!] === 1) at++;
    if ((at & 3) === 0) while (at < wordStop && plainText(words[at >> 2]!)) at += 4;
    while (at < stop && valueBytes[bytes[at]!] === 1) at++;
    if (at === stop) return at === sectionLimit ? -431 : NEED_MORE;
    if (bytes[at] !== CR) return -400;
    if (at + 1 === stop) return at + 1 === sectionLimit ? -431 : NEED_MORE;
    if (bytes[at + 1] !== LF) return -400;
    let valueEnd = at;
    at += 2;

    const field = knownField(bytes, nameStart, nameEnd);
    if (field < 0) continue;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === HTAB)) valueEnd--;
    const bit = 1 << field;
    const again = (fields & bit) !== 0;
    fields |= bit;
    lastFieldStart[field] = valueStart;
    lastFieldEnd[field] = valueEnd;
    if (again) {
      repeated |= bit;
    } else {
      fieldStart[field] = valueStart;
      fieldEnd[field] = valueEnd;
    }
    // The fields with the lowest numbers are those that the message itself depends on.
    if (field > FIELD_EXPECT) continue;
    if (field === FIELD_HOST) {
      if (again || !validAuthority(bytes, valueStart, valueEnd)) return -400;
    } else if (field === FIELD_CONNECTION) {
      said |= connectionOptions(bytes, valueStart, valueEnd);
    } else if (field === FIELD_CONTENT_LENGTH) {
      if (again || (fields & CODING_BIT) !== 0) return -400;
      contentLength = parseLength(bytes, valueStart, valueEnd);
      if (contentLength < 0) return -400;
    } else if (field === FIELD_TRANSFER_ENCODING) {
      // RFC 9112 6.1: a 1.0 client that names a coding may have faulty framing.
      if (minorVersion === 0 || (fields & LENGTH_BIT) !== 0) return -400;
      said = transferCodings(bytes, valueStart, valueEnd, said);
      if (said < 0) return -400;
    } else {
      if (!equalsIgnoringCase(bytes, valueStart, valueEnd, CONTINUE)) return -417;
      said |= EXPECT_CONTINUE;
    }
  }

  if ((fields & HOST_BIT) !== 0) {
    // RFC 9112 3.2.2: the authority of an absolute-form target replaces the one in Host.
    if (head.authorityStart < 0) {
      head.authorityStart = fieldStart[FIELD_HOST]!;
      head.authorityEnd = fieldEnd[FIELD_HOST]!;
    }
  } else if (minorVersion !== 0) {
    return -400;
  }
  if ((fields & CODING_BIT) !== 0) {
    // RFC 9112 6.3: without chunked at the end nobody knows where the content ends.
    if ((said & CODING_CHUNKED) === 0) return -400;
    if ((said & CODING_OTHER) !== 0) return -501;
  }

  head.bytes = bytes;
  head.start = start;
  head.length = at - start;
  head.method = method;
  head.methodStart = methodStart;
  head.methodEnd = methodEnd;
  head.minorVersion = minorVersion;
  head.fields = fields;
  head.repeated = repeated;
  head.contentLength = contentLength;
  head.chunked = (said & CODING_CHUNKED) !== 0;
  head.expectContinue = (said & EXPECT_CONTINUE) !== 0 && minorVersion !== 0 && (head.chunked || contentLength > 0);
  head.persistent = (said & OPTION_CLOSE) === 0 && (minorVersion !== 0 || (said & OPTION_KEEP_ALIVE) !== 0);
  head.remembered = null;
  return at - start;
}

/**
 * Whether the four bytes of a word are all from 0x20 to 0x7e: subtracting 0x20 or adding 1 sets the high bit of the lowest
 * byte that is not, and a high bit that was set before counts too. Borrows and carries come from such bytes only.
 */
function plainText(word: number): boolean {
  return (((word - 0x20202020) | word | (word + 0x01010101)) & 0x80808080) === 0;
}

/** Where the request line begins, or -400 where a CR stands alone or too many lines are empty. */
function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let lines = 0; at < end && bytes[at] === CR; lines++) {
    if (lines === EMPTY_LINES) return -400;
    if (at + 1 === end) return end;
    if (bytes[at + 1] !== LF) return -400;
    at += 2;
  }
  return at;
}

const VERSION = ascii('HTTP/d.d\r\n');

/** A version that is not 1.x or not complete: NEED_MORE, -400, or -505 (RFC 9110 15.6.6). */
function oddVersion(bytes: Uint8Array, start: number, end: number): number {
  for (let index = 0; index < VERSION.length; index++) {
    if (start + index >= end) return NEED_MORE;
    const byte = bytes[start + index]!;
    const digit = index === 5 || index === 7;
    if (digit ? byte < 0x30 || byte > 0x39 : byte !== VERSION[index]) return -400;
  }
  return -505;
}

function methodOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (
    length === 4 &&
    bytes[start] === 0x48 &&
    bytes[start + 1] === 0x45 &&
    bytes[start + 2] === 0x41 &&
    bytes[start + 3] === 0x44
  ) {
    return METHOD_HEAD;
  }
  for (let index = 0; index < METHODS.length; index++) {
    const entry = METHODS[index]!;
    const name = entry[0];
    if (name.length !== length) continue;
    let same = 0;
    while (same < length && bytes[start + same] === name[same]) same++;
    if (same === length) return entry[1];
  }
  return METHOD_OTHER;
}

/** Asterisk-form and absolute-form (RFC 9112 3.2.2 and 3.2.4): 0, or -status. */
function otherForm(bytes: Uint8Array, start: number, end: number, method: number, head: RequestHead): number {
  head.queryStart = -1;
  head.queryEnd = -1;
  if (end - start === 1 && bytes[start] === 0x2a) {
    if (method !== METHOD_OPTIONS) return -400;
    head.targetForm = FORM_ASTERISK;
    head.pathStart = end;
    head.pathEnd = end;
    return 0;
  }

  let colon = start;
  while (colon < end && bytes[colon] !== COLON) colon++;
  if (colon + 2 >= end || bytes[colon + 1] !== SLASH || bytes[colon + 2] !== SLASH) return -400;
  if (equalsIgnoringCase(bytes, start, colon, HTTPS_SCHEME)) return -421;
  if (!equalsIgnoringCase(bytes, start, colon, HTTP_SCHEME)) return -400;

  const authority = colon + 3;
  let at = authority;
  while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++;
  // RFC 9110 4.2.1: an http URI has a host.
  if (at === authority || bytes[authority] === COLON || !validAuthority(bytes, authority, at)) return -400;
  head.targetForm = FORM_ABSOLUTE;
  head.authorityStart = authority;
  head.authorityEnd = at;
  head.pathStart = at;
  while (at < end && bytes[at] !== QUESTION) {
    if ((TARGET[bytes[at]!]! & PATH_BYTE) === 0) return -400;
    at++;
  }
  head.pathEnd = at;
  if (at < end) {
    head.queryStart = at + 1;
    head.queryEnd = end;
  }
  return 0;
}

/** uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2). User information makes it invalid. May be empty. */
function validAuthority(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (at < end && bytes[at] === 0x5b) {
    at++;
    const literal = at;
    // Hexadecimal digits, colons, and dots of an embedded IPv4 address.
    while (at < end && (HEXADECIMAL[bytes[at]!]! >= 0 || bytes[at] === COLON || bytes[at] === 0x2e)) at++;
    if (at === literal || at === end || bytes[at] !== 0x5d) return false;
    at++;
  } else {
    while (at < end) {
      if (REGISTERED_NAME[bytes[at]!] === 1) {
        at++;
      } else if (bytes[at] === PERCENT) {
        if (at + 2 >= end || HEXADECIMAL[bytes[at + 1]!]! < 0 || HEXADECIMAL[bytes[at + 2]!]! < 0) return false;
        at += 3;
      } else {
        break;
      }
    }
  }
  if (at === end) return true;
  if (bytes[at] !== COLON) return false;
  for (at++; at < end; at++) {
    if (bytes[at]! < 0x30 || bytes[at]! > 0x39) return false;
  }
  return true;
}

/** The options of a Connection field that matter here, as bits (RFC 9110 7.6.1). */
function connectionOptions(bytes: Uint8Array, start: number, end: number): number {
  let options = 0;
  let at = start;
  while (at < end) {
    const from = at;
    while (at < end && TOKEN[bytes[at]!] === 1) at++;
    if (equalsIgnoringCase(bytes, from, at, KEEP_ALIVE)) options |= OPTION_KEEP_ALIVE;
    else if (equalsIgnoringCase(bytes, from, at, CLOSE)) options |= OPTION_CLOSE;
    at++;
  }
  return options;
}

/** 1*DIGIT as a safe integer, or -1 (RFC 9110 8.6). A list, even of equal numbers, is refused as RFC 9112 6.3 allows. */
function parseLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -1;
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
    if (length > Number.MAX_SAFE_INTEGER) return -1;
  }
  return length;
}

/**
 * Adds the codings of one Transfer-Encoding line to those already said; -1 where the line is malformed or something
 * follows chunked, be it chunked again (RFC 9112 6.1).
 */
function transferCodings(bytes: Uint8Array, start: number, end: number, said: number): number {
  let codings = said;
  let at = start;
  for (;;) {
    const from = at;
    while (at < end && TOKEN[bytes[at]!] === 1) at++;
    if (at === from || (codings & CODING_CHUNKED) !== 0) return -1;
    if (equalsIgnoringCase(bytes, from, at, CHUNKED)) {
      codings |= CODING_CHUNKED;
    } else {
      codings |= CODING_OTHER;
      // Parameters of a coding that is not supported anyway.
      if (at < end && bytes[at] === SEMICOLON) while (at < end && bytes[at] !== COMMA) at++;
    }
    while (at < end && (bytes[at] === SPACE || bytes[at] === HTAB)) at++;
    if (at === end) return codings;
    if (bytes[at] !== COMMA) return -1;
    at++;
    while (at < end && (bytes[at] === SPACE || bytes[at] === HTAB)) at++;
  }
}
