/**
 * What the original process and its workers (processes, threads or loops) say to each other, in shared memory: a slot for
 * each worker, with the order it has been given, the state it is in, and what it has counted. The histograms of each lie
 * behind all slots.
 *
 * What it keeps true: of each word there is one writer at a time (the original writes the order, the worker all else; a worker
 * may order itself to stop while it has none), so nothing here needs a lock, and anybody may read at any time. A worker that has
 * died leaves its counts behind.
 */
import { SYSTEM_CALLS } from '../linux/system-calls.js';
import type { SharedRegion } from '../memory/shared-region.js';
import { COUNTS, FIRST_GAUGE, HISTOGRAMS, type HistogramName, TOLD_AT, WAITED } from './counts.js';
import { HISTOGRAM_BUCKETS, HISTOGRAM_HEAD, Histogram } from './histogram.js';
import { STALL_WORDS } from './stall-meter.js';

// Orders, from the gentlest to the hardest; a worker obeys the latest.
/** Serve. */
export const RUN = 0;
/** Accept no more. Connections stay until their next answer, which says that they close; then end. */
export const RETIRE = 1;
/** Accept no more, close idle connections, let the others finish their answer; then end. */
export const STOP = 2;
/** Who waits in the queue at a STOP has so many milliseconds to be accepted, and then as many to send a request. */
export const QUEUE_MILLISECONDS = 100;
/** Close everything and end. */
export const ABORT = 3;
/** Throw an error where you are: a fault that is injected for a test. */
export const THROW = 4;
export type Order = typeof RUN | typeof RETIRE | typeof STOP | typeof ABORT | typeof THROW;

// States of a worker.
/** Nobody has this slot, or whoever had it has ended. */
export const VACANT = 0;
export const STARTING = 1;
/** It waits for a connection. */
export const IDLE = 2;
/** It has at least one connection. */
export const BUSY = 3;
/** It has read an order to end; a loop has taken those in its queue by then. */
export const ENDING = 4;
/** By their numbers. */
export const STATE_NAMES = ['vacant', 'starting', 'idle', 'busy', 'ending'] as const;
export type State = typeof VACANT | typeof STARTING | typeof IDLE | typeof BUSY | typeof ENDING;

// Words of a slot.
const ORDER = 0;
const STATE = 1;
const PROCESS = 2;
const THREAD = 3;
// Counts of a slot, as doubles from its 64th byte on.
const FIRST_COUNT = 8;
/** What a StallMeter is written in follows, then the system calls, then the heads of the histograms. */
const FIRST_STALL = FIRST_COUNT + COUNTS;
const FIRST_CALL = FIRST_STALL + STALL_WORDS;
const FIRST_HEAD = FIRST_CALL + SYSTEM_CALLS.length;
const SLOT_WORDS = FIRST_HEAD + HISTOGRAMS.length * HISTOGRAM_HEAD;

/** Bytes of a slot: lines of the processor's cache of its own, so that counting disturbs no other worker. */
export const SLOT_BYTES = Math.ceil(SLOT_WORDS / 8) * 64;
/** The buckets of a worker's histograms. */
const BUCKETS = HISTOGRAMS.length * HISTOGRAM_BUCKETS;

export class WorkerSlot {
  /** What this worker counts, in place: see counts.ts. */
  readonly counts: Float64Array;
  /** For the StallMeter of a loop. */
  readonly stalls: Float64Array;
  /** One for each of SYSTEM_CALLS. */
  readonly systemCalls: Float64Array;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #first: number;
  /** Index of the first bucket. */
  readonly #buckets: number;

  /** At `offset` of the region, with its histograms at `histograms`. */
  constructor(region: SharedRegion, offset: number, histograms: number) {
    this.#words = region.words;
    this.#doubles = region.doubles;
    this.#first = offset / 4;
    this.#buckets = histograms / 8;
    this.counts = this.#part(FIRST_COUNT, COUNTS);
    this.stalls = this.#part(FIRST_STALL, STALL_WORDS);
    this.systemCalls = this.#part(FIRST_CALL, SYSTEM_CALLS.length);
  }

  #part(first: number, length: number): Float64Array {
    const from = this.#first / 2 + first;
    return this.#doubles.subarray(from, from + length);
  }

  /** One of its histograms, in place. */
  histogram(name: HistogramName): Histogram {
    const index = HISTOGRAMS.indexOf(name);
    const buckets = this.#buckets + index * HISTOGRAM_BUCKETS;
    return new Histogram(
      this.#part(FIRST_HEAD + index * HISTOGRAM_HEAD, HISTOGRAM_HEAD),
      this.#doubles.subarray(buckets, buckets + HISTOGRAM_BUCKETS),
    );
  }

  get order(): Order {
    return Atomics.load(this.#words, this.#first + ORDER) as Order;
  }

  set order(order: Order) {
    Atomics.store(this.#words, this.#first + ORDER, order);
  }

  /** The worker's own wish to stop, which counts only while it has no order. */
  leave(): void {
    Atomics.compareExchange(this.#words, this.#first + ORDER, RUN, STOP);
  }

  get state(): State {
    return Atomics.load(this.#words, this.#first + STATE) as State;
  }

  set state(state: State) {
    Atomics.store(this.#words, this.#first + STATE, state);
  }

  /** Process and thread of the worker, as the kernel numbers them; 0 before it has come up. */
  get process(): number {
    return Atomics.load(this.#words, this.#first + PROCESS);
  }

  get thread(): number {
    return Atomics.load(this.#words, this.#first + THREAD);
  }

  /** The worker has come up, as this thread of this process. */
  occupy(processIdentifier: number, thread: number): void {
    Atomics.store(this.#words, this.#first + PROCESS, processIdentifier);
    Atomics.store(this.#words, this.#first + THREAD, thread);
  }

  /** Readies the slot for the next worker; what was counted stays, so that sums never fall, but for what is over with it. */
  vacate(): void {
    this.order = RUN;
    // What a worker that blocks had not told of when it ended was a wait.
    const toldAt = this.counts[TOLD_AT]!;
    if (toldAt > 0) this.counts[WAITED]! += Math.max(0, Date.now() - toldAt) / 1000;
    this.counts.fill(0, FIRST_GAUGE);
    this.occupy(0, 0);
    this.state = VACANT;
  }
}

export class WorkerSlots {
  readonly slots: readonly WorkerSlot[];

  /** `count` slots from `offset` of the region on, a multiple of 64. */
  constructor(region: SharedRegion, offset: number, count: number) {
    const histograms = offset + count * SLOT_BYTES;
    this.slots = Array.from(
      { length: count },
      (_, index) => new WorkerSlot(region, offset + index * SLOT_BYTES, histograms + index * BUCKETS * 8),
    );
  }

  /** How many bytes of zeroed memory they take, with their histograms. Pages cost nothing until they are touched. */
  static bytes(count: number): number {
    return count * (SLOT_BYTES + BUCKETS * 8);
  }

  /** The slot of worker number `index`, from 0 on. */
  at(index: number): WorkerSlot {
    return this.slots[index] as WorkerSlot;
  }

  /** How many workers are in this state now. */
  inState(state: State): number {
    return this.slots.reduce((count, slot) => count + (slot.state === state ? 1 : 0), 0);
  }
}
