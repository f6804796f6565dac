/**
 * Faults that are injected on purpose, for tests and for teaching: each by its name and a value, as in
 * `--inject worker-throw=200ms`. A server that has any says so loudly when it starts.
 */
import { textMatching } from './json-schema.js';
import { ifText, type Kind, milliseconds, percent } from './option-kinds.js';

export interface Injections {
  /** Every so many milliseconds one worker throws an error; 0: never. */
  readonly workerThrowMilliseconds: number;
  /** Each disk operation takes so many milliseconds longer; 0: none. */
  readonly diskLatencyMilliseconds: number;
  /** So many of a hundred disk operations fail with EIO. */
  readonly diskErrorPercent: number;
  /** So many of a hundred disk operations end the helper that was to do them. */
  readonly helperCrashPercent: number;
}

export const NO_INJECTIONS: Injections = {
  workerThrowMilliseconds: 0,
  diskLatencyMilliseconds: 0,
  diskErrorPercent: 0,
  helperCrashPercent: 0,
};

/** What can be injected, by its name on the command line. */
const INJECTIONS = {
  'worker-throw': { name: 'workerThrowMilliseconds', kind: milliseconds(1, 3_600_000) },
  'disk-latency': { name: 'diskLatencyMilliseconds', kind: milliseconds(1, 60_000) },
  'disk-error': { name: 'diskErrorPercent', kind: percent },
  'helper-crash': { name: 'helperCrashPercent', kind: percent },
} as const;

/** `disk-latency=20ms`, or several with commas between. */
export const injections: Kind<Injections> = {
  placeholder: 'LIST',
  expected:
    'a list of worker-throw=TIME, disk-latency=TIME, disk-error=PERCENT and helper-crash=PERCENT (such as disk-latency=20ms,disk-error=1%)',
  read: readList,
  accepts(value): value is Injections {
    if (typeof value !== 'object' || value === null) return false;
    const names = Object.values(INJECTIONS).map(({ name }) => name);
    if (Object.keys(value).some((name) => !names.includes(name as (typeof names)[number]))) return false;
    return Object.values(INJECTIONS).every(({ name, kind }) => {
      const amount = (value as Record<string, unknown>)[name];
      return amount === 0 || kind.accepts(amount);
    });
  },
  write: writeList,
  schema: textMatching('^$|='),
  fromJson: ifText(readList),
  toJson: writeList,
};

function readList(text: string): Injections | undefined {
  const read: Record<string, number> = { ...NO_INJECTIONS };
  for (const part of text === '' ? [] : text.split(',')) {
    const [name = '', value = ''] = part.split('=');
    const injection = Object.hasOwn(INJECTIONS, name) ? INJECTIONS[name as keyof typeof INJECTIONS] : undefined;
    const amount = injection?.kind.read(value);
    if (injection === undefined || amount === undefined || !injection.kind.accepts(amount)) return undefined;
    read[injection.name] = amount;
  }
  return read as unknown as Injections;
}

function writeList(value: Injections): string {
  const given = Object.entries(INJECTIONS).filter(([, { name }]) => value[name] !== 0);
  return given.map(([flag, { name, kind }]) => `${flag}=${kind.write(value[name])}`).join(',');
}

/** What is injected, in words; empty when nothing is. */
export function describeInjections(value: Injections): string {
  return injections.write(value);
}
