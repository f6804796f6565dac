/** What all workers have counted together, those that have ended included: read from their slots. */
import { SYSTEM_CALLS } from '../linux/system-calls.js';
import {
  BYTES_IN,
  BYTES_OUT,
  CACHE_BYTES,
  CACHE_EVICTIONS,
  CACHE_HITS,
  CACHE_MISSES,
  COUNTS,
  EVENTS,
  FIRST_CLASS,
  FIRST_EVENT,
  HELPERS_MOST,
  type HistogramName,
  IN_PROGRESS_MOST,
  INTERIM,
  REFUSED,
  TIMED_OUT,
} from './counts.js';
import type { Distribution } from './distribution.js';
import { distributionOf, NANOSECOND } from './histogram.js';
import { byMethod, byStatus, REQUEST_CLASSES } from './request-classes.js';
import type { CacheCounts, Events, Latency, Traffic } from './server-metrics.js';
import type { WorkerSlot } from './worker-slots.js';

/** Counts of which not the sum is wanted but the largest: it is of one thread of control. */
const LARGEST: readonly number[] = [IN_PROGRESS_MOST, HELPERS_MOST];

export class WorkerSums {
  readonly #slots: readonly WorkerSlot[];
  readonly #counts = new Float64Array(COUNTS);

  constructor(slots: readonly WorkerSlot[]) {
    this.#slots = slots;
    for (const { counts } of slots) {
      for (let at = 0; at < COUNTS; at++) this.#counts[at]! += counts[at]!;
    }
    for (const at of LARGEST) this.#counts[at] = Math.max(0, ...slots.map(({ counts }) => counts[at]!));
  }

  /** One of counts.ts. */
  of(count: number): number {
    return this.#counts[count]!;
  }

  get traffic(): Traffic {
    const classes = this.#counts.subarray(FIRST_CLASS, FIRST_CLASS + REQUEST_CLASSES);
    return {
      connectionsRefused: this.of(REFUSED),
      connectionsTimedOut: this.of(TIMED_OUT),
      bytesIn: this.of(BYTES_IN),
      bytesOut: this.of(BYTES_OUT),
      requestsByMethod: byMethod(classes),
      requestsByStatus: byStatus(classes, this.of(INTERIM)),
    };
  }

  get events(): Events {
    return Object.fromEntries(EVENTS.map((name, at) => [name, this.of(FIRST_EVENT + at)])) as unknown as Events;
  }

  /** Of the caches that workers have alone. */
  get caches(): Omit<CacheCounts, 'capacity'> {
    return {
      hits: this.of(CACHE_HITS),
      misses: this.of(CACHE_MISSES),
      evictions: this.of(CACHE_EVICTIONS),
      bytes: this.of(CACHE_BYTES),
    };
  }

  /** Those that have been made, the most frequent first. */
  get systemCalls(): Record<string, number> {
    const all = SYSTEM_CALLS.map((name, at): [string, number] => [
      name,
      this.#slots.reduce((sum, { systemCalls }) => sum + systemCalls[at]!, 0),
    ]);
    return Object.fromEntries(all.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a));
  }

  get latency(): Latency {
    return {
      total: this.distribution('total'),
      queue: this.distribution('queue'),
      parse: this.distribution('parse'),
      handle: this.distribution('handle'),
      disk: this.distribution('disk'),
      send: this.distribution('send'),
    };
  }

  /** `unit`: what one is of what is told. */
  distribution(name: HistogramName, unit = NANOSECOND): Distribution {
    return distributionOf(
      this.#slots.map((slot) => slot.histogram(name)),
      unit,
    );
  }
}
