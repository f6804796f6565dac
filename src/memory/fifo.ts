/**
 * A queue of this thread alone: first in, first out, as long as it has to be. Putting and taking cost O(1) on average,
 * whereas Array.shift moves all that is left once there is much of it.
 */

/** Taken places are given back when there are so many of them, and they are half of all. */
const GIVE_BACK = 1024;

export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  /** Where the next one to be taken is. */
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** The one to be taken next. */
  get first(): Item | undefined {
    return this.#items[this.#first];
  }

  put(item: Item): void {
    this.#items.push(item);
  }

  take(): Item | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    // Nobody else is to keep it alive.
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first >= GIVE_BACK && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
