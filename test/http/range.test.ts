/** Range, RFC 9110 14. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesced, contentRange, parseRange, unsatisfiedRange } from '../../src/http/range.js';

const of = (value: string, size = 1000): unknown => parseRange(value, size)?.map(({ first, last }) => [first, last]);

describe('parseRange, RFC 9110 14.1.2', () => {
  it.each<[string, unknown]>([
    ['bytes=0-0', [[0, 0]]],
    ['bytes=0-499', [[0, 499]]],
    ['bytes=500-', [[500, 999]]],
    ['bytes=-500', [[500, 999]]],
    ['bytes=-1', [[999, 999]]],
    ['bytes=-5000', [[0, 999]]],
    ['bytes=0-', [[0, 999]]],
    ['bytes=990-5000', [[990, 999]]],
    ['bytes=999-999', [[999, 999]]],
    ['BYTES=1-2', [[1, 2]]],
    [
      'bytes=0-0,-1',
      [
        [0, 0],
        [999, 999],
      ],
    ],
    [
      'bytes= 0-0 ,\t2-3',
      [
        [0, 0],
        [2, 3],
      ],
    ],
    ['bytes=,0-0,,', [[0, 0]]],
    [
      'bytes=5-6,1-2',
      [
        [5, 6],
        [1, 2],
      ],
    ],
    ['bytes=0-99999999999999999999999', [[0, 999]]],
    ['bytes=007-008', [[7, 8]]],
  ])('of %j is %j', (value, ranges) => expect(of(value)).toEqual(ranges));

  it.each(['bytes=1000-', 'bytes=1000-1001', 'bytes=-0', 'bytes=99999999999999999999-', 'bytes=2000-,3000-'])(
    'finds nothing satisfiable in %j: 416 (RFC 9110 15.5.17)',
    (value) => expect(of(value)).toEqual([]),
  );

  it('leaves out what is not satisfiable beside what is', () => expect(of('bytes=1000-,1-1')).toEqual([[1, 1]]));

  it('finds nothing satisfiable in an empty file', () => {
    for (const value of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) expect(of(value, 0)).toEqual([]);
  });

  it.each([
    'bytes',
    'bytes=',
    'bytes=,',
    'bytes=-',
    'bytes=a-b',
    'bytes=1',
    'bytes=2-1',
    'bytes=1-2-3',
    'bytes=1 -2',
    'bytes=+1-2',
    'bytes=0x1-2',
    'bytes=1-2;3-4',
    'bytes =1-2',
    ' bytes=1-2',
    'items=1-2',
    '1-2',
    '',
    'bytes=0-0, x',
    'bytes=0-1, bytes=2-3',
    'bytes=--1',
    'bytes=1.5-2',
  ])('ignores %j (14.2)', (value) => expect(of(value)).toBeUndefined());

  it('ignores too many ranges, and ranges that add up to more than the file (14.2, 17.15)', () => {
    expect(of(`bytes=${Array.from({ length: 16 }, (_, index) => `${index}-${index}`).join(',')}`)).toHaveLength(16);
    expect(of(`bytes=${Array.from({ length: 17 }, (_, index) => `${index}-${index}`).join(',')}`)).toBeUndefined();
    expect(of(`bytes=${'0-0,'.repeat(100_000)}`)).toBeUndefined();
    expect(of(`bytes=0-0${','.repeat(40)}5-6`)).toHaveLength(2);
    expect(of('bytes=0-,0-')).toBeUndefined();
    expect(of('bytes=0-499,500-999')).toHaveLength(2);
  });

  it('gives safe positions within the file for anything, and never throws', () => {
    const piece = fc.constantFrom('bytes=', '-', ',', ' ', '0', '1', '9', '99999999999999999999', 'x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), fc.nat(100), (pieces, size) => {
        for (const { first, last } of parseRange(`bytes=${pieces.join('')}`, size) ?? []) {
          expect(first >= 0 && first <= last && last < size && Number.isSafeInteger(last)).toBe(true);
        }
      }),
    );
  });
});

describe('ranges that overlap or touch, RFC 9110 15.3.7.2', () => {
  const joined = (...ranges: [number, number][]): unknown =>
    coalesced(ranges.map(([first, last]) => ({ first, last }))).map(({ first, last }) => [first, last]);

  it('are joined in the place of the first', () => {
    expect(joined([0, 4], [10, 14])).toEqual([
      [0, 4],
      [10, 14],
    ]);
    expect(joined([0, 4], [5, 9])).toEqual([[0, 9]]);
    expect(joined([5, 9], [0, 4])).toEqual([[0, 9]]);
    expect(joined([0, 4], [6, 9])).toEqual([
      [0, 4],
      [6, 9],
    ]);
    expect(joined([20, 29], [0, 4], [10, 14], [3, 12])).toEqual([
      [20, 29],
      [0, 14],
    ]);
    expect(joined([0, 99], [5, 6])).toEqual([[0, 99]]);
  });

  it('hold the same bytes, each once', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([first, length]) => ({ first, last: first + length }));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 16 }), (ranges) => {
        const bytes = (list: readonly { first: number; last: number }[]): number[] =>
          list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
        const after = bytes(coalesced(ranges));
        expect(new Set(after).size).toBe(after.length);
        expect([...after].sort((a, b) => a - b)).toEqual([...new Set(bytes(ranges))].sort((a, b) => a - b));
        for (const one of coalesced(ranges)) {
          for (const other of coalesced(ranges)) {
            expect(one.first === other.first || one.first > other.last + 1 || other.first > one.last + 1).toBe(true);
          }
        }
      }),
    );
  });
});

describe('Content-Range, RFC 9110 14.4', () => {
  it('names the part or only the size', () => {
    expect(contentRange({ first: 0, last: 499 }, 1234)).toBe('bytes 0-499/1234');
    expect(unsatisfiedRange(1234)).toBe('bytes */1234');
  });
});
