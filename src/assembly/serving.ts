/**
 * A server from whole options: either one event-driven loop in this process, or workers that this process keeps.
 */
import { inUrl } from '../config/address.js';
import type { ServerOptions } from '../config/options.js';
import { NONE } from '../config/table/application.js';
import { probeDispatcher } from '../dispatcher/choose.js';
import type { DispatcherName } from '../dispatcher/dispatcher.js';
import { close, type Listener, SHUT_RD, shutdown, waitingConnections } from '../linux/sockets.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { BUSY, VACANT } from '../metrics/worker-slots.js';
import { keepLoops } from '../models/event-loops.js';
import type { Keeping } from '../models/keeping.js';
import { keepProcesses } from '../models/multi-process.js';
import { keepThreads } from '../models/multi-threaded.js';
import type { WorkerPool } from '../models/worker-pool.js';
import type { SharedCache } from '../site/shared-cache.js';
import { withAdmin } from './admin.js';
import type { OwnHandler } from './application.js';
import { prepareListener } from './blocking-worker.js';
import { probeDisk } from './disk.js';
import { listenAt } from './listening.js';
import { assembleLoop } from './loop.js';
import { SharedMemory, sharesCache, workersOf } from './shared-memory.js';

export interface Server {
  /** Where it listens, with the port that was really taken. */
  readonly url: string;
  readonly model: ServerOptions['model'];
  /** What the event model waits with; the others have no dispatcher. */
  readonly dispatcher: DispatcherName | undefined;
  /** Why this dispatcher, in a few words. */
  readonly dispatcherReason: string;
  /** How files are read: the disk strategy, and what `auto` comes to. */
  readonly disk: string;
  /** The most loops, processes or threads that serve at a time. */
  readonly workers: number;
  /** The directory that is served, or the module of the application. */
  readonly root: string;
  /** Where health and metrics are, if anywhere. */
  readonly adminUrl: string | undefined;
  metrics(): ServerMetrics;
  /** Replaces every worker, losing no request; where there is none but this process itself, cached files are looked at again. */
  reload(): Promise<void>;
  /** Accepts no more, lets requests under way finish (within the drain timeout), then closes. */
  drain(): Promise<void>;
  /** Closes at once. */
  close(): Promise<void>;
}

/** What differs between a server that is one loop and one that keeps workers. */
interface Running {
  readonly dispatcher: { readonly name: DispatcherName; readonly reason: string } | undefined;
  readonly disk: string;
  readonly workersReplaced: () => number;
  reload(): Promise<void>;
  /** Accepts no more, and settles when all has ended, after so many milliseconds at the latest. */
  stop(timeout: number): Promise<void>;
  /** Makes an end of everything, also of a `stop` under way. */
  abort(): void;
}

/** Starts a server from whole options; what it throws is said with `serve`. */
export async function startServer(options: ServerOptions, own: OwnHandler = {}): Promise<Server> {
  const alone = options.model === 'event' && options.loops === 1;
  const memory = SharedMemory.create(options);
  let listeners: Listener[] = [];
  let server: Server;
  try {
    listeners = await openListeners(options);
    const running = alone
      ? await serveAlone(options, listeners, memory, own)
      : await serveWithWorkers(options, listeners, memory);
    server = serverOf(options, listeners, memory, running);
  } catch (error) {
    giveBack(listeners, memory);
    throw error;
  }
  return options.admin === 'off' ? server : withAdmin(server, options.admin);
}

function openListeners(options: ServerOptions): Promise<Listener[]> {
  if (options.model === 'event') return listenAt(options, options.loops, { sharePort: options.loops > 1 });
  return listenAt(options, 1, { blocking: true }).then((listeners) => {
    for (const { descriptor } of listeners) prepareListener(descriptor, options);
    return listeners;
  });
}

async function serveAlone(
  options: ServerOptions,
  [listener]: readonly Listener[],
  memory: SharedMemory,
  own: OwnHandler,
): Promise<Running> {
  const slot = memory.slots.at(0);
  const loop = await assembleLoop(options, (listener as Listener).descriptor, slot, 1, 1, own);
  loop.model.start();
  return {
    dispatcher: { name: loop.dispatcher, reason: loop.reason },
    disk: loop.disk,
    workersReplaced: () => 0,
    reload: async () => loop.doubt(),
    async stop(timeout) {
      const timer = setTimeout(() => loop.model.abort(), timeout);
      loop.model.drain(true);
      await loop.model.drained;
      clearTimeout(timer);
      await loop.close();
    },
    abort: () => loop.model.abort(),
  };
}

async function serveWithWorkers(
  options: ServerOptions,
  listeners: readonly Listener[],
  memory: SharedMemory,
): Promise<Running> {
  const dispatcher = options.model === 'event' ? probeDispatcher(options.dispatcher) : undefined;
  const disk = options.model === 'event' ? await probeDisk(options) : options.disk;
  const cache = sharesCache(options) ? memory.cacheOf(-1) : undefined;
  const pool = poolOf(options, listeners, memory, cache);
  const faults = options.inject.workerThrowMilliseconds;
  await pool.start();
  const injecting = faults === 0 ? undefined : setInterval(() => pool.throwIn(Math.random()), faults);
  return {
    dispatcher,
    disk,
    workersReplaced: () => pool.counts.replaced,
    reload() {
      cache?.doubt();
      return pool.roll(options.drainTimeoutMilliseconds);
    },
    stop(timeout) {
      clearInterval(injecting);
      return pool.stop(timeout);
    },
    abort: () => void pool.abort(),
  };
}

function poolOf(
  options: ServerOptions,
  listeners: readonly Listener[],
  memory: SharedMemory,
  cache: SharedCache | undefined,
): WorkerPool {
  const { region, slots } = memory;
  const { minSpare, maxSpare } = options;
  const keeping: Keeping<ServerOptions> = {
    entry: new URL('./worker.js', import.meta.url),
    slots,
    size: workersOf(options),
    spare: minSpare === 0 ? undefined : { least: minSpare, most: maxSpare },
    assignment: (place, slot) => ({
      options,
      place,
      slot,
      listener: (listeners[place] ?? (listeners[0] as Listener)).descriptor,
      region: { descriptor: region.descriptor, size: region.size, base: region.base },
      keeper: process.pid,
    }),
    buried: (slot) => cache?.bury(slot),
    log: (sentence) => process.stderr.write(`${sentence}\n`),
  };
  if (options.model === 'process') return keepProcesses(keeping);
  if (options.model === 'thread') return keepThreads(keeping);
  return keepLoops(keeping, options.loopsIn);
}

function serverOf(
  options: ServerOptions,
  listeners: readonly Listener[],
  memory: SharedMemory,
  running: Running,
): Server {
  const { slots } = memory;
  const cache = sharesCache(options) ? memory.cacheOf(-1) : undefined;
  const read = (): ServerMetrics => ({
    ...slots.sum(),
    workers: slots.slots.length - slots.inState(VACANT),
    busy: slots.inState(BUSY),
    workersReplaced: running.workersReplaced(),
    waiting: listeners.reduce((sum, { descriptor }) => sum + Math.max(0, waitingConnections(descriptor)), 0),
    lock: cache?.lock.counts,
  });
  let last: ServerMetrics | undefined;
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    const stopped = running.stop(options.drainTimeoutMilliseconds);
    // Workers inherit the listener: shutting it down, unlike closing it, ends it for all. New connections are refused.
    setImmediate(() => {
      if (last === undefined) for (const { descriptor } of listeners) shutdown(descriptor, SHUT_RD);
    });
    await stopped;
    last = read();
    giveBack(listeners, memory);
  };
  const drain = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  return {
    url: `http://${inUrl(options.host)}:${(listeners[0] as Listener).port}/`,
    model: options.model,
    dispatcher: running.dispatcher?.name,
    dispatcherReason: running.dispatcher?.reason ?? '',
    disk: running.disk,
    workers: workersOf(options),
    root: options.app === NONE ? options.root : options.app,
    adminUrl: undefined,
    metrics: () => last ?? read(),
    // Once the end has begun there is nothing left to replace, and then no memory to say so in.
    reload: () => (ended === undefined ? running.reload() : Promise.resolve()),
    drain,
    close: () => {
      const closed = drain();
      if (last === undefined) running.abort();
      return closed;
    },
  };
}

function giveBack(listeners: readonly Listener[], memory: SharedMemory): void {
  for (const { descriptor } of listeners) close(descriptor);
  memory.region.destroy();
}
