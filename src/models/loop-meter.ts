/**
 * What an event-driven loop counts once a turn: the events that its dispatcher has dispatched, put where others can read them,
 * and whose system calls those of this thread are from now on. (Several loops in one thread take turns.)
 */
import type { EventCounts } from '../dispatcher/dispatcher.js';
import { countSystemCallsIn, stopCountingIn } from '../linux/system-calls.js';
import { FIRST_EVENT } from '../metrics/counts.js';
import type { WorkerSlot } from '../metrics/worker-slots.js';

export class LoopMeter {
  readonly #counts: Float64Array;
  readonly #systemCalls: Float64Array;
  /** What a loop before this one has counted in the slot. */
  readonly #former: Float64Array;

  constructor({ counts, systemCalls }: WorkerSlot) {
    this.#counts = counts;
    this.#systemCalls = systemCalls;
    this.#former = counts.slice(FIRST_EVENT);
  }

  turnEnded(events: EventCounts): void {
    const counts = this.#counts;
    const former = this.#former;
    // In the order of EVENTS.
    counts[FIRST_EVENT] = former[0]! + events.turns;
    counts[FIRST_EVENT + 1] = former[1]! + events.accepts;
    counts[FIRST_EVENT + 2] = former[2]! + events.receipts;
    counts[FIRST_EVENT + 3] = former[3]! + events.sends;
    counts[FIRST_EVENT + 4] = former[4]! + events.diskReads;
    counts[FIRST_EVENT + 5] = former[5]! + events.timers;
    counts[FIRST_EVENT + 6] = former[6]! + events.wakeUps;
    countSystemCallsIn(this.#systemCalls);
  }

  /** The memory may go. */
  stop(): void {
    stopCountingIn(this.#systemCalls);
  }
}
