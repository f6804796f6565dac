/**
 * Memory that the kernel and JavaScript both see: mapped once, viewed once, addressed by `base + offset`.
 *
 * Receive buffers, response heads and bodies, event arrays and socket addresses live here and not on the JavaScript
 * heap, where the garbage collector could move them. Pages cost nothing until they are touched.
 */

import { view } from '../linux/library.js';
import { mapAnonymous, unmap } from '../linux/memory.js';

/** What nearly everything that parses or serialises needs: the arena's bytes and where the kernel finds them. */
export class Arena {
  /** Address of offset 0, for the kernel. */
  readonly base: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  /** The same memory as 32-bit words: offset / 4. */
  readonly words: Int32Array;
  #used = 0;

  /** Reserves `size` bytes (rounded up to whole pages); throws when the kernel refuses. */
  constructor(size: number) {
    this.size = Math.ceil(size / 4096) * 4096;
    this.base = mapAnonymous(this.size);
    const buffer = view(this.base, this.size);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }

  /** A piece for life: the offset of `size` bytes aligned to `alignment` (a power of two). Throws RangeError when full. */
  reserve(size: number, alignment = 64): number {
    const offset = (this.#used + alignment - 1) & -alignment;
    if (offset + size > this.size) throw new RangeError(`arena of ${this.size} bytes cannot hold ${size} more`);
    this.#used = offset + size;
    return offset;
  }

  /** Gives the memory back. Touching the views afterwards ends the process. */
  destroy(): void {
    unmap(this.base, this.size);
  }
}
