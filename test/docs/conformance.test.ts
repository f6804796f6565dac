/** docs/conformance.md, docs/security.md and docs/features.md name cases, files and commands that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../architecture/source.js';

/** A name in quotes, and the file named last before it in its row. */
function namedCases(text: string): { file: string; name: string }[] {
  return text.split('\n').flatMap((line) => {
    let file = '';
    return [...line.matchAll(/`([\w/.-]+\.ts)`|"([^"]+)"/g)].flatMap(([, path, name]) => {
      if (path !== undefined) file = path.includes('/') ? path : `test/conformance/${path}`;
      return name === undefined || file === '' ? [] : [{ file, name }];
    });
  });
}

/** As in the source, where what a template puts in stands for anything. */
function has(text: string, name: string): boolean {
  return text.includes(name) || text.replace(/\$\{[^}]*\}/g, '…').includes(name);
}

it('every case that docs/conformance.md names exists', () => {
  const cases = namedCases(readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8'));
  expect(cases.length).toBeGreaterThan(100);
  const missing = cases.filter(
    ({ file, name }) => !existsSync(join(ROOT, file)) || !has(readFileSync(join(ROOT, file), 'utf8'), name),
  );
  expect(missing).toEqual([]);
});

it.each(['docs/security.md', 'docs/features.md'])('every file and every script that %s names exists', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const files = [...text.matchAll(/`((?:test|bench)\/[\w/.-]+)`/g)].map(([, path]) => path as string);
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = [...text.matchAll(/`npm run ([\w:]+)/g)].map(([, script]) => script as string);
  expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
});
