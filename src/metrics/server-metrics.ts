/** What a server has counted since its start, and how it stands now: all workers together. */
import type { LockCounts } from '../memory/lock.js';
import type { Stalls } from './stall-meter.js';

/** Lines of the access log: what has been written, and what could not be. */
export interface LogCounts {
  readonly written: number;
  readonly dropped: number;
}

export interface ServerMetrics {
  /** Connections accepted, and requests whose answer has gone out, by all workers, those that have ended included. */
  readonly connections: number;
  readonly requests: number;
  /** Loops, processes or threads that serve; of these, how many have a connection now. */
  readonly workers: number;
  readonly busy: number;
  /** Workers that died and were replaced. */
  readonly workersReplaced: number;
  /** How long each event loop was away from its dispatcher, from one wait to the next; none in the models that block. */
  readonly stalls: Stalls;
  /** Connections that wait in the backlog to be accepted: in the blocking models, because all workers are busy. */
  readonly waiting: number;
  /** Of the lock of the shared cache, where there is one: how often it was taken, by how many who waited, for how long. */
  readonly lock: LockCounts | undefined;
  /** Of the access log, where there is one. */
  readonly log: LogCounts | undefined;
}
