/**
 * What an event-driven loop and whoever watches it tell each other, in memory that both see: the loop, since when it is away
 * from its dispatcher; the watcher, what it has found out about that.
 *
 * What it keeps true: the loop writes one number when a wait begins and one when it has ended, and nothing else; what is
 * noted is there for the loop when it comes back, since it was noted while the loop stood still.
 */

/** A stack in words, and the request. */
const MOST_TEXT_BYTES = 4096;
const HEAD_BYTES = 24;

// Words.
const THREAD = 2;
const NOTED = 3;
const SITE = 4;
/** No thread has come up yet. */
const NOBODY = -1;

export class LoopBeat {
  readonly memory: SharedArrayBuffer;
  /** At 0: the loop's own clock when its last wait ended, or 0 while it waits. */
  readonly away: Float64Array;
  readonly #words: Int32Array;
  readonly #text: Uint8Array;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.away = new Float64Array(memory, 0, 1);
    this.#words = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.#text = new Uint8Array(memory, HEAD_BYTES);
  }

  static create(): LoopBeat {
    const beat = new LoopBeat(new SharedArrayBuffer(HEAD_BYTES + MOST_TEXT_BYTES));
    beat.thread = NOBODY;
    return beat;
  }

  /** The same, as another thread sees it. */
  static of(memory: SharedArrayBuffer): LoopBeat {
    return new LoopBeat(memory);
  }

  /** The loop's thread as Node numbers it, 0 for the first of the process; negative: it has not come up yet. */
  get thread(): number {
    return Atomics.load(this.#words, THREAD);
  }

  set thread(thread: number) {
    Atomics.store(this.#words, THREAD, thread);
  }

  /** Which application of that thread answers in this loop; several servers may be in one. 0: none. */
  get site(): number {
    return Atomics.load(this.#words, SITE);
  }

  set site(site: number) {
    Atomics.store(this.#words, SITE, site);
  }

  /** Of the watcher: what the loop does while it is away. */
  note(text: string): void {
    const bytes = new TextEncoder().encode(text).subarray(0, this.#text.length);
    this.#text.set(bytes);
    Atomics.store(this.#words, NOTED, bytes.length);
  }

  /** Of the loop: what was noted while it was away, once. */
  noted(): string | undefined {
    const length = Atomics.exchange(this.#words, NOTED, 0);
    return length === 0 ? undefined : new TextDecoder().decode(this.#text.slice(0, length));
  }
}
