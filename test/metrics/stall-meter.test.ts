/** What is recorded of a loop that is away from its dispatcher. */
import { expect, it } from 'vitest';
import { loopTime, STALL_WORDS, StallMeter, sumOfStalls } from '../../src/metrics/stall-meter.js';

function recorded(...milliseconds: number[]): Float64Array {
  const words = new Float64Array(STALL_WORDS);
  const meter = new StallMeter(words);
  for (const one of milliseconds) meter.record(one);
  return words;
}

it.each([
  [0, 1e-6],
  [0.001, 1e-6],
  [0.0011, 2e-6],
  [0.002, 2e-6],
  [0.0021, 4e-6],
  [1, 0.001024],
  [1.024, 0.001024],
  [1.025, 0.002048],
  [20, 0.032768],
  [16_000, 16.777216],
  [17_000, Infinity],
  [3_600_000, Infinity],
])('%d ms counts as at most %d s', (milliseconds, atMost) => {
  const { buckets, count, sum, longest } = sumOfStalls([recorded(milliseconds)]);
  expect(buckets.filter((bucket) => bucket.count > 0)).toEqual([{ atMost, count: 1 }]);
  expect(count).toBe(1);
  expect(sum).toBeCloseTo(milliseconds / 1000);
  expect(longest).toBeCloseTo(milliseconds / 1000);
});

it('adds up what several loops have recorded', () => {
  const { buckets, count, sum, longest } = sumOfStalls([recorded(1, 2, 30), recorded(), recorded(1)]);
  expect([count, longest]).toEqual([4, 0.03]);
  expect(sum).toBeCloseTo(0.034);
  expect(buckets.filter((bucket) => bucket.count > 0).map((bucket) => bucket.count)).toEqual([2, 1, 1]);
  expect(buckets.map(({ atMost }) => atMost)).toEqual([...buckets.map(({ atMost }) => atMost)].sort((a, b) => a - b));
});

it('is empty where there is no loop', () => {
  expect(sumOfStalls([])).toMatchObject({ longest: 0, sum: 0, count: 0 });
});

it('divides time into waits, what is between them, and of that what was long', () => {
  const words = recorded(1, 10, 10.5, 30);
  new StallMeter(words).waited(250);
  const { away, long, waited } = loopTime([words, recorded(2)]);
  expect([away, long, waited]).toEqual([expect.closeTo(0.0535), expect.closeTo(0.0405), 0.25]);
});
