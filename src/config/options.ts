/**
 * Every option, once: the tables in table/ give the type, the default, the environment variable, the help text and the error
 * sentence of each. To add one, add its row there.
 *
 * Names are the library's (`headerTimeoutMilliseconds`); `flag` is the command line's (`--header-timeout`).
 * Bytes and milliseconds are plain numbers here; their units ('64KiB', '20s') exist only in text.
 */
import { resolve } from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import { checkCombinations, follow } from './combinations.js';
import type { Option } from './option.js';
import { OptionError } from './option-error.js';
import { application, NONE } from './table/application.js';
import { architecture } from './table/architecture.js';
import { files } from './table/files.js';
import { limits } from './table/limits.js';
import { operation } from './table/operation.js';
import { site } from './table/site.js';
import { watching } from './table/watching.js';
import { whereToServe } from './table/where-to-serve.js';

export const OPTIONS = {
  ...whereToServe,
  ...application,
  ...architecture,
  ...files,
  ...site,
  ...limits,
  ...site,
  ...operation,
  ...watching,
};

type Table = typeof OPTIONS;
export type OptionName = keyof Table;

/** The options by subject, each with its heading, in the order in which people are told of them. */
export const GROUPS: readonly { readonly heading: string; readonly names: readonly OptionName[] }[] = [
  { heading: 'What is served, and where', names: namesOf(whereToServe) },
  { heading: 'What an application may do', names: namesOf(application) },
  { heading: 'Who serves', names: namesOf(architecture) },
  { heading: 'How files are read and kept', names: namesOf(files) },
  { heading: 'How the site answers', names: namesOf(site) },
  { heading: 'What a client may do', names: namesOf(limits) },
  { heading: 'How the server is run', names: namesOf(operation) },
  { heading: 'How the server is watched', names: namesOf(watching) },
];

function namesOf<Name extends OptionName>(table: Record<Name, unknown>): readonly Name[] {
  return Object.keys(table) as Name[];
}

/** What a server is told. Sizes in bytes, times in milliseconds; each is described, with its default, in OPTIONS. */
export type ServerOptions = { [Name in OptionName]: Table[Name]['initial'] };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The options of a server that was told nothing: the current directory at 127.0.0.1:3000. */
export function defaultOptions(): ServerOptions {
  return Object.fromEntries(OPTION_NAMES.map((name) => [name, OPTIONS[name].initial])) as ServerOptions;
}

/**
 * Refuses new options for a server that runs with `current`, when they differ in one that cannot change while it runs.
 * Throws OptionError; `spelling` as for completeOptions.
 */
export function checkChange(
  current: ServerOptions,
  wanted: ServerOptions,
  spelling: (name: OptionName) => string = (name) => name,
): void {
  for (const name of OPTION_NAMES) {
    const { fixed, kind }: Option<unknown> = OPTIONS[name];
    if (fixed !== true || isDeepStrictEqual(current[name], wanted[name])) continue;
    const [now, then] = [current[name], wanted[name]].map((value) => kind.write(value) || 'nothing');
    throw new OptionError(
      `${spelling(name)} cannot change from ${now} to ${then} while the server runs; end it and start it again.`,
    );
  }
}

/**
 * Whole options from some of them: the rest take their defaults, and `root` becomes an absolute path.
 * Throws OptionError for an unknown name, a value that is not allowed, or two values that do not go together.
 * `hasHandler`: an application is there, though no module of it is named.
 * `spelling` is what the error sentence calls an option: the library's name unless told otherwise.
 */
export function completeOptions(
  some: Partial<ServerOptions>,
  spelling: (name: OptionName) => string = (name) => name,
  hasHandler = false,
): ServerOptions {
  const options: Record<string, unknown> = defaultOptions();
  const named = new Set<OptionName>();
  for (const [name, value] of Object.entries(some)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw new OptionError(`There is no option ${name}; the options are ${OPTION_NAMES.join(', ')}.`);
    }
    if (value === undefined) continue;
    options[name] = value;
    named.add(name as OptionName);
  }
  if (typeof options.root === 'string') options.root = resolve(options.root);
  for (const name of ['app', 'static'] as const) {
    if (typeof options[name] === 'string' && options[name] !== NONE) {
      options[name] = resolve(options[name]);
    }
  }
  for (const name of OPTION_NAMES) {
    const { kind } = OPTIONS[name];
    if (!kind.accepts(options[name])) throw refusal(spelling(name), kind.expected, options[name]);
  }
  const whole = follow(options as ServerOptions, named);
  checkCombinations(whole, named, spelling, hasHandler);
  if (whole.cachedFileBytes > whole.cacheBytes) {
    const most = `at most ${OPTIONS.cacheBytes.kind.write(whole.cacheBytes)}, which is ${spelling('cacheBytes')}`;
    const file = OPTIONS.cachedFileBytes.kind.write(whole.cachedFileBytes);
    throw new OptionError(`${spelling('cachedFileBytes')} must be ${most}, not ${file}.`);
  }
  return whole;
}

/** The sentence about a value that is not allowed. */
export function refusal(spelling: string, expected: string, value: unknown): OptionError {
  const written =
    typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0, breakLength: Infinity });
  return new OptionError(`${spelling} must be ${expected}, not ${written}.`);
}
