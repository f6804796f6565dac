/**
 * The kinds of value that an option takes: how each is read from text, checked, written and described.
 *
 * One kind serves the command line, the environment and the library alike: `read` turns text into a value,
 * `accepts` checks a value whatever it came from, and `expected` is the end of every error sentence about it.
 */

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
}

/** A whole number within bounds, both allowed. */
export function integer(placeholder: string, least: number, most: number): Kind<number> {
  return {
    placeholder,
    expected: `a whole number from ${least} to ${most}`,
    read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
    accepts: (value): value is number => isWholeNumber(value, least, most),
    write: String,
  };
}

/** A whole number within bounds, or `auto`, which stands for the number that `automatic` gives. */
export function integerOrAuto(placeholder: string, least: number, most: number, automatic: () => number): Kind<number> {
  const kind = integer(placeholder, least, most);
  return {
    ...kind,
    expected: `${kind.expected}, or auto`,
    read: (text) => (text === 'auto' ? Math.min(most, automatic()) : kind.read(text)),
  };
}

/** Yes or no: on the command line an option that takes no value. */
export const yesOrNo: Kind<boolean> = {
  placeholder: '',
  expected: 'true or false',
  read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  accepts: (value): value is boolean => typeof value === 'boolean',
  write: String,
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
  return {
    placeholder: 'BYTES',
    expected: `a number of bytes from ${write(least, BYTE_UNITS)} to ${write(most, BYTE_UNITS)} (such as 65536, 64KiB or 1MiB)`,
    read: (text) => read(text, BYTE_UNITS),
    accepts: (value): value is number => isWholeNumber(value, least, most),
    write: (value) => write(value, BYTE_UNITS),
  };
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
  return {
    placeholder: 'TIME',
    expected: `a time from ${write(least, TIME_UNITS)} to ${write(most, TIME_UNITS)} with its unit (such as 500ms, 20s or 5min)`,
    read: (text) => (text === '0' ? 0 : read(text, TIME_UNITS_READ)),
    accepts: (value): value is number => isWholeNumber(value, least, most),
    write: (value) => write(value, TIME_UNITS),
  };
}

/** A percentage from 0.01% to 100%, as 1% or 0.5%. */
export const percent: Kind<number> = {
  placeholder: 'PERCENT',
  expected: 'a percentage from 0.01% to 100% (such as 1% or 0.5%)',
  read: (text) => (/^\d{1,3}(\.\d{1,4})?%$/.test(text) ? Number(text.slice(0, -1)) : undefined),
  accepts: (value): value is number => typeof value === 'number' && value >= 0.01 && value <= 100,
  write: (value) => `${value}%`,
};

/** One of a few words. */
export function choice<const Word extends string>(placeholder: string, words: readonly Word[]): Kind<Word> {
  const accepts = (value: unknown): value is Word => (words as readonly unknown[]).includes(value);
  return {
    placeholder,
    expected: words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`,
    read: (text) => (accepts(text) ? text : undefined),
    accepts,
    write: (value) => value,
  };
}

/** Text that a test of its own accepts; `rewrite` brings other spellings into the one form. */
export function text(
  placeholder: string,
  expected: string,
  isGood: (value: string) => boolean,
  rewrite: (value: string) => string = (value) => value,
): Kind<string> {
  return {
    placeholder,
    expected,
    read: (value) => (value === '' ? undefined : rewrite(value)),
    accepts: (value): value is string => typeof value === 'string' && isGood(value),
    write: (value) => value,
  };
}

/**
 * None, one or several values of a kind: an option that may be given more than once. Written with commas between; `separator`
 * is what may stand between several in one text, undefined where a value may hold anything.
 */
export function list<Item>(kind: Kind<Item>, ...given: [separator?: string | undefined]): Kind<readonly Item[]> {
  // One that is given as undefined is none, and no default.
  const separator = given.length === 0 ? ',' : given[0];
  const readAll = (texts: readonly string[]): Item[] | undefined => {
    const parts = texts.flatMap((text) =>
      text === '' ? [] : separator === undefined ? [text] : text.split(separator),
    );
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
  };
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
