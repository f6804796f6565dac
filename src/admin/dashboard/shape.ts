/**
 * The architecture of a server, as the picture shows it: who serves, what they wait with, where files come from. A server of
 * the same shape has the same picture.
 */
import type { Polled, PolledWorker } from '../../metrics/polled.js';

/** A worker that is drawn. */
export interface Drawn {
  readonly slot: number;
  /** What the kernel calls it: a thread by its number, a process by its. */
  readonly name: string;
}

export interface Shape {
  readonly who: 'loop' | 'loops' | 'threads' | 'processes';
  /** Loops in processes, or the processes of the model: nothing is shared but what is said so. */
  readonly apart: boolean;
  /** What the kernel is waited with: a dispatcher's name, or the calls that block. */
  readonly waits: string;
  /** How files that are not in memory are read: blocking, helpers or io_uring. */
  readonly disk: 'blocking' | 'helpers' | 'io_uring';
  readonly sharesCache: boolean;
  readonly locks: boolean;
  readonly workers: readonly Drawn[];
  /** There is no room for these. */
  readonly hidden: number;
}

/** More would be too small to be seen. */
const MOST_WORKERS = 128;

export function shapeOf(polled: Polled): Shape {
  const { model, dispatcher = 'epoll', disk, each = [], workersMost, workers = 1, loops } = polled;
  const count = Math.max(1, each.length, model === 'event' ? (loops ?? workers) : (workersMost ?? workers));
  const who = model === 'process' ? 'processes' : model === 'thread' ? 'threads' : count > 1 ? 'loops' : 'loop';
  const apart = who === 'processes' || (who === 'loops' && new Set(each.map(({ process }) => process)).size > 1);
  const locks = polled.lock !== undefined;
  const slots = Array.from({ length: Math.min(count, MOST_WORKERS) }, (_, slot) => slot);
  return {
    who,
    apart,
    waits: model === 'event' ? dispatcher : 'accept, recv, send',
    disk: model === 'event' ? strategyOf(disk) : 'blocking',
    sharesCache: locks || who === 'loop',
    locks,
    workers: slots.map((slot) => ({
      slot,
      name: nameOf(
        each.find((worker) => worker.slot === slot),
        slot,
        apart,
      ),
    })),
    hidden: Math.max(0, count - MOST_WORKERS),
  };
}

/** Two servers, or one at two times, that have the same picture. */
export function sameShape(one: Shape, other: Shape): boolean {
  return (
    JSON.stringify({ ...one, workers: one.workers.length }) ===
    JSON.stringify({ ...other, workers: other.workers.length })
  );
}

/** Of `auto (in memory: at once; else io_uring)` what is behind `else`. */
function strategyOf(disk: string): Shape['disk'] {
  const [, last = disk] = /else (\w+)/.exec(disk) ?? [];
  if (last.startsWith('helpers')) return 'helpers';
  return last.startsWith('blocking') ? 'blocking' : 'io_uring';
}

function nameOf(worker: PolledWorker | undefined, slot: number, apart: boolean): string {
  const number = apart ? worker?.process : worker?.thread;
  return number === undefined || number === 0 ? `#${slot}` : String(number);
}

/** The architecture in words, for those who do not see it and those who do not know it yet. */
export function wordsFor(shape: Shape): string {
  const { waits, apart, hidden } = shape;
  const count = shape.workers.length + hidden;
  const disk = {
    blocking: 'Who reads a file that is not in memory waits for the disk',
    helpers: 'Files that are not in memory are read by helper threads, and the loop goes on meanwhile',
    io_uring: 'Files that are not in memory are read by the kernel through io_uring, and the loop goes on meanwhile',
  }[shape.disk];
  const stops = shape.disk === 'blocking' ? ', and with it all others wait' : '';
  switch (shape.who) {
    case 'loop':
      return `Event-driven: one process, one thread of control, one dispatcher. It waits with ${waits} for the next events and calls a handler for each; no handler waits. ${disk}${stops}.`;
    case 'loops':
      return `Event-driven, ${count} loops in ${apart ? 'processes' : 'threads of one process'}, each with a dispatcher (${waits}), a listener and a cache of its own. ${disk}${stops}.`;
    case 'threads':
      return `Multi-threaded: ${count} threads of one process, each serving one connection at a time with calls that block. They share one cache, so a lock keeps them from one another. ${disk}; the others go on.`;
    case 'processes':
      return `Multi-process: ${count} processes, each serving one connection at a time with calls that block. ${shape.locks ? 'They share one cache in shared memory, behind a lock' : 'Each has a cache of its own, and nothing is shared'}. ${disk}; the others go on.`;
  }
}
