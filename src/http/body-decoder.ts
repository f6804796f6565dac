/**
 * Follows the content of a request to its end (RFC 9112 6 and 7.1), so that the connection stays in step with its client
 * whether anybody reads the content or not.
 *
 * Fed bytes in any pieces, it keeps nothing of them: each step reports at most one piece of content, as offsets into what
 * it was fed. Everything is limited: the content, the digits of a chunk size, chunk extensions, the trailer section.
 * As strict as the parser of heads: a bare CR or LF, white space where none belongs, or a size too large to be exact is
 * refused. After an error the connection is out of step and must be closed.
 */
import { COLON, CR, FIELD_VALUE, HEXADECIMAL, HTAB, LF, SPACE, TOKEN } from './characters.js';
import { CHUNK_EXTENSION_BYTES, CHUNK_SIZE_DIGITS, TRAILER_BYTES } from './limits.js';

const SEMICOLON = 0x3b;

// Where the decoder stands: what the next byte belongs to.
const DONE = 0;
const CONTENT = 1;
const SIZE = 2;
const SIZE_SPACE = 3;
const EXTENSION = 4;
const SIZE_LF = 5;
const CHUNK = 6;
const CHUNK_CR = 7;
const CHUNK_LF = 8;
const TRAILER_START = 9;
const TRAILER_NAME = 10;
const TRAILER_VALUE = 11;
const TRAILER_LF = 12;
const END_LF = 13;
const FAILED = 14;

export class BodyDecoder {
  /** The content has ended: what follows is the next request. */
  done = true;
  /** 0, or the status to refuse the request with: 400, 413, or 431 for trailers. */
  error = 0;
  /** The piece of content that the last step found; empty when contentStart === contentEnd. */
  contentStart = 0;
  contentEnd = 0;
  /** Bytes of content found so far. */
  total = 0;
  #state = DONE;
  #limit = 0;
  /** Bytes left of the content, or of the chunk; while its size is read, that size. */
  #left = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;

  /**
   * Content begins: `contentLength` bytes (-1 or 0: none), or chunked. At most `limitBytes`: a longer Content-Length is
   * an `error` of 413 at once.
   */
  begin(contentLength: number, chunked: boolean, limitBytes: number): void {
    this.error = 0;
    this.total = 0;
    this.contentStart = 0;
    this.contentEnd = 0;
    this.#limit = limitBytes;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#trailerBytes = 0;
    this.#left = 0;
    if (chunked) {
      this.#state = SIZE;
    } else if (contentLength > limitBytes) {
      this.#fail(413);
    } else {
      this.#left = Math.max(contentLength, 0);
      this.#state = this.#left === 0 ? DONE : CONTENT;
    }
    this.done = this.#state === DONE;
  }

  /**
   * One step over the bytes from `start` to `end`: gives how many were taken, at least one unless `done` or `error`.
   * Call again with the rest until then.
   */
  decode(bytes: Uint8Array, start: number, end: number): number {
    this.contentStart = start;
    this.contentEnd = start;
    let at = start;
    while (at < end) {
      switch (this.#state) {
        case CONTENT:
        case CHUNK: {
          const taken = Math.min(this.#left, end - at);
          this.contentStart = at;
          this.contentEnd = at + taken;
          this.total += taken;
          this.#left -= taken;
          if (this.#left === 0) this.#state = this.#state === CHUNK ? CHUNK_CR : DONE;
          this.done = this.#state === DONE;
          return at + taken - start;
        }
        case DONE:
        case FAILED:
          return at - start;
        default:
          this.#byte(bytes[at]!);
          at++;
      }
    }
    return at - start;
  }

  /** One byte of the framing of chunks. */
  #byte(byte: number): void {
    switch (this.#state) {
      case SIZE:
        if (HEXADECIMAL[byte]! >= 0) {
          this.#left = this.#left * 16 + HEXADECIMAL[byte]!;
          if (++this.#digits > CHUNK_SIZE_DIGITS || this.#left > Number.MAX_SAFE_INTEGER) this.#fail(400);
        } else if (this.#digits === 0) {
          this.#fail(400);
        } else {
          this.#afterSize(byte);
        }
        break;
      case SIZE_SPACE:
        // RFC 9112 7.1.1 lets white space stand before a semicolon, and nowhere else.
        if (byte === SEMICOLON || byte === SPACE || byte === HTAB) this.#extension(byte === SEMICOLON);
        else this.#fail(400);
        break;
      case EXTENSION:
        if (byte === CR) this.#state = SIZE_LF;
        else if (FIELD_VALUE[byte] === 1) this.#extension(true);
        else this.#fail(400);
        break;
      case SIZE_LF:
        if (byte !== LF) this.#fail(400);
        else if (this.#left > this.#limit - this.total) this.#fail(413);
        else this.#state = this.#left === 0 ? TRAILER_START : CHUNK;
        this.#digits = 0;
        break;
      case CHUNK_CR:
        if (byte === CR) this.#state = CHUNK_LF;
        else this.#fail(400);
        break;
      case CHUNK_LF:
        if (byte === LF) this.#state = SIZE;
        else this.#fail(400);
        break;
      case END_LF:
        if (byte === LF) {
          this.#state = DONE;
          this.done = true;
        } else {
          this.#fail(400);
        }
        break;
      default:
        this.#trailer(byte);
    }
  }

  #afterSize(byte: number): void {
    if (byte === CR) this.#state = SIZE_LF;
    else if (byte === SEMICOLON || byte === SPACE || byte === HTAB) this.#extension(byte === SEMICOLON);
    else this.#fail(400);
  }

  #extension(begun: boolean): void {
    this.#state = begun ? EXTENSION : SIZE_SPACE;
    if (++this.#extensionBytes > CHUNK_EXTENSION_BYTES) this.#fail(413);
  }

  /** Trailer fields are checked like fields and forgotten (RFC 9112 7.1.2). */
  #trailer(byte: number): void {
    if (byte !== CR && ++this.#trailerBytes > TRAILER_BYTES) {
      this.#fail(431);
      return;
    }
    switch (this.#state) {
      case TRAILER_START:
        if (byte === CR) this.#state = END_LF;
        else if (TOKEN[byte] === 1) this.#state = TRAILER_NAME;
        else this.#fail(400);
        break;
      case TRAILER_NAME:
        if (byte === COLON) this.#state = TRAILER_VALUE;
        else if (TOKEN[byte] !== 1) this.#fail(400);
        break;
      case TRAILER_VALUE:
        if (byte === CR) this.#state = TRAILER_LF;
        else if (FIELD_VALUE[byte] !== 1) this.#fail(400);
        break;
      case TRAILER_LF:
        if (byte === LF) this.#state = TRAILER_START;
        else this.#fail(400);
        break;
    }
  }

  #fail(status: number): void {
    this.#state = FAILED;
    this.error = status;
  }
}
