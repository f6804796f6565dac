/** The results as Markdown: for a repository, an issue, a page. */
import { METRIC_TEXTS } from '../results/metrics.js';
import type { Results, WorkloadResults } from '../results/results.js';
import { sweptText } from '../results/swept-value.js';
import { testbedText } from '../results/testbed.js';
import { type Against, changesNotes, changesTable, changesTitle } from './changes.js';
import { cell, columnsFor, spread } from './columns.js';
import { methodText, othersText, ownMethodText } from './method-text.js';
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
import { markdownTable } from './text-table.js';

export function markdownText(results: Results, against?: Against): string {
  const { startedAt, version, testbed, workloads, suites, claims, remarks, command } = results;
  const lines = [
    '# Amped, compared',
    '',
    `${startedAt.slice(0, 10)}, Amped ${version}. ${testbedText(testbed)}.`,
    '',
    ...(workloads.length > 0 ? [methodText(results), ''] : []),
    ...remarks.flatMap((remark) => [`**${remark}**`, '']),
    ...othersText(results).map((text) => `- ${text}`),
    ...(Object.keys(testbed.others).length > 0 ? [''] : []),
    ...(against === undefined ? [] : changesLines(against)),
    ...workloads.flatMap((workload) => [...workloadLines(workload, results), '']),
  ];
  if (suites.switch !== undefined) {
    lines.push(`## ${SWITCH_TITLE}`, '', SWITCH_MEANING, '', ...markdownTable(...switchTable(suites.switch)), '');
    lines.push(...remarkLines(suites.switch.remarks));
  }
  if (suites.descriptors !== undefined) {
    lines.push(`## ${DESCRIPTORS_TITLE}`, '', descriptorsMeaning(suites.descriptors), '');
    lines.push(...markdownTable(...descriptorsTable(suites.descriptors)), '');
    lines.push(...remarkLines(suites.descriptors.remarks));
  }
  if (suites.flash !== undefined) {
    lines.push(`## ${FLASH_TITLE}`, '', ...markdownTable(...flashTable(suites.flash)).map(narrow), '');
  }
  if (claims.length > 0) {
    const rows = claims.map(({ claim, finding, measured, rule, remark }) => [
      claim,
      `**${finding}**`,
      measured,
      remark === undefined ? rule : `${rule} ${remark}`,
    ]);
    lines.push('## What textbooks say, and what was measured here', '');
    lines.push(...markdownTable(['claim', 'here', 'measured', 'rule'], rows).map(narrow), '');
  }
  lines.push('## To measure this again', '', '```sh', command, '```', '');
  return lines.join('\n');
}

function changesLines(against: Against): string[] {
  const table = against.changes.changed.length === 0 ? [] : [...markdownTable(...changesTable(against)), ''];
  return ['## What has changed', '', changesTitle(against), '', ...remarkLines(changesNotes(against)), ...table];
}

function remarkLines(remarks: readonly string[]): string[] {
  return remarks.length === 0 ? [] : [...remarks.map((remark) => `- ${remark}`), ''];
}

/** Where cells are sentences nothing is aligned. */
function narrow(line: string): string {
  return line.replace(/ {2,}/g, ' ').replace(/-{4,}/g, '---');
}

function workloadLines(own: WorkloadResults, results: Results): string[] {
  const { workload, points, files, verdict } = own;
  const method = ownMethodText(results, own);
  const lines = [`## ${workload.name}${workload.title === '' ? '' : `: ${workload.title}`}`, ''];
  if (files.bytes > 0)
    lines.push(`${files.count.toLocaleString('en')} files, ${files.bytes.toLocaleString('en')} bytes.`, '');
  if (method !== '') lines.push(method, '');
  if (verdict?.recommended !== undefined) {
    lines.push(verdict.recommended.sentence, '', '```sh', verdict.recommended.command, '```', '');
  }
  if (verdict !== undefined) {
    lines.push(verdict.criterionReason, '', ...verdict.ranking.map(({ sentence }) => `1. ${sentence}`), '');
    if (verdict.summary !== '') lines.push(verdict.summary, '');
  }
  const columns = columnsFor(points);
  const criterion = verdict?.criterion ?? 'requestsPerSecond';
  for (const { value, configurations } of points) {
    if (value !== undefined) lines.push(`### ${sweptText(workload.sweep, value)}`, '');
    const measured = configurations.filter(({ samples }) => samples.length > 0);
    const headings = ['', ...columns.map((name) => METRIC_TEXTS[name].heading), 'spread'];
    const rows = measured.map((one) => [one.name, ...columns.map((name) => cell(one, name)), spread(one, criterion)]);
    if (rows.length > 0) lines.push(...markdownTable(headings, rows), '');
    const remarks = configurations.flatMap(({ name, remarks }) => remarks.map((remark) => `- ${name}: ${remark}`));
    if (remarks.length > 0) lines.push(...remarks, '');
  }
  return lines;
}
