/**
 * A histogram with buckets that are narrow where values are small and wide where they are large: each power of two is divided
 * into 32, so that no value is further from the middle of its bucket than a 64th of it, 1.6 % (as HdrHistogram does it).
 *
 * What it keeps true: it is written in place in memory that others may read at any time, by one writer, without a lock, and
 * allocates nothing. Values are whole numbers; times are counted in nanoseconds.
 */
import { type Bucket, type Distribution, NOTHING } from './distribution.js';

/** 2^5 divisions of each power of two; below that each number has a bucket of its own. */
const DIVISION_BITS = 5;
const DIVISIONS = 1 << DIVISION_BITS;
/** What is larger than 2^37, which is 137 s in nanoseconds, counts in the last bucket. */
const POWERS = 37 - DIVISION_BITS;
export const HISTOGRAM_BUCKETS = (POWERS + 1) * DIVISIONS;
/** Numbers of more than 31 bits are looked at without their lowest ten. */
const FAR = 2 ** 31;
const FAR_BITS = 10;

// The head of a histogram, apart from its buckets: whether there is anything in them is seen there.
const COUNT = 0;
const SUM = 1;
const MAX = 2;
export const HISTOGRAM_HEAD = 3;

export const NANOSECONDS_PER_MILLISECOND = 1e6;
/** What a nanosecond is in seconds. */
export const NANOSECOND = 1e-9;

export class Histogram {
  readonly head: Float64Array;
  readonly buckets: Float64Array;

  /** @param head HISTOGRAM_HEAD numbers, and `buckets` HISTOGRAM_BUCKETS of them, zeroed. */
  constructor(head: Float64Array, buckets: Float64Array) {
    this.head = head;
    this.buckets = buckets;
  }

  /** @param value zero or more; what is between two whole numbers counts as the lower. */
  record(value: number): void {
    const { head } = this;
    head[COUNT]! += 1;
    head[SUM]! += value;
    if (value > head[MAX]!) head[MAX] = value;
    this.buckets[bucketOf(value)]! += 1;
  }

  /** A time in milliseconds, as performance.now() measures it; one below zero is a clock's inaccuracy. */
  recordMilliseconds(milliseconds: number): void {
    this.record(milliseconds > 0 ? milliseconds * NANOSECONDS_PER_MILLISECOND : 0);
  }
}

function bucketOf(value: number): number {
  if (value < FAR) {
    const low = value | 0;
    if (low < DIVISIONS) return low;
    const power = 31 - Math.clz32(low);
    return (power - DIVISION_BITS + 1) * DIVISIONS + ((low >>> (power - DIVISION_BITS)) & (DIVISIONS - 1));
  }
  if (value >= 2 ** 37) return HISTOGRAM_BUCKETS - 1;
  const high = (value / 2 ** FAR_BITS) | 0;
  const power = 31 - Math.clz32(high);
  const row = power + FAR_BITS - DIVISION_BITS + 1;
  return row * DIVISIONS + ((high >>> (power - DIVISION_BITS)) & (DIVISIONS - 1));
}

/** The smallest number of a bucket. */
function lowest(bucket: number): number {
  if (bucket < DIVISIONS) return bucket;
  const row = Math.floor(bucket / DIVISIONS);
  return (DIVISIONS + (bucket % DIVISIONS)) * 2 ** (row - 1);
}

/** The middle of the bucket whose largest number is this one. */
export function middleBelow(highest: number): number {
  if (highest < DIVISIONS) return highest;
  const width = 2 ** (Math.floor(Math.log2(highest)) - DIVISION_BITS);
  return highest - (width - 1) / 2;
}

/** What all of these have counted together. `unit`: what their whole numbers are of what is told, as NANOSECOND of a second. */
export function distributionOf(histograms: readonly Histogram[], unit: number): Distribution {
  // The buckets of one in which there is nothing are not looked at: memory that nobody touches costs nothing.
  const used = histograms.filter(({ head }) => head[COUNT]! > 0);
  if (used.length === 0) return NOTHING;
  const max = Math.max(...used.map(({ head }) => head[MAX]!));
  const counts = new Float64Array(HISTOGRAM_BUCKETS);
  for (const { buckets } of used) for (let at = 0; at < HISTOGRAM_BUCKETS; at++) counts[at]! += buckets[at]!;
  const count = counts.reduce((sum, one) => sum + one, 0);
  const buckets: Bucket[] = [];
  for (let at = 0; at < HISTOGRAM_BUCKETS; at++) {
    const highest = at === HISTOGRAM_BUCKETS - 1 ? Math.max(max, lowest(at)) : lowest(at + 1) - 1;
    if (counts[at]! > 0) buckets.push({ atMost: highest * unit, count: counts[at]! });
  }
  const quantile = (share: number): number => quantileOf(counts, share * count, max) * unit;
  return {
    count,
    sum: used.reduce((sum, { head }) => sum + head[SUM]!, 0) * unit,
    max: max * unit,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    p999: quantile(0.999),
    buckets,
  };
}

/** The middle of the bucket in which the value of this rank is. */
function quantileOf(counts: Float64Array, rank: number, max: number): number {
  let upTo = 0;
  for (let at = 0; at < HISTOGRAM_BUCKETS - 1; at++) {
    upTo += counts[at]!;
    if (upTo >= rank && upTo > 0) return Math.min(max, (lowest(at) + lowest(at + 1) - 1) / 2);
  }
  return max;
}
