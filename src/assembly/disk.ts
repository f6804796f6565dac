/**
 * Which disk strategy a loop has: the one asked for by name, or `auto`; and the faults that are injected into it.
 *
 * With faults `auto` asks the disk for everything, as if nothing were in memory: a disk that is slow on purpose would
 * otherwise never be asked for what the tests have just written.
 */
import type { ServerOptions } from '../config/options.js';
import { AutoDisk } from '../disk/auto.js';
import type { AsynchronousDisk, Disk } from '../disk/disk.js';
import type { HelperMeter } from '../disk/helper-meter.js';
import { HelpersDisk } from '../disk/helpers.js';
import { InjectedAsynchronousDisk } from '../disk/injected.js';
import { IoUringDisk } from '../disk/io-uring.js';
import { chooseDispatcher, whyNoRing } from '../dispatcher/choose.js';
import type { Dispatcher } from '../dispatcher/dispatcher.js';
import type { Say } from '../log/error-log.js';
import { Arena } from '../memory/arena.js';
import { blockingDisk, diskFaultsOf, hasDiskFaults } from './blocking-disk.js';

/** Room for a dispatcher and a disk. */
const PROBE_BYTES = 64 * 1024 * 1024;

/** The kernel refuses the disk strategy that was asked for by name. The message is one sentence for the user. */
export class DiskUnavailableError extends Error {
  override name = 'DiskUnavailableError';
}

export interface OpenedDisk {
  readonly disk: Disk;
  /** Settles, or returns, when nothing is under way any more: before that neither the dispatcher nor the arena may go. */
  close(): Promise<void> | void;
}

/**
 * What a loop reads files with; `meter`: what counts helpers, if there are any. Throws DiskUnavailableError, and SystemError when
 * there is no memory or no descriptor.
 */
export function openDisk(
  options: ServerOptions,
  arena: Arena,
  dispatcher: Dispatcher,
  say: Say,
  meter?: HelperMeter,
): OpenedDisk {
  if (options.disk === 'blocking') return { disk: blockingDisk(options, arena), close: () => {} };
  const disk = asynchronousDisk(options, arena, dispatcher, say, meter);
  return { disk, close: () => disk.destroy() };
}

function asynchronousDisk(
  options: ServerOptions,
  arena: Arena,
  dispatcher: Dispatcher,
  say: Say,
  meter: HelperMeter | undefined,
): AsynchronousDisk {
  const { disk: wanted } = options;
  if (wanted === 'helpers') return helpersDisk(options, arena, dispatcher, say, meter);
  let ring: AsynchronousDisk;
  try {
    ring = new IoUringDisk(arena, dispatcher);
  } catch (error) {
    if (wanted === 'io_uring') {
      throw new DiskUnavailableError(
        `--disk io_uring is not available here (${whyNoRing(error)}); allowed are auto, helpers and blocking.`,
      );
    }
    const helpers = helpersDisk(options, arena, dispatcher, say, meter);
    return hasDiskFaults(options) ? helpers : new AutoDisk(arena, helpers);
  }
  if (hasDiskFaults(options)) return new InjectedAsynchronousDisk(ring, diskFaultsOf(options), dispatcher);
  return wanted === 'auto' ? new AutoDisk(arena, ring) : ring;
}

/** Faults happen where the work is done: in the helpers. */
function helpersDisk(
  options: ServerOptions,
  arena: Arena,
  dispatcher: Dispatcher,
  say: Say,
  meter: HelperMeter | undefined,
): HelpersDisk {
  return new HelpersDisk({
    arena,
    dispatcher,
    helpers: options.helpers,
    meter,
    ...diskFaultsOf(options),
    crashRate: options.inject.helperCrashPercent / 100,
    helperFailed: (why) => say('warn', `A disk helper has ended: ${why}.`, 'helper'),
  });
}

/** Which disk strategy `openDisk` would give in another thread or process, by name. Throws as it does. */
export async function probeDisk(options: ServerOptions): Promise<string> {
  const arena = new Arena(PROBE_BYTES);
  try {
    const { dispatcher } = chooseDispatcher(options.dispatcher, arena);
    try {
      const { disk, close } = openDisk(options, arena, dispatcher, () => {});
      await close();
      return disk.name;
    } finally {
      dispatcher.destroy();
    }
  } finally {
    arena.destroy();
  }
}
