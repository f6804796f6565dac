/**
 * The body of the request that a connection is at: decoded as it comes, and handed to whoever takes it, or to nobody.
 * Whoever takes it may say that it has enough for now; then the connection keeps the rest, and receives no more.
 */
import type { BodyReceiver } from '../app/client.js';
import { BodyDecoder } from '../http/body-decoder.js';

export class RequestBody {
  /** The rest is yet to come. */
  open = false;
  /** Whoever takes it has enough for now. */
  held = false;
  /** The client sends it when it has been told 100 (Continue), or when it is tired of waiting for that. */
  expected = false;
  readonly #decoder = new BodyDecoder();
  #receiver: BodyReceiver | null = null;

  begin(contentLength: number, chunked: boolean, limitBytes: number, expected: boolean): void {
    this.#decoder.begin(contentLength, chunked, limitBytes);
    this.open = true;
    this.held = false;
    this.expected = expected;
    this.#receiver = null;
  }

  giveTo(receiver: BodyReceiver): void {
    this.#receiver = receiver;
  }

  /** What comes is read. */
  get flows(): boolean {
    return this.open && !this.held;
  }

  /** Nothing of it will come before somebody asks for it. */
  get stands(): boolean {
    return this.held || this.expected;
  }

  /** 0, or the status to refuse the request with. */
  get error(): number {
    return this.#decoder.error;
  }

  /** Reads what it can of the bytes from `start` to `end`; gives the offset of the first one that it has not read. */
  read(bytes: Uint8Array, start: number, end: number): number {
    const decoder = this.#decoder;
    let at = start;
    // It comes without having been asked for.
    this.expected = false;
    while (at < end && !decoder.done && decoder.error === 0 && !this.held) {
      const step = decoder.decode(bytes, at, end);
      if (step === 0) break;
      at += step;
      const { contentStart, contentEnd } = decoder;
      if (this.#receiver === null || contentStart === contentEnd) continue;
      this.held = !this.#receiver.take(bytes, contentStart, contentEnd) && !decoder.done;
    }
    if (decoder.error !== 0) this.stop();
    if (decoder.done && this.open) {
      this.open = false;
      this.#receiver?.end();
      this.#receiver = null;
    }
    return at;
  }

  /** No more of it is read. */
  stop(): void {
    this.open = false;
    this.held = false;
    this.#receiver?.lost();
    this.#receiver = null;
  }
}
