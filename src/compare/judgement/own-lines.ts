/**
 * How many lines of program an architecture needs for itself, beyond what all of them share: the only thing that a machine can
 * say about whether something is simple to write. Counted in the program that runs, without comments and empty lines.
 */
import { readFileSync } from 'node:fs';

/** What only this architecture needs, with one dispatcher and one disk strategy. */
const FILES = {
  process: [
    ...['models/multi-process', 'models/blocking-loop', 'models/waiting-acceptor', 'models/worker-pool'],
    ...['models/worker-process', 'connection/blocking-calls', 'disk/blocking', 'metrics/worker-slots'],
  ],
  thread: [
    ...['models/multi-threaded', 'models/blocking-loop', 'models/waiting-acceptor', 'models/worker-pool'],
    ...['models/worker-thread', 'connection/blocking-calls', 'disk/blocking', 'metrics/worker-slots'],
    ...['memory/lock', 'site/shared-cache', 'site/shared-site'],
  ],
  event: [
    ...['models/event-driven', 'dispatcher/epoll', 'dispatcher/readiness', 'dispatcher/listeners'],
    ...['dispatcher/file-transfer', 'dispatcher/deadlines', 'dispatcher/node-loop', 'disk/helpers'],
    ...['disk/helper', 'disk/helper-memory', 'disk/helper-threads', 'memory/queue', 'connection/file-windows'],
  ],
} as const;

/** undefined where the program is not there as it was compiled. */
export function ownLines(model: keyof typeof FILES): number | undefined {
  try {
    return FILES[model].reduce((sum, file) => sum + linesOf(new URL(`../../${file}.js`, import.meta.url)), 0);
  } catch {
    return undefined;
  }
}

function linesOf(file: URL): number {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return text.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}
