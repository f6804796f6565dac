/**
 * A dispatcher whose turns end when something is due that it does not know of: a request of an open loop, the end of the
 * measurement. Stands between it and the host of the two loops.
 */
// By its module: as a property of the global object it would be looked up at each reading.
import { performance } from 'node:perf_hooks';
import type { Dispatcher } from '../../dispatcher/dispatcher.js';
import type { TurningDispatcher } from '../../dispatcher/node-loop.js';

/**
 * Where the server is as fast as the client a turn has one answer or two, and each of Node's costs as much as several of ours.
 * The client has nothing for Node to do but timers, and what its parent says.
 */
const TURNS_PER_ROUND = 256;

export class PacedTurns implements TurningDispatcher {
  readonly turnsPerRound = TURNS_PER_ROUND;
  readonly counts: Dispatcher['counts'];
  readonly #dispatcher: Dispatcher;
  readonly #due: () => number;
  readonly #afterTurn: (now: number) => void;
  /** Whether it can wait for less than a millisecond. */
  readonly #fine: boolean;

  /** @param due when something is due, by `clock`; Infinity for never. @param afterTurn called when what has happened has been dispatched. */
  constructor(dispatcher: Dispatcher, due: () => number, afterTurn: (now: number) => void) {
    this.counts = dispatcher.counts;
    this.#dispatcher = dispatcher;
    this.#due = due;
    this.#afterTurn = afterTurn;
    this.#fine = dispatcher.name === 'io_uring';
  }

  get clock(): number {
    return this.#dispatcher.clock;
  }

  watch(descriptor: number, wakeUp: (descriptor: number) => void): void {
    this.#dispatcher.watch(descriptor, wakeUp);
  }

  unwatch(descriptor: number): void {
    this.#dispatcher.unwatch(descriptor);
  }

  turn(timeout: number): number {
    const due = this.#due();
    let wait = timeout;
    if (due !== Number.POSITIVE_INFINITY) {
      // The clock of the last turn is as old as what has been done since.
      const left = Math.max(0, due - performance.now());
      // What can wait for whole milliseconds only turns without waiting in the last one.
      const bound = this.#fine ? left : Math.floor(left);
      if (timeout < 0 || bound < timeout) wait = bound;
    }
    const events = this.#dispatcher.turn(wait);
    this.#afterTurn(this.#dispatcher.clock);
    return events;
  }
}
