/** The JSON Schema that the package has: in step with the table of options, and of one mind with the server. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ampedSchemaText, keyOf, readAmpedJson } from '../../src/config/amped-json.js';
import { readJsonText } from '../../src/config/json-text.js';
import type { Option } from '../../src/config/option.js';
import { fromJson, toJson } from '../../src/config/option-kinds.js';
import { GROUPS, OPTION_NAMES, OPTIONS } from '../../src/config/options.js';

const schema = JSON.parse(ampedSchemaText()) as { properties: Record<string, { description?: string }> };
const accepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

describe('the schema', () => {
  it('is the one of the package: else run npm run generate', () => {
    expect(readFileSync('amped.schema.json', 'utf8')).toBe(ampedSchemaText());
    expect(JSON.parse(readFileSync('package.json', 'utf8')).files).toContain('amped.schema.json');
  });

  it('describes every key', () => {
    expect(Object.keys(schema.properties)).toEqual(['$schema', ...OPTION_NAMES.map(keyOf)]);
    for (const { description } of Object.values(schema.properties)) expect(description).toMatch(/^\w.*[^.]$/);
  });

  it('takes what is good', () => {
    const example = {
      $schema: './node_modules/amped/amped.schema.json',
      root: 'public',
      port: 8080,
      model: 'event',
      loops: 'auto',
      cacheBytes: '64MiB',
      cachedFileBytes: 4096,
      headerTimeout: '20s',
      drainTimeout: '0',
    };
    expect(accepts(example), JSON.stringify(accepts.errors)).toBe(true);
    expect(accepts({})).toBe(true);
  });

  it.each([
    { hedaerTimeout: '1s' },
    { port: 99_999 },
    { port: '80' },
    { headerTimeout: 20 },
    { headerTimeout: '20' },
    { loops: 'many' },
    { model: 'fiber' },
    { cacheBytes: '64 XB' },
    { cacheBytes: 1 },
    { sharedCache: 'true' },
    { root: '' },
  ])('refuses %j', (example) => {
    expect(accepts(example)).toBe(false);
  });

  it('and the server refuse and take the same, whatever it is, save what only the server can know', () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('20s', '64KiB', 'auto', '0', '1%', 'event', '5 MIN', '1h', '12', 'x', true, 0, 1, 4096),
    );
    for (const name of OPTION_NAMES.filter((one) => one !== 'root' && one !== 'host' && one !== 'inject')) {
      const { kind }: Option<unknown> = OPTIONS[name];
      fc.assert(
        fc.property(anything, (json) => {
          const taken = accepts({ [keyOf(name)]: json });
          // The bounds of what is text, no pattern can tell.
          if (taken && hasText(json)) return;
          const good = fromJson(kind, json) !== undefined;
          expect(taken, `${name}: ${JSON.stringify(json)}`).toBe(good);
        }),
      );
    }
  });
});

function hasText(json: unknown): boolean {
  return typeof json === 'string' || (typeof json === 'object' && json !== null && Object.values(json).some(hasText));
}

describe('the table', () => {
  it.each(OPTION_NAMES)('%s has a default that a file may have, and that comes back from it', (name) => {
    const { kind, initial }: Option<unknown> = OPTIONS[name];
    const json = toJson(kind, initial);
    expect(accepts({ [keyOf(name)]: json }), JSON.stringify(json)).toBe(true);
    if (name !== 'root') expect(fromJson(kind, JSON.parse(JSON.stringify(json)))).toEqual(initial);
  });

  it('has its keys from its flags: only lists are called by their plural', () => {
    for (const name of OPTION_NAMES.filter((one) => one !== 'root')) {
      const { flag, kind }: Option<unknown> = OPTIONS[name];
      const camelCase = flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      const several = /array|object/.test(JSON.stringify(kind.schema));
      if (!several) expect(keyOf(name)).toBe(camelCase);
    }
  });

  it('says of every path that it is one, and has every option in a group', () => {
    for (const name of OPTION_NAMES) {
      const { placeholder, path } = OPTIONS[name].kind;
      if (placeholder === 'FILE' || placeholder === 'DIR')
        expect(path).toBe(placeholder === 'FILE' ? 'file' : 'directory');
    }
    expect(GROUPS.flatMap(({ names }) => names).sort()).toEqual([...OPTION_NAMES].sort());
  });
});

it('paths are relative to the file, and a list is one in brackets', () => {
  const located = readJsonText('{"root": "."}', 'x');
  expect(readAmpedJson(located, 'x', '/').given.get('root')).toEqual({ value: '/', key: 'root', line: 1 });
});

it('the standard streams are no path', () => {
  const located = readJsonText('{"accessLogFile": "-", "errorLogFile": "error.log"}', 'x');
  const { given } = readAmpedJson(located, 'x', '/var/log');
  expect(given.get('accessLogFile')?.value).toBe('-');
  expect(given.get('errorLogFile')?.value).toBe('/var/log/error.log');
});
