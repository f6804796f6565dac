/** A handler is found in every form in which a module can export one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadApp } from '../../src/app/load-app.js';

const GLOBALS = ['Request', 'Response', 'Headers', 'ReadableStream', 'fetch'] as const;
const former = GLOBALS.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)!] as const);

let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-load-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const [name, descriptor] of former) Object.defineProperty(globalThis, name, descriptor);
});

async function answerOf(text: string, ending = 'mjs'): Promise<unknown> {
  count += 1;
  const path = join(folder, `app-${count}.${ending}`);
  writeFileSync(path, text);
  const handler = (await loadApp(path)) as unknown as () => unknown;
  return handler();
}

describe('as a module', () => {
  it.each([
    ['an object', `export default { word: 'found', fetch() { return this.word; } };`],
    ['a function', `export default () => 'found';`],
    ['fetch', `export const fetch = () => 'found';`],
    ['a function with fetch', `export default Object.assign(() => 'itself', { fetch: () => 'found' });`],
    ['a class with fetch', `export default class { static word = 'found'; static fetch() { return this.word; } }`],
    ['a promise', `export default Promise.resolve({ fetch: () => 'found' });`],
    ['a promise of a function', `export default (async () => () => 'found')();`],
    [
      'an object whose `then` is not for us',
      `export default { fetch: () => 'found', then() { throw new Error('called'); } };`,
    ],
  ])('%s', async (_form, text) => {
    expect(await answerOf(text)).toBe('found');
  });
});

describe('as CommonJS', () => {
  it.each([
    ['an object', `module.exports = { fetch: () => 'found' };`],
    ['a function', `module.exports = () => 'found';`],
    [
      'what TypeScript makes of a default',
      `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = { fetch() { return 'found'; } };`,
    ],
    [
      'what it makes of a promise',
      `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = Promise.resolve(() => 'found');`,
    ],
    ['fetch', `Object.defineProperty(exports, '__esModule', { value: true }); exports.fetch = () => 'found';`],
  ])('%s', async (_form, text) => {
    expect(await answerOf(text, 'cjs')).toBe('found');
  });
});

it.each([
  ['nothing', 'export {};', /exports no handler/],
  ['null', 'export default null;', /exports no handler/],
  ['a text', `export default 'text';`, /exports no handler/],
  ['a promise that fails', `export default Promise.reject({ code: 7 });`, /cannot be loaded: { code: 7 }/],
  ['what throws anything', 'throw Object.create(null);', /cannot be loaded: \[Object: null prototype\] {}/],
])('%s is told in a sentence', async (_form, text, sentence) => {
  await expect(answerOf(text)).rejects.toThrow(sentence);
});
