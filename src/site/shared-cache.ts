/**
 * A cache that several threads or processes have together: finished answers (a head, and behind it the contents of a small
 * file) and the table of paths that leads to them, all in shared memory.
 *
 * What it keeps true, as long as whoever uses it has the lock:
 * - What a worker is sending is neither changed nor freed. Before the worker lets go of the lock it notes, in a word of its
 *   own, which block it holds; a block that stands in any such word stays. A worker serves one connection at a time, so one
 *   word is enough, and to let go is to write a zero: no lock, and nothing that could be half done.
 * - A block belongs to one record, or waits to be freed until nobody holds it, or is free.
 * - A worker that has died holds nothing. If it died or threw inside the lock, what the lock guards may be half written:
 *   then everybody goes past the cache until nobody holds anything, and it begins anew.
 *
 * An answer is given out in the second in which it was made or looked at, like those of the private cache; in the next
 * second whoever asks first looks at the file and publishes anew. Where nothing but the second is new, only the Date is.
 */
import { DATE_BYTES, writeDate } from '../http/http-date.js';
import { Arena } from '../memory/arena.js';
import { Heap } from '../memory/heap.js';
import { LOCK_BYTES, Lock } from '../memory/lock.js';
import type { SharedRegion } from '../memory/shared-region.js';
import { hashOf, PATH_BYTES } from './path-table.js';

/** The lock as it is used here, so that a test can show what happens without one. */
export type Guard = Pick<Lock, 'acquire' | 'release' | 'bury' | 'spoil' | 'broken' | 'mended' | 'counts'> &
  Partial<Pick<Lock, 'waiting'>>;

/** What is published: `length` bytes at `offset` of the region, of which the first `headLength` are the head. */
export interface Publication {
  readonly offset: number;
  readonly length: number;
  readonly headLength: number;
  /** Where the Date is, from `offset` on; -1: there is none. */
  readonly dateAt: number;
  readonly status: number;
}

/** What has been counted by all users together, and what is there now. Read without the lock: each figure is true by itself. */
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
/** How often all that is here has been doubted. */
const DOUBTS = 3;
/** Counts of the header, as doubles from its beginning on. */
const HITS = 2;
const MISSES = 3;
const EVICTIONS = 4;
const HEADER_BYTES = 64;

/** Of each block that is no longer found but still being sent: offset and length. Each user holds one at most. */
const RETIRED_BYTES = 8;

// Words of a record; then the path.
const HASH = 0;
/** 0: the record is vacant. */
const PATH_LENGTH = 1;
const VARIANT = 2;
const OFFSET = 3;
const LENGTH = 4;
const HEAD_LENGTH = 5;
const DATE_AT = 6;
const STATUS = 7;
const SECOND = 8;
/** The number of doubts when the file was last looked at: one more since then, and it must be looked at again. */
const DOUBTS_THEN = 9;
/** Used since the hand last came by. */
const USED = 10;
const PATH = 12;
const RECORD_WORDS = PATH + PATH_BYTES / 4;

/** Records that the hand passes to make room for one answer, at most: meanwhile the others wait for the lock. */
const MOST_STEPS = 1_024;

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
  status = 0;
  /** Whether something that was found is held. */
  holding = false;
  readonly #bytes: Uint8Array;
  /** The same memory, for comparing. */
  readonly #buffer: Buffer;
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
   * The cache at `offset` of the region, a multiple of 4096, as `user` sees it: a number from 0 up to, but not including,
   * `users`, or -1 for who only watches over it: that one never waits for the lock, as it alone can end such a wait when
   * an owner has died. Before anybody uses it one must call `initialise`. Throws RangeError when there is no room.
   */
  constructor(region: SharedRegion, offset: number, heapBytes: number, users: number, user: number, lock?: Guard) {
    const layout = layoutOf(heapBytes, users);
    this.#layout = layout;
    this.#bytes = region.bytes;
    this.#buffer = Buffer.from(region.bytes.buffer, region.bytes.byteOffset, region.size);
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
    this.#heap = new Heap(heap, heapBytes, { region, offset: offset + layout.books });
  }

  /** Bytes of the region that a cache takes. */
  static size(heapBytes: number, users: number): number {
    return layoutOf(heapBytes, users).size;
  }

  /** To be called once, before the first user comes; the memory must be zero. */
  initialise(): void {
    this.#heap.initialise();
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

  /** How often all that is here has been doubted: to be read before a file is looked at, and given to `publish`. */
  get doubts(): number {
    return Atomics.load(this.#words, this.#header + DOUBTS);
  }

  /** Nothing is given out any more before its file has been looked at again. Takes no lock, so anybody may call it at any time. */
  doubt(): void {
    Atomics.add(this.#words, this.#header + DOUBTS, 1);
  }

  /**
   * Whether the answer to the path in `bytes` from `start` to `end` is there and may be given out in `second`. If so it is
   * held, and `offset`, `length`, `headLength` and `status` tell of it, until `release`. One answer at a time: while one is
   * held nothing is found.
   */
  find(bytes: Uint8Array, start: number, end: number, variant: number, second: number): boolean {
    if (end - start > PATH_BYTES || this.holding) return false;
    const hash = hashOfKey(bytes, start, end, variant);
    this.lock.acquire(this.#owner);
    try {
      const record = this.#usable() ? this.#locate(bytes, start, end - start, variant, hash) : -1;
      if (record < 0 || !this.#current(record, second)) {
        this.#counts[MISSES]! += 1;
        return false;
      }
      const words = this.#words;
      this.#counts[HITS]! += 1;
      words[record + USED] = 1;
      this.offset = words[record + OFFSET]!;
      this.length = words[record + LENGTH]!;
      this.headLength = words[record + HEAD_LENGTH]!;
      this.status = words[record + STATUS]!;
      this.holding = true;
      Atomics.store(words, this.#hold, this.offset);
      return true;
    } finally {
      this.lock.release();
    }
  }

  /** What was found is held no more. */
  release(): void {
    this.holding = false;
    Atomics.store(this.#words, this.#hold, 0);
  }

  /**
   * Puts a copy of an answer in, in the place of what the path led to before; it may be given out in `second`, whose Date it
   * has. `doubts`: how many there were before its file was looked at. False when there is no memory for it that could be
   * freed now.
   */
  publish(
    bytes: Uint8Array,
    start: number,
    end: number,
    variant: number,
    second: number,
    from: Publication,
    doubts: number = this.doubts,
  ): boolean {
    const length = end - start;
    if (length > PATH_BYTES || length === 0 || from.length > this.#heap.capacity) return false;
    const hash = hashOfKey(bytes, start, end, variant);
    let whole = false;
    this.lock.acquire(this.#owner);
    try {
      const record = this.#usable() ? this.#recordFor(bytes, start, length, variant, hash, second, from) : -1;
      if (record >= 0) {
        this.#words[record + SECOND] = second | 0;
        this.#words[record + DOUBTS_THEN] = doubts;
      }
      whole = true;
      return record >= 0;
    } finally {
      if (!whole) this.lock.spoil();
      this.lock.release();
    }
  }

  /** A user has died: what it held is given back, the lock too. For whoever watches over the users. */
  bury(user: number): void {
    Atomics.store(this.#words, this.#holds + user, 0);
    this.lock.bury(user + 1);
  }

  /** Whether what a record leads to may be given out in `second`. */
  #current(record: number, second: number): boolean {
    return this.#words[record + SECOND] === (second | 0) && this.#words[record + DOUBTS_THEN] === this.doubts;
  }

  /** The record of a path with a copy of `from`: what was there, dated anew, if that is enough; -1: no memory. */
  #recordFor(
    bytes: Uint8Array,
    start: number,
    length: number,
    variant: number,
    hash: number,
    second: number,
    from: Publication,
  ): number {
    this.#freeRetired();
    const own = this.#locate(bytes, start, length, variant, hash);
    if (own >= 0 && this.#same(own, from)) {
      // Another one was faster.
      if (this.#words[own + SECOND] === (second | 0)) return own;
      const block = this.#words[own + OFFSET]!;
      if (!this.#held(block)) {
        if (from.dateAt >= 0) writeDate(this.#bytes, block + from.dateAt, second);
        return own;
      }
    }
    const record = own >= 0 ? own : this.#place(hash);
    if (this.#words[record + PATH_LENGTH] !== 0) this.#vacate(record);
    const block = this.#allocate(from.length);
    if (block < 0) return -1;
    this.#bytes.copyWithin(block, from.offset, from.offset + from.length);
    this.#write(record, bytes, start, length, variant, hash);
    const words = this.#words;
    words[record + OFFSET] = block;
    words[record + LENGTH] = from.length;
    words[record + HEAD_LENGTH] = from.headLength;
    words[record + DATE_AT] = from.dateAt;
    words[record + STATUS] = from.status;
    return record;
  }

  /** Whether what a record leads to is what `from` is, byte for byte, whatever their Dates say. */
  #same(record: number, from: Publication): boolean {
    const words = this.#words;
    const { offset, length, dateAt } = from;
    if (words[record + LENGTH] !== length || words[record + HEAD_LENGTH] !== from.headLength) return false;
    if (words[record + DATE_AT] !== dateAt || words[record + STATUS] !== from.status) return false;
    const before = Math.max(dateAt, 0);
    const after = dateAt < 0 ? 0 : dateAt + DATE_BYTES;
    const own = words[record + OFFSET]!;
    return this.#equalMemory(own, offset, before) && this.#equalMemory(own + after, offset + after, length - after);
  }

  #equalMemory(one: number, other: number, length: number): boolean {
    return this.#buffer.compare(this.#buffer, one, one + length, other, other + length) === 0;
  }

  /** Whether what the lock guards can be trusted. What may be half written is made anew when nobody holds anything. */
  #usable(): boolean {
    if (!this.lock.broken) return true;
    for (let user = 0; user < this.#users; user++) {
      if (Atomics.load(this.#words, this.#holds + user) !== 0) return false;
    }
    this.#beginAnew();
    this.lock.mended();
    return true;
  }

  /** Makes it empty, whatever it was. */
  #beginAnew(): void {
    const words = this.#words;
    for (let place = 0; place < this.#layout.places; place++) {
      const record = this.#table + place * RECORD_WORDS;
      // Written only where something is: to write everywhere would take memory for what nobody uses.
      if (words[record + PATH_LENGTH] !== 0) words[record + PATH_LENGTH] = 0;
    }
    words[this.#header + HAND] = 0;
    words[this.#header + ENTRIES] = 0;
    words[this.#header + RETIRED] = 0;
    this.#heap.reset();
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

  /** The record that a path which has none may take: a vacant one of its places, or else one that has not been used lately. */
  #place(hash: number): number {
    const words = this.#words;
    const first = this.#table + (hash & this.#mask) * RECORD_WORDS;
    let chosen = -1;
    for (let record = first; record < first + WAYS * RECORD_WORDS; record += RECORD_WORDS) {
      if (words[record + PATH_LENGTH] === 0) return record;
      if (words[record + USED] === 0) chosen = record;
    }
    this.#counts[EVICTIONS]! += 1;
    if (chosen >= 0) return chosen;
    // All were used: each gets its second chance, and one has to go.
    for (let way = 0; way < WAYS; way++) words[first + way * RECORD_WORDS + USED] = 0;
    return first + (words[this.#header + HAND]! % WAYS) * RECORD_WORDS;
  }

  #write(record: number, bytes: Uint8Array, start: number, length: number, variant: number, hash: number): void {
    const words = this.#words;
    words[record + HASH] = hash;
    words[record + VARIANT] = variant;
    words[record + USED] = 1;
    const own = (record + PATH) * 4;
    for (let index = 0; index < length; index++) this.#bytes[own + index] = bytes[start + index]!;
    words[record + PATH_LENGTH] = length;
    words[this.#header + ENTRIES]! += 1;
  }

  /** Empties a record. Its block is freed, now or when nobody holds it. */
  #vacate(record: number): void {
    const words = this.#words;
    const block = words[record + OFFSET]!;
    const length = words[record + LENGTH]!;
    if (!this.#held(block)) {
      this.#heap.free(block, length);
    } else {
      const waiting = words[this.#header + RETIRED]!;
      // Each of those that wait is held by another user.
      if (waiting === this.#users) throw new Error('more blocks are held than there are users');
      words[this.#retired + 2 * waiting] = block;
      words[this.#retired + 2 * waiting + 1] = length;
      words[this.#header + RETIRED] = waiting + 1;
    }
    words[record + PATH_LENGTH] = 0;
    words[this.#header + ENTRIES]! -= 1;
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
  const table = aligned(retired + users * RETIRED_BYTES);
  const books = aligned(table + places * RECORD_WORDS * 4);
  const heap = aligned(books + Heap.bookkeepingBytes(heapBytes), 4096);
  return { places, holds, retired, table, books, heap, size: aligned(heap + heapBytes, 4096) };
}

/** Variants of one path are to lie in different places. */
function hashOfKey(bytes: Uint8Array, start: number, end: number, variant: number): number {
  return hashOf(bytes, start, end) ^ Math.imul(variant, 0x9e3779b1);
}
