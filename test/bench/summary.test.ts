/** Medians are of what there is; ratios pair the runs of one repetition; nginx counts in its cheaper configuration. */
import { expect, it } from 'vitest';
import type { CaseResult } from '../../bench/peers/run.js';
import { best, medianOf, ratioOf } from '../../bench/peers/summary.js';

function result(peer: string, ...cpu: Array<number | undefined>): CaseResult {
  return {
    peer,
    remarks: [],
    samples: cpu.map((each) => (each === undefined ? undefined : { cpu: each, errors: [] })),
  };
}

it('takes the middle of the samples that there are', () => {
  expect(medianOf(result('a', 9, 1, 5), 'cpu')).toBe(5);
  expect(medianOf(result('a', 9, 1, undefined, 5, 3), 'cpu')).toBe(4);
  expect(medianOf(result('a', undefined), 'cpu')).toBeUndefined();
});

it('takes ratios within a repetition, so that a drift of the machine cancels', () => {
  const one = result('one', 10, 200, 3000, undefined);
  const other = result('other', 20, 400, 6000, 1);
  expect(ratioOf(one, other, 'cpu')).toBe(0.5);
  expect(ratioOf(one, result('none', undefined), 'cpu')).toBeUndefined();
});

it('finds the cheaper of several configurations', () => {
  const results = [
    result('nginx-a', 3, 3),
    result('nginx-b', 2, 2),
    result('nginxious', 1, 1),
    result('nginx-c', undefined),
  ];
  expect(best(results, 'nginx', 'cpu')?.peer).toBe('nginx-b');
  expect(best(results, 'floor', 'cpu')).toBeUndefined();
});
