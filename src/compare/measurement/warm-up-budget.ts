/**
 * How long the warm-ups of the servers of a point may take together. Each gets the same part of what is left, and what one does
 * not need falls to those after it, so that whatever they are like, all of them together keep what was planned.
 */

export class WarmUpBudget {
  readonly #most: number;
  #left: number;
  #servers: number;

  /** @param meanSeconds for each server on average. @param most that one of them may have. */
  constructor(servers: number, meanSeconds: number, most: number) {
    this.#servers = servers;
    this.#left = servers * meanSeconds;
    this.#most = most;
  }

  /** What the next one may have. */
  get allowance(): number {
    return Math.max(0, Math.min(this.#most, this.#left / Math.max(1, this.#servers)));
  }

  /** The next one has had so much. */
  take(seconds: number): void {
    this.#left -= seconds;
    this.#servers--;
  }
}
