/**
 * What the original process and its workers (processes, threads or loops) say to each other, in shared memory: a slot for
 * each worker, with the order it has been given, the state it is in, and what it has counted.
 *
 * What it keeps true: of each word there is one writer at a time (the original writes the order, the worker all else; a worker may order itself to stop while it has none), so
 * nothing here needs a lock, and anybody may read at any time. A worker that has died leaves its counts behind.
 */
import type { SharedRegion } from '../memory/shared-region.js';
import { STALL_WORDS, type Stalls, sumOfStalls } from './stall-meter.js';

/** Bytes of a slot: lines of the processor's cache of its own, so that counting disturbs no other worker. */
export const SLOT_BYTES = 512;

// Orders, from the gentlest to the hardest; a worker obeys the latest.
/** Serve. */
export const RUN = 0;
/** Accept no more. Connections stay until their next answer, which says that they close; then end. */
export const RETIRE = 1;
/** Accept no more, close idle connections, let the others finish their answer; then end. */
export const STOP = 2;
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
/** It has read an order to end. */
export const ENDING = 4;
export type State = typeof VACANT | typeof STARTING | typeof IDLE | typeof BUSY | typeof ENDING;

// Words of a slot.
const ORDER = 0;
const STATE = 1;
const PROCESS = 2;
const THREAD = 3;
// Counts of a slot, as doubles from its 64th byte on.
const FIRST_COUNT = 8;
/** Connections accepted. */
export const CONNECTIONS = 0;
/** Requests whose answer has gone out. */
export const REQUESTS = 1;
export const COUNTS = 2;
/** What a StallMeter is written in follows. */
const FIRST_STALL = FIRST_COUNT + COUNTS;

/** What workers have counted, each alone or all together. */
export interface WorkerCounts {
  readonly connections: number;
  readonly requests: number;
  /** Of the loops among them: how long each was away from its dispatcher. */
  readonly stalls: Stalls;
}

export class WorkerSlot {
  /** What this worker counts, in place: at CONNECTIONS and REQUESTS. */
  readonly counts: Float64Array;
  /** For the StallMeter of a loop. */
  readonly stalls: Float64Array;
  readonly #words: Int32Array;
  readonly #first: number;

  constructor(region: SharedRegion, offset: number) {
    this.#words = region.words;
    this.#first = offset / 4;
    const first = offset / 8;
    this.counts = region.doubles.subarray(first + FIRST_COUNT, first + FIRST_COUNT + COUNTS);
    this.stalls = region.doubles.subarray(first + FIRST_STALL, first + FIRST_STALL + STALL_WORDS);
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

  /** Readies the slot for the next worker; what was counted stays, so that sums never fall. */
  vacate(): void {
    this.order = RUN;
    this.occupy(0, 0);
    this.state = VACANT;
  }
}

export class WorkerSlots {
  readonly slots: readonly WorkerSlot[];

  /** `count` slots from `offset` of the region on, a multiple of SLOT_BYTES. */
  constructor(region: SharedRegion, offset: number, count: number) {
    this.slots = Array.from({ length: count }, (_, index) => new WorkerSlot(region, offset + index * SLOT_BYTES));
  }

  /** The slot of worker number `index`, from 0 on. */
  at(index: number): WorkerSlot {
    return this.slots[index] as WorkerSlot;
  }

  /** How many workers are in this state now. */
  inState(state: State): number {
    return this.slots.reduce((count, slot) => count + (slot.state === state ? 1 : 0), 0);
  }

  /** What all workers have counted, those that have ended included. */
  sum(): WorkerCounts {
    const total = (count: number): number => this.slots.reduce((sum, slot) => sum + (slot.counts[count] as number), 0);
    const stalls = sumOfStalls(this.slots.map((slot) => slot.stalls));
    return { connections: total(CONNECTIONS), requests: total(REQUESTS), stalls };
  }
}
