/**
 * Memory for things of all sizes that come and go (cached answers, requests that came in part), inside an Arena.
 *
 * A buddy allocator: free blocks have 2^n granules and begin at a multiple of their size. Whoever needs less than a whole
 * block gets only the granules it needs; the tail is free again at once. What is freed joins its free neighbours.
 * The bookkeeping lies in typed arrays beside the memory, never in it: the memory itself is touched by its users alone,
 * and the bookkeeping costs real pages only where the memory was used.
 *
 * `allocate` and `free` take a number of steps that depends on the size of the heap only, not on what is in it.
 */
import type { Arena } from './arena.js';
import type { SharedRegion } from './shared-region.js';

/** Sizes are rounded up to this many bytes. Small enough for the head of a response, large enough to coalesce fast. */
export const GRANULE_BYTES = 256;

const GRANULE_SHIFT = 8;
/** Up to 2^30 granules: more than 31 bits of offset can address. */
const ORDERS = 31;
const AVAILABLE = 0;
const USED = 1;
const TOTALS = 2;

/** Where in shared memory the bookkeeping of a heap lies: `offset` is a multiple of 4, `bookkeepingBytes` bytes are for it. */
export interface SharedBooks {
  readonly region: SharedRegion;
  readonly offset: number;
}

export class Heap {
  readonly #base: number;
  readonly #granules: number;
  /** Of the first granule of each free block: its order plus 1. Of every other granule: 0. */
  readonly #orders: Uint8Array;
  /** The free blocks of one order are a list; links are the first granule plus 1, 0 at the ends. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #first: Int32Array;
  /** At AVAILABLE: bit n is set when there are free blocks of order n. At USED: how many granules are allocated. */
  readonly #totals: Int32Array;

  /**
   * Reserves `bytes` (rounded down to whole granules) of the arena for life. Throws RangeError when that is none, or too many.
   *
   * With `books` the bookkeeping lies in shared memory, so that several threads or processes have one heap, each through a
   * `Heap` of its own. A lock must see to it that one at a time uses it, and one of them calls `initialise` before.
   */
  constructor(arena: Arena, bytes: number, books?: SharedBooks) {
    this.#granules = Math.floor(bytes / GRANULE_BYTES);
    if (!(this.#granules > 0)) throw new RangeError(`a heap of ${bytes} bytes has no room for anything`);
    this.#base = arena.reserve(this.#granules * GRANULE_BYTES, GRANULE_BYTES);
    const granules = this.#granules;
    if (books === undefined) {
      this.#first = new Int32Array(ORDERS);
      this.#totals = new Int32Array(TOTALS);
      this.#next = new Int32Array(granules);
      this.#previous = new Int32Array(granules);
      this.#orders = new Uint8Array(granules);
    } else {
      const { region, offset } = books;
      let word = offset / 4;
      const words = (count: number): Int32Array => {
        word += count;
        return region.words.subarray(word - count, word);
      };
      this.#first = words(ORDERS);
      this.#totals = words(TOTALS);
      this.#next = words(granules);
      this.#previous = words(granules);
      this.#orders = region.bytes.subarray(word * 4, word * 4 + granules);
    }
    if (books === undefined) this.initialise();
  }

  /** Bytes of shared memory that the bookkeeping of a heap of `bytes` bytes takes: a multiple of 4. */
  static bookkeepingBytes(bytes: number): number {
    const granules = Math.floor(bytes / GRANULE_BYTES);
    return 4 * (ORDERS + TOTALS + 2 * granules + Math.ceil(granules / 4));
  }

  /** Makes everything free, the first time: to be called once for shared bookkeeping, whose memory must be zero. */
  initialise(): void {
    this.#release(0, this.#granules);
  }

  /** Makes everything free again, whatever was there, and be it half written. */
  reset(): void {
    this.#first.fill(0);
    this.#totals.fill(0);
    // Links need no clearing: they are read of free blocks only.
    this.#orders.fill(0);
    this.#release(0, this.#granules);
  }

  /** Bytes in all. */
  get capacity(): number {
    return this.#granules * GRANULE_BYTES;
  }

  /** Bytes that are allocated, each piece rounded up to whole granules. */
  get used(): number {
    return this.#totals[USED]! * GRANULE_BYTES;
  }

  /** The arena's offset of `size` bytes, a multiple of 256 from the heap's beginning; -1 when no free piece is so large. */
  allocate(size: number): number {
    if (!(size >= 0 && size <= this.#granules * GRANULE_BYTES)) return -1;
    const wanted = size <= GRANULE_BYTES ? 1 : (size + GRANULE_BYTES - 1) >>> GRANULE_SHIFT;
    const order = 32 - Math.clz32(wanted - 1);
    const candidates = this.#totals[AVAILABLE]! & -(1 << order);
    if (candidates === 0) return -1;
    const found = 31 - Math.clz32(candidates & -candidates);
    const granule = this.#first[found]! - 1;
    this.#unlink(granule, found);
    this.#totals[USED]! += wanted;
    this.#release(granule + wanted, granule + (1 << found));
    return this.#base + granule * GRANULE_BYTES;
  }

  /** Gives back what `allocate(size)` gave. */
  free(offset: number, size: number): void {
    const granule = (offset - this.#base) >> GRANULE_SHIFT;
    const count = size <= GRANULE_BYTES ? 1 : (size + GRANULE_BYTES - 1) >>> GRANULE_SHIFT;
    this.#totals[USED]! -= count;
    this.#release(granule, granule + count);
  }

  /** Makes the granules from `start` to `end` free: as few aligned blocks as cover them, each joined with its buddies. */
  #release(start: number, end: number): void {
    let at = start;
    while (at < end) {
      const aligned = at === 0 ? ORDERS - 1 : 31 - Math.clz32(at & -at);
      const fitting = 31 - Math.clz32(end - at);
      const order = aligned < fitting ? aligned : fitting;
      this.#insert(at, order);
      at += 1 << order;
    }
  }

  #insert(start: number, startOrder: number): void {
    let granule = start;
    let order = startOrder;
    for (;;) {
      const buddy = granule ^ (1 << order);
      // Beyond the end there is no buddy: reading there gives undefined, which is no order.
      if (this.#orders[buddy] !== order + 1) break;
      this.#unlink(buddy, order);
      granule &= ~(1 << order);
      order++;
    }
    const head = this.#first[order]!;
    this.#orders[granule] = order + 1;
    this.#next[granule] = head;
    this.#previous[granule] = 0;
    if (head !== 0) this.#previous[head - 1] = granule + 1;
    this.#first[order] = granule + 1;
    this.#totals[AVAILABLE]! |= 1 << order;
  }

  #unlink(granule: number, order: number): void {
    const next = this.#next[granule]!;
    const previous = this.#previous[granule]!;
    if (next !== 0) this.#previous[next - 1] = previous;
    if (previous !== 0) this.#next[previous - 1] = next;
    else this.#first[order] = next;
    if (this.#first[order] === 0) this.#totals[AVAILABLE]! &= ~(1 << order);
    this.#orders[granule] = 0;
  }
}
