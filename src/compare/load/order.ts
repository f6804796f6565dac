/**
 * Which target is asked for next: one after the other, or at random by weight. A trace has its own order (arrivals.ts).
 *
 * Random choice costs the same for any number of targets: Walker's alias method, with the tables of Vose (1991).
 */
import type { LoadOrder, LoadTarget } from './plan.js';
import { Random } from './random.js';

export interface Order {
  /** The index of a target. */
  next(): number;
}

export function orderOf(order: LoadOrder, targets: readonly LoadTarget[], seed: number): Order {
  if (targets.length === 1) return new Only();
  if (order.kind === 'random') return new ByWeight(weightsOf(order, targets), new Random(seed));
  return new InSequence(targets.length);
}

/** How often each is asked for, relative to the others. */
export function weightsOf(order: LoadOrder & { kind: 'random' }, targets: readonly LoadTarget[]): number[] {
  const { zipf } = order;
  return targets.map(({ weight = 1, rank }, index) => (zipf === undefined ? weight : 1 / (rank ?? index + 1) ** zipf));
}

class Only implements Order {
  next(): number {
    return 0;
  }
}

class InSequence implements Order {
  readonly #count: number;
  #next = 0;

  constructor(count: number) {
    this.#count = count;
  }

  next(): number {
    const index = this.#next++;
    if (this.#next === this.#count) this.#next = 0;
    return index;
  }
}

class ByWeight implements Order {
  readonly #random: Random;
  readonly #count: number;
  /** Of 2^32 choices of a column, those below this are for itself, the others for its alias. */
  readonly #own: Float64Array;
  readonly #alias: Uint32Array;

  constructor(weights: readonly number[], random: Random) {
    this.#random = random;
    this.#count = weights.length;
    this.#own = new Float64Array(weights.length).fill(4294967296);
    this.#alias = new Uint32Array(weights.length);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    // Each column holds one share; what one has too much fills up another.
    const shares = weights.map((weight) => (weight * weights.length) / sum);
    const small = shares.flatMap((share, index) => (share < 1 ? [index] : []));
    const large = shares.flatMap((share, index) => (share >= 1 ? [index] : []));
    while (small.length > 0 && large.length > 0) {
      const less = small.pop() as number;
      const more = large.at(-1) as number;
      this.#own[less] = (shares[less] as number) * 4294967296;
      this.#alias[less] = more;
      shares[more] = (shares[more] as number) - (1 - (shares[less] as number));
      if ((shares[more] as number) < 1) small.push(large.pop() as number);
    }
  }

  next(): number {
    const column = Math.floor((this.#random.next() / 4294967296) * this.#count);
    return this.#random.next() < (this.#own[column] as number) ? column : (this.#alias[column] as number);
  }
}
