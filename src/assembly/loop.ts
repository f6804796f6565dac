/** The parts of one event-driven loop, put together: in the original process, or in the thread or process of a worker. */
import type { ServerOptions } from '../config/options.js';
import { placeInterimResponse } from '../connection/service.js';
import { DirectoryChanges } from '../disk/changes.js';
import { TracedDisk } from '../disk/traced.js';
import { chooseDispatcher } from '../dispatcher/choose.js';
import type { DispatcherName } from '../dispatcher/dispatcher.js';
import { HeadMemory } from '../http/head-memory.js';
import { RequestHead } from '../http/request-head.js';
import type { AccessLog } from '../log/access-log.js';
import type { Say } from '../log/error-log.js';
import { Arena } from '../memory/arena.js';
import { Heap } from '../memory/heap.js';
import type { LoopBeat } from '../metrics/loop-beat.js';
import { StallMeter } from '../metrics/stall-meter.js';
import type { Tracing } from '../metrics/trace/tracing.js';
import type { WorkerSlot } from '../metrics/worker-slots.js';
import { EventDriven } from '../models/event-driven.js';
import { type PendingSite, ReplaceableSite } from '../site/replaceable-site.js';
import type { Site } from '../site/site.js';
import { StaticSite } from '../site/static-site.js';
import { applicationOf, LOOP_APPLICATION_BYTES, type OwnHandler, rootOf, servesApplication } from './application.js';
import { openDisk } from './disk.js';
import { acceptFailures, diskFailures } from './failures.js';
import { WorkerMetering } from './metering.js';
import { limitsOf, settingsOf, shareCache, shareDescriptors } from './shares.js';
import { compressorOf, guarded } from './site-parts.js';

/** For requests that come in parts or ahead of their answers. Pages that nobody uses cost nothing. */
const INPUT_BYTES = 128 * 1024 * 1024;
/** For the dispatcher's rings and buffers, heads of answers and the like. */
const OTHER_BYTES = 32 * 1024 * 1024;

export interface Loop {
  readonly model: EventDriven;
  readonly dispatcher: DispatcherName;
  /** Why this dispatcher, in a few words. */
  readonly reason: string;
  /** Cached files are looked at again before they are served. */
  doubt(): void;
  /** Serves by other options from now on. Throws SystemError or RangeError, and then serves as before. */
  change(options: ServerOptions): Promise<void>;
  /** The disk strategy, and what it asks for what is not in memory. */
  readonly disk: string;
  /** Settles when what an application went on with after its answers has ended; the drain timeout bounds that. */
  finished(): Promise<void>;
  /** Gives everything back, when the disk has let go of it. */
  close(): Promise<void>;
  /** Gives back at once what can be: its thread ends, and nobody waits any more. */
  abandon(): void;
}

/**
 * @param listeners listening, non-blocking sockets. They stay the caller's.
 * @param sharers how many loops share connections and memory; `inProcess`: how many of them are in this process.
 * @param say tells people what goes wrong; `accessLog`: where requests are logged, if anywhere; `tracing`: whether it is traced.
 * @param beat what somebody watches this loop by, if anybody does.
 * Throws DispatcherUnavailableError, DiskUnavailableError, and SystemError when the directory cannot be opened.
 */
export async function assembleLoop(
  options: ServerOptions,
  listeners: readonly number[],
  slot: WorkerSlot,
  sharers: number,
  inProcess: number,
  say: Say,
  accessLog: AccessLog | undefined,
  tracing: Tracing,
  own: OwnHandler = {},
  beat?: LoopBeat,
): Promise<Loop> {
  const { cacheBytes, cachedFileBytes } = shareCache(options, sharers);
  const applicationBytes = servesApplication(options, own) ? LOOP_APPLICATION_BYTES : 0;
  const arena = new Arena(cacheBytes + INPUT_BYTES + OTHER_BYTES + applicationBytes);
  /** How to give back what has been taken so far. */
  const freeArena = (): void => arena.destroy();
  const taken: (() => void | Promise<void>)[] = [freeArena];
  const giveBack = async (): Promise<void> => {
    for (const one of taken.splice(0).reverse()) {
      // At once as far as can be: a loop that has died must not keep what the kernel still accepts for it.
      const given = one();
      if (given !== undefined) await given;
    }
  };
  const abandon = (): void => {
    let others = false;
    for (const one of taken.splice(0).reverse()) {
      // Whoever has not ended yet may still write into the arena, which was taken first.
      if (others && one === freeArena) return;
      others = one() !== undefined || others;
    }
  };
  try {
    const { dispatcher, reason } = chooseDispatcher(options.dispatcher, arena);
    taken.push(() => dispatcher.destroy());
    dispatcher.tracing = tracing;
    taken.push(() => tracing.end());
    const root = rootOf(options, own);
    const changes = root === undefined ? null : DirectoryChanges.open();
    taken.push(() => changes?.close());
    const descriptors = shareDescriptors(options, sharers, inProcess);
    const metering = WorkerMetering.of(slot, options);
    taken.push(() => metering?.stop());
    const { disk, close } = openDisk(options, arena, dispatcher, say, metering?.helpers());
    taken.push(close);
    const tracedDisk = new TracedDisk(metering?.disk(disk) ?? disk, tracing);
    const { diskFailed, fileFailed } = diskFailures(say);
    const heap = new Heap(arena, cacheBytes);
    /** A site as these options want it; `files`: the static one, which `served` may stand in front of. */
    const siteOf = async (wanted: ServerOptions): Promise<{ files: StaticSite; served: PendingSite }> => {
      const files = new StaticSite({
        root: rootOf(wanted, own) as string,
        arena,
        heap,
        disk: tracedDisk,
        counts: metering?.cache,
        cachedFileBytes,
        openFiles: shareDescriptors(wanted, sharers, inProcess).openFiles,
        changes: changes ?? undefined,
        diskFailed,
        settings: settingsOf(wanted),
        compressor: await compressorOf(wanted, false),
        now: dispatcher.now,
      });
      return { files, served: await guarded(files, wanted, false) };
    };
    let current = root === undefined ? undefined : await siteOf(options);
    const files = current === undefined ? undefined : new ReplaceableSite(current.served);
    taken.push(() => files?.close());
    if (changes !== null) {
      dispatcher.watch(changes.descriptor, () => {
        const watcher = current?.files.watcher ?? null;
        if (watcher !== null) changes.read(watcher);
      });
    }
    let site: Site | undefined = files;
    let finished = async (): Promise<void> => {};
    let stalls = new StallMeter(slot.stalls);
    if (servesApplication(options, own)) {
      const application = await applicationOf(options, own, arena, applicationBytes, files, say, beat);
      taken.push(() => application.close());
      finished = () => application.finished(options.drainTimeoutMilliseconds);
      site = application;
      if (beat !== undefined) {
        dispatcher.away = beat.away;
        // One that has ended is not late.
        taken.push(() => void beat.away.fill(0));
        const { ReportingStallMeter } = await import('../app/stall-reports.js');
        const cameBack = (milliseconds: number): void => application.cameBack(milliseconds);
        stalls = new ReportingStallMeter(slot.stalls, options.stallWarningMilliseconds, cameBack);
      }
    }
    const memory = new HeadMemory();
    const service = {
      arena,
      interim: placeInterimResponse(arena),
      site: site as Site,
      limits: limitsOf(options),
      inputs: new Heap(arena, INPUT_BYTES),
      memory,
      head: new RequestHead(),
      counts: slot.counts,
      metering: metering?.requests,
      accessLog,
      fileFailed,
      tracing,
    };
    const model = new EventDriven(service, {
      dispatcher,
      listeners,
      maxConnections: descriptors.connections,
      slot,
      acceptFailed: acceptFailures(say),
      stalls,
      meter: metering?.loop(dispatcher),
    });
    taken.push(() => model.stop());
    return {
      model,
      dispatcher: dispatcher.name,
      reason,
      disk: disk.name,
      doubt: () => current?.files.changed(null),
      change: async (wanted) => {
        if (files !== undefined && current !== undefined) {
          const { files: former } = current;
          // The two have one heap: the new one needs room in it.
          former.empty();
          current = await siteOf(wanted);
          files.replace(current.served);
          former.retire();
        }
        // What it keeps are answers of the former site, and heads that the limits may now refuse.
        memory.clear();
        model.change(limitsOf(wanted), shareDescriptors(wanted, sharers, inProcess).connections);
      },
      finished,
      close: giveBack,
      abandon,
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}
