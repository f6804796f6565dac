/**
 * The multi-process architecture: processes spawned by the original process, each serving one connection at a time.
 *
 * The original opens the listening socket once and spawns the workers, which inherit it. Each worker is a plain loop of
 * system calls that wait: accept, receive, handle, send (models/blocking-loop.ts). While one waits, for its client or for
 * the disk, the kernel runs another: concurrency is the kernel's business, and nothing in a worker can disturb another.
 *
 * The original serves nobody. It keeps the workers (models/worker-pool.ts): one that dies is replaced, and with spare
 * workers asked for it grows and shrinks their number with the load, as a prefork server does. They speak through shared
 * memory only: an order, a state and some counts for each. The cache of files is each worker's own, unless a shared one is
 * asked for: then all have it in memory that they share, behind a lock that survives its owner (site/shared-cache.ts).
 */
import type { BlockingLoop } from './blocking-loop.js';
import { BLOCKING_ENGINE } from './engine.js';
import type { Keeping } from './keeping.js';
import { WorkerPool } from './worker-pool.js';
import { startProcess } from './worker-process.js';
import { sayServes } from './worker-record.js';

/**
 * What Node is told at the start of a worker that serves one connection at a time, to keep it small; docs/architectures/process.md
 * has what each saves.
 */
const SMALL = ['--max-semi-space-size=1', '--single-threaded', ...BLOCKING_ENGINE];

/** In the original process: the pool of worker processes. */
export function keepProcesses<Options>(keeping: Keeping<Options>): WorkerPool {
  return new WorkerPool({
    ...keeping,
    start: (place, slot) =>
      startProcess(keeping.entry, SMALL, { ...keeping.assignment(place, slot), kind: 'process' }, keeping.say),
  });
}

/** In a worker process: serves until it is told to end. */
export async function serveInProcess(loop: BlockingLoop): Promise<void> {
  sayServes();
  await loop.run();
}
