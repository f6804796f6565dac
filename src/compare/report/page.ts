/**
 * The results as one page that opens anywhere, without a network: the verdict, plots, the claims, every number, and the commands
 * that measure it again. Text and tables are in the page; a script draws the plots from the numbers that it carries.
 *
 * What it keeps true: it asks nobody for anything, which its Content-Security-Policy says too; and what comes from files and
 * command lines is text in it.
 */
import { readFileSync } from 'node:fs';
import type { ClaimResult, Finding } from '../judgement/claims.js';
import { METRIC_TEXTS } from '../results/metrics.js';
import { METRIC_NAMES, type MetricName, type Results, type WorkloadResults } from '../results/results.js';
import { sweptText } from '../results/swept-value.js';
import { testbedText } from '../results/testbed.js';
import type { Shape } from '../suites/flash.js';
import { headingOf } from '../workloads/swept.js';
import { type Against, changesNotes, changesTable, changesTitle } from './changes.js';
import { cell } from './columns.js';
import { element, escaped, figure, json, paragraph, table } from './html.js';
import { methodText, ownMethodText } from './method-text.js';
import { PAGE_STYLE } from './page-style.js';
import {
  DESCRIPTORS_TITLE,
  descriptorsMeaning,
  descriptorsTable,
  FLASH_TITLE,
  flashTable,
  SWITCH_MEANING,
  SWITCH_TITLE,
  switchTable,
} from './suites-text.js';

/** The script that draws, with all that it needs: made by the build. */
const SCRIPT = new URL('./browser/main.js', import.meta.url);
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

const MOST_UNFOLDED = 12;
const PLOTTED: readonly MetricName[] = ['requestsPerSecond', 'p99', 'cpu', 'memory'];

export function pageText(results: Results, against?: Against): string {
  const { workloads, suites, claims, testbed, startedAt, version, remarks } = results;
  const body = [
    element('h1', 'Amped, compared'),
    element('p', escaped(`${startedAt.slice(0, 10)}, Amped ${version}. ${testbedText(testbed)}.`), { class: 'facts' }),
    ...(workloads.length > 0 ? [element('p', escaped(methodText(results)), { class: 'facts' })] : []),
    ...remarks.map((remark) => element('p', escaped(remark), { class: 'remark' })),
    ...(against === undefined ? [] : [changesSection(against)]),
    ...workloads.map((workload, index) => workloadSection(workload, index, results)),
    ...suiteSections(suites),
    ...(claims.length > 0 ? [claimsSection(claims)] : []),
    rawSection(results),
    reproduceSection(results),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Amped, compared</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body.join('\n')}
</main>
${json('results', results)}
<script>${readFileSync(SCRIPT, 'utf8')}</script>
</body>
</html>
`;
}

function workloadSection(results: WorkloadResults, index: number, whole: Results): string {
  const { workload, points, verdict, files } = results;
  const title = workload.title === '' ? workload.name : `${workload.name}: ${workload.title}`;
  const size =
    files.bytes > 0 ? `${files.count.toLocaleString('en')} files, ${files.bytes.toLocaleString('en')} bytes.` : '';
  const facts = [size, escaped(ownMethodText(whole, results))].filter(Boolean).join(' ');
  const parts = [element('h2', escaped(title)), ...(facts === '' ? [] : [element('p', facts, { class: 'facts' })])];
  if (verdict === undefined) return [...parts, paragraph('Nothing was measured.'), remarksOf(points)].join('\n');
  const { recommended, ranking, criterionReason, summary, at } = verdict;
  if (recommended !== undefined) {
    const command = element('pre', escaped(recommended.command));
    parts.push(element('div', paragraph(recommended.sentence) + command, { class: 'verdict' }));
  }
  const where = at === undefined ? '' : ` With ${sweptText(workload.sweep, at)}:`;
  parts.push(paragraph(`${criterionReason}${where}`));
  parts.push(element('ol', ranking.map(({ sentence }) => element('li', escaped(sentence))).join('\n')));
  if (summary !== '') parts.push(paragraph(summary));
  parts.push(element('div', plots(results, index).join('\n'), { class: 'plots' }));
  parts.push(remarksOf(points));
  return element('section', parts.join('\n'));
}

/** Who took no part and why, and what failed. */
function remarksOf(points: WorkloadResults['points']): string {
  const remarks = points.flatMap(({ configurations }) =>
    configurations.flatMap(({ name, remarks }) => remarks.map((remark) => `${name}: ${remark}`)),
  );
  return listOf([...new Set(remarks)]);
}

function listOf(remarks: readonly string[]): string {
  if (remarks.length === 0) return '';
  const items = remarks.map((remark) => element('li', escaped(remark)));
  return element('ul', items.join('\n'), { class: 'facts' });
}

function changesSection(against: Against): string {
  const [headings, rows] = changesTable(against);
  // Folded where it would hide what comes after it.
  const folded = element('summary', 'Changed numbers') + table(headings, rows);
  const numbers = rows.length === 0 ? '' : element('details', folded, rows.length > MOST_UNFOLDED ? {} : { open: '' });
  const title = element('h2', 'What has changed') + paragraph(changesTitle(against));
  return element('section', title + listOf(changesNotes(against)) + numbers);
}

function plots({ workload, points }: WorkloadResults, index: number): string[] {
  const has = (name: MetricName): boolean =>
    points.some(({ configurations }) => configurations.some(({ summaries }) => summaries[name] !== undefined));
  const metrics = PLOTTED.filter(has);
  const of = { workload: String(index) };
  const last = points.at(-1)?.value;
  const where = last === undefined ? '' : `, with ${sweptText(workload.sweep, last)}`;
  if (workload.sweep !== '' && points.length > 1) {
    return [
      ...metrics.map((metric) =>
        figure(`${captionOf(metric)}, by ${headingOf(workload.sweep)}`, { ...of, plot: 'sweep', metric }),
      ),
      figure(`Latency${where}: how long the slowest requests took`, { ...of, plot: 'distribution' }, true),
    ];
  }
  return [
    ...metrics.map((metric) => figure(`${captionOf(metric)}${where}`, { ...of, plot: 'bars', metric })),
    figure(`Latency${where}: how long the slowest requests took`, { ...of, plot: 'distribution' }, true),
  ];
}

const CAPTIONS: Readonly<Partial<Record<MetricName, string>>> = {
  requestsPerSecond: 'Requests a second (more is better)',
  p99: 'Latency, p99 (less is better)',
  cpu: 'Processor time a request (less is better)',
  memory: 'Memory, PSS (less is better)',
};

function captionOf(metric: MetricName): string {
  return CAPTIONS[metric] ?? METRIC_TEXTS[metric].heading;
}

function suiteSections({ switch: switches, descriptors, flash }: Results['suites']): string[] {
  const sections: string[] = [];
  if (switches !== undefined) {
    const plot = figure('One change, by how much memory is touched in between', { plot: 'switch' });
    sections.push(suiteSection(SWITCH_TITLE, SWITCH_MEANING, plot, switchTable(switches), switches.remarks));
  }
  if (descriptors !== undefined) {
    const caption = 'One turn, by how many descriptors are watched (dashed: one wait, as published in 2006)';
    const plot = figure(caption, { plot: 'descriptors' });
    const meaning = descriptorsMeaning(descriptors);
    sections.push(suiteSection(DESCRIPTORS_TITLE, meaning, plot, descriptorsTable(descriptors), descriptors.remarks));
  }
  if (flash !== undefined) {
    const [headings, rows] = flashTable(flash);
    sections.push(element('section', element('h2', FLASH_TITLE) + judgedTable(headings, rows)));
  }
  return sections;
}

function suiteSection(
  title: string,
  meaning: string,
  plot: string,
  [headings, rows]: readonly [readonly string[], readonly (readonly string[])[]],
  remarks: readonly string[],
): string {
  // Where nothing could be measured the remarks say why.
  const content = rows.length === 0 ? '' : element('div', `${plot}${table(headings, rows)}`, { class: 'plots' });
  return element('section', element('h2', escaped(title)) + paragraph(meaning) + content + listOf(remarks));
}

const CLASSES: Readonly<Record<Finding | Shape['finding'], string>> = {
  holds: 'holds',
  reproduced: 'holds',
  'does not hold here': 'not',
  'not reproduced': 'not',
  'cannot be told': 'unknown',
};

function claimsSection(claims: readonly ClaimResult[]): string {
  const rows = claims.map(({ claim, finding, measured, rule, remark }) => [
    ...[claim, finding, measured, remark === undefined ? rule : `${rule} ${remark}`],
  ]);
  const title = element('h2', 'What textbooks say, and what was measured here');
  return element('section', title + judgedTable(['claim', 'here', 'measured', 'rule'], rows));
}

/** Sentences, and in the second column what was found of each. */
function judgedTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  let written = table(headings, rows, '', 'claims');
  for (const [finding, kind] of Object.entries(CLASSES)) {
    written = written.replaceAll(`</th><td>${finding}</td>`, `</th><td class="${kind}">${finding}</td>`);
  }
  return written;
}

/** Every metric of every configuration: medians, and how far the middle half of the repetitions reaches. */
function rawSection({ workloads }: Results): string {
  const tables = workloads.flatMap(({ workload, points }) =>
    points.map(({ value, configurations }) => {
      const measured = configurations.filter(({ samples }) => samples.length > 0);
      const at = value === undefined ? '' : `, ${sweptText(workload.sweep, value)}`;
      const names = METRIC_NAMES.filter((name) => measured.some(({ summaries }) => summaries[name] !== undefined));
      const rows = names.map((name) => [METRIC_TEXTS[name].heading, ...measured.map((one) => withRange(one, name))]);
      return table(['', ...measured.map(({ name }) => name)], rows, `${workload.name}${at}`);
    }),
  );
  const meanings = METRIC_NAMES.map((name) => [METRIC_TEXTS[name].heading, METRIC_TEXTS[name].meaning]);
  return element(
    'section',
    element('h2', 'All numbers') +
      paragraph(
        'Medians, and in brackets the middle half of the repetitions. Each repetition is in the JSON that this page carries.',
      ) +
      element('details', element('summary', 'Tables') + tables.join('\n')) +
      element('details', element('summary', 'What each number is') + table(['', 'meaning'], meanings, '', 'texts')),
  );
}

function withRange(
  configuration: WorkloadResults['points'][number]['configurations'][number],
  name: MetricName,
): string {
  const summary = configuration.summaries[name];
  if (summary === undefined) return '-';
  const { write } = METRIC_TEXTS[name];
  return `${cell(configuration, name)} (${write(summary.lower)} to ${write(summary.upper)})`;
}

function reproduceSection({ workloads, command, testbed }: Results): string {
  const commands = workloads.flatMap(({ points }) => {
    const configurations = points.at(-1)?.configurations ?? [];
    return configurations.map((one) => [one.name, one.description, one.command]);
  });
  const others = Object.entries(testbed.others).map(([name, version]) => `${name} ${version}`);
  return element(
    'section',
    element('h2', 'To measure this again') +
      element('pre', escaped(command)) +
      (commands.length === 0 ? '' : table(['', 'what it is', 'what starts it'], commands, '', 'texts')) +
      (others.length === 0 ? '' : paragraph(`Other servers: ${others.join(', ')}.`)),
  );
}
