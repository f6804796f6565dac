/**
 * An open file that answers are sent from: counted, because several answers may send it at once, and closed when the
 * last one that may still send it has let go.
 */
import { type Disk, type DiskOperation, FileStatus } from '../disk/disk.js';

const current = new FileStatus();

export class OpenFile {
  readonly descriptor: number;
  /** What it was when it was opened. */
  readonly status = new FileStatus();
  readonly #disk: Disk;
  #references = 1;

  /** Takes over `descriptor`; whoever makes it holds the first reference. */
  constructor(disk: Disk, descriptor: number, status: FileStatus) {
    this.#disk = disk;
    this.descriptor = descriptor;
    this.status.copyFrom(status);
  }

  hold(): void {
    this.#references++;
  }

  drop(): void {
    if (--this.#references === 0) this.#disk.close(this.descriptor);
  }

  /** Brings a range of it into memory: see Disk.warm. */
  warm(operation: DiskOperation): number {
    operation.file = this.descriptor;
    return this.#disk.warm(operation);
  }

  /** Whether its size and modification time are still what they were. */
  unchanged(): boolean {
    return this.#disk.status(this.descriptor, current) >= 0 && current.sameContent(this.status);
  }
}
