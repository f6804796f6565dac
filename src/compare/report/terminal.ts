/**
 * The results in a terminal: of each workload what is recommended, a table with bars as wide as there is room for, and the
 * ranking; then suites and claims; and at the end, where one looks first, the commands that follow.
 */
import picocolors from 'picocolors';
import type { Finding } from '../judgement/claims.js';
import { METRIC_TEXTS } from '../results/metrics.js';
import type { MetricName, Point, Results, WorkloadResults } from '../results/results.js';
import { swept, sweptText } from '../results/swept-value.js';
import { testbedText } from '../results/testbed.js';
import { headingOf } from '../workloads/swept.js';
import { type Against, changesText } from './changes.js';
import { cell, columnsFor, spread } from './columns.js';
import { methodText, othersText, ownMethodText } from './method-text.js';
import { suitesText } from './suites-text.js';
import { alignedTable, wrapped } from './text-table.js';

export interface Look {
  readonly width: number;
  readonly coloured: boolean;
  /** Whether the terminal shows block characters. */
  readonly blocks: boolean;
}

const BAR_WIDTH = 16;
/** Where there is no room for more. */
const SHORT_BAR_WIDTH = 8;
const LEAST_WIDTH = 72;
/** Longer lines are hard to read. */
const MOST_WIDTH = 110;

export function terminalText(results: Results, look: Look, against?: Against): string {
  const colours = picocolors.createColors(look.coloured);
  const width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, look.width));
  const lines = [''];
  for (const workload of results.workloads) lines.push(...workloadLines(workload, results, look, width), '');
  lines.push(...suitesText(results.suites, width), ...claimLines(results, look, width));
  lines.push(...wrapped(`Measured on: ${testbedText(results.testbed)}.`, width));
  if (results.workloads.length > 0) lines.push(...wrapped(methodText(results), width));
  for (const text of othersText(results)) lines.push(...wrapped(text, width, '  '));
  for (const remark of results.remarks) lines.push(...wrapped(remark, width).map(colours.yellow));
  if (against !== undefined) lines.push('', changesText(against.changes, against.file, width).trimEnd());
  for (const { workload, verdict } of results.workloads) {
    if (verdict?.recommended === undefined) continue;
    lines.push(
      '',
      `For the workload ${workload.name}:`,
      `  ${colours.bold(colours.green(verdict.recommended.command))}`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

function workloadLines(results: WorkloadResults, whole: Results, look: Look, width: number): string[] {
  const colours = picocolors.createColors(look.coloured);
  const { workload, points, verdict } = results;
  const title = workload.title === '' ? '' : `: ${workload.title}`;
  const lines = wrapped(`${workload.name}${title}`, width).map(colours.bold);
  const method = ownMethodText(whole, results);
  if (method !== '') lines.push(...wrapped(method, width));
  if (verdict?.recommended !== undefined) {
    const { sentence, command } = verdict.recommended;
    lines.push('', ...wrapped(sentence, width), `  ${colours.bold(colours.green(command))}`);
  }
  const { table, dropped } = fitted(points, verdict?.criterion ?? 'requestsPerSecond', look);
  for (const point of points) {
    // One that was interrupted at its beginning has nothing to tell.
    if (point.configurations.every(({ samples }) => samples.length === 0)) continue;
    lines.push('');
    if (point.value !== undefined) lines.push(`${headingOf(workload.sweep)}: ${swept(workload.sweep, point.value)}`);
    lines.push(...tableOf(point, table, look));
  }
  if (dropped.length > 0) {
    const headings = dropped.map((name) => METRIC_TEXTS[name].heading).join(', ');
    const where = `Not shown for want of room (a wider terminal has it, and --report): ${headings}`;
    lines.push(...wrapped(where, width, '  ').map(colours.dim));
  }
  const remarks = points.flatMap(({ configurations }) =>
    configurations.flatMap(({ name, remarks }) => remarks.map((remark) => `${name}: ${remark}`)),
  );
  lines.push(...[...new Set(remarks)].flatMap((remark) => wrapped(remark, width, '  ')).map(colours.dim));
  if (verdict === undefined) return [...lines, '', 'Nothing was measured.'];
  lines.push('', ...wrapped(verdict.criterionReason, width));
  if (verdict.at !== undefined) lines.push(`With ${sweptText(workload.sweep, verdict.at)}:`);
  for (const { sentence } of verdict.ranking) lines.push(...wrapped(sentence, width, '  '));
  if (verdict.summary !== '') lines.push(...wrapped(verdict.summary, width));
  return lines;
}

interface Table {
  readonly criterion: MetricName;
  readonly columns: readonly MetricName[];
  readonly barWidth: number;
}

/** What goes first where there is no room, and last; by what they are ranked stays. Errors are among the remarks too. */
const LEAST_MISSED: readonly (MetricName | 'half of the bar')[] = [
  ...(['lockWait', 'longestStall', 'systemCalls', 'p50', 'half of the bar', 'voluntarySwitches'] as const),
  ...(['coldRequestsPerSecond', 'memory', 'errors', 'cpu', 'p99'] as const),
];

/** With as many columns as the terminal has room for; and those for which it has none. */
function fitted(points: readonly Point[], criterion: MetricName, look: Look): { table: Table; dropped: MetricName[] } {
  const columns = columnsFor(points);
  // Bars are of what stands before them.
  const inOrder = columns.includes(criterion) ? [...columns.filter((name) => name !== criterion), criterion] : columns;
  let table: Table = { criterion, columns: inOrder, barWidth: BAR_WIDTH };
  const dropped: MetricName[] = [];
  const isTooWide = (): boolean =>
    points.some((point) => {
      const lines = tableOf(point, table, { ...look, coloured: false });
      return lines.some(({ length }) => length > Math.max(LEAST_WIDTH, look.width));
    });
  for (const name of LEAST_MISSED) {
    if (!isTooWide()) break;
    if (name === 'half of the bar') table = { ...table, barWidth: SHORT_BAR_WIDTH };
    else if (name !== criterion && table.columns.includes(name)) {
      table = { ...table, columns: table.columns.filter((other) => other !== name) };
      dropped.push(name);
    }
  }
  return { table, dropped };
}

function tableOf({ configurations }: Point, { criterion, columns, barWidth }: Table, look: Look): string[] {
  const medians = configurations.map(({ summaries }) => summaries[criterion]?.median ?? 0);
  const most = Math.max(...medians);
  const measured = configurations.filter(({ samples }) => samples.length > 0);
  if (measured.length === 0) return [];
  const rows = measured.map((configuration) => [
    configuration.name,
    ...columns.map((name) => cell(configuration, name)),
    spread(configuration, criterion),
    bar(configuration.summaries[criterion]?.median ?? 0, most, barWidth, look.blocks).padEnd(barWidth),
  ]);
  const best = METRIC_TEXTS[criterion].better === 'more' ? 'longer' : 'shorter';
  const last = barWidth < BAR_WIDTH ? best : `${best} is better`;
  const [head, ...body] = alignedTable(['', ...columns.map((name) => METRIC_TEXTS[name].heading), 'spread', ''], rows);
  return [picocolors.createColors(look.coloured).dim(`${head}  ${last}`), ...body];
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(value: number, most: number, width: number, blocks: boolean): string {
  const length = most === 0 ? 0 : (value / most) * width;
  if (!blocks) return '#'.repeat(Math.max(1, Math.round(length)));
  const whole = Math.floor(length);
  return '█'.repeat(whole) + (EIGHTHS[Math.floor((length - whole) * 8)] as string) || '▏';
}

const SIGNS: Readonly<Record<Finding, string>> = { holds: '+', 'does not hold here': '-', 'cannot be told': '?' };

function claimLines({ claims }: Results, look: Look, width: number): string[] {
  if (claims.length === 0) return [];
  const colours = picocolors.createColors(look.coloured);
  const paint: Readonly<Record<Finding, (text: string) => string>> = {
    holds: colours.green,
    'does not hold here': colours.red,
    'cannot be told': colours.dim,
  };
  const lines = [colours.bold('What textbooks say, and what was measured here'), ''];
  for (const { claim, finding, measured, rule, remark } of claims) {
    if (finding === 'cannot be told') continue;
    const [first = '', ...rest] = wrapped(`${SIGNS[finding]} ${finding}: ${claim}`, width);
    lines.push(first.replace(`${SIGNS[finding]} ${finding}`, paint[finding]), ...rest.map((line) => `    ${line}`));
    lines.push(...wrapped(`${measured}.`, width, '    '));
    const small = remark === undefined ? rule : `${rule} ${remark}`;
    lines.push(...wrapped(small, width, '    ').map(colours.dim));
  }
  const untold = claims.filter(({ finding }) => finding === 'cannot be told');
  for (const why of new Set(untold.map(({ measured }) => measured))) {
    const about = untold.filter(({ measured }) => measured === why).map(({ claim }) => claim);
    const [first = '', ...rest] = wrapped(`${SIGNS['cannot be told']} cannot be told, since ${why}:`, width);
    lines.push(first.replace('? cannot be told', paint['cannot be told']), ...rest);
    lines.push(...about.flatMap((claim) => wrapped(claim, width, '    ')));
  }
  return [...lines, ''];
}
