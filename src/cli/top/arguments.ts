/** The arguments of `amped top`, and its help. Errors are one sentence each, which names the option and what it takes. */
import { parseArgs } from 'node:util';
import { OptionError } from '../../config/option-error.js';
import { nearest } from '../../config/spelling.js';

export interface TopArguments {
  /** Of the admin listener, with the slash at its end. */
  readonly url: string;
  /** Lines, also on a terminal. */
  readonly plain: boolean;
  readonly intervalSeconds: number;
  /** So many times; Infinity: until somebody ends it. */
  readonly count: number;
}

const INITIAL_URL = 'http://127.0.0.1:9090/';
const LEAST_SECONDS = 0.1;
const MOST_SECONDS = 3600;

const FLAGS = {
  plain: { type: 'boolean' },
  interval: { type: 'string' },
  count: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const TOP_HELP = `Usage: amped top [ADMIN-URL] [OPTIONS]

Shows what a server does, live: ADMIN-URL is where its admin listener is (${INITIAL_URL}), as a
URL or as [HOST:]PORT. On a terminal it fills the screen: p or Tab shows what the first page has no room for, and q
ends it. Into a pipe it writes a line each time.

  --plain             lines, also on a terminal
  --interval SECONDS  the time from one to the next, ${LEAST_SECONDS} to ${MOST_SECONDS} (1)
  --count N           so many times, then end (until somebody ends it)
  -h, --help          show this help

The exit code is 1 when the server cannot be reached, or goes away.
`;

/** What the arguments mean, or 'help'. Throws OptionError. */
export function readTopArguments(argv: readonly string[]): TopArguments | 'help' {
  const { tokens } = parseArgs({ args: [...argv], options: FLAGS, strict: false, tokens: true });
  const given = new Map<string, string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(FLAGS, name)) throw unknownFlag(rawName);
    if (FLAGS[name as keyof typeof FLAGS].type === 'boolean') {
      if (value !== undefined) throw new OptionError(`--${name} takes no value.`);
      given.set(name, '');
    } else {
      const missing = value === undefined || (!inlineValue && value.startsWith('--'));
      given.set(name, missing ? '' : value);
    }
  }
  if (given.has('help')) return 'help';
  if (operands.length > 1) throw new OptionError(`amped top takes one ADMIN-URL, not ${operands.length}.`);
  return {
    url: operands[0] === undefined ? INITIAL_URL : urlOf(operands[0]),
    plain: given.has('plain'),
    intervalSeconds: secondsOf(given.get('interval')),
    count: countOf(given.get('count')),
  };
}

function urlOf(text: string): string {
  const written = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
  const url = parsed(withScheme(written));
  if (url === undefined || url.protocol !== 'http:' || url.username !== '' || url.pathname !== '/') {
    throw new OptionError(`ADMIN-URL must be like ${INITIAL_URL} or [HOST:]PORT, not ${JSON.stringify(text)}.`);
  }
  return `${url.origin}/`;
}

function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS) return seconds;
  throw new OptionError(
    `--interval must be a number of seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}, not ${JSON.stringify(text)}.`,
  );
}

function countOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new OptionError(`--count must be a whole number from 1 on, not ${JSON.stringify(text)}.`);
}

function unknownFlag(written: string): OptionError {
  const names = Object.keys(FLAGS).map((name) => `--${name}`);
  const meant = written.startsWith('--') ? nearest(written, names) : undefined;
  const advice = meant === undefined ? 'amped top --help lists them all.' : `did you mean ${meant}?`;
  return new OptionError(`There is no option ${written} of amped top; ${advice}`);
}
