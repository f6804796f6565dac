/** Rings with records in them, and what a trace says of them, for tests. */
import { hrtime } from 'node:process';
import { SharedRegion } from '../../../src/memory/shared-region.js';
import { type TracedThread, traceFile } from '../../../src/metrics/trace/trace-file.js';
import { TraceRing } from '../../../src/metrics/trace/trace-ring.js';
import { Tracer } from '../../../src/metrics/trace/tracer.js';
import { type Trace, traceOf } from './trace-format.js';

const BYTES = 8192;

/** How many records the rings made here hold. */
export const CAPACITY = (BYTES - 512) / 32;

export class Rings {
  readonly #region: SharedRegion;
  readonly rings: readonly TraceRing[];
  readonly tracers: readonly Tracer[];
  readonly #began = hrtime.bigint();

  constructor(count: number) {
    this.#region = SharedRegion.create(count * BYTES);
    this.rings = Array.from({ length: count }, (_, index) => new TraceRing(this.#region, index * BYTES, BYTES));
    for (const [index, ring] of this.rings.entries()) ring.own(1000 + index, 2000 + index, index);
    this.tracers = this.rings.map((ring) => new Tracer(ring));
  }

  get tracer(): Tracer {
    return this.tracers[0] as Tracer;
  }

  /** What stands in a file that is written now, of what has happened since `began`. */
  text(began = this.#began, ended = hrtime.bigint()): string {
    const threads = this.rings.map((ring, index): TracedThread => {
      const snapshot = ring.snapshot();
      return { index, snapshot, lost: snapshot.first };
    });
    const pieces = traceFile(threads, {
      ...{ began, ended, about: { server: 'a test' }, threads: threads.length },
      processName: (process) => `process ${process}`,
      threadName: (place) => `loop ${place + 1}`,
    });
    return [...pieces].join('');
  }

  trace(began?: bigint): Trace {
    return traceOf(this.text(began));
  }

  destroy(): void {
    this.#region.destroy();
  }
}
