/** What the load client is told, made from a workload: one plan for what is measured, and one for those beside it that read cold files. */
import type { LoadOrder, LoadPace, LoadPlan, LoadTarget, SlowReading } from '../load/plan.js';
import type { Workload } from '../workloads/fields.js';
import { atSpeed, type LoggedRequests } from './access-log.js';

/** What is asked for. */
export interface Asked {
  readonly targets: readonly LoadTarget[];
  readonly coldTargets: readonly LoadTarget[];
  readonly log?: LoggedRequests;
}

export interface LoadPlans {
  readonly measured: LoadPlan;
  /** Of those who read what is not in memory. */
  readonly cold?: LoadPlan;
  /** Of those who are there before, and until it is over, and ask nothing. */
  readonly idle?: LoadPlan;
}

export interface Moment {
  readonly url: string;
  readonly seconds: number;
  /** On one of them it stays; of several the kernel chooses. */
  readonly cores: readonly number[];
  /** Counts the runs, so that each has an order of its own, the same for every configuration. */
  readonly seed: number;
  /** Where the slow clients connect from, if their lines are slow already. */
  readonly slowAddresses?: readonly string[];
}

/** A connection is given up only when nobody would wait for it any more. */
const TIMEOUT_MILLISECONDS = 30_000;
/** Longer than anything that they stand beside: they are told when it is over. */
const IDLE_SECONDS = 3_600;

export function plansFor(workload: Workload, asked: Asked, moment: Moment): LoadPlans {
  const { url, seconds, cores, seed } = moment;
  const { keepAlive, pipeline, thinkMilliseconds, idleConnections, slowConnections } = workload;
  const processor = cores.length === 1 ? cores[0] : undefined;
  const common = {
    url,
    seed,
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    ...(processor !== undefined && { processor }),
  };
  const measured: LoadPlan = {
    ...common,
    ...inOrder(workload, asked, seconds),
    connections: workload.connections,
    pace: paceOf(workload),
    keepAlive,
    pipeline: keepAlive ? pipeline : 1,
    thinkMilliseconds,
    ...(slowConnections > 0 && { slowReaders: slowReading(workload, moment) }),
  };
  const cold: LoadPlan = {
    ...common,
    seconds,
    targets: turned(asked.coldTargets, seed * workload.coldConnections),
    order: { kind: 'sequence' },
    connections: workload.coldConnections,
  };
  const idle: LoadPlan = {
    ...common,
    seconds: IDLE_SECONDS,
    targets: asked.targets.slice(0, 1),
    // One of them has to ask: once.
    connections: 1,
    thinkMilliseconds: IDLE_SECONDS * 1000,
    idleConnections: idleConnections - 1,
  };
  return {
    measured,
    ...(workload.coldConnections > 0 && { cold }),
    ...(idleConnections > 0 && { idle }),
  };
}

function inOrder(
  workload: Workload,
  { targets, log }: Asked,
  seconds: number,
): { targets: readonly LoadTarget[]; order: LoadOrder; seconds?: number } {
  const { order, zipfExponent, arrivals, logSpeed } = workload;
  if (log === undefined) {
    return { targets, seconds, order: { kind: 'random', ...(order === 'zipf' && { zipf: zipfExponent }) } };
  }
  if (arrivals === 'recorded') {
    const all = atSpeed(log.requests, logSpeed);
    const requests = all.filter(([due]) => due <= seconds * 1000);
    // The whole of a log ends with its last answer.
    return {
      targets: log.targets,
      order: { kind: 'trace', requests },
      ...(requests.length < all.length && { seconds }),
    };
  }
  const asked = log.requests.map(([, target]) => log.targets[target] as LoadTarget);
  return { targets: asked, seconds, order: { kind: 'sequence' } };
}

function slowReading({ slowConnections, slowBytesPerSecond }: Workload, { slowAddresses }: Moment): SlowReading {
  return slowAddresses === undefined
    ? { count: slowConnections, bytesPerSecond: slowBytesPerSecond }
    : { count: slowConnections, localAddresses: slowAddresses };
}

function paceOf({ arrivals, requestsPerSecond }: Workload): LoadPace {
  if (arrivals === 'constant' || arrivals === 'poisson') return { kind: 'open', rate: requestsPerSecond, arrivals };
  return { kind: 'closed' };
}

/** The same, beginning elsewhere: what a former run has read is not asked for first. */
function turned<Item>(items: readonly Item[], by: number): readonly Item[] {
  const from = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
