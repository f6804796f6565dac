/**
 * The suite `flash`: today's version of the experiments of Pai, Druschel and Zwaenepoel (Flash: An Efficient and Portable Web
 * Server, USENIX 1999), and for each shape that they published whether it is seen here, by a rule that is printed.
 *
 * Their architectures go by our names: AMPED, event-driven with helpers for the disk, is `event/epoll/helpers`; SPED,
 * event-driven without, is `event/epoll/blocking`; MT is `thread`, MP is `process`.
 */
import { readConfiguration } from '../configuration.js';
import { amped, type Contestant } from '../contestant.js';

import { figures, percentage } from '../results/metrics.js';
import type { ConfigurationResults, Point, Times, WorkloadResults } from '../results/results.js';
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
/** Few, those from which it was published to decline, and twice as many; each takes hundreds of threads and processes to start. */
const CLIENTS = [16, 200, 400];
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
const HALF = [0.35, 0.65] as const;

/** What is measured: four workloads, or three where the memory of a server cannot be limited. */
export function flashMatches(timesFor: (workload: Workload) => Times, canLimit: boolean): Match[] {
  const all = ARCHITECTURES.map((name) => amped(readConfiguration(name)));
  const made = readWorkload('single-file');
  const match = (changes: Partial<Workload>, contestants: readonly Contestant[] = all): Match => {
    const workload = { ...made, sweep: '', values: [], ...changes };
    return { workload, contestants, times: timesFor(workload) };
  };
  const caches = Object.values(CACHES).map((cache) => amped(readConfiguration(ASYNCHRONOUS), cache));
  return [
    match({
      ...{ name: 'flash-single-file', title: 'one file in memory, of growing size' },
      ...{ sweep: 'fileBytes', values: SIZES, connections: 16 },
    }),
    ...(canLimit
      ? [
          match({
            ...{ name: 'flash-data-set', title: 'more and more files of 64 KiB, with 768 MiB of memory' },
            ...{ fileBytes: SET_FILE_BYTES, memoryBytes: SET_MEMORY_BYTES, cacheBytes: 64 * MEBIBYTE },
            ...{ sweep: 'fileCount', values: SETS, order: 'uniform', connections: SET_CLIENTS },
          }),
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

interface Rates {
  /** Of a configuration, by what is swept. */
  of(name: string): readonly { readonly value: number; readonly rate: number }[];
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
      const rows = rates.of(ASYNCHRONOUS).map(({ value }) => {
        const at = (name: string): number => rateAt(rates, name, value);
        return {
          event: Math.max(at(ASYNCHRONOUS), at(BLOCKING)),
          others: [at('thread'), at('process')],
          all: ARCHITECTURES.map(at),
        };
      });
      if (rows.length === 0 || rows.some(({ all }) => all.some(Number.isNaN))) return untold();
      const factor = Math.max(...rows.map(({ all }) => Math.max(...all) / Math.min(...all)));
      const behind = rows.filter(({ event, others }) => event < AHEAD * Math.max(...others)).length;
      const measured = `at most ${figures(factor)} times as fast; threads or processes are ahead at ${behind} of ${rows.length} sizes`;
      return told(factor <= CLOSE && behind === 0, measured);
    },
  },
  {
    id: 'collapse',
    workload: 'flash-data-set',
    published: 'Event-driven without asynchronous reads collapses once the files exceed the memory.',
    rule: `Reproduced if with the largest set it has at most ${percentage(COLLAPSED)} of the rate of the event-driven one with helpers.`,
    judge(rates) {
      const [blocking, helpers] = [BLOCKING, ASYNCHRONOUS].map((name) => rateAt(rates, name, LARGEST)) as [
        number,
        number,
      ];
      if (Number.isNaN(blocking + helpers)) return untold();
      return told(blocking <= COLLAPSED * helpers, `${percentage(blocking / helpers)} of it`);
    },
  },
  {
    id: 'asynchronous',
    workload: 'flash-data-set',
    published: 'Event-driven with asynchronous reads then matches or beats threads and processes.',
    rule: `Reproduced if with the largest set it has at least ${percentage(AS_GOOD)} of the rate of the better of them.`,
    judge(rates) {
      const helpers = rateAt(rates, ASYNCHRONOUS, LARGEST);
      const share = helpers / Math.max(rateAt(rates, 'thread', LARGEST), rateAt(rates, 'process', LARGEST));
      if (Number.isNaN(share)) return untold();
      return told(share >= AS_GOOD, `${percentage(share)} of it`);
    },
  },
  {
    id: 'clients',
    workload: 'flash-clients',
    published: 'Past 200 clients threads decline, and processes decline more.',
    rule: `Reproduced if from 200 to ${CLIENTS.at(-1)} clients threads keep less than ${percentage(DECLINING)} of their rate, and processes less than threads.`,
    judge(rates) {
      const kept = (name: string): number => rateAt(rates, name, CLIENTS.at(-1) as number) / rateAt(rates, name, 200);
      const [thread, process, event] = [kept('thread'), kept('process'), kept(ASYNCHRONOUS)];
      if (Number.isNaN(thread) || Number.isNaN(process)) return untold();
      const measured = `threads keep ${percentage(thread)}, processes ${percentage(process)}, event-driven ${percentage(event)}`;
      return told(thread < DECLINING && process < thread, measured);
    },
  },
  {
    id: 'caches',
    workload: 'flash-caches',
    published: 'Without its caches the rate of small files is about half.',
    rule: `Reproduced if without contents and open files in memory ${percentage(HALF[0])} to ${percentage(HALF[1])} of the rate is left.`,
    judge(rates) {
      const [all, contents, none] = Object.values(CACHES).map(({ name }) => last(rates, name));
      if (all === undefined || contents === undefined || none === undefined) return untold();
      const share = none / all;
      const measured = `${percentage(contents / all)} without the contents, ${percentage(share)} without open files too`;
      return told(share >= HALF[0] && share <= HALF[1], measured);
    },
  },
];

/** What of it is seen in these results. */
export function judgeFlash(workloads: readonly WorkloadResults[]): FlashResults {
  const shapes = RULES.map(({ judge, ...shape }) => {
    const results = workloads.find(({ workload }) => workload.name === shape.workload);
    return { ...shape, ...(results === undefined ? untold() : judge(ratesIn(results))) };
  });
  return { shapes };
}

/** Requests a second; where the client could not ask for more, requests a second of the server's processor time. */
function ratesIn({ workload, points }: WorkloadResults): Rates {
  // Where servers wait for the disk, their processor time says little.
  const limited =
    workload.memoryBytes === 0 &&
    points.some(({ configurations }) =>
      configurations.some(({ samples }) => samples.some(({ bottleneck }) => bottleneck === 'client')),
    );
  const rate = ({ summaries }: ConfigurationResults): number | undefined => {
    if (!limited) return summaries.requestsPerSecond?.median;
    return summaries.cpu === undefined ? undefined : 1 / summaries.cpu.median;
  };
  return {
    of: (name) =>
      points.flatMap(({ value = 0, configurations }: Point) => {
        const found = configurations.find((one) => one.name === name);
        const own = found === undefined ? undefined : rate(found);
        return own === undefined ? [] : [{ value, rate: own }];
      }),
  };
}

/** NaN where it was not measured. */
function rateAt(rates: Rates, name: string, value: number): number {
  return rates.of(name).find((one) => one.value === value)?.rate ?? Number.NaN;
}

function last(rates: Rates, name: string): number | undefined {
  return rates.of(name).at(-1)?.rate;
}

function told(condition: boolean, measured: string): Judged {
  return { finding: condition ? 'reproduced' : 'not reproduced', measured };
}

function untold(): Judged {
  return { finding: 'cannot be told', measured: 'not all of it was measured' };
}
