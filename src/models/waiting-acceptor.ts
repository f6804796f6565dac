/**
 * How a worker that blocks waits for a connection. On one listener that is accept(2) itself. On several, and where an
 * application's timers and promises are waited for as well, it is epoll(7), of which each worker has one of its own, and then
 * an accept that does not wait: the listeners are non-blocking there.
 *
 * What it keeps true:
 * - A connection wakes one of the workers that wait, or a few, and not all of them (EPOLLEXCLUSIVE).
 * - Whoever was woken tries to accept, whatever it has been told meanwhile; and should it have died instead, another one
 *   looks, at the end of its own wait.
 * - A connection begins with the time-outs of its listener. Those of unix sockets inherit none: they are given them.
 */
import {
  EPOLL_CTL_ADD,
  EPOLL_DATA_OFFSET,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  epollControl,
  epollCreate,
  epollWait,
} from '../linux/epoll.js';
import { EAGAIN, errorFrom } from '../linux/errno.js';
import { accept4, close, isUnix, SOCK_CLOEXEC, setReceiveTimeout, setSendTimeout } from '../linux/sockets.js';
import type { Arena } from '../memory/arena.js';

/** With several listeners a worker that is woken by nobody looks after so many milliseconds. */
const LOOK_MILLISECONDS = 1000;

/** The time-outs that connections begin with, in milliseconds. */
export interface Timeouts {
  readonly receive: number;
  readonly send: number;
}

export class WaitingAcceptor {
  readonly #listeners: readonly number[];
  readonly #first: number;
  readonly #timeouts: Timeouts;
  readonly #arena: Arena;
  /** Those whose connections inherit nothing. */
  readonly #unix: ReadonlySet<number>;
  readonly #anyUnix: boolean;
  /** -1 where there is one listener. */
  readonly #epoll: number = -1;
  /** One struct epoll_event. */
  readonly #event: number = 0;

  /**
   * @param listeners one on which accept waits, with a time-out, or several on which it does not; one too where `hosted`: the
   * caller waits himself for `descriptor`, and for other things, before `acceptNow`. Throws SystemError.
   */
  constructor(listeners: readonly number[], arena: Arena, timeouts: Timeouts, hosted = false) {
    this.#listeners = listeners;
    this.#first = listeners[0] as number;
    this.#arena = arena;
    this.#timeouts = timeouts;
    this.#unix = new Set(listeners.filter(isUnix));
    this.#anyUnix = this.#unix.size > 0;
    if (listeners.length === 1 && !hosted) return;
    this.#event = arena.reserve(16);
    this.#epoll = epollCreate();
    if (this.#epoll < 0) throw errorFrom(this.#epoll, 'epoll_create1');
    for (const listener of listeners) this.#watch(listener);
  }

  #watch(listener: number): void {
    const { words, base } = this.#arena;
    words[this.#event >> 2] = EPOLLIN | EPOLLEXCLUSIVE;
    words[(this.#event + EPOLL_DATA_OFFSET) >> 2] = listener;
    const result = epollControl(this.#epoll, EPOLL_CTL_ADD, listener, base + this.#event);
    if (result >= 0) return;
    this.close();
    throw errorFrom(result, 'epoll_ctl');
  }

  /** A connection, on which calls wait, or -errno: EINTR after a signal, EAGAIN when none has come for a while. */
  accept(): number {
    return this.#epoll < 0 ? this.#acceptFrom(this.#first) : this.#acceptFromAny(LOOK_MILLISECONDS);
  }

  /** Readable when somebody wants to connect; -1 where accept itself waits. */
  get descriptor(): number {
    return this.#epoll;
  }

  /** The same without waiting. */
  acceptNow(): number {
    return this.#acceptFromAny(0);
  }

  #acceptFrom(listener: number): number {
    const socket = accept4(listener, SOCK_CLOEXEC);
    if (socket >= 0 && this.#anyUnix && this.#unix.has(listener)) {
      setReceiveTimeout(socket, this.#timeouts.receive);
      setSendTimeout(socket, this.#timeouts.send);
    }
    return socket;
  }

  #acceptFromAny(wait: number): number {
    // One event at a time: the kernel gives the next listener its turn first then.
    const ready = epollWait(this.#epoll, this.#arena.base + this.#event, 1, wait);
    if (ready < 0) return ready;
    if (ready > 0) return this.#acceptFrom(this.#arena.words[(this.#event + EPOLL_DATA_OFFSET) >> 2] as number);
    for (const listener of this.#listeners) {
      const socket = this.#acceptFrom(listener);
      if (socket !== -EAGAIN) return socket;
    }
    return -EAGAIN;
  }

  close(): void {
    if (this.#epoll >= 0) close(this.#epoll);
  }
}
