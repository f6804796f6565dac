/** The arguments of `amped show`: which architectures are shown, and with how many requests. Each bad one is one sentence. */
import { parseArgs } from 'node:util';
import { NO_INJECTIONS } from '../../config/injections.js';
import type { Option } from '../../config/option.js';
import { OptionError } from '../../config/option-error.js';
import { integer, milliseconds } from '../../config/option-kinds.js';
import { completeOptions, OPTIONS, type OptionName, refusal, type ServerOptions } from '../../config/options.js';
import { nearest } from '../../config/spelling.js';

export const SHOW_HELP = `Usage: amped show [OPTIONS]

Runs a few requests at once through an architecture, on a small site made for
it, and draws who ran, who waited, and where control was handed back. Without
one of the first five options it shows one architecture after the other.

  --model NAME         event, process or thread
  --dispatcher NAME    event: auto, select, poll, epoll or io_uring
  --disk NAME          event: blocking, helpers or io_uring
  --loops COUNT        event: how many loops (1)
  --workers COUNT      process, thread: how many (2)
  --requests COUNT     how many requests are sent at once, 1 to 12 (4); every
                       other one is for a file that is in memory
  --disk-latency TIME  how much longer each disk operation takes than it would,
                       1ms to 500ms (20ms)
  -h, --help           show this help
`;

const REQUESTS = integer('COUNT', 1, 12);
const LATENCY = milliseconds(1, 500);
/** More are no picture. */
const MOST_THREADS = 8;

/** The options of a server that can be given here, by their flags. */
const SERVER_FLAGS = ['model', 'dispatcher', 'disk', 'loops', 'workers'] as const satisfies readonly OptionName[];
const FLAGS = {
  ...Object.fromEntries(SERVER_FLAGS.map((flag) => [flag, { type: 'string' } as const])),
  requests: { type: 'string' },
  'disk-latency': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `amped show` shows when nothing is named: from the oldest architecture to the newest. */
const ALL: readonly Partial<ServerOptions>[] = [
  { model: 'process' },
  { model: 'thread' },
  { model: 'event', disk: 'blocking' },
  { model: 'event', disk: 'helpers' },
  { model: 'event', disk: 'io_uring' },
  { model: 'event', disk: 'blocking', loops: 2 },
];

export interface ShowArguments {
  /** Of servers, without the directory. */
  readonly architectures: readonly ServerOptions[];
  readonly requests: number;
  readonly latencyMilliseconds: number;
  /** The user has named what he wants to see: what cannot be had is an error. */
  readonly named: boolean;
}

/** Throws OptionError. */
export function readShowArguments(parameters: readonly string[]): ShowArguments | 'help' {
  const given = read(parameters);
  if (given === 'help') return 'help';
  const latencyMilliseconds = valueFor('--disk-latency', LATENCY, given.get('disk-latency') ?? '20ms');
  const requests = valueFor('--requests', REQUESTS, given.get('requests') ?? '4');
  const wanted: Record<string, unknown> = {};
  for (const name of SERVER_FLAGS) {
    const text = given.get(name);
    const { kind }: Option<unknown> = OPTIONS[name];
    if (text !== undefined) wanted[name] = valueFor(`--${name}`, kind, text);
  }
  for (const name of ['loops', 'workers'] as const) {
    if (Number(wanted[name] ?? 1) > MOST_THREADS) {
      throw new OptionError(
        `--${name} must be at most ${MOST_THREADS} here, not ${wanted[name]}: more are no picture.`,
      );
    }
  }
  const named = Object.keys(wanted).length > 0;
  const some = named ? [wanted as Partial<ServerOptions>] : ALL;
  return {
    architectures: some.map((each) => optionsOf(each, latencyMilliseconds)),
    requests,
    latencyMilliseconds,
    named,
  };
}

function optionsOf(wanted: Partial<ServerOptions>, diskLatencyMilliseconds: number): ServerOptions {
  const blocks = wanted.model === 'process' || wanted.model === 'thread';
  const ours: Partial<ServerOptions> = {
    ...(blocks ? { workers: 2 } : {}),
    // What is in memory for one is there for all: then the picture is the same whoever serves.
    ...(wanted.model === 'process' && { sharedCache: true }),
    ...{ port: 0, cacheBytes: 4_194_304, logLevel: 'error', traceEvents: 16_384 },
    inject: { ...NO_INJECTIONS, diskLatencyMilliseconds },
  };
  return completeOptions({ ...ours, ...wanted }, (name) => (name === 'root' ? 'DIR' : `--${OPTIONS[name].flag}`));
}

function read(parameters: readonly string[]): ReadonlyMap<string, string> | 'help' {
  const given = new Map<string, string>();
  const { tokens } = parseArgs({ args: [...parameters], options: FLAGS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new OptionError(
        `amped show makes a site of its own and takes no ${token.value}; amped show --help says more.`,
      );
    }
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return 'help';
    if (!Object.hasOwn(FLAGS, token.name)) {
      const meant = nearest(
        token.rawName,
        Object.keys(FLAGS).map((flag) => `--${flag}`),
      );
      const advice = meant === undefined ? 'amped show --help lists them all.' : `did you mean ${meant}?`;
      throw new OptionError(`There is no option ${token.rawName} of amped show; ${advice}`);
    }
    if (token.value === undefined || (!token.inlineValue && /^-./.test(token.value))) {
      throw new OptionError(`--${token.name} needs a value; amped show --help says which.`);
    }
    given.set(token.name, token.value);
  }
  return given;
}

interface Readable<Value> {
  readonly expected: string;
  read(text: string): Value | undefined;
  accepts(value: unknown): value is Value;
}

function valueFor<Value>(spelling: string, kind: Readable<Value>, text: string): Value {
  const value = kind.read(text);
  if (value === undefined || !kind.accepts(value)) throw refusal(spelling, kind.expected, text);
  return value;
}
