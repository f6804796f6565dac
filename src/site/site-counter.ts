/** What a static site counts of its cache, in memory that others may read: see metrics/counts.ts. */
import type { Heap } from '../memory/heap.js';
import { CACHE_BYTES, CACHE_COUNTS, CACHE_EVICTIONS, CACHE_HITS, CACHE_MISSES } from '../metrics/counts.js';
import type { ContentCache } from './content-cache.js';
import type { SiteCounts } from './static-site-options.js';

const HITS = 0;
const MISSES = CACHE_MISSES - CACHE_HITS;
const EVICTIONS = CACHE_EVICTIONS - CACHE_HITS;
const BYTES = CACHE_BYTES - CACHE_HITS;

export class SiteCounter {
  readonly #words: Float64Array;
  /** What sites before this one have counted there. */
  readonly #former: Float64Array;

  /** @param words CACHE_COUNTS of them; a site that takes the place of another goes on with what is there. */
  constructor(words: Float64Array = new Float64Array(CACHE_COUNTS)) {
    this.#words = words;
    this.#former = words.slice();
  }

  hit(): void {
    this.#words[HITS]! += 1;
  }

  miss(): void {
    this.#words[MISSES]! += 1;
  }

  /** The cache may have changed. */
  look(cache: ContentCache, heap: Heap): void {
    this.#words[EVICTIONS] = this.#former[EVICTIONS]! + cache.evictions;
    this.#words[BYTES] = heap.used;
  }

  /** Since this site began, and now. */
  counts(cache: ContentCache, heap: Heap): SiteCounts {
    return {
      hits: this.#words[HITS]! - this.#former[HITS]!,
      misses: this.#words[MISSES]! - this.#former[MISSES]!,
      evictions: cache.evictions,
      entries: cache.size,
      openFiles: cache.openFiles,
      bytes: heap.used,
    };
  }
}
