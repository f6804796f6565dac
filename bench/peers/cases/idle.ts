/**
 * Thousands of idle connections beside the busy ones. An idle connection has had one request answered. The busy ones
 * are measured before, beside and after the idle ones, and the ratio is to the mean of before and after, so that a
 * drift of the machine cancels.
 */
import type { Case } from '../case.js';
import { DESCRIPTORS } from '../descriptors.js';
import { KIBIBYTE, writeText } from '../files.js';
import { openIdleConnections } from '../idle-connections.js';
import { measureLoad, warmUp } from '../measure.js';
import { proportionalSetSize } from '../process-tree.js';

const BUSY = 64;
/** Fewer where the limit of descriptors does not let a server hold 10,000. */
const IDLE = Math.min(10_000, DESCRIPTORS - 512);

const load = { path: '/1kib.txt', connections: BUSY };

export const idle: Case = {
  name: 'idle',
  title: `1 KiB, ${BUSY} busy keep-alive connections, without and with ${IDLE} idle ones beside them`,
  columns: ['cpu', 'cpuWithIdle', 'idleRatio', 'memoryBefore', 'memory', 'bytesPerConnection'],
  compared: 'cpuWithIdle',
  connections: IDLE + BUSY,
  files: 1,
  path: load.path,
  prepare: (folder) => writeText(folder, '1kib.txt', KIBIBYTE),
  async measure(server, times) {
    await warmUp(server, load, times);
    const before = await measureLoad(server, load, times);
    const connections = await openIdleConnections(server.port, load.path, IDLE);
    try {
      const grown = proportionalSetSize(server.pid) - before.memory;
      const beside = await measureLoad(server, load, times);
      const lost = connections.lost();
      await connections.close();
      const after = await measureLoad(server, load, times);
      const without = (before.cpu + after.cpu) / 2;
      return {
        cpu: without,
        cpuWithIdle: beside.cpu,
        idleRatio: beside.cpu / without,
        memoryBefore: before.memory,
        memory: beside.memory,
        bytesPerConnection: grown / IDLE,
        errors: [
          ...beside.errors,
          ...(lost > 0 ? [`${lost} of ${IDLE} idle connections were closed by the server`] : []),
        ],
      };
    } finally {
      await connections.close();
    }
  },
};
