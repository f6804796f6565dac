/** Patterns of paths: what they match, what their wildcards have matched, and that no path takes them long. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namePattern, PathPattern, PatternError } from '../../src/site/path-pattern.js';

function matched(pattern: string, path: string): unknown {
  const match = new PathPattern(pattern).match(path);
  if (match === null) return null;
  return match.names.size === 0 ? match.wildcards : [...match.wildcards, Object.fromEntries(match.names)];
}

it.each([
  ['/a', '/a', []],
  ['/a', '/a/', null],
  ['/a', '/ab', null],
  ['/*.php', '/x.php', ['x']],
  ['/*.php', '/a/x.php', null],
  ['/*', '/', ['']],
  ['/a*b*', '/a1b2b3', ['1b2', '3']],
  ['/old/**', '/old/a/b', ['a/b']],
  ['/old/**', '/old/', ['']],
  ['/old/**', '/old', ['']],
  ['/old/**', '/older', null],
  ['/**', '/', ['']],
  ['/**', '/a/b', ['a/b']],
  ['/a/**/z', '/a/z', ['']],
  ['/a/**/z', '/a/b/c/z', ['b/c/']],
  ['/a/**/z', '/a/bz', null],
  ['/a**z', '/a/b/z', ['/b/']],
  ['/blog/:year/:slug', '/blog/2026/hello', [{ year: '2026', slug: 'hello' }]],
  ['/blog/:year/:slug', '/blog//hello', null],
  ['/blog/:year/:slug', '/blog/2026/a/b', null],
  ['/@:user', '/@ann', [{ user: 'ann' }]],
  ['/:a-:b', '/x-y-z', [{ a: 'x-y', b: 'z' }]],
  ['/docs/:path*', '/docs/a/b', [{ path: 'a/b' }]],
  ['/docs/:path*', '/docs', [{ path: '' }]],
  ['/{a,b}/x', '/b/x', []],
  ['/{a,b}/x', '/c/x', null],
  ['/{a,b{1,2}}', '/b2', []],
  ['/(a+)+$', '/(a+)+$', []],
  ['/ü:n', '/ü日', [{ n: '日' }]],
])('%s on %s', (pattern, path, expected) => expect(matched(pattern, path)).toEqual(expected));

it.each(['/{a', '/:a/:a', `/${'{a,b}'.repeat(9)}`, `/${'a'.repeat(2000)}`])('%.20s is no pattern', (pattern) => {
  expect(() => new PathPattern(pattern)).toThrow(PatternError);
});

it.each([
  ['*.map', '/a/b.map', true],
  ['*.map', '/b.map', true],
  ['b', '/a/b', true],
  ['b', '/a/bb', false],
  ['a/b', '/a/b', true],
  ['a/b', '/x/a/b', false],
  ['/b', '/a/b', false],
])('a pattern of names: %s on %s is %s', (pattern, path, expected) => {
  expect(namePattern(pattern).test(path)).toBe(expected);
});

it('matches as a regular expression of the same meaning does', () => {
  const piece = fc.constantFrom('a', 'b', '/', '*', '**', '.');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 10 }),
      (pieces, letters) => {
        // Both stars together would be another wildcard than the two apart; behind a slash they mean more.
        const pattern = `/x${pieces.join('')}`;
        if (/\*{3}|\/\*\*/.test(pattern)) return;
        const expression = pattern
          .replaceAll('.', '\\.')
          .replace(/\*{1,2}/g, (stars) => (stars === '*' ? '[^/]*' : '.*'));
        const path = `/x${letters.join('')}`;
        expect(new PathPattern(pattern).test(path)).toBe(new RegExp(`^${expression}$`).test(path));
      },
    ),
    { numRuns: 2000 },
  );
});

describe('a hostile path', () => {
  /** Of as many bytes as any request target may have: squared, it would be seconds. */
  const path = `/${'a'.repeat(32_768)}${'-a'.repeat(16_384)}`;
  it.each(['/**a**b**c**d', '/*a*a*a*a*a*a*a*b', '/:a-:b-:c-:d-:e/x', '/a/**/a/**/a/**/b'])(
    'does not keep %s',
    (pattern) => {
      const compiled = new PathPattern(pattern);
      const times = [1, 2, 3].map(() => {
        const began = performance.now();
        expect(compiled.test(path)).toBe(false);
        return performance.now() - began;
      });
      expect(Math.min(...times)).toBeLessThan(1000);
    },
  );
});
