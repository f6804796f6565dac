/** Accept-Encoding, RFC 9110 12.5.3. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CODING_NAMES,
  CODINGS,
  codingAt,
  NO_CODING,
  PREFERENCES,
  preferenceOf,
  refusesIdentity,
} from '../../src/http/accept-encoding.js';
import { latin1 } from './feeding.js';

/** What is tried, in order; at the end whether no coding at all will do. */
function of(value: string): string {
  const bytes = latin1(`xx${value}xx`);
  const preference = preferenceOf(bytes, 2, bytes.length - 2);
  expect(preference).toBeLessThan(PREFERENCES);
  const names: string[] = [];
  for (let place = 0; ; place++) {
    const coding = codingAt(preference, place);
    if (coding === NO_CODING) break;
    names.push(CODING_NAMES[coding]!);
  }
  return [...names, refusesIdentity(preference) ? 'nothing else' : 'identity'].join(' ');
}

describe('Accept-Encoding', () => {
  it.each([
    ['', 'identity'],
    ['gzip', 'gzip identity'],
    ['gzip, deflate, br, zstd', 'br zstd gzip identity'],
    ['gzip, deflate', 'gzip identity'],
    ['zstd;q=0.9, gzip', 'gzip zstd identity'],
    ['gzip;q=1.0, br;q=0.5, zstd;q=0.7', 'gzip zstd br identity'],
    ['br;q=0, gzip', 'gzip identity'],
    ['*', 'br zstd gzip identity'],
    ['*;q=0', 'nothing else'],
    ['*;q=0, br', 'br nothing else'],
    ['gzip;q=0, *', 'br zstd identity'],
    ['identity', 'identity'],
    ['identity;q=0', 'nothing else'],
    ['identity;q=0, gzip', 'gzip nothing else'],
    ['identity;q=1, *;q=0', 'identity'],
    ['identity;q=0.5, *;q=0', 'identity'],
    ['gzip;q=0.5, identity', 'identity'],
    ['gzip;q=0.5, identity;q=0.5', 'gzip identity'],
    ['gzip;q=0.2, *;q=0.5', 'br zstd identity'],
    ['x-gzip', 'gzip identity'],
    ['GZIP, Br', 'br gzip identity'],
    ['gzip;Q=0.5,br;q=0.6', 'br gzip identity'],
    [' gzip ;\tq=0.5 ,, br ; q=0.4 ', 'gzip br identity'],
    ['gzip;q=0.001', 'gzip identity'],
    ['gzip;q=0.000', 'identity'],
    ['compress, deflate, gzipp, gzi', 'identity'],
    ['gzip;q=0.2, gzip;q=0.8, br;q=0.5', 'gzip br identity'],
  ])('%j: %s', (value, expected) => expect(of(value)).toBe(expected));

  it.each([
    'gzip;q=1.001',
    'gzip;q=2',
    'gzip;q=0.0001',
    'gzip;q=-1',
    'gzip;q=',
    'gzip;q',
    'gzip;',
    'gzip q=1',
    'gzip;level=9',
    'gzip;q=0.5;x',
    'gzip=1',
    ';q=1',
    '"gzip"',
    'gzip;q="1"',
    'br gzip',
  ])('%j says nothing, and spoils nothing', (value) => {
    expect(of(value)).toBe('identity');
    expect(of(`${value}, br;q=0.5`)).toBe('br identity');
  });

  it('reads anything, and what it reads is a list without repetitions', () => {
    const piece = fc.constantFrom(
      'gzip',
      'br',
      'zstd',
      'identity',
      '*',
      ';q=',
      '0.5',
      '1',
      '0',
      ',',
      ' ',
      ';',
      '"',
      '\xff',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const codings = of(pieces.join(''))
          .split(' ')
          .filter((name) => CODING_NAMES.includes(name));
        expect(new Set(codings).size).toBe(codings.length);
      }),
    );
  });

  it('orders as a straightforward reader would', () => {
    const weight = fc.option(fc.integer({ min: 0, max: 1000 }));
    const names = [...CODING_NAMES, 'identity', '*'];
    fc.assert(
      fc.property(fc.array(weight, { minLength: 5, maxLength: 5 }), (weights) => {
        const value = names.flatMap((name, index) => {
          const given = weights[index];
          return given === null || given === undefined ? [] : [`${name};q=${(given / 1000).toFixed(3)}`];
        });
        const any = weights[4] ?? undefined;
        const identity = weights[3] ?? any;
        const liked = CODINGS.map((coding) => ({ coding, q: weights[coding] ?? any ?? 0 }))
          .filter(({ q }) => q > 0 && q >= (identity ?? 0))
          .sort((one, other) => other.q - one.q)
          .map(({ coding }) => CODING_NAMES[coding]);
        expect(of(value.join(', '))).toBe([...liked, identity === 0 ? 'nothing else' : 'identity'].join(' '));
      }),
    );
  });
});
