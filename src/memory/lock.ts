/**
 * A lock in shared memory, for threads and for processes: a futex(2) word that holds its owner.
 *
 * Taking a free lock is one atomic operation and no system call; only who finds it taken goes to the kernel and sleeps
 * (Drepper, Futexes Are Tricky, 2011). What it keeps true:
 * - It counts: how often it was taken, how often somebody had to wait, and for how long. The counts are written by the
 *   owner alone, so they cost no atomic operation.
 * - Nobody takes it to the grave: whoever watches over the workers calls `bury` for one that has died. If that one was the
 *   owner, the lock is released and `broken` says that what it guarded may be half written.
 */
import { futexWait, futexWake } from '../linux/futex.js';
import type { SharedRegion } from './shared-region.js';

/** Bytes of shared memory that a lock takes: a line of the processor's cache of its own. */
export const LOCK_BYTES = 64;

const WORD = 0;
const BROKEN = 1;
// Counts, as doubles from the beginning of the lock on.
const ACQUISITIONS = 1;
const CONTENDED = 2;
const WAITED = 3;

/** Set in the word while somebody sleeps; the rest of the word is the owner. */
const WAITERS = 0x4000_0000;
/** A wake-up that was lost would cost no more than this. */
const WAIT_MILLISECONDS = 1000;

export interface LockCounts {
  readonly acquisitions: number;
  /** Of these, how many had to wait. */
  readonly contended: number;
  readonly waitedMilliseconds: number;
}

/** Whoever wants to know of waits for a lock. */
export interface LockWaiting {
  began(): void;
  ended(): void;
}

export class Lock {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #word: number;
  readonly #double: number;
  readonly #address: number;
  /** Told when a wait for the lock begins, and when it is over. */
  waiting: LockWaiting | null = null;

  /** The lock at `offset` of the region, a multiple of LOCK_BYTES; zeroed memory is a free lock. */
  constructor(region: SharedRegion, offset: number) {
    this.#words = region.words;
    this.#doubles = region.doubles;
    this.#word = offset / 4 + WORD;
    this.#double = offset / 8;
    this.#address = region.base + offset;
  }

  /** Waits until the lock is free and takes it. @param owner a number from 1 to 2^30 - 1 that no other has at the time. */
  acquire(owner: number): void {
    const doubles = this.#doubles;
    if (Atomics.compareExchange(this.#words, this.#word, 0, owner) !== 0) {
      this.waiting?.began();
      const waited = this.#wait(owner);
      this.waiting?.ended();
      doubles[this.#double + CONTENDED]! += 1;
      doubles[this.#double + WAITED]! += waited;
    }
    doubles[this.#double + ACQUISITIONS]! += 1;
  }

  release(): void {
    const before = Atomics.exchange(this.#words, this.#word, 0);
    if ((before & WAITERS) !== 0) futexWake(this.#address, 1);
  }

  /** `owner` has died. Releases the lock if it had it. */
  bury(owner: number): void {
    const word = Atomics.load(this.#words, this.#word);
    if ((word & ~WAITERS) === owner) {
      this.spoil();
      this.release();
    } else {
      // It may have been woken and have died before it took the lock: then it is the next one's turn.
      futexWake(this.#address, 1);
    }
  }

  /** What the lock guards may be half written: said by an owner that could not finish. */
  spoil(): void {
    Atomics.store(this.#words, this.#word - WORD + BROKEN, 1);
  }

  /** An owner has died, or could not finish: what the lock guards may be half written. To be asked, and mended, by the owner. */
  get broken(): boolean {
    return Atomics.load(this.#words, this.#word - WORD + BROKEN) !== 0;
  }

  mended(): void {
    Atomics.store(this.#words, this.#word - WORD + BROKEN, 0);
  }

  get counts(): LockCounts {
    return {
      acquisitions: this.#doubles[this.#double + ACQUISITIONS]!,
      contended: this.#doubles[this.#double + CONTENDED]!,
      waitedMilliseconds: this.#doubles[this.#double + WAITED]!,
    };
  }

  /** Gives the milliseconds that it took. */
  #wait(owner: number): number {
    const words = this.#words;
    const index = this.#word;
    const began = performance.now();
    for (;;) {
      const word = Atomics.load(words, index);
      if (word === 0) {
        // There may be others asleep: whoever comes from the queue says so.
        if (Atomics.compareExchange(words, index, 0, owner | WAITERS) === 0) return performance.now() - began;
      } else if ((word & WAITERS) !== 0 || Atomics.compareExchange(words, index, word, word | WAITERS) === word) {
        futexWait(this.#address, word | WAITERS, WAIT_MILLISECONDS);
      }
    }
  }
}
