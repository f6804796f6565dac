/** What an open directory holds, read in a thread of Node's while the loop goes on: getdents64(2) waits for the disk. */
import { opendir } from 'node:fs/promises';
import type { DirectoryEntry } from './disk.js';

/** So many names are brought by one thread at a time. */
const BATCH = 256;

/** The names in the open directory, at most `most` of them. Rejects where it cannot be read, or there is no /proc. */
export async function directoryEntries(descriptor: number, most: number): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  const directory = await opendir(`/proc/self/fd/${descriptor}`, { bufferSize: BATCH });
  try {
    while (entries.length < most) {
      const entry = await directory.read();
      if (entry === null) break;
      entries.push({ name: entry.name, directory: entry.isDirectory(), regular: entry.isFile() });
    }
    return entries;
  } finally {
    await directory.close();
  }
}
