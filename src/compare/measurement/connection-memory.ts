/**
 * What a connection takes: how much more memory a server has with many of them open than it had without any.
 *
 * What it keeps true: the server has answered before, so that what its first requests take is not counted; it has not yet had
 * so many connections, whose memory it might keep for the next ones; and where there are too few of them to be seen among all
 * else, or each has a thread or process of its own that was there before, nothing is said.
 */
import { usageOfTree } from '../../metrics/proc-tree.js';
import { connectionsOf } from '../configuration.js';
import type { Contestant } from '../contestant.js';
import type { LoadPlan } from '../load/plan.js';
import { totalErrors } from '../load/result.js';
import type { Workload } from '../workloads/fields.js';
import { answersByHandler } from '../workloads/read-workload.js';
import type { RunLoad } from './measure.js';

/** The memory of fewer is less than that of a server varies. */
const LEAST_CONNECTIONS = 250;
const FIRST_SECONDS = 0.5;
/** A connection has one request in this time, and all of them together have no more than a slow machine can answer. */
const LEAST_THINK_MILLISECONDS = 500;
const THINK_MILLISECONDS_EACH = 0.5;
/** They are told when it is enough, long before. */
const MOST_SECONDS = 60;

/** Those of a workload that are held open: who asks, and who does not. */
export type Held = Pick<Workload, 'connections' | 'idleConnections'>;

/** Whether it can be told of somebody in a workload. */
export function canBeTold({ workers, waiting }: Pick<Contestant, 'workers' | 'waiting'>, workload: Workload): boolean {
  if (workload.connections + workload.idleConnections < LEAST_CONNECTIONS || answersByHandler(workload)) return false;
  return workers(workload) < connectionsOf(workload) && waiting(workload) === 0;
}

/** In bytes; undefined where not all of them could be held, or nothing is to be seen. @param plan what is asked of the server otherwise. */
export async function memoryOfConnection(
  process: number,
  { url, targets, timeoutMilliseconds, processor }: LoadPlan,
  { connections, idleConnections }: Held,
  runLoad: RunLoad,
  signal: AbortSignal,
): Promise<number | undefined> {
  const [small] = [...targets].sort((one, other) => (one.length ?? 0) - (other.length ?? 0));
  const common: LoadPlan = {
    ...{ url, targets: small === undefined ? targets : [small] },
    ...(timeoutMilliseconds !== undefined && { timeoutMilliseconds }),
    ...(processor !== undefined && { processor }),
  };
  await runLoad({ ...common, connections: 1, seconds: FIRST_SECONDS }, { beside: true, signal });
  signal.throwIfAborted();
  const before = usageOfTree(process).pss;
  let after: number | undefined;
  const enough = new AbortController();
  const thinkMilliseconds = Math.max(LEAST_THINK_MILLISECONDS, connections * THINK_MILLISECONDS_EACH);
  const result = await runLoad(
    { ...common, connections, idleConnections, thinkMilliseconds, seconds: MOST_SECONDS },
    {
      beside: true,
      signal: AbortSignal.any([signal, enough.signal]),
      progress({ phase, answered }) {
        if (phase !== 'measuring' || answered < connections || after !== undefined) return;
        after = usageOfTree(process).pss;
        enough.abort();
      },
    },
  );
  signal.throwIfAborted();
  // A server that has tidied up meanwhile has hidden it.
  if (after === undefined || after <= before || totalErrors(result.errors) > 0) return undefined;
  return (after - before) / (connections + idleConnections);
}
