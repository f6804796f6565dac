/**
 * What a worker counts, each in its place in the worker's slot: numbers that only grow, and those that go up and down and are
 * over when the worker ends.
 */
import { REQUEST_CLASSES } from './request-classes.js';

/** Connections accepted. */
export const CONNECTIONS = 0;
/** Requests whose answer has gone out. */
export const REQUESTS = 1;
export const BYTES_IN = 2;
export const BYTES_OUT = 3;
/** Attempts to accept that failed. */
export const REFUSED = 4;
/** Connections whose time was over. */
export const TIMED_OUT = 5;
/** Interim responses. */
export const INTERIM = 6;
/** The cache that is this worker's own. */
export const CACHE_HITS = 7;
export const CACHE_MISSES = 8;
export const CACHE_EVICTIONS = 9;
/** In a model that blocks: seconds that the worker has computed, and seconds that it has not. */
export const COMPUTED = 10;
export const WAITED = 11;
/** The most requests in progress at once, and the most for the helpers. */
export const IN_PROGRESS_MOST = 12;
export const HELPERS_MOST = 13;
/** The events of a loop, in the order of EVENTS. */
export const FIRST_EVENT = 14;
export const EVENTS = ['turns', 'accepts', 'receipts', 'sends', 'diskReads', 'timers', 'wakeUps'] as const;
/** One for each method and status class: see request-classes.ts. */
export const FIRST_CLASS = FIRST_EVENT + EVENTS.length;

// What is over when the worker has ended.
export const FIRST_GAUGE = FIRST_CLASS + REQUEST_CLASSES;
/** Connections that are open. */
export const OPEN = FIRST_GAUGE;
export const IN_PROGRESS = FIRST_GAUGE + 1;
/** Of disk helpers: what waits for them or is with them. */
export const HELPERS_QUEUED = FIRST_GAUGE + 2;
/** In a model that blocks: when the worker has last told of its time, in milliseconds since the epoch. */
export const TOLD_AT = FIRST_GAUGE + 3;
/** What the worker's own cache has in use. */
export const CACHE_BYTES = FIRST_GAUGE + 4;
/** Of a worker that blocks and runs an application: which stretch of work it is in, 0 while it waits; see work-mark.ts. */
export const WORKS = FIRST_GAUGE + 5;
/** The descriptors of its connection and of what it waits for connections with, each plus 1. */
export const SERVES = FIRST_GAUGE + 6;
export const ACCEPTS_WITH = FIRST_GAUGE + 7;
export const COUNTS = FIRST_GAUGE + 8;

/** The histograms of a worker: latency with its parts, and the others. In nanoseconds, but for `eventsPerTurn`. */
export const HISTOGRAM_PARTS = ['total', 'queue', 'parse', 'handle', 'disk', 'send'] as const;
export const HISTOGRAMS = [...HISTOGRAM_PARTS, 'eventsPerTurn', 'handlerChange', 'collections', 'helperWait'] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];
