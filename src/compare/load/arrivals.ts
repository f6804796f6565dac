/**
 * When requests are due in an open loop, one after the other, whatever the server does meanwhile: at random moments
 * (Poisson), evenly spread, or as a trace says. Times are milliseconds since the load began.
 */
import type { Order } from './order.js';
import type { LoadOrder, LoadPace } from './plan.js';
import { Random } from './random.js';

const SECOND = 1000;
/** Apart from the order's numbers, so that another pace leaves the order as it is. */
const SEED_OF_ARRIVALS = 0x51ed270b;

export interface Arrivals {
  /** When the next request is due; Infinity when there is none. */
  readonly due: number;
  /** Takes it: gives its target, and makes the one after it the next. */
  take(): number;
}

/** None in a closed loop. */
export function arrivalsOf(pace: LoadPace, order: LoadOrder, targets: Order, seed: number): Arrivals | undefined {
  if (order.kind === 'trace') return new Trace(order.requests);
  if (pace.kind === 'closed') return undefined;
  const mean = SECOND / pace.rate;
  return pace.arrivals === 'constant' ? new Constant(mean, targets) : new Poisson(mean, targets, seed);
}

class Poisson implements Arrivals {
  due: number;
  readonly #mean: number;
  readonly #targets: Order;
  readonly #random: Random;

  constructor(mean: number, targets: Order, seed: number) {
    this.#mean = mean;
    this.#targets = targets;
    this.#random = new Random(seed ^ SEED_OF_ARRIVALS);
    this.due = this.#random.exponential(mean);
  }

  take(): number {
    this.due += this.#random.exponential(this.#mean);
    return this.#targets.next();
  }
}

class Constant implements Arrivals {
  due = 0;
  readonly #interval: number;
  readonly #targets: Order;
  #count = 0;

  constructor(interval: number, targets: Order) {
    this.#interval = interval;
    this.#targets = targets;
  }

  take(): number {
    // Not a sum: rounding would add up.
    this.due = ++this.#count * this.#interval;
    return this.#targets.next();
  }
}

class Trace implements Arrivals {
  due: number;
  readonly #requests: ReadonlyArray<readonly [due: number, target: number]>;
  #next = 0;

  constructor(requests: ReadonlyArray<readonly [due: number, target: number]>) {
    this.#requests = requests;
    this.due = requests[0]?.[0] ?? Number.POSITIVE_INFINITY;
  }

  take(): number {
    const target = this.#requests[this.#next++]?.[1] ?? 0;
    this.due = this.#requests[this.#next]?.[0] ?? Number.POSITIVE_INFINITY;
    return target;
  }
}
