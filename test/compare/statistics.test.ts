/** Medians, spreads and ties. */
import { describe, expect, it } from 'vitest';
import { fairnessOf, summaryOf, tied } from '../../src/compare/results/statistics.js';

describe('the summary', () => {
  it('of none is none', () => {
    expect(summaryOf([])).toBeUndefined();
  });

  it('has the middle half of many, and all of a few', () => {
    expect(summaryOf([5, 1, 3, 2, 4])).toEqual({ median: 3, least: 1, most: 5, lower: 2, upper: 4, count: 5 });
    expect(summaryOf([9, 1, 2])).toEqual({ median: 2, least: 1, most: 9, lower: 1, upper: 9, count: 3 });
    expect(summaryOf([1, 2, 3, 4])?.median).toBe(2.5);
  });

  it('is not moved by one that is far off', () => {
    expect(summaryOf([10, 10, 11, 10, 1000])?.median).toBe(10);
  });
});

describe('a tie', () => {
  const of = (...numbers: number[]) => summaryOf(numbers)!;

  it('is called when the middle halves overlap', () => {
    expect(tied(of(10, 11, 12, 13, 14), of(12, 13, 14, 15, 16))).toBe(true);
    expect(tied(of(10, 11, 12, 13, 14), of(20, 21, 22, 23, 24))).toBe(false);
  });

  it('is called when the medians hardly differ, however little they vary', () => {
    expect(tied(of(100, 100, 100, 100), of(101, 101, 101, 101))).toBe(true);
    expect(tied(of(100, 100, 100, 100), of(103, 103, 103, 103))).toBe(false);
  });

  it('does not depend on who is named first', () => {
    const pairs = [
      [of(1, 2, 3), of(3, 4, 5)],
      [of(1, 2, 3), of(4, 5, 6)],
    ] as const;
    for (const [one, other] of pairs) expect(tied(one, other)).toBe(tied(other, one));
  });
});

it('fairness is 1 when all get the same, and 1/n when one gets all', () => {
  expect(fairnessOf([5, 5, 5])).toBe(1);
  expect(fairnessOf([9, 0, 0])).toBeCloseTo(1 / 3);
  expect(fairnessOf([0, 0])).toBe(1);
});
