/** When the rounds of a warm-up have settled, as numbers; and that whoever has not had enough of them says so. */
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

it('has not settled by time alone: hundreds of engines that share few requests are cold however often they are asked', () => {
  expect(settledAfter(Array(50).fill(20), 100, 200)).toBeUndefined();
});

it('says what is lacking: requests, or an end of the fall', () => {
  const many = new Settling(200);
  for (let round = 0; round < 12; round++) many.add(500, 100);
  expect(many.lacking(12)).toBe(
    'each of its 200 engines had about 6 requests in 12 s of warm-up, too few to compile its code (4,000 are enough)',
  );
  const one = new Settling(1);
  one.count(900);
  expect(one.lacking(0.3)).toMatch(/^its engine had 900 requests in 0\.3 s of warm-up, too few/);
  one.count(3100);
  expect(one.lacking(0.5)).toBe('');
  for (const cpu of [80, 60, 50, 40]) one.add(cpu * 1000, 1000);
  expect(one.lacking(4)).toBe('its processor time a request still fell after 4 s of warm-up');
  one.add(40_000, 1000);
  one.add(41_000, 1000);
  expect(one.lacking(6)).toBe('');
  // Of other servers nobody knows what they compile.
  expect(new Settling(0).lacking(0.3)).toBe('');
});
