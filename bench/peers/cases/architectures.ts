/** One small file, with as many workers as connections where a worker serves one: what each architecture costs. */
import { type Case, LOAD_COLUMNS } from '../case.js';
import { KIBIBYTE, writeText } from '../files.js';
import { measureLoad, warmUp } from '../measure.js';
import { systemCallsPerRequest } from '../system-calls.js';

const LOAD = { path: '/1kib.txt', connections: 64 };

const base = {
  connections: LOAD.connections,
  files: 1,
  path: LOAD.path,
  prepare: (folder: string) => writeText(folder, '1kib.txt', KIBIBYTE),
} as const;

export const architectures: readonly Case[] = [
  {
    ...base,
    name: 'architectures',
    title: 'one file of 1 KiB, 64 keep-alive connections, 64 workers where a worker serves one connection',
    columns: [
      ...LOAD_COLUMNS.filter((column) => column !== 'contextSwitches'),
      'voluntary',
      'involuntary',
      'systemCalls',
      'lockAcquisitions',
      'lockContended',
      'lockWait',
    ],
    compared: 'cpu',
    async measure(server, times) {
      await warmUp(server, LOAD, times);
      const sample = await measureLoad(server, LOAD, times);
      const systemCalls = await systemCallsPerRequest(server.pid, server.port, LOAD);
      return systemCalls === undefined ? sample : { ...sample, systemCalls };
    },
  },
  {
    ...base,
    name: 'half-the-workers',
    title:
      'the same with 32 workers and 32 connections: the difference in memory, divided by 32, is what a worker takes',
    connections: LOAD.connections / 2,
    columns: ['requestsPerSecond', 'cpu', 'memory'],
    async measure(server, times) {
      const load = { ...LOAD, connections: LOAD.connections / 2 };
      await warmUp(server, load, times);
      return measureLoad(server, load, times);
    },
  },
];
