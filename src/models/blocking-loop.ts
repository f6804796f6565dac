/**
 * The loop of a worker that blocks, process or thread alike: accept a connection, receive, handle, send, until it closes;
 * then the next one. Everything waits where it stands, and meanwhile the kernel runs the other workers.
 *
 * The worker is held by its connection for as long as that lasts. While all workers are held, new connections wait in the
 * backlog of the listener.
 *
 * Read with it: connection/blocking-calls.ts (the system calls), connection/connection.ts (what a connection wants).
 */
import { setTimeout as pause, setImmediate as turnOfNode } from 'node:timers/promises';
import type { BlockingCalls, Waiting } from '../connection/blocking-calls.js';
import { Connection } from '../connection/connection.js';
import { NodeWait } from '../connection/node-wait.js';
import type { Service } from '../connection/service.js';
import { ACCEPT_BACK_OFF_MILLISECONDS } from '../dispatcher/dispatcher.js';
import { isHarmless } from '../dispatcher/listeners.js';
import { EAGAIN, EINVAL } from '../linux/errno.js';
import { unreadBytes, waitingConnections } from '../linux/sockets.js';
import { REFUSED } from '../metrics/counts.js';
import { ACCEPT, NODE_LOOP, WAIT_IN_ACCEPT } from '../metrics/trace/kinds.js';
import type { WorkMark } from '../metrics/work-mark.js';
import {
  ABORT,
  BUSY,
  ENDING,
  IDLE,
  QUEUE_MILLISECONDS,
  RETIRE,
  RUN,
  STOP,
  THROW,
  type WorkerSlot,
} from '../metrics/worker-slots.js';
import type { TimeSpent } from './time-spent.js';
import type { WaitingAcceptor } from './waiting-acceptor.js';

/** Everything of the service but what the loop itself knows. */
export type BlockingService = Omit<
  Service,
  'dispatcher' | 'draining' | 'closesIdle' | 'open' | 'closed' | 'othersWait'
>;

export interface BlockingLoopOptions {
  /** The listening sockets. */
  readonly listeners: readonly number[];
  /** Waits for a connection on them; a signal ends the wait. */
  readonly acceptor: Pick<WaitingAcceptor, 'accept' | 'acceptNow' | 'descriptor'>;
  /** Told when the kernel had no descriptor or memory for a connection: -errno. */
  readonly acceptFailed: (error: number) => void;
  readonly slot: WorkerSlot;
  /** Tells where the time goes. */
  readonly time?: TimeSpent | undefined;
  /** Tells whoever keeps it whether it works. */
  readonly mark?: WorkMark | undefined;
  /** How many workers wait for a connection now, of all that accept from these listeners. */
  readonly idleWorkers: () => number;
  /** Makes the system calls of a connection, asking this worker for its orders. */
  readonly calls: (waiting: Waiting) => BlockingCalls;
}

/** Beside Node's loop a worker that is woken by nobody looks for orders and connections after so many milliseconds. */
const LOOK_MILLISECONDS = 1000;
/** However long a connection lasts, Node's own loop turns so often. */
const TURN_MILLISECONDS = 1000;

export class BlockingLoop implements Waiting {
  readonly #options: BlockingLoopOptions;
  readonly #calls: BlockingCalls;
  readonly #service: Service;
  #node: NodeWait | undefined;
  /** When Node's own loop has last turned for this connection, in milliseconds since the epoch. */
  #turned = 0;
  /** What it had has been given back: nothing of it may be touched any more. */
  #abandoned = false;
  /** Until then a connection out of the queue may begin its request, by performance.now(). */
  #patientUntil = 0;

  constructor(service: BlockingService, options: BlockingLoopOptions) {
    this.#options = options;
    this.#calls = options.calls(this);
    this.#service = {
      ...service,
      dispatcher: this.#calls,
      draining: false,
      closesIdle: false,
      open: new Set(),
      closed: () => {},
      othersWait: () => this.#othersWait(),
    };
  }

  /** How many connections have not been accepted yet. */
  #waiting(): number {
    let waiting = 0;
    for (const listener of this.#options.listeners) waiting += Math.max(0, waitingConnections(listener));
    return waiting;
  }

  /** A connection for which a worker is free has not been accepted yet; it does not wait for one to close. */
  #othersWait(): boolean {
    const waiting = this.#waiting();
    return waiting > 0 && waiting > this.#options.idleWorkers();
  }

  /** Something has thrown while an application was waited for: the peer shall not wait for a worker that is no more. */
  abandon(): void {
    this.#abandoned = true;
    for (const connection of [...this.#service.open]) connection.abandon();
  }

  /** Serves until it is told to end. */
  async run(): Promise<void> {
    try {
      await this.#acceptAndServe();
    } finally {
      this.#options.time?.tell();
      this.#options.mark?.waits();
      this.#node?.close();
    }
  }

  async #acceptAndServe(): Promise<void> {
    const { acceptor, slot } = this.#options;
    const { tracing } = this.#service;
    const hosted = this.#service.site.ranHandlers !== undefined && acceptor.descriptor >= 0;
    while (slot.order === RUN && !this.#abandoned) {
      slot.state = IDLE;
      tracing.look();
      tracing.trace?.enter(WAIT_IN_ACCEPT);
      const socket = hosted ? await this.#acceptBesideNode() : acceptor.accept();
      tracing.trace?.enter(ACCEPT);
      if (socket >= 0) await this.#serve(socket);
      // A listener that was shut down for good gives EINVAL: then there is an order too.
      else if (!isHarmless(socket) && socket !== -EINVAL) await this.#backOff(socket);
      // Timers, promises and signals of this thread have their turn between two connections.
      await this.#turnNode();
    }
    this.before();
    await this.#serveQueue();
  }

  /** When all workers stop, nobody else comes for those who have connected; those of one that retires are its successor's. */
  async #serveQueue(): Promise<void> {
    const { acceptor, slot } = this.#options;
    const until = performance.now() + QUEUE_MILLISECONDS;
    while (slot.order === STOP && !this.#abandoned && this.#waiting() > 0 && performance.now() < until) {
      // Should another worker be faster, the wait ends with the next wake-up, or when the listener is shut down.
      const socket = acceptor.descriptor < 0 ? acceptor.accept() : acceptor.acceptNow();
      this.#patientUntil = performance.now() + QUEUE_MILLISECONDS;
      if (socket >= 0) await this.#serve(socket);
      else if (!isHarmless(socket)) return;
    }
  }

  /** Twice: what Node finds out in one turn, as the pauses of the garbage collector, it tells in the next. */
  async #turnNode(): Promise<void> {
    this.#service.tracing.trace?.enter(NODE_LOOP);
    await turnOfNode();
    await turnOfNode();
  }

  /** Waits for a connection and for Node's own loop, where an application has something to do in between. */
  async #acceptBesideNode(): Promise<number> {
    const { acceptor, slot } = this.#options;
    while (slot.order === RUN && !this.#abandoned) {
      await this.#beside.turn(acceptor.descriptor, LOOK_MILLISECONDS);
      this.after();
      const socket = acceptor.acceptNow();
      if (socket !== -EAGAIN) return socket;
    }
    return -EAGAIN;
  }

  get #beside(): NodeWait {
    this.#node ??= new NodeWait(this.#service.arena, this.#service.tracing, this.#options.mark);
    return this.#node;
  }

  /** The kernel has nothing left to give: those who wait in the backlog wait on. */
  async #backOff(error: number): Promise<void> {
    this.#options.slot.counts[REFUSED]! += 1;
    this.#options.acceptFailed(error);
    await pause(ACCEPT_BACK_OFF_MILLISECONDS);
  }

  async #serve(socket: number): Promise<void> {
    this.#options.time?.tell();
    this.#options.slot.state = BUSY;
    this.#calls.nodeIsDue = false;
    this.#turned = Date.now();
    this.after();
    const connection = new Connection(socket, this.#service);
    try {
      while (!this.#abandoned && !this.#calls.run()) {
        if (this.#calls.nodeIsDue) {
          this.#calls.nodeIsDue = false;
          await this.#turnNode();
        } else {
          // An application is waited for, and Node's own loop with it.
          await this.#calls.waitWith(this.#beside);
        }
      }
    } finally {
      // Where something has thrown: the peer shall not wait for a worker that is no more.
      connection.abandon();
      this.#options.time?.tell();
    }
  }

  /** Reads the order and does what it says. */
  before(): void {
    const { slot } = this.#options;
    const { order } = slot;
    this.#service.tracing.look();
    if (order === RUN) return;
    if (order === THROW) throw new Error('This fault was injected.');
    slot.state = ENDING;
    this.#service.draining = true;
    if (order === RETIRE) return;
    this.#service.closesIdle = true;
    for (const connection of this.#service.open) {
      // A request that has come already is answered.
      if (order === STOP && unreadBytes(connection.socket) === 0 && performance.now() >= this.#patientUntil)
        connection.drain();
      else if (order === ABORT) connection.abandon();
    }
  }

  ranHandlers(): boolean {
    return this.#service.site.ranHandlers?.() === true;
  }

  after(): void {
    const now = Date.now();
    this.#service.site.tick(now);
    // A clock that was set back makes it due as well.
    if (Math.abs(now - this.#turned) < TURN_MILLISECONDS) return;
    this.#turned = now;
    this.#calls.nodeIsDue = true;
  }
}
