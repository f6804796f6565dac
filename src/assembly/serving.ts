/**
 * A server from whole options: either one event-driven loop in this process, or workers that this process keeps.
 */
import { inUrl } from '../config/address.js';
import type { ServerOptions } from '../config/options.js';
import { probeDispatcher } from '../dispatcher/choose.js';
import type { DispatcherName } from '../dispatcher/dispatcher.js';
import { onWake, stopListening } from '../linux/process.js';
import { close, type Listener, SHUT_RD, shutdown, waitingConnections } from '../linux/sockets.js';
import { AccessLog } from '../log/access-log.js';
import { ErrorLog, type Say } from '../log/error-log.js';
import { type LogCounts, LogWriter } from '../log/log-writer.js';
import type { LockCounts } from '../memory/lock.js';
import type { Stalls } from '../metrics/stall-meter.js';
import { BUSY, VACANT } from '../metrics/worker-slots.js';
import { keepLoops } from '../models/event-loops.js';
import type { Keeping } from '../models/keeping.js';
import { keepProcesses } from '../models/multi-process.js';
import { keepThreads } from '../models/multi-threaded.js';
import type { WorkerPool } from '../models/worker-pool.js';
import type { SharedCache } from '../site/shared-cache.js';
import { prepareListener } from './blocking-worker.js';
import { probeDisk } from './disk.js';
import { listenAt } from './listening.js';
import { assembleLoop } from './loop.js';
import { SharedMemory, sharesCache, workersOf } from './shared-memory.js';

/** What a server has counted since its start, and how it stands now. */
export interface ServerMetrics {
  /** Connections accepted, and requests whose answer has gone out, by all workers, those that have ended included. */
  readonly connections: number;
  readonly requests: number;
  /** Loops, processes or threads that serve; of these, how many have a connection now. */
  readonly workers: number;
  readonly busy: number;
  /** Workers that died and were replaced. */
  readonly workersReplaced: number;
  /** How long each event loop was away from its dispatcher, from one wait to the next; none in the models that block. */
  readonly stalls: Stalls;
  /** Connections that wait in the backlog to be accepted: in the blocking models, because all workers are busy. */
  readonly waiting: number;
  /** Of the lock of the shared cache, where there is one: how often it was taken, by how many who waited, for how long. */
  readonly lock: LockCounts | undefined;
  /** Lines of the access log, where there is one: those that have been written, and those that could not be. */
  readonly log: LogCounts | undefined;
}

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
  /** The directory that is served. */
  readonly root: string;
  metrics(): ServerMetrics;
  /** Replaces every worker, losing no request; where there is none but this process itself, cached files are looked at again. */
  reload(): Promise<void>;
  /** Opens the files of both logs anew, for one who has renamed them; lines that have been taken for the old ones still go there. */
  reopenLogs(): void;
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

/** What everything that is part of a server is given. */
interface Parts {
  readonly options: ServerOptions;
  readonly memory: SharedMemory;
  readonly errorLog: ErrorLog;
  /** Unless it is somebody else's. */
  closeLog(): void;
  /** Writes the lines of the access log, where there is one. */
  readonly writer: LogWriter | undefined;
  listeners: readonly Listener[];
}

/** Starts a server from whole options; what it throws is said with `serve`. An error log that is given stays the caller's. */
export async function startServer(options: ServerOptions, given?: ErrorLog): Promise<Server> {
  const errorLog = given ?? new ErrorLog(options);
  const closeLog = (): void => {
    if (given === undefined) errorLog.close();
  };
  const alone = options.model === 'event' && options.loops === 1;
  const memory = SharedMemory.create(options);
  let parts: Parts | undefined;
  try {
    const writer = writerOf(options, memory, errorLog.say);
    parts = { options, memory, errorLog, closeLog, writer, listeners: [] };
    parts.listeners = await openListeners(options);
    return serverOf(parts, alone ? await serveAlone(parts) : await serveWithWorkers(parts));
  } catch (error) {
    if (parts !== undefined) await giveBack(parts);
    else memory.region.destroy();
    throw error;
  }
}

/** What writes the access log of all who serve. Throws an Error with a sentence for the user. */
function writerOf(options: ServerOptions, memory: SharedMemory, say: Say): LogWriter | undefined {
  const rings = memory.slots.slots.flatMap((_, slot) => memory.ringOf(slot) ?? []);
  if (rings.length === 0) return undefined;
  const writer = new LogWriter(options.accessLogFile, rings, say);
  onWake(writer.call);
  return writer;
}

function openListeners(options: ServerOptions): Promise<Listener[]> {
  if (options.model === 'event') return listenAt(options, options.loops, { sharePort: options.loops > 1 });
  return listenAt(options, 1, { blocking: true }).then((listeners) => {
    for (const { descriptor } of listeners) prepareListener(descriptor, options);
    return listeners;
  });
}

async function serveAlone({ options, memory, errorLog, writer, listeners }: Parts): Promise<Running> {
  const [listener] = listeners as [Listener];
  const ring = memory.ringOf(0);
  const accessLog =
    options.accessLog === 'off' || ring === undefined || writer === undefined
      ? undefined
      : new AccessLog(options.accessLog, ring, writer.call);
  const { say } = errorLog;
  const loop = await assembleLoop(options, listener.descriptor, memory.slots.at(0), 1, 1, say, accessLog);
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

async function serveWithWorkers(parts: Parts): Promise<Running> {
  const { options, memory } = parts;
  const dispatcher = options.model === 'event' ? probeDispatcher(options.dispatcher) : undefined;
  const disk = options.model === 'event' ? await probeDisk(options) : options.disk;
  const cache = sharesCache(options) ? memory.cacheOf(-1) : undefined;
  const pool = poolOf(parts, cache);
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

function poolOf({ options, listeners, memory, errorLog }: Parts, cache: SharedCache | undefined): WorkerPool {
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
    say: errorLog.say,
  };
  if (options.model === 'process') return keepProcesses(keeping);
  if (options.model === 'thread') return keepThreads(keeping);
  return keepLoops(keeping, options.loopsIn);
}

function serverOf(parts: Parts, running: Running): Server {
  const { options, listeners, memory, errorLog, writer } = parts;
  const { slots } = memory;
  const cache = sharesCache(options) ? memory.cacheOf(-1) : undefined;
  const read = (): ServerMetrics => ({
    ...slots.sum(),
    workers: slots.slots.length - slots.inState(VACANT),
    busy: slots.inState(BUSY),
    workersReplaced: running.workersReplaced(),
    waiting: listeners.reduce((sum, { descriptor }) => sum + Math.max(0, waitingConnections(descriptor)), 0),
    lock: cache?.lock.counts,
    log: writer?.counts,
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
    const letGo = await endWriting(writer);
    last = read();
    await giveBack({ ...parts, writer: undefined }, letGo);
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
    root: options.root,
    metrics: () => last ?? read(),
    // Once the end has begun there is nothing left to replace, and then no memory to say so in.
    reopenLogs() {
      if (last !== undefined) return;
      errorLog.reopen();
      writer?.reopen();
    },
    reload: () => (ended === undefined ? running.reload() : Promise.resolve()),
    drain,
    close: () => {
      const closed = drain();
      if (last === undefined) running.abort();
      return closed;
    },
  };
}

/** Settles when lines have been written as far as can be: with whether their memory may be given back. */
async function endWriting(writer: LogWriter | undefined): Promise<boolean> {
  if (writer === undefined) return true;
  stopListening(writer.call);
  return writer.end();
}

/** `memoryToo`: unless something may still touch it. */
async function giveBack({ listeners, memory, writer, closeLog }: Parts, memoryToo = true): Promise<void> {
  for (const { descriptor } of listeners) close(descriptor);
  const letGo = await endWriting(writer);
  if (letGo && memoryToo) memory.region.destroy();
  closeLog();
}
