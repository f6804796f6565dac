/**
 * Arguments and environment in, options out. The command line wins over the environment, and the environment over
 * the defaults; of an option that is given twice the last one counts, save for lists, which take all.
 *
 * Errors are one sentence each, naming the option as the user wrote it. Nothing is read from the disk here save
 * whether DIR is a directory.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { readListen } from './address.js';
import type { Option } from './option.js';
import { OptionError } from './option-error.js';
import { completeOptions, OPTION_NAMES, OPTIONS, type OptionName, refusal, type ServerOptions } from './options.js';
import { nearest } from './spelling.js';
import { namesApplication } from './table/application.js';

/** What the command line asks for. */
export type CommandLine =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'serve'; readonly options: ServerOptions };

/** The flags that are no options of a server: `listen` is another way to say host and port. */
export const OTHER_FLAGS = {
  listen: { short: 'l', placeholder: '[HOST:]PORT', description: 'host and port in one; wins over --host and --port' },
  help: { short: 'h', placeholder: '', description: 'show this help' },
  version: { short: 'v', placeholder: '', description: 'show the version' },
} as const;

const LISTEN_EXPECTED = 'PORT, HOST:PORT or [IPV6]:PORT (such as 8080, 0.0.0.0:8080 or [::1]:8080)';

/** What the arguments (without node and the script) and the environment ask for. Throws OptionError. */
export function readCommandLine(argv: readonly string[], environment: NodeJS.ProcessEnv): CommandLine {
  const { given, operands, asked } = readArguments(argv);
  if (asked !== undefined) return { command: asked };
  return { command: 'serve', options: assemble(given, operands, environment) };
}

/** The options that the arguments (without node and the script) and the environment mean. Throws OptionError. */
export function resolveOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): ServerOptions {
  const { given, operands } = readArguments(argv);
  return assemble(given, operands, environment);
}

interface Arguments {
  /** The texts given to each flag, by its long name. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly operands: string[];
  readonly asked: 'help' | 'version' | undefined;
}

function readArguments(argv: readonly string[]): Arguments {
  const given = new Map<string, string[]>();
  const give = (name: string, text: string): void => {
    const texts = given.get(name);
    if (texts === undefined) given.set(name, [text]);
    else texts.push(text);
  };
  const operands: string[] = [];
  let asked: Arguments['asked'];
  // Not strict: parseArgs' own error sentences name neither the allowed values nor the nearest option.
  const { tokens } = parseArgs({ args: [...argv], options: FLAGS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(FLAGS, token.name) ? FLAGS[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(token.rawName);
    if (flag.type === 'string') {
      // An option after it is no value of it: '--port --model event' lacks the port.
      const missing = token.value === undefined || (!token.inlineValue && /^-./.test(token.value));
      if (missing) throw new OptionError(`--${token.name} needs a value: ${expected(token.name)}.`);
      give(token.name, token.value as string);
    } else {
      if (token.value !== undefined) throw new OptionError(`--${token.name} takes no value.`);
      if (Object.hasOwn(OTHER_FLAGS, token.name)) asked ??= token.name as 'help' | 'version';
      else give(token.name, 'true');
    }
  }
  return { given, operands, asked };
}

function assemble(
  given: Arguments['given'],
  operands: readonly string[],
  environment: NodeJS.ProcessEnv,
): ServerOptions {
  const some: Record<string, unknown> = {};
  const spellings = new Map<OptionName, string>();
  const take = (name: OptionName, spelling: string, texts: readonly string[]) => {
    const { kind }: Option<unknown> = OPTIONS[name];
    const last = texts.at(-1) as string;
    const value = kind.readAll === undefined ? kind.read(last) : kind.readAll(texts);
    if (value === undefined || !kind.accepts(value)) {
      const wrong = kind.readAll === undefined ? last : texts.find((text) => !kind.accepts(kind.read(text)));
      throw refusal(spelling, kind.expected, wrong);
    }
    some[name] = value;
    spellings.set(name, spelling);
  };

  if (operands.length > 1) {
    throw new OptionError(`amped serves one directory, not ${operands.length} (${operands.join(', ')}).`);
  }
  const operandOf = operands.some(namesApplication) ? 'app' : 'root';
  for (const name of OPTION_NAMES) {
    const { flag, environment: variable }: Option<unknown> = OPTIONS[name];
    const texts = name === operandOf ? operands.concat(given.get(flag) ?? []) : (given.get(flag) ?? []);
    if (texts.length > 0) {
      take(name, spellingOf(name), texts);
    } else if (variable !== undefined && environment[variable]) {
      take(name, `The environment variable ${variable}`, [environment[variable]]);
    }
  }
  const listen = given.get('listen')?.at(-1);
  if (listen !== undefined) {
    const address = readListen(listen);
    if (address === undefined) throw refusal('--listen', LISTEN_EXPECTED, listen);
    some.port = address.port;
    if (address.host !== undefined) some.host = address.host;
  }
  return completeOptions(some, (name) => spellings.get(name) ?? spellingOf(name));
}

function spellingOf(name: OptionName): string {
  return name === 'root' ? 'DIR' : `--${OPTIONS[name].flag}`;
}

function expected(flag: string): string {
  const name = OPTION_NAMES.find((candidate) => OPTIONS[candidate].flag === flag);
  return name === undefined ? LISTEN_EXPECTED : OPTIONS[name].kind.expected;
}

function unknownFlag(written: string): OptionError {
  const names = Object.keys(FLAGS).map((name) => `--${name}`);
  const meant = written.startsWith('--') ? nearest(written, names) : undefined;
  const advice = meant === undefined ? 'amped --help lists them all.' : `did you mean ${meant}?`;
  return new OptionError(`There is no option ${written}; ${advice}`);
}

type Flags = NonNullable<ParseArgsConfig['options']>;

const FLAGS: Flags = {
  ...Object.fromEntries(
    OPTION_NAMES.filter((name) => name !== 'root').map((name) => {
      const { flag, short, kind }: Option<unknown> = OPTIONS[name];
      const type = kind.placeholder === '' ? 'boolean' : 'string';
      return [flag, { type, ...(short === undefined ? {} : { short }) } as const];
    }),
  ),
  ...Object.fromEntries(
    Object.entries(OTHER_FLAGS).map(([flag, { short, placeholder }]) => [
      flag,
      { type: placeholder === '' ? 'boolean' : 'string', short } as const,
    ]),
  ),
};
