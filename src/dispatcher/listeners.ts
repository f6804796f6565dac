/** The listening sockets of a dispatcher, how connections are accepted from them, and their pauses: asked for, or because the kernel has nothing left to give. */
import { EAGAIN, ECANCELED, ECONNABORTED, EINTR, EPROTO } from '../linux/errno.js';
import type * as sockets from '../linux/sockets.js';
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../linux/sockets.js';
import { ACCEPT_BACK_OFF_MILLISECONDS, ACCEPTS_PER_TURN, type Acceptor } from './dispatcher.js';
import type { Handlers } from './handlers.js';

/** As long as a queue may be: whoever comes meanwhile must not keep it from ending. */
const MOST_QUEUED = 4096;

export interface Listener {
  readonly acceptor: Acceptor;
  /** io_uring: whether the kernel has been asked to say when somebody is there. */
  armed: boolean;
  /** Paused until told otherwise. */
  paused: boolean;
  /** io_uring: accepting has been stopped for good, and the acceptor is yet to be told. */
  stopped: boolean;
  /** io_uring: stopped, and nobody else will accept those who are in the queue. */
  forAll: boolean;
  /** The dispatcher's clock, in milliseconds, before which nothing is accepted; 0 for no pause. */
  backOffUntil: number;
}

export class Listeners {
  readonly #records = new Map<number, Listener>();
  #backingOff = 0;

  add(listener: number, acceptor: Acceptor): Listener {
    const record = { acceptor, armed: false, paused: false, stopped: false, forAll: false, backOffUntil: 0 };
    this.#records.set(listener, record);
    return record;
  }

  get(listener: number): Listener | undefined {
    return this.#records.get(listener);
  }

  remove(listener: number): void {
    if (this.#records.get(listener)?.backOffUntil) this.#backingOff--;
    this.#records.delete(listener);
  }

  /** Each listener with its record. */
  all(): Iterable<[listener: number, record: Listener]> {
    return this.#records;
  }

  clear(): void {
    this.#records.clear();
    this.#backingOff = 0;
  }

  /** Accepts nothing for a while. */
  backOff(record: Listener, now: number): void {
    if (record.backOffUntil === 0) this.#backingOff++;
    record.backOffUntil = now + ACCEPT_BACK_OFF_MILLISECONDS;
  }

  /** Calls `resume` for each listener whose pause for shortage is over. */
  endBackOffs(now: number, resume: (listener: number, record: Listener) => void): void {
    if (this.#backingOff === 0) return;
    for (const [listener, record] of this.#records) {
      if (record.backOffUntil === 0 || record.backOffUntil > now) continue;
      record.backOffUntil = 0;
      this.#backingOff--;
      resume(listener, record);
    }
  }

  /** The longest that a turn may wait, in milliseconds, given what else bounds it (-1: nothing). */
  boundWait(wait: number): number {
    if (this.#backingOff === 0 || (wait >= 0 && wait < ACCEPT_BACK_OFF_MILLISECONDS)) return wait;
    return ACCEPT_BACK_OFF_MILLISECONDS;
  }
}

/** The call that accepts, or faults in its place. */
export type AcceptCalls = Pick<typeof sockets, 'accept4'>;

/**
 * Accepts those who wait, as long as there is a place for them, but at most a share of a turn. `now`: the dispatcher's clock.
 * Gives whether a pause has begun, since the kernel has nothing left to give.
 */
export function acceptWaiting(
  listener: number,
  listeners: Listeners,
  handlers: Handlers,
  calls: AcceptCalls,
  now: number,
): boolean {
  for (let accepted = 0; accepted < ACCEPTS_PER_TURN; accepted++) {
    // The acceptor may have paused or stopped meanwhile.
    const record = listeners.get(listener);
    if (record === undefined || record.paused || record.stopped) return false;
    const result = calls.accept4(listener, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (result >= 0) {
      handlers.accepted(record.acceptor, result);
    } else if (result === -EAGAIN) {
      return false;
    } else if (!isHarmless(result)) {
      listeners.backOff(record, now);
      record.acceptor.acceptFailed(result);
      return true;
    }
  }
  return false;
}

/** Accepts those who are in the queue when nobody will be any more. */
export function takeQueue(listener: number, acceptor: Acceptor, handlers: Handlers, calls: AcceptCalls): void {
  for (let tried = 0; tried < MOST_QUEUED; tried++) {
    const result = calls.accept4(listener, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (result >= 0) handlers.accepted(acceptor, result);
    else if (result === -EAGAIN || !isHarmless(result)) return;
  }
}

/** Nothing was accepted, but nothing is wrong: nobody was there, a signal, a peer that has gone already. */
export function isHarmless(result: number): boolean {
  const error = -result;
  return error === EAGAIN || error === EINTR || error === ECONNABORTED || error === EPROTO || error === ECANCELED;
}
