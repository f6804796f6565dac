/** The patterns of serve.json in our own. */
import { describe, expect, it } from 'vitest';
import { patternsOf } from '../../src/config/serve-patterns.js';

describe('a source that is matched with the path asked for', () => {
  it.each([
    ['/from', ['/from']],
    ['from', ['/from']],
    ['/old-pages/**', ['/old-pages/*']],
    ['app/**', ['/app/*']],
    ['**', ['/*']],
    ['projects/*/edit', ['/projects/*/edit']],
    ['/projects/:id/edit', ['/projects/:id/edit']],
    ['/docs/(.*)', ['/docs/*']],
    ['/(a|b)/:id', ['/a/:id', '/b/:id']],
    ['**/x.html', ['/x.html', '/*/x.html']],
  ])('%s', (source, patterns) => {
    expect(patternsOf(source, 'path')).toEqual(patterns);
  });
});

describe('a source that is matched with the path of a file', () => {
  it.each([
    ['404.html', ['/404.html']],
    ['**/*.@(jpg|png)', ['/*.jpg', '/*/*.jpg', '/*.png', '/*/*.png']],
    ['images/*.{jpg,png}', ['/images/*.jpg', '/images/*.png']],
    ['a/@(b|{c,d})', ['/a/b', '/a/c', '/a/d']],
  ])('%s', (source, patterns) => {
    expect([...(patternsOf(source, 'file') ?? [])].sort()).toEqual([...patterns].sort());
  });
});

describe('a source that is matched with a name', () => {
  it('is one in any directory', () => {
    expect(patternsOf('.DS_Store', 'name')).toEqual(['/.DS_Store', '/*/.DS_Store']);
  });
});

it.each(['/!private/**', '/a?', '/[ab]', '/:id(\\d+)', '/+(a|b)', '/:id?', '/{a', '/a)', '/*(a|b)', '/!(a)'])(
  '%s has no counterpart',
  (source) => {
    expect(patternsOf(source, 'path')).toBeUndefined();
  },
);

it('so many alternatives are refused, however they are written', () => {
  expect(patternsOf('/{a,b}'.repeat(20), 'path')).toBeUndefined();
});
