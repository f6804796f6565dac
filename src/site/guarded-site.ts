/**
 * A site that only those may read who have a name and a password (RFC 7617), in front of another one.
 *
 * A request that the site behind has answered in this second, byte for byte, had the same name and password: it is let in
 * without asking. Whoever waits for a password to be checked has its request copied, and asks when that is done.
 */
import { FIELD_AUTHORIZATION, RequestHead } from '../http/request-head.js';
import type { Answer, Waiter } from './answer.js';
import { isPreflight } from './cors.js';
import { BUSY, CHECKING, type Credentials, RIGHT, type Told } from './credentials.js';
import type { PendingSite } from './replaceable-site.js';

const UNAUTHORIZED = 401;
const SERVICE_UNAVAILABLE = 503;

/** What is behind it. */
export interface GuardableSite extends PendingSite {
  deny(status: number, request: RequestHead): Answer;
  remembers(request: RequestHead): boolean;
}

export class GuardedSite implements PendingSite {
  readonly #site: GuardableSite;
  readonly #credentials: Credentials;
  /** A preflight has no credentials, and the Fetch standard wants it let in. */
  readonly #preflights: boolean;
  readonly #waiting = new Map<Waiter, RequestHead>();
  #now: number;
  #closed = false;

  constructor(site: GuardableSite, credentials: Credentials, preflights: boolean, now = Date.now()) {
    this.#site = site;
    this.#credentials = credentials;
    this.#preflights = preflights;
    this.#now = now;
  }

  get pending(): number {
    return this.#waiting.size + this.#site.pending;
  }

  answer(request: RequestHead, waiter: Waiter): Answer | null {
    const site = this.#site;
    if (site.remembers(request)) return site.answer(request, waiter);
    if (this.#preflights && isPreflight(request)) return site.answer(request, waiter);
    let copy: RequestHead | undefined;
    const told: Told = (verdict) => this.#told(waiter, copy, verdict === RIGHT);
    const verdict = this.#credentials.check(request.fieldText(FIELD_AUTHORIZATION), this.#now, told);
    if (verdict === RIGHT) return site.answer(request, waiter);
    if (verdict === CHECKING) {
      copy = copied(request);
      this.#waiting.set(waiter, copy);
      return null;
    }
    return site.deny(verdict === BUSY ? SERVICE_UNAVAILABLE : UNAUTHORIZED, request);
  }

  refuse(status: number): Answer {
    return this.#site.refuse(status);
  }

  forget(waiter: Waiter): void {
    if (!this.#waiting.delete(waiter)) this.#site.forget(waiter);
  }

  tick(now: number): void {
    this.#now = now;
    this.#site.tick(now);
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#site.close();
  }

  /** `request`: the one that the password came with, and no other that the same waiter may have sent since. */
  #told(waiter: Waiter, request: RequestHead | undefined, right: boolean): void {
    if (this.#closed || request === undefined || this.#waiting.get(waiter) !== request) return;
    this.#waiting.delete(waiter);
    const answer = right ? this.#site.answer(request, waiter) : this.#site.deny(UNAUTHORIZED, request);
    if (answer !== null) waiter.answered(answer);
  }
}

/** The request in memory of its own. */
function copied(request: RequestHead): RequestHead {
  const copy = new RequestHead();
  copy.copyFrom(request, request.bytes.slice(request.start, request.start + request.length), 0);
  return copy;
}
