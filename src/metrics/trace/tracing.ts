/**
 * Whether a thread of control is being traced. Everything in it that could record something has the same Tracing, and looks
 * whether there is a tracer: `const { trace } = tracing; if (trace !== null) ...`. That is all it costs when there is none.
 *
 * The original process turns recording on and off by a word in shared memory, at which each thread looks once a turn, or
 * before each call that waits.
 */
import { threadIdentifier } from '../../linux/process.js';
import type { LockWaiting } from '../../memory/lock.js';
import type { SharedRegion } from '../../memory/shared-region.js';
import { NOTHING, WAIT_FOR_LOCK } from './kinds.js';
import type { TraceRing } from './trace-ring.js';
import { Tracer } from './tracer.js';

/** What those who record see of it. */
export interface Traced {
  readonly trace: Tracer | null;
  /** Looks whether recording has been turned on or off: to be called by the thread's loop. */
  look(): void;
}

/** Of whoever is never traced. */
export const UNTRACED: Traced = { trace: null, look: () => {} };

/** The word that turns recording on and off: 0 is off. */
export class TraceSwitch {
  readonly #words: Int32Array;
  readonly #word: number;

  /** At `offset` of the region, in a line of the processor's cache of its own: everybody reads it all the time. */
  constructor(region: SharedRegion, offset: number) {
    this.#words = region.words;
    this.#word = offset / 4;
  }

  get on(): boolean {
    return Atomics.load(this.#words, this.#word) !== 0;
  }

  set on(on: boolean) {
    Atomics.store(this.#words, this.#word, on ? 1 : 0);
  }
}

export class Tracing implements Traced, LockWaiting {
  trace: Tracer | null = null;
  readonly #switch: TraceSwitch;
  readonly #ring: TraceRing;
  readonly #place: number;
  readonly #changed: (trace: Tracer | null) => void;
  #tracer: Tracer | undefined;
  #lock = 0;

  /** @param place which of the places for workers this thread has; `changed`: told when recording begins and ends. */
  constructor(
    traceSwitch: TraceSwitch,
    ring: TraceRing,
    place: number,
    changed: (trace: Tracer | null) => void = () => {},
  ) {
    this.#switch = traceSwitch;
    this.#ring = ring;
    this.#place = place;
    this.#changed = changed;
  }

  look(): void {
    if (this.#switch.on !== (this.trace !== null)) this.#turn();
  }

  /** This thread serves no more: from here on nothing of it touches the ring. */
  end(): void {
    if (this.trace !== null) this.#turn();
  }

  // --- A wait for a lock ---

  began(): void {
    this.#lock = this.trace?.begin(WAIT_FOR_LOCK) ?? 0;
  }

  ended(): void {
    if (this.#lock !== 0) this.trace?.end(this.#lock);
  }

  #turn(): void {
    if (this.trace !== null) {
      this.trace.enter(NOTHING);
      this.trace = null;
    } else {
      if (this.#tracer === undefined) {
        this.#ring.own(process.pid, threadIdentifier(), this.#place);
        this.#tracer = new Tracer(this.#ring);
      }
      this.#tracer.renew();
      this.trace = this.#tracer;
    }
    this.#changed(this.trace);
  }
}
