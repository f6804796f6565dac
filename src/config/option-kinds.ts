/**
 * The kinds of value that an option takes: how each is read from text and from JSON, checked, written and described.
 *
 * One kind serves the command line, the environment, configuration files and the library alike: `read` turns text into a
 * value, `fromJson` what a file has, `accepts` checks a value whatever it came from, and `expected` is the end of every
 * error sentence about it.
 */
import { type Schema, textMatching } from './json-schema.js';

export interface Kind<Value> {
  /** What stands for the value in the help text; '' for an option that takes none. */
  readonly placeholder: string;
  /** The allowed values in words, to follow 'must be'. */
  readonly expected: string;
  /** The value that a text means, or undefined when it means none. */
  read(text: string): Value | undefined;
  /** Of a list: the value of an option that was given several times. Of other kinds the last text counts. */
  readonly readAll?: (texts: readonly string[]) => Value | undefined;
  /** Whether a value of any type is one of this kind and in its range. */
  accepts(value: unknown): value is Value;
  /** A value as one would type it. */
  write(value: Value): string;
  /** What a configuration file may have for it, as a JSON Schema. */
  readonly schema: Schema;
  /** The value that something in a configuration file means, or undefined when it means none. Without it: itself. */
  fromJson?(json: unknown): Value | undefined;
  /** A value as a configuration file has it. Without it: itself. */
  toJson?(value: Value): unknown;
  /** Words that it can be, where there are some: for the completion of shells. */
  readonly words?: readonly string[];
  /** It is the path of a file or a directory: relative to the configuration file that it is in, and completed by shells. */
  readonly path?: 'file' | 'directory';
  /** Of a list: the kind of each. */
  readonly item?: Kind<unknown>;
}

/** A whole number within bounds, both allowed. */
export function integer(placeholder: string, least: number, most: number): Kind<number> {
  return {
    placeholder,
    expected: `a whole number from ${least} to ${most}`,
    read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
    accepts: (value): value is number => isWholeNumber(value, least, most),
    write: String,
    schema: { type: 'integer', minimum: least, maximum: most },
  };
}

/** A whole number within bounds, or `auto`, which stands for the number that `automatic` gives. */
export function integerOrAuto(placeholder: string, least: number, most: number, automatic: () => number): Kind<number> {
  const kind = integer(placeholder, least, most);
  return {
    ...kind,
    expected: `${kind.expected}, or auto`,
    read: (text) => (text === 'auto' ? Math.min(most, automatic()) : kind.read(text)),
    schema: { anyOf: [kind.schema, { const: 'auto' }] },
    fromJson: (json) => (json === 'auto' ? Math.min(most, automatic()) : (json as number)),
    words: ['auto'],
  };
}

/** Yes or no: on the command line an option that takes no value. */
export const yesOrNo: Kind<boolean> = {
  placeholder: '',
  expected: 'true or false',
  read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  accepts: (value): value is boolean => typeof value === 'boolean',
  write: String,
  schema: { type: 'boolean' },
};

export const KIBIBYTE = 1024;
export const MEBIBYTE = 1024 * KIBIBYTE;
export const GIBIBYTE = 1024 * MEBIBYTE;

// K, KB and KiB are all 1024, as in nginx's and Apache's settings.
const BYTE_UNITS: readonly Unit[] = [
  { name: 'GiB', size: GIBIBYTE, spellings: ['gib', 'gb', 'g'] },
  { name: 'MiB', size: MEBIBYTE, spellings: ['mib', 'mb', 'm'] },
  { name: 'KiB', size: KIBIBYTE, spellings: ['kib', 'kb', 'k'] },
  { name: '', size: 1, spellings: ['', 'b'] },
];

/** A number of bytes within bounds, as 4096, 64KiB, 128MiB or 1GiB. */
export function bytes(least: number, most: number): Kind<number> {
  const readText = (text: string): number | undefined => read(text, BYTE_UNITS);
  return {
    placeholder: 'BYTES',
    expected: `a number of bytes from ${write(least, BYTE_UNITS)} to ${write(most, BYTE_UNITS)} (such as 65536, 64KiB or 1MiB)`,
    read: readText,
    accepts: (value): value is number => isWholeNumber(value, least, most),
    write: (value) => write(value, BYTE_UNITS),
    schema: { anyOf: [{ type: 'integer', minimum: least, maximum: most }, amountIn(BYTE_UNITS)] },
    fromJson: (json) => (typeof json === 'string' ? readText(json) : (json as number)),
    toJson: (value) => (value % KIBIBYTE === 0 && value > 0 ? write(value, BYTE_UNITS) : value),
  };
}

/** A number of bytes a second, as 240 or 64KiB; 0 for any. */
export function rate(most: number): Kind<number> {
  const expected = `a number of bytes a second from 0 to ${write(most, BYTE_UNITS)} (such as 240 or 64KiB)`;
  return { ...bytes(0, most), placeholder: 'RATE', expected };
}

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;

// Minutes are read but not written: 60s and 90s are compared at a glance.
const TIME_UNITS: readonly Unit[] = [
  { name: 'h', size: HOUR, spellings: ['h'] },
  { name: 's', size: SECOND, spellings: ['s'] },
  { name: 'ms', size: 1, spellings: ['ms'] },
];
const TIME_UNITS_READ: readonly Unit[] = [...TIME_UNITS, { name: 'min', size: 60_000, spellings: ['min', 'm'] }];

/** A time in milliseconds within bounds, as 500ms, 20s, 5min or 1h. In text the unit is required: 20 alone could mean either. */
export function milliseconds(least: number, most: number): Kind<number> {
  const readText = (text: string): number | undefined => (text === '0' ? 0 : read(text, TIME_UNITS_READ));
  return {
    placeholder: 'TIME',
    expected: `a time from ${write(least, TIME_UNITS)} to ${write(most, TIME_UNITS)} with its unit (such as 500ms, 20s or 5min)`,
    read: readText,
    accepts: (value): value is number => isWholeNumber(value, least, most),
    write: (value) => write(value, TIME_UNITS),
    schema: least === 0 ? { anyOf: [amountIn(TIME_UNITS_READ), { const: '0' }] } : amountIn(TIME_UNITS_READ),
    fromJson: ifText(readText),
    toJson: (value) => write(value, TIME_UNITS),
  };
}

/** A percentage from 0.01% to 100%, as 1% or 0.5%. */
export const percent: Kind<number> = {
  placeholder: 'PERCENT',
  expected: 'a percentage from 0.01% to 100% (such as 1% or 0.5%)',
  read: readPercent,
  accepts: (value): value is number => typeof value === 'number' && value >= 0.01 && value <= 100,
  write: (value) => `${value}%`,
  schema: textMatching('^\\d{1,3}(\\.\\d{1,4})?%$'),
  fromJson: ifText(readPercent),
  toJson: (value) => `${value}%`,
};

function readPercent(text: string): number | undefined {
  return /^\d{1,3}(\.\d{1,4})?%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}

/** One of a few words. */
export function choice<const Word extends string>(placeholder: string, words: readonly Word[]): Kind<Word> {
  const accepts = (value: unknown): value is Word => (words as readonly unknown[]).includes(value);
  return {
    placeholder,
    expected: words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`,
    read: (text) => (accepts(text) ? text : undefined),
    accepts,
    write: (value) => value,
    schema: { enum: words },
    words,
  };
}

/** Text that a test of its own accepts; `rewrite` brings other spellings into the one form. */
export function text(
  placeholder: string,
  expected: string,
  isGood: (value: string) => boolean,
  rewrite: (value: string) => string = (value) => value,
): Kind<string> {
  const readText = (value: string): string | undefined => (value === '' ? undefined : rewrite(value));
  return {
    placeholder,
    expected,
    read: readText,
    accepts: (value): value is string => typeof value === 'string' && isGood(value),
    write: (value) => value,
    schema: { type: 'string', minLength: 1 },
    fromJson: ifText(readText),
  };
}

/** Text that may also be empty, for none. */
export function orNone(kind: Kind<string>): Kind<string> {
  return {
    ...kind,
    read: (value) => (value === '' ? '' : kind.read(value)),
    accepts: (value): value is string => value === '' || kind.accepts(value),
    schema: { type: 'string' },
    fromJson: ifText((value) => (value === '' ? '' : kind.read(value))),
  };
}

/** Text that is the path of a file or a directory. */
export function path(kind: Kind<string>, of: 'file' | 'directory'): Kind<string> {
  return { ...kind, path: of };
}

/**
 * None, one or several values of a kind: an option that may be given more than once. Written with commas between; `separator`
 * is what may stand between several in one text, null where a value may hold anything.
 */
export function list<Item>(kind: Kind<Item>, separator: string | null = ','): Kind<readonly Item[]> {
  const readAll = (texts: readonly string[]): Item[] | undefined => {
    const given = texts.filter((text) => text !== '');
    const parts = separator === null ? given : given.flatMap((text) => text.split(separator));
    const items = parts.map((part) => kind.read(part));
    return items.includes(undefined) ? undefined : (items as Item[]);
  };
  return {
    placeholder: kind.placeholder,
    expected: kind.expected,
    read: (text) => readAll([text]),
    readAll,
    accepts: (value): value is Item[] => Array.isArray(value) && value.every((item) => kind.accepts(item)),
    write: (value) => value.map((item) => kind.write(item)).join(separator ?? ', '),
    schema: { type: 'array', items: kind.schema },
    fromJson: (json) => {
      const items = Array.isArray(json) ? json.map((item) => fromJson(kind, item)) : [undefined];
      return items.includes(undefined) ? undefined : (items as Item[]);
    },
    toJson: (value) => value.map((item) => toJson(kind, item)),
    item: kind as Kind<unknown>,
    ...(kind.words && { words: kind.words }),
    ...(kind.path && { path: kind.path }),
  };
}

/** The value that something in a configuration file means, or undefined when it means none that is allowed. */
export function fromJson<Value>(kind: Kind<Value>, json: unknown): Value | undefined {
  const value = kind.fromJson === undefined ? json : kind.fromJson(json);
  return kind.accepts(value) ? value : undefined;
}

/** A value as a configuration file has it. */
export function toJson<Value>(kind: Kind<Value>, value: Value): unknown {
  return kind.toJson === undefined ? value : kind.toJson(value);
}

/** Only text is read. */
export function ifText<Value>(read: (text: string) => Value | undefined): (json: unknown) => Value | undefined {
  return (json) => (typeof json === 'string' ? read(json) : undefined);
}

interface Unit {
  readonly name: string;
  /** How many bytes or milliseconds it is. */
  readonly size: number;
  /** What it may be called, in lower case; upper case means the same. */
  readonly spellings: readonly string[];
}

function isWholeNumber(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** The JSON Schema of a whole number and its unit, as `read` takes them. */
function amountIn(units: readonly Unit[]): Schema {
  const spellings = units.flatMap((unit) => unit.spellings);
  const inEitherCase = (spelling: string): string =>
    [...spelling].map((letter) => `[${letter}${letter.toUpperCase()}]`).join('');
  const alternatives = spellings.filter((spelling) => spelling !== '').map(inEitherCase);
  return textMatching(`^\\d{1,15} ?(${alternatives.join('|')})${spellings.includes('') ? '?' : ''}$`);
}

/** A whole number and its unit. */
function read(text: string, units: readonly Unit[]): number | undefined {
  const parts = /^(\d{1,15}) ?([a-z]*)$/i.exec(text);
  if (parts === null) return undefined;
  const [, digits, name = ''] = parts;
  const unit = units.find(({ spellings }) => spellings.includes(name.toLowerCase()));
  return unit === undefined ? undefined : Number(digits) * unit.size;
}

/** The number in the largest unit that divides it. */
function write(value: number, units: readonly Unit[]): string {
  const unit = units.find(({ size }) => value % size === 0);
  return value === 0 || unit === undefined ? String(value) : `${value / unit.size}${unit.name}`;
}
