/** One file asked for again and again, small to large. */
import { type Case, LOAD_COLUMNS } from '../case.js';
import { KIBIBYTE, MEBIBYTE, writeText } from '../files.js';
import { measureLoad, warmUp } from '../measure.js';

const CONNECTIONS = 64;
/** Fewer for the largest file: a request takes seconds. */
const CONNECTIONS_LARGE = 16;

export const oneFile: readonly Case[] = [
  ofSize('1kib', '1 KiB', KIBIBYTE, CONNECTIONS),
  ofSize('100kib', '100 KiB', 100 * KIBIBYTE, CONNECTIONS),
  ofSize('1mib', '1 MiB', MEBIBYTE, CONNECTIONS),
  {
    ...ofSize('100mib', '100 MiB', 100 * MEBIBYTE, CONNECTIONS_LARGE),
    columns: ['requestsPerSecond', 'cpu', 'system', 'memoryBefore', 'memoryHighest', 'memory'],
  },
];

function ofSize(name: string, size: string, bytes: number, connections: number): Case {
  const load = { path: `/${name}.txt`, connections };
  const large = bytes > MEBIBYTE;
  return {
    name,
    title: `one file of ${size}, ${connections} keep-alive connections`,
    columns: LOAD_COLUMNS,
    compared: 'cpu',
    connections,
    files: 1,
    path: load.path,
    prepare: (folder) => writeText(folder, `${name}.txt`, bytes),
    async measure(server, times) {
      await warmUp(server, load, times);
      return measureLoad(server, load, times, large ? { fileBytes: bytes, watchMemory: true } : {});
    },
  };
}
