/**
 * What a server has counted since its start, and how it stands now: plain data, as `server.metrics()` gives it and
 * `/metrics.json` says it. docs/metrics.md tells what each number is.
 *
 * Numbers are of all workers together unless something else is said, counts are totals since the start, also of workers that
 * have ended, times are in seconds. What does not apply is undefined: the events of a model that has no dispatcher.
 */
import type { LockCounts } from '../memory/lock.js';
import type { Distribution } from './distribution.js';
import type { RequestMethods, RequestStatuses } from './request-classes.js';
import type { Stalls } from './stall-meter.js';

/** Lines of the access log: what has been written, and what could not be. */
export interface LogCounts {
  readonly written: number;
  readonly dropped: number;
}

/** What has happened in the loops, by the type of the event. */
export interface Events {
  readonly turns: number;
  readonly accepts: number;
  readonly receipts: number;
  readonly sends: number;
  readonly diskReads: number;
  readonly timers: number;
  readonly wakeUps: number;
}

/** From the receipt of a request to the completion of its last send, and what that is made of; of the requests sampled. */
export interface Latency {
  readonly total: Distribution;
  /** From the end of the wait that brought the request to the beginning of its handler. */
  readonly queue: Distribution;
  readonly parse: Distribution;
  /** The site or the application finds the answer, less what the disk takes of it. */
  readonly handle: Distribution;
  readonly disk: Distribution;
  /** From the time when the answer is handed to the kernel to the completion of the send. */
  readonly send: Distribution;
}

/** Where the time of those who serve has gone, in seconds, all of them together. */
export interface TimeSpent {
  /** Event: in handlers. Otherwise: computing, in the program and in the kernel. */
  readonly handlers: number;
  /** Event: in the dispatcher's wait. Otherwise: in system calls that wait, or for a processor. */
  readonly waiting: number;
  /** Event: of the time away from the wait, what came in stalls of more than 10 ms. */
  readonly stalled: number;
}

/** The cache of files: what requests found there. The shared one, where there is one. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** In use now, and what there is at most. */
  readonly bytes: number;
  readonly capacity: number;
}

/** What waits for the disk helpers, or is with them. */
export interface HelperCounts {
  readonly queued: number;
  /** The most at once, of any one loop. */
  readonly most: number;
  /** From the time when something was asked to the time when a helper took it. */
  readonly wait: Distribution;
}

/** What the kernel says of all processes of the server. */
export interface ProcessUsage {
  /** Seconds of processor time, those of processes that have ended included. */
  readonly cpuUser: number;
  readonly cpuSystem: number;
  /** Bytes: proportional set size, in which shared pages count in parts; and resident set size, in which they count whole. */
  readonly pss: number;
  readonly rss: number;
  readonly threads: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  readonly descriptors: number;
}

export type WorkerKind = 'loop' | 'thread' | 'process';
export type WorkerState = 'vacant' | 'starting' | 'idle' | 'busy' | 'ending';

/** What went well and what did not, of one worker or of all. */
export interface Traffic {
  /** Attempts to accept that failed for want of a descriptor or of memory. */
  readonly connectionsRefused: number;
  /** Closed because a time-out was over, that between two requests included. */
  readonly connectionsTimedOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly requestsByMethod: RequestMethods;
  /** 1xx: interim responses, which come before another one. */
  readonly requestsByStatus: RequestStatuses;
}

/** One worker that lives. Counts are of its slot: those of workers that had it before are included. */
export interface WorkerMetrics extends Traffic {
  readonly slot: number;
  readonly kind: WorkerKind;
  /** As the kernel numbers them. */
  readonly process: number;
  readonly thread: number;
  readonly state: WorkerState;
  readonly connections: number;
  readonly connectionsOpen: number;
  readonly requests: number;
  readonly requestsInProgress: number;
  /** Of its thread. */
  readonly cpuUser: number;
  readonly cpuSystem: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  /** Of a loop. */
  readonly events: Events | undefined;
  readonly systemCalls: Readonly<Record<string, number>>;
  readonly latency: { readonly total: Summary };
  readonly time: TimeSpent;
  /** The one that it has alone, if it has. */
  readonly cache: Omit<CacheCounts, 'capacity'> | undefined;
  readonly collections: Pick<Distribution, 'count' | 'sum' | 'max'>;
  /** Of a loop. */
  readonly stalls: Stalls | undefined;
}

/** A distribution without its buckets. */
export type Summary = Pick<Distribution, 'count' | 'p50' | 'p99' | 'max'>;

/** What serves: it does not change while the server lives, but for `ready`. */
export interface ServerIdentity {
  readonly version: string;
  readonly model: string;
  /** undefined in the models that have none. */
  readonly dispatcher: string | undefined;
  readonly disk: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether new connections are welcome: no longer when it drains. */
  readonly ready: boolean;
}

export interface ServerMetrics extends ServerIdentity, Traffic {
  /** When this was read, in milliseconds since the epoch. */
  readonly at: number;
  /** Event loops: 0 in the models that block. */
  readonly loops: number;
  /** The most loops, processes or threads that serve at a time. */
  readonly workersMost: number;
  /** Processors of the computer. */
  readonly cores: number;
  /** One request in so many is timed; 0: nothing is measured but what the server itself needs (`--metrics off`). */
  readonly sampled: number;

  /** Connections accepted, and requests whose answer has gone out. */
  readonly connections: number;
  readonly requests: number;
  readonly connectionsOpen: number;
  /** Of those that are open: without a request in progress. */
  readonly connectionsIdle: number;
  readonly events: Events | undefined;
  /** Not in seconds, but in events that a turn dispatched. */
  readonly eventsPerTurn: Distribution | undefined;
  readonly requestsInProgress: number;
  /** The most at once in one thread of control. */
  readonly requestsInProgressMost: number;
  /** From one handler's handing back control to the next one's start, in turns sampled. */
  readonly handlerChange: Distribution | undefined;
  /** How often each was made, by its name, by those who serve. */
  readonly systemCalls: Readonly<Record<string, number>>;
  readonly latency: Latency;
  readonly time: TimeSpent;
  /** How long each event loop was away from its dispatcher, from one wait to the next; none in the models that block. */
  readonly stalls: Stalls;
  /** Connections that wait in the backlog to be accepted: in the blocking models, because all workers are busy. */
  readonly waiting: number;
  /** Connections that found the backlog full; undefined where the kernel does not tell. */
  readonly backlogOverflows: number | undefined;
  /** Loops, processes or threads that serve; of these, how many have a connection now. */
  readonly workers: number;
  readonly busy: number;
  /** Workers that died and were replaced. */
  readonly workersReplaced: number;
  /** Of the lock of the shared cache, where there is one: how often it was taken, by how many who waited, for how long. */
  readonly lock: LockCounts | undefined;
  /** Of the access log, where there is one. */
  readonly log: LogCounts | undefined;
  readonly cache: CacheCounts;
  /** undefined where the disk has no helpers. */
  readonly helpers: HelperCounts | undefined;
  readonly process: ProcessUsage;
  /** Pauses for the collection of garbage. */
  readonly collections: Distribution;
  /** Workers that live. */
  readonly each: readonly WorkerMetrics[];
}
