/**
 * Configuration files: which one is read, and what one says, whatever its form.
 *
 * The file that --config names; else amped.json in the current directory; else serve.json in the directory that is served,
 * where `serve` looks for it. One file at most.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { SiteSettings } from '../site/settings.js';
import { readAmpedJson } from './amped-json.js';
import { readJsonText } from './json-text.js';
import { OptionError } from './option-error.js';
import type { OptionName } from './options.js';
import { readServeJson } from './serve-json.js';

const AMPED_JSON = 'amped.json';
const SERVE_JSON = 'serve.json';

/** A value that a file gives to an option. */
export interface Given {
  readonly value: unknown;
  /** What the file calls the option, and where. */
  readonly key: string;
  readonly line: number;
  /** It has taken account of DIR, which therefore does not win over it. */
  readonly beneathOperand?: boolean;
}

/** What a file says. */
export interface Statements {
  readonly given: ReadonlyMap<OptionName | keyof SiteSettings, Given>;
  /** What is not done as the file wants it, in a sentence each. */
  readonly notes: readonly string[];
}

export interface Configuration extends Statements {
  /** The file, as people are told of it. */
  readonly file: string;
}

/** Where to look. Paths are relative to the current directory. */
export interface Search {
  /** The file that was asked for. */
  readonly config: string | undefined;
  /** The directory that is served, unless a file says otherwise. */
  readonly served: string | undefined;
}

/** The configuration file that there is, or undefined. Throws OptionError for one that cannot be read or understood. */
export function readConfiguration({ config, served }: Search): Configuration | undefined {
  if (config !== undefined) return readAs(config, readText(config, true) as string, served);
  const own = readText(AMPED_JSON, false);
  if (own !== undefined) return readAs(AMPED_JSON, own, served);
  const file = join(served ?? '.', SERVE_JSON);
  const text = readText(file, false);
  return text === undefined ? undefined : readAs(file, text, served);
}

/** Notes about a file that clients of the server can read, which `serve` has always let them do with its own. */
export function notesOnPlace({ file }: Configuration, root: string): string[] {
  const inside = relative(root, resolve(file));
  if (basename(file) === SERVE_JSON || /^\.\.(\/|$)/.test(inside) || isAbsolute(inside)) return [];
  return [`${file} is in the directory that is served, where everybody can read it; it is better kept outside.`];
}

/** A file called serve.json is one, wherever it is; any other is an amped.json. */
function readAs(file: string, text: string, served = '.'): Configuration {
  const root = readJsonText(text, file);
  const isServeJson = basename(file) === SERVE_JSON;
  const statements = isServeJson
    ? readServeJson(root, file, resolve(served))
    : readAmpedJson(root, file, resolve(dirname(file)));
  return { file, ...statements };
}

/** Without the byte order mark that some editors put in front. */
function readText(file: string, wanted: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!wanted && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    throw new OptionError(`${wanted ? '--config' : 'The configuration'} ${file} cannot be read (${code}).`);
  }
}
