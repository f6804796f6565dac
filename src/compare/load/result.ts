/**
 * What the load client has measured, as plain JSON.
 *
 * What it keeps true: sent = answered + errors.reset + errors.timeout + errors.malformed + unanswered, to the request;
 * an answer of the wrong status, length or content is answered, and counted among the errors beside that.
 */

export interface LoadResult {
  /** How it ended: as planned, because it was told to, or because nobody could be reached any more. */
  readonly ended: 'complete' | 'stopped' | 'unreachable';
  /** A sentence on what went wrong, where it did not end as planned. */
  readonly reason?: string;

  // Of the whole run, with warm-up and what was under way at the end: these agree with the server's counts.
  readonly sent: number;
  readonly answered: number;
  /** Under way at the end and given up. */
  readonly unanswered: number;
  /** Bytes received, heads included. */
  readonly bytes: number;
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: LoadErrors;
  /** How many answers had their body's hash checked. */
  readonly hashed: number;
  /** Connections opened: those of the beginning, those in place of others that had ended, slow readers and idle ones. */
  readonly connectionsOpened: number;
  readonly slowReaders?: { readonly sent: number; readonly answered: number; readonly bytes: number };
  /** `open`: those still there at the end. */
  readonly idleConnections?: { readonly opened: number; readonly open: number };

  /** Between the end of the warm-up and the end of the load; slow readers are not in it. */
  readonly measured: {
    readonly seconds: number;
    /** Answered in that time. */
    readonly requests: number;
    readonly bytes: number;
    readonly requestsPerSecond: number;
    readonly bytesPerSecond: number;
    /** The longest time without any answer. */
    readonly longestGapMilliseconds: number;
  };
  /**
   * Of requests that were sent (in an open loop: due) in the measured time. In an open loop it counts from when the request was
   * due, so that a server that stalls cannot hide it; one that timed out, or was never sent, has at least the time it waited.
   */
  readonly latency: LatencyDistribution;
  /**
   * Only in a closed loop: with those requests put back that a stall kept from being sent, as if each connection had asked in
   * even intervals. HdrHistogram's correction for coordinated omission, which wrk's figures have in them.
   */
  readonly corrected?: Percentiles;
  /** Only in an open loop: from when the request was really sent. */
  readonly serviceTime?: LatencyDistribution;
  /** Only in an open loop, in the measured time: how many were due, and how many of them were never sent. */
  readonly due?: { readonly requests: number; readonly unsent: number };
  /** Between connections, by how many answers each got in the measured time: Jain's index, 1 for all alike and 1/n for one that gets all. */
  readonly fairness: { readonly index: number; readonly least: number; readonly most: number };

  /** What the load cost the client in the measured time. */
  readonly client: {
    readonly userSeconds: number;
    readonly systemSeconds: number;
    readonly cpuMicrosecondsPerRequest: number;
    /** Its CPU time as a share of the measured time. */
    readonly busy: number;
    /** Only where it was pinned: how busy its processor was with whatever. */
    readonly processorBusy?: number;
    readonly processor?: number;
    readonly dispatcher: string;
    /** Addresses that it connected from; empty where the kernel chose. */
    readonly localAddresses: readonly string[];
  };
  /** What kept the load from being higher, and the rule by which that was decided. */
  readonly bottleneck: 'client' | 'server' | 'neither';
  readonly bottleneckRule: string;
}

export interface LoadErrors {
  /** Nobody listened. */
  readonly connectRefused: number;
  /** Neither accepted nor refused in time. */
  readonly connectTimeout: number;
  /** Any other reason why a connection could not be made: no port or descriptor left, no way there. */
  readonly connectFailed: number;
  /** The connection ended before the whole answer had come. */
  readonly reset: number;
  readonly timeout: number;
  /** What came was no HTTP/1.1. */
  readonly malformed: number;
  /** Bytes came that nobody had asked for: once for each connection. */
  readonly unsolicited: number;
  readonly wrongStatus: number;
  readonly wrongLength: number;
  readonly wrongHash: number;
}

/** All errors together. */
export function totalErrors(errors: LoadErrors): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** Times in microseconds, with three significant digits. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LatencyDistribution extends Percentiles {
  /** How many lay above the one before and at most here, in steps of 1, 2, 5, 10: from the first that has any to the last. */
  readonly buckets: ReadonlyArray<{ readonly atMost: number; readonly count: number }>;
  /** All of it: an HdrHistogram in its compressed V2 encoding, in base64. */
  readonly histogram: string;
}

/** How far a run is. */
export interface LoadProgress {
  readonly phase: 'connecting' | 'warm-up' | 'measuring' | 'ending';
  /** Since this phase began. */
  readonly seconds: number;
  /** Answered since the beginning. */
  readonly answered: number;
  readonly errors: number;
  /** Since the last time it was told. */
  readonly requestsPerSecond: number;
}
