/**
 * What has changed since an earlier comparison: the same configurations in the same workloads, by the metrics that people look
 * at, and the suites; and what is concluded otherwise. What is within the spread is no change. What was not alike, and what only
 * one of them has, is said beside it.
 */
import { OptionError } from '../../config/option-error.js';
import { METRIC_TEXTS, time } from '../results/metrics.js';
import type { MetricName, Results, Suites, WorkloadResults } from '../results/results.js';
import { type Summary, TIE_RULE, tied } from '../results/statistics.js';
import { swept } from '../results/swept-value.js';
import { differencesBetween } from './differences.js';
import { wrapped } from './text-table.js';

export interface ChangedNumber {
  /** Or suite. */
  readonly workload: string;
  /** Of what is swept, as it is written; '' where nothing is. */
  readonly at: string;
  readonly configuration: string;
  readonly metric: MetricName | SuiteMetric;
  readonly before: number;
  readonly after: number;
  readonly better: boolean;
}

type SuiteMetric = keyof typeof SUITE_TEXTS;

export interface Changes {
  readonly changed: readonly ChangedNumber[];
  /** How many numbers were compared. */
  readonly compared: number;
  /** What was not alike, which makes the numbers less comparable. */
  readonly differences: readonly string[];
  /** What only one of them has: workloads, configurations, suites. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** What is concluded otherwise, in sentences. */
  readonly findings: readonly string[];
}

/** Changes, and since when. */
export interface Against {
  readonly file: string;
  readonly changes: Changes;
}

const METRICS: readonly MetricName[] = [
  'requestsPerSecond',
  'p99',
  'cpu',
  'memory',
  'voluntarySwitches',
  'systemCalls',
];
const SUITE_TEXTS = {
  change: { heading: 'one change', write: time, better: 'less' },
  turn: { heading: 'one turn', write: time, better: 'less' },
} as const;
const TEXTS = { ...METRIC_TEXTS, ...SUITE_TEXTS };

/** A number of a comparison, and where it is. */
type Place = Pick<ChangedNumber, 'workload' | 'at' | 'configuration' | 'metric'>;
type Numbers = ReadonlyMap<string, Place & { readonly summary: Summary }>;

export function changesBetween(before: Results, after: Results): Changes {
  const [then, now] = [numbersOf(before), numbersOf(after)];
  const common = [...now].flatMap(([key, { summary, ...place }]) => {
    const former = then.get(key)?.summary;
    return former === undefined ? [] : [{ place, former, summary }];
  });
  const changed = common
    .filter(({ former, summary }) => !tied(former, summary))
    .map(({ place, former: { median: before }, summary: { median: after } }): ChangedNumber => {
      const better = after > before === (TEXTS[place.metric].better === 'more');
      return { ...place, before, after, better };
    });
  const [namesBefore, namesAfter] = [namesIn(before), namesIn(after)];
  return {
    changed,
    compared: common.length,
    differences: differencesBetween(before, after),
    onlyBefore: lackingIn(namesAfter, namesBefore),
    onlyAfter: lackingIn(namesBefore, namesAfter),
    findings: findingsOf(before, after),
  };
}

/** Throws OptionError where an earlier comparison has nothing of what is, or is to be, in another one. */
export function requireCommon(earlier: Results, file: string, later: Names): void {
  const names = namesIn(earlier);
  const common = [...later].some(([name, own]) => own.some((one) => names.get(name)?.includes(one)));
  if (common) return;
  const there = [...names].map(([name, own]) => `${name} (${own.join(', ')})`).join('; ');
  throw new OptionError(
    `--against ${file}: nothing of it is measured here, so that nothing can be compared. It has ${there === '' ? 'nothing' : there}.`,
  );
}

/** Of each workload and suite: who was measured. */
export type Names = ReadonlyMap<string, readonly string[]>;

export function namesIn({ workloads, suites }: Pick<Results, 'workloads' | 'suites'>): Names {
  const names = new Map<string, string[]>();
  for (const { workload, points } of workloads) {
    const all = points.flatMap(({ configurations }) => configurations.filter(({ samples }) => samples.length > 0));
    names.set(workload.name, [...new Set(all.map(({ name }) => name))]);
  }
  for (const suite of Object.keys(suites)) names.set(`suite ${suite}`, [suite]);
  return names;
}

function lackingIn(some: Names, others: Names): string[] {
  return [...others].flatMap(([name, own]) => {
    const there = some.get(name);
    if (there === undefined) return [name];
    const lacking = own.filter((one) => !there.includes(one));
    return lacking.length === 0 ? [] : [`${name} with ${lacking.join(', ')}`];
  });
}

function numbersOf({ workloads, suites }: Results): Numbers {
  const numbers = new Map<string, Place & { summary: Summary }>();
  const add = (place: Place, summary: Summary | undefined): void => {
    const { workload, at, configuration, metric } = place;
    if (summary !== undefined) numbers.set([workload, at, configuration, metric].join('\n'), { ...place, summary });
  };
  for (const { workload, points } of workloads) {
    for (const { value, configurations } of points) {
      const at = value === undefined ? '' : swept(workload.sweep, value);
      for (const { name, summaries } of configurations) {
        for (const metric of METRICS) {
          add({ workload: workload.name, at, configuration: name, metric }, summaries[metric]);
        }
      }
    }
  }
  for (const row of suites.switch?.rows ?? []) {
    for (const kind of ['thread', 'process', 'handler'] as const) {
      add(
        { workload: 'switch', at: swept('fileBytes', row.workingSet), configuration: kind, metric: 'change' },
        row[kind],
      );
    }
  }
  for (const { dispatcher, watched, seconds } of suites.descriptors?.rows ?? []) {
    const at = `${watched.toLocaleString('en')} descriptors`;
    add({ workload: 'descriptors', at, configuration: dispatcher, metric: 'turn' }, seconds);
  }
  return numbers;
}

/** Verdicts, claims and shapes that are others now. */
function findingsOf(before: Results, after: Results): string[] {
  const judged = ({ claims, suites }: Results): Map<string, string> =>
    new Map([
      ...claims.map(({ claim, finding }) => [claim, finding] as const),
      ...shapesOf(suites).map(({ published, finding }) => [published, finding] as const),
    ]);
  const then = judged(before);
  const findings = [...judged(after)].flatMap(([text, now]) => {
    const former = then.get(text);
    return former === undefined || former === now ? [] : [`${text} Was: ${former}; is: ${now}.`];
  });
  const verdicts = after.workloads.flatMap((now) => {
    const former = before.workloads.find(({ workload }) => workload.name === now.workload.name);
    return former === undefined ? [] : verdictChanges(former, now);
  });
  return [...verdicts, ...findings];
}

function shapesOf({ flash }: Suites): readonly { readonly published: string; readonly finding: string }[] {
  return flash?.shapes ?? [];
}

function verdictChanges(then: WorkloadResults, now: WorkloadResults): string[] {
  const { name } = now.workload;
  const [before, after] = [then.verdict, now.verdict];
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    return [
      `${name} had ${before === undefined ? 'no' : 'a'} verdict and has ${after === undefined ? 'none' : 'one'}.`,
    ];
  }
  const changes: string[] = [];
  if (before.criterion !== after.criterion) {
    const [former, other] = [METRIC_TEXTS[before.criterion].heading, METRIC_TEXTS[after.criterion].heading];
    changes.push(`${name} was ranked by ${former} and is by ${other}.`);
  }
  const [best, former] = [after.ranking[0]?.name, before.ranking[0]?.name];
  // Who is tied with the best has not lost its place.
  if (best !== former && !after.ranking.some((place) => place.name === former && place.tiedWithBest)) {
    changes.push(`The best of ${name} was ${former} and is ${best}.`);
  }
  const [was, is] = [recommendedIn(then), recommendedIn(now)];
  if (was !== is) changes.push(`For ${name} ${was} was recommended, and ${is} is.`);
  return changes;
}

/** By its name, whatever directory it serves. */
function recommendedIn({ points, verdict }: WorkloadResults): string {
  const command = verdict?.recommended?.command;
  if (command === undefined) return 'nothing';
  const all = points.flatMap(({ configurations }) => configurations);
  return all.find((one) => one.command === command)?.name ?? command;
}

export function changesTitle({ changes: { compared, changed }, file }: Against): string {
  return `Against ${file}: ${compared} numbers compared, ${changed.length} changed. ${TIE_RULE}`;
}

/** What is to be known beside the numbers. */
export function changesNotes({ changes: { differences, onlyBefore, onlyAfter, findings } }: Against): string[] {
  return [
    ...differences.map((difference) => `Not alike: ${difference}.`),
    ...(onlyBefore.length > 0 ? [`Only before: ${onlyBefore.join('; ')}.`] : []),
    ...(onlyAfter.length > 0 ? [`Only now: ${onlyAfter.join('; ')}.`] : []),
    ...findings,
  ];
}

/** The changed numbers as a table. */
export function changesTable({ changes: { changed } }: Against): readonly [string[], string[][]] {
  const rows = changed.map((change) => {
    const { metric, before, after, better } = change;
    const { heading, write } = TEXTS[metric];
    return [placeText(change), heading, write(before), write(after), shareText(change), better ? 'better' : 'worse'];
  });
  return [['', 'number', 'before', 'now', 'change', ''], rows];
}

/** As lines of text. */
export function changesText(changes: Changes, file: string, width = 100): string {
  const against = { changes, file };
  const lines = wrapped(changesTitle(against), width);
  for (const note of changesNotes(against)) lines.push(...wrapped(note, width, '  '));
  for (const change of changes.changed) {
    const { metric, before, after, better } = change;
    const { heading, write } = TEXTS[metric];
    const share = shareText(change);
    const numbers = `${write(before)} -> ${write(after)}${share === '' ? '' : ` (${share})`}`;
    lines.push(...wrapped(`${better ? 'better' : 'worse '}  ${placeText(change)}: ${heading} ${numbers}`, width, '  '));
  }
  return `${lines.join('\n')}\n\n`;
}

function placeText({ workload, at, configuration }: ChangedNumber): string {
  return [workload, at, configuration].filter(Boolean).join(', ');
}

function shareText({ before, after }: ChangedNumber): string {
  return before === 0 ? '' : `${after > before ? '+' : ''}${((after / before - 1) * 100).toFixed(0)} %`;
}
