/**
 * When a server is warm: its processor time for a request, which falls while its engines compile its code, falls no more, and
 * each of them has had the requests that compiling takes. One engine needs a second or two for that; sixteen threads or
 * processes, each with an engine of its own, share the requests and need the more of them.
 *
 * What it keeps true: time alone makes nobody warm. Hundreds of engines that share few requests are slow from round to round
 * without a fall that could be seen, and are cold all the same.
 */

/** It falls when the best of the last rounds is better than the best of those before by so much. */
const NOTICEABLE = 0.05;
/** In one round chance has its part. */
const ROUNDS = 2;
/** Before that an engine has not compiled all, even where two rounds happen to be alike. */
export const LEAST_REQUESTS = 4000;

export class Settling {
  readonly #rounds: number[] = [];
  readonly #engines: number;
  #requests = 0;

  /** @param engines that share the requests. */
  constructor(engines: number) {
    this.#engines = engines;
  }

  /** A round of load. @param cpu processor time of all its requests, in whatever unit. */
  add(cpu: number, requests: number): void {
    this.#rounds.push(cpu / requests);
    this.#requests += requests;
  }

  /** Load that warms as well, but of other requests, whose processor time compares with none. */
  count(requests: number): void {
    this.#requests += requests;
  }

  get hasSettled(): boolean {
    return this.#rounds.length > ROUNDS && !this.falls && this.hasEnough;
  }

  /** The last rounds were noticeably better than those before. */
  get falls(): boolean {
    if (this.#rounds.length <= ROUNDS) return false;
    const before = Math.min(...this.#rounds.slice(0, -ROUNDS));
    const last = Math.min(...this.#rounds.slice(-ROUNDS));
    return last < before * (1 - NOTICEABLE);
  }

  /** Every engine has had its share of requests, as far as they were shared evenly. */
  get hasEnough(): boolean {
    return this.#requests >= this.#engines * LEAST_REQUESTS;
  }

  /** What keeps it from being warm, in words; '' where nothing does. @param seconds how long it was warmed up. */
  lacking(seconds: number): string {
    if (!this.hasEnough) {
      const each = Math.round(this.#requests / this.#engines).toLocaleString('en');
      const who = this.#engines === 1 ? 'its engine had' : `each of its ${this.#engines} engines had about`;
      return `${who} ${each} requests in ${written(seconds)} s of warm-up, too few to compile its code (${LEAST_REQUESTS.toLocaleString('en')} are enough)`;
    }
    return this.falls ? `its processor time a request still fell after ${written(seconds)} s of warm-up` : '';
  }
}

function written(seconds: number): string {
  return String(Math.round(seconds * 10) / 10);
}
