/** Content-Type: by extension, with a charset on text alone. */
import { expect, it } from 'vitest';
import { mediaTypeOf } from '../../src/site/media-type.js';

it.each([
  ['a.html', 'text/html; charset=utf-8'],
  ['A.HTML', 'text/html; charset=utf-8'],
  ['a/b.css', 'text/css; charset=utf-8'],
  ['a.js', 'text/javascript; charset=utf-8'],
  ['a.mjs', 'text/javascript; charset=utf-8'],
  ['a.json', 'application/json; charset=utf-8'],
  ['a.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['a.svg', 'image/svg+xml; charset=utf-8'],
  ['a.txt', 'text/plain; charset=utf-8'],
  ['a.png', 'image/png'],
  ['a.woff2', 'font/woff2'],
  ['a.wasm', 'application/wasm'],
  ['a.tar.gz', 'application/gzip'],
  ['a.pdf', 'application/pdf'],
  ['a.xyzzy', 'application/octet-stream'],
  ['html', 'application/octet-stream'],
  ['css/html', 'application/octet-stream'],
  ['a.css/html', 'application/octet-stream'],
  ['a.', 'application/octet-stream'],
])('%s is %s', (name, type) => {
  expect(mediaTypeOf(name)).toBe(type);
});
