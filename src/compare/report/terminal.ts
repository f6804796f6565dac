/** The results in a terminal: the verdict first, then a table with bars for each workload, then the claims. */
import picocolors from 'picocolors';
import type { Finding } from '../judgement/claims.js';
import { METRIC_TEXTS } from '../results/metrics.js';
import type { MetricName, Point, Results, Times, WorkloadResults } from '../results/results.js';
import { swept, sweptText } from '../results/swept-value.js';
import { testbedText } from '../results/testbed.js';
import { headingOf } from '../workloads/swept.js';
import { cell, columnsFor, spread } from './columns.js';
import { suitesText } from './suites-text.js';
import { alignedTable, wrapped } from './text-table.js';

export interface Look {
  readonly width: number;
  readonly coloured: boolean;
  /** Whether the terminal shows block characters. */
  readonly blocks: boolean;
}

const BAR_WIDTH = 16;
const LEAST_WIDTH = 72;
/** Longer lines are hard to read. */
const MOST_WIDTH = 110;

export function terminalText(results: Results, look: Look): string {
  const colours = picocolors.createColors(look.coloured);
  const width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, look.width));
  const lines = [''];
  for (const workload of results.workloads) lines.push(...workloadLines(workload, results, look, width), '');
  lines.push(...suitesText(results.suites), ...claimLines(results, look, width));
  lines.push(...wrapped(`Measured on: ${testbedText(results.testbed)}.`, width));
  if (results.workloads.length > 0) lines.push(...wrapped(methodText(results), width));
  for (const text of othersText(results)) lines.push(...wrapped(text, width, '  '));
  for (const remark of results.remarks) lines.push(...wrapped(remark, width).map(colours.yellow));
  return `${lines.join('\n')}\n\n`;
}

/** The other servers: which version, and as they were configured. */
export function othersText({ workloads, testbed }: Results): string[] {
  const all = workloads.flatMap(({ points }) => points.flatMap(({ configurations }) => configurations));
  const texts = all
    .filter(({ kind }) => kind === 'other')
    .map(({ name, description }) => `${name} ${testbed.others[name] ?? ''}: ${description}`);
  return [...new Set(texts)];
}

export function methodText({ method }: Results): string {
  return `${howLong(method)}; medians. ${method.order} ${method.tie}`;
}

/** How a workload was measured, where that is not said of the whole: its times, and lines; else ''. */
export function ownMethodText({ method }: Results, { times, slowLines = '' }: WorkloadResults): string {
  const own = howLong(times) === howLong(method) ? '' : `Here: ${howLong(times)}.`;
  return [own, slowLines].filter(Boolean).join(' ');
}

function howLong({ repetitions, secondsEach, warmUpSeconds, mostWarmUpSeconds }: Times): string {
  const most = mostWarmUpSeconds === undefined ? '' : ` to ${mostWarmUpSeconds}`;
  return `${repetitions} repetitions of ${secondsEach} s after ${warmUpSeconds}${most} s of warm-up`;
}

function workloadLines(results: WorkloadResults, whole: Results, look: Look, width: number): string[] {
  const colours = picocolors.createColors(look.coloured);
  const { workload, points, verdict } = results;
  const title = workload.title === '' ? '' : `: ${workload.title}`;
  const lines = wrapped(`${workload.name}${title}`, width).map(colours.bold);
  lines.push(...wrapped(ownMethodText(whole, results), width));
  const criterion = verdict?.criterion ?? 'requestsPerSecond';
  const columns = columnsFor(points);
  for (const point of points) {
    // One that was interrupted at its beginning has nothing to tell.
    if (point.configurations.every(({ samples }) => samples.length === 0)) continue;
    lines.push('');
    if (point.value !== undefined) lines.push(`${headingOf(workload.sweep)}: ${swept(workload.sweep, point.value)}`);
    lines.push(...tableOf(point, criterion, columns, look));
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
  const { recommended } = verdict;
  if (recommended !== undefined) {
    lines.push('', ...wrapped(recommended.sentence, width), `  ${colours.bold(colours.green(recommended.command))}`);
  }
  return lines;
}

function tableOf(
  { configurations }: Point,
  criterion: MetricName,
  columns: readonly MetricName[],
  look: Look,
): string[] {
  const medians = configurations.map(({ summaries }) => summaries[criterion]?.median ?? 0);
  const most = Math.max(...medians);
  const measured = configurations.filter(({ samples }) => samples.length > 0);
  if (measured.length === 0) return [];
  const rows = measured.map((configuration) => [
    configuration.name,
    ...columns.map((name) => cell(configuration, name)),
    spread(configuration, criterion),
    bar(configuration.summaries[criterion]?.median ?? 0, most, look.blocks).padEnd(BAR_WIDTH),
  ]);
  const { heading, better } = METRIC_TEXTS[criterion];
  const last = `${heading} (${better === 'more' ? 'longer' : 'shorter'} is better)`;
  const [head, ...body] = alignedTable(['', ...columns.map((name) => METRIC_TEXTS[name].heading), 'spread', ''], rows);
  return [picocolors.createColors(look.coloured).dim(`${head}  ${last}`), ...body];
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(value: number, most: number, blocks: boolean): string {
  const length = most === 0 ? 0 : (value / most) * BAR_WIDTH;
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
    lines.push(`${paint[finding](`${SIGNS[finding]} ${finding}`)}: ${claim}`);
    lines.push(...wrapped(`${measured}.`, width, '    '));
    const small = remark === undefined ? rule : `${rule} ${remark}`;
    lines.push(...wrapped(small, width, '    ').map(colours.dim));
  }
  const untold = claims.filter(({ finding }) => finding === 'cannot be told');
  for (const why of new Set(untold.map(({ measured }) => measured))) {
    const about = untold.filter(({ measured }) => measured === why).map(({ claim }) => claim);
    lines.push(`${paint['cannot be told'](`${SIGNS['cannot be told']} cannot be told`)}, since ${why}:`);
    lines.push(...about.map((claim) => `    ${claim}`));
  }
  return [...lines, ''];
}
