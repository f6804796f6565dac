/**
 * The multi-threaded architecture: workers in one process, each doing all the tasks of a request on its own, over shared
 * memory.
 *
 * Each thread is the same plain loop of system calls that wait as a worker process is (models/blocking-loop.ts). What is
 * different is what they share: one address space, the descriptors, and one cache of files with its table of paths
 * (site/shared-cache.ts), which therefore needs a lock (memory/lock.ts). Without it two threads that change the table at
 * once mix the bytes of two files; test/site shows that.
 *
 * The main thread serves nobody. It keeps the workers (models/worker-pool.ts): one whose code throws is replaced, and the
 * lock that it may have had is taken from it. A signal or a crash of the engine ends them all: they are one process.
 */
import { setFlagsFromString } from 'node:v8';
import { allowWaking } from '../linux/process.js';
import type { BlockingLoop } from './blocking-loop.js';
import { BLOCKING_ENGINE } from './engine.js';
import type { Keeping } from './keeping.js';
import { WorkerPool } from './worker-pool.js';
import { startThread, threadServes } from './worker-thread.js';

/** MiB of memory for JavaScript objects: a thread makes few, and less room keeps it small. */
const SMALL = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256, stackSizeMb: 1 };

/** In the main thread: the pool of worker threads. */
export function keepThreads<Options>(keeping: Keeping<Options>): WorkerPool {
  allowWaking();
  // Options of the engine are the process's: they hold for threads that start from now on.
  for (const flag of BLOCKING_ENGINE) setFlagsFromString(flag);
  return new WorkerPool({
    ...keeping,
    start: (place, slot) =>
      startThread(keeping.entry, SMALL, { ...keeping.assignment(place, slot), kind: 'thread' }, keeping.say),
  });
}

/** In a worker thread: serves until it is told to end. */
export async function serveInThread(loop: BlockingLoop): Promise<void> {
  threadServes();
  await loop.run();
}
