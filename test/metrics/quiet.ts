/** What a server that stands still says of itself: for tests of those who read it. */
import { NOTHING } from '../../src/metrics/distribution.js';
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
