/** From starting the program to its first answer, and the memory it has then. */
import type { Case } from '../case.js';
import { KIBIBYTE, writeText } from '../files.js';
import { proportionalSetSize } from '../process-tree.js';

export const startup: Case = {
  name: 'startup',
  title: 'from starting the program to its first answer, and the memory it has then',
  columns: ['startMilliseconds', 'memory'],
  connections: 64,
  files: 1,
  path: '/1kib.txt',
  prepare: (folder) => writeText(folder, '1kib.txt', KIBIBYTE),
  async measure({ pid, startMilliseconds }) {
    return { startMilliseconds, memory: proportionalSetSize(pid), errors: [] };
  },
};
