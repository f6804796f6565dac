/** The tour of the source leads past every file. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, typeScriptFiles } from './source.js';

it('ARCHITECTURE.md names every source file in its folder', () => {
  const tour = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const missing = typeScriptFiles('src').filter((path) => {
    const folder = dirname(path);
    if (folder === '.') return !tour.includes(`\`${path}\``);
    const section = tour.split(`### \`${folder}/\``)[1]?.split('\n#')[0] ?? '';
    return !section.includes(`- \`${basename(path)}\`: `);
  });
  expect(missing).toEqual([]);
});
