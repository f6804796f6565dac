/**
 * What has changed since an earlier comparison: the same configurations in the same workloads, by the metrics that people look
 * at. What is within the spread is no change.
 */
import { METRIC_TEXTS } from '../results/metrics.js';
import type { ConfigurationResults, MetricName, Results } from '../results/results.js';
import { TIE_RULE, tied } from '../results/statistics.js';
import { swept } from '../results/swept-value.js';

export interface ChangedNumber {
  readonly workload: string;
  /** Of what is swept, as it is written; '' where nothing is. */
  readonly at: string;
  readonly configuration: string;
  readonly metric: MetricName;
  readonly before: number;
  readonly after: number;
  readonly better: boolean;
}

export interface Changes {
  readonly changed: readonly ChangedNumber[];
  /** How many numbers were compared. */
  readonly compared: number;
  /** Differences of the testbeds, which make the numbers less comparable. */
  readonly testbed: readonly string[];
}

const METRICS: readonly MetricName[] = [
  'requestsPerSecond',
  'p99',
  'cpu',
  'memory',
  'voluntarySwitches',
  'systemCalls',
];

export function changesBetween(before: Results, after: Results): Changes {
  const changed: ChangedNumber[] = [];
  let compared = 0;
  for (const { workload, points } of after.workloads) {
    const earlier = before.workloads.find((one) => one.workload.name === workload.name);
    for (const { value, configurations } of points) {
      const then = earlier?.points.find((point) => point.value === value)?.configurations ?? [];
      for (const now of configurations) {
        const former = then.find(({ name }) => name === now.name);
        if (former === undefined) continue;
        const at = value === undefined ? '' : swept(workload.sweep, value);
        const place = { workload: workload.name, at, configuration: now.name };
        for (const metric of METRICS) {
          const number = changeOf(former, now, metric);
          if (number === undefined) continue;
          compared++;
          if (number !== 'none') changed.push({ ...place, metric, ...number });
        }
      }
    }
  }
  return { changed, compared, testbed: differences(before, after) };
}

function changeOf(
  former: ConfigurationResults,
  now: ConfigurationResults,
  metric: MetricName,
): Pick<ChangedNumber, 'before' | 'after' | 'better'> | 'none' | undefined {
  const [before, after] = [former.summaries[metric], now.summaries[metric]];
  if (before === undefined || after === undefined) return undefined;
  if (tied(before, after)) return 'none';
  const more = after.median > before.median;
  return { before: before.median, after: after.median, better: more === (METRIC_TEXTS[metric].better === 'more') };
}

function differences({ testbed: before }: Results, { testbed: after }: Results): string[] {
  const names = ['kernel', 'processor', 'processors', 'node', 'serverCores', 'clientCores'] as const;
  return names
    .filter((name) => String(before[name]) !== String(after[name]))
    .map((name) => `${name} was ${before[name]} and is ${after[name]}`);
}

/** As lines of text. */
export function changesText({ changed, compared, testbed }: Changes, file: string): string {
  const lines = [`Against ${file}: ${compared} numbers compared, ${changed.length} changed. ${TIE_RULE}`];
  for (const difference of testbed) lines.push(`  Not the same testbed: ${difference}.`);
  for (const { workload, at, configuration, metric, before, after, better } of changed) {
    const { heading, write } = METRIC_TEXTS[metric];
    const share = before === 0 ? '' : ` (${after > before ? '+' : ''}${((after / before - 1) * 100).toFixed(0)} %)`;
    const where = [workload, at, configuration].filter(Boolean).join(', ');
    lines.push(`  ${better ? 'better' : 'worse '}  ${where}: ${heading} ${write(before)} -> ${write(after)}${share}`);
  }
  return `${lines.join('\n')}\n\n`;
}
