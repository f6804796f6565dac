/** In which order targets are asked for, and when requests are due: by the plan, and the same again with the same seed. */
import { describe, expect, it } from 'vitest';
import { arrivalsOf } from '../../../src/compare/load/arrivals.js';
import { fairnessOf } from '../../../src/compare/load/fairness.js';
import { orderOf } from '../../../src/compare/load/order.js';
import type { LoadOrder, LoadTarget } from '../../../src/compare/load/plan.js';
import { Random } from '../../../src/compare/load/random.js';

const COUNT = 100_000;

function frequencies(order: LoadOrder, targets: readonly Partial<LoadTarget>[], seed = 7): number[] {
  const counts = targets.map(() => 0);
  const chosen = orderOf(
    order,
    targets.map((target) => ({ path: '/', ...target })),
    seed,
  );
  for (let index = 0; index < COUNT; index++) {
    const target = chosen.next();
    counts[target] = (counts[target] as number) + 1;
  }
  return counts.map((count) => count / COUNT);
}

describe('the order', () => {
  it('is by weight', () => {
    const shares = frequencies({ kind: 'random' }, [{ weight: 5 }, { weight: 0 }, { weight: 1 }, {}, { weight: 3 }]);
    for (const [index, share] of [0.5, 0, 0.1, 0.1, 0.3].entries()) expect(shares[index]).toBeCloseTo(share, 2);
    expect(shares[1]).toBe(0);
  });

  it('is by rank, as Zipf has it', () => {
    const targets = [{ rank: 3 }, { rank: 1 }, { rank: 2 }];
    const shares = frequencies({ kind: 'random', zipf: 1 }, targets);
    for (const [index, share] of [2 / 11, 6 / 11, 3 / 11].entries()) expect(shares[index]).toBeCloseTo(share, 2);
    // The place in the list where no rank is given.
    expect(frequencies({ kind: 'random', zipf: 1 }, [{}, {}, {}])[0]).toBeCloseTo(6 / 11, 2);
  });

  it('is the same again with the same seed, and another with another', () => {
    const targets = Array.from({ length: 50 }, () => ({ path: '/' }));
    const some = (seed: number): number[] => {
      const order = orderOf({ kind: 'random' }, targets, seed);
      return Array.from({ length: 100 }, () => order.next());
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
    expect(Math.max(...some(3))).toBeLessThan(50);
  });

  it('is one after the other', () => {
    const order = orderOf({ kind: 'sequence' }, [{ path: '/' }, { path: '/' }, { path: '/' }], 1);
    expect(Array.from({ length: 7 }, () => order.next())).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });
});

describe('arrivals', () => {
  const one = orderOf({ kind: 'sequence' }, [{ path: '/' }], 1);
  const gaps = (arrivals: 'poisson' | 'constant', seed = 1): number[] => {
    const due = arrivalsOf({ kind: 'open', rate: 1000, arrivals }, { kind: 'sequence' }, one, seed);
    let last = 0;
    return Array.from({ length: COUNT }, () => {
      const at = due?.due ?? 0;
      due?.take();
      const gap = at - last;
      last = at;
      return gap;
    });
  };

  it('are none in a closed loop', () => {
    expect(arrivalsOf({ kind: 'closed' }, { kind: 'sequence' }, one, 1)).toBeUndefined();
  });

  it('are evenly spread', () => {
    const [first, ...others] = gaps('constant');
    expect(first).toBe(0);
    expect(others.reduce((most, gap) => Math.max(most, Math.abs(gap - 1)), 0)).toBeLessThan(1e-6);
  });

  it('are at random moments: the mean is as asked for, and so is the spread', () => {
    const all = gaps('poisson');
    const mean = all.reduce((sum, gap) => sum + gap, 0) / COUNT;
    expect(mean).toBeCloseTo(1, 1);
    // Of an exponential distribution the standard deviation is the mean, and e^-1 of all are longer than it.
    expect(Math.sqrt(all.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / COUNT)).toBeCloseTo(1, 1);
    expect(all.filter((gap) => gap > 1).length / COUNT).toBeCloseTo(Math.exp(-1), 2);
    expect(gaps('poisson', 5)).toEqual(gaps('poisson', 5));
  });

  it('are those of a trace', () => {
    const requests = [
      [0, 2],
      [0, 1],
      [7.5, 0],
    ] as const;
    const trace = arrivalsOf({ kind: 'closed' }, { kind: 'trace', requests }, one, 1);
    const found = requests.map(() => [trace?.due, trace?.take()]);
    expect(found).toEqual(requests);
    expect(trace?.due).toBe(Number.POSITIVE_INFINITY);
  });
});

it('numbers by chance are spread over their whole range', () => {
  const random = new Random(0);
  const counts = new Array<number>(16).fill(0);
  for (let index = 0; index < COUNT; index++) {
    const bucket = Math.floor(random.fraction() * 16);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  for (const count of counts) expect(count / COUNT).toBeCloseTo(1 / 16, 2);
});

it('fairness is 1 when all are alike, and 1/n when one has all', () => {
  expect(fairnessOf([5, 5, 5])).toEqual({ index: 1, least: 5, most: 5 });
  expect(fairnessOf([0, 8, 0, 0])).toEqual({ index: 0.25, least: 0, most: 8 });
  expect(fairnessOf([])).toEqual({ index: 1, least: 0, most: 0 });
});
