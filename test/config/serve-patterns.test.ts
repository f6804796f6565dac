/** The patterns of serve.json in our own. */
import { describe, expect, it } from 'vitest';
import { patternOf } from '../../src/config/serve-patterns.js';

describe('a source of paths that are asked for', () => {
  it.each([
    ['/from', '/from'],
    ['from', '/from'],
    ['/old-pages/**', '/old-pages/**'],
    ['app/**', '/app/**'],
    ['**', '/**'],
    ['projects/*/edit', '/projects/**/edit'],
    ['/a/*/b/*', '/a/**/b/*'],
    ['/projects/:id/edit', '/projects/:id/edit'],
    ['/docs/(.*)', '/docs/**'],
    ['/(a|b)/:id', '/{a,b}/:id'],
  ])('%s', (source, pattern) => {
    expect(patternOf(source, 'path')).toBe(pattern);
  });
});

describe('a source of files', () => {
  it.each([
    ['404.html', '/404.html'],
    ['**/*.@(jpg|png)', '/**/*.{jpg,png}'],
    ['images/*.{jpg,png}', '/images/*.{jpg,png}'],
    ['a/{b,{c,d}}', '/a/{b,{c,d}}'],
  ])('%s', (source, pattern) => {
    expect(patternOf(source, 'file')).toBe(pattern);
  });
});

it.each(['.DS_Store', '*.map'])('a name, %s, is one in any directory', (name) => {
  expect(patternOf(name, 'name')).toBe(name);
});

it.each([
  '/!private/**',
  '!/private',
  '/a?',
  '/[ab]',
  '/:id(\\d+)',
  '/+(a|b)',
  '/:id?',
  '/{a',
  '/a}',
  '/a)',
  '/*(a|b)',
  '/!(a)',
  '/(\\w+)',
])('%s has no counterpart', (source) => {
  expect(patternOf(source, 'path')).toBeUndefined();
});
