/**
 * The suite `switch`: what a context switch costs here. Two threads of one process, and two processes, take turns on one
 * processor: each touches its working set, wakes the other (futex(2)) and sleeps. Subtracted is what one of them alone takes to
 * touch both sets by turns and to wake nobody, so that what is left is the change itself, with the caches and address
 * translations that it spoils. Beside it stands the dispatcher's change from one handler to the next, with the same sets.
 */
import { type Summary, summaryOf } from '../results/statistics.js';
import type { SuiteCircumstances } from './descriptors.js';
import { runPinned } from './run-pinned.js';

export const CHANGES = ['thread', 'process', 'handler'] as const;
export type Change = (typeof CHANGES)[number];

export interface SwitchResults {
  readonly rows: readonly SwitchRow[];
  readonly remarks: readonly string[];
}

export interface SwitchRow {
  /** Bytes that each of the two touches in its turn. */
  readonly workingSet: number;
  /** Of one change, in seconds: from thread to thread, from process to process, from handler to handler. */
  readonly thread?: Summary;
  readonly process?: Summary;
  readonly handler?: Summary;
}

const KIBIBYTE = 1024;
const WORKING_SETS = [0, 4, 16, 64, 256, 1024].map((kibibytes) => kibibytes * KIBIBYTE);

/** What the process that measures is told, and what it says: a line for each repetition. */
export interface SwitchTask {
  readonly workingSets: readonly number[];
  readonly repetitions: number;
  /** How long each repetition lasts, about. */
  readonly milliseconds: number;
}

export interface SwitchLine {
  readonly change: Change;
  readonly workingSet: number;
  readonly seconds: number;
}

/** An interruption ends it early, with what there is. */
export async function runSwitch(circumstances: SuiteCircumstances): Promise<SwitchResults> {
  const { cores, repetitions, quick, signal, progress } = circumstances;
  if (cores.length === 0) {
    return { rows: [], remarks: ['Nothing can be pinned to one processor here, and so nobody has to change places.'] };
  }
  const task: SwitchTask = {
    workingSets: quick
      ? WORKING_SETS.filter((bytes) => [0, 64 * KIBIBYTE, 1024 * KIBIBYTE].includes(bytes))
      : WORKING_SETS,
    repetitions,
    milliseconds: quick ? 15 : 100,
  };
  const samples: SwitchLine[] = [];
  await runPinned('ping-pong.js', task, cores, signal, (line) => {
    const sample = line as SwitchLine;
    progress(`a change of ${sample.change}, working set of ${sample.workingSet / KIBIBYTE} KiB`);
    samples.push(sample);
  });
  const measured = task.workingSets.filter((workingSet) => samples.some((one) => one.workingSet === workingSet));
  const rows = measured.map((workingSet): SwitchRow => {
    const of = (change: Change): Summary | undefined =>
      summaryOf(samples.flatMap((one) => (one.change === change && one.workingSet === workingSet ? one.seconds : [])));
    const [thread, process, handler] = CHANGES.map(of);
    return { workingSet, ...(thread && { thread }), ...(process && { process }), ...(handler && { handler }) };
  });
  return { rows, remarks: [] };
}
