/**
 * The receive buffers of the io_uring dispatcher: the kernel picks one for each piece that it receives, and gets it back
 * when the handler has returned. They are everybody's, so nobody may keep one.
 */
import { IORING_SETUP_SINGLE_ISSUER, ProvidedBuffers, type Ring } from '../linux/io-uring.js';
import type { Arena } from '../memory/arena.js';

/** How many there are, and the bytes in each: a browser's request head fits in one. */
const COUNT = 1024;
const BYTES = 2048;
/** Other figures, for somebody who receives more than request heads. */
export interface ReceiveSize {
  /** A power of two. */
  readonly count: number;
  readonly bytes: number;
}

/** What the dispatcher on io_uring is made with. */
export interface IoUringOptions {
  readonly arena: Arena;
  /** Another class than Ring, to put faults between the kernel and us. */
  readonly ring?: typeof Ring;
  readonly receive?: ReceiveSize | undefined;
}

/** The ring must begin on a page: 4 KiB on x64, up to 64 KiB on arm64. */
const LARGEST_PAGE_BYTES = 65_536;

/** The kernel has io_uring but not what we need of it (rings of provided buffers, Linux 5.19; multishot receive, 6.0). */
export class UnsuitableKernelError extends Error {
  override name = 'UnsuitableKernelError';
  constructor() {
    super('this kernel has io_uring without multishot receive into provided buffers (Linux 6.0 is needed)');
  }
}

export class ReceiveBuffers {
  readonly #offset: number;
  readonly #bytes: number;
  readonly #provided: ProvidedBuffers;

  /** Makes them known to the kernel as group 0. Throws UnsuitableKernelError. */
  constructor(arena: Arena, ring: Ring, { count, bytes }: ReceiveSize = { count: COUNT, bytes: BYTES }) {
    this.#bytes = bytes;
    // Multishot receive came with the kernel that brought SINGLE_ISSUER (6.0); nothing else tells of it beforehand.
    if ((ring.flags & IORING_SETUP_SINGLE_ISSUER) === 0) throw new UnsuitableKernelError();
    const ringOffset = arena.reserve(count * 16, LARGEST_PAGE_BYTES);
    this.#offset = arena.reserve(count * bytes);
    if (ring.registerBuffers(arena.base + ringOffset, count, 0) < 0) throw new UnsuitableKernelError();
    const words = arena.words.subarray(ringOffset / 4, ringOffset / 4 + count * 4);
    this.#provided = new ProvidedBuffers(words, arena.base + this.#offset, count, bytes);
  }

  /** Where in the arena a buffer begins. */
  offsetOf(identifier: number): number {
    return this.#offset + identifier * this.#bytes;
  }

  /** Hands a buffer back; the kernel sees it after `publish`. */
  give(identifier: number): void {
    this.#provided.give(identifier);
  }

  publish(): void {
    this.#provided.publish();
  }
}
