/**
 * What the connections of one worker count, and which of their requests are timed: one of so many, by chance, so that nothing
 * which repeats itself hides what it does between two samples.
 */
import type { DiskTimer } from '../disk/timed.js';
import { HISTOGRAM_PARTS } from '../metrics/counts.js';
import type { WorkerSlot } from '../metrics/worker-slots.js';
import { type LatencyHistograms, RequestTiming } from './request-timing.js';

export class Metering {
  /** See metrics/counts.ts. */
  readonly counts: Float64Array;
  readonly latency: LatencyHistograms;
  /** Runs while the site of a request that is timed is asked. */
  readonly disk: DiskTimer;
  /** Told when a request that is timed has ended. */
  readonly sampled: () => void;
  /** How many requests from now on the next one is that is timed. */
  left: number;
  readonly #every: number;
  #free: RequestTiming | null = null;
  #chance = 0x9e3779b9;

  constructor(slot: WorkerSlot, every: number, disk: DiskTimer, sampled: () => void = () => {}) {
    this.counts = slot.counts;
    this.latency = Object.fromEntries(
      HISTOGRAM_PARTS.map((name) => [name, slot.histogram(name)]),
    ) as unknown as LatencyHistograms;
    this.disk = disk;
    this.sampled = sampled;
    this.#every = every;
    this.left = this.#interval();
  }

  /** A request is timed; the next one is chosen. */
  take(): RequestTiming {
    this.left = this.#interval();
    const timing = this.#free ?? new RequestTiming();
    this.#free = timing.next;
    timing.next = null;
    return timing;
  }

  giveBack(timing: RequestTiming): void {
    timing.next = this.#free;
    this.#free = timing;
  }

  /** From 1 on, `every` on average: Marsaglia's xorshift. */
  #interval(): number {
    let chance = this.#chance;
    chance ^= chance << 13;
    chance ^= chance >>> 17;
    chance ^= chance << 5;
    this.#chance = chance;
    return 1 + ((chance >>> 0) % (2 * this.#every - 1));
  }
}
