/**
 * The suite `descriptors`: what one turn of each dispatcher costs, when more and more descriptors are watched and few of them
 * are ready. What `select` and `poll` do grows with those that are watched, what `epoll` and `io_uring` do with those that are
 * ready; this puts numbers to it, beside those that were published in 2006.
 */
import { type Summary, summaryOf } from '../results/statistics.js';
import { runPinned } from './run-pinned.js';

export interface DescriptorsResults {
  /** How many of them are ready in each turn. */
  readonly active: number;
  readonly rows: readonly DescriptorsRow[];
  readonly published: readonly Published[];
  /** What was not measured, and why. */
  readonly remarks: readonly string[];
}

export interface DescriptorsRow {
  readonly dispatcher: string;
  readonly watched: number;
  /** Of one turn, with the calling of the handlers of those that are ready. */
  readonly seconds: Summary;
}

/** Of one wait. */
export interface Published {
  readonly dispatcher: string;
  readonly watched: number;
  readonly seconds: number;
}

/** For 100,000 waits each, on a computer of 2006: seconds with 10 and with 10,000 descriptors. */
const PUBLISHED_SECONDS: ReadonlyArray<readonly [dispatcher: string, few: number, many: number]> = [
  ['poll', 1.1, 1750],
  ['select', 1.3, 1087],
  ['epoll', 0.65, 0.97],
];
const PUBLISHED_WAITS = 100_000;

export const DESCRIPTOR_COUNTS = [10, 100, 1_000, 10_000] as const;
const ACTIVE = 4;

/** What the process that measures is told, and what it says: a line for each repetition. */
export interface DescriptorsTask {
  readonly counts: readonly number[];
  readonly active: number;
  readonly repetitions: number;
  /** How long each repetition lasts at most. */
  readonly milliseconds: number;
}

export type DescriptorsLine =
  | { readonly dispatcher: string; readonly watched: number; readonly seconds: number }
  | { readonly remark: string };

export interface SuiteCircumstances {
  readonly cores: readonly number[];
  readonly repetitions: number;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** An interruption ends it early, with what there is. */
export async function runDescriptors(circumstances: SuiteCircumstances): Promise<DescriptorsResults> {
  const { cores, repetitions, quick, signal, progress } = circumstances;
  const task: DescriptorsTask = {
    counts: DESCRIPTOR_COUNTS,
    active: ACTIVE,
    repetitions,
    milliseconds: quick ? 10 : 60,
  };
  const samples = new Map<string, { dispatcher: string; watched: number; seconds: number[] }>();
  const remarks: string[] = [];
  await runPinned('descriptors-process.js', task, cores, signal, (given) => {
    const line = given as DescriptorsLine;
    if ('remark' in line) {
      remarks.push(line.remark);
      return;
    }
    const { dispatcher, watched, seconds } = line;
    progress(`a turn of ${dispatcher} with ${watched.toLocaleString('en')} descriptors`);
    const key = `${dispatcher} ${watched}`;
    const row = samples.get(key) ?? { dispatcher, watched, seconds: [] };
    row.seconds.push(seconds);
    samples.set(key, row);
  });
  const rows = [...samples.values()].map((row) => ({ ...row, seconds: summaryOf(row.seconds) as Summary }));
  const published = PUBLISHED_SECONDS.flatMap(([dispatcher, few, many]) => [
    { dispatcher, watched: 10, seconds: few / PUBLISHED_WAITS },
    { dispatcher, watched: 10_000, seconds: many / PUBLISHED_WAITS },
  ]);
  return { active: ACTIVE, rows, published, remarks };
}

/** How many times as long a turn takes with the most descriptors as with the fewest. */
export function growthOf(results: DescriptorsResults, dispatcher: string): number | undefined {
  const rows = results.rows
    .filter((row) => row.dispatcher === dispatcher)
    .sort((one, other) => one.watched - other.watched);
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined || last.watched < 100 * first.watched) return undefined;
  return last.seconds.median / first.seconds.median;
}
