/** Results as a comparison would give them, made of numbers that a test chooses. */
import { judgeClaims } from '../../src/compare/judgement/claims-table.js';
import { verdictOn } from '../../src/compare/judgement/verdict.js';
import {
  type ConfigurationResults,
  METRIC_NAMES,
  type MetricName,
  type Results,
  type Sample,
  type Suites,
  type WorkloadResults,
} from '../../src/compare/results/results.js';
import { type Summary, summaryOf, TIE_RULE } from '../../src/compare/results/statistics.js';
import type { Testbed } from '../../src/compare/results/testbed.js';
import { readWorkload } from '../../src/compare/workloads/read-workload.js';

export type Numbers = Partial<Record<MetricName, number>>;

export const TESTBED: Testbed = {
  kernel: 'Linux 6.18',
  processor: 'a processor',
  processors: 2,
  memoryBytes: 2 ** 33,
  node: '20.0.0',
  v8: '11',
  distribution: 'Debian',
  virtual: true,
  serverCores: [0],
  clientCores: [1],
  loadAverage: 0.1,
  others: {},
};

/** One that was measured a few times, each number a little off the one given. */
export function configuration(
  name: string,
  numbers: Numbers,
  {
    bottleneck = 'server' as Sample['bottleneck'],
    noise = 0.001,
    remarks = [] as string[],
    kind = 'amped' as const,
    warm = true,
  } = {},
): ConfigurationResults {
  const samples = [0, 1, -1, 2, -2].map(
    (step, index): Sample => ({
      repetition: index + 1,
      seconds: 1,
      requests: 1000,
      serverRequests: 1000,
      bottleneck,
      metrics: Object.fromEntries(
        Object.entries(numbers).map(([metric, value]) => [metric, value * (1 + step * noise)]),
      ),
      distribution: [0, 0.5, 0.9, 0.99, 0.999, 1].map(
        (share, at) => [1e-4 * 2 ** at * (1 + index / 10), share] as const,
      ),
      errors: [],
    }),
  );
  const summaries: Partial<Record<MetricName, Summary>> = {};
  for (const metric of METRIC_NAMES) {
    const summary = summaryOf(samples.flatMap(({ metrics }) => metrics[metric] ?? []));
    if (summary !== undefined) summaries[metric] = summary;
  }
  const workers = Number(/:(\d+)/.exec(name)?.[1] ?? 16);
  return {
    name,
    kind,
    command: `amped site --like ${name}`,
    description: `as ${name}`,
    workers,
    warm,
    samples,
    summaries,
    remarks,
  };
}

export function workload(
  name: string,
  points: ReadonlyArray<readonly [value: number | undefined, configurations: readonly ConfigurationResults[]]>,
): WorkloadResults {
  const results: WorkloadResults = {
    workload: readWorkload(name),
    times: { warmUpSeconds: 1, secondsEach: 1, repetitions: 5 },
    files: { count: 3, bytes: 3000 },
    points: points.map(([value, configurations]) => ({ ...(value !== undefined && { value }), configurations })),
  };
  const verdict = verdictOn(results, TESTBED);
  return verdict === undefined ? results : { ...results, verdict };
}

export function results(workloads: readonly WorkloadResults[], suites: Suites = {}): Results {
  return {
    $schema: 'compare-results.schema.json',
    format: 1,
    version: '0.1.0',
    startedAt: '2026-01-02T03:04:05.000Z',
    seconds: 100,
    complete: true,
    remarks: [],
    command: 'amped compare site',
    testbed: TESTBED,
    method: { warmUpSeconds: 1, secondsEach: 1, repetitions: 5, order: 'By turns.', tie: TIE_RULE },
    workloads,
    suites,
    claims: judgeClaims({ workloads, suites }),
  };
}

const seconds = (median: number): Summary => summaryOf([median * 0.99, median, median * 1.01]) as Summary;

/** Suites in which epoll does not grow and threads change places more cheaply. */
export const SUITES: Suites = {
  switch: {
    rows: [0, 65_536, 1_048_576].map((workingSet, index) => ({
      workingSet,
      thread: seconds(0.5e-6 * (index + 1)),
      process: seconds(3e-6 * (index + 1)),
      handler: seconds(1e-7 * (index + 1)),
    })),
    remarks: [],
  },
  descriptors: {
    active: 4,
    rows: [10, 100, 1000, 10_000].flatMap((watched) => [
      { dispatcher: 'select', watched, seconds: seconds(1e-6 + watched * 1e-7) },
      { dispatcher: 'poll', watched, seconds: seconds(1e-6 + watched * 1.2e-7) },
      { dispatcher: 'epoll', watched, seconds: seconds(3e-6) },
      { dispatcher: 'io_uring', watched, seconds: seconds(2e-6) },
    ]),
    published: [
      { dispatcher: 'poll', watched: 10, seconds: 1.1e-5 },
      { dispatcher: 'poll', watched: 10_000, seconds: 1.75e-2 },
    ],
    remarks: [],
  },
};

const MEBIBYTE = 2 ** 20;

/** The site workload with every architecture, as one would expect it. */
export function usual(): WorkloadResults {
  const of = (name: string, cpu: number, memory: number, switches: number, others: Numbers = {}) =>
    configuration(name, {
      requestsPerSecond: 1 / cpu,
      bytesPerSecond: 1000 / cpu,
      ...{ p50: cpu * 10, p90: cpu * 15, p99: cpu * 30, p999: cpu * 60, longest: cpu * 100 },
      ...{ cpu, cpuUser: cpu / 4, cpuSystem: (cpu * 3) / 4, memory: memory * MEBIBYTE, voluntarySwitches: switches },
      ...others,
    });
  return workload('site', [
    [
      undefined,
      [
        of('event/io_uring', 5e-6, 45, 0.02, { systemCalls: 0.03 }),
        of('event/epoll', 6e-6, 43, 0.02, { systemCalls: 2 }),
        of('thread', 19e-6, 150, 1, { lockAcquisitions: 1, lockWait: 1e-6, lockContended: 0.1, systemCalls: 2 }),
        of('process', 18e-6, 200, 1, { systemCalls: 2 }),
        of('process/shared', 20e-6, 210, 1, { systemCalls: 2 }),
      ],
    ],
  ]);
}

/** Those that ask for what is in memory while others read from the disk. */
export function blocking(): WorkloadResults {
  return workload('blocking', [
    [
      undefined,
      [
        configuration('event/epoll/blocking', { p99: 0.3, longestStall: 0.06 }),
        configuration('event/epoll/helpers', { p99: 0.002, longestStall: 0.001 }),
        configuration('event/io_uring', { p99: 0.003, longestStall: 0.001 }),
        configuration('thread', { p99: 0.004 }),
      ],
    ],
  ]);
}
