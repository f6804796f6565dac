/** From names to where they lead, by the settings alone: one canonical form, no loops, and the steps in their order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIST, MOVED, type Redirect, type Route, Router, SLASH, type Step } from '../../src/site/route.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from '../../src/site/settings.js';
import { nameOfTarget } from '../../src/site/target.js';

const routerOf = (settings: Partial<SiteSettings> = {}) => new Router({ ...DEFAULT_SITE_SETTINGS, ...settings });

/** A route in words. */
function words(route: Route): string {
  if (typeof route === 'number') return String(route);
  if ('status' in route) return `${route.status} ${route.location}`;
  return (route as readonly Step[])
    .map(({ kind, name, location, ifDirectory }) => {
      const what = kind === LIST ? `list ${name}` : kind === SLASH ? `to ${location}` : name;
      return `${ifDirectory ? 'dir? ' : ''}${what}${kind === MOVED ? ` -> ${location}` : ''}`;
    })
    .join(', ');
}

describe('the steps', () => {
  it.each<[Partial<SiteSettings>, string, string]>([
    [{}, '', 'index.html'],
    [{}, 'a', 'a, dir? to /a/'],
    [{}, 'a/', 'a/index.html'],
    [{ cleanUrls: true }, 'a', 'a, a.html, dir? to /a/'],
    [{ cleanUrls: true }, 'a/', 'a/index.html, a.html -> /a'],
    [{ cleanUrls: true }, 'a.html', '301 /a'],
    [{ cleanUrls: true }, 'index.html', '301 /'],
    [{ cleanUrls: true }, 'a/index.html', '301 /a/'],
    [{ cleanUrls: true }, 'a/index', 'a/index, a/index.html -> /a/, dir? to /a/index/'],
    [{ cleanUrls: true, trailingSlash: 'never' }, 'a/index.html', '301 /a'],
    [{ cleanUrls: true, trailingSlash: 'always' }, 'a.html', '301 /a/'],
    [{ cleanUrls: true, trailingSlash: 'always' }, 'a/', 'a/index.html, a.html, a'],
    [{ trailingSlash: 'always' }, 'a', '301 /a/'],
    [{ trailingSlash: 'always' }, 'a.txt', 'a.txt, dir? to /a.txt/'],
    [{ trailingSlash: 'always' }, 'a.txt/', 'a.txt/index.html'],
    [{ trailingSlash: 'never' }, 'a/', '301 /a'],
    [{ trailingSlash: 'never' }, 'a', 'a, dir? a/index.html'],
    [{ trailingSlash: 'never', listing: true }, 'a', 'a, dir? a/index.html, dir? list a/'],
    [{ listing: true }, '', 'index.html, list '],
    [{ listing: true }, 'a/', 'a/index.html, list a/'],
    [{ listing: true, single: true }, 'a/', 'a/index.html, list a/, index.html'],
    [{ single: true }, '', 'index.html'],
    [{ single: true }, 'a.b/c', 'a.b/c, dir? to /a.b/c/, index.html'],
    [{ rewrites: [{ from: '/a/**', to: '/b/**' }] }, 'a/c', 'a/c, dir? to /a/c/, b/c, dir? b/c/index.html'],
    [{ rewrites: [{ from: '/a/**', to: '/b/' }], single: true }, 'a/c/', 'a/c/index.html, b/index.html, index.html'],
    [{ rewrites: [{ from: '/**', to: '/.env' }] }, 'a/', 'a/index.html'],
    [{ rewrites: [{ from: '/**', to: '/../x' }] }, 'a/', 'a/index.html'],
  ])('%j: %s', (settings, name, expected) => expect(words(routerOf(settings).route(name))).toBe(expected));
});

describe('the base path', () => {
  const router = routerOf({
    basePath: '/my docs',
    cleanUrls: true,
    redirects: [{ from: '/a', to: '/b', status: 302 }],
  });
  it.each([
    ['', '404'],
    ['my docsx', '404'],
    ['x/my docs/', '404'],
    ['my docs', '301 /my%20docs/'],
    ['my docs/', 'index.html'],
    ['my docs/x', 'x, x.html, dir? to /my%20docs/x/'],
    ['my docs/x.html', '301 /my%20docs/x'],
    ['my docs/a', '302 /my%20docs/b'],
  ])('%s leads to %s', (name, expected) => expect(words(router.route(name))).toBe(expected));
  it('is part of every path', () => expect(router.pathOf('a b/c.html')).toBe('/my%20docs/a%20b/c'));
});

describe('redirects', () => {
  it('the first rule that matches counts, before anything else', () => {
    const router = routerOf({
      cleanUrls: true,
      redirects: [
        { from: '/a.html', to: '/b', status: 307 },
        { from: '/*', to: '/c/$1', status: 308 },
      ],
    });
    expect(words(router.route('a.html'))).toBe('307 /b');
    expect(words(router.route('x'))).toBe('308 /c/x');
  });
  it('are for directories also where their slash is missing in the pattern', () => {
    const router = routerOf({ redirects: [{ from: '/a', to: '/b', status: 301 }] });
    expect(words(router.route('a/'))).toBe('301 /b');
  });
  it('a rule that would lead a path to itself is not applied', () => {
    const router = routerOf({ redirects: [{ from: '/**', to: '/index.html', status: 301 }] });
    expect(words(router.route('x'))).toBe('301 /index.html');
    expect(words(router.route('index.html'))).toBe('index.html, dir? to /index.html/');
  });
});

describe('lists', () => {
  it('leave out what begins with a dot, what no request can name, and what is unlisted', () => {
    const router = routerOf({ unlisted: ['*.map', '/secret/**'] });
    const names = ['a', '.a', 'a.map', 'a\\b', 'a\nb', '\ufffd', '.well-known', 'ü'];
    expect(names.filter((name) => router.lists('', name))).toEqual(['a', '.well-known', 'ü']);
    expect(names.filter((name) => router.lists('x/', name))).toEqual(['a', 'ü']);
    expect(router.lists('', 'secret')).toBe(false);
    expect(router.lists('secret/', 'a')).toBe(false);
    expect(routerOf({ basePath: '/docs' }).lists('', '.well-known')).toBe(false);
    expect(routerOf({ dotfiles: true }).lists('x/', '.a')).toBe(true);
  });
});

it('one redirect leads to the canonical path, which leads nowhere else, and never to another host', () => {
  const segment = fc.oneof(
    fc.constantFrom('a', 'a.html', 'index.html', 'index', '.html', 'b.html.html', 'x.y', 'docs', 'ü %', '%2e', '%5c'),
    fc.string({ maxLength: 4 }),
  );
  const settings = fc.record({
    cleanUrls: fc.boolean(),
    trailingSlash: fc.constantFrom('directories' as const, 'always' as const, 'never' as const),
    basePath: fc.constantFrom('', '/docs', '/a.html'),
    dotfiles: fc.boolean(),
  });
  fc.assert(
    fc.property(settings, fc.array(segment, { maxLength: 5 }), fc.boolean(), (some, segments, slash) => {
      const router = routerOf(some);
      const name = nameOf(`${some.basePath}/${segments.join('/')}${slash ? '/' : ''}`, some.dotfiles);
      if (typeof name === 'number') return;
      const route = router.route(name);
      if (typeof route === 'number' || !('status' in route)) return;
      const { location } = route as Redirect;
      const url = new URL(location, 'http://here.example/');
      expect(url.host).toBe('here.example');
      expect(url.pathname).toBe(location);
      const there = nameOf(location, some.dotfiles);
      expect(typeof there).toBe('string');
      expect(Array.isArray(router.route(there as string)), `${name} -> ${location}`).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

function nameOf(path: string, dotfiles: boolean): string | number {
  const bytes = new Uint8Array(Buffer.from(path, 'utf8'));
  return nameOfTarget(bytes, 0, bytes.length, dotfiles);
}
