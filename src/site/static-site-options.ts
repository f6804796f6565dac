/** What a static site is made from, and what it counts. */
import type { Disk } from '../disk/disk.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Compressor } from './compressor.js';
import type { SiteSettings } from './settings.js';
import type { ChangeNotifier } from './watcher.js';

export interface StaticSiteOptions {
  /** The directory whose contents are served. */
  readonly root: string;
  readonly arena: Arena;
  /** Where answers lie: its capacity bounds the cache. */
  readonly heap: Heap;
  readonly disk: Disk;
  /** How it answers; as it does by default otherwise. */
  readonly settings?: SiteSettings;
  /** What compresses text; without it nothing does. */
  readonly compressor?: Compressor | undefined;
  /** The largest file that is kept in memory, in bytes. */
  readonly cachedFileBytes?: number;
  /** How many large files are kept open. */
  readonly openFiles?: number;
  /** How many small files are known at once. */
  readonly entries?: number;
  /** Tells of changes in directories as they happen; without it they are noticed within a second. */
  readonly changes?: ChangeNotifier | undefined;
  /** Told when the disk has failed with a file: -errno. */
  readonly diskFailed?: (name: string, error: number) => void;
  /** Where it counts what requests find in the cache: see metrics/counts.ts. */
  readonly counts?: Float64Array | undefined;
  /** Milliseconds since the epoch, until the first `tick`. */
  readonly now?: number;
}

/** Up to about here sending from memory costs less than sendfile(2); docs/benchmarks.md has the figures. */
export const DEFAULT_CACHED_FILE_BYTES = 65_536;
/** As in the examples of nginx's open_file_cache, and half of the usual soft limit of 1024 descriptors. */
export const DEFAULT_OPEN_FILES = 512;

/** What a site has done since its start, and what it has now. */
export interface SiteCounts {
  /** Requests answered without asking the disk. */
  readonly hits: number;
  /** Times that the disk was asked what a name stands for. */
  readonly misses: number;
  readonly evictions: number;
  /** Files that are known now. */
  readonly entries: number;
  readonly openFiles: number;
  /** Bytes of the heap in use. */
  readonly bytes: number;
}

/** An entry costs about 1 KiB beside its contents: so many that this stays below a quarter of the heap. */
const HEAP_BYTES_PER_ENTRY = 4_096;
const MOST_ENTRIES = 65_536;

/** How many small files a site knows at once. */
export function entriesOf({ entries, heap }: StaticSiteOptions): number {
  return entries ?? Math.min(MOST_ENTRIES, Math.ceil(heap.capacity / HEAP_BYTES_PER_ENTRY));
}
