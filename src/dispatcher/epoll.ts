/**
 * The dispatcher on epoll(7): the kernel keeps the set of watched descriptors and tells which are ready, so a turn costs
 * what has happened, however many are watched. Level-triggered: a keep-alive connection is registered once, for life.
 */
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_DATA_OFFSET,
  EPOLL_EVENT_BYTES,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  epollControl,
  epollCreate,
  epollWait,
} from '../linux/epoll.js';
import { EINTR, errorFrom } from '../linux/errno.js';
import { close } from '../linux/sockets.js';
import { READABLE, ReadinessDispatcher, type ReadinessOptions, WRITABLE } from './readiness.js';

/** Events collected a turn; more stay ready for the next. */
const EVENTS = 512;

export class EpollDispatcher extends ReadinessDispatcher {
  readonly name = 'epoll';
  readonly #epoll: number;
  readonly #events: number;
  /** One struct epoll_event for epoll_ctl. */
  readonly #event: number;

  constructor(options: ReadinessOptions) {
    super(options);
    this.#events = this.arena.reserve(EVENTS * EPOLL_EVENT_BYTES);
    this.#event = this.arena.reserve(16);
    this.#epoll = epollCreate();
    if (this.#epoll < 0) throw errorFrom(this.#epoll, 'epoll_create1');
  }

  protected watchFor(descriptor: number, interest: number): void {
    this.#control(EPOLL_CTL_ADD, descriptor, interest);
  }

  protected change(descriptor: number, interest: number): void {
    this.#control(EPOLL_CTL_MOD, descriptor, interest);
  }

  protected forget(descriptor: number): void {
    this.#control(EPOLL_CTL_DEL, descriptor, 0);
  }

  #control(operation: number, descriptor: number, interest: number): void {
    const { words, base } = this.arena;
    words[this.#event >> 2] =
      ((interest & READABLE) !== 0 ? EPOLLIN : 0) | ((interest & WRITABLE) !== 0 ? EPOLLOUT : 0);
    words[(this.#event + EPOLL_DATA_OFFSET) >> 2] = descriptor;
    const result = epollControl(this.#epoll, operation, descriptor, base + this.#event);
    if (result < 0) throw errorFrom(result, 'epoll_ctl');
  }

  protected wait(timeout: number): number {
    const result = epollWait(this.#epoll, this.arena.base + this.#events, EVENTS, timeout);
    if (result >= 0) return result;
    if (result !== -EINTR) throw errorFrom(result, 'epoll_wait');
    return 0;
  }

  protected readyDescriptor(index: number): number {
    return this.arena.words[(this.#events + index * EPOLL_EVENT_BYTES + EPOLL_DATA_OFFSET) >> 2] as number;
  }

  protected readyFor(index: number): number {
    const events = this.arena.words[(this.#events + index * EPOLL_EVENT_BYTES) >> 2] as number;
    if ((events & (EPOLLERR | EPOLLHUP)) !== 0) return READABLE | WRITABLE;
    return ((events & EPOLLIN) !== 0 ? READABLE : 0) | ((events & EPOLLOUT) !== 0 ? WRITABLE : 0);
  }

  protected release(): void {
    close(this.#epoll);
  }
}
