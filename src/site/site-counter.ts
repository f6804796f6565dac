/**
 * What a static site counts of its cache, in memory that others may read: see metrics/counts.ts. While a site takes the place of
 * another both may count there.
 */
import type { Heap } from '../memory/heap.js';
import { CACHE_BYTES, CACHE_EVICTIONS, CACHE_HITS, CACHE_MISSES, COUNTS } from '../metrics/counts.js';
import type { ContentCache } from './content-cache.js';
import type { SiteCounts } from './static-site-options.js';

export class SiteCounter {
  readonly #counts: Float64Array;
  /** What sites before this one had counted there. */
  readonly #formerHits: number;
  readonly #formerMisses: number;
  /** As many of the cache's as have been counted. */
  #evictions = 0;

  /** @param counts COUNTS of them, which go on from what is there. */
  constructor(counts: Float64Array = new Float64Array(COUNTS)) {
    this.#counts = counts;
    this.#formerHits = counts[CACHE_HITS]!;
    this.#formerMisses = counts[CACHE_MISSES]!;
  }

  hit(): void {
    this.#counts[CACHE_HITS]! += 1;
  }

  miss(): void {
    this.#counts[CACHE_MISSES]! += 1;
  }

  /** The cache may have changed. */
  look(cache: ContentCache, heap: Heap): void {
    this.#counts[CACHE_EVICTIONS]! += cache.evictions - this.#evictions;
    this.#evictions = cache.evictions;
    this.#counts[CACHE_BYTES] = heap.used;
  }

  /** Since this site began, and now. */
  counts(cache: ContentCache, heap: Heap): SiteCounts {
    return {
      hits: this.#counts[CACHE_HITS]! - this.#formerHits,
      misses: this.#counts[CACHE_MISSES]! - this.#formerMisses,
      evictions: cache.evictions,
      entries: cache.size,
      openFiles: cache.openFiles,
      bytes: heap.used,
    };
  }
}
