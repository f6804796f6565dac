/** What happened between two polls: rates, the percentiles of an interval alone, and what cannot be said. */
import { describe, expect, it } from 'vitest';
import {
  distributionOf,
  HISTOGRAM_BUCKETS,
  HISTOGRAM_HEAD,
  Histogram,
  NANOSECOND,
} from '../../src/metrics/histogram.js';
import { isPolled, type Polled, type PolledDistribution } from '../../src/metrics/polled.js';
import { hasStalled, type Rates, ratesBetween, spreadBetween } from '../../src/metrics/rates.js';

const BEFORE: Polled = {
  ...{ version: '1', model: 'event', dispatcher: 'epoll', disk: 'auto', startedAt: 5, ready: true },
  ...{ at: 10_000, connections: 2, requests: 100, bytesIn: 10, bytesOut: 1000 },
};

function distribution(counts: Readonly<Record<string, number>>, sum = 0): PolledDistribution {
  const buckets = Object.entries(counts).map(([atMost, count]) => ({
    atMost: atMost === 'more' ? null : Number(atMost),
    count,
  }));
  return { count: buckets.reduce((total, { count }) => total + count, 0), sum, buckets };
}

/** Whole numbers below 32 have buckets of their own. */
function spread(before: PolledDistribution | undefined, after: PolledDistribution, seconds: number) {
  return spreadBetween(before, after, seconds, (atMost) => atMost);
}

function between(before: Partial<Polled>, after: Partial<Polled>) {
  return ratesBetween({ ...BEFORE, ...before }, { ...BEFORE, at: 12_000, ...after });
}

describe('rates', () => {
  it('are so many a second, by the clock of the server', () => {
    const found = between({}, { requests: 300, connections: 3, bytesOut: 5000, bytesIn: 10 });
    expect(found).toMatchObject({ seconds: 2, requests: 100, connections: 0.5, bytesOut: 2000, bytesIn: 0 });
  });

  it('are those of each name, also of one that is new', () => {
    const found = between({ systemCalls: { recv: 4 } }, { systemCalls: { recv: 8, send: 6 } });
    expect(found?.systemCalls).toEqual({ recv: 2, send: 3 });
  });

  it('are never negative, and undefined where nothing was measured', () => {
    const found = between({ requests: 400, systemCalls: { recv: 4 } }, { requests: 1, systemCalls: { recv: 1 } });
    expect(found).toMatchObject({ requests: 0, systemCalls: { recv: 0 }, user: undefined, latency: undefined });
  });

  it.each([
    ['of two servers', { startedAt: 6 }],
    ['of one time', { at: 10_000 }],
    ['of a time before', { at: 9000 }],
  ])('there are none %s', (_what, after) => {
    expect(between({}, after)).toBe(undefined);
  });

  it('a worker is compared with itself alone, not with the one whose slot it has', () => {
    const worker = { slot: 1, process: 7, thread: 7, requests: 10, cpuUser: 1, cpuSystem: 2 };
    const later = { ...worker, requests: 30, cpuUser: 2, cpuSystem: 2 };
    expect(between({ each: [worker] }, { each: [later] })?.workers).toMatchObject([
      { requests: 10, user: 0.5, system: 0 },
    ]);
    expect(between({ each: [worker] }, { each: [{ ...later, process: 8 }] })?.workers).toMatchObject([
      { slot: 1, requests: 0, user: undefined },
    ]);
  });

  it('of what is rare are there too: faults, time, waits for a lock, stalls of each loop', () => {
    const process = { cpuUser: 0, cpuSystem: 0, rss: 1, voluntarySwitches: 0, involuntarySwitches: 0 };
    const loop = { slot: 0, process: 1, thread: 1 };
    const lock = { acquisitions: 1, contended: 1, waitedMilliseconds: 100 };
    const found = between(
      {
        ...{ process: { ...process, minorFaults: 4 }, time: { handlers: 1 }, lock },
        each: [{ ...loop, stalls: distribution({ 0.131072: 1 }) }],
      },
      {
        ...{
          process: { ...process, minorFaults: 8 },
          time: { handlers: 2 },
          lock: { ...lock, waitedMilliseconds: 300 },
        },
        each: [{ ...loop, stalls: distribution({ 0.131072: 2 }) }],
      },
    ) as Rates;
    expect(found).toMatchObject({ minorFaults: 2, majorFaults: undefined, time: { handlers: 0.5 } });
    expect(found.lockWaited).toBeCloseTo(0.1);
    expect(found.workers.map((worker) => [worker.away?.perSecond, hasStalled(worker)])).toEqual([[0.5, true]]);
  });

  it('hits are a share of what was asked for, if anything was', () => {
    const cache = { hits: 10, misses: 10, bytes: 0, evictions: 0, capacity: 1 };
    expect(between({ cache }, { cache: { ...cache, hits: 13, misses: 11 } })?.hits).toBe(0.75);
    expect(between({ cache }, { cache })?.hits).toBe(undefined);
  });
});

describe('the spread of an interval', () => {
  it('has only what the interval has added', () => {
    const before = distribution({ 1: 1000, 5: 7 }, 100);
    const after = distribution({ 1: 1050, 2: 40, 5: 16, 9: 1 }, 300);
    expect(spread(before, after, 2)).toEqual({ perSecond: 50, mean: 2, p50: 1, p90: 2, p99: 5, most: 9 });
  });

  it('is as it is whatever the order of the buckets', () => {
    const after = {
      ...distribution({}),
      buckets: [
        { atMost: 8, count: 1 },
        { atMost: 2, count: 3 },
      ],
    };
    expect(spread(distribution({}), after, 1)).toMatchObject({ p50: 2, p99: 8 });
  });

  it('knows no bound where there was none', () => {
    const found = spread(distribution({}), distribution({ 1: 1, more: 1 }), 1);
    expect(found).toMatchObject({ p50: 1, most: Number.POSITIVE_INFINITY });
  });

  it('has the percentiles that the server itself would say', () => {
    const [head, buckets] = [new Float64Array(HISTOGRAM_HEAD), new Float64Array(HISTOGRAM_BUCKETS)];
    const histogram = new Histogram(head, buckets);
    for (let value = 1; value <= 100_000; value++) histogram.record(value * 37);
    const total = distributionOf([histogram], NANOSECOND);
    const nothing = { count: 0, sum: 0, buckets: [] };
    const latency = between({ latency: { total: nothing } }, { latency: { total } })?.latency;
    for (const name of ['p50', 'p90', 'p99'] as const) expect(latency?.[name]).toBeCloseTo(total[name], 12);
    const events = distributionOf([histogram], 1);
    const turns = between({ eventsPerTurn: nothing }, { eventsPerTurn: events })?.eventsPerTurn;
    for (const name of ['p50', 'p90', 'p99'] as const) expect(turns?.[name]).toBe(events[name]);
  });

  it('is nothing where nothing was added, and where nothing is measured', () => {
    expect(spread(distribution({ 1: 3 }), distribution({ 1: 3 }), 1)).toBe(undefined);
    expect(spread(undefined, distribution({ 1: 3 }), 1)).toBe(undefined);
  });
});

it('a loop has stalled when it surely was away for long', () => {
  const away = (atMost: number) => spread(distribution({}), distribution({ 0.001: 900, [atMost]: 1 }), 1);
  expect([0.05, 0.0655, 0.131].map((most) => hasStalled({ away: away(most) } as Rates))).toEqual([false, false, true]);
});

it.each([null, 'text', 7, [], {}, { version: '1', model: 'event' }, { ...BEFORE, requests: '7' }])(
  '%j is not of an Amped',
  (value) => {
    expect(isPolled(value)).toBe(false);
    expect(isPolled(BEFORE)).toBe(true);
  },
);
