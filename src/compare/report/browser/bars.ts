/** Plots of one point of a workload: bars with the middle half of the repetitions, and how latencies are distributed. */
import * as Plot from '@observablehq/plot';
import { METRIC_TEXTS } from '../../results/metrics.js';
import type { ConfigurationResults, MetricName, WorkloadResults } from '../../results/results.js';
import { medianOf } from '../../results/statistics.js';
import { coloursFor, DASHES, isDashed, LINE_HEIGHT, STYLE } from './look.js';

const LEFT = 150;
const LABELS = 70;

/** Of the last value of what is swept. */
function measured({ points }: WorkloadResults): readonly ConfigurationResults[] {
  return (points.at(-1)?.configurations ?? []).filter(({ samples }) => samples.length > 0);
}

export function barsOf(workload: WorkloadResults, metric: string, width: number): SVGSVGElement | HTMLElement {
  const name = metric as MetricName;
  const { write, better } = METRIC_TEXTS[name];
  const rows = measured(workload).flatMap((configuration) => {
    const summary = configuration.summaries[name];
    return summary === undefined ? [] : [{ name: configuration.name, ...summary }];
  });
  // Of processor time the two parts that it has.
  const parts =
    name === 'cpu'
      ? measured(workload).flatMap(({ name: configuration, summaries }) => [
          { name: configuration, part: 'in the kernel', value: summaries.cpuSystem?.median ?? 0 },
          { name: configuration, part: 'its own code', value: summaries.cpuUser?.median ?? 0 },
        ])
      : [];
  const sorted = [...rows].sort((one, other) => (better === 'more' ? -1 : 1) * (one.median - other.median));
  return Plot.plot({
    width,
    height: rows.length * LINE_HEIGHT + 50,
    marginLeft: LEFT,
    marginRight: LABELS,
    style: STYLE,
    x: { axis: null, domain: [0, Math.max(...rows.map(({ upper }) => upper), Number.MIN_VALUE)] },
    y: { label: null, domain: sorted.map((row) => row.name) },
    ...(parts.length > 0 && {
      color: { domain: ['in the kernel', 'its own code'], range: ['#9ecae1', '#4269d0'], legend: true },
    }),
    marks: [
      parts.length > 0
        ? Plot.barX(parts, { y: 'name', x: 'value', fill: 'part', insetTop: 3, insetBottom: 3 })
        : Plot.barX(rows, { y: 'name', x: 'median', fill: '#4269d0', insetTop: 3, insetBottom: 3 }),
      Plot.ruleY(rows, { y: 'name', x1: 'lower', x2: 'upper', stroke: '#222', strokeWidth: 1.5 }),
      Plot.text(rows, {
        y: 'name',
        x: 'upper',
        text: (row: { median: number }) => write(row.median),
        textAnchor: 'start',
        dx: 6,
      }),
      Plot.ruleX([0]),
    ],
  });
}

/** Latency over the share of requests that took longer, both logarithmic: the tail has as much room as the rest. */
export function distributionOf(workload: WorkloadResults, width: number): SVGSVGElement | HTMLElement {
  const configurations = measured(workload);
  const rows = configurations.flatMap(({ name, samples }) => {
    const shares = samples[0]?.distribution.map(([, share]) => share) ?? [];
    return shares.flatMap((share, index) => {
      const seconds = medianOf(samples.flatMap(({ distribution }) => distribution[index]?.[0] ?? []));
      const longer = 1 - share;
      return seconds === undefined || longer <= 0 || seconds <= 0 ? [] : [{ name, seconds, longer }];
    });
  });
  const names = configurations.map(({ name }) => name);
  const solid = rows.filter(({ name }) => !isDashed(names, name));
  const dashed = rows.filter(({ name }) => isDashed(names, name));
  return Plot.plot({
    width,
    height: 380,
    marginLeft: 60,
    marginBottom: 40,
    style: STYLE,
    color: { ...coloursFor(names), legend: true },
    x: {
      type: 'log',
      reverse: true,
      label: 'share of requests that took longer →',
    },
    y: { type: 'log', grid: true, label: '↑ latency', tickFormat: METRIC_TEXTS.p99.write, ticks: 6 },
    marks: [
      // An axis of its own, since one that is logarithmic leaves some labels out.
      Plot.axisX([1, 0.5, 0.1, 0.01, 0.001, 0.0001], {
        text: (share: number) => `${Number((share * 100).toPrecision(2))} %`,
      }),
      Plot.line(solid, { x: 'longer', y: 'seconds', stroke: 'name', strokeWidth: 2, curve: 'monotone-x' }),
      Plot.line(dashed, {
        ...{ x: 'longer', y: 'seconds', stroke: 'name', strokeWidth: 2, curve: 'monotone-x' },
        strokeDasharray: DASHES,
      }),
      Plot.dot(rows, { x: 'longer', y: 'seconds', fill: 'name', r: 2, title: 'name' }),
    ],
  });
}
