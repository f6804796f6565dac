/** Connections that wait, all equally long: who came first is due first, so a ring is enough, and nothing is sorted. */
export class DelayQueue {
  readonly #milliseconds: number;
  readonly #slots: Int32Array;
  readonly #dues: Float64Array;
  #first = 0;
  #count = 0;

  /** @param capacity the most that wait at a time. */
  constructor(milliseconds: number, capacity: number) {
    this.#milliseconds = milliseconds;
    this.#slots = new Int32Array(Math.max(1, capacity));
    this.#dues = new Float64Array(Math.max(1, capacity));
  }

  /** When the next one is due; Infinity when there is none. */
  get due(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#dues[this.#first] as number);
  }

  put(slot: number, now: number): void {
    const index = (this.#first + this.#count++) % this.#slots.length;
    this.#slots[index] = slot;
    this.#dues[index] = now + this.#milliseconds;
  }

  /** Takes the one that has waited longest. There must be one. */
  take(): number {
    const slot = this.#slots[this.#first] as number;
    this.#first = (this.#first + 1) % this.#slots.length;
    this.#count--;
    return slot;
  }

  clear(): void {
    this.#count = 0;
  }
}
