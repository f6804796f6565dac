/**
 * From the bytes of a request path, as they were sent, to the entry they led to: no string is made, nothing is decoded.
 *
 * A bounded table of fixed memory: each path has WAYS places, and a newcomer takes one that is empty or out of use, or
 * else the place of another. Nothing needs to be removed: an entry that has left the cache says so itself. Where a path
 * leads to its entry only because something else is not there, it does so at a stamp: until the site's stamp is another.
 */
import type { Entry } from './entry.js';

const WAYS = 4;
/** Longer paths are looked up by name. */
export const PATH_BYTES = 96;
/** An entry is asked for by about so many of them: with its ending and without, a directory as such and as its index. */
export const PATHS_PER_ENTRY = 2;
/** At any stamp: stamps begin behind it. */
export const ALWAYS = 0;

export class PathTable {
  readonly #mask: number;
  readonly #hashes: Int32Array;
  readonly #lengths: Uint8Array;
  readonly #paths: Uint8Array;
  readonly #entries: (Entry | null)[];
  readonly #stamps: Int32Array;
  /** Whether what was found last is only so at this stamp. */
  stamped = false;
  #turn = 0;

  /** Room for about `paths` paths: rounded up to a power of two, at least 16. */
  constructor(paths: number) {
    const places = 2 ** Math.max(4, Math.ceil(Math.log2(paths)));
    this.#mask = places - WAYS;
    this.#hashes = new Int32Array(places);
    this.#lengths = new Uint8Array(places);
    this.#paths = new Uint8Array(places * PATH_BYTES);
    this.#entries = new Array<Entry | null>(places).fill(null);
    this.#stamps = new Int32Array(places);
  }

  /** The entry that the path from `start` to `end` leads to at `stamp`, if it is known and still in the cache. */
  find(bytes: Uint8Array, start: number, end: number, stamp: number): Entry | null {
    const length = end - start;
    if (length > PATH_BYTES) return null;
    const hash = hashOf(bytes, start, end);
    const first = hash & this.#mask;
    for (let place = first; place < first + WAYS; place++) {
      if (this.#hashes[place] !== hash || this.#lengths[place] !== length) continue;
      if (!this.#equal(bytes, start, length, place)) continue;
      const entry = this.#entries[place]!;
      this.stamped = this.#stamps[place] !== ALWAYS;
      if (this.stamped && this.#stamps[place] !== stamp) return null;
      return entry?.cached ? entry : null;
    }
    return null;
  }

  /** Remembers that the path leads to `entry`, at `stamp` or ALWAYS. */
  put(bytes: Uint8Array, start: number, end: number, entry: Entry, stamp: number): void {
    const length = end - start;
    if (length > PATH_BYTES) return;
    const hash = hashOf(bytes, start, end);
    const place = this.#placeFor(bytes, start, length, hash);
    this.#hashes[place] = hash;
    this.#lengths[place] = length;
    for (let index = 0; index < length; index++) this.#paths[place * PATH_BYTES + index] = bytes[start + index]!;
    this.#entries[place] = entry;
    this.#stamps[place] = stamp;
  }

  clear(): void {
    this.#entries.fill(null);
  }

  #placeFor(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const first = hash & this.#mask;
    let unused = -1;
    for (let place = first; place < first + WAYS; place++) {
      const entry = this.#entries[place]!;
      if (entry === null || !entry.cached) unused = place;
      else if (this.#hashes[place] !== hash || this.#lengths[place] !== length) continue;
      if (this.#hashes[place] === hash && this.#lengths[place] === length && this.#equal(bytes, start, length, place)) {
        return place;
      }
    }
    if (unused >= 0) return unused;
    this.#turn = (this.#turn + 1) % WAYS;
    return first + this.#turn;
  }

  #equal(bytes: Uint8Array, start: number, length: number, place: number): boolean {
    const paths = this.#paths;
    const own = place * PATH_BYTES;
    for (let index = 0; index < length; index++) {
      if (bytes[start + index] !== paths[own + index]) return false;
    }
    return true;
  }
}

/** The hash of a path, of four bytes at a time; the multiplication spreads the low bits, the shift brings the high ones down. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x9e3779b1);
  return hash ^ (hash >>> 13);
}
