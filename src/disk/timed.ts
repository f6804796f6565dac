/**
 * A disk that tells how long its asker has waited for it: each operation that is answered at once, while somebody wants to know.
 */
import { type Disk, type DiskOperation, type FileStatus, PENDING } from './disk.js';

/** Adds up what the disk takes of whoever has started it. */
export class DiskTimer {
  running = false;
  #spent = 0;

  start(): void {
    this.running = true;
    this.#spent = 0;
  }

  /** Milliseconds since `start`. */
  stop(): number {
    this.running = false;
    return this.#spent;
  }

  add(milliseconds: number): void {
    this.#spent += milliseconds;
  }
}

export class TimedDisk implements Disk {
  readonly name: string;
  readonly #disk: Disk;
  readonly #timer: DiskTimer;

  constructor(disk: Disk, timer: DiskTimer) {
    this.name = disk.name;
    this.#disk = disk;
    this.#timer = timer;
  }

  openRoot(path: string): number {
    return this.#disk.openRoot(path);
  }

  open(operation: DiskOperation): number {
    const began = this.#begin();
    return this.#end(began, this.#disk.open(operation));
  }

  look(operation: DiskOperation): number {
    const began = this.#begin();
    return this.#end(began, this.#disk.look(operation));
  }

  read(operation: DiskOperation): number {
    const began = this.#begin();
    return this.#end(began, this.#disk.read(operation));
  }

  warm(operation: DiskOperation): number {
    const began = this.#begin();
    return this.#end(began, this.#disk.warm(operation));
  }

  list(operation: DiskOperation): number {
    const began = this.#begin();
    return this.#end(began, this.#disk.list(operation));
  }

  status(file: number, status: FileStatus): number {
    return this.#disk.status(file, status);
  }

  close(file: number): void {
    this.#disk.close(file);
  }

  #begin(): number {
    return this.#timer.running ? performance.now() : 0;
  }

  #end(began: number, result: number): number {
    // What is under way takes nothing of whoever has asked.
    if (began > 0 && result !== PENDING) this.#timer.add(performance.now() - began);
    return result;
  }
}
