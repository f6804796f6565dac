/**
 * amped.json: its keys are the options of the command line, written as `headerTimeout` for `--header-timeout`; an option
 * that may be given several times is a list, and has the name of its plural. Sizes and times are as on the command line
 * (`"64KiB"`, `"20s"`); a size may be a number of bytes too, a time not: 20 alone could mean either.
 */
import { resolve } from 'node:path';
import type { Given, Statements } from './configuration.js';
import { schemaOf } from './json-schema.js';
import type { Located } from './json-text.js';
import { mistakeIn } from './mistakes.js';
import type { Option } from './option.js';
import { OptionError } from './option-error.js';
import { fromJson, type Kind, toJson } from './option-kinds.js';
import { OPTION_NAMES, OPTIONS, type OptionName, refusal, type ServerOptions } from './options.js';
import { nearest } from './spelling.js';

/** Where the schema is: editors that find this key complete and check what is written. */
const SCHEMA_KEY = '$schema';

/** What a configuration file calls an option. */
export function keyOf(name: OptionName): string {
  return name.replace(/Milliseconds$/, '');
}

const NAMES: ReadonlyMap<string, OptionName> = new Map(OPTION_NAMES.map((name) => [keyOf(name), name]));

/** The JSON Schema of the file, as the package has it in amped.schema.json. */
export function ampedSchemaText(): string {
  const keys = new Map(OPTION_NAMES.map((name): [string, Option<unknown>] => [keyOf(name), OPTIONS[name]]));
  return `${JSON.stringify(schemaOf(keys), null, 2)}\n`;
}

/** What the file says; paths in it are relative to `directory`. Throws OptionError, naming the file as `file`. */
export function readAmpedJson(root: Located, file: string, directory: string): Statements {
  if (root.members === undefined) throw new OptionError(`${file}:${root.line}: There must be an object in braces.`);
  const given = new Map<OptionName, Given>();
  for (const { key, line, content } of root.members) {
    if (key === SCHEMA_KEY) continue;
    const name = NAMES.get(key);
    if (name === undefined) {
      const meant = keyOfFlag(key) ?? nearest(key, [...NAMES.keys()]);
      const advice = meant === undefined ? 'amped --help lists them all, as --flags.' : `did you mean ${meant}?`;
      throw new OptionError(`${file}:${line}: There is no option ${key}; ${advice}`);
    }
    given.set(name, { value: valueIn(OPTIONS[name] as Option<unknown>, key, content, file, directory), key, line });
  }
  return { given, notes: [] };
}

/** Of a flag in camel case, where the key is another one: `authFile` for `users`, and lists, which have their plural. */
function keyOfFlag(camelCase: string): string | undefined {
  const flag = camelCase.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const name = OPTION_NAMES.find((one) => OPTIONS[one].flag === flag);
  return name === undefined ? undefined : keyOf(name);
}

function valueIn({ kind }: Option<unknown>, key: string, content: Located, file: string, directory: string): unknown {
  const located = kind.path === undefined ? content : relativeTo(directory, content, kind.words);
  const value = fromJson(kind, located.value);
  if (value !== undefined) return value;
  throw refusalAt(kind, key, located, file);
}

/** The same with absolute paths; `words` are none. */
function relativeTo(directory: string, content: Located, words: readonly string[] = []): Located {
  const items = content.items?.map((item) => relativeTo(directory, item, words));
  if (items !== undefined) return { ...content, items, value: items.map(({ value }) => value) };
  const { value } = content;
  if (typeof value !== 'string' || value === '' || words.includes(value)) return content;
  return { ...content, value: resolve(directory, value) };
}

/** The sentence about what is wrong, as near to it as can be. */
function refusalAt(kind: Kind<unknown>, key: string, content: Located, file: string): OptionError {
  const { item } = kind;
  if (item !== undefined) {
    if (content.items === undefined) {
      return at(file, content, refusal(key, `a list in brackets, each ${item.expected}`, content.value));
    }
    const wrong = content.items.findIndex(({ value }) => fromJson(item, value) === undefined);
    if (wrong >= 0) return refusalAt(item, `${key}[${wrong}]`, content.items[wrong] as Located, file);
  }
  const mistake = mistakeIn(content, kind.schema, key);
  if (mistake !== undefined) return at(file, mistake, mistake);
  return at(file, content, refusal(key, kind.expected, content.value));
}

function at(file: string, { line }: { line: number }, { message }: { message: string }): OptionError {
  return new OptionError(`${file}:${line}: ${message}`);
}

/** The options that somebody has named, as a configuration file that says the same. */
export function writeAmpedJson(options: ServerOptions, named: ReadonlySet<OptionName>): string {
  const entries = OPTION_NAMES.filter((name) => named.has(name)).map((name) => {
    const { kind }: Option<unknown> = OPTIONS[name];
    return [keyOf(name), toJson(kind, options[name])] as const;
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}
