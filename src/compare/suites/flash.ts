/**
 * The suite `flash`: today's version of the experiments of Pai, Druschel and Zwaenepoel (Flash: An Efficient and Portable Web
 * Server, USENIX 1999), and for each shape that they published whether it is seen here, by a rule that is printed.
 *
 * Their architectures go by our names: AMPED, event-driven with helpers for the disk, is `event/epoll/helpers`; SPED,
 * event-driven without, is `event/epoll/blocking`; MT is `thread`, MP is `process`.
 */
import { readConfiguration } from '../configuration.js';
import { amped, type Contestant } from '../contestant.js';
import { clientLimited, namesOf } from '../judgement/client-limited.js';
import { figures, percentage } from '../results/metrics.js';
import type { ConfigurationResults, Times, WorkloadResults } from '../results/results.js';
import type { Match } from '../timetable.js';
import type { Workload } from '../workloads/fields.js';
import { readWorkload } from '../workloads/read-workload.js';

export interface FlashResults {
  readonly shapes: readonly Shape[];
}

export interface Shape {
  readonly id: string;
  /** The workload that shows it. */
  readonly workload: string;
  /** What was published. */
  readonly published: string;
  readonly rule: string;
  readonly finding: 'reproduced' | 'not reproduced' | 'cannot be told';
  readonly measured: string;
}

const ASYNCHRONOUS = 'event/epoll/helpers';
const BLOCKING = 'event/epoll/blocking';
const ARCHITECTURES = [ASYNCHRONOUS, BLOCKING, 'thread', 'process'];

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

const SIZES = [1, 8, 32, 64, 128, 256].map((kibibytes) => kibibytes * KIBIBYTE);
const SET_FILE_BYTES = 64 * KIBIBYTE;
const SETS = [64, 384, 768, 1536].map((mebibytes) => (mebibytes * MEBIBYTE) / SET_FILE_BYTES);
const LARGEST = Math.max(...SETS);
const SET_MEMORY_BYTES = 768 * MEBIBYTE;
const SET_CLIENTS = 16;
/** In seconds: each server is started anew for each turn, and its engines have to be warm before its files come from the disk. */
const SET_WARM_UP = 30;
/** From so many on the rate was published to decline. */
const DECLINE_FROM = 200;
/** Twice as many: each takes hundreds of threads and processes to start. */
const MOST_CLIENTS = 400;
const CLIENTS = [16, DECLINE_FROM, MOST_CLIENTS];
const SMALL_FILES = 64;

/** The caches as they are switched off, one after the other. */
const CACHES = {
  all: { name: 'all caches', options: [] },
  contents: { name: 'open files only', options: ['--cached-file-bytes', '0'] },
  files: { name: 'no caches', options: ['--cached-file-bytes', '0', '--open-files', '1'] },
} as const;

/** Rates within this factor are close. */
const CLOSE = 2;
/** Less than this of what it was is a collapse. */
const COLLAPSED = 0.5;
const AHEAD = 0.98;
const AS_GOOD = 0.9;
const DECLINING = 0.95;
const INCOMPLETE = 'not all of it was measured';
const HALF = [0.35, 0.65] as const;

/** What is measured: four workloads, or three where the memory of a server cannot be limited. */
export function flashMatches(timesFor: (workload: Workload) => Times, canLimit: boolean): Match[] {
  const all = ARCHITECTURES.map((name) => amped(readConfiguration(name)));
  const made = readWorkload('single-file');
  const match = (changes: Partial<Workload>, contestants: readonly Contestant[] = all, most = 0): Match => {
    const workload = { ...made, sweep: '', values: [], ...changes };
    const times = timesFor(workload);
    // Who says how long wants just that.
    const asNeeded = most > 0 && timesFor(made).mostWarmUpSeconds !== undefined;
    return { workload, contestants, times: asNeeded ? { ...times, mostWarmUpSeconds: most } : times };
  };
  const caches = Object.values(CACHES).map((cache) => amped(readConfiguration(ASYNCHRONOUS), cache));
  return [
    match({
      ...{ name: 'flash-single-file', title: 'one file in memory, of growing size' },
      ...{ sweep: 'fileBytes', values: SIZES, connections: 16 },
    }),
    ...(canLimit
      ? [
          match(
            {
              ...{ name: 'flash-data-set', title: 'more and more files of 64 KiB, with 768 MiB of memory' },
              ...{ fileBytes: SET_FILE_BYTES, memoryBytes: SET_MEMORY_BYTES, cacheBytes: 64 * MEBIBYTE },
              ...{ sweep: 'fileCount', values: SETS, order: 'uniform', connections: SET_CLIENTS },
            },
            all,
            SET_WARM_UP,
          ),
        ]
      : []),
    match({
      ...{ name: 'flash-clients', title: 'one file of 1 KiB, more and more clients' },
      ...{ sweep: 'connections', values: CLIENTS, mostWorkers: 512 },
    }),
    match(
      {
        ...{ name: 'flash-caches', title: 'small files, the caches switched off one after the other' },
        ...{ fileCount: SMALL_FILES, order: 'uniform', connections: 16 },
      },
      caches,
    ),
  ];
}

interface Judged {
  readonly finding: Shape['finding'];
  readonly measured: string;
}

const RULES: ReadonlyArray<Omit<Shape, 'finding' | 'measured'> & { readonly judge: (rates: Rates) => Judged }> = [
  {
    id: 'close',
    workload: 'flash-single-file',
    published: 'On files in memory all architectures are close, the event-driven ones slightly ahead.',
    rule: `Reproduced if at every size the fastest is at most ${CLOSE} times as fast as the slowest, and no size has threads or processes ahead of the better event-driven one (by more than 2 %).`,
    judge(rates) {
      const rows = rates.values.map((value) =>
        rates.compare([ASYNCHRONOUS, value], [BLOCKING, value], ['thread', value], ['process', value]),
      );
      const untold = rows.find((row) => row.untold !== '');
      if (untold !== undefined || rows.length === 0) return cannotBeTold(untold?.untold);
      const factor = Math.max(...rows.map((row) => Math.max(...row.rates) / Math.min(...row.rates)));
      const behind = rows.filter(({ rates: [helpers, blocking, thread, process] }) => {
        return Math.max(helpers, blocking) < AHEAD * Math.max(thread, process);
      }).length;
      const limited = rows.filter(({ isByProcessor }) => isByProcessor).length;
      const by =
        limited === 0
          ? 'by requests/s'
          : `by processor time a request at ${limited} of ${rows.length} sizes, where the client could not ask for more${limited < rows.length ? ', and else by requests/s' : ''}`;
      const measured = `at most ${figures(factor)} times as fast; threads or processes are ahead at ${behind} of ${rows.length} sizes (${by})`;
      return told(factor <= CLOSE && behind === 0, measured);
    },
  },
  {
    id: 'collapse',
    workload: 'flash-data-set',
    published: 'Event-driven without asynchronous reads collapses once the files exceed the memory.',
    rule: `Reproduced if with the largest set it has at most ${percentage(COLLAPSED)} of the rate of the event-driven one with helpers.`,
    judge(all) {
      const { rates, by, untold } = all.compare([BLOCKING, LARGEST], [ASYNCHRONOUS, LARGEST]);
      if (untold !== '') return cannotBeTold(untold);
      const [blocking, helpers] = rates;
      return told(blocking <= COLLAPSED * helpers, `${percentage(blocking / helpers)} of it (${by})`);
    },
  },
  {
    id: 'asynchronous',
    workload: 'flash-data-set',
    published: 'Event-driven with asynchronous reads then matches or beats threads and processes.',
    rule: `Reproduced if with the largest set it has at least ${percentage(AS_GOOD)} of the rate of the better of them.`,
    judge(all) {
      const { rates, by, untold } = all.compare([ASYNCHRONOUS, LARGEST], ['thread', LARGEST], ['process', LARGEST]);
      if (untold !== '') return cannotBeTold(untold);
      const [helpers, thread, process] = rates;
      const share = helpers / Math.max(thread, process);
      return told(share >= AS_GOOD, `${percentage(share)} of it (${by})`);
    },
  },
  {
    id: 'clients',
    workload: 'flash-clients',
    published: 'Past 200 clients threads decline, and processes decline more.',
    rule: `Reproduced if from ${DECLINE_FROM} to ${MOST_CLIENTS} clients threads keep less than ${percentage(DECLINING)} of their rate, and processes less than threads.`,
    judge(all) {
      // What is compared with one another has one yardstick.
      const { rates, by, untold } = all.compare(
        ...([
          ['thread', DECLINE_FROM],
          ['thread', MOST_CLIENTS],
          ['process', DECLINE_FROM],
          ['process', MOST_CLIENTS],
        ] as const),
      );
      if (untold !== '') return cannotBeTold(untold);
      const [threadBefore, threadAfter, processBefore, processAfter] = rates;
      const [thread, process] = [threadAfter / threadBefore, processAfter / processBefore];
      const event = all.compare([ASYNCHRONOUS, DECLINE_FROM], [ASYNCHRONOUS, MOST_CLIENTS]);
      const beside =
        event.untold === '' ? `; event-driven ${percentage(event.rates[1] / event.rates[0])} (${event.by})` : '';
      const measured = `threads keep ${percentage(thread)}, processes ${percentage(process)} (${by})${beside}`;
      return told(thread < DECLINING && process < thread, measured);
    },
  },
  {
    id: 'caches',
    workload: 'flash-caches',
    published: 'Without its caches the rate of small files is about half.',
    rule: `Reproduced if without contents and open files in memory ${percentage(HALF[0])} to ${percentage(HALF[1])} of the rate is left.`,
    judge(rates) {
      const { all, contents, files } = CACHES;
      const compared = rates.compare([all.name], [contents.name], [files.name]);
      if (compared.untold !== '') return cannotBeTold(compared.untold);
      const [whole, open, none] = compared.rates;
      const share = none / whole;
      const measured = `${percentage(open / whole)} without the contents, ${percentage(share)} without open files too (${compared.by})`;
      return told(share >= HALF[0] && share <= HALF[1], measured);
    },
  },
];

/** What of it is seen in these results. */
export function judgeFlash(workloads: readonly WorkloadResults[]): FlashResults {
  const shapes = RULES.map(({ judge, ...shape }) => {
    const results = workloads.find(({ workload }) => workload.name === shape.workload);
    return { ...shape, ...(results === undefined ? cannotBeTold() : judge(new Rates(results))) };
  });
  return { shapes };
}

/** Who, and with how much of what is swept. */
type Which = readonly [name: string, value?: number];

interface Compared<All extends readonly Which[]> {
  /** In the order in which they were asked for; the more the better. */
  readonly rates: { readonly [Index in keyof All]: number };
  readonly isByProcessor: boolean;
  /** By what, in words. */
  readonly by: string;
  /** Why they cannot be compared; else ''. */
  readonly untold: string;
}

/** How fast they are in one of its workloads. */
class Rates {
  readonly #results: WorkloadResults;

  constructor(results: WorkloadResults) {
    this.#results = results;
  }

  /** Of what is swept. */
  get values(): readonly number[] {
    return this.#results.points.flatMap(({ value = [] }) => value);
  }

  /**
   * Requests a second; where the client could not ask for more of one of them, requests a second of the server's processor
   * time, of all that are compared with it and of nobody else.
   */
  compare<const All extends readonly Which[]>(...which: All): Compared<All> {
    const found = which.map(([name, value]) =>
      this.#results.points.find((point) => point.value === value)?.configurations.find((one) => one.name === name),
    );
    const measured = found.filter((one) => one !== undefined && one.samples.length > 0) as ConfigurationResults[];
    const limited = clientLimited(measured);
    // Where servers wait for the disk, their processor time says little.
    const isByProcessor = limited.length > 0 && this.#results.workload.memoryBytes === 0;
    const rates = measured.map(({ summaries: { cpu, requestsPerSecond } }) =>
      isByProcessor ? 1 / (cpu?.median ?? Number.NaN) : (requestsPerSecond?.median ?? Number.NaN),
    );
    const cold = measured.filter(({ warm }) => warm === false);
    let untold = '';
    if (measured.length < which.length || rates.some(Number.isNaN)) untold = INCOMPLETE;
    else if (cold.length > 0) {
      untold = `${namesOf(cold)} had not compiled the code of all engines when measured (--warm-up gives it longer)`;
    }
    const why = limited.length === 0 ? '' : `of ${namesOf(limited)} the client could not ask for more`;
    const by = isByProcessor
      ? `by processor time a request, since ${why}`
      : `by requests/s${why === '' ? '' : `, though ${why}`}`;
    return { rates: rates as { [Index in keyof All]: number }, isByProcessor, by, untold };
  }
}

function told(condition: boolean, measured: string): Judged {
  return { finding: condition ? 'reproduced' : 'not reproduced', measured };
}

function cannotBeTold(why: string = INCOMPLETE): Judged {
  return { finding: 'cannot be told', measured: why };
}
