/** What a server that stands still says of itself, and one that has everything: for tests of those who read it. */
import { type Distribution, NOTHING } from '../../src/metrics/distribution.js';
import { NO_USAGE } from '../../src/metrics/proc-tree.js';
import { byMethod, byStatus, REQUEST_CLASSES } from '../../src/metrics/request-classes.js';
import type { ServerMetrics } from '../../src/metrics/server-metrics.js';
import { sumOfStalls } from '../../src/metrics/stall-meter.js';

const none = new Float64Array(REQUEST_CLASSES);

export const QUIET: ServerMetrics = {
  ...{ version: '1.2.3', model: 'event', dispatcher: 'epoll', disk: 'auto', startedAt: 1_700_000_000_500, ready: true },
  ...{ at: 1_700_000_001_000, loops: 1, workersMost: 1, cores: 2, sampled: 64 },
  ...{ connections: 0, requests: 0, connectionsOpen: 0, connectionsIdle: 0 },
  ...{ connectionsRefused: 0, connectionsTimedOut: 0, bytesIn: 0, bytesOut: 0 },
  requestsByMethod: byMethod(none),
  requestsByStatus: byStatus(none, 0),
  events: { turns: 0, accepts: 0, receipts: 0, sends: 0, diskReads: 0, timers: 0, wakeUps: 0 },
  eventsPerTurn: NOTHING,
  ...{ requestsInProgress: 0, requestsInProgressMost: 0 },
  handlerChange: NOTHING,
  systemCalls: {},
  latency: { total: NOTHING, queue: NOTHING, parse: NOTHING, handle: NOTHING, disk: NOTHING, send: NOTHING },
  time: { handlers: 0, waiting: 0, stalled: 0 },
  stalls: sumOfStalls([]),
  ...{ waiting: 0, backlogOverflows: 0, workers: 1, busy: 0, workersReplaced: 0, lock: undefined, log: undefined },
  cache: { hits: 0, misses: 0, evictions: 0, bytes: 0, capacity: 1_048_576 },
  helpers: undefined,
  process: NO_USAGE,
  collections: NOTHING,
  each: [],
};

const SOME: Distribution = {
  ...{ count: 3, sum: 0.0215, max: 0.02, p50: 0.001, p90: 0.02, p99: 0.02, p999: 0.02 },
  buckets: [
    { atMost: 0.000_999, count: 1 },
    { atMost: 0.001_01, count: 1 },
    { atMost: 200, count: 1 },
  ],
};

/** With a dispatcher, with helpers, with a shared cache and with a log: more than any one server has. */
export const EVERYTHING: ServerMetrics = {
  ...QUIET,
  ...{ connections: 3, requests: 17, requestsByMethod: { ...QUIET.requestsByMethod, GET: 16, other: 1 } },
  systemCalls: { io_uring_enter: 40, sendfile: 2 },
  latency: { total: SOME, queue: SOME, parse: SOME, handle: SOME, disk: SOME, send: SOME },
  lock: { acquisitions: 9, contended: 2, waitedMilliseconds: 1500 },
  log: { written: 17, dropped: 1 },
  helpers: { queued: 1, most: 5, wait: SOME },
  each: [
    {
      ...{ slot: 0, kind: 'process', process: 4711, thread: 4711, state: 'busy' },
      ...{ connections: 3, connectionsOpen: 1, requests: 17, requestsInProgress: 1 },
      ...{ cpuUser: 1.25, cpuSystem: 0.5, voluntarySwitches: 30, involuntarySwitches: 4 },
      ...{ connectionsRefused: 0, connectionsTimedOut: 0, bytesIn: 1700, bytesOut: 34_000 },
      ...{ requestsByMethod: QUIET.requestsByMethod, requestsByStatus: QUIET.requestsByStatus },
      ...{ events: undefined, systemCalls: {}, latency: { total: SOME }, time: QUIET.time },
      ...{ cache: undefined, collections: NOTHING, stalls: sumOfStalls([]) },
    },
  ],
};
