/**
 * Faults put between a disk strategy and whoever asks, for tests and for teaching: a disk that is slow enough to see it, and
 * one that fails. Each operation waits and then fails or is done; nothing counts as being in memory.
 *
 * InjectedDisk makes the asker wait, as a blocking disk does; InjectedAsynchronousDisk has the operation wait by a timer,
 * while the loop goes on.
 */
import { ECANCELED, EIO } from '../linux/errno.js';
import type { FileStatus } from '../linux/files.js';
import { type AsynchronousDisk, type Disk, type DiskOperation, PENDING } from './disk.js';

export interface DiskFaults {
  /** How long each operation takes longer than it would; 0: not at all. */
  readonly latencyMilliseconds: number;
  /** Which part of the operations fails with EIO: 0 to 1. */
  readonly errorRate: number;
}

type Kind = 'open' | 'look' | 'read' | 'warm' | 'list';

export class InjectedDisk implements Disk {
  readonly name: string;
  protected readonly disk: Disk;
  protected readonly faults: DiskFaults;
  readonly #never = new Int32Array(new SharedArrayBuffer(4));

  constructor(disk: Disk, faults: DiskFaults) {
    this.name = disk.name;
    this.disk = disk;
    this.faults = faults;
  }

  openRoot(path: string): number {
    return this.disk.openRoot(path);
  }

  open(operation: DiskOperation): number {
    return this.ask('open', operation);
  }

  look(operation: DiskOperation): number {
    return this.ask('look', operation);
  }

  read(operation: DiskOperation): number {
    return this.ask('read', operation);
  }

  warm(operation: DiskOperation): number {
    return this.ask('warm', operation);
  }

  list(operation: DiskOperation): number {
    return this.ask('list', operation);
  }

  status(file: number, status: FileStatus): number {
    return this.disk.status(file, status);
  }

  close(file: number): void {
    this.disk.close(file);
  }

  protected ask(kind: Kind, operation: DiskOperation): number {
    Atomics.wait(this.#never, 0, 0, this.faults.latencyMilliseconds);
    return this.act(kind, operation);
  }

  /** Fails, or lets the disk do it. */
  protected act(kind: Kind, operation: DiskOperation): number {
    if (Math.random() >= this.faults.errorRate) return this.disk[kind](operation);
    operation.result = -EIO;
    return -EIO;
  }
}

export class InjectedAsynchronousDisk extends InjectedDisk implements AsynchronousDisk {
  readonly #asynchronous: AsynchronousDisk;
  readonly #timers = new Map<NodeJS.Timeout, DiskOperation>();
  #destroyed = false;

  /** Takes over `disk`. */
  constructor(disk: AsynchronousDisk, faults: DiskFaults) {
    super(disk, faults);
    this.#asynchronous = disk;
  }

  protected override ask(kind: Kind, operation: DiskOperation): number {
    if (this.#destroyed) return this.disk[kind](operation);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.act(kind, operation) !== PENDING) operation.asker.diskCompleted(operation);
    }, this.faults.latencyMilliseconds);
    this.#timers.set(timer, operation);
    return PENDING;
  }

  destroy(): Promise<void> {
    this.#destroyed = true;
    for (const [timer, operation] of this.#timers) {
      clearTimeout(timer);
      operation.result = -ECANCELED;
      operation.asker.diskCompleted(operation);
    }
    this.#timers.clear();
    return this.#asynchronous.destroy();
  }
}
