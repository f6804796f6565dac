/** Which names have a hash of their contents in them, and what is said of them. */
import { expect, it } from 'vitest';
import { cacheControlOf, isImmutable } from '../../src/site/cache-control.js';

it.each([
  'main.3f2a9c1b.js',
  'static/js/main.4f3c2d1e.chunk.js',
  'index.2d8ab1ce.css',
  '3f2a9c1b4d5e6f70.js',
  'application-908e25f4bf641868d8683022a5b62f54b0fb4a8a1d6e8ce6b2a1c6f6e9ad2d3f.js',
  'base.27e20196a850.css',
  'assets/index-BsQ2xYz1.js',
  'assets/index-DkPqXzla.css',
  'assets/logo-Dn_fX2gT.svg',
  'main-5CFQRCPP.js',
  'chunk-3YSDWGR2.js.map',
  '_app/immutable/entry/start.abc.js',
  'docs/_next/static/chunks/main.js',
])('%s never changes', (name) => expect(isImmutable(name)).toBe(true));

it.each([
  'index.html',
  'report-20240101.pdf',
  'report.2024-01-01.pdf',
  'backup-20240101T120000Z.tar.gz',
  '1704067200.json',
  'jquery-3.7.1.min.js',
  'photo-12345678.jpg',
  'menu-cafe2024.pdf',
  'dead-beef.txt',
  'deadbeef.js',
  'decade.facade.css',
  'case-iPhone15.jpg',
  'pad-iPad2024.jpg',
  'notes-McDonald.txt',
  'page-Settings.js',
  'logo-original.png',
  'program-x86-64v2.bin',
  'app-win32x64.zip',
  'SKU-4B2C9D1E.jpg',
  'avatar-550e8400-e29b-41d4-a716-446655440abc.png',
  'a3f2a9c1b.js',
  'main.3f2a9c1.js',
  'types/none',
  '3f2a9c1b4d5e6f70',
  'immutable/app.js',
])('%s may change', (name) => expect(isImmutable(name)).toBe(false));

it('is said by the setting', () => {
  expect(cacheControlOf('auto', 'a.3f2a9c1b.js')).toBe('public, max-age=31536000, immutable');
  expect(cacheControlOf('auto', 'index.html')).toBe('no-cache');
  expect(cacheControlOf('auto', 'a.3f2a9c1b.js', true)).toBe('private, max-age=31536000, immutable');
  expect(cacheControlOf('none', 'a.3f2a9c1b.js')).toBeNull();
  expect(cacheControlOf('max-age=60', 'a.3f2a9c1b.js')).toBe('max-age=60');
});
