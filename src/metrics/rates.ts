/**
 * What happened between two polls of /metrics.json: totals become rates, and distributions those of the interval alone.
 *
 * What it keeps true: nothing is negative, and what was not measured in both polls is undefined. Nothing here needs Node,
 * since browsers run it too.
 */
import { middleBelow, NANOSECOND } from './histogram.js';
import type { Counts, Polled, PolledBucket, PolledDistribution, PolledWorker } from './polled.js';

/**
 * A loop that was away from its dispatcher for so long has stalled: people notice that. It is where a bucket of these times begins, at
 * 2^16 microseconds.
 */
const STALL_SECONDS = 0.065;

/** What was measured in an interval: how often in a second, and how it was spread. */
export interface Spread {
  readonly perSecond: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** The bound of the highest bucket that has any. */
  readonly most: number;
}

export interface WorkerRates {
  readonly slot: number;
  readonly requests: number;
  /** Processors. */
  readonly user: number | undefined;
  readonly system: number | undefined;
  readonly voluntary: number | undefined;
  readonly involuntary: number | undefined;
  /** How long a loop was away from its dispatcher, where that is told of each. */
  readonly away: Spread | undefined;
}

/** All but times and shares are so many a second. */
export interface Rates {
  readonly seconds: number;
  readonly requests: number;
  readonly connections: number;
  readonly bytesIn: number | undefined;
  readonly bytesOut: number | undefined;
  /** By class of status: '2xx', '4xx'. */
  readonly statuses: Counts;
  readonly latency: Spread | undefined;
  /** By part: queue, parse, handle, disk, send. */
  readonly parts: Readonly<Record<string, Spread>>;
  /** Processors: 1.5 is one and a half. */
  readonly user: number | undefined;
  readonly system: number | undefined;
  readonly voluntary: number | undefined;
  readonly involuntary: number | undefined;
  readonly minorFaults: number | undefined;
  readonly majorFaults: number | undefined;
  /** Of all who serve, in seconds a second: handlers, waiting, stalled. */
  readonly time: Counts;
  /** By kind: turns, accepts, receipts, sends, diskReads, timers, wakeUps. */
  readonly events: Counts;
  readonly eventsPerTurn: Spread | undefined;
  readonly handlerChange: Spread | undefined;
  /** How long loops were away from their dispatcher. */
  readonly away: Spread | undefined;
  readonly systemCalls: Counts;
  /** Of what was asked of the cache, the share that was there. */
  readonly hits: number | undefined;
  readonly evictions: number | undefined;
  readonly lockTaken: number | undefined;
  readonly lockContended: number | undefined;
  /** Seconds a second, of all who waited for it. */
  readonly lockWaited: number | undefined;
  readonly collections: Spread | undefined;
  readonly helperWait: Spread | undefined;
  readonly workers: readonly WorkerRates[];
}

/** Undefined when the two are not of one server, or of one time. */
export function ratesBetween(before: Polled, after: Polled): Rates | undefined {
  const seconds = ((after.at ?? 0) - (before.at ?? 0)) / 1000;
  if (before.startedAt !== after.startedAt || !(seconds > 0)) return undefined;
  const rate = (earlier: number | undefined, later: number | undefined): number | undefined =>
    earlier === undefined || later === undefined ? undefined : Math.max(0, later - earlier) / seconds;
  const rates = (earlier: Counts = {}, later: Counts = {}): Counts =>
    Object.fromEntries(Object.entries(later).map(([name, count]) => [name, rate(earlier[name] ?? 0, count) ?? 0]));
  const spread = (
    earlier: PolledDistribution | undefined,
    later: PolledDistribution | undefined,
    middle = middleTime,
  ) => spreadBetween(earlier, later, seconds, middle);
  return {
    seconds,
    requests: rate(before.requests, after.requests) ?? 0,
    connections: rate(before.connections, after.connections) ?? 0,
    bytesIn: rate(before.bytesIn, after.bytesIn),
    bytesOut: rate(before.bytesOut, after.bytesOut),
    statuses: rates(before.requestsByStatus, after.requestsByStatus),
    latency: spread(before.latency?.total, after.latency?.total),
    parts: Object.fromEntries(
      Object.entries(after.latency ?? {}).flatMap(([part, later]) => {
        const measured = part === 'total' ? undefined : spread(before.latency?.[part], later);
        return measured === undefined ? [] : [[part, measured] as const];
      }),
    ),
    user: rate(before.process?.cpuUser, after.process?.cpuUser),
    system: rate(before.process?.cpuSystem, after.process?.cpuSystem),
    voluntary: rate(before.process?.voluntarySwitches, after.process?.voluntarySwitches),
    involuntary: rate(before.process?.involuntarySwitches, after.process?.involuntarySwitches),
    minorFaults: rate(before.process?.minorFaults, after.process?.minorFaults),
    majorFaults: rate(before.process?.majorFaults, after.process?.majorFaults),
    time: rates(before.time, after.time),
    events: rates(before.events, after.events),
    eventsPerTurn: spread(before.eventsPerTurn, after.eventsPerTurn, middleBelow),
    handlerChange: spread(before.handlerChange, after.handlerChange),
    away: spread(before.stalls, after.stalls, middleOfDoubling),
    systemCalls: rates(before.systemCalls, after.systemCalls),
    hits: hitsBetween(before.cache, after.cache),
    evictions: rate(before.cache?.evictions, after.cache?.evictions),
    lockTaken: rate(before.lock?.acquisitions, after.lock?.acquisitions),
    lockContended: rate(before.lock?.contended, after.lock?.contended),
    lockWaited: rate(inSeconds(before.lock?.waitedMilliseconds), inSeconds(after.lock?.waitedMilliseconds)),
    collections: spread(before.collections, after.collections),
    helperWait: spread(before.helpers?.wait, after.helpers?.wait),
    workers: workersBetween(before.each ?? [], after.each ?? [], rate, (earlier, later) =>
      spread(earlier, later, middleOfDoubling),
    ),
  };
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

/** Of a histogram of times, counted in nanoseconds. */
function middleTime(atMost: number): number {
  return middleBelow(Math.round(atMost / NANOSECOND)) * NANOSECOND;
}

/** Of a bucket that reaches from half of its bound to the bound. */
function middleOfDoubling(atMost: number): number {
  return atMost * 0.75;
}

/**
 * What was added to a distribution; undefined when that is nothing. `middle`: that of the bucket with this bound, which is the
 * best guess at what is in it.
 */
export function spreadBetween(
  before: PolledDistribution | undefined,
  after: PolledDistribution | undefined,
  seconds: number,
  middle: (atMost: number) => number,
): Spread | undefined {
  if (before === undefined || after === undefined) return undefined;
  const buckets = addedTo(before.buckets, after.buckets);
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (count === 0) return undefined;
  const most = (buckets.at(-1) as PolledBucket).atMost ?? Number.POSITIVE_INFINITY;
  const quantile = (part: number): number => {
    const bound = boundOf(buckets, count * part);
    return bound === Number.POSITIVE_INFINITY ? bound : Math.min(middle(bound), after.max ?? bound);
  };
  return {
    perSecond: count / seconds,
    mean: Math.max(0, after.sum - before.sum) / count,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    most,
  };
}

/** Whether a loop has surely stalled in this time: each bucket of its times reaches from half of its bound to the bound. */
export function hasStalled({ away }: Pick<Rates, 'away'>): boolean {
  return away !== undefined && away.most / 2 >= STALL_SECONDS;
}

/** The buckets that have grown, by how much, the lowest first. */
function addedTo(before: readonly PolledBucket[], after: readonly PolledBucket[]): PolledBucket[] {
  const earlier = new Map(before.map(({ atMost, count }) => [atMost, count]));
  return after
    .map(({ atMost, count }) => ({ atMost, count: count - (earlier.get(atMost) ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => (a.atMost ?? Number.POSITIVE_INFINITY) - (b.atMost ?? Number.POSITIVE_INFINITY));
}

/** The bound of the bucket in which the value of this rank is. */
function boundOf(buckets: readonly PolledBucket[], rank: number): number {
  let upTo = 0;
  for (const bucket of buckets) {
    upTo += bucket.count;
    if (upTo >= rank) return bucket.atMost ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

function hitsBetween(before: Polled['cache'], after: Polled['cache']): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const hits = Math.max(0, after.hits - before.hits);
  const asked = hits + Math.max(0, after.misses - before.misses);
  return asked === 0 ? undefined : hits / asked;
}

/** Of the workers that live: one that has come since is compared with nothing. */
function workersBetween(
  before: readonly PolledWorker[],
  after: readonly PolledWorker[],
  rate: (earlier: number | undefined, later: number | undefined) => number | undefined,
  spread: (earlier: PolledDistribution | undefined, later: PolledDistribution | undefined) => Spread | undefined,
): WorkerRates[] {
  return after.map((later) => {
    const sameWorker = ({ slot, process, thread }: PolledWorker): boolean =>
      slot === later.slot && process === later.process && thread === later.thread;
    const earlier = before.find(sameWorker);
    return {
      slot: later.slot,
      requests: rate(earlier?.requests, later.requests) ?? 0,
      user: rate(earlier?.cpuUser, later.cpuUser),
      system: rate(earlier?.cpuSystem, later.cpuSystem),
      voluntary: rate(earlier?.voluntarySwitches, later.voluntarySwitches),
      involuntary: rate(earlier?.involuntarySwitches, later.involuntarySwitches),
      away: spread(earlier?.stalls, later.stalls),
    };
  });
}
