/**
 * The content of an answer that comes as a stream: read ahead within bounds, and sent as it comes. What came while the
 * kernel had the piece before goes out as one piece, so that many small chunks cost few calls, and none waits.
 */
import type { Answer } from '../site/answer.js';
import {
  type AnswerWriter,
  CHUNKED,
  chunkLineLength,
  LINE_END,
  PIECE_BYTES,
  retry,
  type TO_THE_END,
} from './answer-writer.js';
import type { PieceAnswer } from './app-answer.js';
import { type ChunkSink, type ChunkSource, ReaderSource } from './chunk-source.js';
import type { Client, Continuation } from './client.js';
import { directOf } from './readable-stream.js';

/** Reading pauses while so many bytes wait to be sent. */
const AHEAD_BYTES = 65_536;
const LAST_CHUNK = '0\r\n\r\n';

/** Whose content it is, and the head that it follows. */
export interface Streamed {
  readonly client: Client;
  readonly status: number;
  readonly persistent: boolean;
}

export interface StreamEnd<Of extends Streamed> {
  /** It has ended. */
  streamEnded(of: Of): void;
  /** It has failed. A stream need not give a reason: undefined is one, too. */
  streamFailed(of: Of, failure: unknown): void;
}

export class OutgoingStream<Of extends Streamed> implements Continuation, ChunkSink {
  readonly #writer: AnswerWriter;
  readonly #of: Of;
  readonly #source: ChunkSource;
  /** How many bytes there must be, or how the end is told. */
  readonly #framing: number | typeof CHUNKED | typeof TO_THE_END;
  readonly #end: StreamEnd<Of>;
  /** What has been read, and the answer that all pieces are: one that has said nothing yet costs little. */
  #first: Uint8Array | null = null;
  readonly #others: Uint8Array[] = [];
  #answer: PieceAnswer | null = null;
  #bytes = 0;
  #total = 0;
  #reading = false;
  #ended = false;
  /** Nothing more is read or sent. */
  #over = false;
  #failed = false;
  /** The connection has asked for more than there was. */
  #wanted = false;

  constructor(
    writer: AnswerWriter,
    of: Of,
    stream: ReadableStream<unknown>,
    framing: number | typeof CHUNKED | typeof TO_THE_END,
    end: StreamEnd<Of>,
  ) {
    this.#writer = writer;
    this.#of = of;
    this.#source = directOf(stream)?.attach(this) ?? new ReaderSource(stream, this);
    this.#framing = framing;
    this.#end = end;
    this.#read();
  }

  /** Its stream has failed: what has not begun to be sent need not be. */
  get failed(): boolean {
    return this.#failed;
  }

  next(): Answer | null {
    if (this.#over) return null;
    if (this.#bytes === 0 && !this.#ended) {
      if (this.#failed) this.#giveUp();
      else this.#wanted = true;
      return null;
    }
    return this.#piece();
  }

  /** The client has gone, or nobody wants the content. */
  cancel(reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#first = null;
    this.#others.length = 0;
    this.#source.cancel(reason);
  }

  #read(): void {
    this.#reading = true;
    this.#source.next();
  }

  // --- From the stream ---

  hasChunk(chunk: unknown): void {
    this.#reading = false;
    if (this.#over) return;
    if (!(chunk instanceof Uint8Array)) {
      this.hasFailed(new TypeError('The stream of a body gives bytes only.'));
      return;
    }
    if (chunk.length > 0) {
      this.#total += chunk.length;
      if (typeof this.#framing === 'number' && this.#total > this.#framing) {
        this.hasFailed(new Error(`The body is longer than its Content-Length, which says ${this.#framing}.`));
        return;
      }
      if (this.#first === null) this.#first = chunk;
      else this.#others.push(chunk);
      this.#bytes += chunk.length;
    }
    if (this.#bytes < AHEAD_BYTES) this.#read();
  }

  rested(): void {
    if (this.#wanted && this.#bytes > 0) this.#deliver();
  }

  hasEnded(): void {
    this.#reading = false;
    if (this.#over) return;
    this.#ended = true;
    if (typeof this.#framing === 'number' && this.#total !== this.#framing) {
      this.hasFailed(new Error(`The body has ${this.#total} bytes, its Content-Length says ${this.#framing}.`));
    } else if (this.#wanted) this.#deliver();
  }

  hasFailed(failure: unknown): void {
    this.#reading = false;
    if (this.#over) return;
    this.#failed = true;
    this.#ended = false;
    this.#end.streamFailed(this.#of, failure);
    this.#source.cancel(failure);
    // What came before it is still sent.
    if (this.#wanted) this.#giveUp();
  }

  // --- To the connection ---

  #deliver(): void {
    this.#wanted = false;
    const answer = this.#piece();
    if (answer !== null) this.#of.client.answered(answer);
  }

  #piece(): Answer | null {
    const writer = this.#writer;
    const bytes = Math.min(this.#bytes, PIECE_BYTES);
    const last = this.#ended && bytes === this.#bytes;
    const chunked = this.#framing === CHUNKED;
    let length = bytes;
    if (chunked && bytes > 0) length += chunkLineLength(bytes) + LINE_END.length;
    if (chunked && last) length += LAST_CHUNK.length;
    const offset = writer.allocate(length);
    if (offset < 0) {
      retry(writer, this.#of.client, this);
      return null;
    }
    let at = offset;
    if (chunked && bytes > 0) at = writer.putLineEnd(this.#put(bytes, writer.putChunkLine(bytes, at)));
    else this.#put(bytes, at);
    if (chunked && last) writer.put(LAST_CHUNK, at);
    this.#bytes -= bytes;
    if (last) {
      this.#over = true;
      this.#end.streamEnded(this.#of);
    } else if (!this.#ended && !this.#failed && !this.#reading && this.#bytes < AHEAD_BYTES) this.#read();
    // The one before has been sent and let go: else nobody would have asked for another.
    this.#answer ??= writer.pieces(this.#of.status, this.#of.persistent);
    this.#answer.offset = offset;
    this.#answer.length = length;
    this.#answer.more = last ? null : this;
    return this.#answer;
  }

  /** Writes the first `bytes` bytes of what there is, and keeps the rest. Gives where they end. */
  #put(bytes: number, at: number): number {
    const writer = this.#writer;
    const others = this.#others;
    let taken = 0;
    let end = at;
    while (end < at + bytes) {
      const piece = this.#first as Uint8Array;
      const left = at + bytes - end;
      if (piece.length > left) {
        end = writer.put(piece.subarray(0, left), end);
        this.#first = piece.subarray(left);
      } else {
        end = writer.put(piece, end);
        this.#first = taken < others.length ? (others[taken] as Uint8Array) : null;
        taken++;
      }
    }
    if (taken > 0 && others.length > 0) others.splice(0, taken);
    return end;
  }

  #giveUp(): void {
    this.#over = true;
    this.#of.client.abandon();
  }
}
