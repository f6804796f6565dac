/**
 * Finds workers that block and do not come back: an application that computes for ever holds its worker, which can neither answer
 * nor end. Whoever keeps it sees in its slot that it has not waited for anything for too long, and ends it.
 *
 * What it keeps true: a worker is ended only where it has been seen again and again in one and the same stretch of work; time in which
 * nobody looked, because this process was stopped itself, does not count.
 */
import { WORKS } from '../metrics/counts.js';
import type { WorkerSlots } from '../metrics/worker-slots.js';

const LOOKS = 8;
const LONGEST_LOOK_MILLISECONDS = 1000;

interface Stretch {
  number: number;
  /** For how long it has been seen. */
  milliseconds: number;
}

export class WorkWatch {
  readonly #slots: WorkerSlots;
  readonly #most: number;
  readonly #every: number;
  readonly #tooLong: (slot: number, milliseconds: number) => void;
  readonly #stretches: Stretch[];
  readonly #timer: NodeJS.Timeout;
  #looked = performance.now();

  /** @param most how long a worker may work, in milliseconds; `tooLong`: told once of one that has. */
  constructor(slots: WorkerSlots, most: number, tooLong: (slot: number, milliseconds: number) => void) {
    this.#slots = slots;
    this.#most = most;
    this.#tooLong = tooLong;
    this.#stretches = slots.slots.map(() => ({ number: 0, milliseconds: 0 }));
    this.#every = Math.min(LONGEST_LOOK_MILLISECONDS, Math.ceil(most / LOOKS));
    this.#timer = setInterval(() => this.look(performance.now()), this.#every);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** @param now on a clock that only goes forward, in milliseconds. */
  look(now: number): void {
    const passed = Math.min(now - this.#looked, 2 * this.#every);
    this.#looked = now;
    for (const [index, { counts }] of this.#slots.slots.entries()) {
      const stretch = this.#stretches[index] as Stretch;
      const number = counts[WORKS]!;
      if (number === 0 || number !== stretch.number) {
        stretch.number = number;
        stretch.milliseconds = 0;
        continue;
      }
      const before = stretch.milliseconds;
      stretch.milliseconds += passed;
      if (before < this.#most && stretch.milliseconds >= this.#most) this.#tooLong(index, stretch.milliseconds);
    }
  }
}
