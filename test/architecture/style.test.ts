/** What every TypeScript file keeps: it opens by saying what it is for, and it is short enough for one concept. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, typeScriptFiles } from './source.js';

const MOST_LINES = 500;

const files = ['src', 'test', 'bench']
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) => typeScriptFiles(folder).map((path) => `${folder}/${path}`))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

it('there are files to look at', () => {
  expect(files.length).toBeGreaterThan(20);
});

it('every file opens with a comment that says what it is for', () => {
  const mute = files.filter(({ text }) => !/^(#!.*\n)?\/\*\*[ \n]/.test(text)).map(({ path }) => path);
  expect(mute).toEqual([]);
});

it(`every file has at most ${MOST_LINES} lines`, () => {
  const long = files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path} has ${lines}`);
  expect(long).toEqual([]);
});
