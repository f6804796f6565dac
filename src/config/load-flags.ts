/** The flags of `amped load`: a row gives each its kind, default and description. */
import {
  choice,
  HOUR,
  integer,
  KIBIBYTE,
  list,
  milliseconds,
  path,
  rate,
  SECOND,
  text,
  yesOrNo,
} from './option-kinds.js';
import { type Flag, optional, type Values } from './subcommand-flags.js';

const MOST_CONNECTIONS = 1_000_000;
const FIELD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\p{Cc}]*$/u;
const file = path(
  text('FILE', 'the path of a file', () => true),
  'file',
);

function flag<Value>(initial: Value, kind: Flag<Value>['kind'], description: string, short?: string): Flag<Value> {
  return { kind, description, initial, ...(short === undefined ? {} : { short }) };
}

export const LOAD_FLAGS = {
  connections: flag(64, integer('N', 1, MOST_CONNECTIONS), 'connections that ask', 'c'),
  duration: flag(10 * SECOND, milliseconds(1, 24 * HOUR), 'how long to measure', 'd'),
  requests: flag(
    undefined,
    optional(integer('N', 1, 1_000_000_000_000)),
    'end when exactly so many requests have been answered; with --duration, whichever comes first',
    'n',
  ),
  'warm-up': flag(
    undefined,
    optional(milliseconds(0, HOUR)),
    'load before the measurement; 1s, and none with --requests',
  ),
  rate: flag(
    undefined,
    optional(integer('N', 1, 10_000_000)),
    'open loop: so many requests a second are due, whatever has been answered, and latencies count from when they were due; without it each connection asks when it has been answered',
    'r',
  ),
  arrivals: flag(
    'poisson',
    choice('HOW', ['poisson', 'constant']),
    'with --rate: due at random moments or evenly spread',
  ),
  pipeline: flag(1, integer('N', 1, 1000), 'requests of a connection that may be under way'),
  think: flag(0, milliseconds(0, HOUR), 'how long a connection waits between an answer and its next request'),
  'no-keep-alive': flag(false, yesOrNo, 'a connection of its own for each request'),
  'slow-readers': flag(0, integer('N', 0, MOST_CONNECTIONS), 'further connections that ask and then read slowly'),
  'slow-rate': flag(4 * KIBIBYTE, rate(1024 * 1024 * KIBIBYTE), 'how fast each of these reads, in bytes a second'),
  idle: flag(0, integer('N', 0, MOST_CONNECTIONS), 'further connections that ask for nothing'),
  method: flag(
    'GET',
    text('METHOD', 'a method such as GET or POST', (value) => /^[A-Z][A-Z-]*$/.test(value) && value !== 'CONNECT'),
    'what is asked',
    'm',
  ),
  header: flag(
    [],
    list(
      text("'NAME: VALUE'", "a field such as 'Accept: text/html'", (value) => FIELD.test(value)),
      null,
    ),
    'a field of each request; may be given more than once',
    'H',
  ),
  body: flag(undefined, optional(file), 'what each request has as its content'),
  expect: flag(
    undefined,
    optional(file),
    'what each answer must have as its content: lengths are all compared, of one answer in 64 the SHA-256',
  ),
  status: flag(
    undefined,
    optional(integer('STATUS', 200, 599)),
    'what the status of each answer must be; without it any from 200 to 399',
  ),
  timeout: flag(10 * SECOND, milliseconds(1, HOUR), 'a request without a whole answer has failed after so long', 't'),
  processor: flag(undefined, optional(integer('N', 0, 1023)), 'the processor that the client runs on'),
  dispatcher: flag(
    'auto',
    choice('NAME', ['auto', 'io_uring', 'epoll', 'poll', 'select']),
    'how the client waits: auto takes io_uring where the kernel allows it, else epoll',
  ),
  seed: flag(1, integer('N', 0, 2_147_483_647), 'the same number gives the same arrivals'),
  json: flag(false, yesOrNo, 'print the whole result as JSON, with its HdrHistogram'),
} as const;

export type LoadFlags = Values<typeof LOAD_FLAGS>;
