/**
 * Accepting with io_uring: asked for once, and a completion for each connection until it is cancelled. The kernel accepts all
 * that are there at once, also those for whom there is no place: they wait here, in their order.
 *
 * Several rings may accept from one listener. A connection wakes one of them only (io_uring waits for a listener as
 * EPOLLEXCLUSIVE does); one that is cancelled right then does not pass that on, and whoever connected would wait until
 * the next one comes. So whoever stops takes along who is in the queue.
 */
import { accept4, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../linux/sockets.js';
import type { Acceptor } from './dispatcher.js';
import type { Handlers } from './handlers.js';
import { OF_ACCEPT, type Operations } from './io-uring-operations.js';
import { isHarmless, type Listener, Listeners } from './listeners.js';

export class Accepting {
  readonly #operations: Operations;
  readonly #handlers: Handlers;
  readonly #listeners = new Listeners();
  /** Listeners that accept again and have connections waiting. */
  #resumed: number[] = [];

  constructor(operations: Operations, handlers: Handlers) {
    this.#operations = operations;
    this.#handlers = handlers;
  }

  begin(listener: number, acceptor: Acceptor): void {
    this.#arm(listener, this.#listeners.add(listener, acceptor));
  }

  stop(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined || record.stopped) return;
    record.stopped = true;
    record.paused = false;
    if (record.armed) this.#operations.cancel(OF_ACCEPT, listener);
    else this.#resumed.push(listener);
  }

  pause(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined || record.paused || record.stopped) return;
    record.paused = true;
    if (record.armed) this.#operations.cancel(OF_ACCEPT, listener);
  }

  resume(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined || !record.paused) return;
    record.paused = false;
    if (record.parked.length === 0) this.#arm(listener, record);
    else this.#resumed.push(listener);
  }

  readonly #arm = (listener: number, record: Listener): void => {
    if (record.armed || record.paused || record.stopped || record.backOffUntil !== 0) return;
    record.armed = true;
    this.#operations.accept(listener);
  };

  /** A completion. `more`: it is not the last one. `now`: the dispatcher's clock. */
  completed(listener: number, result: number, more: boolean, now: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined) {
      // Accepted after we had stopped: nobody is there to serve it.
      if (result >= 0) this.#operations.close(result);
      return;
    }
    if (!more) record.armed = false;
    if (result >= 0 && record.paused) {
      record.parked.push(result);
    } else if (result >= 0) {
      this.#handlers.accepted(record.acceptor, result);
    } else if (!isHarmless(result)) {
      this.#listeners.backOff(record, now);
      record.acceptor.acceptFailed(result);
    }
    if (more || this.#listeners.get(listener) !== record) return;
    if (record.stopped) this.#resumed.push(listener);
    else this.#arm(listener, record);
  }

  /** Somebody who had to wait for a place may have one now, or accepting has ended: `unpark` is due in this turn. */
  get due(): boolean {
    return this.#resumed.length !== 0;
  }

  /** Hands over those who had to wait for a place, as long as there is one, and all of them when accepting has ended. */
  unpark(): void {
    const resumed = this.#resumed;
    this.#resumed = [];
    for (const listener of resumed) {
      const record = this.#listeners.get(listener);
      if (record === undefined) continue;
      while (record.parked.length !== 0 && !record.paused) {
        this.#handlers.accepted(record.acceptor, record.parked.shift() as number);
      }
      if (!record.stopped) this.#arm(listener, record);
      else if (!record.armed) this.#ended(listener, record);
    }
  }

  #ended(listener: number, record: Listener): void {
    this.#listeners.remove(listener);
    for (let socket = queued(listener); socket >= 0; socket = queued(listener)) {
      this.#handlers.accepted(record.acceptor, socket);
    }
    record.acceptor.acceptingEnded(listener);
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
    for (const [listener, { armed, parked }] of this.#listeners.all()) {
      if (armed) this.#operations.cancel(OF_ACCEPT, listener);
      for (const socket of parked) this.#operations.close(socket);
    }
    this.#listeners.clear();
  }
}

/** The next of those who wait to be accepted, or -errno. */
function queued(listener: number): number {
  return accept4(listener, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
