/** What a histogram has counted, as plain numbers: how often, how much in all, and how it is spread. */

/** Of so many values, those in one bucket: larger than the bucket before, and not larger than `atMost`. */
export interface Bucket {
  readonly atMost: number;
  readonly count: number;
}

/** Seconds, unless something else is said. Percentiles are at most 2 % off, and 0 where nothing has been counted. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  /** Those in which there is something, the smallest first. */
  readonly buckets: readonly Bucket[];
}

/** Nothing has been counted. */
export const NOTHING: Distribution = { count: 0, sum: 0, max: 0, p50: 0, p90: 0, p99: 0, p999: 0, buckets: [] };
