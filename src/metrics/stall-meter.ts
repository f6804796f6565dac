/**
 * How long an event-driven loop is away from its dispatcher: from the end of one wait to the beginning of the next. For so
 * long nobody is served but whoever is being served, so a loop that blocks is seen here: the metric
 * `amped_dispatcher_stall_seconds`.
 *
 * What it keeps true: it is written in place in memory that others may read at any time, by one writer, and allocates
 * nothing.
 */

/** Stalls of up to 1, 2, 4, 8... microseconds, and in the last one all that are longer: from 2^24 us, 16.8 s. */
const BUCKETS = 26;
const LONGEST = BUCKETS;
const SUM = BUCKETS + 1;
const LONG = BUCKETS + 2;
const WAITED = BUCKETS + 3;
/** How many doubles it is written in. */
export const STALL_WORDS = BUCKETS + 4;
/** A longer one is felt by those who are served meanwhile: nobody is. */
const LONG_MILLISECONDS = 10;

/** What was measured, as of a Prometheus histogram but that no bucket counts those of another. */
export interface Stalls {
  /** In seconds. */
  readonly longest: number;
  readonly sum: number;
  readonly count: number;
  /** Of those that were longer than the `atMost` before, and not longer than this one: in seconds; the last is Infinity. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
}

/** How the time of loops was divided, in seconds. */
export interface LoopTime {
  /** Away from the dispatcher, and of that in stalls of more than 10 ms. */
  readonly away: number;
  readonly long: number;
  /** In the dispatcher's wait. */
  readonly waited: number;
}

export class StallMeter {
  readonly #words: Float64Array;

  /** @param words STALL_WORDS of them, zeroed. */
  constructor(words: Float64Array) {
    this.#words = words;
  }

  /** A stall has ended. */
  record(milliseconds: number): void {
    const words = this.#words;
    const microseconds = milliseconds * 1000;
    const bucket = microseconds <= 1 ? 0 : Math.min(BUCKETS - 1, 32 - Math.clz32(Math.ceil(microseconds) - 1));
    words[bucket] = (words[bucket] as number) + 1;
    words[SUM] = (words[SUM] as number) + milliseconds;
    if (milliseconds > (words[LONGEST] as number)) words[LONGEST] = milliseconds;
    if (milliseconds > LONG_MILLISECONDS) words[LONG]! += milliseconds;
  }

  /** A wait has ended. */
  waited(milliseconds: number): void {
    this.#words[WAITED]! += milliseconds;
  }
}

/** How the time in all of these places together was divided. */
export function loopTime(places: readonly Float64Array[]): LoopTime {
  const total = (word: number): number => places.reduce((sum, words) => sum + (words[word] as number), 0) / 1000;
  return { away: total(SUM), long: total(LONG), waited: total(WAITED) };
}

/** What has been measured in all of these places together. */
export function sumOfStalls(places: readonly Float64Array[]): Stalls {
  const total = (word: number): number => places.reduce((sum, words) => sum + (words[word] as number), 0);
  const counts = Array.from({ length: BUCKETS }, (_, bucket) => total(bucket));
  return {
    longest: Math.max(0, ...places.map((words) => words[LONGEST] as number)) / 1000,
    sum: total(SUM) / 1000,
    count: counts.reduce((sum, count) => sum + count, 0),
    buckets: counts.map((count, bucket) => ({
      atMost: bucket === BUCKETS - 1 ? Number.POSITIVE_INFINITY : 2 ** bucket / 1e6,
      count,
    })),
  };
}
