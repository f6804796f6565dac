/** The few buckets of a histogram for Prometheus, which keeps each of them for each point in time: made of the many that were counted. */
import type { Distribution } from '../metrics/distribution.js';
import type { Histogram } from '../metrics/exposition.js';

/** 1, 2 and 5 of each power of ten, from 1 us to 100 s. */
export const SECOND_BOUNDS: readonly number[] = [-6, -5, -4, -3, -2, -1, 0, 1]
  .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
  .concat(100);
/** The same from 1 to 5000. */
export const EVENT_BOUNDS: readonly number[] = [0, 1, 2, 3].flatMap((power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power}`)),
);

/** A bucket that lies across a bound counts above it: it is at most 3 % wide. */
export function histogramOf(
  name: string,
  help: string,
  { buckets, sum }: Distribution,
  bounds: readonly number[],
): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const { atMost, count } of buckets) {
    const bucket = bounds.findIndex((bound) => atMost <= bound);
    counts[bucket < 0 ? bounds.length : bucket]! += count;
  }
  return {
    ...{ type: 'histogram', name, help, sum },
    buckets: counts.map((count, bucket) => ({ atMost: bounds[bucket] ?? Number.POSITIVE_INFINITY, count })),
  };
}
