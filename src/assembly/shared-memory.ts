/**
 * The memory that the original process and its workers share, and what lies where in it: first the slots, through which
 * they speak and in which they count; then, where requests are logged, a ring for the lines of each; then what turns tracing
 * on, and a ring for the events of each; then, where the cache of files is shared, the cache, and a private part for each
 * worker: what is sent must lie in one arena with what is received.
 *
 * The original makes it; every worker finds the same places from the same options.
 */
import { OptionError } from '../config/option-error.js';
import type { ServerOptions } from '../config/options.js';
import { LogRing } from '../log/log-ring.js';
import { Arena } from '../memory/arena.js';
import { SharedRegion } from '../memory/shared-region.js';
import { HEADER_BYTES, RECORD_BYTES, TraceRing } from '../metrics/trace/trace-ring.js';
import { TracedCollections } from '../metrics/trace/traced-collections.js';
import { TraceSwitch, Tracing } from '../metrics/trace/tracing.js';
import { WorkerSlots } from '../metrics/worker-slots.js';
import { SharedCache } from '../site/shared-cache.js';
import { servesApplication, WORKER_APPLICATION_BYTES } from './application.js';

/** All offsets into the memory must fit in 31 bits. */
const MOST_BYTES = 2 ** 31 - 4096;
/** A worker's receive buffer and heads of answers that are its own. */
const OTHER_BYTES = 262_144;
/** For what all workers together have compressed. Pages that nobody uses cost nothing. */
const COMPRESSED_BYTES = 268_435_456;
const PAGE_BYTES = 4096;
/**
 * Lines of the access log that wait to be written: about 20,000 of a loop, as many as it makes in a tenth of a second, and
 * of a worker that blocks fewer; of all together at most so many bytes.
 */
const LOOP_LOG_BYTES = 4_194_304;
const WORKER_LOG_BYTES = 131_072;
const ALL_LOG_BYTES = 268_435_456;
/** For the events of all together, which nobody touches while nothing is traced. */
const ALL_TRACE_BYTES = 33_554_432;

export class SharedMemory {
  readonly region: SharedRegion;
  readonly slots: WorkerSlots;
  /** Whether everybody records what he does. */
  readonly traceSwitch: TraceSwitch;
  readonly #plan: Plan;

  private constructor(region: SharedRegion, plan: Plan) {
    this.region = region;
    this.#plan = plan;
    this.slots = new WorkerSlots(region, 0, plan.slots);
    this.traceSwitch = new TraceSwitch(region, plan.traceOffset);
  }

  /** In the original process. Throws OptionError when so much cannot be addressed. */
  static create(options: ServerOptions): SharedMemory {
    const plan = planOf(options);
    if (plan.size > MOST_BYTES) {
      throw new OptionError(
        'cacheBytes, cachedFileBytes and workers need more than 2 GiB of shared memory together; choose less of one.',
      );
    }
    const memory = new SharedMemory(SharedRegion.create(plan.size), plan);
    if (plan.cacheBytes > 0) memory.cacheOf(-1).initialise();
    return memory;
  }

  /** In a worker: what the original has made. */
  static of(options: ServerOptions, region: SharedRegion): SharedMemory {
    return new SharedMemory(region, planOf(options));
  }

  /** The ring for the lines of the worker in `slot`, as one of those who use it sees it; undefined: nothing is logged. */
  ringOf(slot: number): LogRing | undefined {
    const { ringOffset, ringBytes } = this.#plan;
    return ringBytes === 0 ? undefined : new LogRing(this.region, ringOffset + slot * ringBytes, ringBytes);
  }

  /** The ring for the events of the worker in `slot`. */
  traceRingOf(slot: number): TraceRing {
    const { traceOffset, traceBytes } = this.#plan;
    return new TraceRing(this.region, traceOffset + PAGE_BYTES + slot * traceBytes, traceBytes);
  }

  /** Whether the worker in `slot`, which has that place, is being traced: for the thread that it is. */
  tracingOf(slot: number, place: number): Tracing {
    const collections = new TracedCollections();
    return new Tracing(this.traceSwitch, this.traceRingOf(slot), place, (tracer) => collections.follow(tracer));
  }

  /** The shared cache as the worker in `slot` sees it; -1: as the original process does, which serves nobody. */
  cacheOf(slot: number): SharedCache {
    const { cacheOffset, cacheBytes, slots } = this.#plan;
    return new SharedCache(this.region, cacheOffset, cacheBytes, slots, slot);
  }

  /** The part of the memory that is the worker's alone. */
  privateArena(slot: number): Arena {
    const { privateOffset, privateBytes } = this.#plan;
    const from = privateOffset + slot * privateBytes;
    return Arena.within(this.region, from, from + privateBytes);
  }
}

interface Plan {
  readonly slots: number;
  readonly ringOffset: number;
  /** 0: nothing is logged. */
  readonly ringBytes: number;
  /** A page for what turns it on, and then the rings. */
  readonly traceOffset: number;
  readonly traceBytes: number;
  readonly cacheOffset: number;
  /** 0: no cache is shared. */
  readonly cacheBytes: number;
  readonly privateOffset: number;
  readonly privateBytes: number;
  readonly size: number;
}

/** Whether the workers have one cache of files together. */
export function sharesCache(options: ServerOptions): boolean {
  return options.model === 'thread' || (options.model === 'process' && options.sharedCache);
}

/** How many workers there may be at a time, those being replaced not counted. */
export function workersOf(options: ServerOptions): number {
  return options.model === 'event' ? options.loops : options.workers;
}

/** For requests that come in part: a worker that blocks has one of them at a time. */
export function inputBytesOf(options: ServerOptions): number {
  return 8 * (options.maxTargetBytes + options.maxHeaderBytes + 65_536);
}

/** For the answers of an application. */
export function applicationBytesOf(options: ServerOptions): number {
  return servesApplication(options) ? WORKER_APPLICATION_BYTES : 0;
}

/**
 * For answers that only one worker has: errors, parts of files, and what goes into the shared cache. What a worker has
 * compressed it keeps, so that it need not do so again each second: all of them together as much as the shared cache has, up to
 * a bound.
 */
export function ownAnswerBytesOf(options: ServerOptions): number {
  const all = options.compress ? Math.min(options.cacheBytes, COMPRESSED_BYTES) : 0;
  const compressed = Math.floor(all / (2 * workersOf(options)));
  return 2 * options.cachedFileBytes + OTHER_BYTES + compressed;
}

function planOf(options: ServerOptions): Plan {
  // A worker that is being replaced lives beside its replacement.
  const slots = 2 * workersOf(options);
  const ringOffset = pages(WorkerSlots.bytes(slots));
  const ringBytes = options.accessLog === 'off' ? 0 : ringBytesOf(options, slots);
  const traceOffset = ringOffset + slots * ringBytes;
  const wantedBytes = pages(HEADER_BYTES + options.traceEvents * RECORD_BYTES);
  const traceBytes = Math.min(wantedBytes, pages(ALL_TRACE_BYTES / slots - PAGE_BYTES));
  const rings = { slots, ringOffset, ringBytes, traceOffset, traceBytes };
  const cacheOffset = traceOffset + PAGE_BYTES + slots * traceBytes;
  if (!sharesCache(options)) {
    return { ...rings, cacheOffset, cacheBytes: 0, privateOffset: cacheOffset, privateBytes: 0, size: cacheOffset };
  }
  const { cacheBytes } = options;
  const privateOffset = pages(cacheOffset + SharedCache.size(cacheBytes, slots));
  const privateBytes = pages(
    inputBytesOf(options) + ownAnswerBytesOf(options) + applicationBytesOf(options) + OTHER_BYTES,
  );
  const size = privateOffset + slots * privateBytes;
  return { ...rings, cacheOffset, cacheBytes, privateOffset, privateBytes, size };
}

function ringBytesOf({ model }: ServerOptions, slots: number): number {
  const most = model === 'event' ? LOOP_LOG_BYTES : WORKER_LOG_BYTES;
  return Math.min(most, Math.floor(ALL_LOG_BYTES / slots / PAGE_BYTES) * PAGE_BYTES);
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
