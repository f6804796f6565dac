/** Who serves: the concurrency architecture, and how many serve in it. */
import { availableParallelism } from 'node:os';
import { DISPATCHER_NAMES } from '../../dispatcher/dispatcher.js';
import { option } from '../option.js';
import { choice, integer, integerOrAuto, yesOrNo } from '../option-kinds.js';

export const architecture = {
  model: option({
    flag: 'model',
    kind: choice('NAME', ['event', 'process', 'thread']),
    initial: 'event',
    description: 'the concurrency architecture: event, process or thread',
    fixed: true,
  }),
  dispatcher: option({
    flag: 'dispatcher',
    kind: choice('NAME', ['auto', ...DISPATCHER_NAMES]),
    initial: 'auto',
    description: 'how the event model waits: auto, select, poll, epoll or io_uring',
    fixed: true,
  }),
  loops: option({
    flag: 'loops',
    kind: integerOrAuto('COUNT', 1, 256, availableParallelism),
    initial: 1,
    description: 'event: how many event loops; auto is one a processor',
    fixed: true,
  }),
  loopsIn: option({
    flag: 'loops-in',
    kind: choice('WHERE', ['threads', 'processes']),
    initial: 'threads',
    description: 'event: where several loops run, threads or processes',
    fixed: true,
  }),
  // As many connections as two or three browsers open at once: they take up to six each.
  workers: option({
    flag: 'workers',
    kind: integer('COUNT', 1, 512),
    initial: 16,
    description: 'process, thread: how many workers, each serving one connection at a time',
    fixed: true,
  }),
  // Apache: MinSpareServers and MaxSpareServers.
  minSpare: option({
    flag: 'min-spare',
    kind: integer('COUNT', 0, 512),
    initial: 0,
    description: 'process, thread: start with so few, and more while fewer are idle; 0: all',
    fixed: true,
  }),
  maxSpare: option({
    flag: 'max-spare',
    kind: integer('COUNT', 0, 512),
    initial: 0,
    description: 'process, thread: end some while more than so many are idle; 0: none',
    fixed: true,
  }),
  sharedCache: option({
    flag: 'shared-cache',
    kind: yesOrNo,
    initial: false,
    description: 'process: one cache for all workers, in shared memory',
    fixed: true,
  }),
};
