/**
 * The records of one thread of control in shared memory: a ring of fixed size, written by its owner alone, which overwrites
 * the oldest when it is full. Pages that nobody writes cost nothing.
 *
 * What it keeps true:
 * - A record is begun before it is counted, so that whoever reads meanwhile takes no half of one: what may have been
 *   overwritten while it was copied is left out.
 * - The ring outlives its owner. It tells which owner wrote what, as one worker follows another in a slot; where that is no
 *   longer known, what was written counts as overwritten.
 */
import type { SharedRegion } from '../../memory/shared-region.js';

/** Bytes of a record: when it began and ended (CLOCK_MONOTONIC, in nanoseconds), and four words. */
export const RECORD_BYTES = 32;
/** Of what a request asks for, so many bytes are kept: from the beginning of the record on. */
export const TARGET_BYTES = 16;
/** In words from the beginning of a record. */
export const KIND = 4;
export const ARGUMENT = 5;
export const REQUEST = 6;
/** Whose slice it is: 0 the owner's, else a helper's: its thread, with its number in the upper half of the kind.
 * With what a request asks for: how long that was. */
export const HELPER = 7;
export const HELPER_SHIFT = 16;
/** In the kind: it is within another one, and not one of those that follow each other. */
export const WITHIN = 1 << 15;
export const KIND_MASK = WITHIN - 1;

/** Bytes before the first record. */
export const HEADER_BYTES = 512;
// Of the header: a double, then words, then the owners.
const TOTAL = 0;
const LAST_REQUEST = 2;
const OWNERS = 3;
const FIRST_OWNER_BYTES = 64;
const OWNER_BYTES = 32;
/** Older ones are forgotten. */
const MOST_OWNERS = (HEADER_BYTES - FIRST_OWNER_BYTES) / OWNER_BYTES;

/** Whose records follow from number `first` on. */
export interface Owner {
  readonly first: number;
  readonly process: number;
  readonly thread: number;
  readonly place: number;
}

/** What was in a ring, copied. */
export interface Snapshot {
  /** The number of the first record that is there, and of the one after the last. */
  readonly first: number;
  readonly end: number;
  readonly capacity: number;
  readonly longs: BigInt64Array;
  readonly words: Int32Array;
  readonly owners: readonly Owner[];
}

export class TraceRing {
  /** How many records it holds. */
  readonly capacity: number;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
  readonly #doubles: Float64Array;

  /** The ring at `offset` of the region, with so many bytes: both multiples of a page. Zeroed memory is an empty ring. */
  constructor(region: SharedRegion, offset: number, bytes: number) {
    const { buffer, byteOffset } = region.bytes;
    this.capacity = Math.floor((bytes - HEADER_BYTES) / RECORD_BYTES);
    this.words = new Int32Array(buffer, byteOffset + offset, bytes / 4);
    this.longs = new BigInt64Array(buffer, byteOffset + offset, bytes / 8);
    this.#doubles = new Float64Array(buffer, byteOffset + offset, HEADER_BYTES / 8);
  }

  /** How many records have been begun in it, ever. */
  get total(): number {
    return this.#doubles[TOTAL] as number;
  }

  set total(total: number) {
    this.#doubles[TOTAL] = total;
  }

  get lastRequest(): number {
    return this.words[LAST_REQUEST] as number;
  }

  set lastRequest(request: number) {
    this.words[LAST_REQUEST] = request;
  }

  /** From here on the records are those of this thread. */
  own(processIdentifier: number, thread: number, place: number): void {
    const owners = this.words[OWNERS] as number;
    const at = FIRST_OWNER_BYTES + (owners % MOST_OWNERS) * OWNER_BYTES;
    this.#doubles[at / 8] = this.total;
    this.words.set([processIdentifier, thread, place], at / 4 + 2);
    this.words[OWNERS] = owners + 1;
  }

  #owners(): Owner[] {
    const owners = this.words[OWNERS] as number;
    const kept = Math.min(owners, MOST_OWNERS);
    return Array.from({ length: kept }, (_, index) => {
      const at = FIRST_OWNER_BYTES + ((owners - kept + index) % MOST_OWNERS) * OWNER_BYTES;
      const [process = 0, thread = 0, place = 0] = this.words.subarray(at / 4 + 2, at / 4 + 5);
      return { first: this.#doubles[at / 8] as number, process, thread, place };
    });
  }

  /** A copy of what is there, while the owner may go on. */
  snapshot(): Snapshot {
    const { capacity } = this;
    const end = this.total;
    // Nobody has ever written here: do not so much as touch it.
    const used = end === 0 ? 0 : HEADER_BYTES + Math.min(end, capacity) * RECORD_BYTES;
    const longs = this.longs.slice(0, used / 8);
    const owners = this.#owners();
    const overwritten = this.total - capacity;
    const known = owners[0]?.first ?? 0;
    const first = Math.min(end, Math.max(known, overwritten + (overwritten > 0 ? 1 : 0)));
    return { first, end, capacity, longs, words: new Int32Array(longs.buffer), owners };
  }
}

/** Where the record with this number lies, in bytes from the beginning of the ring. */
export function placeOf(number: number, capacity: number): number {
  return HEADER_BYTES + (number % capacity) * RECORD_BYTES;
}
