/**
 * A site that another one can take the place of while requests are answered, as when its settings change.
 *
 * What it keeps true: whoever waits for an answer of the former site gets it, and may be forgotten there; the former site
 * is closed when nobody waits for it any more.
 */
import type { RequestHead } from '../http/request-head.js';
import type { Answer, Waiter } from './answer.js';
import type { Site } from './site.js';

/** A site that knows whether anybody waits for it. */
export interface PendingSite extends Site {
  /** How many wait for an answer. */
  readonly pending: number;
}

export class ReplaceableSite<One extends PendingSite> implements Site {
  #current: One;
  /** Sites that were replaced, and for which somebody still waits. */
  readonly #former: One[] = [];

  constructor(site: One) {
    this.#current = site;
  }

  get current(): One {
    return this.#current;
  }

  /** Requests from now on are answered by `site`. */
  replace(site: One): void {
    this.#former.push(this.#current);
    this.#current = site;
    this.#closeFormer();
  }

  answer(request: RequestHead, waiter: Waiter): Answer | null {
    return this.#current.answer(request, waiter);
  }

  refuse(status: number): Answer {
    return this.#current.refuse(status);
  }

  forget(waiter: Waiter): void {
    this.#current.forget(waiter);
    for (const site of this.#former) site.forget(waiter);
  }

  tick(now: number): void {
    this.#current.tick(now);
    if (this.#former.length === 0) return;
    for (const site of this.#former) site.tick(now);
    this.#closeFormer();
  }

  close(): void {
    for (const site of [...this.#former.splice(0), this.#current]) site.close();
  }

  #closeFormer(): void {
    for (let index = this.#former.length - 1; index >= 0; index--) {
      const site = this.#former[index] as One;
      if (site.pending > 0) continue;
      this.#former.splice(index, 1);
      site.close();
    }
  }
}
