/**
 * Latencies as they are recorded, and the HdrHistogram that they become.
 *
 * Nearly all are short, and recording is on the way of every answer: those below 65 ms have a counter for each microsecond,
 * which costs an addition; longer ones go into the histogram at once.
 */
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencyDistribution } from './result.js';

/** In microseconds. */
const FINE = 65_536;
/** An hour. What takes longer counts as that. */
const LONGEST = 3_600_000_000;
const SIGNIFICANT_DIGITS = 3;

export class Latencies {
  readonly #fine = new Uint32Array(FINE);
  readonly #long: Histogram = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
  });

  record(milliseconds: number): void {
    const microseconds = milliseconds * 1000;
    if (microseconds < FINE) {
      // A clock that has not moved between the two gives less than one.
      const index = microseconds >= 0 ? microseconds | 0 : 0;
      this.#fine[index] = (this.#fine[index] as number) + 1;
    } else {
      this.#long.recordValue(Math.min(LONGEST, Math.round(microseconds)));
    }
  }

  /** All that has been recorded; afterwards there is nothing. */
  take(): LatencyDistribution {
    const histogram = this.#long;
    for (let microseconds = 0; microseconds < FINE; microseconds++) {
      const count = this.#fine[microseconds] as number;
      if (count !== 0) histogram.recordValueWithCount(Math.max(1, microseconds), count);
    }
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile);
    const distribution = {
      count: histogram.totalCount,
      mean: histogram.totalCount === 0 ? 0 : histogram.mean,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: histogram.maxValue,
      histogram: encodeIntoCompressedBase64(histogram),
    };
    this.#fine.fill(0);
    histogram.reset();
    return distribution;
  }
}
