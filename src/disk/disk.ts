/**
 * The disk: open, look, read, list. An answer at once, or PENDING and a completion later. This file is the interface;
 * each strategy is one file.
 *
 * What every strategy keeps true:
 * - A DiskOperation belongs to its asker until it asks, to the strategy until it is completed, then to its asker again.
 *   One operation, one thing under way.
 * - `diskCompleted` is called once for each PENDING, never inside the call that asked.
 * - Names are relative paths, resolved beneath the root by the kernel: neither '..' nor a symbolic link leads out of it,
 *   absolute links are refused, and so are the magic links of /proc.
 * - Opening never waits for a FIFO's other end or the like, and never makes a terminal ours.
 */
import {
  EACCES,
  EAGAIN,
  EINVAL,
  ELOOP,
  EMFILE,
  ENAMETOOLONG,
  ENFILE,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENOTDIR,
  ENXIO,
  EPERM,
  EXDEV,
} from '../linux/errno.js';
import { type DirectoryEntry, FileStatus } from '../linux/files.js';

export { type DirectoryEntry, FileStatus };

/** The operation is under way. No result has this value: counts are not negative, and no error has this number. */
export const PENDING = -1_000_000;

/** Whoever asks the disk for something. */
export interface DiskAsker {
  /** An operation that was PENDING has its `result`. */
  diskCompleted(operation: DiskOperation): void;
}

/** What is asked of the disk, and what it answered. Made once, used for one thing after another. */
export class DiskOperation {
  readonly asker: DiskAsker;
  /** open, look, list: the directory that `name` is beneath, from `openRoot`. */
  root = -1;
  /** open, look, list: a relative path; '.' is the root itself. */
  name = '';
  /** read, warm: the open file. */
  file = -1;
  /**
   * read, warm: from which byte of the file, and how many bytes; read: to which offset of the arena.
   * list: `length` names are enough; 0: all of them.
   */
  position = 0;
  length = 0;
  offset = 0;

  /** 0 or more, or -errno; what it counts is said with each operation. */
  result = 0;
  /** open, look: of the file that was found. */
  readonly status = new FileStatus();
  /** list: what the directory holds. */
  entries: DirectoryEntry[] = [];

  /** Whose request it is done for, by the number that it has in a trace. */
  request = 0;

  constructor(asker: DiskAsker) {
    this.asker = asker;
  }
}

export interface Disk {
  readonly name: string;
  /** Opens the directory whose contents are served. Called at the start: may wait, and throws SystemError. */
  openRoot(path: string): number;
  /** Opens `name` for reading, with its `status`: the open file. Anything can be opened; what it is, `status` says. */
  open(operation: DiskOperation): number;
  /** The `status` of what `name` leads to now, without opening it for reading: 0. */
  look(operation: DiskOperation): number;
  /** Reads up to `length` bytes of `file`: how many, 0 at its end. */
  read(operation: DiskOperation): number;
  /**
   * Brings `length` bytes of `file` from `position` on into the kernel's page cache, so that sendfile(2), which waits for
   * the disk even on a non-blocking socket, finds them there: 0, at once where they are there already.
   */
  warm(operation: DiskOperation): number;
  /** The `entries` of the directory `name`: 0. */
  list(operation: DiskOperation): number;
  /** The status of an open file, at once: its inode is in memory for as long as it is open. 0 or -errno. */
  status(file: number, status: FileStatus): number;
  /** Closes what `open` or `openRoot` gave. No operation may be using it. */
  close(file: number): void;
}

/** A strategy that may answer PENDING. */
export interface AsynchronousDisk extends Disk {
  /**
   * The end: what is under way is finished and told, what has not begun fails with ECANCELED, and so does whatever is asked
   * from here on. Settles, or returns, when nothing is under way any more: until then the dispatcher, the arena and open files must stay.
   */
  destroy(): Promise<void> | void;
}

/** No such file, or none that may be reached. */
export const MISSING = 0;
/** It may not be read. */
export const FORBIDDEN = 1;
/** Descriptors or memory have run out: later it may work. */
export const EXHAUSTED = 2;
/** The disk has failed. */
export const FAILED = 3;
export type Failure = typeof MISSING | typeof FORBIDDEN | typeof EXHAUSTED | typeof FAILED;

/** What a negative result comes to for whoever wanted the file. */
export function failureOf(result: number): Failure {
  switch (-result) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case EXDEV:
    case ELOOP:
    case EINVAL:
    // A socket, or a device that is not there.
    case ENXIO:
    case ENODEV:
      return MISSING;
    case EACCES:
    case EPERM:
      return FORBIDDEN;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return EXHAUSTED;
    default:
      return FAILED;
  }
}
