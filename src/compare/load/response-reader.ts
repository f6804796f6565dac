/**
 * Follows the responses of one connection from byte to byte (RFC 9112 6.3): head, content by length, in chunks or until
 * the connection ends, and what comes before the real one (1xx).
 *
 * Fed bytes in any pieces. It keeps none of them but a head that came in parts, and each step reports at most one piece of
 * content. A head that is in one piece is read where it lies.
 */

import { BodyDecoder } from '../../http/body-decoder.js';
import { CR, LF } from '../../http/characters.js';
import { HEAD_BYTES, MALFORMED, NEED_MORE, parseResponseHead, ResponseHead } from './response-head.js';
import type { SameHead } from './same-head.js';

// What the next byte belongs to.
const HEAD = 0;
const LENGTH = 1;
const CHUNKS = 2;
const UNTIL_END = 3;

const FIRST_HEAD_BYTES = 1024;
const NO_BYTES = new Uint8Array(0);

export class ResponseReader {
  readonly head = new ResponseHead();
  /** A response has ended with the last step: its status and length are in `head` and `bodyBytes`. The next step begins the next. */
  done = false;
  /** What came is no HTTP/1.1: the connection is of no use any more. */
  malformed = false;
  /** The piece of content that the last step found; empty when they are equal. */
  bodyStart = 0;
  bodyEnd = 0;
  /** Bytes of content so far. */
  bodyBytes = 0;
  #state = HEAD;
  /** Bytes of content that are to come. */
  #left = 0;
  #decoder: BodyDecoder | undefined;
  /** A head that came in parts. */
  #part = NO_BYTES;
  #partLength = 0;

  /** As at the beginning of a connection. */
  reset(): void {
    this.done = false;
    this.malformed = false;
    this.bodyBytes = 0;
    this.#state = HEAD;
    this.#partLength = 0;
  }

  /** Whether nothing of a response has come. */
  get atStart(): boolean {
    return this.done || (this.#state === HEAD && this.#partLength === 0);
  }

  /**
   * One step over the bytes from `start` to `end`, of which there must be some: gives how many were taken, at least one
   * unless `malformed`. @param headOnly the request was a HEAD: the response has no content, whatever it says.
   * @param same the last head that such a request was answered with; `bytes` are then the arena's.
   */
  read(bytes: Uint8Array, start: number, end: number, headOnly: boolean, same?: SameHead): number {
    this.bodyStart = start;
    this.bodyEnd = start;
    if (this.done) {
      this.done = false;
      this.bodyBytes = 0;
    }
    if (this.#state === HEAD) return this.#readHead(bytes, start, end, headOnly, same);
    if (this.#state === CHUNKS) return this.#readChunks(bytes, start, end);
    const taken = this.#state === UNTIL_END ? end - start : Math.min(this.#left, end - start);
    this.bodyEnd = start + taken;
    this.bodyBytes += taken;
    if (this.#state === LENGTH) {
      this.#left -= taken;
      if (this.#left === 0) this.#end();
    }
    return taken;
  }

  /** The connection has ended: whether that is where the response ends. */
  end(): boolean {
    if (this.#state !== UNTIL_END) return false;
    this.#end();
    return true;
  }

  #end(): void {
    this.#state = HEAD;
    this.done = true;
  }

  #fail(): void {
    this.malformed = true;
  }

  #readHead(bytes: Uint8Array, start: number, end: number, headOnly: boolean, same: SameHead | undefined): number {
    if (this.#partLength !== 0) return this.#readPart(bytes, start, end, headOnly);
    let length = same === undefined ? 0 : same.recall(start, end, this.head);
    if (length === 0) {
      length = parseResponseHead(bytes, start, end, this.head);
      if (length > 0) same?.keep(start, length, this.head);
    }
    if (length > 0) {
      // Most content comes with its head: then this is the only step.
      const taken = this.#begin(headOnly, end - start - length);
      this.bodyStart = start + length;
      this.bodyEnd = start + length + taken;
      return length + taken;
    }
    if (length === MALFORMED) this.#fail();
    else this.#keep(bytes, start, end);
    return end - start;
  }

  /** A head that has begun in an earlier piece: it is read when its empty line has come. */
  #readPart(bytes: Uint8Array, start: number, end: number, headOnly: boolean): number {
    for (let at = start; at < end; at++) {
      const before = this.#partLength;
      this.#keep(bytes, at, at + 1);
      if (this.malformed) return at + 1 - start;
      // Whatever is wrong is told when a line is whole.
      if (bytes[at] !== LF && this.#part[before - 1] !== CR) continue;
      const length = parseResponseHead(this.#part, 0, this.#partLength, this.head);
      if (length === NEED_MORE) continue;
      const taken = at + 1 - start;
      this.#partLength = 0;
      if (length === MALFORMED) this.#fail();
      else this.#begin(headOnly, 0);
      this.bodyStart = start + taken;
      this.bodyEnd = start + taken;
      return taken;
    }
    return end - start;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#partLength + end - start;
    if (length > HEAD_BYTES) {
      this.#fail();
      return;
    }
    if (length > this.#part.length) {
      const larger = new Uint8Array(Math.max(FIRST_HEAD_BYTES, 2 * length));
      larger.set(this.#part.subarray(0, this.#partLength));
      this.#part = larger;
    }
    this.#part.set(bytes.subarray(start, end), this.#partLength);
    this.#partLength = length;
  }

  /** A head has been read and `available` bytes follow: gives how many of these are content that has been taken. */
  #begin(headOnly: boolean, available: number): number {
    const { status, contentLength, coded, chunked } = this.head;
    if (status < 200) {
      // 101 would be another protocol, which nobody has asked for.
      if (status === 101) this.#fail();
      return 0;
    }
    if (headOnly || status === 204 || status === 304) {
      this.#end();
    } else if (chunked) {
      this.#decoder ??= new BodyDecoder();
      this.#decoder.begin(-1, true, Number.MAX_SAFE_INTEGER);
      this.#state = CHUNKS;
    } else if (contentLength >= 0 && !coded) {
      const taken = Math.min(contentLength, available);
      this.bodyBytes = taken;
      this.#left = contentLength - taken;
      if (this.#left === 0) this.#end();
      else this.#state = LENGTH;
      return taken;
    } else {
      this.head.persistent = false;
      this.#state = UNTIL_END;
    }
    return 0;
  }

  #readChunks(bytes: Uint8Array, start: number, end: number): number {
    const decoder = this.#decoder as BodyDecoder;
    const taken = decoder.decode(bytes, start, end);
    this.bodyStart = decoder.contentStart;
    this.bodyEnd = decoder.contentEnd;
    this.bodyBytes = decoder.total;
    if (decoder.error !== 0) this.#fail();
    else if (decoder.done) this.#end();
    return taken;
  }
}
