/** The parts of one worker that blocks, put together: in the process or the thread that it is. */
import type { ServerOptions } from '../config/options.js';
import { BlockingCalls } from '../connection/blocking-calls.js';
import { placeInterimResponse } from '../connection/service.js';
import { TracedDisk } from '../disk/traced.js';
import { HeadMemory } from '../http/head-memory.js';
import { RequestHead } from '../http/request-head.js';
import { setReceiveTimeout, setSendTimeout } from '../linux/sockets.js';
import type { AccessLog } from '../log/access-log.js';
import type { Say } from '../log/error-log.js';
import { Arena } from '../memory/arena.js';
import { Heap } from '../memory/heap.js';
import type { Tracing } from '../metrics/trace/tracing.js';
import { WorkMark } from '../metrics/work-mark.js';
import { IDLE } from '../metrics/worker-slots.js';
import { BlockingLoop } from '../models/blocking-loop.js';
import { WaitingAcceptor } from '../models/waiting-acceptor.js';
import type { Assignment } from '../models/worker.js';
import { SharedSite } from '../site/shared-site.js';
import type { Site } from '../site/site.js';
import { StaticSite } from '../site/static-site.js';
import { applicationOf, rootOf, servesApplication } from './application.js';
import { blockingDisk } from './blocking-disk.js';
import { acceptFailures, diskFailures } from './failures.js';
import { WorkerMetering } from './metering.js';
import {
  applicationBytesOf,
  inputBytesOf,
  ownAnswerBytesOf,
  type SharedMemory,
  sharesCache,
  workersOf,
} from './shared-memory.js';
import { limitsOf, settingsOf, shareCache, shareDescriptors } from './shares.js';
import { compressorOf, guarded } from './site-parts.js';

/** One connection at a time says few different things. */
const REMEMBERED_HEADS = 16;
/** For the receive buffer and the like. */
const OTHER_BYTES = 262_144;

/** A listener whose accept waits for longer than that looks for orders in between. */
const LEAST_LISTENER_TIMEOUT = 1000;

/** Gives the listener of a blocking model the time-outs that its connections begin with. */
export function prepareListener(listener: number, options: ServerOptions): void {
  setReceiveTimeout(listener, listenerTimeout(options));
  setSendTimeout(listener, options.writeTimeoutMilliseconds);
}

function listenerTimeout(options: ServerOptions): number {
  return Math.max(LEAST_LISTENER_TIMEOUT, options.headerTimeoutMilliseconds);
}

export interface BlockingWorker {
  readonly loop: BlockingLoop;
  /** As a loop's. */
  finished(): Promise<void>;
  /** Gives everything back. */
  close(): void;
}

/** @param say tells people what goes wrong; `accessLog`: where requests are logged, if anywhere. Throws SystemError when the directory cannot be opened. */
export async function assembleBlockingWorker(
  { options, kind, listeners, slot }: Assignment<ServerOptions>,
  memory: SharedMemory,
  say: Say,
  accessLog: AccessLog | undefined,
  tracing: Tracing,
): Promise<BlockingWorker> {
  const workers = workersOf(options);
  const shares = sharesCache(options);
  const { cacheBytes, cachedFileBytes } = shares
    ? { cacheBytes: ownAnswerBytesOf(options), cachedFileBytes: options.cachedFileBytes }
    : shareCache(options, workers);
  const inputBytes = inputBytesOf(options);
  const applicationBytes = applicationBytesOf(options);
  const ownBytes = cacheBytes + inputBytes + OTHER_BYTES + applicationBytes;
  const arena = shares ? memory.privateArena(slot) : new Arena(ownBytes);
  const metering = WorkerMetering.of(memory.slots.at(slot), options);
  metering?.countThread();
  const { diskFailed, fileFailed } = diskFailures(say);
  const root = rootOf(options);
  let site: Site | undefined;
  if (root !== undefined) {
    const disk = blockingDisk(options, arena);
    const own = new StaticSite({
      root,
      arena,
      heap: new Heap(arena, cacheBytes),
      disk: new TracedDisk(metering?.disk(disk) ?? disk, tracing),
      counts: shares ? undefined : metering?.cache,
      cachedFileBytes,
      openFiles: shareDescriptors(options, workers, kind === 'thread' ? workers : 1).openFiles,
      settings: settingsOf(options),
      compressor: await compressorOf(options, true),
      diskFailed,
    });
    const cache = shares ? memory.cacheOf(slot) : undefined;
    if (cache !== undefined) cache.lock.waiting = tracing;
    site = await guarded(cache === undefined ? own : new SharedSite(own, cache), options, true);
  }
  let finished = async (): Promise<void> => {};
  if (servesApplication(options)) {
    const application = await applicationOf(options, {}, arena, applicationBytes, site, say);
    finished = () => application.finished(options.drainTimeoutMilliseconds);
    site = application;
  }
  const service = {
    arena,
    interim: placeInterimResponse(arena),
    site: site as Site,
    limits: limitsOf(options),
    inputs: new Heap(arena, inputBytes),
    memory: new HeadMemory(REMEMBERED_HEADS),
    head: new RequestHead(),
    counts: memory.slots.at(slot).counts,
    metering: metering?.requests,
    accessLog,
    fileFailed,
    tracing,
  };
  const receive = listenerTimeout(options);
  const acceptor = new WaitingAcceptor(
    listeners,
    arena,
    { receive, send: options.writeTimeoutMilliseconds },
    servesApplication(options),
  );
  const mark = servesApplication(options) ? new WorkMark(service.counts) : undefined;
  mark?.acceptsWith(acceptor.descriptor);
  const loop = new BlockingLoop(service, {
    listeners,
    acceptor,
    acceptFailed: acceptFailures(say),
    slot: memory.slots.at(slot),
    time: metering?.time,
    mark,
    idleWorkers: () => memory.slots.inState(IDLE),
    calls: (waiting) => new BlockingCalls(arena, receive, waiting, tracing, mark),
  });
  return {
    loop,
    finished,
    close: () => {
      loop.abandon();
      metering?.stop();
      tracing.end();
      mark?.acceptsWith(-1);
      acceptor.close();
      service.site.close();
      arena.destroy();
    },
  };
}
