/**
 * What /metrics.json holds, as whoever polls it may rely on it: another version of Amped may have made it, so that nearly
 * everything may be missing. Counts are totals since the start; times are in seconds, memory is in bytes.
 *
 * What it keeps true: nothing here needs Node, since browsers read it too.
 */

/** How often what was measured was more than the bound before and not more than this one; null stands for no bound. */
export interface PolledBucket {
  readonly atMost: number | null;
  readonly count: number;
}

export interface PolledDistribution {
  readonly count: number;
  readonly sum: number;
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
  /** Of a loop. */
  readonly stalls?: PolledDistribution & { readonly longest: number };
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
  if (typeof value !== 'object' || value === null) return false;
  const { version, model, startedAt, requests, connections } = value as Record<string, unknown>;
  return (
    typeof version === 'string' &&
    typeof model === 'string' &&
    [startedAt, requests, connections].every((number) => typeof number === 'number')
  );
}
