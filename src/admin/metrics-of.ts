/** The metrics of a server, each with its name, type and meaning. docs/metrics.md has the same table for people: a test compares. */
import type { Histogram, Metric, Numbers } from '../metrics/exposition.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';

/** What stands for a dispatcher where there is none: an empty label is one that is absent. */
const NONE = 'none';

export function metricsOf(metrics: ServerMetrics): Metric[] {
  const { connections, requests, workers, busy, workersReplaced, stalls, waiting, lock } = metrics;
  const { version, model, dispatcher = NONE, disk, startedAt, ready } = metrics;
  const labels = { version, node: process.versions.node, model, dispatcher, disk };
  const stall: Histogram = {
    type: 'histogram',
    name: 'amped_dispatcher_stall_seconds',
    help: 'How long an event loop was away from its dispatcher, from the end of one wait to the beginning of the next',
    buckets: stalls.buckets,
    sum: stalls.sum,
  };
  return [
    { ...gauge('amped_build_info', 'What serves, in its labels; always 1', 1), samples: [{ labels, value: 1 }] },
    gauge('amped_start_time_seconds', 'When the server was started, in seconds since 1970', startedAt / 1000),
    gauge('amped_ready', '1 while new connections are welcome, 0 while the server drains', ready ? 1 : 0),
    counter('amped_connections', 'Connections accepted', connections),
    counter('amped_requests', 'Requests whose answer has gone out', requests),
    gauge('amped_backlog_connections', 'Connections that wait in the backlog to be accepted', waiting),
    gauge('amped_workers', 'Loops, processes or threads that serve', workers),
    gauge('amped_workers_busy', 'Of the workers, those that have a connection', busy),
    counter('amped_workers_replaced', 'Workers that died and were replaced', workersReplaced),
    stall,
    gauge('amped_dispatcher_stall_longest_seconds', 'The longest of these times since the start', stalls.longest),
    ...(lock === undefined
      ? []
      : [
          counter('amped_lock_acquisitions', 'How often the lock of the shared cache was taken', lock.acquisitions),
          counter('amped_lock_contended', 'Of these, how often somebody had to wait', lock.contended),
          counter(
            'amped_lock_wait_seconds',
            'How long workers waited for the lock, all together',
            lock.waitedMilliseconds / 1000,
          ),
        ]),
  ];
}

function counter(name: string, help: string, value: number): Numbers {
  return { type: 'counter', name, help, samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): Numbers {
  return { type: 'gauge', name, help, samples: [{ value }] };
}
