/** What is known of one worker that lives: what stands in its slot, and what the kernel says of its thread. */
import { CONNECTIONS, IN_PROGRESS, OPEN, REQUESTS } from '../metrics/counts.js';
import { usageOfThread } from '../metrics/proc.js';
import type { TimeSpent, WorkerKind, WorkerMetrics } from '../metrics/server-metrics.js';
import { sumOfStalls } from '../metrics/stall-meter.js';
import { STATE_NAMES, type WorkerSlot } from '../metrics/worker-slots.js';
import { WorkerSums } from '../metrics/worker-sums.js';

/** What all workers of a server have in common. */
export interface EachOptions {
  readonly kind: WorkerKind;
  /** Each has a cache of its own. */
  readonly ownCache: boolean;
}

/** `time`: where its time has gone, as the server has worked it out. */
export function workerOf(
  slot: WorkerSlot,
  index: number,
  time: TimeSpent,
  { kind, ownCache }: EachOptions,
): WorkerMetrics {
  const { process, thread } = slot;
  const usage = thread === 0 ? undefined : usageOfThread(process, thread);
  const sums = new WorkerSums([slot]);
  const { count, p50, p99, max } = sums.distribution('total');
  const pauses = sums.distribution('collections');
  const loop = kind === 'loop';
  return {
    slot: index,
    kind,
    process,
    thread,
    state: STATE_NAMES[slot.state],
    connections: sums.of(CONNECTIONS),
    connectionsOpen: sums.of(OPEN),
    requests: sums.of(REQUESTS),
    requestsInProgress: sums.of(IN_PROGRESS),
    cpuUser: usage?.cpuUser ?? 0,
    cpuSystem: usage?.cpuSystem ?? 0,
    voluntarySwitches: usage?.voluntarySwitches ?? 0,
    involuntarySwitches: usage?.involuntarySwitches ?? 0,
    ...sums.traffic,
    events: loop ? sums.events : undefined,
    systemCalls: sums.systemCalls,
    latency: { total: { count, p50, p99, max } },
    time,
    cache: ownCache ? sums.caches : undefined,
    collections: { count: pauses.count, sum: pauses.sum, max: pauses.max },
    stalls: loop ? sumOfStalls([slot.stalls]) : undefined,
  };
}
