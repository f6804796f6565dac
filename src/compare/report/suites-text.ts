/** The suites as tables of text. */
import { figures, size, time } from '../results/metrics.js';
import type { Suites } from '../results/results.js';
import type { DescriptorsResults } from '../suites/descriptors.js';
import type { FlashResults } from '../suites/flash.js';
import type { SwitchResults } from '../suites/switch.js';
import { alignedTable, wrapped } from './text-table.js';

type Table = readonly [headings: readonly string[], rows: readonly (readonly string[])[]];

export const SWITCH_TITLE = 'What a change costs: from thread to thread, process to process, handler to handler';
export const SWITCH_MEANING =
  'Of one change on one processor, beyond what touching the working set takes anyway. From handler to handler no kernel is needed; its share of the one system call that brought all of them is in it.';
export const DESCRIPTORS_TITLE = 'What a turn of each dispatcher costs, by how many descriptors are watched';

export function switchTable({ rows }: SwitchResults): Table {
  const cell = (seconds: { median: number } | undefined): string =>
    seconds === undefined ? '-' : time(seconds.median);
  return [
    ['working set', 'thread', 'process', 'handler'],
    rows.map(({ workingSet, thread, process, handler }) => [
      size(workingSet),
      cell(thread),
      cell(process),
      cell(handler),
    ]),
  ];
}

export function descriptorsTable({ rows, published }: DescriptorsResults): Table {
  const counts = [...new Set(rows.map(({ watched }) => watched))];
  const dispatchers = [...new Set(rows.map(({ dispatcher }) => dispatcher))];
  const growth = (of: readonly { dispatcher: string; watched: number; seconds: number }[], name: string): string => {
    const seconds = of
      .filter(({ dispatcher }) => dispatcher === name)
      .sort((one, other) => one.watched - other.watched);
    const [first, last] = [seconds[0], seconds.at(-1)];
    return first === undefined || last === undefined || first === last
      ? '-'
      : `x${figures(last.seconds / first.seconds)}`;
  };
  const measured = rows.map((row) => ({ ...row, seconds: row.seconds.median }));
  return [
    ['', ...counts.map((count) => count.toLocaleString('en')), 'growth', 'growth in 2006'],
    dispatchers.map((name) => [
      name,
      ...counts.map((count) => {
        const row = measured.find(({ dispatcher, watched }) => dispatcher === name && watched === count);
        return row === undefined ? '-' : time(row.seconds);
      }),
      growth(measured, name),
      growth(published, name),
    ]),
  ];
}

export function descriptorsMeaning({ active }: DescriptorsResults): string {
  return `Of one turn, in which ${active} of them are ready and their handlers run. Published in 2006, for one wait with 10 and with 10,000: poll 11 us and 17.5 ms, select 13 us and 10.9 ms, epoll 6.5 us and 9.7 us.`;
}

export const FLASH_TITLE = 'What was published of Flash in 1999, and whether it is seen here';

export function flashTable({ shapes }: FlashResults): Table {
  return [
    ['published', 'here', 'measured', 'rule'],
    shapes.map(({ published, finding, measured, rule }) => [published, finding, measured, rule]),
  ];
}

export function suitesText(suites: Suites, width: number): string[] {
  const lines: string[] = [];
  if (suites.switch !== undefined) {
    const remarks = suites.switch.remarks.flatMap((remark) => wrapped(remark, width));
    lines.push(...wrapped(SWITCH_TITLE, width), '', ...alignedTable(...switchTable(suites.switch)), ...remarks, '');
  }
  if (suites.descriptors !== undefined) {
    const remarks = suites.descriptors.remarks.flatMap((remark) => wrapped(remark, width));
    lines.push(
      ...wrapped(DESCRIPTORS_TITLE, width),
      '',
      ...alignedTable(...descriptorsTable(suites.descriptors)),
      ...remarks,
      '',
    );
  }
  if (suites.flash !== undefined) {
    lines.push(FLASH_TITLE, '');
    for (const { published, finding, measured, rule } of suites.flash.shapes) {
      lines.push(...wrapped(`${finding}: ${published}`, width), ...wrapped(`${measured}.`, width, '    '));
      lines.push(...wrapped(rule, width, '    '));
    }
    lines.push('');
  }
  return lines;
}
