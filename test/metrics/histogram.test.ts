/** Histograms: what each value counts as, how far from the truth percentiles are, and sums of several. */
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { distributionOf, HISTOGRAM_BUCKETS, HISTOGRAM_HEAD, Histogram } from '../../src/metrics/histogram.js';

function made(): Histogram {
  return new Histogram(new Float64Array(HISTOGRAM_HEAD), new Float64Array(HISTOGRAM_BUCKETS));
}

function recorded(...values: number[]): Histogram {
  const histogram = made();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Numbers of chance that are the same each time, spread over all powers of two up to 2^`powers`. */
function* chance(count: number, powers: number): Generator<number> {
  let state = 0x2545f491;
  for (let number = 0; number < count; number++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield Math.floor(2 ** ((state / 2 ** 32) * powers));
  }
}

describe('a value', () => {
  it.each([0, 1, 31, 32, 33, 63, 64, 1000, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 7, 2 ** 36, 2 ** 37 - 1])('%d', (value) => {
    const { count, max, p50, buckets } = distributionOf([recorded(value)], 1);
    expect([count, max]).toEqual([1, value]);
    expect(Math.abs(p50 - value)).toBeLessThanOrEqual(value / 64);
    expect(buckets).toHaveLength(1);
    expect(buckets[0]?.atMost).toBeGreaterThanOrEqual(value);
    expect(buckets[0]?.atMost).toBeLessThanOrEqual(value * (1 + 1 / 32));
  });

  it('is never further than 1.6 % from the middle of its bucket, and small ones are exact', () => {
    for (const value of chance(4000, 37)) {
      const { p50 } = distributionOf([recorded(value, value + 1)], 1);
      expect(Math.abs(p50 - value)).toBeLessThanOrEqual(Math.max(0.5, (value + 1) / 64));
    }
    for (let value = 0; value < 32; value++) expect(distributionOf([recorded(value)], 1).p50).toBe(value);
  });

  it('beyond the last bucket counts in it, and the largest is known', () => {
    const { buckets, max, p50 } = distributionOf([recorded(2 ** 40)], 1);
    expect([max, p50]).toEqual([2 ** 40, 2 ** 40]);
    expect(buckets).toEqual([{ atMost: 2 ** 40, count: 1 }]);
  });

  it('between two whole numbers is the lower, and a time below zero is none', () => {
    expect(distributionOf([recorded(5.9)], 1).buckets).toEqual([{ atMost: 5, count: 1 }]);
    const histogram = made();
    histogram.recordMilliseconds(-0.001);
    histogram.recordMilliseconds(1.5);
    const { sum, max, buckets } = distributionOf([histogram], 1e-9);
    expect([sum, max]).toEqual([expect.closeTo(0.0015), expect.closeTo(0.0015)]);
    expect(buckets.map(({ count }) => count)).toEqual([1, 1]);
  });
});

it('says what HdrHistogram says of the same values, to 2 %', () => {
  const reference = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 37,
    numberOfSignificantValueDigits: 4,
  });
  const histogram = made();
  for (const value of chance(50_000, 36)) {
    reference.recordValue(value);
    histogram.record(value);
  }
  const { p50, p90, p99, p999, max, count } = distributionOf([histogram], 1);
  expect([count, max]).toEqual([reference.totalCount, expect.closeTo(reference.maxValue, -6)]);
  for (const [ours, percentile] of [
    [p50, 50],
    [p90, 90],
    [p99, 99],
    [p999, 99.9],
  ] as const) {
    const theirs = reference.getValueAtPercentile(percentile);
    expect(Math.abs(ours - theirs) / theirs, `p${percentile}`).toBeLessThanOrEqual(0.02);
  }
});

describe('several', () => {
  it('add up', () => {
    const { count, sum, max, buckets } = distributionOf([recorded(1, 1, 40), made(), recorded(1, 1000)], 2);
    expect([count, sum, max]).toEqual([5, 2086, 2000]);
    expect(buckets.map(({ count }) => count)).toEqual([3, 1, 1]);
    const bounds = buckets.map(({ atMost }) => atMost);
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  });

  it('are nothing where nothing was recorded', () => {
    expect(distributionOf([made(), made()], 1)).toMatchObject({ count: 0, sum: 0, p999: 0, buckets: [] });
  });
});
