/** What is read must be what JSON.parse makes of it, values and errors, whatever long strings there are and wherever. */
import { expect, it } from 'vitest';
import { parseJson } from '../../src/app/json-reading.js';

const LONG = 'long text, '.repeat(20_000);
const NUMBERS = `[${'12,'.repeat(100_000)}3]`;

const DOCUMENTS: { readonly [name: string]: string } = {
  'a long string alone': JSON.stringify(LONG),
  'in an object': JSON.stringify({ before: 1, text: LONG, after: [true, null] }),
  'several, deep down': JSON.stringify({ a: [{ b: LONG }, LONG, { c: { d: LONG, e: 'short' } }] }),
  'with space between': JSON.stringify({ text: LONG, more: [LONG] }, null, 2),
  'under __proto__': `{"__proto__":"${LONG}","z":{"__proto__":["${LONG}"]}}`,
  'as a name': `{"${LONG}":1}`,
  'as a name before space': `{"${LONG}" :1}`,
  'twice under one name': `{"a":"${LONG}","a":2}`,
  'with an escape': JSON.stringify([`${LONG}"`, `${LONG}\n`]),
  'behind an escaped quote': `"short\\"${LONG}"`,
  'behind an escaped backslash': `"short\\\\${LONG}"`,
  'with other characters than ASCII': JSON.stringify({ text: `${LONG}é`, other: `${LONG}\u{1f600}` }),
  'behind a byte order mark': `\ufeff{"text":"${LONG}"}`,
  'no string, between two': `["a",${NUMBERS},"b"]`,
  'no string, between two that look like its surroundings': `["a:",${NUMBERS},",b"]`,
  'no string, between two that are empty': `{"a":"","b":${NUMBERS},"c":""}`,
};

it.each(Object.entries(DOCUMENTS))(
  '%s',
  (_name, document) => {
    const parsed = parseJson(Buffer.from(document));
    expect(JSON.stringify(parsed) === JSON.stringify(JSON.parse(document.replace(/^\ufeff/, '')))).toBe(true);
  },
  20_000,
);

it('deeper than a stack', () => {
  const depth = 20_000;
  let parsed = parseJson(Buffer.from(`${'['.repeat(depth)}"${LONG}"${']'.repeat(depth)}`));
  for (let level = 0; level < depth; level++) [parsed] = parsed as unknown[];
  expect(parsed === LONG).toBe(true);
});

const MISTAKES: { readonly [name: string]: string } = {
  'a string that does not end': `{"a":"${LONG}`,
  'something behind it': `"${LONG}"x`,
  'a control character': `{"text":"${LONG}\u0001"}`,
  'a line end in it': `{"text":"${LONG}\n${LONG}"}`,
  'two in a row': `["${LONG}" "${LONG}"]`,
};

it.each(Object.entries(MISTAKES))('%s is refused in the same words', (_name, document) => {
  const said = saidOf(() => JSON.parse(document));
  expect(said).toMatch(/JSON/);
  expect(saidOf(() => parseJson(Buffer.from(document)))).toBe(said);
});

it('bytes that begin anywhere in memory', () => {
  for (const before of [1, 2, 3]) {
    const bytes = Buffer.from(`${' '.repeat(before)}["${LONG}","${LONG}\u0002"]`).subarray(before);
    expect(() => parseJson(bytes)).toThrow(SyntaxError);
    bytes[bytes.indexOf(2)] = 0x20;
    expect(parseJson(bytes)).toEqual([LONG, `${LONG} `]);
  }
});

function saidOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
