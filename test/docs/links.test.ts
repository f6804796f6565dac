/** Every link in the documents leads to a file that is there, and to a heading that it has; README leads to every page. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../architecture/source.js';

const PAGES = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => join('docs', path));
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', ...PAGES];

/** A document without what it quotes: there a # is no heading, and nothing is a link. */
function prose(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
}

/** Where the links of a document lead, beneath the root: a path and, behind a #, a heading. */
function links(path: string): { to: string; heading: string | undefined }[] {
  return [...prose(path).matchAll(/\]\(([^)\s]*)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, heading] = target.split('#') as [string, string?];
      return { to: file === '' ? path : normalize(join(dirname(path), file)), heading };
    });
}

/** The names by which headings are linked: small letters and digits, with hyphens for spaces. */
function headings(path: string): string[] {
  return [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    (text as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

it.each(DOCUMENTS)('the links of %s lead somewhere', (document) => {
  const astray = links(document).filter(({ to, heading }) => {
    if (!existsSync(join(ROOT, to))) return true;
    return heading !== undefined && !(statSync(join(ROOT, to)).isFile() && headings(to).includes(heading));
  });
  expect(astray).toEqual([]);
});

it('README leads to every page', () => {
  const linked = links('README.md').map(({ to }) => to);
  expect(PAGES.filter((page) => !linked.includes(page))).toEqual([]);
});
