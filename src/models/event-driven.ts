/**
 * The event-driven architecture: one address space, one thread of control, one global event dispatcher.
 *
 * The dispatcher waits for events (receipt of a request, completion of a send, completion of a disk read) and calls
 * the handler of each. A handler never waits: it starts an operation and hands control back, and thousands of
 * connections advance in turns. There is nothing to lock, and nothing to switch to.
 *
 * Read with it: dispatcher/dispatcher.ts (what an event is), connection/connection.ts (the handlers).
 */
import { Connection } from '../connection/connection.js';
import type { ConnectionLimits, Service } from '../connection/service.js';
import type { Acceptor, Dispatcher } from '../dispatcher/dispatcher.js';
import { NodeLoopHost } from '../dispatcher/node-loop.js';
import { ENOMEM } from '../linux/errno.js';
import { close, limitUnsent, UNSENT_BYTES, unreadBytes } from '../linux/sockets.js';
import { REFUSED } from '../metrics/counts.js';
import type { StallMeter } from '../metrics/stall-meter.js';
import {
  ABORT,
  BUSY,
  ENDING,
  IDLE,
  QUEUE_MILLISECONDS,
  RUN,
  STOP,
  THROW,
  type WorkerSlot,
} from '../metrics/worker-slots.js';
import type { LoopMeter } from './loop-meter.js';

/**
 * So many connections may have UNSENT_BYTES each lie in the kernel; whoever comes when more are open gets less, by the
 * square of how many there are, so that the sum stays bounded. Thousands that ask for much and read nothing can then not
 * take the memory that the kernel has for the connections of the whole machine.
 */
const FEW_CONNECTIONS = 64;
const LEAST_UNSENT_BYTES = 32_768;

/** Everything of the service but what the model itself knows. */
export type EventDrivenService = Omit<
  Service,
  'dispatcher' | 'draining' | 'closesIdle' | 'open' | 'closed' | 'othersWait'
>;

export interface EventDrivenOptions {
  readonly dispatcher: Dispatcher;
  /** Listening, non-blocking sockets. They are not closed here: others may go on accepting from them. */
  readonly listeners: readonly number[];
  /** More connections than this wait in the kernel's backlog. */
  readonly maxConnections: number;
  /** Where its orders come from. */
  readonly slot: WorkerSlot;
  /** Told when the kernel had no descriptor or memory for a connection: -errno. */
  readonly acceptFailed: (error: number) => void;
  /** How long it takes from one wait to the next. */
  readonly stalls?: StallMeter;
  /** Counts what each turn has brought. */
  readonly meter?: LoopMeter | undefined;
}

export class EventDriven implements Acceptor {
  /** Settles when a drain has ended: nothing is accepted any more, and no connection is left. */
  readonly drained: Promise<void>;
  readonly #service: Service;
  readonly #options: EventDrivenOptions;
  readonly #host: NodeLoopHost;
  #maxConnections: number;
  #order: number = RUN;
  #full = false;
  #wakeUps = 0;
  /** Listeners that may still hand connections over. */
  #accepting = 0;
  /** When the latest connection was accepted, by the dispatcher's clock. */
  #acceptedAt = Number.NEGATIVE_INFINITY;
  #closing: NodeJS.Timeout | undefined;
  #settleDrained: () => void = () => {};

  constructor(service: EventDrivenService, options: EventDrivenOptions) {
    this.#options = options;
    this.#maxConnections = options.maxConnections;
    this.#service = {
      ...service,
      dispatcher: options.dispatcher,
      draining: false,
      closesIdle: false,
      open: new Set(),
      closed: () => this.#connectionClosed(),
      // Whoever comes is served beside the others.
      othersWait: () => false,
    };
    this.#host = new NodeLoopHost(options.dispatcher, () => this.#afterTurn(), options.stalls);
    this.drained = new Promise((resolve) => {
      this.#settleDrained = resolve;
    });
  }

  start(): void {
    const { dispatcher, listeners, slot } = this.#options;
    const { site } = this.#service;
    site.tick(dispatcher.now);
    // Not after the turn: whoever comes first after a quiet minute is answered by the time that it is.
    dispatcher.tellTime((now) => site.tick(now));
    this.#accepting = listeners.length;
    for (const listener of listeners) dispatcher.accept(listener, this);
    slot.state = IDLE;
    this.#service.tracing.look();
    this.#host.start();
  }

  /** Whether the turn ran code that is not the server's own: a handler's, a wake-up's, or whoever waits for the drain to end. */
  #afterTurn(): boolean {
    const { dispatcher, slot, meter } = this.#options;
    meter?.turnEnded(dispatcher.counts);
    if (slot.order !== this.#order) this.#obey();
    this.#service.tracing.look();
    const { wakeUps } = dispatcher.counts;
    const others = this.#service.site.ranHandlers?.() === true || wakeUps !== this.#wakeUps || this.#service.draining;
    this.#wakeUps = wakeUps;
    return others;
  }

  #obey(): void {
    const { slot } = this.#options;
    this.#order = slot.order;
    if (this.#order === THROW) throw new Error('This fault was injected.');
    if (this.#order === ABORT) this.abort();
    else this.drain(this.#order === STOP);
  }

  accepted(socket: number): void {
    const { open } = this.#service;
    this.#acceptedAt = this.#options.dispatcher.clock;
    const share = FEW_CONNECTIONS / (open.size + 1);
    if (share < 1) limitUnsent(socket, Math.max(Math.floor(UNSENT_BYTES * share * share), LEAST_UNSENT_BYTES));
    try {
      new Connection(socket, this.#service);
    } catch {
      // The dispatcher has no room for it: the kernel's memory, or the most that it can watch.
      close(socket);
      this.acceptFailed(-ENOMEM);
      return;
    }
    if (open.size === 1 && !this.#service.draining) this.#options.slot.state = BUSY;
    this.#pauseIfFull();
  }

  #pauseIfFull(): void {
    const { open, draining } = this.#service;
    if (open.size < this.#maxConnections || this.#full || draining) return;
    this.#full = true;
    for (const listener of this.#options.listeners) this.#options.dispatcher.pauseAccepting(listener);
  }

  #resumeIfRoom(): void {
    if (!this.#full || this.#service.open.size >= this.#maxConnections) return;
    this.#full = false;
    for (const listener of this.#options.listeners) this.#options.dispatcher.resumeAccepting(listener);
  }

  /** Other limits hold from now on, for connections that are open too. */
  change(limits: ConnectionLimits, maxConnections: number): void {
    this.#service.limits = limits;
    this.#maxConnections = maxConnections;
    if (this.#service.draining) return;
    this.#pauseIfFull();
    this.#resumeIfRoom();
  }

  acceptFailed(error: number): void {
    this.#options.slot.counts[REFUSED]! += 1;
    this.#options.acceptFailed(error);
  }

  acceptingEnded(): void {
    this.#accepting--;
    if (this.#accepting === 0) this.#options.slot.state = ENDING;
    // Whoever came out of the queue may be about to send.
    if (this.#service.closesIdle) this.#closeIdleSoon();
    this.#endIfDrained();
  }

  #connectionClosed(): void {
    const { open, draining } = this.#service;
    if (draining) {
      this.#endIfDrained();
      return;
    }
    if (open.size === 0) this.#options.slot.state = IDLE;
    this.#resumeIfRoom();
  }

  /**
   * Accepts no more and lets connections finish their answer; `drained` settles when all have. Those that wait for a
   * request are closed, or, without `closesIdle`, answered once more: then not one request is lost.
   */
  drain(closesIdle: boolean): void {
    const { dispatcher, listeners } = this.#options;
    if (!this.#service.draining) {
      this.#service.draining = true;
      // Whoever answers once more has a successor, whose the queue is.
      for (const listener of listeners) dispatcher.stopAccepting(listener, closesIdle);
    }
    if (closesIdle) {
      this.#service.closesIdle = true;
      if (performance.now() - this.#acceptedAt < QUEUE_MILLISECONDS) this.#closeIdleSoon();
      else this.#closeIdle();
    }
    this.#endIfDrained();
  }

  /** Closes every connection now. */
  abort(): void {
    this.drain(true);
    for (const connection of [...this.#service.open]) connection.abandon();
  }

  #closeIdleSoon(): void {
    this.#closing ??= setTimeout(() => this.#closeIdle(), QUEUE_MILLISECONDS);
  }

  #closeIdle(): void {
    for (const connection of [...this.#service.open]) {
      // A request that has come already is answered.
      if (unreadBytes(connection.socket) === 0) connection.drain();
    }
  }

  #endIfDrained(): void {
    if (this.#service.draining && this.#accepting === 0 && this.#service.open.size === 0) this.#settleDrained();
  }

  /** Turns no more. To be called when `drained` has settled, or when nothing matters any more. */
  stop(): void {
    this.#host.stop();
    clearTimeout(this.#closing);
    this.#options.meter?.stop();
  }
}
