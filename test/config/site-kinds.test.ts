/** The options that say where paths lead: from text and as objects, and what each refuses. */
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/command-line.js';
import { completeOptions } from '../../src/config/options.js';
import { basePath, errorPages, patterns, redirects, rewrites } from '../../src/config/site-kinds.js';

const options = (...argv: string[]) => resolveOptions(argv, {});

it('rules are read from the command line, in their order, with commas in them', () => {
  expect(options('--redirect', '/{a,b} /c', '--redirect', '/old/**  https://e.org/$1 308').redirects).toEqual([
    { from: '/{a,b}', to: '/c', status: 301 },
    { from: '/old/**', to: 'https://e.org/$1', status: 308 },
  ]);
  expect(options('--rewrite', '/app/:x /app/').rewrites).toEqual([{ from: '/app/:x', to: '/app/' }]);
  expect(
    options('--error-page', '404 /a.html', '--error-page=500 b.html', '--error-page', '404 c.html').errorPages,
  ).toEqual({
    404: 'c.html',
    500: 'b.html',
  });
  expect(options('--unlisted', '*.{map,bin}', '--unlisted', '/x/**').unlisted).toEqual(['*.{map,bin}', '/x/**']);
  expect(options('--base-path', '/docs/').basePath).toBe('/docs');
  expect(options('-s').single).toBe(true);
});

it('options survive JSON, and objects are taken as they are', () => {
  const given = {
    basePath: '/docs',
    redirects: [{ from: '/a', to: '/b', status: 307 as const }],
    rewrites: [{ from: '/c/*', to: '/d/*' }],
    errorPages: { '404': '/404.html' },
    unlisted: ['*.map'],
    trailingSlash: 'never' as const,
  };
  const whole = completeOptions(given);
  expect(whole).toMatchObject(given);
  expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  expect(completeOptions(JSON.parse(JSON.stringify(given)))).toEqual(whole);
});

describe.each([
  [
    basePath,
    ['', '/docs', '/a b/c'],
    ['docs', '/', '/docs/', '//a', '/a/../b', '/.', '/a?b', '/a%20b', '/a\\b', '/a\n', 1],
  ],
  [patterns, [[], ['*.map']], [['{'], [''], [1], '*.map']],
  [
    redirects,
    [[], [{ from: '/a', to: '/b', status: 301 }]],
    [
      [{ from: '/a', to: '/b' }],
      [{ from: '/a', to: '/b', status: 200 }],
      [{ from: '/a', to: '/b', status: '301' }],
      [{ from: 'a', to: '/b', status: 301 }],
      [{ from: '/a', to: 'b', status: 301 }],
      [{ from: '/a', to: '/$1', status: 301 }],
      [{ from: '/{a', to: '/b', status: 301 }],
      [{ from: '/a', to: '/b', status: 301, more: 1 }],
      [null],
      {},
    ],
  ],
  [
    rewrites,
    [[], [{ from: '/a', to: '/b' }]],
    [[{ from: '/a', to: 'https://e.org/' }], [{ from: '/a', to: '/b', status: 301 }], [{ from: 1, to: '/b' }]],
  ],
  [
    errorPages,
    [{}, { 404: 'a.html', 500: '/b/c.html' }],
    [{ 200: 'a' }, { 404: '' }, { 404: '../a' }, { 404: 'a/' }, { 404: 1 }, { 404: 'a//b' }, [], null, '404 a'],
  ],
])('%#: the kind', (kind, good, bad) => {
  it.each(good.map((value) => [value]))('accepts %j', (value) => expect(kind.accepts(value)).toBe(true));
  it.each(bad.map((value) => [value]))('refuses %j', (value) => expect(kind.accepts(value)).toBe(false));
});

it.each([
  [['--redirect', '/a'], /^--redirect must be 'FROM TO' or 'FROM TO STATUS'.*not "\/a"\.$/],
  [['--redirect', '/a /b', '--redirect', '/a b'], /not "\/a b"\.$/],
  [['--redirect', '/a /b 200'], /301, 302, 303, 307 or 308.*not "\/a \/b 200"\.$/],
  [['--rewrite', '/a https://e.org/'], /^--rewrite must be 'FROM TO'/],
  [['--error-page', '418 /a.html'], /one of 400, 403, 404, 500/],
  [['--base-path', 'docs'], /^--base-path must be a path such as \/docs/],
  [['--trailing-slash', 'sometimes'], /^--trailing-slash must be one of directories, always, never/],
  [['--unlisted', '{'], /^--unlisted must be a pattern/],
])('%j is refused with one sentence', (argv, sentence) => {
  expect(() => options(...argv)).toThrow(sentence);
});
