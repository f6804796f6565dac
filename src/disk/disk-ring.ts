/**
 * The ring of io_uring(7) that disk operations go through: the dispatcher's own where it has one, so that they are handed
 * over and completed with everything else; beside select, poll and epoll a second one, with an eventfd that is watched.
 * (A ring's own descriptor can be watched as well, but epoll(7) then misses completions: seen with Linux 6.18.)
 */
import type { Dispatcher, RingCompletion } from '../dispatcher/dispatcher.js';
import { OF_GUEST } from '../dispatcher/io-uring-operations.js';
import { errorFrom } from '../linux/errno.js';
import { createEventfd, drainEventfd, signalEventfd } from '../linux/eventfd.js';
import { closeFile } from '../linux/files.js';
import { COMPLETION_WORDS, Ring } from '../linux/io-uring.js';
import type { Arena } from '../memory/arena.js';

/** Of the second ring. No more operations than that are under way at a time. */
export const RING_OPERATIONS = 256;

export interface DiskRing {
  readonly entries: Int32Array;
  /** The next entry to fill: an index into `entries`. `number` comes back with the completion. */
  next(operation: number, number: number): number;
  /** Hands over what has been filled, at the latest with the next turn. */
  submit(): void;
  /** Waits a little for completions: for the end, when everything that is under way has to be waited for. */
  wait(): void;
  destroy(): void;
}

const DESCRIPTOR = 1;
const USER_DATA = 8;
/** Milliseconds. */
const WAIT = 50;

function fill(ring: Ring, operation: number, number: number): number {
  const entry = ring.next();
  const { entries } = ring;
  entries[entry] = operation;
  entries[entry + DESCRIPTOR] = -1;
  entries[entry + USER_DATA] = OF_GUEST;
  entries[entry + USER_DATA + 1] = number;
  return entry;
}

class LentRing implements DiskRing {
  readonly #dispatcher: Dispatcher;
  readonly #ring: Ring;
  readonly entries: Int32Array;

  constructor(dispatcher: Dispatcher, ring: Ring) {
    this.#dispatcher = dispatcher;
    this.#ring = ring;
    this.entries = ring.entries;
  }

  next(operation: number, number: number): number {
    return fill(this.#ring, operation, number);
  }

  /** The dispatcher's turn does it. */
  submit(): void {}

  wait(): void {
    this.#dispatcher.turn(WAIT);
  }

  destroy(): void {}
}

class OwnRing implements DiskRing {
  readonly #dispatcher: Dispatcher;
  readonly #completed: RingCompletion;
  readonly #ring: Ring;
  readonly #eventfd: number;
  readonly entries: Int32Array;
  #reaping = false;

  /** Throws SystemError where the kernel does not let us have a ring. */
  constructor(dispatcher: Dispatcher, arena: Arena, completed: RingCompletion) {
    const scratch = arena.reserve(64);
    this.#dispatcher = dispatcher;
    this.#completed = completed;
    this.#ring = new Ring(RING_OPERATIONS, 2 * RING_OPERATIONS, {
      address: arena.base + scratch,
      words: arena.words.subarray(scratch / 4, scratch / 4 + 16),
    });
    this.entries = this.#ring.entries;
    this.#eventfd = createEventfd();
    const failed = this.#eventfd < 0 ? this.#eventfd : this.#ring.signalTo(this.#eventfd);
    if (failed < 0) {
      this.#giveBack();
      throw errorFrom(failed, 'eventfd');
    }
    dispatcher.watch(this.#eventfd, () => this.#wakeUp());
  }

  next(operation: number, number: number): number {
    return fill(this.#ring, operation, number);
  }

  submit(): void {
    // What is asked for while completions are dealt with is handed over when all of them are.
    if (!this.#reaping) this.#ring.submitAndWait(0);
  }

  #wakeUp(): void {
    // Before it is reaped: what completes meanwhile signals anew.
    drainEventfd(this.#eventfd);
    this.#reap(0);
  }

  #reap(timeout: number): void {
    const ring = this.#ring;
    ring.submitAndWait(timeout);
    const { completions, completionBase, completionMask } = ring;
    const first = ring.completionHead();
    const count = ring.ready();
    this.#reaping = true;
    let number = 0;
    try {
      while (number < count) {
        const index = completionBase + ((first + number) & completionMask) * COMPLETION_WORDS;
        number++;
        this.#completed(completions[index + 1] as number, completions[index + 2] as number);
      }
    } finally {
      this.#reaping = false;
      ring.advance((first + number) | 0);
      // Also where an asker has thrown: the others are told in the next turn.
      if (number < count) signalEventfd(this.#eventfd);
      if (count > 0) this.submit();
    }
  }

  wait(): void {
    this.#reap(WAIT);
  }

  destroy(): void {
    this.#dispatcher.unwatch(this.#eventfd);
    this.#giveBack();
  }

  #giveBack(): void {
    this.#ring.destroy();
    if (this.#eventfd >= 0) closeFile(this.#eventfd);
  }
}

/** The dispatcher's ring, or one of its own beside it. Throws SystemError where the kernel does not let us have one. */
export function openDiskRing(dispatcher: Dispatcher, arena: Arena, completed: RingCompletion): DiskRing {
  const ring = dispatcher.lendRing?.(completed);
  return ring === undefined ? new OwnRing(dispatcher, arena, completed) : new LentRing(dispatcher, ring);
}
