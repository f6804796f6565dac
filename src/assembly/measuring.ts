/**
 * What is known of a server that runs, put together from where it is: the slots of its workers, its listeners, its logs, and
 * what the kernel says of its processes.
 */
import { availableParallelism } from 'node:os';
import type { ServerOptions } from '../config/options.js';
import {
  COMPUTED,
  CONNECTIONS,
  HELPERS_MOST,
  HELPERS_QUEUED,
  IN_PROGRESS,
  IN_PROGRESS_MOST,
  OPEN,
  REQUESTS,
  TOLD_AT,
  WAITED,
} from '../metrics/counts.js';
import type { Distribution } from '../metrics/distribution.js';
import { ProcessMeter } from '../metrics/process-meter.js';
import type { ServerIdentity, ServerMetrics, TimeSpent } from '../metrics/server-metrics.js';
import { loopTime, sumOfStalls } from '../metrics/stall-meter.js';
import { BUSY, VACANT, type WorkerSlot } from '../metrics/worker-slots.js';
import { WorkerSums } from '../metrics/worker-sums.js';
import type { SharedCache } from '../site/shared-cache.js';
import type { Listening } from './listening.js';
import type { Logging } from './logging.js';
import { type SharedMemory, workersOf } from './shared-memory.js';
import { shareCache } from './shares.js';
import { type EachOptions, workerOf } from './worker-metrics.js';

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
  /** Seconds, of each slot: what one who waits has not told of yet is guessed, and shall not be taken back. */
  readonly #waited: number[] = [];

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
    const who = identity();
    const times = slots.map((slot, index) => this.#timeOf(slot, index, loops));
    const each: EachOptions = {
      kind: options.model === 'event' ? 'loop' : options.model,
      ownCache: cache === undefined,
    };
    const inLoops = (distribution: Distribution): Distribution | undefined => (loops ? distribution : undefined);
    return {
      ...who,
      at: Date.now(),
      loops: loops ? options.loops : 0,
      workersMost: workersOf(options),
      cores: availableParallelism(),
      sampled: measures ? options.metricsSample : 0,
      connections: sums.of(CONNECTIONS),
      requests: sums.of(REQUESTS),
      connectionsOpen: sums.of(OPEN),
      connectionsIdle: Math.max(0, sums.of(OPEN) - sums.of(IN_PROGRESS)),
      ...sums.traffic,
      events: loops ? sums.events : undefined,
      eventsPerTurn: inLoops(sums.distribution('eventsPerTurn', 1)),
      requestsInProgress: sums.of(IN_PROGRESS),
      requestsInProgressMost: sums.of(IN_PROGRESS_MOST),
      handlerChange: inLoops(sums.distribution('handlerChange')),
      systemCalls: sums.systemCalls,
      latency: sums.latency,
      time: sumOfTimes(times),
      stalls: sumOfStalls(slots.map(({ stalls }) => stalls)),
      waiting: listening.waiting,
      backlogOverflows: listening.overflows,
      workers: present.length,
      busy: present.filter(({ state }) => state === BUSY).length,
      workersReplaced: workersReplaced(),
      lock: cache?.lock.counts,
      log: logging.counts,
      cache: cacheOf(options, sums, cache),
      // The name of the disk that there is: `auto` has helpers, or io_uring.
      helpers: loops && who.disk.includes('helpers') ? helpersOf(sums) : undefined,
      process: this.#processes.read([...others]),
      collections: sums.distribution('collections'),
      each: slots.flatMap((slot, index) =>
        slot.state === VACANT ? [] : [workerOf(slot, index, times[index] as TimeSpent, each)],
      ),
    };
  }

  #timeOf({ counts, stalls }: WorkerSlot, index: number, loops: boolean): TimeSpent {
    if (loops) {
      const { away, waited, long } = loopTime([stalls]);
      return { handlers: away, waiting: waited, stalled: long };
    }
    // What it has not told of yet is a wait: who computes for long tells soon.
    const toldAt = counts[TOLD_AT]!;
    const untold = toldAt === 0 ? 0 : Math.max(0, Date.now() - toldAt) / 1000;
    const waiting = Math.max(this.#waited[index] ?? 0, counts[WAITED]! + untold);
    this.#waited[index] = waiting;
    return { handlers: counts[COMPUTED]!, waiting, stalled: 0 };
  }
}

function sumOfTimes(times: readonly TimeSpent[]): TimeSpent {
  const sum = (of: (time: TimeSpent) => number): number => times.reduce((seconds, time) => seconds + of(time), 0);
  return {
    handlers: sum(({ handlers }) => handlers),
    waiting: sum(({ waiting }) => waiting),
    stalled: sum(({ stalled }) => stalled),
  };
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
