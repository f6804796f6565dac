/**
 * When a server is warm: its processor time for a request, which falls while its engines compile its code, falls no more. One
 * engine needs a second or two for that; sixteen threads or processes, each with an engine of its own, share the requests and
 * need the more of them.
 */

/** It falls when the best of the last rounds is better than the best of those before by so much. */
const NOTICEABLE = 0.05;
/** In one round chance has its part. */
const ROUNDS = 2;
/** Before that an engine has not compiled all, even where two rounds happen to be alike; */
const LEAST_REQUESTS = 4000;
/** unless requests take their time by nature. */
const ENOUGH_ROUNDS = 12;

export class Settling {
  readonly #rounds: number[] = [];
  readonly #leastRequests: number;
  #requests = 0;

  /** @param engines that share the requests. */
  constructor(engines: number) {
    this.#leastRequests = engines * LEAST_REQUESTS;
  }

  /** A round of load. @param cpu processor time of all its requests, in whatever unit. */
  add(cpu: number, requests: number): void {
    this.#rounds.push(cpu / requests);
    this.#requests += requests;
  }

  get hasSettled(): boolean {
    const { length } = this.#rounds;
    if (length <= ROUNDS || this.falls) return false;
    return this.#requests >= this.#leastRequests || length >= ENOUGH_ROUNDS;
  }

  /** The last rounds were noticeably better than those before. */
  get falls(): boolean {
    const before = Math.min(...this.#rounds.slice(0, -ROUNDS));
    const last = Math.min(...this.#rounds.slice(-ROUNDS));
    return last < before * (1 - NOTICEABLE);
  }
}
