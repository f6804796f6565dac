/** The page cache, where the kernel keeps what has been read of files: posix_fadvise(2). */
import { native } from './library.js';

const POSIX_FADV_DONTNEED = 4;

const cAdvise = native<[number, number, number, number]>(
  'int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)',
);

/** Puts the pages of a file that has been written to the disk out of the cache: 0 or -errno. */
export function forgetPages(descriptor: number): number {
  // It gives the error itself, and no errno.
  return -cAdvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
}
