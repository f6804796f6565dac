/**
 * Options in, a running server out: the public interface of the package. Here the parts are put together; what each
 * does is in its own folder.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { inUrl } from './config/address.js';
import { OptionError } from './config/option-error.js';
import { completeOptions, type ServerOptions } from './config/options.js';
import type { ConnectionLimits } from './connection/service.js';
import { BlockingDisk } from './disk/blocking.js';
import { DirectoryChanges } from './disk/changes.js';
import { chooseDispatcher } from './dispatcher/choose.js';
import type { Dispatcher, DispatcherName } from './dispatcher/dispatcher.js';
import { HeadMemory } from './http/head-memory.js';
import { RequestHead } from './http/request-head.js';
import { EADDRINUSE, SystemError } from './linux/errno.js';
import { descriptorLimit } from './linux/limits.js';
import { close, type Listener, listen } from './linux/sockets.js';
import { Arena } from './memory/arena.js';
import { Heap } from './memory/heap.js';
import { EventDriven } from './models/event-driven.js';
import { StaticSite } from './site/static-site.js';

export { OptionError } from './config/option-error.js';
export type { ServerOptions } from './config/options.js';
export { DispatcherUnavailableError } from './dispatcher/choose.js';
export type { DispatcherName } from './dispatcher/dispatcher.js';
export { UnsupportedPlatformError } from './linux/library.js';

export interface Server {
  /** Where it listens, with the port that was really taken. */
  readonly url: string;
  readonly model: 'event';
  readonly dispatcher: DispatcherName;
  /** Why this dispatcher, in a few words. */
  readonly dispatcherReason: string;
  /** The directory that is served. */
  readonly root: string;
  /** Accepts no more, lets requests under way finish (within the drain timeout), then closes. */
  drain(): Promise<void>;
  /** Closes at once. */
  close(): Promise<void>;
}

/** Connections that wait to be accepted: the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096;
/** For requests that come in parts or ahead of their answers. Pages that nobody uses cost nothing. */
const INPUT_BYTES = 128 * 1024 * 1024;
/** For the dispatcher's rings and buffers, heads of answers and the like. */
const OTHER_BYTES = 32 * 1024 * 1024;
/** Descriptors that are no connections: standard streams, Node's own, listeners, rings, the directory. */
const OTHER_DESCRIPTORS = 64;
/** A process that had a ring frees its port some milliseconds after its death. */
const BIND_TRIES = 5;
const BIND_PAUSE_MILLISECONDS = 10;

/**
 * Serves a directory. Throws OptionError for a bad option, DispatcherUnavailableError for a dispatcher that was asked
 * for and is not to be had, UnsupportedPlatformError elsewhere than on Linux, and an Error whose message is a sentence
 * for the user when the address is taken.
 */
export async function serve(some: Partial<ServerOptions> = {}): Promise<Server> {
  const options = completeOptions(some);
  const address = await addressOf(options.host);
  const arena = new Arena(options.cacheBytes + INPUT_BYTES + OTHER_BYTES);
  /** How to give back what has been taken so far, should the rest not be had. */
  const taken = [() => arena.destroy()];
  try {
    const { dispatcher, reason } = chooseDispatcher(options.dispatcher, arena);
    taken.push(() => dispatcher.destroy());
    const listener = await bind(address, options);
    taken.push(() => close(listener.descriptor));
    const changes = DirectoryChanges.open();
    taken.push(() => changes?.close());
    const parts = { arena, dispatcher, reason, listener, changes };
    return start(options, parts);
  } catch (error) {
    for (const giveBack of taken.reverse()) giveBack();
    throw error;
  }
}

/** What a server is put together from, once the kernel has given it. */
interface Parts {
  readonly arena: Arena;
  readonly dispatcher: Dispatcher;
  readonly reason: string;
  readonly listener: Listener;
  readonly changes: DirectoryChanges | null;
}

function start(options: ServerOptions, { arena, dispatcher, reason, listener, changes }: Parts): Server {
  const descriptors = shareDescriptors(options);
  const site = new StaticSite({
    root: options.root,
    arena,
    heap: new Heap(arena, options.cacheBytes),
    disk: new BlockingDisk(arena),
    cachedFileBytes: options.cachedFileBytes,
    openFiles: descriptors.openFiles,
    changes: changes ?? undefined,
  });
  const { watcher } = site;
  if (changes !== null && watcher !== null) dispatcher.watch(changes.descriptor, () => changes.read(watcher));
  const service = {
    arena,
    dispatcher,
    site,
    limits: limitsOf(options),
    inputs: new Heap(arena, INPUT_BYTES),
    memory: new HeadMemory(),
    head: new RequestHead(),
    draining: false,
    open: new Set<never>(),
  };
  const model = new EventDriven(service, {
    listeners: [listener.descriptor],
    maxConnections: descriptors.connections,
    acceptFailed: () => {},
  });
  model.start();

  const end = async (timeout: number): Promise<void> => {
    await model.drain(timeout);
    model.close();
    changes?.close();
    arena.destroy();
  };
  let ended: Promise<void> | undefined;
  const stop = (timeout: number): Promise<void> => {
    ended ??= end(timeout);
    return ended;
  };
  return {
    url: `http://${inUrl(options.host)}:${listener.port}/`,
    model: 'event',
    dispatcher: dispatcher.name,
    dispatcherReason: reason,
    root: options.root,
    drain: () => stop(options.drainTimeoutMilliseconds),
    close: () => {
      model.abort();
      return stop(0);
    },
  };
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    throw new OptionError(`--host must be an address of this machine or a name that resolves to one, not '${host}'.`);
  }
}

async function bind(address: string, options: ServerOptions): Promise<{ descriptor: number; port: number }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return listen(address, options.port, BACKLOG);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno === EADDRINUSE && attempt < BIND_TRIES) {
        await new Promise((resolve) => setTimeout(resolve, BIND_PAUSE_MILLISECONDS));
        continue;
      }
      throw new Error(refusalToListen(error, options));
    }
  }
}

function refusalToListen(error: SystemError, { host, port }: ServerOptions): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} of ${host} is already in use; choose another with --port.`;
  if (error.code === 'EACCES')
    return `Port ${port} needs privileges that this user has not; choose one above 1023 with --port.`;
  if (error.code === 'EADDRNOTAVAIL') return `${host} is no address of this machine; choose another with --host.`;
  return `Cannot listen on port ${port} of ${host}: ${error.message}.`;
}

function limitsOf(options: ServerOptions): ConnectionLimits {
  return {
    head: {
      requestLineBytes: options.maxTargetBytes,
      headerBytes: options.maxHeaderBytes,
      headerCount: options.maxHeaderCount,
    },
    bodyBytes: options.maxBodyBytes,
    headerTimeout: options.headerTimeoutMilliseconds,
    bodyTimeout: options.bodyTimeoutMilliseconds,
    keepAliveTimeout: options.keepAliveTimeoutMilliseconds,
    writeTimeout: options.writeTimeoutMilliseconds,
  };
}

/** How the descriptors that this process may have are shared out: open files get at most a quarter. */
function shareDescriptors(options: ServerOptions): { connections: number; openFiles: number } {
  const available = Math.max(2, descriptorLimit() - OTHER_DESCRIPTORS);
  const openFiles = Math.max(1, Math.min(options.openFiles, Math.floor(available / 4)));
  return { connections: Math.max(1, Math.min(options.maxConnections, available - openFiles)), openFiles };
}
