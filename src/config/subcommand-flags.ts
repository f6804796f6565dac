/**
 * The flags of a subcommand: a table gives each its kind, default and description, and with them the help text, the error
 * sentences and the values. The same kinds as the options of a server.
 */
import { parseArgs } from 'node:util';
import { lines } from './help.js';
import { OptionError } from './option-error.js';
import { type Kind, yesOrNo } from './option-kinds.js';
import { refusal } from './options.js';
import { nearest } from './spelling.js';

export interface Flag<Value> {
  readonly short?: string;
  readonly kind: Kind<Value>;
  readonly description: string;
  /** Its value where it is not given. */
  readonly initial: Value;
}

/** What a table means: each flag's value. */
export type Values<Table> = { readonly [Name in keyof Table]: Table[Name] extends Flag<infer Value> ? Value : never };

export interface Given<Table> {
  readonly values: Values<Table>;
  /** Those that were named. */
  readonly named: ReadonlySet<string>;
  readonly operands: readonly string[];
  /** The help is wanted, and nothing else was looked at. */
  readonly help: boolean;
}

/** Every subcommand has it. */
const HELP: Flag<boolean> = { short: 'h', kind: yesOrNo, description: 'show this help', initial: false };

/** Reads the arguments of a subcommand. @param command its name. Throws OptionError. */
export function readFlags<const Table extends Readonly<Record<string, unknown>>>(
  command: string,
  table: Table,
  argv: readonly string[],
): Given<Table> {
  const rows: Record<string, Flag<unknown>> = {
    ...(table as unknown as Record<string, Flag<unknown>>),
    help: HELP as Flag<unknown>,
  };
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  const options = Object.fromEntries(
    Object.entries(rows).map(([name, { kind, short }]) => {
      const type: 'string' | 'boolean' = kind.placeholder === '' ? 'boolean' : 'string';
      return [name, { type, ...(short === undefined ? {} : { short }) }];
    }),
  );
  // Not strict: parseArgs' own error sentences name neither the allowed values nor the nearest option.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const row = Object.hasOwn(rows, token.name) ? rows[token.name] : undefined;
    if (row === undefined) throw unknownFlag(command, token.rawName, Object.keys(rows));
    if (row.kind.placeholder === '') {
      if (token.value !== undefined) throw new OptionError(`--${token.name} takes no value.`);
      given.set(token.name, ['true']);
    } else {
      const missing = token.value === undefined || (!token.inlineValue && /^-./.test(token.value));
      if (missing) throw new OptionError(`--${token.name} needs a value: ${row.kind.expected}.`);
      given.set(token.name, [...(given.get(token.name) ?? []), token.value as string]);
    }
  }
  const help = given.delete('help');
  const named = new Set(given.keys());
  const entries = Object.entries(table as unknown as Record<string, Flag<unknown>>);
  const values = Object.fromEntries(
    entries.map(([name, row]) => [name, help ? row.initial : readValue(name, row, given.get(name))]),
  );
  return { values: values as Values<Table>, named, operands, help };
}

function readValue(name: string, { kind, initial }: Flag<unknown>, texts: readonly string[] | undefined): unknown {
  if (texts === undefined) return initial;
  const last = texts.at(-1) as string;
  const value = kind.readAll === undefined ? kind.read(last) : kind.readAll(texts);
  if (value !== undefined && kind.accepts(value)) return value;
  const wrong = kind.readAll === undefined ? last : texts.find((text) => !kind.accepts(kind.readAll?.([text])));
  throw refusal(`--${name}`, kind.expected, wrong);
}

function unknownFlag(command: string, written: string, names: readonly string[]): OptionError {
  const meant = written.startsWith('--')
    ? nearest(
        written,
        names.map((name) => `--${name}`),
      )
    : undefined;
  const advice = meant === undefined ? `amped ${command} --help lists them all.` : `did you mean ${meant}?`;
  return new OptionError(`There is no option ${written} of amped ${command}; ${advice}`);
}

/** The lines of a help text: each flag with its default in parentheses. */
export function flagLines(table: Readonly<Record<string, unknown>>): string[] {
  const rows = { ...(table as Record<string, Flag<unknown>>), help: HELP as Flag<unknown> };
  return Object.entries(rows).flatMap(([name, { short, kind, description, initial }]) => {
    const written = kind.placeholder === '' || initial === undefined ? '' : kind.write(initial);
    return lines(name, short, kind.placeholder, written === '' ? description : `${description} (${written})`);
  });
}

/** A value that may be left out: then it is undefined. */
export function optional<Value>(kind: Kind<Value>): Kind<Value | undefined> {
  return kind as Kind<Value | undefined>;
}
