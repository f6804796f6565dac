/**
 * The body of a request on its way in: pieces come from the connection, and a handler takes them as a whole or as a stream.
 *
 * What it keeps true: at most about HELD_BYTES wait here that nobody has read; then the connection receives no more until
 * somebody does. Who asks for the whole has agreed to the whole: the limit of the server (413) bounds it.
 */
import type { BodyReceiver, Client } from './client.js';

/** As much as a connection receives at once. */
const HELD_BYTES = 65_536;

export class IncomingBody implements BodyReceiver {
  readonly #client: Client;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #failure: unknown;
  #failed = false;
  /** Somebody takes all of it as it comes. */
  #whole = false;
  #stream: ReadableStream<Uint8Array> | null = null;
  /** Nobody will: what comes is thrown away. */
  #unwanted = false;
  #wake: (() => void) | null = null;

  constructor(client: Client) {
    this.#client = client;
  }

  // --- From the connection ---

  take(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#unwanted) return true;
    this.#pieces.push(bytes.slice(start, end));
    this.#bytes += end - start;
    this.#woken();
    return this.#whole || this.#bytes < HELD_BYTES;
  }

  end(): void {
    this.#ended = true;
    this.#woken();
  }

  // --- From the handler ---

  /** All of it. */
  async bytes(): Promise<Uint8Array> {
    this.#whole = true;
    if (!this.#ended) this.#client.readBody();
    while (!this.#ended && !this.#failed) await this.#more();
    if (this.#failed) throw this.#failure;
    const [first] = this.#pieces;
    const all = this.#pieces.length === 1 ? (first as Uint8Array) : new Uint8Array(Buffer.concat(this.#pieces));
    this.#pieces = [];
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

  /** Nobody will read it: the connection goes through it to stay in step. */
  discard(): void {
    this.#unwanted = true;
    this.#pieces = [];
    this.#bytes = 0;
    this.#woken();
    if (!this.#ended && !this.#failed) this.#client.skipBody();
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
