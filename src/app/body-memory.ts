/**
 * Memory that bodies are collected in, when only what is made of them is wanted: it is the same again and again, so that
 * the kernel need not find new pages for each, and nothing of it is garbage.
 */
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import { amountOf, type LongLived } from './long-lived.js';

/** What is shorter costs little anyhow. */
const SHORTEST = 65_536;
/** Bodies may have such a part of the heap; with less than that left they are collected elsewhere. */
const SHARE = 2;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lent until `giveBack`. */
export class BodyMemory {
  readonly #arena: Arena;
  readonly #heap: Heap;
  readonly #longLived: LongLived;
  #last = Promise.resolve();
  /** The memory is about to go. */
  #closed = false;

  constructor(arena: Arena, heap: Heap, longLived: LongLived) {
    this.#arena = arena;
    this.#heap = heap;
    this.#longLived = longLived;
  }

  /** Null where it is to be found elsewhere. @param length in bytes, or -1 where that is not known. */
  lend(length: number): Uint8Array | null {
    const heap = this.#heap;
    if (this.#closed || length < SHORTEST || heap.used + length > heap.capacity / SHARE) return null;
    const offset = heap.allocate(length);
    if (offset < 0) return null;
    this.#longLived.begins(amountOf(length));
    return this.#arena.bytes.subarray(offset, offset + length);
  }

  /**
   * Settles when it is the turn of one that has come, and fails where there is no turn any more: one in a turn of Node's loop. What is made of a body has most often
   * been used by then and can be collected, where those of many at once would live side by side and grow old; and others
   * are served in between.
   */
  async turn(): Promise<void> {
    this.#last = this.#last.then(nextTurn);
    await this.#last;
    if (this.#closed) throw new DOMException('The server has closed.', 'AbortError');
  }

  /** From now on nobody gets any, or reads what was lent. */
  close(): void {
    this.#closed = true;
  }

  /** What was lent: nobody may read or write it any more. */
  giveBack(lent: Uint8Array): void {
    this.#longLived.ends(amountOf(lent.length));
    this.#heap.free(lent.byteOffset - this.#arena.bytes.byteOffset, lent.length);
  }
}
