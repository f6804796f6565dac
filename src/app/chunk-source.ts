/** Where the content of an answer comes from, a chunk at a time, and who takes it. */

/** Told at most once for each time that it has asked; of the end and a failure at most once at all. */
export interface ChunkSink {
  hasChunk(chunk: unknown): void;
  /** That was all of the chunks that there are for now: they can be sent together. */
  rested(): void;
  hasEnded(): void;
  hasFailed(reason: unknown): void;
}

export interface ChunkSource {
  /** Asks for one chunk, or the end. */
  next(): void;
  /** Nobody wants more. Never throws. */
  cancel(reason: unknown): void;
}

/** Any stream, by a reader of its own. Throws TypeError where it has another. */
export class ReaderSource implements ChunkSource {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly #sink: ChunkSink;

  constructor(stream: ReadableStream<unknown>, sink: ChunkSink) {
    this.#reader = stream.getReader();
    this.#sink = sink;
  }

  next(): void {
    this.#reader.read().then(this.#hasRead, this.#hasFailed);
  }

  cancel(reason: unknown): void {
    // What the stream says to that is nobody's concern any more.
    this.#reader.cancel(reason).catch(() => {});
  }

  readonly #hasRead = ({ done, value }: { done: boolean; value?: unknown }): void => {
    if (done) {
      this.#sink.hasEnded();
      return;
    }
    this.#sink.hasChunk(value);
    this.#sink.rested();
  };

  readonly #hasFailed = (reason: unknown): void => this.#sink.hasFailed(reason);
}
