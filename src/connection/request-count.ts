/** How many requests a connection has had, and whether the one that has just come is to be its last. */
import type { Service } from './service.js';

export class RequestCount {
  readonly #service: Pick<Service, 'limits' | 'othersWait'>;
  #requests = 0;
  /** The number of the request at which it is asked next. */
  #askedAt: number;

  constructor(service: Pick<Service, 'limits' | 'othersWait'>) {
    this.#service = service;
    this.#askedAt = Math.min(service.limits.keepAliveRequests, service.limits.connectionRequests);
  }

  /** Counts one. Whether it has had all of them, or its share while others have none. */
  isLast(): boolean {
    if (++this.#requests < this.#askedAt) return false;
    const { keepAliveRequests, connectionRequests } = this.#service.limits;
    if (this.#requests >= connectionRequests) return true;
    this.#askedAt = Math.min(this.#requests + keepAliveRequests, connectionRequests);
    return this.#service.othersWait();
  }
}
