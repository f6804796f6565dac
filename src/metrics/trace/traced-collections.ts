/** Pauses of the garbage collector, told to the tracer of the thread that stood still: as long as it is being traced. */
import { PerformanceObserver } from 'node:perf_hooks';
import { hrtime } from 'node:process';
import type { Tracer } from './tracer.js';

/** To find out how the two clocks differ, the pair of readings is taken that lay closest together. */
const READINGS = 16;

interface Pause {
  readonly startTime: number;
  readonly duration: number;
}

export class TracedCollections {
  #observer: PerformanceObserver | undefined;
  #record: (entries: readonly Pause[]) => void = () => {};

  /** The thread is being traced from now on, or no longer: null. */
  follow(tracer: Tracer | null): void {
    if (this.#observer !== undefined) {
      // What is known and not told yet.
      this.#record(this.#observer.takeRecords());
      this.#observer.disconnect();
    }
    this.#observer = undefined;
    if (tracer === null) return;
    const origin = originOfPerformance();
    const clockOf = (milliseconds: number): bigint => origin + BigInt(Math.round(milliseconds * 1e6));
    this.#record = (entries) => {
      for (const { startTime, duration } of entries) {
        tracer.collection(clockOf(startTime), clockOf(startTime + duration));
      }
    };
    this.#observer = new PerformanceObserver((list) => this.#record(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
  }
}

/** When performance.now() was 0, in nanoseconds of CLOCK_MONOTONIC. */
function originOfPerformance(): bigint {
  let closest = BigInt(Number.MAX_SAFE_INTEGER);
  let origin = 0n;
  for (let reading = 0; reading < READINGS; reading++) {
    const before = hrtime.bigint();
    const now = performance.now();
    const apart = hrtime.bigint() - before;
    if (apart >= closest) continue;
    closest = apart;
    origin = before + apart / 2n - BigInt(Math.round(now * 1e6));
  }
  return origin;
}
