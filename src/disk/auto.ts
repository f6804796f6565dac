/**
 * The disk strategy `auto`: what is in memory is served from the loop at once, by calls that never wait for the disk
 * (openat2 with RESOLVE_CACHED, preadv2 with RWF_NOWAIT); what is not goes to an asynchronous strategy.
 *
 * So whoever asks for what is cached pays nothing for the others. A file system that cannot tell what it has in memory
 * (EOPNOTSUPP) is always asked asynchronously.
 */
import { EAGAIN, EINTR } from '../linux/errno.js';
import {
  closeFile,
  type FileStatus,
  fileStatus,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  openBeneath,
  RESOLVE_CACHED,
  readAtNow,
} from '../linux/files.js';
import type { Arena } from '../memory/arena.js';
import { RESOLVE } from './blocking.js';
import type { AsynchronousDisk, DiskOperation } from './disk.js';

export class AutoDisk implements AsynchronousDisk {
  readonly name: string;
  readonly #arena: Arena;
  readonly #asynchronous: AsynchronousDisk;

  /** Takes over `asynchronous`, which is asked for what is not in memory. */
  constructor(arena: Arena, asynchronous: AsynchronousDisk) {
    this.name = `auto (in memory: at once; else ${asynchronous.name})`;
    this.#arena = arena;
    this.#asynchronous = asynchronous;
  }

  openRoot(path: string): number {
    return this.#asynchronous.openRoot(path);
  }

  open(operation: DiskOperation): number {
    const file = this.#openNow(operation, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file === -EAGAIN) return this.#asynchronous.open(operation);
    operation.result = file;
    if (file < 0) return file;
    const looked = fileStatus(file, operation.status);
    if (looked >= 0) return file;
    closeFile(file);
    operation.result = looked;
    return looked;
  }

  look(operation: DiskOperation): number {
    const file = this.#openNow(operation, O_PATH);
    if (file === -EAGAIN) return this.#asynchronous.look(operation);
    operation.result = file;
    if (file < 0) return file;
    operation.result = fileStatus(file, operation.status);
    closeFile(file);
    return operation.result;
  }

  read(operation: DiskOperation): number {
    const { file, length, position, offset } = operation;
    const result = readAtNow(file, this.#arena.base + offset, length, position);
    // EAGAIN, EINTR, EOPNOTSUPP; and where the disk itself has failed, asking it again tells.
    if (result < 0) return this.#asynchronous.read(operation);
    operation.result = result;
    return result;
  }

  warm(operation: DiskOperation): number {
    return this.#asynchronous.warm(operation);
  }

  list(operation: DiskOperation): number {
    return this.#asynchronous.list(operation);
  }

  status(file: number, status: FileStatus): number {
    return this.#asynchronous.status(file, status);
  }

  close(file: number): void {
    this.#asynchronous.close(file);
  }

  destroy(): Promise<void> | void {
    return this.#asynchronous.destroy();
  }

  /** A file or -errno; EAGAIN: a name on the way is not in memory, or a rename came in between. */
  #openNow(operation: DiskOperation, flags: number): number {
    const file = openBeneath(operation.root, operation.name, flags, RESOLVE | RESOLVE_CACHED);
    return file === -EINTR ? -EAGAIN : file;
  }
}
