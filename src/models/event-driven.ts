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
import type { Service } from '../connection/service.js';
import type { Acceptor } from '../dispatcher/dispatcher.js';
import { NodeLoopHost } from '../dispatcher/node-loop.js';
import { ENOMEM } from '../linux/errno.js';
import { close } from '../linux/sockets.js';

export interface EventDrivenOptions {
  /** Listening, non-blocking sockets, which the model closes when it accepts no more. */
  readonly listeners: readonly number[];
  /** More connections than this wait in the kernel's backlog. */
  readonly maxConnections: number;
  /** Told when the kernel had no descriptor or memory for a connection: -errno. */
  readonly acceptFailed: (error: number) => void;
}

export class EventDriven implements Acceptor {
  readonly #service: Service;
  readonly #options: EventDrivenOptions;
  readonly #host: NodeLoopHost;
  #full = false;
  #wakeUps = 0;
  #drained: (() => void) | undefined;

  constructor(service: Omit<Service, 'closed'>, options: EventDrivenOptions) {
    this.#service = Object.assign(service, { closed: () => this.#connectionClosed() });
    this.#options = options;
    this.#host = new NodeLoopHost(service.dispatcher, () => this.#afterTurn());
  }

  /** Whether the turn ran code that is not the server's own: a wake-up's, or whoever waits for the drain to end. */
  #afterTurn(): boolean {
    const { dispatcher, site, draining } = this.#service;
    site.tick(dispatcher.now);
    const { wakeUps } = dispatcher.counts;
    const others = wakeUps !== this.#wakeUps || draining;
    this.#wakeUps = wakeUps;
    return others;
  }

  start(): void {
    const { dispatcher, site } = this.#service;
    site.tick(dispatcher.now);
    for (const listener of this.#options.listeners) dispatcher.accept(listener, this);
    this.#host.start();
  }

  accepted(socket: number): void {
    const { open } = this.#service;
    try {
      new Connection(socket, this.#service);
    } catch {
      // The dispatcher has no room for it: the kernel's memory, or the most that it can watch.
      close(socket);
      this.acceptFailed(-ENOMEM);
      return;
    }
    if (open.size < this.#options.maxConnections || this.#full) return;
    this.#full = true;
    for (const listener of this.#options.listeners) this.#service.dispatcher.pauseAccepting(listener);
  }

  acceptFailed(error: number): void {
    this.#options.acceptFailed(error);
  }

  #connectionClosed(): void {
    const { open, dispatcher, draining } = this.#service;
    if (open.size === 0) this.#drained?.();
    if (!this.#full || open.size >= this.#options.maxConnections || draining) return;
    this.#full = false;
    for (const listener of this.#options.listeners) dispatcher.resumeAccepting(listener);
  }

  /** Accepts no more, closes idle connections, lets the others finish their answer; those left after `timeout` milliseconds are closed. */
  async drain(timeout: number): Promise<void> {
    const { dispatcher, open } = this.#service;
    this.#service.draining = true;
    for (const listener of this.#options.listeners) {
      dispatcher.stopAccepting(listener);
      close(listener);
    }
    for (const connection of [...open]) connection.drain();
    if (open.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        timer = setTimeout(resolve, timeout);
      });
      clearTimeout(timer);
    }
    this.abort();
  }

  /** Closes every connection now; a drain under way ends with it. */
  abort(): void {
    for (const connection of [...this.#service.open]) connection.abort();
  }

  /** Gives everything back. Call `drain` first. */
  close(): void {
    this.#host.stop();
    this.#service.site.close();
    this.#service.dispatcher.destroy();
  }
}
