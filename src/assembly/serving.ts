/**
 * A server from whole options: either one event-driven loop in this process, or workers that this process keeps.
 */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause, setImmediate as turnOfNode } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import type { Spelling } from '../config/combinations.js';
import { checkChange, defaultOptions, type ServerOptions } from '../config/options.js';
import { NONE } from '../config/table/application.js';
import { probeDispatcher } from '../dispatcher/choose.js';
import type { DispatcherName } from '../dispatcher/dispatcher.js';
import { threadIdentifier } from '../linux/process.js';
import { close as closeDescriptor } from '../linux/sockets.js';
import type { User } from '../linux/users.js';
import type { ErrorLog, Say } from '../log/error-log.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { leftBehind } from '../metrics/work-mark.js';
import { BUSY, IDLE, QUEUE_MILLISECONDS } from '../metrics/worker-slots.js';
import { keepLoops } from '../models/event-loops.js';
import type { Keeping } from '../models/keeping.js';
import { keepProcesses } from '../models/multi-process.js';
import { keepThreads } from '../models/multi-threaded.js';
import { WorkWatch } from '../models/work-watch.js';
import type { WorkerPool } from '../models/worker-pool.js';
import type { SharedCache } from '../site/shared-cache.js';
import { type OwnHandler, servesApplication } from './application.js';
import { prepareListener } from './blocking-worker.js';
import { probeDisk } from './disk.js';
import { type Listening, listenAt, listenOn } from './listening.js';
import { Logging } from './logging.js';
import { assembleLoop } from './loop.js';
import { LoopsInThreads, watchedByThread, watchesLoops } from './loop-watching.js';
import { Measuring } from './measuring.js';
import { ModuleWatch } from './module-watch.js';
import { become, identityOf } from './privileges.js';
import { Recording } from './recording.js';
import { SharedMemory, sharesCache, workersOf } from './shared-memory.js';
import { version } from './version.js';

export interface Server {
  /** Where it listens, with the port that was really taken: the first of `urls`. */
  readonly url: string;
  /** All places where it listens: `http://...` for a port, `unix:/...` for the path of a socket. */
  readonly urls: readonly string[];
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
  /** The directory whose modules are watched, where the application is loaded anew when they change. */
  readonly watched?: string | undefined;
  /** Where health and metrics are, if anywhere. */
  readonly adminUrl: string | undefined;
  /**
   * What it has counted since its start, and how it stands now; once it has ended, how it stood then. It asks the kernel about each
   * process, which takes a millisecond or more: now and then, not for each request.
   */
  metrics(): ServerMetrics;
  /** Whether new connections are welcome: no longer when it drains. */
  readonly ready: boolean;
  /**
   * Replaces every worker, losing no request, and settles when the former ones have ended or the drain timeout is over: what
   * is under way then has until the reload timeout, or until another reload needs its place. Where there is none but this process itself, cached files are looked at
   * again. With other options they hold from then on: whole ones, of which those that are fixed must be as they are, else
   * it rejects with an OptionError, and serves as before. `spelling`: what the user calls an option.
   */
  reload(options?: ServerOptions, spelling?: Spelling): Promise<void>;
  /**
   * Records what every thread does for so many milliseconds, or until `gone`, or until the server ends: a trace as JSON, in pieces. undefined:
   * another one is under way, or the server has ended.
   */
  trace(milliseconds: number, gone?: AbortSignal): Promise<Iterable<string> | undefined>;
  /** Opens the files of both logs anew, for one who has renamed them; lines that have been taken for the old ones still go there. */
  reopenLogs(): void;
  /** Accepts no more, lets requests under way finish (within the drain timeout), then closes. */
  drain(): Promise<void>;
  /** Closes at once. */
  close(): Promise<void>;
  /** Removes what would outlive this process, the files of its unix sockets, for one that ends without waiting. */
  abandon(): void;
}

/** A client that has connected sends its request sooner; one that has been idle for longer is about to connect anew. */
const HANDOVER_MILLISECONDS = 250;

/** How often one looks whether the queues are empty. */
const LOOK_MILLISECONDS = 2;

/** Beyond the handler timeout, so that a worker that is only late answers by itself. */
const WORK_MARGIN_MILLISECONDS = 2000;

/** What a server finds around it. */
export interface Surroundings extends OwnHandler {
  /** Listening sockets that were opened for it: they take the place of the addresses of the options. */
  readonly activated?: readonly number[];
  /** Takes sentences for people, and stays the caller's; by default there is one as the options say. */
  readonly errorLog?: ErrorLog;
}

/** What differs between a server that is one loop and one that keeps workers. */
interface Running {
  readonly dispatcher: { readonly name: DispatcherName; readonly reason: string } | undefined;
  readonly disk: string;
  readonly watched?: string | undefined;
  readonly workersReplaced: () => number;
  /** With other options they hold from then on; it rejects when that cannot be, and all is as before. */
  reload(options?: ServerOptions): Promise<void>;
  /** Accepts no more, and settles when all has ended, after so many milliseconds at the latest. */
  stop(timeout: number): Promise<void>;
  /** Makes an end of everything, also of a `stop` under way. */
  abort(): void;
}

/** What everything that is part of a server is given. */
interface Parts {
  readonly options: ServerOptions;
  readonly listening: Listening;
  readonly memory: SharedMemory;
  readonly logging: Logging;
  readonly recording: Recording;
}

/** Starts a server from whole options; what it throws is said with `serve`. */
export async function startServer(options: ServerOptions, surroundings: Surroundings = {}): Promise<Server> {
  const { activated = [], errorLog } = surroundings;
  const identity = options.user === '' ? undefined : identityOf(options.user);
  // A module that is to be loaded anew needs an engine that can be thrown away with it.
  const alone = options.model === 'event' && options.loops === 1 && !options.watch;
  const memory = SharedMemory.create(options);
  let logging: Logging | undefined;
  let recording: Recording | undefined;
  let listening: Listening | undefined;
  let server: Server;
  try {
    logging = new Logging(options, memory, errorLog);
    recording = new Recording(options, memory, logging.say);
    listening = await openListening(options, activated, identity, logging.say);
    if (identity !== undefined) become(identity, options.root);
    const parts = { options, listening, memory, logging, recording };
    server = serverOf(parts, alone ? await serveAlone(parts, surroundings) : await serveWithWorkers(parts));
  } catch (error) {
    recording?.close();
    giveBack(listening, memory, logging, (await logging?.endWriting()) ?? true);
    throw error;
  }
  if (options.admin === 'off') return server;
  const { withAdmin } = await import('./admin.js');
  return withAdmin(server, options.admin);
}

/** `memoryToo`: nothing will touch it any more. */
function giveBack(
  listening: Listening | undefined,
  memory: SharedMemory,
  logging: Logging | undefined,
  memoryToo: boolean,
): void {
  listening?.close();
  if (memoryToo) memory.region.destroy();
  logging?.close();
}

async function openListening(
  options: ServerOptions,
  activated: readonly number[],
  identity: User | undefined,
  say: Say,
): Promise<Listening> {
  if (activated.length > 0 && namesAddress(options)) {
    say('warn', 'The server listens on the sockets that it was handed; --listen, --host and --port are not used.');
  }
  const count = options.model === 'event' ? options.loops : 1;
  const listening = activated.length > 0 ? listenOn(activated, options) : await listenAt(options, count, identity);
  if (options.model !== 'event') for (const descriptor of listening.descriptors) prepareListener(descriptor, options);
  return listening;
}

function namesAddress({ listen, host, port }: ServerOptions): boolean {
  const usual = defaultOptions();
  return listen.length > 0 || host !== usual.host || port !== usual.port;
}

async function serveAlone({ options, listening, memory, logging }: Parts, own: OwnHandler): Promise<Running> {
  const slot = memory.slots.at(0);
  slot.occupy(process.pid, threadIdentifier());
  const accessLog = logging.accessLogOf(0);
  const tracing = memory.tracingOf(0, 0);
  const watching = isMainThread && watchesLoops(options, own) ? watchedByThread(options, false) : undefined;
  const listeners = listening.listenersOf(0);
  const loop = await assembleLoop(
    options,
    listeners,
    slot,
    1,
    1,
    logging.say,
    accessLog,
    tracing,
    own,
    watching?.beat,
  ).catch((error: unknown) => {
    watching?.end();
    throw error;
  });
  loop.model.start();
  let endNow: () => void = () => {};
  const aborted = new Promise<void>((resolve) => {
    endNow = resolve;
  });
  return {
    dispatcher: { name: loop.dispatcher, reason: loop.reason },
    disk: loop.disk,
    workersReplaced: () => 0,
    reload: async (wanted) => {
      if (wanted === undefined) loop.doubt();
      else await loop.change(wanted);
    },
    async stop(timeout) {
      const timer = setTimeout(() => loop.model.abort(), timeout);
      loop.model.drain(true);
      await loop.model.drained;
      await Promise.race([loop.finished(), aborted]);
      clearTimeout(timer);
      watching?.end();
      await loop.close();
    },
    abort: () => {
      endNow();
      loop.model.abort();
    },
  };
}

async function serveWithWorkers(parts: Parts): Promise<Running> {
  const { options, listening, memory, logging } = parts;
  const dispatcher = options.model === 'event' ? probeDispatcher(options.dispatcher) : undefined;
  const disk = options.model === 'event' ? await probeDisk(options) : options.disk;
  const cache = sharesCache(options) ? memory.cacheOf(-1) : undefined;
  let current = options;
  /** What is shared may be gone. */
  let ending = false;
  const watching = await LoopsInThreads.of(options, logging.say);
  const pool = poolOf(parts, () => current, cache, watching);
  /** Workers that are born from now on have these options. */
  const give = (wanted: ServerOptions): void => {
    current = wanted;
    if (wanted.model !== 'event') for (const descriptor of listening.descriptors) prepareListener(descriptor, wanted);
  };
  const roll = (): Promise<void> =>
    pool.roll(current.drainTimeoutMilliseconds, undefined, current.reloadTimeoutMilliseconds);
  const faults = options.inject.workerThrowMilliseconds;
  const stuck = watchWork(pool, parts);
  const renewal = options.watch ? watchModules(pool, () => current, logging.say) : undefined;
  try {
    await pool.start();
  } catch (error) {
    watching?.close();
    renewal?.close();
    stuck?.close();
    throw error;
  }
  renewal?.begin();
  const injecting = faults === 0 ? undefined : setInterval(() => pool.throwIn(Math.random()), faults);
  return {
    dispatcher,
    disk,
    watched: renewal?.directory,
    workersReplaced: () => pool.counts.replaced,
    async reload(wanted) {
      cache?.doubt();
      if (wanted === undefined) return roll();
      const former = current;
      give(wanted);
      try {
        await roll();
      } catch (error) {
        if (ending) return;
        // Some may have been replaced already.
        give(former);
        await roll().catch(() => {});
        throw error;
      } finally {
        // What the workers of before have put in while they were still there was made by their options.
        if (!ending) cache?.doubt();
      }
    },
    stop(timeout) {
      ending = true;
      renewal?.close();
      clearInterval(injecting);
      return pool.stop(timeout).finally(() => {
        stuck?.close();
        watching?.close();
      });
    },
    abort: () => void pool.abort(),
  };
}

/** Ends workers that block whose application does not come back: they could neither answer for it nor end by themselves. */
function watchWork(pool: WorkerPool, { options, memory }: Parts): WorkWatch | undefined {
  const { model, handlerTimeoutMilliseconds: timeout } = options;
  if (model === 'event' || timeout === 0 || !servesApplication(options)) return undefined;
  return new WorkWatch(memory.slots, timeout + WORK_MARGIN_MILLISECONDS, (slot, milliseconds) => {
    const time = (milliseconds / 1000).toFixed(1);
    pool.kill(slot, `The application has held a worker for ${time} s and does not come back: the worker is ended.`);
  });
}

/**
 * Replaces all workers when a module of the application has changed: whoever is being answered is answered by the former
 * version, and a connection that waits for a request closes, so that the next one is the new version's.
 */
function watchModules(
  pool: WorkerPool,
  current: () => ServerOptions,
  say: Say,
): { directory: string; begin(): void; close(): void } {
  const { app } = current();
  // Modules are imported by their real path.
  const directory = dirname(realpathSync(app));
  let serves = false;
  let waits = false;
  let closed = false;
  let renewal: Promise<void> | undefined;
  /** Several changes may wait for one and the same, and fail with it. */
  let told: Error | undefined;
  const renew = (): void => {
    waits = !serves;
    if (waits) return;
    say('info', `A module of ${app} has changed: it is loaded anew.`);
    const done = (): void => say('info', `${app} has been loaded anew: requests from now on are its new version's.`);
    const handover = { idleMilliseconds: HANDOVER_MILLISECONDS, done };
    const renewed = pool.roll(current().drainTimeoutMilliseconds, handover);
    if (renewed === renewal) return;
    renewal = renewed;
    renewed.catch((error: Error) => {
      if (closed || error === told) return;
      told = error;
      say('error', `${error.message}\nThe former version serves on; the next change is tried.`);
    });
  };
  const watch = new ModuleWatch(directory, renew, say);
  return {
    directory,
    begin() {
      serves = true;
      if (waits) renew();
    },
    close() {
      closed = true;
      watch.close();
    },
  };
}

/** `current`: the options of workers that are born from now on. */
function poolOf(
  { options, listening, memory, logging }: Parts,
  current: () => ServerOptions,
  cache: SharedCache | undefined,
  watching: LoopsInThreads | undefined,
): WorkerPool {
  const { region, slots } = memory;
  const { minSpare, maxSpare } = options;
  const bornWith: ServerOptions[] = [];
  const keeping: Keeping<ServerOptions> = {
    entry: new URL('../assembly/worker.js', import.meta.url),
    slots,
    size: workersOf(options),
    spare: minSpare === 0 ? undefined : { least: minSpare, most: maxSpare },
    assignment: (place, slot) => {
      bornWith[slot] = current();
      return {
        options: current(),
        place,
        slot,
        listeners: listening.listenersOf(place),
        region: { descriptor: region.descriptor, size: region.size, base: region.base },
        keeper: process.pid,
        beat: watching?.memoryOf(slot),
      };
    },
    buried: (slot) => {
      // Of a thread that was ended from outside; a process has taken its own with it.
      if (options.model === 'thread') for (const left of leftBehind(slots.at(slot).counts)) closeDescriptor(left);
      cache?.bury(slot);
      // What it has put in while others had new options already was made by its own.
      if (bornWith[slot] !== current()) cache?.doubt();
      watching?.forget(slot);
    },
    say: logging.say,
  };
  if (options.model === 'process') return keepProcesses(keeping);
  if (options.model === 'thread') return keepThreads(keeping);
  return keepLoops(keeping, options.loopsIn);
}

/**
 * Settles when all workers have taken whoever waited to be accepted, when they have had time enough for that, or when they
 * have ended. `blocking`: they know that they stop before they have. A loop that knows takes all at once, and no more.
 */
async function queueTaken(
  listening: Listening,
  { slots }: SharedMemory,
  stopped: Promise<void>,
  blocking: boolean,
): Promise<void> {
  let until = performance.now() + QUEUE_MILLISECONDS;
  const over = (): void => {
    until = 0;
  };
  stopped.then(over, over);
  await turnOfNode();
  const wait = (): boolean => slots.inState(IDLE) + slots.inState(BUSY) > 0 || (blocking && listening.waiting > 0);
  while (performance.now() < until && wait()) {
    await pause(LOOK_MILLISECONDS);
  }
}

function serverOf({ options, listening, memory, logging, recording }: Parts, running: Running): Server {
  const { model } = options;
  const { disk } = running;
  const dispatcher = running.dispatcher?.name;
  recording.serves({ dispatcher, disk });
  const startedAt = Date.now();
  const measuring = new Measuring({
    ...{ options, listening, memory, logging },
    cache: sharesCache(options) ? memory.cacheOf(-1) : undefined,
    identity: () => ({ version: version(), model, dispatcher, disk, startedAt, ready: ended === undefined }),
    workersReplaced: running.workersReplaced,
  });
  let last: ServerMetrics | undefined;
  let ended: Promise<void> | undefined;
  let current = options;
  let reloading: Promise<void> = Promise.resolve();
  const change = async (wanted: ServerOptions): Promise<void> => {
    if (ended !== undefined) return;
    await running.reload(wanted);
    current = wanted;
  };
  const end = async (): Promise<void> => {
    const stopped = running.stop(current.drainTimeoutMilliseconds);
    listening.hold();
    // Workers inherit the listeners: shutting them down, unlike closing them, ends them for all, and whoever is in the queue
    // is lost. New connections are refused.
    await queueTaken(listening, memory, stopped, model !== 'event');
    listening.refuse();
    await stopped;
    await recording.end();
    const letGo = await logging.endWriting();
    last = measuring.read();
    giveBack(listening, memory, logging, letGo);
  };
  const drain = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  return {
    url: listening.urls[0] as string,
    urls: listening.urls,
    model,
    dispatcher,
    dispatcherReason: running.dispatcher?.reason ?? '',
    disk,
    workers: workersOf(options),
    get root() {
      return current.app === NONE ? current.root : current.app;
    },
    watched: running.watched,
    adminUrl: undefined,
    metrics: () => last ?? measuring.read(),
    get ready() {
      return ended === undefined;
    },
    reload: async (wanted, spelling) => {
      // Once the end has begun there is nothing left to replace, and then no memory to say so in.
      if (ended !== undefined) return;
      if (wanted === undefined || isDeepStrictEqual(wanted, current)) return running.reload();
      checkChange(current, wanted, spelling);
      // One change after the other: each is undone as a whole where it fails.
      reloading = reloading.catch(() => {}).then(() => change(wanted));
      return reloading;
    },
    trace: (milliseconds, gone) => recording.take(milliseconds, gone),
    reopenLogs: () => {
      if (last === undefined) logging.reopen();
    },
    drain,
    close: () => {
      const closed = drain();
      if (last === undefined) running.abort();
      return closed;
    },
    abandon: () => listening.abandon(),
  };
}
