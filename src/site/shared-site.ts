/**
 * A site whose small files lie in memory that all workers share, in front of one that each worker has alone.
 *
 * The shared cache answers what most requests are: a plain GET of a small file. Everything else, and the first request for
 * a file in each second, goes to the worker's own site; if it gives a whole file from memory, all others get it from the
 * shared cache from then on. The worker's own site needs memory for the file at hand only.
 */
import { CONDITIONAL_FIELDS, METHOD_GET, type RequestHead } from '../http/request-head.js';
import type { Answer, Waiter } from './answer.js';
import type { HeldAnswer } from './held-answer.js';
import { PATH_BYTES } from './path-table.js';
import type { SharedCache } from './shared-cache.js';
import type { Site } from './site.js';
import type { StaticSite } from './static-site.js';

const OK = 200;

/** What the shared cache has found: one at a time, as a worker serves one connection at a time. */
class SharedAnswer implements Answer {
  readonly file = -1;
  readonly filePosition = 0;
  readonly fileLength = 0;
  readonly following = null;
  persistent = false;
  readonly #cache: SharedCache;

  constructor(cache: SharedCache) {
    this.#cache = cache;
  }

  get offset(): number {
    return this.#cache.offset;
  }

  get length(): number {
    return this.#cache.length;
  }

  get headLength(): number {
    return this.#cache.headLength;
  }

  get status(): number {
    return this.#cache.status;
  }

  /** It is held from the moment it is found. */
  acquire(): void {}

  release(): void {
    this.#cache.release();
  }

  /** There is no file behind it. */
  warm(): number {
    return 0;
  }

  unchanged(): boolean {
    return true;
  }
}

export class SharedSite implements Site {
  readonly #own: StaticSite;
  readonly #cache: SharedCache;
  readonly #found: SharedAnswer;
  /** How many doubts of the shared cache the worker's own site has heard of. */
  #doubts: number;

  /** `own` must give its answers from the region that the cache is in: both are addressed by offsets into it. */
  constructor(own: StaticSite, cache: SharedCache) {
    this.#own = own;
    this.#cache = cache;
    this.#found = new SharedAnswer(cache);
    this.#doubts = cache.doubts;
  }

  get pending(): number {
    return this.#own.pending;
  }

  answer(request: RequestHead, waiter: Waiter): Answer | null {
    const { bytes, pathStart, pathEnd } = request;
    const plain = request.method === METHOD_GET && (request.fields & CONDITIONAL_FIELDS) === 0;
    if (!plain || pathEnd - pathStart > PATH_BYTES) return this.#own.answer(request, waiter);
    const variant = this.#own.keyOf(request);
    const { second } = this.#own;
    if (this.#cache.find(bytes, pathStart, pathEnd, variant, second)) {
      this.#found.persistent = request.persistent;
      return this.#found;
    }
    const { doubts } = this.#cache;
    if (doubts !== this.#doubts) {
      this.#doubts = doubts;
      this.#own.changed(null);
    }
    const answer = this.#own.answer(request, waiter) as HeldAnswer | null;
    if (answer !== null && answer.status === OK && answer.fileLength === 0 && answer.second === second) {
      this.#cache.publish(bytes, pathStart, pathEnd, variant, second, answer, doubts);
    }
    return answer;
  }

  refuse(status: number): Answer {
    return this.#own.refuse(status);
  }

  deny(status: number, request: RequestHead): Answer {
    return this.#own.deny(status, request);
  }

  remembers(request: RequestHead): boolean {
    return this.#own.remembers(request);
  }

  forget(waiter: Waiter): void {
    this.#own.forget(waiter);
  }

  tick(now: number): void {
    this.#own.tick(now);
  }

  close(): void {
    this.#cache.release();
    this.#own.close();
  }
}
