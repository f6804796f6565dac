/**
 * Every option, once: this table gives the type, the default, the environment variable, the help text and the error
 * sentence of each. To add one, add its row.
 *
 * Names are the library's (`headerTimeoutMilliseconds`); `flag` is the command line's (`--header-timeout`).
 * Bytes and milliseconds are plain numbers here; their units ('64KiB', '20s') exist only in text.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { DISPATCHER_NAMES } from '../dispatcher/dispatcher.js';
import { isHost, withoutBrackets } from './address.js';
import { checkCombinations, follow } from './combinations.js';
import { injections, NO_INJECTIONS } from './injections.js';
import { OptionError } from './option-error.js';
import { bytes, choice, integer, integerOrAuto, type Kind, milliseconds, text, yesOrNo } from './option-kinds.js';

/** One row of the table. */
export interface Option<Value> {
  /** The long name on the command line, without its dashes; '' for the operand DIR. */
  readonly flag: string;
  readonly short?: string;
  /** The environment variable that is read when the command line does not say. */
  readonly environment?: string;
  readonly kind: Kind<Value>;
  readonly initial: NoInfer<Value>;
  /** What it does, as a line of the help text. */
  readonly description: string;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const GIBIBYTE = 1024 * MEBIBYTE;
const SECOND = 1000;
const HOUR = 3600 * SECOND;

export const OPTIONS = {
  root: option({
    flag: '',
    kind: text('DIR', 'an existing directory', isDirectory, (path) => resolve(path)),
    initial: '.',
    description: 'the directory to serve',
  }),
  port: option({
    flag: 'port',
    short: 'p',
    environment: 'PORT',
    kind: integer('PORT', 0, 65_535),
    initial: 3000,
    description: 'the port to listen on; 0 takes a free one',
  }),
  host: option({
    flag: 'host',
    environment: 'HOST',
    kind: text('HOST', 'an IP address or a host name', isHost, withoutBrackets),
    initial: '127.0.0.1',
    description: 'the address to listen on; 0.0.0.0 or :: opens it to the network',
  }),
  model: option({
    flag: 'model',
    kind: choice('NAME', ['event', 'process', 'thread']),
    initial: 'event',
    description: 'the concurrency architecture: event, process or thread',
  }),
  dispatcher: option({
    flag: 'dispatcher',
    kind: choice('NAME', ['auto', ...DISPATCHER_NAMES]),
    initial: 'auto',
    description: 'how the event model waits: auto, select, poll, epoll or io_uring',
  }),
  loops: option({
    flag: 'loops',
    kind: integerOrAuto('COUNT', 1, 256, availableParallelism),
    initial: 1,
    description: 'event: how many event loops; auto is one a processor',
  }),
  loopsIn: option({
    flag: 'loops-in',
    kind: choice('WHERE', ['threads', 'processes']),
    initial: 'threads',
    description: 'event: where several loops run, threads or processes',
  }),
  // As many connections as two or three browsers open at once: they take up to six each.
  workers: option({
    flag: 'workers',
    kind: integer('COUNT', 1, 512),
    initial: 16,
    description: 'process, thread: how many workers, each serving one connection at a time',
  }),
  // Apache: MinSpareServers and MaxSpareServers.
  minSpare: option({
    flag: 'min-spare',
    kind: integer('COUNT', 0, 512),
    initial: 0,
    description: 'process, thread: start with so few, and more while fewer are idle; 0: all',
  }),
  maxSpare: option({
    flag: 'max-spare',
    kind: integer('COUNT', 0, 512),
    initial: 0,
    description: 'process, thread: end some while more than so many are idle; 0: none',
  }),
  sharedCache: option({
    flag: 'shared-cache',
    kind: yesOrNo,
    initial: false,
    description: 'process: one cache for all workers, in shared memory',
  }),
  disk: option({
    flag: 'disk',
    kind: choice('NAME', ['auto', 'blocking', 'helpers', 'io_uring']),
    initial: 'auto',
    description: 'event: how files are read: auto, blocking, helpers or io_uring',
  }),
  helpers: option({
    flag: 'helpers',
    kind: integer('COUNT', 1, 64),
    initial: 4,
    description: 'event: the most threads that wait for the disk, with --disk helpers',
  }),
  // At most 1 GiB: all offsets into the server's memory must fit in 31 bits.
  cacheBytes: option({
    flag: 'cache-bytes',
    kind: bytes(MEBIBYTE, GIBIBYTE),
    initial: 128 * MEBIBYTE,
    description: 'memory for the contents of small files, of all workers together',
  }),
  cachedFileBytes: option({
    flag: 'cached-file-bytes',
    kind: bytes(0, 16 * MEBIBYTE),
    initial: 64 * KIBIBYTE,
    description: 'the largest file that is kept in memory; larger ones are sent from disk',
  }),
  // As nginx's open_file_cache, whose manual suggests 1000; half of the usual soft limit of 1024 descriptors.
  openFiles: option({
    flag: 'open-files',
    kind: integer('COUNT', 1, 1_048_576),
    initial: 512,
    description: 'how many large files are kept open',
  }),
  maxConnections: option({
    flag: 'max-connections',
    kind: integer('COUNT', 1, 1_048_576),
    initial: 16_384,
    description: 'how many connections may be open at once; more wait in the kernel',
  }),
  // nginx: large_client_header_buffers, 8 KiB for one line.
  maxTargetBytes: option({
    flag: 'max-target-bytes',
    kind: bytes(64, 64 * KIBIBYTE),
    initial: 8 * KIBIBYTE,
    description: 'the longest request target; a longer one is answered 414',
  }),
  // nginx: large_client_header_buffers, 4 of 8 KiB.
  maxHeaderBytes: option({
    flag: 'max-header-bytes',
    kind: bytes(KIBIBYTE, 256 * KIBIBYTE),
    initial: 32 * KIBIBYTE,
    description: 'the largest request head; a larger one is answered 431',
  }),
  // Apache: LimitRequestFields.
  maxHeaderCount: option({
    flag: 'max-header-count',
    kind: integer('COUNT', 1, 10_000),
    initial: 100,
    description: 'the most header fields in a request; more are answered 431',
  }),
  // nginx: client_max_body_size.
  maxBodyBytes: option({
    flag: 'max-body-bytes',
    kind: bytes(0, 1024 * GIBIBYTE),
    initial: MEBIBYTE,
    description: 'the largest request body; a larger one is answered 413',
  }),
  // Apache: RequestReadTimeout header=20.
  headerTimeoutMilliseconds: option({
    flag: 'header-timeout',
    kind: milliseconds(1, HOUR),
    initial: 20 * SECOND,
    description: 'how long a request head may take to arrive',
  }),
  bodyTimeoutMilliseconds: option({
    flag: 'body-timeout',
    kind: milliseconds(1, 24 * HOUR),
    initial: 30 * SECOND,
    description: 'how long a request body may take to arrive',
  }),
  // nginx's keepalive_timeout is 75 s; below the 60 s of common proxies, connections would be reset under them.
  keepAliveTimeoutMilliseconds: option({
    flag: 'keep-alive-timeout',
    kind: milliseconds(1, 24 * HOUR),
    initial: 65 * SECOND,
    description: 'how long an idle connection stays open; 5s in the models that block',
  }),
  // Apache: MaxKeepAliveRequests.
  keepAliveRequests: option({
    flag: 'keep-alive-requests',
    kind: integer('COUNT', 1, 1_000_000),
    initial: 100,
    description: 'process, thread: after so many requests a connection closes if others wait',
  }),
  // nginx: send_timeout.
  writeTimeoutMilliseconds: option({
    flag: 'write-timeout',
    kind: milliseconds(1, 24 * HOUR),
    initial: 60 * SECOND,
    description: 'how long a client may take no bytes of an answer',
  }),
  drainTimeoutMilliseconds: option({
    flag: 'drain-timeout',
    kind: milliseconds(0, HOUR),
    initial: 10 * SECOND,
    description: 'how long a stopping server waits for requests under way',
  }),
  inject: option({
    flag: 'inject',
    kind: injections,
    initial: NO_INJECTIONS,
    description: 'faults for tests, such as disk-latency=20ms,disk-error=1%',
  }),
};

type Table = typeof OPTIONS;
export type OptionName = keyof Table;

/** What a server is told. Sizes in bytes, times in milliseconds; each is described, with its default, in OPTIONS. */
export type ServerOptions = { [Name in OptionName]: Table[Name]['initial'] };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The options of a server that was told nothing: the current directory at 127.0.0.1:3000. */
export function defaultOptions(): ServerOptions {
  return Object.fromEntries(OPTION_NAMES.map((name) => [name, OPTIONS[name].initial])) as ServerOptions;
}

/**
 * Whole options from some of them: the rest take their defaults, and `root` becomes an absolute path.
 * Throws OptionError for an unknown name, a value that is not allowed, or two values that do not go together.
 * `spelling` is what the error sentence calls an option: the library's name unless told otherwise.
 */
export function completeOptions(
  some: Partial<ServerOptions>,
  spelling: (name: OptionName) => string = (name) => name,
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
  for (const name of OPTION_NAMES) {
    const { kind } = OPTIONS[name];
    if (!kind.accepts(options[name])) throw refusal(spelling(name), kind.expected, options[name]);
  }
  const whole = follow(options as ServerOptions, named);
  checkCombinations(whole, named, spelling);
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

/** Gives a row its type; it changes nothing. */
function option<Value>(row: Option<Value>): Option<Value> {
  return row;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Absent, unreachable or no path at all: whatever it is, it cannot be served.
    return false;
  }
}
