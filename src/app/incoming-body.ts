/**
 * The body of a request on its way in: pieces come from the connection, and a handler takes them as a whole or as a stream.
 *
 * What it keeps true: at most about HELD_BYTES wait here that nobody has read; then the connection receives no more until
 * somebody does. Who asks for the whole has agreed to the whole: the limit of the server (413) bounds it.
 */
import type { BodyMemory } from './body-memory.js';
import type { BodyReceiver, Client } from './client.js';
import { clientGone } from './nobody-waits.js';

/** As much as a connection receives at once. */
const HELD_BYTES = 65_536;
/** The connection may be at its next request by then. */
const UNREAD = 'The body was not read before the answer was given.';

export class IncomingBody implements BodyReceiver {
  readonly #client: Client;
  readonly #memory: BodyMemory | null;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #failure: unknown;
  #failed = false;
  /** Somebody takes all of it as it comes. */
  #whole = false;
  /** Its length, where that was said; else -1. And where all of it is put then. */
  readonly #length: number;
  #all: Uint8Array | null = null;
  #stream: ReadableStream<Uint8Array> | null = null;
  /** Nobody will: what comes is thrown away. */
  #unwanted = false;
  #wake: (() => void) | null = null;

  /** @param length in bytes, or -1 where that was not said; `memory`: where it may be collected. */
  constructor(client: Client, length: number, memory: BodyMemory | null = null) {
    this.#client = client;
    this.#memory = memory;
    this.#length = length;
  }

  // --- From the connection ---

  take(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#unwanted || this.#failed) return true;
    if (this.#all === null) {
      this.#pieces.push(bytes.slice(start, end));
      this.#woken();
    } else {
      this.#all.set(bytes.subarray(start, end), this.#bytes);
    }
    this.#bytes += end - start;
    return this.#whole || this.#bytes < HELD_BYTES;
  }

  end(): void {
    this.#ended = true;
    this.#woken();
  }

  // --- From the handler ---

  /** All of it. */
  async bytes(): Promise<Uint8Array> {
    return this.#collected(null);
  }

  /** What is made of all of it, which must keep nothing of the bytes. */
  async read<Made>(make: (bytes: Uint8Array) => Made): Promise<Made> {
    const comes = !this.#unwanted && !this.#ended && !this.#failed;
    const lent = comes ? (this.#memory?.lend(this.#length) ?? null) : null;
    try {
      const all = await this.#collected(lent);
      if (lent !== null) await this.#memory?.turn();
      return make(all);
    } finally {
      if (lent !== null) this.#memory?.giveBack(lent);
    }
  }

  async #collected(place: Uint8Array | null): Promise<Uint8Array> {
    if (this.#unwanted) throw new TypeError(UNREAD);
    this.#whole = true;
    const comes = !this.#ended && !this.#failed;
    // What is to come of a known length is put into its place at once. What others say of a length costs no memory before it comes.
    if (comes && this.#length > this.#bytes) {
      this.#all = joined(this.#pieces, place ?? new Uint8Array(this.#length));
      this.#pieces = [];
    }
    if (comes) this.#client.readBody();
    while (!this.#ended && !this.#failed && !this.#unwanted) await this.#more();
    if (this.#unwanted) throw new TypeError(UNREAD);
    const all = this.#all ?? wholeOf(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#all = null;
    if (this.#failed) throw this.#failure;
    return all;
  }

  stream(): ReadableStream<Uint8Array> {
    this.#stream ??= new ReadableStream(
      {
        type: 'bytes',
        pull: (controller) => this.#pull(controller),
        cancel: () => this.discard(),
      },
      { highWaterMark: 0 },
    ) as ReadableStream<Uint8Array>;
    return this.#stream;
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    if (this.#unwanted) {
      controller.error(new TypeError(UNREAD));
      return;
    }
    if (!this.#ended && !this.#failed && this.#bytes < HELD_BYTES / 2) this.#client.readBody();
    // It may have come with that, from what the connection had kept.
    while (this.#pieces.length === 0 && !this.#ended && !this.#failed && !this.#unwanted) await this.#more();
    if (this.#unwanted) return;
    if (this.#failed) {
      controller.error(this.#failure);
      return;
    }
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#bytes -= piece.length;
      controller.enqueue(piece as Uint8Array<ArrayBuffer>);
      return;
    }
    controller.close();
    controller.byobRequest?.respond(0);
  }

  // --- From the exchange ---

  /** Whether somebody has begun to read it. */
  get wanted(): boolean {
    return !this.#unwanted && (this.#whole || this.#stream !== null);
  }

  /** Nobody will read it: the connection goes through it to stay in step. What has come whole can be read even so. */
  discard(): void {
    if (this.#ended) return;
    this.#unwanted = true;
    this.#pieces = [];
    this.#bytes = 0;
    this.#woken();
    if (!this.#failed) this.#client.skipBody();
  }

  lost(): void {
    this.fail(clientGone());
  }

  /** The rest will not come. */
  fail(reason: unknown): void {
    if (this.#ended || this.#failed) return;
    this.#failed = true;
    this.#failure = reason;
    this.#woken();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #woken(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function wholeOf(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 ? (first as Uint8Array) : joined(pieces, new Uint8Array(length));
}

/** The pieces one behind the other in a place that may be longer. */
function joined(pieces: readonly Uint8Array[], all: Uint8Array): Uint8Array {
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
