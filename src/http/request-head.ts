/**
 * What a request head says: a mutable record of numbers, made once and filled again for each request, so that reading a
 * head allocates nothing.
 *
 * All offsets are into `bytes` and stay true only as long as these bytes do. Strings are made where they are asked for.
 */
import { ascii, COLON, CR, equalsIgnoringCase, HTAB, LF, SPACE } from './characters.js';

export const METHOD_GET = 1;
export const METHOD_HEAD = 2;
export const METHOD_OPTIONS = 3;
export const METHOD_POST = 4;
export const METHOD_PUT = 5;
export const METHOD_DELETE = 6;
export const METHOD_PATCH = 7;
export const METHOD_TRACE = 8;
/** Never seen by a caller: CONNECT is refused with 501 by the parser. */
export const METHOD_CONNECT = 9;
/** A well-formed method that is none of the above; its text is at methodStart. Methods are case-sensitive. */
export const METHOD_OTHER = 10;

/** `/path?query` (RFC 9112 3.2.1). */
export const FORM_ORIGIN = 1;
/** `http://authority/path?query` (RFC 9112 3.2.2). */
export const FORM_ABSOLUTE = 2;
/** `*`, with OPTIONS only (RFC 9112 3.2.4). */
export const FORM_ASTERISK = 3;

export const FIELD_HOST = 0;
export const FIELD_CONNECTION = 1;
export const FIELD_CONTENT_LENGTH = 2;
export const FIELD_TRANSFER_ENCODING = 3;
export const FIELD_EXPECT = 4;
export const FIELD_IF_MATCH = 5;
export const FIELD_IF_NONE_MATCH = 6;
export const FIELD_IF_MODIFIED_SINCE = 7;
export const FIELD_IF_UNMODIFIED_SINCE = 8;
export const FIELD_IF_RANGE = 9;
export const FIELD_RANGE = 10;
export const FIELD_ACCEPT = 11;
export const FIELD_ACCEPT_ENCODING = 12;
export const FIELD_CONTENT_TYPE = 13;
export const FIELD_CONTENT_ENCODING = 14;
export const FIELD_USER_AGENT = 15;
export const FIELD_REFERER = 16;
export const FIELD_AUTHORIZATION = 17;
export const FIELD_ORIGIN = 18;
export const FIELD_COOKIE = 19;
export const FIELD_ACCESS_CONTROL_REQUEST_METHOD = 20;
export const FIELD_ACCESS_CONTROL_REQUEST_HEADERS = 21;
export const FIELD_X_FORWARDED_FOR = 22;
export const FIELD_UPGRADE = 23;

/** The names of the known fields, in the order of the FIELD_ constants. At most 31: they share one bit mask. */
export const FIELD_NAMES: readonly string[] = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
  'accept',
  'accept-encoding',
  'content-type',
  'content-encoding',
  'user-agent',
  'referer',
  'authorization',
  'origin',
  'cookie',
  'access-control-request-method',
  'access-control-request-headers',
  'x-forwarded-for',
  'upgrade',
];
export const FIELD_COUNT = FIELD_NAMES.length;
if (FIELD_COUNT > 31) throw new Error('more known fields than one bit mask holds');

const FIELD_NAME_BYTES = FIELD_NAMES.map(ascii);

/** The fields that make a request conditional or partial: one AND with `fields` tells whether a request is plain. */
export const CONDITIONAL_FIELDS =
  (1 << FIELD_IF_MATCH) |
  (1 << FIELD_IF_NONE_MATCH) |
  (1 << FIELD_IF_MODIFIED_SINCE) |
  (1 << FIELD_IF_UNMODIFIED_SINCE) |
  (1 << FIELD_IF_RANGE) |
  (1 << FIELD_RANGE);

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);

export class RequestHead {
  /** The memory that all offsets refer to. */
  bytes: Uint8Array = NO_BYTES;
  /** Where the head begins, empty lines before the request line included. */
  start = 0;
  /** Its bytes, the empty line that ends it included. */
  length = 0;

  /** One of the METHOD_ constants. */
  method = METHOD_OTHER;
  methodStart = 0;
  methodEnd = 0;
  /** 0 of HTTP/1.0, 1 of HTTP/1.1 and of later 1.x (RFC 9110 2.5). */
  minorVersion = 1;

  /** One of the FORM_ constants. */
  targetForm = FORM_ORIGIN;
  /** The whole request target as it was sent. */
  targetStart = 0;
  targetEnd = 0;
  /** The path, not decoded, without the query. pathStart === pathEnd means "/" (an absolute-form without a path). */
  pathStart = 0;
  pathEnd = 0;
  /** The query without its '?'; -1 when there is none. An empty query has queryStart === queryEnd. */
  queryStart = -1;
  queryEnd = -1;
  /**
   * Host and port of the target URI (RFC 9112 3.3): of an absolute-form target its authority, else of the Host field.
   * -1 when a HTTP/1.0 request has none. An empty Host has authorityStart === authorityEnd.
   */
  authorityStart = -1;
  authorityEnd = -1;

  /** Whether the client leaves the connection open for another request (RFC 9112 9.3). */
  persistent = true;
  /** The value of Content-Length; -1 when there is none. */
  contentLength = -1;
  /** Whether the content is chunked (RFC 9112 7.1). */
  chunked = false;
  /** Whether the client waits for 100 before it sends content: HTTP/1.1 and content announced (RFC 9110 10.1.1). */
  expectContinue = false;

  /** Bit FIELD_x is set when that field is present. Only then do the arrays below hold something for it. */
  fields = 0;
  /** Bit FIELD_x is set when that field has more than one line. */
  repeated = 0;
  /** The value of the first line of a field, without the white space around it. */
  readonly fieldStart = new Int32Array(FIELD_COUNT);
  readonly fieldEnd = new Int32Array(FIELD_COUNT);
  /** The value of its last line, which is the first one unless the field is in `repeated`. */
  readonly lastFieldStart = new Int32Array(FIELD_COUNT);
  readonly lastFieldEnd = new Int32Array(FIELD_COUNT);

  /** What the site keeps with a remembered head; null for one that has just been parsed. */
  remembered: unknown = null;
  /** What the access log keeps with a remembered head, which says the same each time. */
  logged: unknown = null;

  #viewed: Uint8Array = NO_BYTES;
  #words: Int32Array = NO_WORDS;

  /**
   * The same memory as 32-bit words, for the parser to look at four bytes at once. Made anew only when the memory is
   * another one; empty when the memory is not aligned.
   */
  wordsOf(bytes: Uint8Array): Int32Array {
    if (this.#viewed !== bytes) {
      this.#viewed = bytes;
      const aligned = bytes.byteOffset % 4 === 0;
      this.#words = aligned ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2) : NO_WORDS;
    }
    return this.#words;
  }

  /** The bytes from `start` to `end` as Latin-1. */
  text(start: number, end: number): string {
    let text = '';
    for (let index = start; index < end; index++) text += String.fromCharCode(this.bytes[index]!);
    return text;
  }

  /**
   * The value of a known field, or undefined. The lines of a repeated field are joined with ", " (RFC 9110 5.3): a
   * list stays a list, and what must be single (a date, a range) becomes something that its own parser refuses.
   */
  fieldText(field: number): string | undefined {
    const bit = 1 << field;
    if ((this.fields & bit) === 0) return undefined;
    const first = this.text(this.fieldStart[field]!, this.fieldEnd[field]!);
    return (this.repeated & bit) === 0 ? first : this.#joined(field, first);
  }

  /** The request target as it was sent, for logs. */
  targetText(): string {
    return this.text(this.targetStart, this.targetEnd);
  }

  /** The method as it was sent, for logs. */
  methodText(): string {
    return this.text(this.methodStart, this.methodEnd);
  }

  /**
   * Takes over the meaning of `other`, whose bytes the caller has copied to `start` of `bytes`. What the site keeps
   * with the other head is not taken over.
   */
  copyFrom(other: RequestHead, bytes: Uint8Array, start: number): void {
    const moved = start - other.start;
    this.bytes = bytes;
    this.start = start;
    this.length = other.length;
    this.method = other.method;
    this.methodStart = other.methodStart + moved;
    this.methodEnd = other.methodEnd + moved;
    this.minorVersion = other.minorVersion;
    this.targetForm = other.targetForm;
    this.targetStart = other.targetStart + moved;
    this.targetEnd = other.targetEnd + moved;
    this.pathStart = other.pathStart + moved;
    this.pathEnd = other.pathEnd + moved;
    this.queryStart = other.queryStart < 0 ? -1 : other.queryStart + moved;
    this.queryEnd = other.queryEnd < 0 ? -1 : other.queryEnd + moved;
    this.authorityStart = other.authorityStart < 0 ? -1 : other.authorityStart + moved;
    this.authorityEnd = other.authorityEnd < 0 ? -1 : other.authorityEnd + moved;
    this.persistent = other.persistent;
    this.contentLength = other.contentLength;
    this.chunked = other.chunked;
    this.expectContinue = other.expectContinue;
    this.fields = other.fields;
    this.repeated = other.repeated;
    this.remembered = null;
    this.logged = null;
    for (let field = 0; field < FIELD_COUNT; field++) {
      if ((other.fields & (1 << field)) === 0) continue;
      this.fieldStart[field] = other.fieldStart[field]! + moved;
      this.fieldEnd[field] = other.fieldEnd[field]! + moved;
      this.lastFieldStart[field] = other.lastFieldStart[field]! + moved;
      this.lastFieldEnd[field] = other.lastFieldEnd[field]! + moved;
    }
  }

  /** Walks the field lines from the first to the last of `field`; they are known to be well formed. */
  #joined(field: number, first: string): string {
    const { bytes } = this;
    const name = FIELD_NAME_BYTES[field]!;
    const last = this.lastFieldEnd[field]!;
    let joined = first;
    let line = this.fieldEnd[field]!;
    for (;;) {
      while (bytes[line] !== LF) line++;
      line++;
      if (line >= last) return joined;
      let colon = line;
      while (bytes[colon] !== COLON) colon++;
      if (!equalsIgnoringCase(bytes, line, colon, name)) continue;
      let start = colon + 1;
      let end = start;
      while (bytes[end] !== CR) end++;
      while (start < end && (bytes[start] === SPACE || bytes[start] === HTAB)) start++;
      while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === HTAB)) end--;
      joined += `, ${this.text(start, end)}`;
    }
  }
}
