/** Files that are on the disk and nowhere else: written out, and their pages put out of the kernel's cache. */
import { closeSync, fsyncSync, openSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { forgetPages } from '../../linux/page-cache.js';

/** statfs(2): its files have no other place than memory. */
const TMPFS_MAGIC = 0x01021994;

/** Throws an Error with a sentence where files cannot be cold. */
export function requireDisk(folder: string): void {
  if (statfsSync(folder).type !== TMPFS_MAGIC) return;
  throw new Error(`${folder} is on a file system in memory, whose files are never cold; set TMPDIR to another one.`);
}

/** Evicts every file beneath the folder. */
export function evict(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = openSync(join(entry.parentPath ?? entry.path, entry.name), 'r');
    fsyncSync(file);
    forgetPages(file);
    closeSync(file);
  }
}
