/** From what a user asks for to what is compared: who, in which workloads, how long and how often. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { MEBIBYTE } from '../config/option-kinds.js';
import { probeDispatcher } from '../dispatcher/choose.js';
import type { Comparison, Match, SuiteName } from './compare.js';
import { readConfiguration } from './configuration.js';
import { amped, type Contestant, shellWord } from './contestant.js';
import { readAccessLog } from './measurement/access-log.js';
import { requireDisk } from './measurement/cold-files.js';
import { chooseCores } from './measurement/cores.js';
import { limitMemory } from './measurement/memory-limit.js';
import { requireFiles } from './measurement/served-files.js';
import { findOthers } from './peers/find-others.js';
import type { Times } from './results/results.js';
import { flashMatches } from './suites/flash.js';
import { fewConfigurations, usualConfigurations } from './usual-configurations.js';
import type { Workload } from './workloads/fields.js';
import { answersByHandler, isAlone, readWorkload, withLog } from './workloads/read-workload.js';

export interface Wishes {
  readonly directory: string;
  /** Names or files. */
  readonly workloads: readonly string[];
  readonly architectures: readonly string[];
  /** Names of other servers. */
  readonly others: readonly string[];
  readonly suites: readonly SuiteName[];
  /** As little as makes sense; or long enough to be quoted. */
  readonly pace: 'quick' | 'usual' | 'full';
  readonly log?: string;
  readonly seconds?: number;
  readonly warmUpSeconds?: number;
  readonly repetitions?: number;
}

const PACES: Readonly<Record<Wishes['pace'], Times>> = {
  quick: { warmUpSeconds: 0.3, secondsEach: 0.3, repetitions: 2 },
  // With the usual architectures, the suites and the workload beside it this takes less than two minutes.
  usual: { warmUpSeconds: 0.5, mostWarmUpSeconds: 8, secondsEach: 0.5, repetitions: 5 },
  full: { warmUpSeconds: 10, mostWarmUpSeconds: 60, secondsEach: 3, repetitions: 10 },
};
/** So many clients and workers are enough to see that all of it works. */
const QUICK_CONNECTIONS = 4;
/** In seconds, the warm-up of a server that is started for one turn. */
const LEAST_ALONE = 3;
const QUICK_REMARK = 'This was a quick run: enough to see that all of it works, too little to be quoted.';
/** What nobody asked for is measured only as long as a claim needs. */
const BESIDE: Times = { warmUpSeconds: 0.5, secondsEach: 0.7, repetitions: 2 };
const BESIDE_ARCHITECTURES = ['event/epoll/blocking', 'event/epoll/helpers', 'event/io_uring', 'thread'];

/** Throws OptionError for what there is not. */
export function planComparison(wishes: Wishes): Comparison {
  const { pace, suites, architectures } = wishes;
  const directory = resolve(wishes.directory);
  const best = probeDispatcher('auto').name;
  const { seconds, warmUpSeconds, repetitions } = wishes;
  const { mostWarmUpSeconds, ...own } = PACES[pace];
  const times: Times = {
    ...own,
    // Who says how long wants just that.
    ...(warmUpSeconds === undefined ? mostWarmUpSeconds && { mostWarmUpSeconds } : { warmUpSeconds }),
    ...(seconds !== undefined && { secondsEach: seconds }),
    ...(repetitions !== undefined && { repetitions }),
  };
  // Started anew for each turn, none would come to its measurements; and its files have to be read from the disk first.
  const { mostWarmUpSeconds: _, ...fixed } = times;
  const timesAlone =
    warmUpSeconds === undefined && pace !== 'quick'
      ? { ...fixed, warmUpSeconds: Math.max(fixed.warmUpSeconds, LEAST_ALONE) }
      : fixed;
  const timesFor = (workload: Workload): Times => (isAlone(workload) ? timesAlone : times);
  const { others, versions, missing } = findOthers(wishes.others);
  const contestants = (workload: Workload): Contestant[] => {
    const own = architectures.length > 0 ? architectures : workload.architectures;
    const few = pace === 'quick' ? fewConfigurations(best) : usualConfigurations(best);
    const configurations = own.length > 0 ? own.map(readConfiguration) : few;
    return [...configurations.map((configuration) => amped(configuration)), ...others];
  };
  const nothingNamed = wishes.workloads.length === 0 && suites.length === 0;
  const names = nothingNamed ? ['site'] : wishes.workloads;
  const matches = names.map((name): Match => {
    const read = wishes.log === undefined ? readWorkload(name) : withLog(readWorkload(name), wishes.log);
    const workload = pace === 'quick' ? { ...read, connections: Math.min(read.connections, QUICK_CONNECTIONS) } : read;
    return { workload, contestants: contestants(workload), times: timesFor(workload) };
  });
  const remarks = [...missing, ...(pace === 'quick' ? [QUICK_REMARK] : [])];
  for (const { workload } of matches) remarks.push(...checkGround(workload, directory));
  if (suites.includes('flash')) matches.push(...flash(timesFor, remarks));
  // What the claims need besides, where somebody just wants to know.
  const usual = nothingNamed && pace !== 'quick' && architectures.length === 0;
  if (usual) {
    const besides = BESIDE_ARCHITECTURES.filter((name) => name !== 'event/io_uring' || best === 'io_uring');
    matches.push({
      workload: readWorkload('blocking'),
      contestants: besides.map((name) => amped(readConfiguration(name))),
      times: pace === 'full' ? times : BESIDE,
    });
  }
  return {
    directory,
    matches,
    suites: usual ? ['switch', 'descriptors'] : suites,
    quick: pace !== 'full' && (usual || pace === 'quick'),
    cores: chooseCores(),
    command: commandOf(wishes),
    others: versions,
    remarks: [...new Set(remarks)],
    limit: (bytes) => limitMemory(bytes),
  };
}

/** The experiments of the suite; of what cannot be done here it is said why. */
function flash(times: (workload: Workload) => Times, remarks: string[]): Match[] {
  try {
    requireDisk(tmpdir());
    void limitMemory(MEBIBYTE).remove();
    return flashMatches(times, true);
  } catch (error) {
    remarks.push(`The data set past memory was left out. ${(error as Error).message}`);
    return flashMatches(times, false);
  }
}

/**
 * Gives what somebody should know of it, in a sentence each. Throws an Error with a sentence where a workload finds nothing to ask
 * for, or cannot be made as it says.
 */
function checkGround(workload: Workload, directory: string): string[] {
  if (workload.memoryBytes > 0) void limitMemory(workload.memoryBytes).remove();
  if (workload.files === 'made' || answersByHandler(workload)) return [];
  if (workload.log === '') return requireFiles(directory);
  readAccessLog(workload.log);
  return [];
}

/** What makes the same comparison again. */
function commandOf(wishes: Wishes): string {
  const { directory, workloads, architectures, others, suites, pace, log, seconds, warmUpSeconds, repetitions } =
    wishes;
  const list = (flag: string, values: readonly string[]): string[] => (values.length > 0 ? [flag, values.join()] : []);
  const given = (flag: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [flag, String(value)];
  const time = (seconds: number | undefined): string | undefined =>
    seconds === undefined ? undefined : `${Math.round(seconds * 1000)}ms`;
  return [
    ...['amped', 'compare', directory, ...list('--workload', workloads), ...list('--architectures', architectures)],
    ...[...list('--with', others), ...list('--suite', suites), ...given('--log', log)],
    ...(pace === 'usual' ? [] : [`--${pace}`]),
    ...[
      ...given('--warm-up', time(warmUpSeconds)),
      ...given('--seconds', time(seconds)),
      ...given('--repetitions', repetitions),
    ],
  ]
    .map(shellWord)
    .join(' ');
}
