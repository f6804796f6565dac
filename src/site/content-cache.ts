/**
 * The files that are known, by name: small ones with their contents in the heap, large ones open. Bounded in bytes of the
 * heap, in entries and in open files; whoever was used longest ago goes first.
 *
 * The order of use is as exact as the callers of `touch` are: the site touches an entry at its first use in each second,
 * so that the common case costs nothing.
 */
import type { Heap } from '../memory/heap.js';
import type { Entry } from './entry.js';

/** At most so many entries go to make room for one: it need not be possible at all, when what is left is being sent. */
const EVICTIONS = 256;

/** Entries in the order of their use, linked through themselves. */
class UseOrder {
  oldest: Entry | null = null;
  newest: Entry | null = null;
  size = 0;

  add(entry: Entry): void {
    entry.older = this.newest;
    entry.newer = null;
    if (this.newest === null) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
    this.size++;
  }

  remove(entry: Entry): void {
    if (entry.older === null) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === null) this.newest = entry.older;
    else entry.newer.older = entry.older;
    entry.older = null;
    entry.newer = null;
    this.size--;
  }
}

export class ContentCache {
  /** Entries that went to make room for others. */
  evictions = 0;
  readonly #heap: Heap;
  readonly #mostEntries: number;
  readonly #mostFiles: number;
  readonly #byName = new Map<string, Entry>();
  readonly #small = new UseOrder();
  readonly #large = new UseOrder();

  constructor(heap: Heap, mostEntries: number, mostFiles: number) {
    this.#heap = heap;
    this.#mostEntries = mostEntries;
    this.#mostFiles = mostFiles;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Large files that are kept open. */
  get openFiles(): number {
    return this.#large.size;
  }

  get(name: string): Entry | null {
    return this.#byName.get(name) ?? null;
  }

  entries(): IterableIterator<Entry> {
    return this.#byName.values();
  }

  /** Takes an entry in, in the place of the one with its name. */
  add(entry: Entry): void {
    const former = this.#byName.get(entry.name);
    if (former !== undefined) this.remove(former);
    const order = this.#orderOf(entry);
    const most = entry.file === null ? this.#mostEntries : this.#mostFiles;
    while (order.size >= most && order.oldest !== null) this.#evict(order.oldest);
    this.#byName.set(entry.name, entry);
    order.add(entry);
    entry.cached = true;
  }

  /** It was used now. */
  touch(entry: Entry): void {
    const order = this.#orderOf(entry);
    if (!entry.cached || order.newest === entry) return;
    order.remove(entry);
    order.add(entry);
  }

  remove(entry: Entry): void {
    if (!entry.cached) return;
    entry.cached = false;
    this.#byName.delete(entry.name);
    this.#orderOf(entry).remove(entry);
    entry.retire();
    if (entry.coded !== null) for (const coded of entry.coded.entries) if (coded !== null) this.remove(coded);
  }

  clear(): void {
    for (const entry of [...this.#byName.values()]) this.remove(entry);
  }

  /**
   * Memory of the heap, for which others may have to go, but neither `keep` nor the file that it is of, nor what is being sent.
   * -1: there is none to be had now.
   */
  allocate(size: number, keep: Entry | null): number {
    let offset = this.#heap.allocate(size);
    if (offset >= 0 || size > this.#heap.capacity) return offset;
    let candidate = this.#small.oldest;
    for (let tried = 0; offset < 0 && candidate !== null && tried < EVICTIONS; tried++) {
      let next: Entry | null = candidate.newer;
      if (candidate !== keep && candidate !== keep?.plain && !candidate.held) {
        // It takes its coded representations with it.
        while (next?.plain === candidate) next = next.newer;
        this.#evict(candidate);
        offset = this.#heap.allocate(size);
      }
      candidate = next;
    }
    return offset;
  }

  /** Closes the large file that was used longest ago; false when none is open. Its descriptor may still be in use. */
  closeOldest(): boolean {
    if (this.#large.oldest === null) return false;
    this.#evict(this.#large.oldest);
    return true;
  }

  #evict(entry: Entry): void {
    this.evictions++;
    this.remove(entry);
  }

  #orderOf(entry: Entry): UseOrder {
    return entry.file === null ? this.#small : this.#large;
  }
}
