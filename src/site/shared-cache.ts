/**
 * A cache that several threads or processes have together: finished answers (a head, and behind it the contents of a small
 * file) and the table of paths that leads to them, all in shared memory.
 *
 * What it keeps true, as long as whoever uses it has the lock:
 * - What a worker is sending is neither changed nor freed. Before the worker lets go of the lock it notes, in a word of its
 *   own, which block it holds; a block that stands in any such word stays. A worker serves one connection at a time, so one
 *   word is enough, and to let go is to write a zero: no lock, and nothing that could be half done.
 * - A block belongs to one record, or waits to be freed until nobody holds it, or is free.
 * - A worker that has died holds nothing. If it died inside the lock, what the lock guards may be half written: then
 *   everybody goes past the cache until nobody holds anything, and it begins anew.
 *
 * An answer is given out in the second in which it was made or looked at, like those of the private cache; in the next
 * second whoever asks first looks at the file and publishes anew.
 */
import { Arena } from '../memory/arena.js';
import { Heap } from '../memory/heap.js';
import { LOCK_BYTES, Lock } from '../memory/lock.js';
import type { SharedRegion } from '../memory/shared-region.js';
import { hashOf, PATH_BYTES } from './path-table.js';

/** The lock as it is used here, so that a test can show what happens without one. */
export type Guard = Pick<Lock, 'acquire' | 'release' | 'bury' | 'broken' | 'mended' | 'counts'>;

/** What is published: `length` bytes at `offset` of the region, of which the first `headLength` are the head. */
export interface Publication {
  readonly offset: number;
  readonly length: number;
  readonly headLength: number;
}

export interface SharedCacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly entries: number;
  /** Bytes of the heap in use. */
  readonly bytes: number;
}

const ALIGNMENT = 64;
/** Each path has so many places. */
const WAYS = 4;
/** As for the private cache: a place for each 4 KiB of contents, and as many again so that few collide. */
const HEAP_BYTES_PER_PLACE = 2_048;
const LEAST_PLACES = 16;
const MOST_PLACES = 131_072;

// Words of the header, behind the lock.
const HAND = 0;
const ENTRIES = 1;
const RETIRED = 2;
/** Counts of the header, as doubles from its beginning on. */
const HITS = 2;
const MISSES = 3;
const EVICTIONS = 4;
const HEADER_BYTES = 64;

/** Blocks that are no longer found but still being sent, at most: offset and length of each. */
const MOST_RETIRED = 256;

// Words of a record; then the path.
const HASH = 0;
/** 0: the record is vacant. */
const PATH_LENGTH = 1;
const VARIANT = 2;
const OFFSET = 3;
const LENGTH = 4;
const HEAD_LENGTH = 5;
const SECOND = 6;
/** Used since the hand last came by. */
const USED = 7;
const PATH = 8;
const RECORD_WORDS = PATH + PATH_BYTES / 4;

/** Records that the hand passes to make room for one answer, at most. */
const MOST_STEPS = 4_096;

/** Where everything lies, from the beginning of the cache on. */
interface Layout {
  readonly places: number;
  readonly holds: number;
  readonly retired: number;
  readonly table: number;
  readonly books: number;
  readonly heap: number;
  readonly size: number;
}

export class SharedCache {
  readonly lock: Guard;
  /** What `find` has found: where it lies in the region. */
  offset = 0;
  length = 0;
  headLength = 0;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #counts: Float64Array;
  readonly #heap: Heap;
  readonly #layout: Layout;
  readonly #owner: number;
  /** Indices of words: of the header, of the first hold, of this user's, of the retired blocks, and of the table. */
  readonly #header: number;
  readonly #holds: number;
  readonly #hold: number;
  readonly #users: number;
  readonly #retired: number;
  readonly #table: number;
  readonly #mask: number;

  /**
   * The cache at `offset` of the region, a multiple of 64, as `user` sees it: a number from 0 up to `users`, or -1 for who
   * only watches over it. Before anybody uses it one must call `initialise`.
   */
  constructor(region: SharedRegion, offset: number, heapBytes: number, users: number, user: number, lock?: Guard) {
    const layout = layoutOf(heapBytes, users);
    this.#layout = layout;
    this.#bytes = region.bytes;
    this.#words = region.words;
    this.lock = lock ?? new Lock(region, offset);
    this.#header = (offset + LOCK_BYTES) / 4;
    const counts = (offset + LOCK_BYTES) / 8;
    this.#counts = region.doubles.subarray(counts, counts + HEADER_BYTES / 8);
    this.#holds = (offset + layout.holds) / 4;
    this.#hold = this.#holds + user;
    this.#users = users;
    this.#owner = user + 1;
    this.#retired = (offset + layout.retired) / 4;
    this.#table = (offset + layout.table) / 4;
    this.#mask = layout.places - WAYS;
    const heap = Arena.within(region, offset + layout.heap, offset + layout.size);
    this.#heap = new Heap(heap, heapBytes, { region, offset: offset + layout.books, fresh: false });
  }

  /** Bytes of the region that a cache takes. */
  static size(heapBytes: number, users: number): number {
    return layoutOf(heapBytes, users).size;
  }

  /** Makes it empty. Nobody may be using it. */
  initialise(): void {
    const { places } = this.#layout;
    this.#words.fill(0, this.#table, this.#table + places * RECORD_WORDS);
    this.#words[this.#header + HAND] = 0;
    this.#words[this.#header + ENTRIES] = 0;
    this.#words[this.#header + RETIRED] = 0;
    this.#heap.reset();
  }

  get counts(): SharedCacheCounts {
    return {
      hits: this.#counts[HITS]!,
      misses: this.#counts[MISSES]!,
      evictions: this.#counts[EVICTIONS]!,
      entries: this.#words[this.#header + ENTRIES]!,
      bytes: this.#heap.used,
    };
  }

  /**
   * Whether the answer to the path in `bytes` from `start` to `end` is there and may be given out in `second`. If so it is
   * held, and `offset`, `length` and `headLength` tell where it is, until `release`. One answer at a time.
   */
  find(bytes: Uint8Array, start: number, end: number, variant: number, second: number): boolean {
    const hash = hashOf(bytes, start, end);
    this.lock.acquire(this.#owner);
    try {
      const record = this.#usable() ? this.#locate(bytes, start, end - start, variant, hash) : -1;
      if (record < 0 || this.#words[record + SECOND] !== (second | 0)) {
        this.#counts[MISSES]! += 1;
        return false;
      }
      this.#counts[HITS]! += 1;
      this.#words[record + USED] = 1;
      this.offset = this.#words[record + OFFSET]!;
      this.length = this.#words[record + LENGTH]!;
      this.headLength = this.#words[record + HEAD_LENGTH]!;
      Atomics.store(this.#words, this.#hold, this.offset);
      return true;
    } finally {
      this.lock.release();
    }
  }

  /** What was found is held no more. */
  release(): void {
    Atomics.store(this.#words, this.#hold, 0);
  }

  /**
   * Puts a copy of an answer in, in the place of what the path led to before; it may be given out in `second`. False when
   * there is no memory for it that could be freed now.
   */
  publish(
    bytes: Uint8Array,
    start: number,
    end: number,
    variant: number,
    second: number,
    { offset, length, headLength }: Publication,
  ): boolean {
    const hash = hashOf(bytes, start, end);
    this.lock.acquire(this.#owner);
    try {
      if (!this.#usable()) return false;
      this.#freeRetired();
      const block = this.#allocate(length);
      if (block < 0) return false;
      const record = this.#place(bytes, start, end - start, variant, hash);
      if (record < 0) {
        this.#heap.free(block, length);
        return false;
      }
      this.#bytes.copyWithin(block, offset, offset + length);
      this.#write(record, bytes, start, end - start, variant, hash);
      this.#words[record + OFFSET] = block;
      this.#words[record + LENGTH] = length;
      this.#words[record + HEAD_LENGTH] = headLength;
      this.#words[record + SECOND] = second | 0;
      return true;
    } finally {
      this.lock.release();
    }
  }

  /** A user has died: what it held is given back, the lock too. */
  bury(user: number): void {
    Atomics.store(this.#words, this.#holds + user, 0);
    this.lock.bury(user + 1);
  }

  /** Whether what the lock guards can be trusted. What may be half written is made anew when nobody holds anything. */
  #usable(): boolean {
    if (!this.lock.broken) return true;
    for (let user = 0; user < this.#users; user++) {
      if (Atomics.load(this.#words, this.#holds + user) !== 0) return false;
    }
    this.initialise();
    this.lock.mended();
    return true;
  }

  /** The record of a path, as the index of its first word; -1 when there is none. */
  #locate(bytes: Uint8Array, start: number, length: number, variant: number, hash: number): number {
    const words = this.#words;
    const first = this.#table + (hash & this.#mask) * RECORD_WORDS;
    for (let record = first; record < first + WAYS * RECORD_WORDS; record += RECORD_WORDS) {
      if (words[record + HASH] !== hash || words[record + PATH_LENGTH] !== length) continue;
      if (words[record + VARIANT] === variant && this.#equal(bytes, start, length, record)) return record;
    }
    return -1;
  }

  #equal(bytes: Uint8Array, start: number, length: number, record: number): boolean {
    const own = (record + PATH) * 4;
    for (let index = 0; index < length; index++) {
      if (bytes[start + index] !== this.#bytes[own + index]) return false;
    }
    return true;
  }

  /** A vacant record for a path: its own, emptied, or one of its places; -1 when none of them can be emptied now. */
  #place(bytes: Uint8Array, start: number, length: number, variant: number, hash: number): number {
    const words = this.#words;
    const own = this.#locate(bytes, start, length, variant, hash);
    if (own >= 0) return this.#vacate(own) ? own : -1;
    const first = this.#table + (hash & this.#mask) * RECORD_WORDS;
    let chosen = first;
    for (let record = first; record < first + WAYS * RECORD_WORDS; record += RECORD_WORDS) {
      if (words[record + PATH_LENGTH] === 0) return record;
      // The one that has not been used for the longest time, as far as a bit can tell.
      if (words[record + USED] === 0) chosen = record;
      words[record + USED] = 0;
    }
    if (!this.#vacate(chosen)) return -1;
    this.#counts[EVICTIONS]! += 1;
    return chosen;
  }

  #write(record: number, bytes: Uint8Array, start: number, length: number, variant: number, hash: number): void {
    const words = this.#words;
    words[record + HASH] = hash;
    words[record + VARIANT] = variant;
    words[record + USED] = 1;
    this.#bytes.set(bytes.subarray(start, start + length), (record + PATH) * 4);
    words[record + PATH_LENGTH] = length;
    words[this.#header + ENTRIES]! += 1;
  }

  /** Empties a record. Its block is freed, now or when nobody holds it; false when no more blocks can wait for that. */
  #vacate(record: number): boolean {
    const words = this.#words;
    const block = words[record + OFFSET]!;
    const length = words[record + LENGTH]!;
    if (!this.#held(block)) {
      this.#heap.free(block, length);
    } else {
      const waiting = words[this.#header + RETIRED]!;
      if (waiting === MOST_RETIRED) return false;
      words[this.#retired + 2 * waiting] = block;
      words[this.#retired + 2 * waiting + 1] = length;
      words[this.#header + RETIRED] = waiting + 1;
    }
    words[record + PATH_LENGTH] = 0;
    words[this.#header + ENTRIES]! -= 1;
    return true;
  }

  #held(block: number): boolean {
    for (let user = 0; user < this.#users; user++) {
      if (Atomics.load(this.#words, this.#holds + user) === block) return true;
    }
    return false;
  }

  #freeRetired(): void {
    const words = this.#words;
    let waiting = words[this.#header + RETIRED]!;
    for (let index = waiting - 1; index >= 0; index--) {
      const at = this.#retired + 2 * index;
      if (this.#held(words[at]!)) continue;
      this.#heap.free(words[at]!, words[at + 1]!);
      waiting--;
      words[at] = words[this.#retired + 2 * waiting]!;
      words[at + 1] = words[this.#retired + 2 * waiting + 1]!;
    }
    words[this.#header + RETIRED] = waiting;
  }

  /** Memory for which others may have to go: the hand goes round and takes who has not been used since it last came by. */
  #allocate(length: number): number {
    const words = this.#words;
    let block = this.#heap.allocate(length);
    if (length > this.#heap.capacity) return -1;
    for (let step = 0; block < 0 && step < MOST_STEPS; step++) {
      const place = words[this.#header + HAND]!;
      words[this.#header + HAND] = (place + 1) % this.#layout.places;
      const record = this.#table + place * RECORD_WORDS;
      if (words[record + PATH_LENGTH] === 0) continue;
      const used = words[record + USED] !== 0;
      words[record + USED] = 0;
      if (used || this.#held(words[record + OFFSET]!)) continue;
      this.#vacate(record);
      this.#counts[EVICTIONS]! += 1;
      block = this.#heap.allocate(length);
    }
    return block;
  }
}

function layoutOf(heapBytes: number, users: number): Layout {
  const wanted = Math.min(MOST_PLACES, Math.max(LEAST_PLACES, heapBytes / HEAP_BYTES_PER_PLACE));
  const places = 2 ** Math.ceil(Math.log2(wanted));
  const aligned = (offset: number, alignment = ALIGNMENT): number => Math.ceil(offset / alignment) * alignment;
  const holds = LOCK_BYTES + HEADER_BYTES;
  const retired = aligned(holds + users * 4);
  const table = aligned(retired + MOST_RETIRED * 8);
  const books = aligned(table + places * RECORD_WORDS * 4);
  const heap = aligned(books + Heap.bookkeepingBytes(heapBytes), 4096);
  return { places, holds, retired, table, books, heap, size: aligned(heap + heapBytes, 4096) };
}
