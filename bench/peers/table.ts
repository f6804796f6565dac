/** A case's results as a table: aligned for a terminal, and Markdown as it stands. */
import type { Case } from './case.js';
import { METRICS } from './metrics.js';
import type { CaseResult } from './run.js';
import { best, medianOf, REFERENCES, ratioOf } from './summary.js';

/** The heading, the table and the remarks of one case. */
export function caseTable(aCase: Case, results: readonly CaseResult[]): string {
  const { columns, compared } = aCase;
  const references =
    compared === undefined
      ? []
      : REFERENCES.flatMap(([heading, prefix]) => {
          const reference = best(results, prefix, compared);
          return reference === undefined ? [] : [{ heading, reference, ratio: compared }];
        });
  const rows = results
    .filter(({ samples }) => samples.some((sample) => sample !== undefined))
    .map((result) => [
      result.peer,
      ...columns.map((metric) => written(medianOf(result, metric), METRICS[metric].write)),
      ...references.map(({ reference, ratio }) =>
        written(ratioOf(result, reference, ratio), (value) => value.toFixed(2)),
      ),
    ]);
  const headings = [
    'server',
    ...columns.map((metric) => METRICS[metric].heading),
    ...references.map((one) => one.heading),
  ];
  const remarks = results.flatMap(({ peer, remarks }) => remarks.map((remark) => `- ${peer}: ${remark}`));
  return [
    `### ${aCase.name}: ${aCase.title}`,
    ...(rows.length > 0 ? ['', ...markdownTable(headings, rows)] : []),
    ...(remarks.length > 0 ? ['', ...remarks] : []),
  ].join('\n');
}

function written(value: number | undefined, write: (value: number) => string): string {
  return value === undefined ? '-' : write(value);
}

function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(headings), line(rule), ...rows.map(line)];
}
