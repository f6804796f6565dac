/**
 * Records what one thread of control does, into its ring.
 *
 * The time of a thread is cut into slices that follow each other: it waits, it handles an event, it handles another one. So
 * `enter` ends one and begins the next with one look at the clock. What a slice is made of in turn (a handler, a read from
 * the disk, a wait for the lock) is begun and ended within it.
 *
 * What it keeps true:
 * - Slices nest: one that was begun within another ends before it does.
 * - A record lies in the ring from its beginning, in the order of beginnings; one without an end is what the thread is at.
 * - It allocates nothing that stays: the clock's 64-bit nanoseconds go straight into memory.
 */
import { hrtime } from 'node:process';
import { APPLICATION, COLLECTION, DISK_READ, NEXT_REQUEST, NOTHING, STATIC_SITE, TARGET } from './kinds.js';
import {
  ARGUMENT,
  HEADER_BYTES,
  HELPER,
  HELPER_SHIFT,
  KIND,
  RECORD_BYTES,
  REQUEST,
  TARGET_BYTES,
  type TraceRing,
  WITHIN,
} from './trace-ring.js';

/** CLOCK_MONOTONIC in nanoseconds: the same for all processes. */
const clock = hrtime.bigint;

const HEADER_WORDS = HEADER_BYTES / 4;
const RECORD_WORDS = RECORD_BYTES / 4;

/** Of a request: its target, and the bytes in which that lies. */
export interface Asked {
  readonly bytes: Uint8Array;
  readonly targetStart: number;
  readonly targetEnd: number;
}

export class Tracer {
  readonly #ring: TraceRing;
  readonly #words: Int32Array;
  readonly #longs: BigInt64Array;
  readonly #capacity: number;
  readonly #endWord: number;
  /** How many records have been begun. */
  #total: number;
  /** The word where the next record begins. */
  #next: number;
  /** The word where the slice that is being cut begins; -1: there is none. */
  #current = -1;
  /** The kind of that slice. */
  #kind = NOTHING;
  /** The request that it is about, 0 for none; slices within it are about that one too. */
  #request = 0;
  /** The word where the slice of the handler within it begins; -1: there is none. */
  #handler = -1;
  /** How many slices have been begun within it. */
  #depth = 0;

  constructor(ring: TraceRing) {
    this.#ring = ring;
    this.#words = ring.words;
    this.#longs = ring.longs;
    this.#capacity = ring.capacity;
    this.#endWord = HEADER_WORDS + ring.capacity * RECORD_WORDS;
    this.#total = ring.total;
    this.#next = HEADER_WORDS + (this.#total % ring.capacity) * RECORD_WORDS;
  }

  /** The request that what happens now is about; 0: none. */
  get request(): number {
    return this.#request;
  }

  /** Recording begins again: what somebody has begun after it had ended is none of this one. */
  renew(): void {
    for (const word of [this.#current, this.#handler]) {
      if (word >= 0) this.#longs[word / 2 + 1] = this.#longs[word / 2] as bigint;
    }
    this.#current = -1;
    this.#handler = -1;
  }

  // --- The slices of the thread ---

  /** What was going on has ended, and this begins: NOTHING leaves a gap. */
  enter(kind: number, argument = 0): void {
    const now = clock();
    if (this.#current >= 0) this.#longs[this.#current / 2 + 1] = now;
    if (this.#handler >= 0) {
      this.#longs[this.#handler / 2 + 1] = now;
      this.#handler = -1;
    }
    this.#request = 0;
    this.#depth = 0;
    this.#kind = kind;
    this.#current = kind === NOTHING ? -1 : this.#begin(kind, argument, now);
  }

  /** What was going on has ended, and this begins, about the same request. */
  goOn(kind: number, argument: number): void {
    const request = this.#request;
    this.enter(kind, argument);
    this.mark(request);
  }

  /** The wait has ended with so many events, and the first of them is yet to be handled. */
  waited(events: number): void {
    if (this.#current >= 0) this.#words[this.#current + ARGUMENT] = Math.max(events, 0);
    this.enter(NOTHING);
  }

  /** A disk read for this request has been completed, and whoever asked for it is told now. */
  diskCompleted(request: number): void {
    if (this.#kind !== DISK_READ || this.#request !== 0) this.enter(DISK_READ);
    this.mark(request);
  }

  /** A request has begun: its number, by which it is known from here on. `asked`: what it asks for. */
  beginRequest(asked: Asked): number {
    const request = (this.#ring.lastRequest + 1) & 0x7fff_ffff || 1;
    this.#ring.lastRequest = request;
    this.#about(request, NEXT_REQUEST);
    this.#tell(asked, request);
    return request;
  }

  /** Writes down what a request asks for, as far as there is room. */
  #tell({ bytes, targetStart, targetEnd }: Asked, request: number): void {
    const words = this.#words;
    const word = this.#next;
    // Behind a target there are at least the version and the end of the head: there are so many bytes.
    for (let at = 0; at < TARGET_BYTES / 4; at++) {
      const from = targetStart + 4 * at;
      words[word + at] = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
      if (from + 4 >= targetEnd) break;
    }
    words[word + KIND] = TARGET | WITHIN;
    words[word + REQUEST] = request;
    words[word + HELPER] = targetEnd - targetStart;
    this.#advance(word);
  }

  /** What happens now is about this request. */
  mark(request: number): void {
    if (request !== 0) this.#about(request, this.#kind);
  }

  /** A slice about two requests, one after the other, is cut in two. */
  #about(request: number, kind: number): void {
    if (this.#request === request) return;
    if (this.#request !== 0 && this.#depth === 0) this.enter(kind);
    if (this.#current >= 0 && this.#words[this.#current + REQUEST] === 0)
      this.#words[this.#current + REQUEST] = request;
    this.#request = request;
  }

  // --- Slices within them ---

  /** Begins a slice within the current one; `end` takes the number. */
  begin(kind: number, argument = 0): number {
    this.#depth++;
    this.#begin(kind | WITHIN, argument, clock());
    return this.#total;
  }

  /** Ends it. `kind`: what it has turned out to be. */
  end(number: number, kind = NOTHING): void {
    this.#depth--;
    // So long ago that the ring has come round to it.
    if (this.#total - number >= this.#capacity) return;
    const word = HEADER_WORDS + ((number - 1) % this.#capacity) * RECORD_WORDS;
    this.#longs[word / 2 + 1] = clock();
    if (kind !== NOTHING) this.#words[word + KIND] = kind | WITHIN;
  }

  /** A handler begins, the site's or an application's: its slice ends when control is handed back, with the one that it is in. */
  beginHandler(application: boolean): void {
    this.#depth++;
    this.#handler = this.#begin((application ? APPLICATION : STATIC_SITE) | WITHIN, 0, clock());
  }

  /** The handler has given its answer, or has begun to make one. */
  handled(): void {
    this.#depth--;
  }

  /** A slice that is over, within whatever was going on then: both times by `clock`, in nanoseconds. */
  slice(kind: number, began: bigint, ended: bigint): void {
    this.#longs[this.#begin(kind | WITHIN, 0, began) / 2 + 1] = ended;
  }

  /** What a helper has done for this thread: on a track of its own. */
  helped(kind: number, began: bigint, ended: bigint, request: number, number: number, thread: number): void {
    const word = this.#begin(kind | WITHIN | (number << HELPER_SHIFT), 0, began);
    this.#longs[word / 2 + 1] = ended;
    this.#words[word + REQUEST] = request;
    this.#words[word + HELPER] = thread;
  }

  /** A pause of the garbage collector, in nanoseconds of `clock`: told of when it is over. */
  collection(began: bigint, ended: bigint): void {
    const word = this.#begin(COLLECTION | WITHIN, 0, began);
    this.#longs[word / 2 + 1] = ended;
    this.#words[word + REQUEST] = 0;
  }

  /** Gives the word where the record begins. */
  #begin(kind: number, argument: number, now: bigint): number {
    const word = this.#next;
    const words = this.#words;
    const long = word / 2;
    this.#longs[long] = now;
    this.#longs[long + 1] = 0n;
    words[word + KIND] = kind;
    words[word + ARGUMENT] = argument;
    words[word + REQUEST] = this.#request;
    words[word + HELPER] = 0;
    this.#advance(word);
    return word;
  }

  /** The record at this word is counted. */
  #advance(word: number): void {
    const next = word + RECORD_WORDS;
    this.#next = next === this.#endWord ? HEADER_WORDS : next;
    this.#total++;
    this.#ring.total = this.#total;
  }
}
