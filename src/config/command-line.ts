/**
 * Arguments, environment and configuration file in, options out. The command line wins over the environment, the
 * environment over the file, and the file over the defaults; of an option that is given twice the last one counts, save
 * for lists, which take all.
 *
 * Errors are one sentence each, naming the option as the user wrote it. Nothing is read from the disk here save the
 * configuration file, and whether DIR is a directory.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { writeAmpedJson } from './amped-json.js';
import type { Spelling } from './combinations.js';
import { type Configuration, notesOnPlace, readConfiguration } from './configuration.js';
import type { Option } from './option.js';
import { OptionError } from './option-error.js';
import { completeOptions, OPTION_NAMES, OPTIONS, type OptionName, refusal, type ServerOptions } from './options.js';
import { nearest } from './spelling.js';
import { namesApplication } from './table/application.js';

/** What the command line asks for. */
export type CommandLine =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'print-config'; readonly text: string }
  | ({ readonly command: 'serve' } & Resolved);

/** The options of a server, and where they are from. */
export interface Resolved {
  readonly options: ServerOptions;
  /** The configuration file that was read. */
  readonly configuration: Pick<Configuration, 'file' | 'notes'> | undefined;
  /** What the user calls an option, and where he has named it. */
  readonly spelling: Spelling;
}

/** A flag that is no option of a server. */
export interface OtherFlag {
  readonly short?: string;
  readonly placeholder: string;
  readonly description: string;
  /** Its value is a path. */
  readonly path?: 'file';
}

/** The flags that are no options of a server. */
export const OTHER_FLAGS = {
  config: {
    short: 'c',
    placeholder: 'FILE',
    description: 'the configuration file; without it amped.json here, or serve.json in DIR',
    path: 'file',
  },
  'print-config': { placeholder: '', description: 'print what has been set, as an amped.json, and end' },
  help: { short: 'h', placeholder: '', description: 'show this help' },
  version: { short: 'v', placeholder: '', description: 'show the version' },
} as const satisfies Readonly<Record<string, OtherFlag>>;

const CONFIG_EXPECTED = 'the path of a configuration file';

/** What the arguments (without node and the script) and the environment ask for. Throws OptionError. */
export function readCommandLine(argv: readonly string[], environment: NodeJS.ProcessEnv): CommandLine {
  const { given, operands, asked } = readArguments(argv);
  if (asked === 'help' || asked === 'version') return { command: asked };
  const { named, ...resolved } = assemble(given, operands, environment);
  if (asked === 'print-config') return { command: asked, text: writeAmpedJson(resolved.options, named) };
  return { command: 'serve', ...resolved };
}

/** The options that the arguments (without node and the script), the environment and a file mean. Throws OptionError. */
export function resolveOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): ServerOptions {
  const { given, operands } = readArguments(argv);
  return assemble(given, operands, environment).options;
}

interface Arguments {
  /** The texts given to each flag, by its long name. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly operands: string[];
  readonly asked: Asked | undefined;
}

type Asked = 'help' | 'version' | 'print-config';

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
      if (Object.hasOwn(OTHER_FLAGS, token.name)) asked ??= token.name as Asked;
      else give(token.name, 'true');
    }
  }
  return { given, operands, asked };
}

function assemble(
  given: Arguments['given'],
  operands: readonly string[],
  environment: NodeJS.ProcessEnv,
): Resolved & { readonly named: ReadonlySet<OptionName> } {
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
  const isApplication = operands.some(namesApplication);
  const operandOf = isApplication ? 'app' : 'root';
  const served = isApplication ? undefined : operands[0];
  const configuration = readConfiguration({ config: given.get('config')?.at(-1), served });
  for (const name of OPTION_NAMES) {
    const { flag, environment: variable }: Option<unknown> = OPTIONS[name];
    const texts = [...(name === operandOf ? operands : []), ...(given.get(flag) ?? [])];
    const inFile = configuration?.given.get(name);
    if (texts.length > 0 && inFile?.beneathOperand !== true) {
      take(name, spellingOf(name), texts);
    } else if (variable !== undefined && environment[variable]) {
      take(name, `The environment variable ${variable}`, [environment[variable]]);
    } else if (inFile !== undefined) {
      some[name] = inFile.value;
      spellings.set(name, `${inFile.key} (${configuration?.file}:${inFile.line})`);
    }
  }
  const spelling = (name: OptionName): string => spellings.get(name) ?? spellingOf(name);
  const options = completeOptions(some, spelling);
  const named = new Set(Object.keys(some) as OptionName[]);
  if (configuration === undefined) return { options, configuration, spelling, named };
  const notes = [...configuration.notes, ...notesOnPlace(configuration, options.root)];
  return { options, configuration: { file: configuration.file, notes }, spelling, named };
}

function spellingOf(name: OptionName): string {
  return name === 'root' ? 'DIR' : `--${OPTIONS[name].flag}`;
}

function expected(flag: string): string {
  const name = OPTION_NAMES.find((candidate) => OPTIONS[candidate].flag === flag);
  return name === undefined ? CONFIG_EXPECTED : OPTIONS[name].kind.expected;
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
    Object.entries(OTHER_FLAGS).map(([flag, { short, placeholder }]: [string, OtherFlag]) => [
      flag,
      { type: placeholder === '' ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
    ]),
  ),
};
