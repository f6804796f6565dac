/** What becomes of the numbers of a server as metrics for Prometheus. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { histogramOf, SECOND_BOUNDS } from '../../src/admin/coarse-buckets.js';
import { metricsOf } from '../../src/admin/metrics-of.js';
import { openMetricsText, prometheusText } from '../../src/metrics/exposition.js';
import { EVERYTHING, QUIET } from '../metrics/quiet.js';

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

describe('coarse buckets', () => {
  it('have 1, 2 and 5 of each power of ten', () => {
    expect(SECOND_BOUNDS.slice(0, 4)).toEqual([1e-6, 2e-6, 5e-6, 1e-5]);
    expect(SECOND_BOUNDS.at(-1)).toBe(100);
    expect(SECOND_BOUNDS).toHaveLength(25);
  });

  it('keep count and sum; what lies across a bound is above it', () => {
    const { buckets, sum } = histogramOf('name', 'help', EVERYTHING.latency.total, SECOND_BOUNDS);
    expect(sum).toBe(0.0215);
    expect(buckets.filter(({ count }) => count > 0)).toEqual([
      { atMost: 0.001, count: 1 },
      { atMost: 0.002, count: 1 },
      { atMost: Number.POSITIVE_INFINITY, count: 1 },
    ]);
  });
});

describe('what a server has not', () => {
  it('is not told', () => {
    const names = metricsOf({ ...QUIET, dispatcher: undefined, events: undefined, eventsPerTurn: undefined }).map(
      ({ name }) => name,
    );
    for (const absent of ['amped_events', 'amped_lock_contended', 'amped_helpers_queued', 'amped_log_lines']) {
      expect(names).not.toContain(absent);
    }
    expect(metricsOf(EVERYTHING).map(({ name }) => name)).toEqual(expect.arrayContaining(['amped_events', ...names]));
  });
});

it('no two have one name, and a worker is named in few of them', () => {
  const metrics = metricsOf(EVERYTHING);
  const names = metrics.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const named = metrics.filter(
    (metric) => metric.type !== 'histogram' && 'worker' in (metric.samples[0]?.labels ?? {}),
  );
  expect(named.map(({ name }) => name)).toEqual([
    'amped_worker_state',
    'amped_worker_cpu_seconds',
    'amped_worker_connections',
    'amped_worker_requests',
    'amped_worker_received_bytes',
    'amped_worker_sent_bytes',
    'amped_worker_stall_longest_seconds',
  ]);
});

it('OpenMetrics has all of them', () => {
  const families = openMetricsText(metricsOf(EVERYTHING)).match(/^# TYPE/gm);
  expect(families).toHaveLength(metricsOf(EVERYTHING).length);
});

if (hasPromtool) {
  it.each([
    ['everything', EVERYTHING],
    ['quiet', QUIET],
  ])('promtool finds nothing wrong: %s', (_name, metrics) => {
    const input = prometheusText(metricsOf(metrics));
    const checked = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(`${checked.stdout}${checked.stderr}`).toBe('');
    expect(checked.status).toBe(0);
  });
}
