/**
 * The event-driven architecture on several processors: N loops, each a whole event-driven server with its own dispatcher,
 * its own cache and its own listening socket, in a thread or a process of its own, as nginx has its workers.
 *
 * They share nothing but the addresses that they listen on: the kernel spreads new connections over the listeners of a port
 * (SO_REUSEPORT), so there is nothing to lock. (A unix socket, and one that was handed over by whoever started the server,
 * is one for all: each loop accepts from it what it gets.) The original process opens one listener for each loop and has it for life:
 * closing a listener resets the connections that wait in its queue. A loop that dies is replaced by one that inherits its
 * listener, and the connections that wait there never notice.
 */
import { isMainThread } from 'node:worker_threads';
import { allowWaking } from '../linux/process.js';
import type { EventDriven } from './event-driven.js';
import type { Keeping } from './keeping.js';
import { WorkerPool } from './worker-pool.js';
import { startProcess } from './worker-process.js';
import { sayServes } from './worker-record.js';
import { startThread, threadServes } from './worker-thread.js';

/** In the original process: the pool of loops. */
export function keepLoops<Options>(keeping: Keeping<Options>, where: 'threads' | 'processes'): WorkerPool {
  allowWaking();
  return new WorkerPool({
    ...keeping,
    start: (place, slot) => {
      const assignment = { ...keeping.assignment(place, slot), kind: 'loop' } as const;
      return where === 'threads'
        ? startThread(keeping.entry, {}, assignment, keeping.say)
        : startProcess(keeping.entry, [], assignment, keeping.say);
    },
  });
}

/** In the thread or process of a loop: serves until it is told to end. */
export async function serveInLoop(loop: EventDriven): Promise<void> {
  loop.start();
  if (isMainThread) sayServes();
  else threadServes();
  await loop.drained;
}
