/** Pauses for the collection of garbage, against what another observer has seen. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { observeCollections } from '../../src/metrics/collections.js';
import { distributionOf, HISTOGRAM_BUCKETS, HISTOGRAM_HEAD, Histogram } from '../../src/metrics/histogram.js';
import { eventually } from '../models/scripts.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

it('each pause is recorded, until that is ended', async () => {
  const seen: number[] = [];
  const other = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.push(duration);
  });
  other.observe({ entryTypes: ['gc'] });
  const pauses = new Histogram(new Float64Array(HISTOGRAM_HEAD), new Float64Array(HISTOGRAM_BUCKETS));
  const stop = observeCollections(pauses);
  for (let time = 0; time < 3; time++) collect();
  await eventually(() => seen.length >= 3 && distributionOf([pauses], 1).count === seen.length);
  const { count, sum, max } = distributionOf([pauses], 1e-6);
  expect(count).toBe(seen.length);
  expect(sum).toBeCloseTo(
    seen.reduce((total, one) => total + one, 0),
    3,
  );
  expect(max).toBeCloseTo(Math.max(...seen), 3);
  stop();
  collect();
  await eventually(() => seen.length > count);
  expect(distributionOf([pauses], 1).count).toBe(count);
  other.disconnect();
});
