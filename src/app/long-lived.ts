/**
 * How much of what an application has to do with lives for long, and is not left behind by a request: streams that are open,
 * and large bodies that are on their way. Whoever is told of it can see to it that memory for new objects is not grown.
 */

/** How much a stream counts, and how many bytes of a body count as much. */
export const STREAM = 1;
const BYTES = 32_768;
/** From so much on it is much: as many streams, or 8 MiB. It is little again at half of that. */
export const MUCH = 256;
/** It is said to be little only when it has been so for long: much that comes and goes is much. */
export const PATIENCE_MILLISECONDS = 10_000;

export class LongLived {
  readonly #tell: (much: boolean) => void;
  #amount = 0;
  #told = false;
  /** It has been much since the last tick. */
  #was = false;
  #since = 0;

  /** @param tell is told true when it has become much, and false when it is little again. */
  constructor(tell: (much: boolean) => void) {
    this.#tell = tell;
  }

  begins(amount: number): void {
    this.#amount += amount;
    if (this.#amount < MUCH) return;
    this.#was = true;
    if (!this.#told) this.#say(true);
  }

  ends(amount: number): void {
    this.#amount -= amount;
  }

  /** @param now in milliseconds. */
  tick(now: number): void {
    if (!this.#told) return;
    if (this.#was || this.#amount > MUCH / 2) {
      this.#was = false;
      this.#since = now;
    } else if (now - this.#since >= PATIENCE_MILLISECONDS) {
      this.#say(false);
    }
  }

  /** All of it has ended. */
  close(): void {
    this.#amount = 0;
    if (this.#told) this.#say(false);
  }

  #say(much: boolean): void {
    this.#told = much;
    this.#tell(much);
  }
}

/** How much a body of so many bytes counts. */
export function amountOf(bytes: number): number {
  return bytes / BYTES;
}
