/**
 * Where the time of a worker that blocks has gone: what it has computed, in the program and in the kernel, and what it has not,
 * because it waited for its client, for the disk or for a processor. The kernel knows, and is asked when a connection begins
 * and ends, and whenever a request is timed.
 */
import { RUSAGE_THREAD, readUsage, Usage } from '../linux/usage.js';
import { COMPUTED, TOLD_AT, WAITED } from '../metrics/counts.js';

export class TimeSpent {
  readonly #counts: Float64Array;
  readonly #usage = new Usage();
  /** What was counted before, by workers that had the slot: less what this thread had used when it began. */
  readonly #computed: number;
  readonly #waited: number;
  readonly #began = performance.now();

  constructor(counts: Float64Array) {
    this.#counts = counts;
    this.#computed = counts[COMPUTED]! - this.#used();
    this.#waited = counts[WAITED]! + this.#used();
    counts[TOLD_AT] = Date.now();
  }

  /** Tells what has gone until now. */
  readonly tell = (): void => {
    const used = this.#used();
    this.#counts[COMPUTED] = this.#computed + used;
    this.#counts[WAITED] = this.#waited + (performance.now() - this.#began) / 1000 - used;
    this.#counts[TOLD_AT] = Date.now();
  };

  /** Seconds of a processor. */
  #used(): number {
    readUsage(RUSAGE_THREAD, this.#usage);
    return this.#usage.user + this.#usage.system;
  }
}
