/** The flags of `amped compare`: a row gives each its kind, default and description. */
import { HOUR, integer, type Kind, list, milliseconds, path, text, yesOrNo } from './option-kinds.js';
import { type Flag, optional, type Values } from './subcommand-flags.js';

/** Experiments of their own, beside the workloads. */
export const SUITE_NAMES = ['switch', 'descriptors', 'flash'] as const;

const names = (placeholder: string, expected: string) =>
  list(text(placeholder, expected, (value) => value.length <= 4096));
const output = optional(
  path(
    text('FILE', 'the path of a file, or - for standard output', () => true),
    'file',
  ),
);
const input = optional(
  path(
    text('FILE', 'the path of a file', () => true),
    'file',
  ),
);

/** How many times as fast as it was written a log may be made again: a day in a second. */
export const MOST_LOG_SPEED = 100_000;
export const LEAST_LOG_SPEED = 0.01;

const logSpeed: Kind<number> = {
  ...integer('N', 1, MOST_LOG_SPEED),
  expected: `a number from ${LEAST_LOG_SPEED} to ${MOST_LOG_SPEED}`,
  read: (text) => (/^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined),
  accepts: (value): value is number => typeof value === 'number' && value >= LEAST_LOG_SPEED && value <= MOST_LOG_SPEED,
};

function flag<Value>(initial: Value, kind: Flag<Value>['kind'], description: string): Flag<Value> {
  return { kind, description, initial };
}

export const COMPARE_FLAGS = {
  workload: flag(
    [],
    names('LIST', 'a list of workloads, each by its name (--list) or its file'),
    'what is asked of the servers: names of workloads (--list says which) or files; without it, site',
  ),
  architectures: flag(
    [],
    names('LIST', 'a list of architectures, such as event/epoll,thread:16'),
    'who is compared: event/epoll, event/io_uring/helpers, event/epoll:2 (two loops: see --processors), thread:16, process/shared:16 and the like; without it, the usual ones',
  ),
  with: flag([], names('LIST', 'a list of servers (--list)'), 'other servers beside them, where they are installed'),
  suite: flag(
    [],
    names('LIST', `a list of ${SUITE_NAMES.join(', ')}`),
    `experiments of their own: ${SUITE_NAMES.join(', ')}`,
  ),
  log: flag(
    undefined,
    input,
    'the access log whose requests are made again, when they came; without --workload, by the workload trace',
  ),
  'log-speed': flag(undefined, optional(logSpeed), 'how many times as fast as the log was written; 1'),
  seconds: flag(
    undefined,
    optional(milliseconds(100, HOUR)),
    'how long each measurement lasts; 500ms, and a log as long as it lasts',
  ),
  'warm-up': flag(
    undefined,
    optional(milliseconds(0, HOUR)),
    'load before the first measurement of each server; without it 500ms to 8s, until its processor time a request falls no more',
  ),
  repetitions: flag(undefined, optional(integer('N', 1, 1000)), 'how often each server is measured, by turns; 5'),
  processors: flag(
    undefined,
    optional(integer('N', 1, 1024)),
    'how many processors each server gets, the client another one where there is one left; with more than 1 as many loops are compared too; 1',
  ),
  quick: flag(
    false,
    yesOrNo,
    'as little as makes sense, for a first look: half a minute at most for a workload, with four clients and two values of what it sweeps; a minute for the suite flash',
  ),
  full: flag(false, yesOrNo, 'long enough to be quoted: 10 repetitions of 3s after 10s to 60s'),
  against: flag(undefined, input, 'say what has changed since the results in this file (JSON)'),
  json: flag(undefined, output, 'write every number as JSON; - is standard output'),
  markdown: flag(undefined, output, 'write the tables as Markdown'),
  csv: flag(undefined, output, 'write each repetition as a line'),
  report: flag(undefined, output, 'write a page with plots, complete in one file (HTML)'),
  from: flag(undefined, input, 'measure nothing: tell the results in this file (JSON)'),
  list: flag(false, yesOrNo, 'say which workloads and which other servers there are'),
};

export type CompareFlags = Values<typeof COMPARE_FLAGS>;
