/**
 * The measurement that nearly every case makes: load for some seconds, and what the server's process tree used for it.
 * The server's CPU time per request is the figure to compare; the client's processor limits throughput, and latencies
 * follow from both.
 */
import type { Sample } from './metrics.js';
import { proportionalSetSize, useBetween, useOfTree } from './process-tree.js';
import type { ServerProcess } from './server-process.js';
import { type Load, runWrk } from './wrk.js';

/** How long to load, and how long to do so before anything is counted. */
export interface Times {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** What is particular about a case. */
export interface Particulars {
  /** Counts requests by the bytes received: of large files, those under way at the end are too much to leave out. */
  readonly fileBytes?: number;
  /** Looks at the server's memory while the load lasts, which disturbs it a little. */
  readonly watchMemory?: boolean;
}

/** What measureLoad finds. */
export type LoadSample = Sample & { readonly cpu: number; readonly memory: number };

/** How often memory is looked at while the load lasts. */
const MEMORY_LOOK_MILLISECONDS = 250;

/** How long one set of connections warms up. */
const WARM_UP_ROUND_SECONDS = 5;

/**
 * Loads a server without measuring it, so that compilers, caches and connections' memory have settled. In rounds, since
 * a just-in-time compiler that has not yet seen a connection end compiles once more when it does.
 */
export async function warmUp(server: ServerProcess, load: Load, { warmUpSeconds }: Times): Promise<void> {
  for (let left = warmUpSeconds; left > 0; left -= WARM_UP_ROUND_SECONDS) {
    await runWrk(server.port, load, Math.min(left, WARM_UP_ROUND_SECONDS));
  }
}

/** Loads a server and measures what its process tree uses for it. */
export async function measureLoad(
  server: ServerProcess,
  load: Load,
  { seconds }: Times,
  { fileBytes, watchMemory = false }: Particulars = {},
): Promise<LoadSample> {
  const memoryBefore = proportionalSetSize(server.pid);
  let memoryHighest = memoryBefore;
  const watch = setInterval(() => {
    if (watchMemory) memoryHighest = Math.max(memoryHighest, proportionalSetSize(server.pid));
  }, MEMORY_LOOK_MILLISECONDS);

  const before = useOfTree(server.pid);
  const result = await runWrk(server.port, load, seconds).finally(() => clearInterval(watch));
  const use = useBetween(before, useOfTree(server.pid));

  const memory = proportionalSetSize(server.pid);
  const requests = fileBytes === undefined ? result.requests : result.bytes / fileBytes;
  if (requests === 0) throw new Error('no request was answered');
  return {
    requestsPerSecond: fileBytes === undefined ? result.requestsPerSecond : requests / seconds,
    p50: result.p50,
    p99: result.p99,
    cpu: use.cpuMicroseconds / requests,
    system: use.systemMicroseconds / requests,
    contextSwitches: (use.voluntarySwitches + use.involuntarySwitches) / requests,
    voluntary: use.voluntarySwitches / requests,
    involuntary: use.involuntarySwitches / requests,
    memory,
    ...server.memoryUse(),
    memoryBefore,
    memoryHighest: Math.max(memoryHighest, memory),
    errors: result.errors,
  };
}
