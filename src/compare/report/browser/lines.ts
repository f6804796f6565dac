/** Plots of what grows: a metric over what a workload sweeps, and the suites. */
import * as Plot from '@observablehq/plot';
import { METRIC_TEXTS, size, time } from '../../results/metrics.js';
import type { MetricName, WorkloadResults } from '../../results/results.js';
import { medianOf } from '../../results/statistics.js';
import { swept } from '../../results/swept-value.js';
import type { DescriptorsResults } from '../../suites/descriptors.js';
import type { SwitchResults } from '../../suites/switch.js';
import { headingOf } from '../../workloads/swept.js';
import { coloursFor, DASHES, isDashed, STYLE } from './look.js';

/** What a label needs, and some space. */
const LABEL_WIDTH = 62;

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
  /** Whether what is measured is counted in powers of two. */
  readonly binaryY?: boolean;
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
    binaryY: name === 'memory',
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
    x: { type: scale, label: `${axes.x} →` },
    y: {
      type: positive ? 'log' : 'linear',
      ...(positive ? { base: axes.binaryY ? 2 : 10 } : { zero: true }),
      grid: true,
      label: `↑ ${axes.y}`,
      tickFormat: axes.writeY,
      ticks: 6,
    },
    marks: [
      // An axis of its own, since one that is logarithmic leaves most labels out.
      Plot.axisX(legible(values, place, width), {
        text: (x: number) => axes.writeX(values.find((value) => place(value) === x) ?? x),
      }),
      Plot.line(others, { x: at, y: 'y', stroke: 'name', strokeDasharray: '3 4', strokeWidth: 1.5 }),
      Plot.line(
        rows.filter(({ name }) => !isDashed(names, name)),
        { x: at, y: 'y', stroke: 'name', strokeWidth: 2 },
      ),
      Plot.line(
        rows.filter(({ name }) => isDashed(names, name)),
        { x: at, y: 'y', stroke: 'name', strokeWidth: 2, strokeDasharray: DASHES },
      ),
      Plot.dot(rows, { x: at, y: 'y', fill: 'name', r: 3, title: (row: Row) => `${row.name}: ${axes.writeY(row.y)}` }),
    ],
  });
}

/** Places of values whose labels do not run into each other, the last one among them. */
function legible(values: readonly number[], place: (value: number) => number, width: number): number[] {
  const places = values.map(place);
  const [first = 1, last = 1] = [places[0], places.at(-1)];
  const at = (x: number): number => (last === first ? 0 : (Math.log(x / first) / Math.log(last / first)) * width);
  const shown: number[] = [];
  for (const x of places.reverse()) {
    if (shown.length === 0 || at(shown.at(-1) as number) - at(x) >= LABEL_WIDTH) shown.push(x);
  }
  return shown;
}
