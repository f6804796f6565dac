/**
 * When each connection's time is up: a hashed timing wheel (Varghese and Lauck, 1987) over typed arrays.
 *
 * Almost every deadline is moved before it comes. Moving one later only stores the new time: the entry stays in its
 * slot, and is filed anew when that slot comes up. So setting a deadline costs a compare and a store.
 * Times are milliseconds since the epoch; deadlines are kept in ticks since the wheel was made.
 */
import { grown } from '../memory/growing.js';

/** How precise a deadline is, in milliseconds: it is never early, and late by at most so much. */
export const TIMER_TICK_MILLISECONDS = 250;
/** A power of two. A deadline further away than all slots together is looked at once a round. */
const SLOTS = 512;
const NONE = -1;

export class Deadlines {
  readonly #start: number;
  /** The first tick whose slot has not been looked at. */
  #tick = 0;
  /** No slot before this tick's has anything in it: where the search for the next one begins. */
  #noneBefore = 0;
  /** First descriptor of each slot's list. */
  readonly #first = new Int32Array(SLOTS).fill(NONE);
  // Of each descriptor: the tick it is due at (0: none), the tick whose slot it is filed in, and its neighbours there.
  #due = new Int32Array(0);
  #filed = new Int32Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  #count = 0;

  constructor(now = Date.now()) {
    this.#start = now;
  }

  set(descriptor: number, dueMilliseconds: number): void {
    const due = Math.max(this.#tick, 1, Math.ceil((dueMilliseconds - this.#start) / TIMER_TICK_MILLISECONDS));
    if (descriptor >= this.#due.length) this.#grow(descriptor);
    this.#due[descriptor] = due;
    const filed = this.#filed[descriptor] as number;
    if (filed !== 0 && filed <= due) return;
    if (filed !== 0) this.#unlink(descriptor);
    this.#file(descriptor, due);
  }

  clear(descriptor: number): void {
    if (descriptor >= this.#due.length || this.#filed[descriptor] === 0) return;
    this.#unlink(descriptor);
    this.#due[descriptor] = 0;
  }

  /** Calls `expired` for every deadline that has passed. It may set and clear deadlines. */
  advance(now: number, expired: (descriptor: number) => void): void {
    const last = Math.floor((now - this.#start) / TIMER_TICK_MILLISECONDS);
    // After a long sleep every slot is looked at once, not once a tick.
    if (last - this.#tick > SLOTS) this.#tick = last - SLOTS;
    while (this.#tick <= last) {
      const slot = this.#tick & (SLOTS - 1);
      this.#tick++;
      let descriptor = this.#first[slot] as number;
      while (descriptor !== NONE) {
        const due = this.#due[descriptor] as number;
        this.#unlink(descriptor);
        if (due <= last) {
          this.#due[descriptor] = 0;
          expired(descriptor);
        } else {
          this.#file(descriptor, due);
        }
        // Read anew: what was called may have changed the list. Nothing is filed into the slot being emptied.
        descriptor = this.#first[slot] as number;
      }
    }
  }

  /** Milliseconds until `advance` may have something to do; -1 for never. */
  next(now: number): number {
    if (this.#count === 0) return -1;
    let tick = Math.max(this.#tick, this.#noneBefore);
    const end = this.#tick + SLOTS;
    while (tick < end && this.#first[tick & (SLOTS - 1)] === NONE) tick++;
    this.#noneBefore = tick;
    return Math.max(0, this.#start + tick * TIMER_TICK_MILLISECONDS - now);
  }

  #file(descriptor: number, due: number): void {
    const tick = Math.min(due, this.#tick + SLOTS - 2);
    if (tick < this.#noneBefore) this.#noneBefore = tick;
    const slot = tick & (SLOTS - 1);
    const first = this.#first[slot] as number;
    this.#filed[descriptor] = tick;
    this.#next[descriptor] = first;
    this.#previous[descriptor] = NONE;
    if (first !== NONE) this.#previous[first] = descriptor;
    this.#first[slot] = descriptor;
    this.#count++;
  }

  #unlink(descriptor: number): void {
    const next = this.#next[descriptor] as number;
    const previous = this.#previous[descriptor] as number;
    if (next !== NONE) this.#previous[next] = previous;
    if (previous !== NONE) this.#next[previous] = next;
    else this.#first[(this.#filed[descriptor] as number) & (SLOTS - 1)] = next;
    this.#filed[descriptor] = 0;
    this.#count--;
  }

  #grow(descriptor: number): void {
    const size = Math.max(1024, this.#due.length * 2, descriptor + 1);
    this.#due = grown(this.#due, size);
    this.#filed = grown(this.#filed, size);
    this.#next = grown(this.#next, size);
    this.#previous = grown(this.#previous, size);
  }
}
