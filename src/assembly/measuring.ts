/**
 * What is known of a server that runs, put together from where it is: the slots of its workers, its listeners, its logs, and
 * what the kernel says of its processes.
 */
import { availableParallelism } from 'node:os';
import type { ServerOptions } from '../config/options.js';
import {
  BYTES_IN,
  BYTES_OUT,
  COMPUTED,
  CONNECTIONS,
  HELPERS_MOST,
  HELPERS_QUEUED,
  IN_PROGRESS,
  IN_PROGRESS_MOST,
  INTERIM,
  OPEN,
  REFUSED,
  REQUESTS,
  TIMED_OUT,
  TOLD_AT,
  WAITED,
} from '../metrics/counts.js';
import type { Distribution } from '../metrics/distribution.js';
import { usageOfThread } from '../metrics/proc.js';
import { ProcessMeter } from '../metrics/process-meter.js';
import { byMethod, byStatus } from '../metrics/request-classes.js';
import type { ServerIdentity, ServerMetrics, TimeSpent, WorkerKind, WorkerMetrics } from '../metrics/server-metrics.js';
import { loopTime, sumOfStalls } from '../metrics/stall-meter.js';
import { BUSY, STATE_NAMES, VACANT, type WorkerSlot } from '../metrics/worker-slots.js';
import { WorkerSums } from '../metrics/worker-sums.js';
import type { SharedCache } from '../site/shared-cache.js';
import type { Listening } from './listening.js';
import type { Logging } from './logging.js';
import { type SharedMemory, workersOf } from './shared-memory.js';
import { shareCache } from './shares.js';

/** What is measured. */
export interface Measured {
  readonly options: ServerOptions;
  readonly listening: Listening;
  readonly memory: SharedMemory;
  readonly logging: Logging;
  /** Where all workers have one. */
  readonly cache: SharedCache | undefined;
  readonly identity: () => ServerIdentity;
  readonly workersReplaced: () => number;
}

export class Measuring {
  readonly #measured: Measured;
  readonly #processes = new ProcessMeter();
  /** Seconds: what one who waits has not told of yet is guessed, and shall not be taken back. */
  #waited = 0;

  constructor(measured: Measured) {
    this.#measured = measured;
  }

  /** As of now. The memory of the server must be there. */
  read(): ServerMetrics {
    const { options, listening, memory, logging, cache, identity, workersReplaced } = this.#measured;
    const { slots } = memory.slots;
    const sums = new WorkerSums(slots);
    const loops = options.model === 'event';
    const measures = options.metrics === 'on';
    const present = slots.filter(({ state }) => state !== VACANT);
    const others = new Set(present.map((slot) => slot.process).filter((pid) => pid !== 0 && pid !== process.pid));
    const inLoops = (distribution: Distribution): Distribution | undefined => (loops ? distribution : undefined);
    return {
      ...identity(),
      at: Date.now(),
      loops: loops ? options.loops : 0,
      workersMost: workersOf(options),
      cores: availableParallelism(),
      sampled: measures ? options.metricsSample : 0,
      connections: sums.of(CONNECTIONS),
      requests: sums.of(REQUESTS),
      connectionsOpen: sums.of(OPEN),
      connectionsIdle: Math.max(0, sums.of(OPEN) - sums.of(IN_PROGRESS)),
      connectionsRefused: sums.of(REFUSED),
      connectionsTimedOut: sums.of(TIMED_OUT),
      bytesIn: sums.of(BYTES_IN),
      bytesOut: sums.of(BYTES_OUT),
      requestsByMethod: byMethod(sums.requestClasses),
      requestsByStatus: byStatus(sums.requestClasses, sums.of(INTERIM)),
      events: loops ? sums.events : undefined,
      eventsPerTurn: inLoops(sums.distribution('eventsPerTurn', 1)),
      requestsInProgress: sums.of(IN_PROGRESS),
      requestsInProgressMost: sums.of(IN_PROGRESS_MOST),
      handlerChange: inLoops(sums.distribution('handlerChange')),
      systemCalls: sums.systemCalls,
      latency: sums.latency,
      time: this.#timeOf(slots, sums, loops),
      stalls: sumOfStalls(slots.map(({ stalls }) => stalls)),
      waiting: listening.waiting,
      backlogOverflows: listening.overflows,
      workers: present.length,
      busy: present.filter(({ state }) => state === BUSY).length,
      workersReplaced: workersReplaced(),
      lock: cache?.lock.counts,
      log: logging.counts,
      cache: cacheOf(options, sums, cache),
      helpers: loops && options.disk !== 'blocking' && options.disk !== 'io_uring' ? helpersOf(sums) : undefined,
      process: this.#processes.read([...others]),
      collections: sums.distribution('collections'),
      each: present.map((slot) => workerOf(slot, slots.indexOf(slot), kindOf(options))),
    };
  }

  #timeOf(slots: readonly WorkerSlot[], sums: WorkerSums, loops: boolean): TimeSpent {
    if (loops) {
      const { away, waited, long } = loopTime(slots.map(({ stalls }) => stalls));
      return { handlers: away, waiting: waited, stalled: long };
    }
    // What they have not told of yet is a wait: who computes for long tells soon.
    const now = Date.now();
    const untold = slots.map(({ counts }) => (counts[TOLD_AT]! === 0 ? 0 : Math.max(0, now - counts[TOLD_AT]!) / 1000));
    this.#waited = Math.max(
      this.#waited,
      untold.reduce((sum, one) => sum + one, sums.of(WAITED)),
    );
    return { handlers: sums.of(COMPUTED), waiting: this.#waited, stalled: 0 };
  }
}

function cacheOf(options: ServerOptions, sums: WorkerSums, shared: SharedCache | undefined): ServerMetrics['cache'] {
  if (shared !== undefined) {
    const { hits, misses, evictions, bytes } = shared.counts;
    return { hits, misses, evictions, bytes, capacity: options.cacheBytes };
  }
  const workers = workersOf(options);
  return { ...sums.caches, capacity: shareCache(options, workers).cacheBytes * workers };
}

function helpersOf(sums: WorkerSums): ServerMetrics['helpers'] {
  return { queued: sums.of(HELPERS_QUEUED), most: sums.of(HELPERS_MOST), wait: sums.distribution('helperWait') };
}

function kindOf({ model }: ServerOptions): WorkerKind {
  return model === 'event' ? 'loop' : model;
}

function workerOf(slot: WorkerSlot, index: number, kind: WorkerKind): WorkerMetrics {
  const { counts, process, thread } = slot;
  const usage = thread === 0 ? undefined : usageOfThread(process, thread);
  return {
    slot: index,
    kind,
    process,
    thread,
    state: STATE_NAMES[slot.state],
    connections: counts[CONNECTIONS]!,
    connectionsOpen: counts[OPEN]!,
    requests: counts[REQUESTS]!,
    requestsInProgress: counts[IN_PROGRESS]!,
    cpuUser: usage?.cpuUser ?? 0,
    cpuSystem: usage?.cpuSystem ?? 0,
    voluntarySwitches: usage?.voluntarySwitches ?? 0,
    involuntarySwitches: usage?.involuntarySwitches ?? 0,
  };
}
