/** What is counted of disk helpers by the loop that has them: how much waits for them, for how long, and what calls they make. */
import { alsoMade, SYSTEM_CALLS } from '../linux/system-calls.js';
import type { Histogram } from '../metrics/histogram.js';

/** A clock that is the same in all threads, in milliseconds. */
export function commonClock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

export class HelperMeter {
  readonly #counts: Float64Array;
  readonly #queued: number;
  readonly #most: number;
  readonly #wait: Histogram;
  /** What has been heard of the calls of each helper. */
  readonly #heard: Float64Array[] = [];

  /** `counts`: where numbers are kept, at `queued` what waits for helpers or is with them, and at `most` the most of it. */
  constructor(counts: Float64Array, queued: number, most: number, wait: Histogram) {
    this.#counts = counts;
    this.#queued = queued;
    this.#most = most;
    this.#wait = wait;
  }

  asked(): void {
    const queued = this.#counts[this.#queued]! + 1;
    this.#counts[this.#queued] = queued;
    if (queued > this.#counts[this.#most]!) this.#counts[this.#most] = queued;
  }

  /** A helper has taken it, so many milliseconds after it was asked. */
  took(milliseconds: number): void {
    this.#wait.recordMilliseconds(milliseconds);
  }

  answered(): void {
    this.#counts[this.#queued]! -= 1;
  }

  /** The calls of the helper in this place are calls of the loop's: for it they are made. */
  hear(place: number, calls: Float64Array): void {
    this.#heard[place] ??= new Float64Array(SYSTEM_CALLS.length);
    const heard = this.#heard[place] as Float64Array;
    for (let call = 0; call < calls.length; call++) {
      const count = calls[call]!;
      if (count === heard[call]) continue;
      alsoMade(call, count - heard[call]!);
      heard[call] = count;
    }
  }

  /** There are no helpers any more. */
  end(): void {
    this.#counts[this.#queued] = 0;
  }
}
