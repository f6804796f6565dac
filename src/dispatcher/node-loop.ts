/**
 * The two loops: the dispatcher's is the outer one and Node's own (libuv) its guest, in one thread.
 *
 * libuv's backend descriptor is one more event source and its next timer bounds our wait, so that timers, promises,
 * signals and fetch work while the server serves. Each of our rounds runs from a setImmediate callback: between two
 * of them Node does one turn of its own. What must stay true:
 * - The next round is scheduled before any handler runs, so that one that throws does not end the loop.
 * - A round ends when libuv has something to do, when its next timer is due, and when code has run that may have
 *   resolved a promise: it is continued when the round returns to Node, and no wait stands between.
 * - A turn of Node's touches much code and memory, which costs 2 microseconds when they are in the processor's caches and
 *   far more when they are not. So a round has many turns as long as nothing but the server's own code runs.
 */
// By its module: as a property of the global object it would be looked up at each reading.
import { performance } from 'node:perf_hooks';
import { type NodeLoop, nodeLoop } from '../linux/libuv.js';
import type { StallMeter } from '../metrics/stall-meter.js';
import { NODE_LOOP } from '../metrics/trace/kinds.js';
import type { Dispatcher } from './dispatcher.js';

/** At most so many of our turns for one of Node's, where the dispatcher says nothing else. */
export const TURNS_PER_ROUND = 16;

/** libuv answers 'do not wait' when it has nothing at all to wait for: a timer that does nothing gives it something. */
export const IDLE_INTERVAL_MILLISECONDS = 2_000_000_000;

const nothing = (): void => {};
const always = (): boolean => true;

/** What a host needs of a dispatcher. */
export type TurningDispatcher = Pick<Dispatcher, 'clock' | 'counts' | 'turn' | 'watch' | 'unwatch'> &
  Partial<Pick<Dispatcher, 'tracing'>> & {
    /** Other than usual: for code that gives Node nothing to do but by its descriptor and its timers. */
    readonly turnsPerRound?: number;
  };

export class NodeLoopHost {
  readonly #dispatcher: TurningDispatcher;
  readonly #node: NodeLoop;
  readonly #turnsPerRound: number;
  readonly #afterTurn: () => boolean;
  readonly #stalls: StallMeter | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #interval: NodeJS.Timeout | undefined;
  #nodeHasWork = false;
  #running = false;

  /**
   * @param afterTurn called after each turn of the dispatcher: whether code may have run that waits for Node, as code does
   * that uses promises. By default it always may.
   * @param stalls what measures how long it takes from one wait to the next, Node's own turns included.
   */
  constructor(
    dispatcher: TurningDispatcher,
    afterTurn: () => boolean = always,
    stalls?: StallMeter,
    node: NodeLoop = nodeLoop(),
  ) {
    this.#dispatcher = dispatcher;
    this.#node = node;
    this.#turnsPerRound = dispatcher.turnsPerRound ?? TURNS_PER_ROUND;
    this.#stalls = stalls;
    this.#afterTurn = afterTurn;
  }

  start(): void {
    this.#running = true;
    this.#interval = setInterval(nothing, IDLE_INTERVAL_MILLISECONDS);
    this.#dispatcher.watch(this.#node.descriptor, () => {
      this.#nodeHasWork = true;
    });
    this.#immediate = setImmediate(this.#round);
  }

  stop(): void {
    this.#running = false;
    clearInterval(this.#interval);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#dispatcher.unwatch(this.#node.descriptor);
  }

  readonly #round = (): void => {
    // An immediate that is running still counts as pending work, and libuv would answer 'do not wait'. Clearing one
    // makes Node count again.
    clearImmediate(setImmediate(nothing));
    const timeout = this.#node.timeout();
    this.#immediate = setImmediate(this.#round);
    const dispatcher = this.#dispatcher;
    let now = performance.now();
    const due = now + timeout;
    let wait = timeout;
    this.#nodeHasWork = false;
    for (let turn = 0; turn < this.#turnsPerRound && this.#running; turn++) {
      // The first wait follows none.
      if (dispatcher.counts.turns > 0) this.#stalls?.record(now - dispatcher.clock);
      dispatcher.turn(wait);
      this.#stalls?.waited(dispatcher.clock - now);
      if (this.#afterTurn() || this.#nodeHasWork) break;
      now = performance.now();
      if (timeout >= 0) wait = Math.ceil(due - now);
      if (timeout >= 0 && wait <= 0) break;
    }
    dispatcher.tracing?.trace?.enter(NODE_LOOP);
  };
}
