/** The disk of a worker that blocks, and of a loop that is told to; and the faults that are injected into any disk. */
import type { ServerOptions } from '../config/options.js';
import { BlockingDisk } from '../disk/blocking.js';
import type { Disk } from '../disk/disk.js';
import { type DiskFaults, InjectedDisk } from '../disk/injected.js';
import type { Arena } from '../memory/arena.js';

export function blockingDisk(options: ServerOptions, arena: Arena): Disk {
  const disk = new BlockingDisk(arena);
  return hasDiskFaults(options) ? new InjectedDisk(disk, diskFaultsOf(options)) : disk;
}

export function diskFaultsOf({ inject }: ServerOptions): DiskFaults {
  return { latencyMilliseconds: inject.diskLatencyMilliseconds, errorRate: inject.diskErrorPercent / 100 };
}

export function hasDiskFaults({ inject }: ServerOptions): boolean {
  return inject.diskLatencyMilliseconds > 0 || inject.diskErrorPercent > 0;
}
