/**
 * Faults put between a disk strategy and whoever asks, for tests and for teaching: a disk that is slow enough to see it, and
 * one that fails. Each operation waits and then fails or is done; nothing counts as being in memory.
 *
 * InjectedDisk makes the asker wait, as a blocking disk does; InjectedAsynchronousDisk has the operation wait by a timer,
 * while the loop goes on.
 */
import type { Dispatcher } from '../dispatcher/dispatcher.js';
import { ECANCELED, EIO, errorFrom } from '../linux/errno.js';
import { closeFile, type FileStatus } from '../linux/files.js';
import { createTimer, drainTimer, setTimer } from '../linux/timerfd.js';
import { Fifo } from '../memory/fifo.js';
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

interface Waiting {
  readonly kind: Kind;
  readonly operation: DiskOperation;
  /** Of performance.now(). */
  readonly due: number;
}

export class InjectedAsynchronousDisk extends InjectedDisk implements AsynchronousDisk {
  readonly #asynchronous: AsynchronousDisk;
  readonly #dispatcher: Pick<Dispatcher, 'watch' | 'unwatch'>;
  /** All wait for as long, so whoever has come first is due first. */
  readonly #waiting = new Fifo<Waiting>();
  /** A timer of Node's would not be heard of while a round of the dispatcher goes on. */
  readonly #timer: number;
  #destroyed = false;

  /** Takes over `disk`. Throws SystemError when there is no descriptor left. */
  constructor(disk: AsynchronousDisk, faults: DiskFaults, dispatcher: Pick<Dispatcher, 'watch' | 'unwatch'>) {
    super(disk, faults);
    this.#asynchronous = disk;
    this.#dispatcher = dispatcher;
    this.#timer = createTimer();
    if (this.#timer < 0) throw errorFrom(this.#timer, 'timerfd_create');
    dispatcher.watch(this.#timer, this.#wakeUp);
  }

  protected override ask(kind: Kind, operation: DiskOperation): number {
    if (this.#destroyed) return this.disk[kind](operation);
    const { latencyMilliseconds } = this.faults;
    this.#waiting.put({ kind, operation, due: performance.now() + latencyMilliseconds });
    if (this.#waiting.length === 1) setTimer(this.#timer, latencyMilliseconds);
    return PENDING;
  }

  readonly #wakeUp = (): void => {
    drainTimer(this.#timer);
    const now = performance.now();
    try {
      for (let next = this.#waiting.first; next !== undefined && next.due <= now; next = this.#waiting.first) {
        this.#waiting.take();
        const { kind, operation } = next;
        if (this.act(kind, operation) !== PENDING) operation.asker.diskCompleted(operation);
      }
    } finally {
      // Also when an asker has thrown: the others are told in their time.
      const next = this.#waiting.first;
      if (next !== undefined && !this.#destroyed) setTimer(this.#timer, next.due - now);
    }
  };

  destroy(): Promise<void> | void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#dispatcher.unwatch(this.#timer);
    closeFile(this.#timer);
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) {
      next.operation.result = -ECANCELED;
      next.operation.asker.diskCompleted(next.operation);
    }
    return this.#asynchronous.destroy();
  }
}
