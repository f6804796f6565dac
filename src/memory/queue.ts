/**
 * A bounded queue of numbers in memory that several threads share, without a lock: many may put, many may take. The
 * algorithm is Dmitry Vyukov's (Bounded MPMC queue, 1024cores.net): each cell has a sequence number, which says whether
 * it waits for somebody who puts or for somebody who takes, and in which round; two counters say whose turn is next.
 *
 * What it keeps true:
 * - A number that was put is taken once, by one; numbers come out in the order in which the turns to put were taken.
 * - Whoever takes a number sees everything in memory that was written before it was put.
 * - Nobody waits. One who has got a turn and has not written yet hides what was put behind, until it has written: whoever
 *   then finds nothing must be told again, by that one, after its put.
 */

// In words: each counter has a line of the processor's cache of its own.
const PUTS = 0;
const TAKES = 16;
const CELLS = 32;
/** The sequence number, less the index of the cell, so that zeroed memory is an empty queue; then the value. */
const CELL_WORDS = 2;

export class Queue {
  readonly #words: Int32Array;
  readonly #puts: number;
  readonly #takes: number;
  readonly #cells: number;
  readonly #mask: number;

  /**
   * The queue at byte `offset` of the memory that `words` shows, a multiple of 64; zeroed memory is an empty queue.
   * @param capacity a power of two, at least 2.
   */
  constructor(words: Int32Array, offset: number, capacity: number) {
    this.#words = words;
    this.#puts = offset / 4 + PUTS;
    this.#takes = offset / 4 + TAKES;
    this.#cells = offset / 4 + CELLS;
    this.#mask = capacity - 1;
  }

  /** How many bytes a queue takes. */
  static bytes(capacity: number): number {
    return (CELLS + capacity * CELL_WORDS) * 4;
  }

  /**
   * Puts a number from 0 to 2^31 - 1; false when the queue is full. So it also seems while somebody who takes has got a
   * turn, a whole round ago, and has not finished: it may have lost the processor in between.
   */
  put(value: number): boolean {
    const words = this.#words;
    let turn = Atomics.load(words, this.#puts);
    for (;;) {
      const index = turn & this.#mask;
      const cell = this.#cells + index * CELL_WORDS;
      // The counters wrap around at 2^32: only their difference means something.
      const ahead = (Atomics.load(words, cell) + index - turn) | 0;
      if (ahead < 0) return false;
      if (ahead > 0) {
        turn = Atomics.load(words, this.#puts);
        continue;
      }
      const found = Atomics.compareExchange(words, this.#puts, turn, (turn + 1) | 0);
      if (found === turn) {
        words[cell + 1] = value;
        Atomics.store(words, cell, (turn + 1 - index) | 0);
        return true;
      }
      turn = found;
    }
  }

  /** The number whose turn it is, or -1 when there is none. */
  take(): number {
    const words = this.#words;
    let turn = Atomics.load(words, this.#takes);
    for (;;) {
      const index = turn & this.#mask;
      const cell = this.#cells + index * CELL_WORDS;
      const ahead = (Atomics.load(words, cell) + index - turn - 1) | 0;
      if (ahead < 0) return -1;
      if (ahead > 0) {
        turn = Atomics.load(words, this.#takes);
        continue;
      }
      const found = Atomics.compareExchange(words, this.#takes, turn, (turn + 1) | 0);
      if (found === turn) {
        const value = words[cell + 1] as number;
        Atomics.store(words, cell, (turn + this.#mask + 1 - index) | 0);
        return value;
      }
      turn = found;
    }
  }
}
