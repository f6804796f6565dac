/** A tree of 200,000 small files, asked for at random: no start-up scan, and memory that a cache's size bounds. */
import type { Case } from '../case.js';
import { KIBIBYTE, writeTree } from '../files.js';
import { measureLoad, warmUp } from '../measure.js';
import { benchFile } from '../project.js';

const FOLDERS = 200;
const FILES_IN_EACH = 1000;
const CONNECTIONS = 64;

const load = {
  path: '/0/0.txt',
  connections: CONNECTIONS,
  script: [benchFile('wrk', 'random-file.lua'), String(FOLDERS), String(FILES_IN_EACH)],
} as const;

export const manyFiles: Case = {
  name: 'many-files',
  title: `${FOLDERS * FILES_IN_EACH} files of 1 KiB at random, ${CONNECTIONS} keep-alive connections`,
  columns: ['startMilliseconds', 'requestsPerSecond', 'p50', 'p99', 'cpu', 'memoryBefore', 'memoryHighest'],
  compared: 'cpu',
  connections: CONNECTIONS,
  files: FOLDERS * FILES_IN_EACH,
  path: load.path,
  prepare: (folder) => writeTree(folder, FOLDERS, FILES_IN_EACH, KIBIBYTE),
  async measure(server, times) {
    const { startMilliseconds } = server;
    await warmUp(server, load, times);
    return { startMilliseconds, ...(await measureLoad(server, load, times, { watchMemory: true })) };
  },
};
