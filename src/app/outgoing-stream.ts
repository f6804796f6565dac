/**
 * The content of an answer that comes as a stream: read ahead within bounds, and sent as it comes. What came while the
 * kernel had the piece before goes out as one piece, so that many small chunks cost few calls, and none waits.
 */
import type { Answer } from '../site/answer.js';
import { type AnswerWriter, CHUNKED, PIECE_BYTES, retry, type TO_THE_END } from './answer-writer.js';
import type { Client, Continuation } from './client.js';

/** Reading pauses while so many bytes wait to be sent. */
const AHEAD_BYTES = 65_536;
const LAST_CHUNK = '0\r\n\r\n';

export interface StreamEnd {
  /** It has ended, was given up, or has failed: with this reason. */
  streamEnded(failure?: unknown): void;
}

export class OutgoingStream implements Continuation {
  readonly #writer: AnswerWriter;
  readonly #client: Client;
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  /** How many bytes there must be, or how the end is told. */
  readonly #framing: number | typeof CHUNKED | typeof TO_THE_END;
  readonly #end: StreamEnd;
  readonly #status: number;
  readonly #persistent: boolean;
  #pieces: Uint8Array[] = [];
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
    client: Client,
    stream: ReadableStream<unknown>,
    framing: number | typeof CHUNKED | typeof TO_THE_END,
    end: StreamEnd,
    status: number,
    persistent: boolean,
  ) {
    this.#writer = writer;
    this.#client = client;
    this.#reader = stream.getReader();
    this.#framing = framing;
    this.#end = end;
    this.#status = status;
    this.#persistent = persistent;
    this.#read();
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
    this.#pieces = [];
    // What the stream says to that is nobody's concern any more.
    this.#reader.cancel(reason).catch(() => {});
  }

  #read(): void {
    this.#reading = true;
    this.#reader.read().then(this.#hasRead, this.#hasFailed);
  }

  readonly #hasRead = ({ done, value }: { done: boolean; value?: unknown }): void => {
    this.#reading = false;
    if (this.#over) return;
    if (done) {
      this.#ended = true;
      if (typeof this.#framing === 'number' && this.#total !== this.#framing) {
        this.#hasFailed(new Error(`The body has ${this.#total} bytes, its Content-Length says ${this.#framing}.`));
        return;
      }
    } else if (!(value instanceof Uint8Array)) {
      this.#hasFailed(new TypeError('The stream of a body gives bytes only.'));
      return;
    } else if (value.length > 0) {
      this.#total += value.length;
      if (typeof this.#framing === 'number' && this.#total > this.#framing) {
        this.#hasFailed(new Error(`The body is longer than its Content-Length, which says ${this.#framing}.`));
        return;
      }
      this.#pieces.push(value);
      this.#bytes += value.length;
    }
    if (!this.#ended && this.#bytes < AHEAD_BYTES) this.#read();
    if (this.#wanted && (this.#ended || this.#bytes > 0)) this.#deliver();
  };

  readonly #hasFailed = (failure: unknown): void => {
    this.#reading = false;
    if (this.#over) return;
    this.#failed = true;
    this.#ended = false;
    this.#end.streamEnded(failure);
    this.#reader.cancel(failure).catch(() => {});
    // What came before it is still sent.
    if (this.#wanted) this.#giveUp();
  };

  #deliver(): void {
    this.#wanted = false;
    const answer = this.#piece();
    if (answer !== null) this.#client.answered(answer);
  }

  #piece(): Answer | null {
    const parts: (string | Uint8Array)[] = [];
    const bytes = Math.min(this.#bytes, PIECE_BYTES);
    const chunked = this.#framing === CHUNKED;
    if (chunked && bytes > 0) parts.push(`${bytes.toString(16)}\r\n`);
    const rest = this.#gather(parts, bytes);
    if (chunked && bytes > 0) parts.push('\r\n');
    const last = this.#ended && bytes === this.#bytes;
    if (last && chunked) parts.push(LAST_CHUNK);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const answer = this.#writer.piece(parts, length, this.#status, this.#persistent, last ? null : this);
    if (answer === null) {
      retry(this.#client, this);
      return null;
    }
    this.#pieces = rest;
    this.#bytes -= bytes;
    if (last) {
      this.#over = true;
      this.#end.streamEnded();
    } else if (!this.#ended && !this.#failed && !this.#reading && this.#bytes < AHEAD_BYTES) this.#read();
    return answer;
  }

  /** Puts the first `bytes` bytes of what there is behind `parts`; gives what is left. */
  #gather(parts: (string | Uint8Array)[], bytes: number): Uint8Array[] {
    let left = bytes;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] as Uint8Array;
      if (piece.length > left) {
        parts.push(piece.subarray(0, left));
        return [piece.subarray(left), ...this.#pieces.slice(index + 1)];
      }
      parts.push(piece);
      left -= piece.length;
    }
    return [];
  }

  #giveUp(): void {
    this.#over = true;
    this.#client.abandon();
  }
}
