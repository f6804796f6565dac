/**
 * The dispatcher on poll(2): the whole array of watched descriptors goes to the kernel and back each turn, and is
 * searched for those with events. A turn costs what is watched.
 */
import { EINTR, errorFrom } from '../linux/errno.js';
import { POLLERR, POLLFD_BYTES, POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll } from '../linux/poll.js';
import { grown } from '../memory/growing.js';
import { READABLE, ReadinessDispatcher, type ReadinessOptions, WRITABLE } from './readiness.js';

/** The most descriptors that can be watched: the array is reserved whole, and costs nothing until it is used. */
const DESCRIPTORS = 131_072;

export class PollDispatcher extends ReadinessDispatcher {
  readonly name = 'poll';
  /** The array of struct pollfd, kept dense. */
  readonly #array: number;
  #count = 0;
  /** Where each descriptor stands in it. */
  #indexes = new Int32Array(1024);
  readonly #readyDescriptors: number[] = [];
  readonly #readyFor: number[] = [];

  constructor(options: ReadinessOptions) {
    super(options);
    this.#array = this.arena.reserve(DESCRIPTORS * POLLFD_BYTES, 4096);
  }

  protected watchFor(descriptor: number, interest: number): void {
    if (this.#count === DESCRIPTORS) throw new RangeError(`poll watches at most ${DESCRIPTORS} descriptors`);
    if (descriptor >= this.#indexes.length) {
      this.#indexes = grown(this.#indexes, Math.max(descriptor + 1, this.#indexes.length * 2));
    }
    this.#put(this.#count++, descriptor, wanted(interest));
  }

  protected change(descriptor: number, interest: number): void {
    this.#put(this.#indexes[descriptor] as number, descriptor, wanted(interest));
  }

  protected forget(descriptor: number): void {
    const { words } = this.arena;
    const last = (this.#array >> 2) + --this.#count * 2;
    this.#put(this.#indexes[descriptor] as number, words[last] as number, (words[last + 1] as number) & 0xffff);
  }

  #put(index: number, descriptor: number, events: number): void {
    const { words } = this.arena;
    const word = (this.#array >> 2) + index * 2;
    words[word] = descriptor;
    words[word + 1] = events;
    this.#indexes[descriptor] = index;
  }

  protected wait(timeout: number): number {
    let left = poll(this.arena.base + this.#array, this.#count, timeout);
    if (left < 0) {
      if (left !== -EINTR) throw errorFrom(left, 'poll');
      return 0;
    }
    const { words } = this.arena;
    let ready = 0;
    for (let word = this.#array >> 2; left > 0; word += 2) {
      const events = (words[word + 1] as number) >>> 16;
      if (events === 0) continue;
      this.#readyDescriptors[ready] = words[word] as number;
      this.#readyFor[ready++] = meaning(events);
      left--;
    }
    return ready;
  }

  protected readyDescriptor(index: number): number {
    return this.#readyDescriptors[index] as number;
  }

  protected readyFor(index: number): number {
    return this.#readyFor[index] as number;
  }

  protected release(): void {}
}

function wanted(interest: number): number {
  return ((interest & READABLE) !== 0 ? POLLIN : 0) | ((interest & WRITABLE) !== 0 ? POLLOUT : 0);
}

function meaning(events: number): number {
  if ((events & (POLLERR | POLLHUP | POLLNVAL)) !== 0) return READABLE | WRITABLE;
  return ((events & POLLIN) !== 0 ? READABLE : 0) | ((events & POLLOUT) !== 0 ? WRITABLE : 0);
}
