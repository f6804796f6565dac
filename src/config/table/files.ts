/** How files are read and kept: the disk strategy and the cache. */
import { option } from '../option.js';
import { bytes, choice, GIBIBYTE, integer, KIBIBYTE, MEBIBYTE } from '../option-kinds.js';

export const files = {
  disk: option({
    flag: 'disk',
    kind: choice('NAME', ['auto', 'blocking', 'helpers', 'io_uring']),
    initial: 'auto',
    description: 'event: how files are read: auto, blocking, helpers or io_uring',
    fixed: true,
  }),
  helpers: option({
    flag: 'helpers',
    kind: integer('COUNT', 1, 64),
    initial: 4,
    description: 'event: the most threads that wait for the disk, with --disk helpers',
    fixed: true,
  }),
  // At most 1 GiB: all offsets into the server's memory must fit in 31 bits.
  cacheBytes: option({
    flag: 'cache-bytes',
    kind: bytes(MEBIBYTE, GIBIBYTE),
    initial: 128 * MEBIBYTE,
    description: 'memory for the contents of small files, of all workers together',
    fixed: true,
  }),
  cachedFileBytes: option({
    flag: 'cached-file-bytes',
    kind: bytes(0, 16 * MEBIBYTE),
    initial: 64 * KIBIBYTE,
    description: 'the largest file that is kept in memory; larger ones are sent from disk',
    fixed: true,
  }),
  // As nginx's open_file_cache, whose manual suggests 1000; half of the usual soft limit of 1024 descriptors.
  openFiles: option({
    flag: 'open-files',
    kind: integer('COUNT', 1, 1_048_576),
    initial: 512,
    description: 'how many large files are kept open',
  }),
};
