/** Numbers as people read them, where they round and where they change their unit. */
import { expect, it } from 'vitest';
import { ageText, bytesText, countText, secondsText, shareText } from '../../src/metrics/readable.js';

it.each([
  [0, '0'],
  [0.034, '0.03'],
  [7, '7'],
  [12.34, '12.3'],
  [999.4, '999'],
  [999.6, '1 k'],
  [12_345, '12.3 k'],
  [100_000, '100 k'],
  [1_500_000, '1.5 M'],
  [undefined, '–'],
  [Number.NaN, '–'],
])('a count of %d is %j', (count, text) => expect(countText(count)).toBe(text));

it.each([
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [134_217_728, '128 MiB'],
  [undefined, '–'],
])('%d bytes are %j', (bytes, text) => expect(bytesText(bytes)).toBe(text));

it.each([
  [0, '0 s'],
  [4e-7, '400 ns'],
  [1e-6, '1 us'],
  [0.000_012_34, '12.3 us'],
  [0.001, '1 ms'],
  [0.0655, '65.5 ms'],
  [0.999_9, '1 s'],
  [12.5, '12.5 s'],
  [Number.POSITIVE_INFINITY, '> 16 s'],
  [undefined, '–'],
])('%d seconds are %j', (seconds, text) => expect(secondsText(seconds)).toBe(text));

it.each([
  [0.5, '50 %'],
  [0.9987, '99.9 %'],
  [2, '200 %'],
])('a share of %d is %j', (share, text) => expect(shareText(share)).toBe(text));

it.each([
  [0.4, '0 s'],
  [59.9, '59 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('an age of %d is %j', (seconds, text) => expect(ageText(seconds)).toBe(text));
