/**
 * What /metrics.json holds, as whoever polls it may rely on it: another version of Amped may have made it, so that nearly
 * everything may be missing. Counts are totals since the start; times are in seconds, memory is in bytes.
 *
 * What it keeps true: nothing here needs Node, since browsers read it too. What has passed `isPolled` can be worked with without a look at
 * what kind of thing is where: numbers that are none are told as such.
 */

/** How often what was measured was more than the bound before and not more than this one; null stands for no bound. */
export interface PolledBucket {
  readonly atMost: number | null;
  readonly count: number;
}

export interface PolledDistribution {
  readonly count: number;
  readonly sum: number;
  /** The largest since the start. */
  readonly max?: number;
  readonly buckets: readonly PolledBucket[];
}

export interface PolledWorker {
  readonly slot: number;
  readonly kind?: string;
  readonly process?: number;
  readonly thread?: number;
  readonly state?: string;
  readonly connections?: number;
  readonly connectionsOpen?: number;
  readonly requests?: number;
  readonly requestsInProgress?: number;
  readonly cpuUser?: number;
  readonly cpuSystem?: number;
  readonly voluntarySwitches?: number;
  readonly involuntarySwitches?: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly connectionsRefused?: number;
  readonly connectionsTimedOut?: number;
  readonly requestsByMethod?: Counts;
  readonly requestsByStatus?: Counts;
  readonly events?: Counts;
  readonly systemCalls?: Counts;
  readonly time?: Counts;
  /** Of a loop: how long it was away from its dispatcher. */
  readonly stalls?: PolledDistribution;
}

export type Counts = Readonly<Record<string, number>>;

export interface Polled {
  readonly version: string;
  readonly model: string;
  readonly dispatcher?: string;
  readonly disk: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly at?: number;
  readonly ready: boolean;
  readonly cores?: number;
  /** One request in so many is timed; 0: little is counted. */
  readonly sampled?: number;
  readonly loops?: number;
  readonly workersMost?: number;
  readonly workers?: number;
  readonly busy?: number;
  readonly workersReplaced?: number;
  /** Connections in the backlog. */
  readonly waiting?: number;
  readonly backlogOverflows?: number;
  readonly connections: number;
  readonly requests: number;
  readonly connectionsOpen?: number;
  readonly connectionsIdle?: number;
  readonly connectionsRefused?: number;
  readonly connectionsTimedOut?: number;
  readonly requestsInProgress?: number;
  readonly requestsInProgressMost?: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly requestsByStatus?: Counts;
  readonly events?: Counts;
  readonly systemCalls?: Counts;
  readonly eventsPerTurn?: PolledDistribution;
  readonly handlerChange?: PolledDistribution;
  readonly stalls?: PolledDistribution;
  readonly latency?: Readonly<Record<string, PolledDistribution>>;
  readonly time?: Counts;
  readonly lock?: Counts;
  readonly cache?: {
    readonly hits: number;
    readonly misses: number;
    readonly bytes: number;
    readonly evictions: number;
    readonly capacity: number;
  };
  readonly helpers?: { readonly queued: number; readonly most: number; readonly wait?: PolledDistribution };
  readonly process?: {
    readonly cpuUser: number;
    readonly cpuSystem: number;
    readonly pss?: number;
    readonly rss: number;
    readonly threads?: number;
    readonly descriptors?: number;
    readonly minorFaults?: number;
    readonly majorFaults?: number;
    readonly voluntarySwitches: number;
    readonly involuntarySwitches: number;
  };
  readonly collections?: PolledDistribution;
  readonly each?: readonly PolledWorker[];
}

/** Whether this is from an Amped, of whatever version. */
export function isPolled(value: unknown): value is Polled {
  if (!isObject(value)) return false;
  const { version, model, disk, dispatcher, startedAt, requests, connections, each, latency } = value;
  const helpers = isObject(value.helpers) ? value.helpers : undefined;
  return (
    [version, model, disk].every((text) => typeof text === 'string') &&
    isMissingOr(dispatcher, (name) => typeof name === 'string') &&
    [startedAt, requests, connections].every((number) => typeof number === 'number') &&
    isMissingOr(each, (workers) => Array.isArray(workers) && workers.every(isWorker)) &&
    isMissingOr(latency, (parts) => isObject(parts) && Object.values(parts).every(isDistribution)) &&
    [...DISTRIBUTIONS.map((name) => value[name]), helpers?.wait].every((one) => isMissingOr(one, isDistribution))
  );
}

const DISTRIBUTIONS = ['stalls', 'eventsPerTurn', 'handlerChange', 'collections'] as const;

function isMissingOr(value: unknown, is: (there: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isDistribution(value: unknown): boolean {
  return isObject(value) && Array.isArray(value.buckets) && value.buckets.every(isObject);
}

function isWorker(value: unknown): boolean {
  if (!isObject(value) || typeof value.slot !== 'number') return false;
  const { kind, state, process, thread } = value;
  return (
    isMissingOr(value.stalls, isDistribution) &&
    [kind, state].every((text) => isMissingOr(text, (one) => typeof one === 'string')) &&
    [process, thread].every((number) => isMissingOr(number, (one) => typeof one === 'number'))
  );
}
