/** From what a user asks for to what is compared: who, in which workloads, how long and how often. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { OptionError } from '../config/option-error.js';
import { MEBIBYTE } from '../config/option-kinds.js';
import { probeDispatcher } from '../dispatcher/choose.js';
import { type Comparison, estimate, type SuiteName } from './compare.js';
import { readConfiguration } from './configuration.js';
import { amped, type Contestant, shellWord } from './contestant.js';
import { readAccessLog } from './measurement/access-log.js';
import { requireDisk } from './measurement/cold-files.js';
import { allowedCores, chooseCores } from './measurement/cores.js';
import { expectFiles } from './measurement/logged-files.js';
import { limitMemory } from './measurement/memory-limit.js';
import { requireFiles } from './measurement/served-files.js';
import { findOthers } from './peers/find-others.js';
import { processorRemarks } from './processors.js';
import { quickConfigurations, quickened } from './quick.js';
import { MOST_REPLAY_SECONDS, QUICK_REPLAY_SECONDS, replayRemarks, replaySeconds } from './replay.js';
import type { Times } from './results/results.js';
import { flashMatches } from './suites/flash.js';
import { type Match, within } from './timetable.js';
import { fewConfigurations, usualConfigurations } from './usual-configurations.js';
import type { Workload } from './workloads/fields.js';
import {
  answersByHandler,
  isAlone,
  pointsOf,
  readWorkload,
  withLog,
  workloadNames,
} from './workloads/read-workload.js';

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
  /** How many times as fast as it was written. */
  readonly logSpeed?: number;
  readonly seconds?: number;
  readonly warmUpSeconds?: number;
  readonly repetitions?: number;
  /** How many each server gets (1). */
  readonly processors?: number;
}

const PACES: Readonly<Record<Wishes['pace'], Times>> = {
  quick: { warmUpSeconds: 0.3, secondsEach: 0.3, repetitions: 2 },
  usual: { warmUpSeconds: 0.5, mostWarmUpSeconds: 8, meanWarmUpSeconds: 3, secondsEach: 0.5, repetitions: 5 },
  full: { warmUpSeconds: 10, mostWarmUpSeconds: 60, secondsEach: 3, repetitions: 10 },
};
/** What nobody asked for in particular is to take less than two minutes; this leaves some for what nobody can foresee. */
const USUAL_SECONDS = 112;
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
  const { seconds, warmUpSeconds, repetitions, processors } = wishes;
  const cores = chooseCores(processors);
  const { mostWarmUpSeconds, meanWarmUpSeconds, ...own } = PACES[pace];
  const settling = { ...(mostWarmUpSeconds && { mostWarmUpSeconds }), ...(meanWarmUpSeconds && { meanWarmUpSeconds }) };
  const times: Times = {
    ...own,
    // Who says how long wants just that.
    ...(warmUpSeconds === undefined ? settling : { warmUpSeconds }),
    ...(seconds !== undefined && { secondsEach: seconds }),
    ...(repetitions !== undefined && { repetitions }),
  };
  // Started anew for each turn, none would come to its measurements; and its files have to be read from the disk first.
  const { mostWarmUpSeconds: _, meanWarmUpSeconds: __, ...fixed } = times;
  const timesAlone =
    warmUpSeconds === undefined && pace !== 'quick'
      ? { ...fixed, warmUpSeconds: Math.max(fixed.warmUpSeconds, LEAST_ALONE) }
      : fixed;
  const timesFor = (workload: Workload): Times => (isAlone(workload) ? timesAlone : times);
  const { others, versions, missing } = findOthers(wishes.others);
  const contestants = (workload: Workload): Contestant[] => {
    const few = pace === 'quick' ? fewConfigurations(best, processors) : usualConfigurations(best, processors);
    const named = pace === 'quick' ? quickConfigurations(workload) : workload.architectures.map(readConfiguration);
    const own = architectures.length > 0 ? architectures.map(readConfiguration) : named;
    const configurations = own.length > 0 ? own : few;
    return [...configurations.map((configuration) => amped(configuration)), ...others];
  };
  const nothingNamed = wishes.workloads.length === 0 && suites.length === 0 && wishes.log === undefined;
  const remarks = [...missing, ...(pace === 'quick' ? [QUICK_REMARK] : [])];
  const matches = workloadsOf(wishes, nothingNamed).map((workload): Match => {
    const match = { workload, contestants: contestants(workload), times: timesFor(workload) };
    return onGround(match, wishes, directory, remarks);
  });
  if (suites.includes('flash')) matches.push(...flash(timesFor, pace, remarks));
  const asked = processors;
  const configurations = architectures.map(readConfiguration);
  remarks.push(...processorRemarks({ cores, usable: allowedCores().length, asked, configurations }));
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
  const parts = {
    suites: usual ? (['switch', 'descriptors'] as const) : suites,
    quick: pace !== 'full' && (usual || pace === 'quick'),
  };
  return {
    directory,
    matches: usual && pace === 'usual' ? within(matches, USUAL_SECONDS - estimate({ matches: [], ...parts })) : matches,
    ...parts,
    cores,
    command: commandOf(wishes),
    others: versions,
    remarks: [...new Set(remarks)],
    limit: (bytes) => limitMemory(bytes),
  };
}

/** What is asked of the servers, as the words of the command line change it. */
function workloadsOf({ workloads, log, logSpeed, pace }: Wishes, nothingNamed: boolean): Workload[] {
  const named = workloads.length === 0 && log !== undefined ? ['trace'] : workloads;
  const all = (nothingNamed ? ['site'] : named).map((name) => {
    const read = readWorkload(name);
    if (read.log !== '' && log === undefined && workloadNames().includes(name)) {
      throw new OptionError(
        `The workload ${name} makes the requests of an access log again: --log FILE says of which.`,
      );
    }
    const whole = log === undefined ? read : withLog(read, log);
    return pace === 'quick' ? quickened(whole) : whole;
  });
  if (logSpeed === undefined) return all;
  if (!all.some(isReplay)) {
    throw new OptionError(
      '--log-speed goes with requests that are made when a log says: --log FILE, and the workload trace.',
    );
  }
  return all.map((workload) => (isReplay(workload) ? { ...workload, logSpeed } : workload));
}

function isReplay({ arrivals }: Workload): boolean {
  return arrivals === 'recorded';
}

/** The experiments of the suite; of what cannot be done here it is said why. */
function flash(times: (workload: Workload) => Times, pace: Wishes['pace'], remarks: string[]): Match[] {
  if (pace === 'quick') {
    remarks.push('The data set past memory was left out, for it takes minutes.');
    return flashMatches(times, false).map((match) => ({ ...match, workload: quickened(match.workload) }));
  }
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
 * With its times, where a log says how long it takes. Throws an Error with a sentence where a workload finds nothing to ask for,
 * or cannot be made as it says.
 */
function onGround(match: Match, { pace, seconds }: Wishes, directory: string, remarks: string[]): Match {
  const { workload, contestants, times } = match;
  if (workload.memoryBytes > 0) void limitMemory(workload.memoryBytes).remove();
  if (workload.files === 'made' || answersByHandler(workload)) return match;
  if (workload.log === '') {
    remarks.push(...requireFiles(directory));
    return match;
  }
  const log = expectFiles(readAccessLog(workload.log), directory);
  remarks.push(...replayRemarks(workload, log));
  if (!isReplay(workload)) return match;
  const takePart = pointsOf(workload).flatMap(({ workload: there }) =>
    contestants.filter((contestant) => contestant.whyNot(there) === undefined),
  );
  const most = pace === 'full' ? MOST_REPLAY_SECONDS.full : MOST_REPLAY_SECONDS.usual;
  const asked = seconds ?? (pace === 'quick' ? QUICK_REPLAY_SECONDS : undefined);
  const secondsEach = replaySeconds(log, workload, {
    ...(asked !== undefined && { seconds: asked }),
    ...{ measurements: times.repetitions * takePart.length, most },
  });
  return { ...match, times: { ...times, secondsEach } };
}

/** What makes the same comparison again. */
function commandOf(wishes: Wishes): string {
  const { directory, workloads, architectures, others, suites, pace, log, logSpeed } = wishes;
  const { seconds, warmUpSeconds, repetitions } = wishes;
  const list = (flag: string, values: readonly string[]): string[] => (values.length > 0 ? [flag, values.join()] : []);
  const given = (flag: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [flag, String(value)];
  const time = (seconds: number | undefined): string | undefined =>
    seconds === undefined ? undefined : `${Math.round(seconds * 1000)}ms`;
  return [
    ...['amped', 'compare', directory, ...list('--workload', workloads), ...list('--architectures', architectures)],
    ...[
      ...list('--with', others),
      ...list('--suite', suites),
      ...given('--log', log),
      ...given('--log-speed', logSpeed),
      ...given('--processors', wishes.processors),
    ],
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
