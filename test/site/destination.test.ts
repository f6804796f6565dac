/** Where rules lead: what was matched is put in escaped, and never leads to another host. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Destination, withQuery } from '../../src/site/destination.js';
import { PathPattern, PatternError } from '../../src/site/path-pattern.js';

function lead(from: string, to: string, path: string): string | null {
  const pattern = new PathPattern(from);
  const match = pattern.match(path);
  return match === null ? null : new Destination(to, pattern).of(match);
}

it.each([
  ['/a', '/b', '/a', '/b'],
  ['/old/**', '/new/**', '/old/a/b', '/new/a/b'],
  ['/old/**', '/new/$1/', '/old/a/b', '/new/a/b/'],
  ['/*/*', '/$2/$1', '/a/b', '/b/a'],
  ['/*/*', '/x/*/y/*', '/a/b', '/x/a/y/b'],
  ['/*.php', '/*.html', '/x.php', '/x.html'],
  ['/blog/:year/:slug', '/:slug?y=:year', '/blog/2026/a', '/a?y=2026'],
  ['/docs/:path*', 'https://docs.example.org/:path*', '/docs/a/b', 'https://docs.example.org/a/b'],
  ['/a/:x', 'https://e.org:8080/:x', '/a/b', 'https://e.org:8080/b'],
  ['/a', 'https://e.org', '/a', 'https://e.org'],
  ['/a/**/b', '/**/c', '/a/x/y/b', '/x/y/c'],
  ['/a/**/b', '/x/**/c', '/a/b', '/x/c'],
  ['/a/:x', '/b/:x', '/a/1 %#?;ü', '/b/1%20%25%23%3F%3B%C3%BC'],
  ['/a', '/b c/ü%20%', '/a', '/b%20c/%C3%BC%20%25'],
  ['/a', '//evil.example/', '/a', '/evil.example/'],
  ['/a', '/\\evil.example/', '/a', '/evil.example/'],
  ['/x**', '/**', '/x/evil.example/', '/evil.example/'],
  ['/a', '/b#part', '/a', '/b#part'],
])('%s to %s: %s leads to %s', (from, to, path, expected) => expect(lead(from, to, path)).toBe(expected));

it.each([
  ['/a', 'b'],
  ['/a', ''],
  ['/a', 'javascript:alert(1)'],
  ['/a', 'ftp://e.org/'],
  ['/a', 'https://e.org@evil.example/'],
  ['/a', 'https://'],
  ['/**', 'https://**'],
  ['/:host', 'https://:host/'],
  ['/**', 'https://e.org**'],
  ['/a', '/:x'],
  ['/a', '/$1'],
  ['/*', '/*/*'],
  ['/{a*,b}', '/*'],
  ['/a', '/b\r\nX: y'],
  ['/a', '/\ud800'],
])('%s to %s is refused', (from, to) => {
  expect(() => new Destination(to, new PathPattern(from))).toThrow(PatternError);
});

it('the query comes behind that of the address, and before the fragment', () => {
  expect(withQuery('/a', undefined)).toBe('/a');
  expect(withQuery('/a', 'x=1')).toBe('/a?x=1');
  expect(withQuery('/a?y#z', 'x=1')).toBe('/a?y&x=1#z');
  expect(withQuery('/a#z', '')).toBe('/a?#z');
});

it('leads to this host, whatever the path, and to no other than the one that the rule names', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('/', '\\', ':', '@', '.', '%', '?', '#', 'e', '\t', '\u2044', '\uff0f') }),
    fc.string({ unit: 'binary' }).filter((whole) => Buffer.from(whole).toString() === whole),
  );
  const rule = fc.constantFrom(
    ['/x**', '/**', 'here.example'],
    ['/x**', '/*/*'.slice(0, 2), 'here.example'],
    ['/**', '/$1', 'here.example'],
    ['/**', '/\\/$1', 'here.example'],
    ['/:a*', '/:a*', 'here.example'],
    ['/x*y**', '/$2$1', 'here.example'],
    ['/**', 'https://there.example/$1', 'there.example'],
  );
  fc.assert(
    fc.property(rule, text, ([from, to, host], path) => {
      const address = lead(from!, to!, `/x${path}`) ?? lead(from!, to!, `/${path}`);
      if (address === null) return;
      expect(address).toMatch(/^[!-~]+$/);
      expect(new URL(address, 'https://here.example/base').host).toBe(host);
    }),
    { numRuns: 3000 },
  );
});
