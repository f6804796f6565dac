/**
 * The body of the request that a connection is at: decoded as it comes, and handed to whoever takes it, or to nobody.
 * Whoever takes it may say that it has enough for now; then the connection keeps the rest, and receives no more.
 */
import type { BodyReceiver } from '../app/client.js';
import { BodyDecoder } from '../http/body-decoder.js';
import type { Answer } from '../site/answer.js';
import type { Pace } from './pace.js';

export class RequestBody {
  /** The rest is yet to come. */
  open = false;
  /** Whoever takes it has enough for now. */
  held = false;
  /** The answer does not wait for it: that is the last one of its connection. */
  left = false;
  /** The client sends it when it has been told 100 (Continue), or when it is tired of waiting for that. */
  expected = false;
  readonly #decoder = new BodyDecoder();
  readonly #pace: Pace;
  #receiver: BodyReceiver | null = null;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  begin(contentLength: number, chunked: boolean, limitBytes: number, expected: boolean): void {
    this.#decoder.begin(contentLength, chunked, limitBytes);
    this.open = true;
    this.held = false;
    this.left = false;
    this.expected = expected;
    this.#receiver = null;
    this.#pace.beginBody();
    if (expected) this.#pace.holdBody(true);
    else this.#pace.limitBody();
  }

  giveTo(receiver: BodyReceiver): void {
    this.#receiver = receiver;
  }

  /** What comes is read. */
  get flows(): boolean {
    return this.open && !this.held;
  }

  /** The rest is still to come, and the answer is not one that goes without. */
  get isMissed(): boolean {
    return this.open && !this.left && !this.expected;
  }

  /**
   * An answer that keeps its connection open waits, and so does one whose handler reads what comes. One that grows may need
   * what the body says; and nothing of the body will come before somebody asks for it when it is held, or not sent yet.
   */
  isAwaitedBy(answer: Answer): boolean {
    if (!this.open || this.left || this.held || this.expected) return false;
    return Boolean(answer.sayClose) || !answer.more;
  }

  /** 0, or the status to refuse the request with. */
  get error(): number {
    return this.#decoder.error;
  }

  /** Somebody takes more of it, or nobody will ever. @param limited: its time counts, and not that of an answer. */
  goOn(limited: boolean): void {
    this.expected = false;
    this.held = false;
    this.#pace.resumeBody(limited);
  }

  /**
   * Reads what it can of the bytes from `start` to `end`; gives the offset of the first one that it has not read.
   * @param limited: its time counts, and not that of an answer.
   */
  read(bytes: Uint8Array, start: number, end: number, limited: boolean): number {
    const decoder = this.#decoder;
    let at = start;
    // It comes without having been asked for.
    if (this.expected) this.goOn(limited);
    while (at < end && !decoder.done && decoder.error === 0 && !this.held) {
      const step = decoder.decode(bytes, at, end);
      if (step === 0) break;
      at += step;
      const { contentStart, contentEnd } = decoder;
      if (this.#receiver === null || contentStart === contentEnd) continue;
      this.held = !this.#receiver.take(bytes, contentStart, contentEnd) && !decoder.done;
    }
    this.#pace.received(at - start);
    // While nobody takes it, the peer is not to blame.
    if (this.held) this.#pace.holdBody(limited);
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
