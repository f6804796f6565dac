/** Plots of what grows: a metric over what a workload sweeps, and the suites. */
import * as Plot from '@observablehq/plot';
import { METRIC_TEXTS, size, time } from '../../results/metrics.js';
import type { MetricName, WorkloadResults } from '../../results/results.js';
import { medianOf } from '../../results/statistics.js';
import { swept } from '../../results/swept-value.js';
import type { DescriptorsResults } from '../../suites/descriptors.js';
import type { SwitchResults } from '../../suites/switch.js';
import { headingOf } from '../../workloads/swept.js';
import { coloursFor, STYLE } from './look.js';

interface Row {
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

interface Axes {
  readonly x: string;
  readonly y: string;
  readonly writeX: (value: number) => string;
  readonly writeY: (value: number) => string;
  readonly logarithmicY: boolean;
  /** Dashed: measured by others. */
  readonly others?: readonly Row[];
}

export function sweepPlot(
  { workload, points }: WorkloadResults,
  metric: string,
  width: number,
): SVGSVGElement | HTMLElement {
  const name = metric as MetricName;
  const rows = points.flatMap(({ value = 0, configurations }) =>
    configurations.flatMap((one): Row[] => {
      const y = one.summaries[name]?.median;
      return y === undefined ? [] : [{ x: value, y, name: one.name }];
    }),
  );
  const { heading, write } = METRIC_TEXTS[name];
  return lines(rows, width, {
    x: headingOf(workload.sweep),
    y: heading,
    writeX: (value) => swept(workload.sweep, value),
    writeY: write,
    logarithmicY: name !== 'requestsPerSecond' && name !== 'bytesPerSecond',
  });
}

export function switchPlot({ rows }: SwitchResults, width: number): SVGSVGElement | HTMLElement {
  const all = (['thread', 'process', 'handler'] as const).flatMap((kind) =>
    rows.flatMap(({ workingSet, [kind]: seconds }): Row[] =>
      seconds === undefined || seconds.median <= 0 ? [] : [{ x: workingSet, y: seconds.median, name: kind }],
    ),
  );
  return lines(all, width, {
    ...{ x: 'working set', y: 'one change', writeX: size, writeY: time, logarithmicY: true },
  });
}

export function descriptorsPlot({ rows, published }: DescriptorsResults, width: number): SVGSVGElement | HTMLElement {
  const all = rows.map(
    ({ dispatcher, watched, seconds }): Row => ({ x: watched, y: seconds.median, name: dispatcher }),
  );
  const others = published.map(
    ({ dispatcher, watched, seconds }): Row => ({ x: watched, y: seconds, name: dispatcher }),
  );
  return lines(all, width, {
    x: 'descriptors watched',
    y: 'one turn',
    writeX: (value) => value.toLocaleString('en'),
    writeY: time,
    logarithmicY: true,
    others,
  });
}

function lines(rows: readonly Row[], width: number, axes: Axes): SVGSVGElement | HTMLElement {
  const values = [...new Set(rows.map(({ x }) => x))].sort((one, other) => one - other);
  const names = [...new Set(rows.map(({ name }) => name))];
  const { others = [] } = axes;
  // A logarithmic axis has no zero: it stands a step before the first.
  const step = (values[1] ?? 1) / 4 || 1;
  const place = (x: number): number => (x > 0 ? x : step);
  const at = (row: Row): number => place(row.x);
  const scale = values.length > 1 ? 'log' : 'linear';
  const positive = axes.logarithmicY && rows.every(({ y }) => y > 0) && medianOf(rows.map(({ y }) => y)) !== undefined;
  return Plot.plot({
    width,
    height: 300,
    marginLeft: 70,
    marginBottom: 40,
    style: STYLE,
    color: { ...coloursFor(names), legend: true },
    x: {
      type: scale,
      label: `${axes.x} →`,
      ticks: values.map(place),
      tickFormat: (x: number) => axes.writeX(values.find((value) => place(value) === x) ?? x),
    },
    y: {
      type: positive ? 'log' : 'linear',
      ...(positive ? {} : { zero: true }),
      grid: true,
      label: `↑ ${axes.y}`,
      tickFormat: axes.writeY,
      ticks: 6,
    },
    marks: [
      Plot.line(others, { x: at, y: 'y', stroke: 'name', strokeDasharray: '3 4', strokeWidth: 1.5 }),
      Plot.line(rows, { x: at, y: 'y', stroke: 'name', strokeWidth: 2 }),
      Plot.dot(rows, { x: at, y: 'y', fill: 'name', r: 3, title: (row: Row) => `${row.name}: ${axes.writeY(row.y)}` }),
    ],
  });
}
