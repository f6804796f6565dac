/**
 * The disk strategy `blocking`: plain system calls, never PENDING. While the disk is read, nothing else happens in this
 * thread. In an event-driven server that stops every connection: the one weakness of that model.
 */
import { EAGAIN, EINTR, errorFrom } from '../linux/errno.js';
import {
  closeFile,
  type FileStatus,
  fileStatus,
  O_DIRECTORY,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  openBeneath,
  openDirectory,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  readAt,
  readDirectory,
} from '../linux/files.js';
import type { Arena } from '../memory/arena.js';
import type { Disk, DiskOperation } from './disk.js';

/** Beneath the root, and through no magic link. */
export const RESOLVE = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
/** Resolving '..' beside a rename gives EAGAIN, see openat2(2): try again so many times. */
export const RACES = 16;

export class BlockingDisk implements Disk {
  readonly name = 'blocking';
  readonly #arena: Pick<Arena, 'base'>;

  constructor(arena: Pick<Arena, 'base'>) {
    this.#arena = arena;
  }

  openRoot(path: string): number {
    const root = openDirectory(path);
    if (root < 0) throw errorFrom(root, `open of ${path}`);
    // Fails where the kernel or a container's policy has no openat2: better now than with each request.
    const itself = openBeneath(root, '.', O_PATH, RESOLVE);
    if (itself < 0) {
      closeFile(root);
      throw errorFrom(itself, 'openat2');
    }
    closeFile(itself);
    return root;
  }

  open(operation: DiskOperation): number {
    const file = this.#open(operation, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    operation.result = file;
    if (file < 0) return file;
    const result = fileStatus(file, operation.status);
    if (result < 0) {
      closeFile(file);
      operation.result = result;
    }
    return operation.result;
  }

  look(operation: DiskOperation): number {
    const file = this.#open(operation, O_PATH);
    operation.result = file;
    if (file < 0) return file;
    operation.result = fileStatus(file, operation.status);
    closeFile(file);
    return operation.result;
  }

  read(operation: DiskOperation): number {
    const address = this.#arena.base + operation.offset;
    do {
      operation.result = readAt(operation.file, address, operation.length, operation.position);
    } while (operation.result === -EINTR);
    return operation.result;
  }

  /** Does nothing: whoever sends the file waits for it. */
  warm(operation: DiskOperation): number {
    operation.result = 0;
    return 0;
  }

  list(operation: DiskOperation): number {
    const file = this.#open(operation, O_RDONLY | O_DIRECTORY);
    operation.result = file;
    if (file < 0) return file;
    operation.entries = [];
    operation.result = readDirectory(file, operation.entries, operation.length || Number.POSITIVE_INFINITY);
    closeFile(file);
    return operation.result;
  }

  status(file: number, status: FileStatus): number {
    return fileStatus(file, status);
  }

  close(file: number): void {
    closeFile(file);
  }

  #open(operation: DiskOperation, flags: number): number {
    for (let attempt = 1; ; attempt++) {
      const file = openBeneath(operation.root, operation.name, flags, RESOLVE);
      if (file === -EINTR || (file === -EAGAIN && attempt < RACES)) continue;
      return file;
    }
  }
}
