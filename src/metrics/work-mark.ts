/**
 * What a worker that blocks and runs an application leaves in its slot for whoever keeps it: whether it waits, and if not, which
 * of its stretches of work this is; and which descriptors it has that nobody else would give back.
 *
 * What it keeps true: it costs a number for each wait and no look at a clock. Who keeps it has the clock.
 */
import { ACCEPTS_WITH, SERVES, WORKS } from './counts.js';

export class WorkMark {
  readonly #counts: Float64Array;
  #stretches = 0;

  /** @param counts of the worker's slot. */
  constructor(counts: Float64Array) {
    this.#counts = counts;
  }

  /** From now on it waits, for its client, for a connection or for what an application waits for. */
  waits(): void {
    this.#counts[WORKS] = 0;
  }

  /** It does not wait any more. */
  works(): void {
    this.#counts[WORKS] = ++this.#stretches;
  }

  /** @param socket of its connection, or -1 for none. */
  serves(socket: number): void {
    this.#counts[SERVES] = socket + 1;
  }

  /** @param descriptor that it waits for connections with, or -1 for none. */
  acceptsWith(descriptor: number): void {
    this.#counts[ACCEPTS_WITH] = descriptor + 1;
  }
}

/** The descriptors that a worker had which was ended from outside. */
export function leftBehind(counts: Float64Array): number[] {
  return [counts[SERVES]!, counts[ACCEPTS_WITH]!].filter((one) => one > 0).map((one) => one - 1);
}
