/** The result of a run, from what its parts have counted. */
import { bottleneckOf } from './bottleneck.js';
import type { CompletePlan } from './complete-plan.js';
import type { LoadClient } from './load-client.js';
import type { Measured } from './phases.js';
import type { LoadResult } from './result.js';

const MICROSECONDS = 1_000_000;

/** After it has ended. */
export function resultOf(client: LoadClient, plan: CompletePlan): LoadResult {
  const { tally, connector, slowReaders, dispatcher, serviceTimes } = client;
  const measured = client.phases.measured as Measured;
  const { seconds, requests, bytes, cost } = measured;
  const each = (amount: number): number => (seconds === 0 ? 0 : amount / seconds);
  const isOpen = serviceTimes !== undefined;
  // How far apart the requests of a connection were.
  const interval = requests === 0 ? 0 : (seconds * MICROSECONDS * plan.connections * plan.pipeline) / requests;
  const { measured: latency, corrected } = client.latencies.take(isOpen ? undefined : interval);
  const busy = each(cost.userSeconds + cost.systemSeconds);
  const processorBusy = cost.existed === 0 ? undefined : cost.worked / cost.existed;
  const due = !isOpen ? undefined : { requests: client.due, unsent: client.unsent };
  const { processor } = plan;
  return {
    ended: client.ended,
    ...(client.reason === undefined ? {} : { reason: client.reason }),
    sent: tally.sent + (slowReaders?.sent ?? 0),
    answered: tally.answered + (slowReaders?.answered ?? 0),
    unanswered: client.unanswered,
    bytes: tally.bytes + (slowReaders?.bytes ?? 0),
    statuses: tally.statuses,
    errors: { ...tally.errors },
    hashed: tally.hashed,
    connectionsOpened: connector.opened,
    ...(slowReaders === undefined ? {} : { slowReaders: slowReaders.result }),
    ...(plan.idleConnections === 0 ? {} : { idleConnections: client.idle.result }),
    measured: {
      seconds,
      requests,
      bytes,
      requestsPerSecond: each(requests),
      bytesPerSecond: each(bytes),
      longestGapMilliseconds: measured.longestGapMilliseconds,
    },
    latency,
    ...(corrected === undefined ? {} : { corrected }),
    ...(serviceTimes === undefined ? {} : { serviceTime: serviceTimes.take().measured }),
    ...(due === undefined ? {} : { due }),
    fairness: client.fairness,
    client: {
      userSeconds: cost.userSeconds,
      systemSeconds: cost.systemSeconds,
      cpuMicrosecondsPerRequest:
        requests === 0 ? 0 : ((cost.userSeconds + cost.systemSeconds) * MICROSECONDS) / requests,
      busy,
      ...(processor === undefined ? {} : { processor }),
      ...(processor === undefined || processorBusy === undefined ? {} : { processorBusy }),
      dispatcher: dispatcher.name,
      localAddresses: connector.local.names,
    },
    ...bottleneckOf({
      busy,
      processorBusy,
      due,
      thinkMilliseconds: plan.thinkMilliseconds,
      meanMilliseconds: latency.mean / 1000,
    }),
  };
}
