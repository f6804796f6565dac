/**
 * A wait for one socket and for Node's own loop together, in a worker that blocks: poll(2) over the socket and libuv's
 * backend descriptor, until one of them is readable or libuv's next timer is due. So a handler's timers, promises and fetch
 * go on while the worker waits for it. What must stay true is in dispatcher/node-loop.ts.
 */
import { IDLE_INTERVAL_MILLISECONDS } from '../dispatcher/node-loop.js';
import { type NodeLoop, nodeLoop } from '../linux/libuv.js';
import { POLLFD_BYTES, POLLIN, poll } from '../linux/poll.js';
import type { Arena } from '../memory/arena.js';
import { NODE_LOOP, WAIT_WITH_NODE } from '../metrics/trace/kinds.js';
import { type Traced, UNTRACED } from '../metrics/trace/tracing.js';
import type { WorkMark } from '../metrics/work-mark.js';

const nothing = (): void => {};
const always = (): boolean => true;

export class NodeWait {
  readonly #node: NodeLoop = nodeLoop();
  readonly #arena: Arena;
  readonly #tracing: Traced;
  readonly #mark: WorkMark | undefined;
  /** Two struct pollfd: libuv's, and the socket's. */
  readonly #offset: number;
  /** Node has something to wait for: libuv answers 'do not wait' when it has nothing at all. */
  readonly #interval = setInterval(nothing, IDLE_INTERVAL_MILLISECONDS);

  constructor(arena: Arena, tracing: Traced = UNTRACED, mark?: WorkMark) {
    this.#tracing = tracing;
    this.#mark = mark;
    this.#arena = arena;
    this.#offset = arena.reserve(2 * POLLFD_BYTES);
    this.#watch(0, this.#node.descriptor);
  }

  /**
   * Lets Node turn, and then waits for at most `milliseconds`, -1 for as long as it takes. Whether the socket is readable;
   * -1 for none. `stillWaits`: asked after Node's turn, which may have run what brings that for which one wanted to wait.
   */
  turn(socket: number, milliseconds: number, stillWaits: () => boolean = always): Promise<boolean> {
    this.#tracing.trace?.enter(NODE_LOOP);
    return new Promise((resolve) => {
      // From here: Node has done what promises wanted, and would go on to what its descriptors say.
      setImmediate(() => resolve(stillWaits() && this.#wait(socket, milliseconds)));
    });
  }

  /** Nobody waits with it any more. */
  close(): void {
    clearInterval(this.#interval);
  }

  #wait(socket: number, milliseconds: number): boolean {
    // An immediate that is running still counts as pending work, and libuv would answer 'do not wait'.
    clearImmediate(setImmediate(nothing));
    const timeout = this.#node.timeout();
    const wait = timeout < 0 || (milliseconds >= 0 && milliseconds < timeout) ? milliseconds : timeout;
    if (socket >= 0) this.#watch(1, socket);
    const { trace } = this.#tracing;
    trace?.enter(WAIT_WITH_NODE, socket);
    this.#mark?.waits();
    const ready = poll(this.#arena.base + this.#offset, socket >= 0 ? 2 : 1, wait);
    this.#mark?.works();
    trace?.enter(NODE_LOOP);
    // Half a word: the events that have come.
    return ready > 0 && socket >= 0 && this.#arena.words[(this.#offset + POLLFD_BYTES) / 4 + 1]! >>> 16 !== 0;
  }

  #watch(index: number, descriptor: number): void {
    const { words } = this.#arena;
    const at = (this.#offset + index * POLLFD_BYTES) / 4;
    words[at] = descriptor;
    words[at + 1] = POLLIN;
  }
}
