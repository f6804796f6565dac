/** Which metrics the tables of a workload have: those that every reader wants, and those in which something happened. */
import { METRIC_TEXTS } from '../results/metrics.js';
import type { ConfigurationResults, MetricName, Point } from '../results/results.js';

const ALWAYS: readonly MetricName[] = ['requestsPerSecond', 'p50', 'p99', 'cpu', 'memory'];
/** Each only where it says something about anybody: it is at least so large. */
const SOMETIMES: ReadonlyArray<readonly [name: MetricName, least: number]> = [
  ['memoryOfConnection', 0],
  ['voluntarySwitches', 0],
  ['systemCalls', 0],
  ['lockWait', 1e-9],
  ['longestStall', 0.01],
  ['coldRequestsPerSecond', 0],
  ['errors', 1],
];

export function columnsFor(points: readonly Point[]): MetricName[] {
  const configurations = points.flatMap((point) => point.configurations);
  const says = (name: MetricName, least: number): boolean =>
    configurations.some(({ summaries }) => (summaries[name]?.median ?? -1) >= least);
  return [...ALWAYS, ...SOMETIMES.filter(([name, least]) => says(name, least)).map(([name]) => name)];
}

/** The median of a metric as it is written, '-' where there is none. */
export function cell({ summaries }: ConfigurationResults, name: MetricName): string {
  const summary = summaries[name];
  return summary === undefined ? '-' : METRIC_TEXTS[name].write(summary.median);
}

/** How far the repetitions lie apart: the middle half, as a share of the median. */
export function spread({ summaries }: ConfigurationResults, name: MetricName): string {
  const summary = summaries[name];
  if (summary === undefined || summary.count < 2 || summary.median === 0) return '';
  return `±${(((summary.upper - summary.lower) / 2 / summary.median) * 100).toFixed(0)} %`;
}
