/**
 * Writes what an application answers into memory that the kernel sends from: head and content in one block, so that text
 * goes out with one call. What does not fit into a piece follows in further ones.
 *
 * Framing is the server's: what a handler says of Transfer-Encoding or Keep-Alive is not sent, and Content-Length is what
 * the content has (RFC 9112 6). `Connection: close` is understood as a wish. A Date or a Server of the handler's, which may pass on
 * what another server has said, takes the place of ours.
 */
import { formatDate } from '../http/http-date.js';
import { hasNoContent, reasonPhrase } from '../http/status.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Answer } from '../site/answer.js';
import { AppAnswer, PartAnswer, PieceAnswer, ReadyAnswer } from './app-answer.js';
import type { Client, Continuation } from './client.js';
import type { FieldList } from './headers.js';
import type { PiecedText } from './json-text.js';

/** At most so many bytes of content are in memory for the kernel at once, a connection. */
export const PIECE_BYTES = 131_072;
/** Of the heap, such a part is for content that is there as a whole; with less than that left it comes a piece at a time. */
const SHARE_FOR_WHOLES = 2;
/** How the content that follows a head is framed. */
export const CHUNKED = 'chunked';
export const TO_THE_END = 'close';

export const LINE_END = '\r\n';

const HEXADECIMAL = '0123456789abcdef';
const SERVER = 'amped';
const BUSY = '503 Service Unavailable\n';

/** What a head says beside its fields. */
export interface HeadOf {
  readonly status: number;
  readonly statusText: string;
  readonly fields: FieldList;
  readonly minorVersion: number;
  persistent: boolean;
  readonly headOnly: boolean;
}

export class AnswerWriter {
  /** The memory is about to go: nothing is written any more. */
  closed = false;
  readonly #heap: Heap;
  readonly #memory: Buffer;
  readonly #busy: ReadyAnswer;
  /** Status line, Server and Date of this second, by status. */
  readonly #begins = new Map<number, string>();
  #second = -1;

  /** Throws RangeError when the heap is too small for anything. */
  constructor(arena: Arena, heap: Heap) {
    this.#heap = heap;
    const { buffer, byteOffset, byteLength } = arena.bytes;
    this.#memory = Buffer.from(buffer, byteOffset, byteLength);
    const head = `HTTP/1.1 503 Service Unavailable\r\nServer: ${SERVER}\r\nConnection: close\r\nRetry-After: 1\r\n`;
    const text = `${head}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${BUSY.length}\r\n\r\n${BUSY}`;
    const offset = heap.allocate(text.length);
    if (offset < 0) throw new RangeError('the heap is too small');
    this.#memory.write(text, offset, text.length, 'latin1');
    this.#busy = new ReadyAnswer(offset, text.length, text.length - BUSY.length);
  }

  /** The clock, in seconds since the epoch. */
  set second(second: number) {
    if (second === this.#second) return;
    this.#second = second;
    this.#begins.clear();
  }

  get busy(): Answer {
    return this.#busy;
  }

  /** An answer with all of its content. */
  text(of: HeadOf, text: string): Answer {
    const size = Buffer.byteLength(text);
    if (size > PIECE_BYTES) return size === text.length ? this.#longText(of, text) : this.bytes(of, Buffer.from(text));
    const head = this.#head(of, size, null);
    const length = head.length + (of.headOnly ? 0 : size);
    const offset = this.#heap.allocate(length);
    if (offset < 0) return this.#busy;
    const memory = this.#memory;
    memory.write(head, offset, head.length, 'latin1');
    if (!of.headOnly) {
      // As many bytes as characters: every one is ASCII.
      if (size === text.length) memory.write(text, offset + head.length, size, 'latin1');
      else memory.write(text, offset + head.length, size, 'utf8');
    }
    return new AppAnswer(this.#heap, offset, length, head.length, of.status, of.persistent, null);
  }

  /** The same of text that has not been put together. */
  pieced(of: HeadOf, text: PiecedText): Answer {
    let size = 0;
    let length = 0;
    for (const piece of text.pieces) {
      size += Buffer.byteLength(piece);
      length += piece.length;
    }
    if (size === length && !of.headOnly) {
      const head = this.#head(of, size, null);
      const parts = this.#parts(of, [head, ...text.pieces], head.length + size);
      if (parts !== null) return parts;
    }
    return this.text(of, text.whole);
  }

  /**
   * ASCII, one behind the other in memory at once, as long as others have enough of it: what an application made can be
   * collected then, and need not grow old. Null where it cannot be so.
   */
  #parts(of: HeadOf, texts: readonly string[], length: number): Answer | null {
    const heap = this.#heap;
    if (heap.used + length > heap.capacity / SHARE_FOR_WHOLES) return null;
    const sizeOf = (index: number): number => Math.min(PIECE_BYTES, length - index * PIECE_BYTES);
    const offsets: number[] = [];
    while (offsets.length * PIECE_BYTES < length) {
      const offset = heap.allocate(sizeOf(offsets.length));
      if (offset < 0) {
        for (const [index, taken] of offsets.entries()) heap.free(taken, sizeOf(index));
        return null;
      }
      offsets.push(offset);
    }
    let at = 0;
    for (const text of texts) {
      for (let written = 0; written < text.length; ) {
        const within = at % PIECE_BYTES;
        const part = text.slice(written, written + PIECE_BYTES - within);
        this.put(part, offsets[(at - within) / PIECE_BYTES]! + within);
        written += part.length;
        at += part.length;
      }
    }
    let answer: PartAnswer | null = null;
    for (let index = offsets.length - 1; index >= 0; index--) {
      const headLength = index === 0 ? texts[0]!.length : 0;
      answer = new PartAnswer(heap, offsets[index]!, sizeOf(index), headLength, of.status, of.persistent, answer);
    }
    return answer;
  }

  /** ASCII, a piece at a time, so that there is no copy of it as a whole. */
  #longText(of: HeadOf, text: string): Answer {
    const first = of.headOnly ? 0 : PIECE_BYTES;
    const head = this.#head(of, text.length, null);
    const parts = first === 0 ? null : this.#parts(of, [head, text], head.length + text.length);
    if (parts !== null) return parts;
    const length = head.length + first;
    const offset = this.#heap.allocate(length);
    if (offset < 0) return this.#busy;
    this.#memory.write(head, offset, head.length, 'latin1');
    if (first > 0) this.#memory.write(text.slice(0, first), offset + head.length, first, 'latin1');
    const more = of.headOnly ? null : new Rest(this, text, first, of.status, of.persistent);
    return new AppAnswer(this.#heap, offset, length, head.length, of.status, of.persistent, more);
  }

  bytes(of: HeadOf, bytes: Uint8Array): Answer {
    const size = bytes.length;
    const first = of.headOnly ? 0 : Math.min(size, PIECE_BYTES);
    const head = this.#head(of, size, null);
    const length = head.length + first;
    const offset = this.#heap.allocate(length);
    if (offset < 0) return this.#busy;
    this.#memory.write(head, offset, head.length, 'latin1');
    this.#memory.set(first === size ? bytes : bytes.subarray(0, first), offset + head.length);
    const more = of.headOnly || first === size ? null : new Rest(this, bytes, first, of.status, of.persistent);
    return new AppAnswer(this.#heap, offset, length, head.length, of.status, of.persistent, more);
  }

  /** A head whose content, if any, comes later. @param size in bytes; null: there is none. */
  head(of: HeadOf, size: number | null | typeof CHUNKED | typeof TO_THE_END, more: Continuation | null): Answer | null {
    const framing = typeof size === 'string' ? size : null;
    const head = this.#head(of, typeof size === 'number' ? size : -1, framing);
    const offset = this.#heap.allocate(head.length);
    if (offset < 0) return null;
    this.#memory.write(head, offset, head.length, 'latin1');
    return new AppAnswer(this.#heap, offset, head.length, head.length, of.status, of.persistent, more);
  }

  /** More of an answer, as it is; the last of it when there is no `more`. Null when there is no memory for it. */
  piece(part: string | Uint8Array, status: number, persistent: boolean, more: Continuation | null): Answer | null {
    const offset = this.#heap.allocate(part.length);
    if (offset < 0) return null;
    this.put(part, offset);
    return new AppAnswer(this.#heap, offset, part.length, 0, status, persistent, more);
  }

  // --- Of streams: they write their pieces themselves ---

  /** What all pieces of a stream are, one after the other. */
  pieces(status: number, persistent: boolean): PieceAnswer {
    return new PieceAnswer(this.#heap, status, persistent);
  }

  /** Where there is memory for so many bytes, which `PieceAnswer.release` gives back; negative: nowhere. */
  allocate(length: number): number {
    return this.#heap.allocate(length);
  }

  /** Text whose characters are bytes, or bytes. Gives where that ends. */
  put(part: string | Uint8Array, at: number): number {
    if (typeof part === 'string') this.#memory.write(part, at, part.length, 'latin1');
    else this.#memory.set(part, at);
    return at + part.length;
  }

  /** The line before a chunk, of `chunkLineLength(size)` bytes. Gives where that ends. */
  putChunkLine(size: number, at: number): number {
    const memory = this.#memory;
    const end = at + chunkLineLength(size);
    let rest = size;
    for (let digit = end - LINE_END.length - 1; digit >= at; digit--) {
      memory[digit] = HEXADECIMAL.charCodeAt(rest & 15);
      rest >>>= 4;
    }
    return this.putLineEnd(end - LINE_END.length);
  }

  putLineEnd(at: number): number {
    this.#memory[at] = LINE_END.charCodeAt(0);
    this.#memory[at + 1] = LINE_END.charCodeAt(1);
    return at + LINE_END.length;
  }

  /** @param size of the content, or -1 where the length is not said. */
  #head(of: HeadOf, size: number, framing: typeof CHUNKED | typeof TO_THE_END | null): string {
    const { status, statusText, fields } = of;
    let dated = false;
    let named = false;
    let lines = '';
    let length = size >= 0 ? `content-length: ${size}\r\n` : '';
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string;
      const value = fields[at + 1] as string;
      switch (name) {
        case 'content-length':
          // What a HEAD or a 304 says of content that it has not.
          if (size < 0 && framing === null && /^\d{1,15}$/.test(value)) length = `content-length: ${value}\r\n`;
          break;
        case 'transfer-encoding':
        case 'keep-alive':
        case 'upgrade':
          break;
        case 'connection':
          if (/(^|,)\s*close\s*(,|$)/i.test(value)) of.persistent = false;
          break;
        case 'date':
          dated = true;
          lines += `date: ${value}\r\n`;
          break;
        case 'server':
          named = true;
          lines += `server: ${value}\r\n`;
          break;
        default:
          lines += `${name}: ${value}\r\n`;
      }
    }
    if (status < 200 || status === 204) length = '';
    if (framing === CHUNKED) length = 'transfer-encoding: chunked\r\n';
    if (framing === TO_THE_END) of.persistent = false;
    const connection = of.persistent
      ? of.minorVersion === 0
        ? 'Connection: keep-alive\r\n'
        : ''
      : 'Connection: close\r\n';
    const begin =
      statusText === '' && !dated && !named
        ? this.#begin(status)
        : beginning(status, statusText, dated ? -1 : this.#second, named);
    return `${begin}${connection}${lines}${length}\r\n`;
  }

  #begin(status: number): string {
    let begin = this.#begins.get(status);
    if (begin === undefined) {
      begin = beginning(status, '', this.#second, false);
      this.#begins.set(status, begin);
    }
    return begin;
  }
}

/** The size, in hexadecimal digits, and the end of the line. @param size more than 0. */
export function chunkLineLength(size: number): number {
  return Math.ceil((32 - Math.clz32(size)) / 4) + LINE_END.length;
}

/** @param second -1: without a Date. `named`: without a Server. */
function beginning(status: number, statusText: string, second: number, named: boolean): string {
  const reason = statusText === '' ? reasonPhrase(status) : statusText;
  const date = second < 0 ? '' : `Date: ${formatDate(second)}\r\n`;
  const server = named ? '' : `Server: ${SERVER}\r\n`;
  return `HTTP/1.1 ${status} ${reason}\r\n${server}${date}`;
}

/** Whether a response with this status has content at all. */
export function mayHaveContent(status: number): boolean {
  return !hasNoContent(status);
}

/** What is left of content that is in memory as a whole, a piece at a time. */
class Rest implements Continuation {
  readonly #writer: AnswerWriter;
  /** Bytes, or text whose characters are bytes. */
  readonly #bytes: Uint8Array | string;
  readonly #status: number;
  readonly #persistent: boolean;
  #at: number;

  constructor(writer: AnswerWriter, bytes: Uint8Array | string, at: number, status: number, persistent: boolean) {
    this.#writer = writer;
    this.#bytes = bytes;
    this.#at = at;
    this.#status = status;
    this.#persistent = persistent;
  }

  next(client: Client): Answer | null {
    const end = Math.min(this.#at + PIECE_BYTES, this.#bytes.length);
    const bytes = this.#bytes;
    const piece = typeof bytes === 'string' ? bytes.slice(this.#at, end) : bytes.subarray(this.#at, end);
    const more = end === this.#bytes.length ? null : this;
    const answer = this.#writer.piece(piece, this.#status, this.#persistent, more);
    if (answer === null) {
      retry(this.#writer, client, this);
      return null;
    }
    this.#at = end;
    return answer;
  }
}

/** How long to wait for memory that others have. */
const MEMORY_PAUSE_MILLISECONDS = 10;

/** Asks again when others may have given memory back. A client that has gone meanwhile does not listen any more. */
export function retry(writer: AnswerWriter, client: Client, continuation: Continuation): void {
  setTimeout(() => {
    if (writer.closed) return;
    const answer = continuation.next(client);
    if (answer !== null) client.answered(answer);
  }, MEMORY_PAUSE_MILLISECONDS);
}
