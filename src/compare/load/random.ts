/**
 * Numbers by chance that come again with the same seed: a counter in steps of the golden ratio, whose bits are mixed as the
 * last step of MurmurHash3 does. 2^32 of them before they repeat. Allocates nothing.
 */
const STEP = 0x9e3779b9;

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 up to 2^32, all alike. */
  next(): number {
    this.#state = (this.#state + STEP) | 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) >>> 0;
  }

  /** A number from 0 up to 1, neither of them. */
  fraction(): number {
    return (this.next() + 0.5) / 4294967296;
  }

  /** The time until the next of independent events that happen `mean` apart: exponentially distributed. */
  exponential(mean: number): number {
    return -Math.log(this.fraction()) * mean;
  }
}
