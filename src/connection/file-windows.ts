/**
 * The windows of a large file on its way to one connection: each is brought into memory before it is sent, and while a
 * window that had to be waited for is sent, the next one is read ahead.
 *
 * What it keeps true: the answer, and with it the open file, is held for as long as the disk works on it, also when the
 * connection has closed meanwhile. One operation is under way at a time.
 */
import { type DiskAsker, DiskOperation, PENDING } from '../disk/disk.js';
import type { Answer } from '../site/answer.js';

/** Bytes of a file handed to the dispatcher at a time. */
export const FILE_WINDOW_BYTES = 1_048_576;

/** Whoever waits for a window. */
export interface WindowWaiter {
  /** The window is in memory (0 or more), or the disk has failed (-errno). */
  warmed(result: number): void;
}

export class FileWindows implements DiskAsker {
  readonly #operation = new DiskOperation(this);
  #waiter: WindowWaiter | null;
  /** Whose file is being read, or null. */
  #reading: Answer | null = null;
  #awaited = false;
  /** The last window had to be waited for: the next one is likely to be. */
  #cold = false;

  constructor(waiter: WindowWaiter) {
    this.#waiter = waiter;
  }

  /** 0: the window can be sent now. PENDING: `warmed` will be called. -errno: the disk has failed. */
  prepare(answer: Answer, position: number, length: number): number {
    // It is being read ahead.
    if (this.#reading !== null) {
      this.#awaited = true;
      return PENDING;
    }
    const result = this.#warm(answer, position, length);
    this.#cold = result === PENDING;
    this.#awaited = this.#cold;
    return result;
  }

  /** The window before this one is being sent. */
  prepareNext(answer: Answer, position: number, length: number): void {
    if (this.#cold && length > 0 && this.#reading === null) this.#warm(answer, position, length);
  }

  #warm(answer: Answer, position: number, length: number): number {
    const operation = this.#operation;
    operation.position = position;
    operation.length = length;
    const result = answer.warm(operation);
    if (result === PENDING) {
      this.#reading = answer;
      answer.acquire();
    }
    return result;
  }

  diskCompleted(operation: DiskOperation): void {
    const answer = this.#reading as Answer;
    this.#reading = null;
    answer.release();
    if (!this.#awaited || this.#waiter === null) return;
    this.#awaited = false;
    this.#waiter.warmed(operation.result);
  }

  /** The connection has closed: nobody waits any more. */
  forget(): void {
    this.#waiter = null;
  }
}
