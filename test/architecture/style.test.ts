/** What every TypeScript file keeps: it opens by saying what it is for, and it is short enough for one concept. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, typeScriptFiles } from './source.js';

/** Tests may be longer: their cases are tables. */
const MOST_LINES = { src: 550, test: 700, bench: 500 } as const;
const FOLDERS = ['src', 'test', 'bench'] as const;

const files = FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
  typeScriptFiles(folder).map((path) => ({
    path: `${folder}/${path}`,
    text: readFileSync(join(ROOT, folder, path), 'utf8'),
    mostLines: MOST_LINES[folder],
  })),
);

it('there are files to look at', () => {
  expect(files.length).toBeGreaterThan(20);
});

it('every file opens with a comment that says what it is for', () => {
  const mute = files.filter(({ text }) => !/^(#!.*\n)?\/\*\*[ \n]/.test(text)).map(({ path }) => path);
  expect(mute).toEqual([]);
});

it('no file is too long for one concept', () => {
  const long = files
    .map(({ path, text, mostLines }) => ({ path, mostLines, lines: text.split('\n').length - 1 }))
    .filter(({ lines, mostLines }) => lines > mostLines)
    .map(({ path, lines, mostLines }) => `${path} has ${lines} lines of at most ${mostLines}`);
  expect(long).toEqual([]);
});
