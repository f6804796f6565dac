/**
 * What a workload may say: one table gives the checks, the defaults, the JSON Schema and the error sentences. A workload is a
 * JSON file, and these are its keys.
 *
 * Everything that is not said has a default that asks for nothing particular, so that a workload is a few lines.
 */
import { LEAST_LOG_SPEED, MOST_LOG_SPEED } from '../../config/compare-flags.js';
import { schemaOf } from '../../config/json-schema.js';
import { type Option, option } from '../../config/option.js';
import {
  bytes,
  choice,
  GIBIBYTE,
  HOUR,
  integer,
  type Kind,
  list,
  MEBIBYTE,
  milliseconds,
  orNone,
  SECOND,
  text,
  yesOrNo,
} from '../../config/option-kinds.js';
import { SWEPT } from './swept.js';

/** By what configurations are ranked. */
export const CRITERIA = ['throughput', 'p99', 'cpu', 'memory'] as const;
export type Criterion = (typeof CRITERIA)[number];

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

const positive: Kind<number> = {
  ...integer('COUNT', 0, 1_000_000),
  expected: 'a number from 0 to 10',
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value <= 10,
  schema: { type: 'number', minimum: 0, maximum: 10 },
};

const percent: Kind<number> = {
  ...positive,
  expected: 'a number from 0 to 50, of a hundred',
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value <= 50,
  schema: { type: 'number', minimum: 0, maximum: 50 },
};

const speed: Kind<number> = {
  ...positive,
  expected: `a number from ${LEAST_LOG_SPEED} to ${MOST_LOG_SPEED}`,
  accepts: (value): value is number => typeof value === 'number' && value >= LEAST_LOG_SPEED && value <= MOST_LOG_SPEED,
  schema: { type: 'number', minimum: LEAST_LOG_SPEED, maximum: MOST_LOG_SPEED },
};

const amount = bytes(0, 64 * GIBIBYTE);
const duration = milliseconds(0, HOUR);

/** Of what is varied: written as its key is, or as the plain number of bytes or milliseconds. */
const sweptValue: Kind<number> = {
  ...amount,
  expected: 'a number, with its unit where it has one (such as 64, 64KiB or 20ms)',
  schema: { anyOf: [amount.schema, duration.schema] },
  fromJson: (json) => (typeof json === 'string' ? (amount.read(json) ?? duration.read(json)) : (json as number)),
};

function field<Value>(kind: Kind<Value>, initial: Value, description: string): Option<Value> {
  return option({ flag: '', kind, initial, description });
}

export const FIELDS = {
  name: field(
    text('NAME', 'a name of small letters, digits and hyphens, such as my-site', (value) => NAME.test(value)),
    'workload',
    'what it is called in tables and files',
  ),
  title: field(orNone(text('TEXT', 'a text', () => true)), '', 'one line about it'),

  files: field(
    choice('WHICH', ['given', 'made']),
    'given',
    'what is served: the directory of the command line, or files that are made for it',
  ),
  fileCount: field(integer('COUNT', 1, 1_000_000), 1, 'of files that are made: how many'),
  fileBytes: field(bytes(0, GIBIBYTE), 1024, 'of files that are made: how large each is'),
  order: field(
    choice('LAW', ['zipf', 'uniform']),
    'zipf',
    "which file is asked for next: by Zipf's law (the n-th most popular one n times less often) or any as often as another",
  ),
  zipfExponent: field(positive, 1, "of Zipf's law: how much more often the popular ones are asked for"),
  log: field(
    orNone(text('FILE', 'the path of an access log', () => true)),
    '',
    'an access log (common or combined format) whose requests are made again, in its order',
  ),
  logSpeed: field(
    speed,
    1,
    'of a log: how many times as fast as it was written; it counts with "arrivals": "recorded"',
  ),

  connections: field(integer('COUNT', 1, 10_000), 16, 'how many clients ask at a time'),
  idleConnections: field(integer('COUNT', 0, 20_000), 0, 'how many clients stay connected beside them and ask nothing'),
  keepAlive: field(yesOrNo, true, 'whether a connection has many requests, or a new one is made for each'),
  pipeline: field(integer('COUNT', 1, 64), 1, 'how many requests a client sends before it waits for the answers'),
  thinkMilliseconds: field(milliseconds(0, 60 * SECOND), 0, 'how long a client waits before it asks again'),
  arrivals: field(
    choice('HOW', ['closed', 'constant', 'poisson', 'recorded']),
    'closed',
    'when requests are made: when the answer before has come, or at a rate (evenly, or by chance), or as in the log',
  ),
  requestsPerSecond: field(integer('COUNT', 1, 1_000_000), 1000, 'the rate of requests that are made at one'),
  slowConnections: field(
    integer('COUNT', 0, 10_000),
    0,
    'how many other clients read slowly, as over a slow line; what they ask for counts as work of the server',
  ),
  slowBytesPerSecond: field(bytes(1, GIBIBYTE), 64 * 1024, 'how many bytes a second each of them reads'),
  slowLines: field(
    choice('HOW', ['paced', 'shaped']),
    'paced',
    'how they are made slow: by reading slowly, or by a queue discipline in a network namespace (root and iproute2), else as before',
  ),
  slowDelayMilliseconds: field(
    milliseconds(0, 10 * SECOND),
    0,
    'of lines that are shaped: how long it takes there and back',
  ),
  slowLossPercent: field(percent, 0, 'of lines that are shaped: how many of a hundred packets to the client get lost'),

  coldConnections: field(
    integer('COUNT', 0, 64),
    0,
    'how many other clients read files that are not in memory; what is measured is what the rest meet',
  ),
  coldFiles: field(integer('COUNT', 1, 10_000), 200, 'how many such files there are'),
  coldBytes: field(bytes(1, 64 * MEBIBYTE), MEBIBYTE, 'how large each of them is'),
  diskMilliseconds: field(milliseconds(0, 60 * SECOND), 0, 'by how much each operation of the disk takes longer'),
  memoryBytes: field(
    bytes(0, 64 * GIBIBYTE),
    0,
    'the memory of the server, page cache included (a control group, as root); 0: all that there is',
  ),
  cacheBytes: field(bytes(0, GIBIBYTE), 0, "the server's own cache of files; 0: as large as by default"),

  handlerCpuMilliseconds: field(milliseconds(0, HOUR), 0, 'a handler answers, and computes for so long'),
  handlerWaitMilliseconds: field(
    milliseconds(0, HOUR),
    0,
    'a handler answers, and waits for so long without computing',
  ),

  sweep: field(
    orNone(text('FIELD', `one of ${SWEPT.join(', ')}`, (value) => (SWEPT as readonly string[]).includes(value))),
    '',
    'the key whose value is varied, the one and only',
  ),
  values: field(list(sweptValue), [], 'the values that it takes, one after the other, each written as that key is'),
  architectures: field(
    list(text('NAME', 'an architecture, such as event/epoll or thread:16', (value) => value.length < 60)),
    [],
    'who is compared where nobody says; none: the usual ones',
  ),
  mostWorkers: field(
    integer('COUNT', 1, 512),
    128,
    'an architecture that needs more workers than this takes no part: each takes memory and time to start',
  ),
  judgedBy: field(choice('WHAT', CRITERIA), 'throughput', 'by what they are ranked'),
} as const;

export type FieldName = keyof typeof FIELDS;

/** What is measured: each key of the file, complete. */
export type Workload = {
  readonly [Name in FieldName]: (typeof FIELDS)[Name] extends Option<infer Value> ? Value : never;
};

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/** What the file calls it: times have their unit in the value. */
export function keyOfField(name: FieldName): string {
  return name.replace(/Milliseconds$/, '');
}

/** The JSON Schema of a workload, as the package has it beside the workloads. */
export function workloadSchemaText(): string {
  const keys = new Map(FIELD_NAMES.map((name): [string, Option<unknown>] => [keyOfField(name), FIELDS[name]]));
  const schema = schemaOf(keys, {
    title: 'An Amped workload',
    description: 'What amped compare asks of servers.',
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
