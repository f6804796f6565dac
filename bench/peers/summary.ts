/**
 * From samples to what is printed: the median of each metric, and ratios. A ratio is the median of the ratios within
 * each repetition, whose servers ran minutes apart at most. nginx is compared with in its cheaper configuration.
 */
import type { Metric, Sample } from './metrics.js';
import type { CaseResult } from './run.js';

/** Whom everyone is compared with: heading, and the names to take the best of. */
export const REFERENCES: ReadonlyArray<readonly [heading: string, prefix: string]> = [
  ['to nginx', 'nginx'],
  ['to nginx, threads for files', 'threaded-nginx'],
  ['to blocking disk', 'amped-disk-blocking'],
  ['to --metrics off', 'amped-metrics-off'],
  ['to no trace', 'amped-trace-off'],
  ['to lighttpd', 'lighttpd'],
  ['to floor', 'floor'],
  ['to Bun.serve', 'handlers-bun'],
  ['to node:http', 'handlers-node-http'],
  ['to @hono/node-server', 'handlers-hono-node-server'],
  ['to Apache worker', 'apache-worker'],
  ['to Apache prefork', 'apache-prefork'],
  ["to Debian's worker", 'debian-apache-worker'],
  ["to Debian's prefork", 'debian-apache-prefork'],
];

/** The median of a metric over the repetitions; undefined when there is none. */
export function medianOf(result: CaseResult, metric: Metric): number | undefined {
  return median(result.samples.map((sample) => sample?.[metric]));
}

/** The result, among those whose name begins so, with the best median: the highest of requests a second, else the lowest. */
export function best(results: readonly CaseResult[], prefix: string, metric: Metric): CaseResult | undefined {
  return results
    .filter(({ peer }) => peer === prefix || peer.startsWith(`${prefix}-`))
    .map((result) => ({ result, value: medianOf(result, metric) ?? Number.POSITIVE_INFINITY }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((one, other) => (metric === 'requestsPerSecond' ? other.value - one.value : one.value - other.value))[0]
    ?.result;
}

/** The median of the ratios of one to another within each repetition; undefined when none has both. */
export function ratioOf(one: CaseResult, other: CaseResult, metric: Metric): number | undefined {
  const ratio = (sample: Sample | undefined, reference: Sample | undefined) => {
    const [value, base] = [sample?.[metric], reference?.[metric]];
    return value === undefined || base === undefined || base === 0 ? undefined : value / base;
  };
  return median(one.samples.map((sample, repetition) => ratio(sample, other.samples[repetition])));
}

function median(values: ReadonlyArray<number | undefined>): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  if (above === undefined) return undefined;
  return sorted.length % 2 === 1 || below === undefined ? above : (below + above) / 2;
}
