/** Files that are on the disk and nowhere else: written out, and their pages put out of the kernel's cache. */
import { closeSync, fsyncSync, openSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';

/** posix_fadvise(2): these pages will not be needed. */
const POSIX_FADV_DONTNEED = 4;
/** statfs(2): its files have no other place than memory. */
const TMPFS_MAGIC = 0x01021994;

/** Throws an Error with a sentence where files cannot be cold. */
export function requireDisk(folder: string): void {
  if (statfsSync(folder).type !== TMPFS_MAGIC) return;
  throw new Error(`${folder} is on a file system in memory, whose files are never cold; set TMPDIR to another one.`);
}

/** Evicts every file beneath the folder. */
export function evict(folder: string): void {
  const advise = koffi.load(null).func('int posix_fadvise(int fd, int64 offset, int64 length, int advice)');
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = openSync(join(entry.parentPath, entry.name), 'r');
    fsyncSync(file);
    advise(file, 0, 0, POSIX_FADV_DONTNEED);
    closeSync(file);
  }
}
