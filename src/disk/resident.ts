/**
 * Whether a range of a file is in the page cache, so that sending it waits for nobody.
 *
 * An answer for now, not a promise: the kernel may drop a page at any time. mincore(2) is not asked: of a file that one does
 * not own it says that all is there. Nor is cachestat(2) alone: it counts pages that are still being read.
 */
import { cachedPages, readAtNow } from '../linux/files.js';
import type { Arena } from '../memory/arena.js';

/** Of page and of readahead(2) windows as Linux comes: a byte is tried in each where pages cannot be counted. */
const PAGE_BYTES = 4096;
const SAMPLE_BYTES = 131_072;

export class Residency {
  readonly #byte: number;

  constructor(arena: Arena) {
    this.#byte = arena.base + arena.reserve(8);
  }

  /** Whether all of `length` bytes (at least 1) from `position` on are there. What lies after the file's end is not missed. */
  has(file: number, position: number, length: number): boolean {
    const last = position + length - 1;
    if (readAtNow(file, this.#byte, 1, last) < 0) return false;
    const pages = Math.floor(last / PAGE_BYTES) - Math.floor(position / PAGE_BYTES) + 1;
    const cached = cachedPages(file, position, length);
    return cached >= 0 ? cached >= pages : this.#sample(file, position, last);
  }

  /** The same of a range that is just being read: pages that have been asked for and have not come do not count. */
  hasRead(file: number, position: number, length: number): boolean {
    return this.has(file, position, length) && this.#sample(file, position, position + length - 1);
  }

  /** Whether a byte in each of the pieces that the kernel reads at a time is there. */
  #sample(file: number, position: number, last: number): boolean {
    for (let at = position; at < last; at += SAMPLE_BYTES) {
      if (readAtNow(file, this.#byte, 1, at) < 0) return false;
    }
    return true;
  }
}
