/**
 * What a disk does to a server: whether those who ask for what is in memory wait for those who read a slow disk, and how
 * many requests are served when the files do not fit into memory.
 */

import { evict, requireDisk } from '../../../src/compare/measurement/cold-files.js';
import type { Case } from '../case.js';
import { KIBIBYTE, MEBIBYTE, writeText, writeTree } from '../files.js';
import { measureLoad, warmUp } from '../measure.js';
import { benchFile } from '../project.js';
import { runReaders } from '../readers.js';
import type { Load } from '../wrk.js';

const CACHED = { path: '/cached.txt', connections: 32 };
const READERS = 8;
const BESIDE = `one file of 1 KiB in memory on ${CACHED.connections} connections, beside ${READERS} that read files of 1 MiB`;
/** Those who ask for what is in memory, without and with others who read what is not. */
function besideReaders(name: string, how: string, folders: number, filesInEach: number): Case {
  return {
    name,
    title: `${BESIDE}, ${how}`,
    columns: ['p99Alone', 'p99', 'p99Ratio', 'requestsAlone', 'requestsPerSecond', 'coldPerSecond', 'longestStall'],
    onRequest: true,
    connections: CACHED.connections + READERS,
    files: folders * filesInEach + 1,
    path: CACHED.path,
    async prepare(folder) {
      requireDisk(folder);
      writeText(folder, 'cached.txt', KIBIBYTE);
      await writeTree(folder, folders, filesInEach, MEBIBYTE);
      evict(folder);
    },
    async measure(server, times) {
      const { alone, beside, read, errors } = await runReaders(server.port, {
        ...{ path: CACHED.path, connections: CACHED.connections, readers: READERS, folders, files: filesInEach },
        ...times,
      });
      return {
        p99Alone: alone.p99,
        p99: beside.p99,
        p99Ratio: beside.p99 / alone.p99,
        requestsAlone: alone.requests / times.seconds,
        requestsPerSecond: beside.requests / times.seconds,
        coldPerSecond: read / times.seconds,
        errors,
      };
    },
    // What one server has read must not be in memory for the next.
    after: evict,
  };
}

const coldReaders: Case = {
  ...besideReaders('cold-readers', 'from a disk that takes 20 ms for each operation', 10, 200),
  slowDisk: true,
};

const READS_PER_SECOND = 100;
/** So many files that hardly one is asked for twice. */
const throttledDisk: Case = {
  ...besideReaders(
    'throttled-disk',
    `not in memory, from a disk that does ${READS_PER_SECOND} reads a second`,
    10,
    200,
  ),
  readsPerSecond: READS_PER_SECOND,
};

const ZIPF_FOLDERS = 64;
const ZIPF_FILES = 256;
const ZIPF_BYTES = 256 * KIBIBYTE;
const ZIPF = { path: '/0/0.txt', connections: 64 };

function byZipf(seed: number): Load {
  const script = [benchFile('wrk', 'zipf-file.lua'), String(ZIPF_FOLDERS), String(ZIPF_FILES), String(seed)] as const;
  return { ...ZIPF, script };
}

const largerThanMemory: Case = {
  name: 'larger-than-memory',
  title: `${ZIPF_FOLDERS * ZIPF_FILES} files of 256 KiB, 4 GiB, asked for by Zipf's law on ${ZIPF.connections} connections; 1 GiB of memory for the server and its page cache`,
  columns: ['requestsPerSecond', 'p50', 'p99', 'cpu', 'system', 'processMemory', 'pageCache'],
  compared: 'requestsPerSecond',
  onRequest: true,
  memoryBytes: 1024 * MEBIBYTE,
  connections: ZIPF.connections,
  files: ZIPF_FOLDERS * ZIPF_FILES,
  path: ZIPF.path,
  async prepare(folder) {
    requireDisk(folder);
    await writeTree(folder, ZIPF_FOLDERS, ZIPF_FILES, ZIPF_BYTES);
    evict(folder);
  },
  async measure(server, times) {
    await warmUp(server, byZipf(1), times);
    return measureLoad(server, byZipf(2), times);
  },
  after: evict,
};

export const disk: readonly Case[] = [coldReaders, throttledDisk, largerThanMemory];
