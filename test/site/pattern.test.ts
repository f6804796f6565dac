/** Patterns of paths. */
import { expect, it } from 'vitest';
import { compilePattern } from '../../src/site/pattern.js';

it.each([
  ['**', ['/', '/a', '/a/b.c'], []],
  ['/**', ['/', '/a', '/a/b.c'], []],
  ['*.js', ['/a.js', '/d/e/a.js'], ['/a.jsx', '/a.css', '/a.js/b']],
  ['/*.js', ['/a.js'], ['/d/a.js']],
  ['/docs/**', ['/docs/a', '/docs/a/b'], ['/docs', '/doc/a', '/x/docs/a']],
  ['/docs/*', ['/docs/a'], ['/docs/a/b']],
  ['docs/*.html', ['/docs/a.html'], ['/x/docs/a.html']],
  ['/a/**/b', ['/a/b', '/a/x/b', '/a/x/y/b'], ['/a/xb', '/ab', '/a/x/bc']],
  ['/**/b', ['/b', '/a/b'], ['/ab']],
  ['*.{js,css}', ['/a.js', '/b/a.css'], ['/a.html', '/a.{js,css}']],
  ['/{a,b}/{c,d}', ['/a/c', '/b/d'], ['/a/b']],
  ['/a*b*c', ['/abc', '/axbxc'], ['/ab', '/a/b/c']],
  ['/a?b', ['/a?b'], ['/axb']],
  ['/a.b', ['/a.b'], ['/axb']],
])('%s', (pattern, matching, others) => {
  const { test } = compilePattern(pattern);
  for (const path of matching) expect(test(path), path).toBe(true);
  for (const path of others) expect(test(path), path).toBe(false);
});

it('takes no longer for what looks hard', () => {
  const began = performance.now();
  expect(compilePattern(`/${'*a'.repeat(50)}b`).test(`/${'a'.repeat(20_000)}`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(5000);
  expect(() => compilePattern('{a,b}'.repeat(20))).toThrow(RangeError);
});
