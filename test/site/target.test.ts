/** From paths to names: whatever is asked for, the name stays beneath the root. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { nameOfTarget, pathOfName } from '../../src/site/target.js';

function nameOf(path: string): string | number {
  const bytes = new Uint8Array(Buffer.from(`xx${path}yy`, 'latin1'));
  return nameOfTarget(bytes, 2, bytes.length - 2);
}

it.each([
  ['', ''],
  ['/', ''],
  ['///', ''],
  ['/a', 'a'],
  ['/a/', 'a/'],
  ['/a//b', 'a/b'],
  ['/a/./b/../c', 'a/c'],
  ['/a/b/..', 'a/'],
  ['/a/..', ''],
  ['/a/%2E%2e/b', 'b'],
  ['/%61', 'a'],
  ['/a%20b', 'a b'],
  ['/%e6%97%a5', '日'],
  ['/%EF%BB%BFa', '\ufeffa'],
  ['/.well-known/a', '.well-known/a'],
  ['/a..b', 'a..b'],
])('%s means %s', (path, name) => {
  expect(nameOf(path)).toBe(name);
});

it.each([
  '/%',
  '/a%4',
  '/%g0',
  '/%2f',
  '/%2F',
  '/%5c',
  '/a\\b',
  '/%00',
  '/\x01',
  '/%1f',
  '/%7F',
  '/..',
  '/a/../..',
  '/%80',
  '/%e6%97',
  '/%c0%af',
])('%s is refused', (path) => expect(nameOf(path)).toBe(-400));

it.each(['/.a', '/a/.b', '/a/.well-known/b', '/%2ea', '/...', '/.well-known/.a', '/.well-known.txt'])(
  '%s does not exist',
  (path) => {
    expect(nameOf(path)).toBe(-404);
  },
);

it('no path leaves the root, and a name means itself again', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2E%2e',
      '%2f',
      '%5c',
      '\\',
      '%',
      '%00',
      '%25',
      'a',
      'B',
      '%c3%bc',
      '%ff',
      ' ',
    ),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const name = nameOf(`/${pieces.join('')}`);
      if (typeof name === 'number') return;
      expect(name.startsWith('/')).toBe(false);
      for (const character of name) expect(character >= ' ' && character !== '\x7f' && character !== '\\').toBe(true);
      const segments = name.split('/');
      expect(segments).not.toContain('..');
      expect(segments).not.toContain('.');
      expect(nameOf(pathOfName(name))).toBe(name);
      expect(new URL(pathOfName(name), 'http://here.example/').host).toBe('here.example');
    }),
    { numRuns: 2000 },
  );
});
