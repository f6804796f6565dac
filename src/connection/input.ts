/**
 * Bytes that a peer has sent and nobody has consumed yet: the part of a request head that has come so far, or
 * requests that wait behind the one being answered. Most connections never need one: a request usually comes whole,
 * and is then understood where the dispatcher received it.
 */
import type { HeadLimits } from '../http/limits.js';
import { worthParsing } from '../http/parse-head.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';

/** The smallest piece of memory that is taken, in bytes: a usual request head. */
const FIRST_CAPACITY = 2_048;

export class Input {
  /** Where in the arena the bytes begin and end. */
  start = 0;
  end = 0;
  /** By the dispatcher's clock: when the last of them came. */
  clock = 0;
  readonly #arena: Arena;
  readonly #heap: Heap;
  #base = 0;
  #capacity = 0;

  constructor(arena: Arena, heap: Heap) {
    this.#arena = arena;
    this.#heap = heap;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Copies the arena's bytes from `start` to `end` behind those that are there; false when no memory is left. */
  append(start: number, end: number, receipt: { readonly clock: number }): boolean {
    this.clock = receipt.clock;
    const length = end - start;
    if (this.end + length > this.#base + this.#capacity && !this.#makeRoom(length)) return false;
    this.#arena.bytes.copyWithin(this.end, start, end);
    this.end += length;
    return true;
  }

  /** Whether the `length` bytes that came last may have completed a request head. */
  mayCompleteHead(length: number, limits: HeadLimits): boolean {
    return worthParsing(this.#arena.bytes, this.start, this.end - length, this.end, limits);
  }

  /** Gives the memory back. */
  release(): void {
    if (this.#capacity !== 0) this.#heap.free(this.#base, this.#capacity);
    this.#capacity = 0;
    this.#base = 0;
    this.start = 0;
    this.end = 0;
  }

  #makeRoom(length: number): boolean {
    const waiting = this.length;
    let capacity = Math.max(this.#capacity, FIRST_CAPACITY);
    while (capacity < waiting + length) capacity *= 2;
    let base = this.#base;
    if (capacity > this.#capacity) {
      base = this.#heap.allocate(capacity);
      if (base < 0) return false;
    }
    this.#arena.bytes.copyWithin(base, this.start, this.end);
    if (base !== this.#base && this.#capacity !== 0) this.#heap.free(this.#base, this.#capacity);
    this.#base = base;
    this.#capacity = capacity;
    this.start = base;
    this.end = base + waiting;
    return true;
  }
}
