/**
 * Metrics as text that Prometheus reads: its text format, version 0.0.4, and OpenMetrics 1.0, which differ in how they call
 * counters and how they end.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 */

interface Described {
  /** In snake case with its unit at the end; of a counter without `_total`, which the formats add. */
  readonly name: string;
  /** What it is, in a sentence without its full stop. */
  readonly help: string;
}

/** Labels by name. Values may hold anything. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** A number that only grows, or one that goes up and down. */
export interface Numbers extends Described {
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

export interface Histogram extends Described {
  readonly type: 'histogram';
  /** Of those that were more than the `atMost` before and not more than this one; the last is Infinity. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
  readonly sum: number;
}

export type Metric = Numbers | Histogram;

/** Media types, as scrapers ask for them. */
export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS_TEXT = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The text format that every Prometheus reads. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics.map((metric) => familyOf(metric, totalOf(metric))).join('');
}

/** The same as OpenMetrics: a counter's family has no `_total`, and the end is marked. */
export function openMetricsText(metrics: readonly Metric[]): string {
  return `${metrics.map((metric) => familyOf(metric, metric.name)).join('')}# EOF\n`;
}

function familyOf(metric: Metric, family: string): string {
  const lines = [`# HELP ${family} ${escapeHelp(metric.help)}.`, `# TYPE ${family} ${metric.type}`];
  if (metric.type === 'histogram') lines.push(...histogramLines(metric));
  else for (const { labels, value } of metric.samples) lines.push(line(totalOf(metric), labels, value));
  return `${lines.join('\n')}\n`;
}

function totalOf({ name, type }: Metric): string {
  return type === 'counter' ? `${name}_total` : name;
}

function histogramLines({ name, buckets, sum }: Histogram): string[] {
  let upTo = 0;
  const lines = buckets.map(({ atMost, count }) => {
    upTo += count;
    return line(`${name}_bucket`, { le: numberText(atMost) }, upTo);
  });
  return [...lines, line(`${name}_sum`, undefined, sum), line(`${name}_count`, undefined, upTo)];
}

function line(name: string, labels: Labels | undefined, value: number): string {
  const pairs = Object.entries(labels ?? {}).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
