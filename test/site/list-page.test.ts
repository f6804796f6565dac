/** Lists of directories as pages and as JSON: whatever a file is called, it is text and an address, and nothing else. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Listed } from '../../src/site/directory-load.js';
import { htmlList, jsonList, type ListPage, type ListPlace, listPolicy } from '../../src/site/list-page.js';
import { pathOfName } from '../../src/site/target.js';

const place = (path = '/d/', mostBytes = 1_000_000): ListPlace => ({
  path,
  parent: '/',
  mostBytes,
  addressOf: ({ name, directory }) => `/d${pathOfName(name)}${directory ? '/' : ''}`,
});
const file = (name: string, size = 1): Listed => ({ name, directory: false, size, modified: 1_577_934_245 });
const directory = (name: string): Listed => ({ ...file(name), directory: true });
const textOf = (page: ListPage) => page.bytes.toString('utf8');

/** The tags that the page is made of, and the only attributes they may have. */
const TAG =
  /<(\/?)(html|head|meta|title|style|body|h1|table|thead|tbody|tr|th|td|a|p)((?: (?:lang|charset|name|content|href)="[^"<>]*")*)>/y;

/** Reads a page strictly: known tags, text without markup; gives the links and what they say. */
function linksOf(page: string): [address: string, text: string][] {
  const links: [string, string][] = [];
  expect(page.startsWith('<!DOCTYPE html>\n')).toBe(true);
  for (let at = 16; at < page.length; ) {
    if (page[at] !== '<') {
      const end = page.indexOf('<', at);
      const text = page.slice(at, end < 0 ? page.length : end);
      expect(text).not.toMatch(/>|&(?!#\d+;)/);
      at += text.length;
      continue;
    }
    TAG.lastIndex = at;
    const tag = TAG.exec(page);
    if (tag === null) throw new Error(`no tag of ours: ${page.slice(at, at + 60)}`);
    at += tag[0].length;
    if (tag[2] === 'a' && tag[1] === '') {
      const address = /href="([^"]*)"/.exec(tag[3]!)![1]!;
      links.push([unescaped(address), unescaped(page.slice(at, page.indexOf('</a>', at)))]);
    }
    if (tag[2] === 'style' && tag[1] === '') at = page.indexOf('</style>', at);
  }
  return links;
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

it('has directories first, in the order in which people count, with sizes and times', () => {
  const entries = [file('b10'), file('b9', 1536), directory('z'), file('a', 5), directory('Y')];
  const page = textOf(htmlList({ entries, more: false }, place()));
  expect(linksOf(page).map(([, text]) => text)).toEqual(['../', 'Y/', 'z/', 'a', 'b9', 'b10']);
  expect(page).toContain('<td>1.5 KiB</td><td>2020-01-02 03:04</td>');
  expect(page).toContain('<td>5 B</td>');
  expect(page).not.toContain('There is more');
  expect(page).toContain('name="viewport"');
});

it('allows its own style, and nothing else', () => {
  const page = textOf(htmlList({ entries: [], more: false }, place()));
  const style = page.slice(page.indexOf('<style>') + 7, page.indexOf('</style>'));
  const hash = createHash('sha256').update(style).digest('base64');
  expect(listPolicy()).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(page).not.toMatch(/ style=|url\(|@import|http/);
});

it.each([
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `&lt;b&gt;&amp;`,
  ' a b ',
  '100%',
  'a#b?c;d&e=f',
  'javascript:alert(1)',
  '//evil.example',
  '日本語\u202e.txt',
])('%s is text', (name) => {
  const page = textOf(htmlList({ entries: [file(name)], more: false }, place(`/${name}/`)));
  const [, [address, text] = []] = linksOf(page);
  expect(text).toBe(name);
  const url = new URL(address!, 'http://here.example/');
  expect([url.protocol, url.host, url.search, url.hash]).toEqual(['http:', 'here.example', '', '']);
  expect(decodeURIComponent(url.pathname)).toBe(`/d/${name}`);
});

it('all names come back from the page and from JSON as they were', () => {
  const name = fc
    .string({
      unit: fc.oneof(fc.constantFrom('<', '>', '"', "'", '&', '%', '#', ';', ' '), fc.string({ unit: 'grapheme' })),
    })
    .filter((text) => text !== '' && !/[/\0]/.test(text) && Buffer.from(text).toString() === text);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 5 }), (names) => {
      const listing = { entries: names.map((text) => file(text)), more: false };
      const links = linksOf(textOf(htmlList(listing, place()))).slice(1);
      expect(links.map(([, text]) => text).sort()).toEqual([...names].sort());
      const json = JSON.parse(textOf(jsonList(listing, place()))) as { entries: { name: string; href: string }[] };
      expect(json.entries.map((entry) => entry.name).sort()).toEqual([...names].sort());
      for (const { name: own, href } of json.entries) {
        expect(decodeURIComponent(new URL(href, 'http://here.example/').pathname)).toBe(`/d/${own}`);
      }
    }),
  );
});

it('JSON says what each is', () => {
  const json: unknown = JSON.parse(
    textOf(jsonList({ entries: [file('a b', 7), directory('c')], more: false }, place())),
  );
  expect(json).toEqual({
    path: '/d/',
    complete: true,
    entries: [
      { name: 'c', type: 'directory', href: '/d/c/', modified: '2020-01-02T03:04:05.000Z' },
      { name: 'a b', type: 'file', href: '/d/a%20b', size: 7, modified: '2020-01-02T03:04:05.000Z' },
    ],
  });
});

it('says that there is more, where it does not have all', () => {
  const entries = Array.from({ length: 100 }, (_, index) => file(`file ${index}`));
  expect(textOf(htmlList({ entries, more: true }, place()))).toContain('There is more');
  const short = htmlList({ entries, more: false }, place('/d/', 2000));
  expect(textOf(short)).toContain('There is more');
  expect(linksOf(textOf(short)).length).toBeLessThan(30);
  expect(JSON.parse(textOf(jsonList({ entries, more: false }, place('/d/', 2000))))).toMatchObject({ complete: false });
});

it('a time that no calendar has is left out', () => {
  const odd = { ...file('a'), modified: 1e15 };
  expect(textOf(htmlList({ entries: [odd], more: false }, place()))).toContain('<td>1 B</td><td></td>');
  expect(textOf(jsonList({ entries: [odd], more: false }, place()))).toContain('"modified":null');
});

it('another list has another entity tag', () => {
  const one = htmlList({ entries: [file('a')], more: false }, place());
  expect(htmlList({ entries: [file('a')], more: false }, place()).entityTag).toBe(one.entityTag);
  expect(htmlList({ entries: [file('a', 2)], more: false }, place()).entityTag).not.toBe(one.entityTag);
  expect(one.entityTag).toMatch(/^"[\w-]{22}"$/);
});
