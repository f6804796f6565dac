/**
 * The dispatcher on select(2): bitmaps of all descriptors up to the highest go to the kernel and back each turn, and
 * are searched bit by bit. A turn costs what the highest descriptor is.
 */
import { EINTR, errorFrom } from '../linux/errno.js';
import { select } from '../linux/select.js';
import { READABLE, ReadinessDispatcher, type ReadinessOptions, WRITABLE } from './readiness.js';

/** The highest descriptor that can be watched: the bitmaps are reserved whole, and cost nothing until they are used. */
const DESCRIPTORS = 1_048_576;
const BITMAP_BYTES = DESCRIPTORS / 8;

export class SelectDispatcher extends ReadinessDispatcher {
  readonly name = 'select';
  /** What is watched, and copies of it that the kernel overwrites with what is ready. */
  readonly #watchedReadable: number;
  readonly #watchedWritable: number;
  readonly #readable: number;
  readonly #writable: number;
  readonly #timeval: number;
  /** One more than the highest descriptor ever watched. */
  #highest = 0;
  readonly #readyDescriptors: number[] = [];
  readonly #readyFor: number[] = [];

  constructor(options: ReadinessOptions) {
    super(options);
    const bitmap = (): number => this.arena.reserve(BITMAP_BYTES, 4096);
    this.#watchedReadable = bitmap();
    this.#watchedWritable = bitmap();
    this.#readable = bitmap();
    this.#writable = bitmap();
    this.#timeval = this.arena.reserve(16);
  }

  protected watchFor(descriptor: number, interest: number): void {
    if (descriptor >= DESCRIPTORS) throw new RangeError(`select watches descriptors below ${DESCRIPTORS}`);
    if (descriptor >= this.#highest) this.#highest = descriptor + 1;
    this.change(descriptor, interest);
  }

  protected change(descriptor: number, interest: number): void {
    this.#mark(this.#watchedReadable, descriptor, (interest & READABLE) !== 0);
    this.#mark(this.#watchedWritable, descriptor, (interest & WRITABLE) !== 0);
  }

  protected forget(descriptor: number): void {
    this.change(descriptor, 0);
  }

  #mark(bitmap: number, descriptor: number, watched: boolean): void {
    const { words } = this.arena;
    const word = (bitmap >> 2) + (descriptor >> 5);
    const bit = 1 << (descriptor & 31);
    words[word] = watched ? (words[word] as number) | bit : (words[word] as number) & ~bit;
  }

  protected wait(timeout: number): number {
    const { words, base } = this.arena;
    const count = (this.#highest + 31) >> 5;
    const readable = this.#readable >> 2;
    const writable = this.#writable >> 2;
    words.copyWithin(readable, this.#watchedReadable >> 2, (this.#watchedReadable >> 2) + count);
    words.copyWithin(writable, this.#watchedWritable >> 2, (this.#watchedWritable >> 2) + count);
    const time = this.#timeval >> 2;
    const seconds = timeout < 0 ? 0 : Math.floor(timeout / 1000);
    words[time] = seconds;
    words[time + 2] = (timeout - seconds * 1000) * 1000;
    const result = select(
      this.#highest,
      base + this.#readable,
      base + this.#writable,
      timeout < 0 ? 0 : base + this.#timeval,
    );
    if (result < 0) {
      if (result !== -EINTR) throw errorFrom(result, 'select');
      return 0;
    }
    let ready = 0;
    for (let word = 0; result !== 0 && word < count; word++) {
      const read = words[readable + word] as number;
      const write = words[writable + word] as number;
      for (let bits = read | write; bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits;
        this.#readyDescriptors[ready] = (word << 5) + 31 - Math.clz32(bit);
        this.#readyFor[ready++] = ((read & bit) !== 0 ? READABLE : 0) | ((write & bit) !== 0 ? WRITABLE : 0);
      }
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
