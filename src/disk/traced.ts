/**
 * A disk whose operations are told to the tracer: each that is answered at once is a slice of the thread that asked, which
 * waited for it; one that is PENDING is a short slice, and its completion an event, about the same request.
 */
import { ASKED, DISK_LIST, DISK_LOOK, DISK_OPEN, DISK_READ_NOW, DISK_WARM } from '../metrics/trace/kinds.js';
import type { Traced } from '../metrics/trace/tracing.js';
import { type Disk, type DiskOperation, type FileStatus, PENDING } from './disk.js';

export class TracedDisk implements Disk {
  readonly name: string;
  readonly #disk: Disk;
  readonly #tracing: Traced;

  constructor(disk: Disk, tracing: Traced) {
    this.name = disk.name;
    this.#disk = disk;
    this.#tracing = tracing;
  }

  openRoot(path: string): number {
    return this.#disk.openRoot(path);
  }

  open(operation: DiskOperation): number {
    return this.#tracing.trace === null ? this.#disk.open(operation) : this.#traced('open', DISK_OPEN, operation);
  }

  look(operation: DiskOperation): number {
    return this.#tracing.trace === null ? this.#disk.look(operation) : this.#traced('look', DISK_LOOK, operation);
  }

  read(operation: DiskOperation): number {
    return this.#tracing.trace === null ? this.#disk.read(operation) : this.#traced('read', DISK_READ_NOW, operation);
  }

  warm(operation: DiskOperation): number {
    return this.#tracing.trace === null ? this.#disk.warm(operation) : this.#traced('warm', DISK_WARM, operation);
  }

  list(operation: DiskOperation): number {
    return this.#tracing.trace === null ? this.#disk.list(operation) : this.#traced('list', DISK_LIST, operation);
  }

  status(file: number, status: FileStatus): number {
    return this.#disk.status(file, status);
  }

  close(file: number): void {
    this.#disk.close(file);
  }

  #traced(what: 'open' | 'look' | 'read' | 'warm' | 'list', kind: number, operation: DiskOperation): number {
    const { trace } = this.#tracing;
    if (trace === null) return this.#disk[what](operation);
    operation.request = trace.request;
    const slice = trace.begin(kind, operation.file);
    const result = this.#disk[what](operation);
    trace.end(slice, result === PENDING ? kind + ASKED : kind);
    return result;
  }
}
