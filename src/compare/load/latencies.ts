/**
 * Latencies as they are recorded, and the HdrHistogram that they become.
 *
 * Nearly all are short, and recording is on the way of every answer: those below 65 ms have a counter for each microsecond,
 * which costs an addition; longer ones go into the histogram at once.
 */
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencyDistribution, Percentiles } from './result.js';

/** In microseconds. */
const FINE = 65_536;
/** An hour. What takes longer counts as that. */
const LONGEST = 3_600_000_000;
const SIGNIFICANT_DIGITS = 3;
/** Of one stall at most so many requests are put back. */
const MOST_STEPS = 1_000_000;
/** 1, 2, 5, 10, 20, 50 and so on, up to the longest: for a distribution that people look at. */
const BOUNDS = Array.from({ length: 29 }, (_, step) => [1, 2, 5][step % 3]! * 10 ** Math.floor(step / 3));

export class Latencies {
  readonly #fine = new Uint32Array(FINE);
  readonly #long: Histogram = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
  });

  /** Of the longer ones: how many there are below each bound. */
  readonly #longBuckets = new Float64Array(BOUNDS.length + 1);

  record(milliseconds: number): void {
    const microseconds = milliseconds * 1000;
    if (microseconds < FINE) {
      // A clock that has not moved between the two gives less than one.
      const index = microseconds >= 0 ? microseconds | 0 : 0;
      this.#fine[index] = (this.#fine[index] as number) + 1;
    } else {
      const whole = Math.min(LONGEST, Math.round(microseconds));
      this.#long.recordValue(whole);
      const bucket = bucketOf(whole);
      this.#longBuckets[bucket] = (this.#longBuckets[bucket] as number) + 1;
    }
  }

  /**
   * All that has been recorded; afterwards there is nothing.
   * @param interval in microseconds, where requests should have come so far apart: then also a distribution in which those that
   * a stall kept from being sent are put back.
   */
  take(interval?: number): { measured: LatencyDistribution; corrected: Percentiles | undefined } {
    const histogram = this.#long;
    const buckets = [...this.#longBuckets];
    for (let microseconds = 0; microseconds < FINE; microseconds++) {
      const count = this.#fine[microseconds] as number;
      if (count === 0) continue;
      histogram.recordValueWithCount(Math.max(1, microseconds), count);
      const bucket = bucketOf(microseconds);
      buckets[bucket] = (buckets[bucket] as number) + count;
    }
    const measured = {
      ...percentilesOf(histogram),
      buckets: filled(buckets),
      histogram: encodeIntoCompressedBase64(histogram),
    };
    const corrected = interval === undefined ? undefined : correctedOf(histogram, interval);
    this.#fine.fill(0);
    this.#longBuckets.fill(0);
    histogram.reset();
    return { measured, corrected };
  }
}

/** HdrHistogram's correction for coordinated omission, which is wrk's as well. */
function correctedOf(histogram: Histogram, interval: number): Percentiles {
  // For the longest there are at most so many to be put back.
  const step = Math.max(1, interval, histogram.maxValue / MOST_STEPS);
  return percentilesOf(histogram.copyCorrectedForCoordinatedOmission(Math.round(step)));
}

function percentilesOf(histogram: Histogram): Percentiles {
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile);
  return {
    count: histogram.totalCount,
    mean: histogram.totalCount === 0 ? 0 : histogram.mean,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue,
  };
}

function bucketOf(microseconds: number): number {
  const index = BOUNDS.findIndex((bound) => microseconds <= bound);
  return index < 0 ? BOUNDS.length : index;
}

/** From the first that has any to the last. */
function filled(counts: readonly number[]): LatencyDistribution['buckets'] {
  const all = counts.map((count, index) => ({ atMost: BOUNDS[index] ?? LONGEST, count }));
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return first < 0 ? [] : all.slice(first, last + 1);
}
