/**
 * A comparison from beginning to end: the workloads and suites that were asked for, one after the other, and what follows from
 * them. Whatever ends it early, what has been measured is in the results.
 */
import { version } from '../assembly/version.js';
import type { SUITE_NAMES } from '../config/compare-flags.js';
import { judgeClaims } from './judgement/claims-table.js';
import { verdictOn } from './judgement/verdict.js';
import type { Cores } from './measurement/cores.js';
import type { RunLoad } from './measurement/measure.js';
import { type Circumstances, runWorkload } from './measurement/run-workload.js';
import { orderOf } from './processors.js';
import type { Names } from './report/changes.js';
import { FORMAT, type Results, type Suites, type WorkloadResults } from './results/results.js';
import { shortcomings } from './results/soundness.js';
import { TIE_RULE } from './results/statistics.js';
import { describeTestbed } from './results/testbed.js';
import { runDescriptors, type SuiteCircumstances } from './suites/descriptors.js';
import { judgeFlash } from './suites/flash.js';
import { runSwitch } from './suites/switch.js';
import { type Match, Timetable } from './timetable.js';

export type SuiteName = (typeof SUITE_NAMES)[number];

export interface Comparison {
  readonly directory: string;
  readonly matches: readonly Match[];
  readonly suites: readonly SuiteName[];
  /** Of the suites: as short as they make sense. */
  readonly quick: boolean;
  readonly cores: Cores;
  /** What makes it again. */
  readonly command: string;
  /** Names and versions of other servers that take part. */
  readonly others: Readonly<Record<string, string>>;
  /** What somebody should know beforehand. */
  readonly remarks: readonly string[];
  readonly limit?: Circumstances['limit'];
}

export interface Attendance {
  readonly runLoad: RunLoad;
  readonly signal: AbortSignal;
  /** Told what is being done, and which share of all is done. */
  readonly progress: (text: string, share: number) => void;
}

/** A quiet machine has less. */
const BUSY = 1;
const SUITE_REPETITIONS = { quick: 3, full: 7 } as const;
const SUITE_SECONDS = {
  switch: { quick: 3, full: 17 },
  descriptors: { quick: 3, full: 12 },
  flash: { quick: 0, full: 0 },
} as const;

export async function compare(comparison: Comparison, attendance: Attendance): Promise<Results> {
  const { directory, matches, suites, quick, cores, command, others } = comparison;
  const { signal, progress, runLoad } = attendance;
  const startedAt = new Date();
  const testbed = describeTestbed(cores, others);
  const remarks = [...comparison.remarks];
  if (testbed.loadAverage >= BUSY) {
    const load = testbed.loadAverage.toFixed(1);
    remarks.push(`The machine was busy with other things when this began (load average ${load}): expect wide spreads.`);
  }
  const workloads: WorkloadResults[] = [];
  const measured: { -readonly [Name in keyof Suites]: Suites[Name] } = {};
  const all = estimate(comparison);
  let before = 0;
  let failed = false;

  const suiteTimes = quick ? 'quick' : 'full';
  for (const suite of suites) {
    // Its experiments are workloads.
    if (signal.aborted || suite === 'flash') continue;
    const own = SUITE_SECONDS[suite][suiteTimes];
    let steps = 0;
    const circumstances: SuiteCircumstances = {
      // They are about one processor.
      ...{ cores: cores.server.slice(0, 1), repetitions: SUITE_REPETITIONS[suiteTimes], quick, signal },
      progress: (text) => progress(text, (before + own * (1 - 1 / (1 + steps++ / 20))) / all),
    };
    try {
      const results = await (suite === 'switch' ? runSwitch : runDescriptors)(circumstances);
      // One that was interrupted at its beginning has nothing to tell.
      if (!signal.aborted || results.rows.length > 0) Object.assign(measured, { [suite]: results });
    } catch (error) {
      failed = true;
      remarks.push(`The suite ${suite} failed: ${messageOf(error)}`);
    }
    before += own;
  }
  for (const match of matches) {
    if (signal.aborted) break;
    const { workload, contestants, times } = match;
    const own = new Timetable(match).seconds;
    const { limit } = comparison;
    try {
      const results = await runWorkload(workload, contestants, {
        ...{ directory, cores, runLoad, signal, ...times, ...(limit && { limit }) },
        progress: ({ text, done, of }) => progress(text, (before + (own * done) / of) / all),
      });
      const verdict = verdictOn(results, testbed);
      workloads.push({ ...results, ...(verdict && { verdict }) });
      const lacking = shortcomings(results);
      if (lacking.length > 0) failed = true;
      remarks.push(...lacking);
    } catch (error) {
      failed = true;
      if (!signal.aborted) remarks.push(`The workload ${workload.name} failed: ${messageOf(error)}`);
    }
    before += own;
  }
  if (suites.includes('flash')) measured.flash = judgeFlash(workloads);
  if (signal.aborted) remarks.push('It was interrupted: what had been measured by then is here.');
  const times = matches[0]?.times ?? { warmUpSeconds: 0, secondsEach: 0, repetitions: 0 };
  return {
    $schema: 'compare-results.schema.json',
    format: FORMAT,
    version: version(),
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    complete: !signal.aborted && !failed,
    remarks,
    command,
    testbed,
    method: { ...times, order: orderOf(cores), tie: TIE_RULE },
    workloads,
    suites: measured,
    claims: workloads.length > 0 || suites.length > 0 ? judgeClaims({ workloads, suites: measured }) : [],
  };
}

/** Who is to be measured in what, as results name it. */
export function namesOf({ matches, suites }: Pick<Comparison, 'matches' | 'suites'>): Names {
  const names = new Map<string, string[]>(suites.map((suite) => [`suite ${suite}`, [suite]]));
  for (const { workload, contestants } of matches) {
    names.set(
      workload.name,
      contestants.map(({ name }) => name),
    );
  }
  return names;
}

/** About how many seconds all of it takes. */
export function estimate({ matches, suites, quick }: Pick<Comparison, 'matches' | 'suites' | 'quick'>): number {
  const ofSuites = suites.reduce((sum, suite) => sum + SUITE_SECONDS[suite][quick ? 'quick' : 'full'], 0);
  return matches.reduce((sum, match) => sum + new Timetable(match).seconds, ofSuites);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
