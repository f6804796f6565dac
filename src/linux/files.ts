/**
 * Files: openat2(2), statx(2), pread(2), getdents64(2), close(2).
 *
 * Names are resolved beneath a directory by the kernel itself (RESOLVE_BENEATH), so there is no check that a rename
 * could get past. The structs that these calls need lie in one page of this module, of which each thread has its own.
 */
import { constants, statSync } from 'node:fs';
import { checked, native, view } from './library.js';
import { mapAnonymous } from './memory.js';
import { CACHESTAT, CLOSE, GETDENTS64, made, OPENAT2, PREAD64, PREADV2, STATX } from './system-calls.js';

export const O_RDONLY = 0;
export const O_NOCTTY = 0x100;
export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x80000;
export const O_PATH = 0x200000;
/** These two are not the same on every processor. */
export const O_DIRECTORY = process.arch === 'arm64' ? 0x4000 : 0x10000;
export const O_NOFOLLOW = process.arch === 'arm64' ? 0x8000 : 0x20000;

/** Magic links (those in /proc that lead anywhere) are refused. */
export const RESOLVE_NO_MAGICLINKS = 0x02;
/** Neither '..' nor a symbolic link may lead out of the directory; absolute links are refused (EXDEV). */
export const RESOLVE_BENEATH = 0x08;
/** EAGAIN unless every name on the way is in the kernel's cache: never waits for the disk. Linux 5.12. */
export const RESOLVE_CACHED = 0x20;

/** preadv2(2): EAGAIN instead of waiting for the disk. */
export const RWF_NOWAIT = 0x08;

const SYS_OPENAT2 = 437;
const SYS_STATX = process.arch === 'arm64' ? 291 : 332;
const SYS_GETDENTS64 = process.arch === 'arm64' ? 61 : 217;

const SYS_PREADV2 = process.arch === 'arm64' ? 286 : 327;
/** Linux 6.5; the same number on every processor. */
const SYS_CACHESTAT = 451;

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

// struct statx and struct open_how are the same on every processor.
const STATX_MODE = 28;
const STATX_INODE = 32;
const STATX_SIZE = 40;
const STATX_CHANGED = 96;
const STATX_MODIFIED = 112;
const STATX_DEVICE_MAJOR = 136;
const STATX_DEVICE_MINOR = 140;
const STATX_BYTES = 256;
/** sizeof(struct open_how). */
export const OPEN_HOW_BYTES = 24;

// linux_dirent64: d_ino, d_off, d_reclen, d_type, d_name.
const DIRENT_LENGTH = 16;
const DIRENT_TYPE = 18;
const DIRENT_NAME = 19;
const DT_DIR = 4;
const DT_REG = 8;

const openat2 = native<[number, number, string, number, number]>(
  'long syscall(long number, int dirfd, str path, int64_t how, size_t size)',
);
const statx = native<[number, number, number, number, number, number]>(
  'long syscall(long number, int dirfd, int64_t path, int flags, unsigned int mask, int64_t buffer)',
);
const getdents64 = native<[number, number, number, number]>(
  'long syscall(long number, int fd, int64_t buffer, size_t count)',
);
const open3 = native<[string, number, number]>('int open(str path, int flags, int mode)');
const close1 = native<[number]>('int close(int fd)');
const pread4 = native<[number, number, number, number]>(
  'int64_t pread(int fd, int64_t buffer, size_t count, int64_t offset)',
);

const preadv2 = native<[number, number, number, number, number, number, number]>(
  'int64_t syscall(long number, int fd, int64_t vectors, int64_t count, int64_t offset, int64_t offsetHigh, int flags)',
);
const cachestat = native<[number, number, number, number, number]>(
  'long syscall(long number, int fd, int64_t range, int64_t result, unsigned int flags)',
);

// One page: struct open_how, struct iovec, struct statx, an empty path, struct cachestat_range and struct cachestat, then
// room for directory entries.
const PAGE_BYTES = 4096;
const HOW = 0;
const VECTOR = 32;
const STATUS = 64;
const EMPTY_PATH = STATUS + STATX_BYTES;
const RANGE = 384;
const CACHED = 400;
const ENTRIES = 512;
const page = mapAnonymous(PAGE_BYTES);
const memory = new DataView(view(page, PAGE_BYTES));
const names = new Uint8Array(memory.buffer);

/** What the kernel knows about a file: the parts of struct statx that tell one version of it from another. */
export class FileStatus {
  regular = false;
  directory = false;
  /** In bytes. */
  size = 0;
  inode = 0;
  device = 0;
  /** Last change of the contents: seconds since the epoch, and nanoseconds within the second. */
  modifiedSeconds = 0;
  modifiedNanoseconds = 0;
  /** Last change of contents or attributes, which no program can set. */
  changedSeconds = 0;
  changedNanoseconds = 0;

  copyFrom(other: FileStatus): void {
    this.regular = other.regular;
    this.directory = other.directory;
    this.size = other.size;
    this.inode = other.inode;
    this.device = other.device;
    this.modifiedSeconds = other.modifiedSeconds;
    this.modifiedNanoseconds = other.modifiedNanoseconds;
    this.changedSeconds = other.changedSeconds;
    this.changedNanoseconds = other.changedNanoseconds;
  }

  /** Whether both are the same version of the same file, as far as the kernel can tell. */
  equals(other: FileStatus): boolean {
    return (
      this.inode === other.inode &&
      this.device === other.device &&
      this.changedSeconds === other.changedSeconds &&
      this.changedNanoseconds === other.changedNanoseconds &&
      this.sameContent(other)
    );
  }

  /** Whether size and modification time are the same. */
  sameContent(other: FileStatus): boolean {
    return (
      this.size === other.size &&
      this.modifiedSeconds === other.modifiedSeconds &&
      this.modifiedNanoseconds === other.modifiedNanoseconds
    );
  }
}

export interface DirectoryEntry {
  readonly name: string;
  readonly directory: boolean;
  readonly regular: boolean;
}

/** Opens a directory of any path, to open names beneath it: a descriptor or -errno. */
export function openDirectory(path: string): number {
  return checked(open3(path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
}

/** Opens `name`, a relative path, beneath the directory `root`: a descriptor or -errno. EXDEV: it leads elsewhere. */
export function openBeneath(root: number, name: string, flags: number, resolve: number): number {
  memory.setUint32(HOW, flags | O_CLOEXEC, true);
  memory.setUint32(HOW + 16, resolve, true);
  return made(OPENAT2, openat2(SYS_OPENAT2, root, name, page + HOW, OPEN_HOW_BYTES));
}

/** The status of an open file (also one opened with O_PATH): 0 or -errno. */
export function fileStatus(descriptor: number, status: FileStatus): number {
  const found = statx(SYS_STATX, descriptor, page + EMPTY_PATH, AT_EMPTY_PATH, STATX_BASIC_STATS, page + STATUS);
  const result = made(STATX, found);
  if (result < 0) return result;
  readStatus(status);
  return 0;
}

/** Reads up to `length` bytes at `position` of a file to an address: how many, 0 at its end, or -errno. */
export function readAt(descriptor: number, address: number, length: number, position: number): number {
  return made(PREAD64, pread4(descriptor, address, length, position));
}

/**
 * As readAt, but only what is in memory: fewer bytes where the rest is not, and EAGAIN where nothing is. A file system that
 * cannot tell gives EOPNOTSUPP. preadv2(2).
 */
export function readAtNow(descriptor: number, address: number, length: number, position: number): number {
  setUnsigned64(VECTOR, address);
  setUnsigned64(VECTOR + 8, length);
  return made(PREADV2, preadv2(SYS_PREADV2, descriptor, page + VECTOR, 1, position, 0, RWF_NOWAIT));
}

/**
 * How many pages of a range are in the page cache, or -errno: EPERM for files that this user may not write, ENOSYS before
 * Linux 6.5. A page that is being read counts, although whoever reads it waits. cachestat(2).
 */
export function cachedPages(descriptor: number, position: number, length: number): number {
  setUnsigned64(RANGE, position);
  setUnsigned64(RANGE + 8, length);
  const result = made(CACHESTAT, cachestat(SYS_CACHESTAT, descriptor, page + RANGE, page + CACHED, 0));
  return result < 0 ? result : unsigned64(CACHED);
}

export function closeFile(descriptor: number): number {
  return made(CLOSE, close1(descriptor));
}

/**
 * The names in an open directory (not one opened with O_PATH), without '.' and '..', appended to `entries`: 0 or -errno.
 * When there are `most` or a few more it does not go on.
 */
export function readDirectory(descriptor: number, entries: DirectoryEntry[], most = Number.POSITIVE_INFINITY): number {
  while (entries.length < most) {
    const length = made(GETDENTS64, getdents64(SYS_GETDENTS64, descriptor, page + ENTRIES, PAGE_BYTES - ENTRIES));
    if (length <= 0) return length;
    for (let at = ENTRIES; at < ENTRIES + length; at += memory.getUint16(at + DIRENT_LENGTH, true)) {
      const start = at + DIRENT_NAME;
      const name = Buffer.from(names.subarray(start, names.indexOf(0, start))).toString('utf8');
      const type = memory.getUint8(at + DIRENT_TYPE);
      if (name !== '.' && name !== '..') entries.push({ name, directory: type === DT_DIR, regular: type === DT_REG });
    }
  }
  return 0;
}

function readStatus(status: FileStatus): void {
  const kind = memory.getUint16(STATUS + STATX_MODE, true) & S_IFMT;
  status.regular = kind === S_IFREG;
  status.directory = kind === S_IFDIR;
  status.size = unsigned64(STATUS + STATX_SIZE);
  status.inode = unsigned64(STATUS + STATX_INODE);
  // Major numbers have 12 bits, minor ones 20.
  status.device =
    memory.getUint32(STATUS + STATX_DEVICE_MAJOR, true) * 2 ** 20 + memory.getUint32(STATUS + STATX_DEVICE_MINOR, true);
  status.modifiedSeconds = signed64(STATUS + STATX_MODIFIED);
  status.modifiedNanoseconds = memory.getUint32(STATUS + STATX_MODIFIED + 8, true);
  status.changedSeconds = signed64(STATUS + STATX_CHANGED);
  status.changedNanoseconds = memory.getUint32(STATUS + STATX_CHANGED + 8, true);
}

function unsigned64(offset: number): number {
  return memory.getUint32(offset + 4, true) * 2 ** 32 + memory.getUint32(offset, true);
}

function setUnsigned64(offset: number, value: number): void {
  memory.setUint32(offset, value, true);
  memory.setUint32(offset + 4, value / 2 ** 32, true);
}

function signed64(offset: number): number {
  return memory.getInt32(offset + 4, true) * 2 ** 32 + memory.getUint32(offset, true);
}

/** That numbers and layouts above are those of this kernel and processor: compared with what Node knows. */
function assertInterface(): void {
  if (constants.O_NONBLOCK !== O_NONBLOCK || constants.O_NOCTTY !== O_NOCTTY) throw new Error('open(2): other flags');
  if (constants.O_DIRECTORY !== O_DIRECTORY || constants.O_NOFOLLOW !== O_NOFOLLOW) {
    throw new Error('open(2): other flags on this processor');
  }
  const status = new FileStatus();
  names[EMPTY_PATH] = 0x2f;
  const result = statx(SYS_STATX, AT_FDCWD, page + EMPTY_PATH, 0, STATX_BASIC_STATS, page + STATUS);
  names[EMPTY_PATH] = 0;
  if (result < 0) return;
  readStatus(status);
  const known = statSync('/');
  if (!status.directory || status.inode !== known.ino || status.modifiedSeconds !== Math.floor(known.mtimeMs / 1000)) {
    throw new Error('statx(2): the struct has another layout');
  }
}

assertInterface();
