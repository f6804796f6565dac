/** When the rounds of a warm-up have settled, as numbers. */
import { expect, it } from 'vitest';
import { Settling } from '../../src/compare/measurement/settling.js';

/** After how many of these rounds it has settled. */
function settledAfter(rounds: readonly number[], requests = 10_000, engines = 1): number | undefined {
  const settling = new Settling(engines);
  for (const [index, cpu] of rounds.entries()) {
    settling.add(cpu * requests, requests);
    if (settling.hasSettled) return index + 1;
  }
  return undefined;
}

it('has settled when two rounds in a row are not noticeably better than the best before', () => {
  expect(settledAfter([20, 20, 20])).toBe(3);
  expect(settledAfter([80, 40, 25, 20, 19.5, 19.8])).toBe(6);
});

it('has not settled while it falls, nor after one round that chance made slow', () => {
  expect(settledAfter([900, 500, 300, 200, 140, 100])).toBeUndefined();
  expect(settledAfter([100, 120, 60, 70, 50])).toBeUndefined();
});

it('has not settled after two rounds, whatever they were', () => {
  expect(settledAfter([20, 20])).toBeUndefined();
});

it('has not settled before each of its engines had its share of requests', () => {
  expect(settledAfter([20, 20, 20, 20, 20], 1000, 1)).toBe(4);
  expect(settledAfter([20, 20, 20, 20, 20], 10_000, 12)).toBe(5);
});
