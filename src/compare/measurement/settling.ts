/**
 * When a server is warm: its processor time for a request, which falls while its engines compile its code, falls no more. One
 * engine needs a second for that; sixteen threads or processes, each with an engine of its own, need ten.
 */

/** It falls when the best of the last rounds is better than the best of those before by so much. */
const NOTICEABLE = 0.05;
/** In one round chance has its part. */
const ROUNDS = 2;

export class Settling {
  readonly #rounds: number[] = [];

  /** @param cpu processor time for a request in this round of load, in whatever unit. */
  add(cpu: number): void {
    this.#rounds.push(cpu);
  }

  get hasSettled(): boolean {
    if (this.#rounds.length <= ROUNDS) return false;
    const before = Math.min(...this.#rounds.slice(0, -ROUNDS));
    const last = Math.min(...this.#rounds.slice(-ROUNDS));
    return last >= before * (1 - NOTICEABLE);
  }
}
