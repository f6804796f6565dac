/** The example site holds together: every link of every page leads to a file of it, and nothing is asked of elsewhere. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SITE = fileURLToPath(new URL('../../examples/site', import.meta.url));
const files = readdirSync(SITE, { recursive: true, encoding: 'utf8' });
const pages = files.filter((path) => path.endsWith('.html'));

/** What a page links to or embeds, as written. */
function references(page: string): string[] {
  const text = readFileSync(join(SITE, page), 'utf8');
  return [...text.matchAll(/\b(?:href|src)="([^"]*)"/g)].map((match) => match[1] as string);
}

it('has pages, a stylesheet, pictures of several types and a large file', () => {
  const types = new Set(files.map((path) => path.replace(/^.*\./, '')));
  for (const type of ['html', 'css', 'svg', 'png', 'jpg']) expect(types).toContain(type);
  const sizes = files.map((path) => statSync(join(SITE, path)).size);
  expect(Math.max(...sizes)).toBeGreaterThan(4 * 1024 * 1024);
});

describe.each(pages)('%s', (page) => {
  it('links only to what is there', () => {
    const absent = references(page).filter((reference) => {
      const { origin, pathname } = new URL(reference, `http://site/${page}`);
      const path = join(SITE, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      return origin !== 'http://site' || !statSync(path, { throwIfNoEntry: false })?.isFile();
    });
    expect(absent).toEqual([]);
  });

  it('says its language, its width and its title', () => {
    const text = readFileSync(join(SITE, page), 'utf8');
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(text).toContain('<meta name="viewport"');
    expect(text).toMatch(/<title>.+<\/title>/);
  });
});

it('embeds nothing from elsewhere in styles and drawings', () => {
  for (const path of files.filter((name) => /\.(css|svg)$/.test(name))) {
    const text = readFileSync(join(SITE, path), 'utf8').replace('xmlns="http://www.w3.org/2000/svg"', '');
    expect(text).not.toMatch(/https?:|@import/);
  }
});
