/** The listening sockets of a dispatcher, and their pauses: asked for, or because the kernel has nothing left to give. */
import { EAGAIN, ECANCELED, ECONNABORTED, EINTR, EPROTO } from '../linux/errno.js';
import { ACCEPT_BACK_OFF_MILLISECONDS, type Acceptor } from './dispatcher.js';

export interface Listener {
  readonly acceptor: Acceptor;
  /** io_uring: whether the kernel has a multishot accept of ours. */
  armed: boolean;
  /** io_uring: connections accepted while paused. */
  readonly parked: number[];
  /** Paused until told otherwise. */
  paused: boolean;
  /** Accepting has been stopped for good, and what was accepted already is yet to be handed over. */
  stopped: boolean;
  /** The dispatcher's clock, in milliseconds, before which nothing is accepted; 0 for no pause. */
  backOffUntil: number;
}

export class Listeners {
  readonly #records = new Map<number, Listener>();
  #backingOff = 0;

  add(listener: number, acceptor: Acceptor): Listener {
    const record = { acceptor, armed: false, parked: [], paused: false, stopped: false, backOffUntil: 0 };
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

/** Nothing was accepted, but nothing is wrong: nobody was there, a signal, a peer that has gone already. */
export function isHarmless(result: number): boolean {
  const error = -result;
  return error === EAGAIN || error === EINTR || error === ECONNABORTED || error === EPROTO || error === ECANCELED;
}
