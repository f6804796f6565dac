/**
 * Memory that several processes and threads share: a memfd(2), mapped by each process once. Threads of one process use
 * the same mapping, which is what one address space means; a process that was given the descriptor maps it again, at an
 * address of its own. So what lies in it is addressed by offsets, never by pointers.
 */
import { view } from '../linux/library.js';
import { createMemoryFile, mapFile, unmap } from '../linux/memory.js';
import { close } from '../linux/sockets.js';

export class SharedRegion {
  /** Address of offset 0 in this process. */
  readonly base: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** The same memory as 64-bit floating-point numbers: offset / 8. They count exactly up to 2^53. */
  readonly doubles: Float64Array;
  /** The memfd, to be inherited by processes. */
  readonly descriptor: number;

  private constructor(descriptor: number, base: number, size: number) {
    this.descriptor = descriptor;
    this.base = base;
    this.size = size;
    const buffer = view(base, size);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** A new region of zeroed memory, rounded up to whole pages; pages cost nothing until they are touched. Throws SystemError. */
  static create(size: number): SharedRegion {
    const whole = Math.ceil(size / 4096) * 4096;
    const descriptor = createMemoryFile('amped', whole);
    return new SharedRegion(descriptor, mapFile(descriptor, whole), whole);
  }

  /** The region of another process, whose descriptor this one has inherited. Throws SystemError. */
  static inherited(descriptor: number, size: number): SharedRegion {
    return new SharedRegion(descriptor, mapFile(descriptor, size), size);
  }

  /** The region of this process, seen from another thread. */
  static ofProcess(descriptor: number, base: number, size: number): SharedRegion {
    return new SharedRegion(descriptor, base, size);
  }

  /** Ends this process's mapping: nobody in it may touch the views afterwards. */
  destroy(): void {
    unmap(this.base, this.size);
    close(this.descriptor);
  }
}
