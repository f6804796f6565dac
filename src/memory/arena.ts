/**
 * Memory that the kernel and JavaScript both see: mapped once, viewed once, addressed by `base + offset`.
 *
 * Receive buffers, response heads and bodies, event arrays and socket addresses live here and not on the JavaScript
 * heap, where the garbage collector could move them. Pages cost nothing until they are touched.
 */

import { view } from '../linux/library.js';
import { mapAnonymous, unmap } from '../linux/memory.js';
import type { SharedRegion } from './shared-region.js';

/** What nearly everything that parses or serialises needs: the arena's bytes and where the kernel finds them. */
export class Arena {
  /** Address of offset 0, for the kernel. */
  readonly base: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  /** The same memory as 32-bit words: offset / 4. */
  readonly words: Int32Array;
  readonly #shared: boolean;
  /** What `reserve` has given lies before, and what it may not give from here on. */
  #used: number;
  readonly #end: number;

  /**
   * Reserves `size` bytes (rounded up to whole pages) of memory that this thread alone uses; throws when the kernel
   * refuses. With `part`: a shared region, of which pieces are given from the offset `from` up to `to` only.
   */
  constructor(size: number, part?: { readonly region: SharedRegion; readonly from: number; readonly to: number }) {
    this.#shared = part !== undefined;
    if (part !== undefined) {
      const { region } = part;
      this.base = region.base;
      this.size = region.size;
      this.bytes = region.bytes;
      this.words = region.words;
      this.#used = part.from;
      this.#end = part.to;
      return;
    }
    this.size = Math.ceil(size / 4096) * 4096;
    this.base = mapAnonymous(this.size);
    const buffer = view(this.base, this.size);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.#used = 0;
    this.#end = this.size;
  }

  /** All of a shared region from `from` up to `to`. */
  static within(region: SharedRegion, from: number, to: number): Arena {
    return new Arena(0, { region, from, to });
  }

  /** A piece for life: the offset of `size` bytes aligned to `alignment` (a power of two). Throws RangeError when full. */
  reserve(size: number, alignment = 64): number {
    const offset = (this.#used + alignment - 1) & -alignment;
    if (offset + size > this.#end) throw new RangeError(`arena of ${this.size} bytes cannot hold ${size} more`);
    this.#used = offset + size;
    return offset;
  }

  /** Gives the memory back, unless it is shared: whoever made the region does that. Touching the views afterwards ends the process. */
  destroy(): void {
    if (!this.#shared) unmap(this.base, this.size);
  }
}
