/**
 * The two loops: the dispatcher's is the outer one and Node's own (libuv) its guest, in one thread.
 *
 * libuv's backend descriptor is one more event source and its next timer bounds our wait, so that timers, promises,
 * signals and fetch work while the server serves. Each of our rounds runs from a setImmediate callback: between two
 * of them Node does one turn of its own. What must stay true:
 * - The next round is scheduled before any handler runs, so that one that throws does not end the loop.
 * - A round waits at most once, first; further turns only take what is already there. A promise resolved by a handler
 *   is continued when the round returns to Node, and no wait stands between.
 */
import { mainLoop, type NodeLoop } from '../linux/libuv.js';
import type { Dispatcher } from './dispatcher.js';

/** While libuv's descriptor is quiet, at most so many of our turns for one of Node's: a turn of Node's costs 2 microseconds. */
export const TURNS_PER_ROUND = 16;
/** A turn that dispatched fewer events was no sign of load: Node goes first. */
const BUSY_EVENTS = 4;

/** libuv answers 'do not wait' when it has nothing at all to wait for: a timer that does nothing gives it something. */
const IDLE_INTERVAL_MILLISECONDS = 2_000_000_000;

const nothing = (): void => {};

export class NodeLoopHost {
  readonly #dispatcher: Dispatcher;
  readonly #node: NodeLoop;
  readonly #afterTurn: () => void;
  #immediate: NodeJS.Immediate | undefined;
  #interval: NodeJS.Timeout | undefined;
  #nodeHasWork = false;
  #running = false;

  /** @param afterTurn called after each turn of the dispatcher. */
  constructor(dispatcher: Dispatcher, afterTurn: () => void = nothing, node: NodeLoop = mainLoop()) {
    this.#dispatcher = dispatcher;
    this.#node = node;
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
    this.#nodeHasWork = false;
    let events = dispatcher.turn(timeout);
    this.#afterTurn();
    const due = timeout < 0 ? Number.POSITIVE_INFINITY : dispatcher.now + timeout;
    for (let turn = 1; turn < TURNS_PER_ROUND && events >= BUSY_EVENTS; turn++) {
      if (this.#nodeHasWork || !this.#running || dispatcher.now >= due) break;
      events = dispatcher.turn(0);
      this.#afterTurn();
    }
  };
}
