/**
 * Accepting with io_uring: the ring says when somebody is there (IORING_OP_POLL_ADD), and accept4(2) takes them.
 *
 * The ring could accept by itself, for a system call less (IORING_ACCEPT_MULTISHOT). Then it takes all who are there before it
 * can be told that there is no place left: they keep descriptors and wait here, while another loop has nothing to do. And of
 * several rings that wait for one listener a connection wakes only the first (as with EPOLLEXCLUSIVE): where that one is
 * cancelled right then, or its thread has been ended, nobody hears of it.
 */
import * as sockets from '../linux/sockets.js';
import type { Acceptor } from './dispatcher.js';
import type { Handlers } from './handlers.js';
import { OF_ACCEPT, type Operations } from './io-uring-operations.js';
import { acceptWaiting, isHarmless, type Listener, Listeners, takeQueue } from './listeners.js';

export class Accepting {
  readonly #operations: Operations;
  readonly #handlers: Handlers;
  readonly #listeners = new Listeners();
  /** Of those who have stopped: they are told in the next turn. */
  #stopped: number[] = [];

  constructor(operations: Operations, handlers: Handlers) {
    this.#operations = operations;
    this.#handlers = handlers;
  }

  begin(listener: number, acceptor: Acceptor): void {
    this.#arm(listener, this.#listeners.add(listener, acceptor));
  }

  stop(listener: number, forAll: boolean): void {
    const record = this.#listeners.get(listener);
    if (record === undefined || record.stopped) return;
    record.stopped = true;
    record.forAll = forAll;
    if (record.armed) this.#operations.cancel(OF_ACCEPT, listener);
    else this.#stopped.push(listener);
  }

  /** Whoever comes waits in the kernel. That somebody is there may still be said, once. */
  pause(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record !== undefined) record.paused = true;
  }

  resume(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined) return;
    record.paused = false;
    this.#arm(listener, record);
  }

  readonly #arm = (listener: number, record: Listener): void => {
    if (record.armed || record.paused || record.stopped || record.backOffUntil !== 0) return;
    record.armed = true;
    this.#operations.acceptable(listener);
  };

  /** A completion: somebody is there, or -errno. `now`: the dispatcher's clock. */
  completed(listener: number, result: number, now: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined) return;
    record.armed = false;
    if (record.stopped) {
      this.#stopped.push(listener);
      return;
    }
    if (result >= 0) acceptWaiting(listener, this.#listeners, this.#handlers, sockets, now);
    else if (!isHarmless(result)) {
      this.#listeners.backOff(record, now);
      record.acceptor.acceptFailed(result);
    }
    this.#arm(listener, record);
  }

  /** Somebody is to be told that accepting has ended: `tellStopped` is due in this turn. */
  get due(): boolean {
    return this.#stopped.length !== 0;
  }

  /** Where nobody else accepts, those in the queue are taken along: they have connected to a server that was there. */
  tellStopped(): void {
    const stopped = this.#stopped;
    this.#stopped = [];
    for (const listener of stopped) {
      const record = this.#listeners.get(listener);
      if (record === undefined) continue;
      this.#listeners.remove(listener);
      if (record.forAll) takeQueue(listener, record.acceptor, this.#handlers, sockets);
      record.acceptor.acceptingEnded(listener);
    }
  }

  /** The longest that a turn may wait, given what else bounds it (-1: nothing). */
  boundWait(wait: number): number {
    return this.#listeners.boundWait(wait);
  }

  /** Accepts again where a pause for shortage is over. */
  endBackOffs(now: number): void {
    this.#listeners.endBackOffs(now, this.#arm);
  }

  destroy(): void {
    for (const [listener, { armed }] of this.#listeners.all()) {
      if (armed) this.#operations.cancel(OF_ACCEPT, listener);
    }
    this.#listeners.clear();
  }
}
