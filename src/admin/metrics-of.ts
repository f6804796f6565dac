/** The metrics of a server, each with its name, type and meaning. docs/metrics.md has the same table for people: a test compares. */
import type { Distribution } from '../metrics/distribution.js';
import type { Histogram, Metric, Numbers, Sample } from '../metrics/exposition.js';
import type { ServerMetrics, WorkerMetrics } from '../metrics/server-metrics.js';
import { EVENT_BOUNDS, histogramOf, SECOND_BOUNDS } from './coarse-buckets.js';

/** What stands for a dispatcher where there is none: an empty label is one that is absent. */
const NONE = 'none';

export function metricsOf(metrics: ServerMetrics): Metric[] {
  return [
    ...ofServer(metrics),
    ...ofConnections(metrics),
    ...ofRequests(metrics),
    ...ofDispatcher(metrics),
    ...ofFiles(metrics),
    ...ofLog(metrics),
    ...ofProcesses(metrics),
    ...ofWorkers(metrics),
  ];
}

function ofServer({ version, model, dispatcher = NONE, disk, startedAt, ready }: ServerMetrics): Metric[] {
  const labels = { version, node: process.versions.node, model, dispatcher, disk };
  return [
    { ...gauge('amped_build_info', 'What serves, in its labels; always 1', 1), samples: [{ labels, value: 1 }] },
    gauge('amped_start_time_seconds', 'When the server was started, in seconds since 1970', startedAt / 1000),
    gauge('amped_ready', '1 while new connections are welcome, 0 while the server drains', ready ? 1 : 0),
  ];
}

function ofConnections(metrics: ServerMetrics): Metric[] {
  const { backlogOverflows } = metrics;
  return [
    counter('amped_connections', 'Connections accepted', metrics.connections),
    gauge('amped_connections_open', 'Connections that are open', metrics.connectionsOpen),
    gauge('amped_connections_idle', 'Of these, those without a request in progress', metrics.connectionsIdle),
    counter(
      'amped_connections_refused',
      'Attempts to accept a connection that failed for want of a descriptor or of memory',
      metrics.connectionsRefused,
    ),
    counter(
      'amped_connections_timed_out',
      'Connections whose time was over, that between two requests included',
      metrics.connectionsTimedOut,
    ),
    gauge('amped_backlog_connections', 'Connections that wait in the backlog to be accepted', metrics.waiting),
    ...(backlogOverflows === undefined
      ? []
      : [counter('amped_backlog_overflows', 'Connections that the kernel dropped at the backlog', backlogOverflows)]),
    counter('amped_received_bytes', 'Bytes received from clients', metrics.bytesIn),
    counter('amped_sent_bytes', 'Bytes sent to clients', metrics.bytesOut),
  ];
}

function ofRequests(metrics: ServerMetrics): Metric[] {
  const { latency } = metrics;
  const part = (name: string, what: string, distribution: Distribution): Histogram =>
    histogramOf(`amped_request_${name}_seconds`, `${what}, of the requests sampled`, distribution, SECOND_BOUNDS);
  return [
    counter('amped_requests', 'Requests whose answer has gone out', metrics.requests),
    byLabel('amped_requests_by_method', 'The same by method', 'method', metrics.requestsByMethod),
    byLabel('amped_responses', 'Responses by the class of their status', 'status', metrics.requestsByStatus),
    gauge(
      'amped_requests_in_progress',
      'Requests that have come and are not answered whole',
      metrics.requestsInProgress,
    ),
    gauge(
      'amped_requests_in_progress_most',
      'The most of these at once in one thread of control',
      metrics.requestsInProgressMost,
    ),
    part('duration', 'From the receipt of a request to the completion of its last send', latency.total),
    part('queue', 'From the end of the wait that brought a request to its turn', latency.queue),
    part('parse', 'How long its head took to be understood', latency.parse),
    part('handle', 'How long its answer took to be found or made, without the disk', latency.handle),
    part('disk', 'How long it waited for the disk', latency.disk),
    part('send', 'From the handing over of its answer to the completion of the send', latency.send),
  ];
}

function ofDispatcher(metrics: ServerMetrics): Metric[] {
  const { events, eventsPerTurn, handlerChange, stalls, time, systemCalls } = metrics;
  const seconds = (name: string, help: string, value: number): Numbers => counter(`amped_${name}_seconds`, help, value);
  const all = [
    byLabel('amped_system_calls', 'System calls of those who serve, by name', 'name', systemCalls),
    seconds('handlers', 'In handlers; in the models that block: in computing', time.handlers),
    seconds(
      'waiting',
      'In the wait of the dispatcher; in the models that block: in waiting for anything',
      time.waiting,
    ),
  ];
  if (events === undefined) return all;
  const { turns, ...types } = events;
  const names = {
    accept: types.accepts,
    receipt: types.receipts,
    send: types.sends,
    disk_read: types.diskReads,
    timer: types.timers,
    wake_up: types.wakeUps,
  };
  return [
    ...all,
    seconds('stalled', 'In handlers, in stalls of more than 10 ms', time.stalled),
    counter('amped_dispatcher_turns', 'Turns of the dispatcher: waits that have ended', turns),
    byLabel('amped_events', 'Events dispatched, by type', 'event', names),
    ...optional(eventsPerTurn, (distribution) =>
      histogramOf('amped_dispatcher_turn_events', 'Events that one turn dispatched', distribution, EVENT_BOUNDS),
    ),
    ...optional(handlerChange, (distribution) =>
      histogramOf(
        'amped_handler_change_seconds',
        "From one handler's handing back control to the next one's start, in the turns sampled",
        distribution,
        SECOND_BOUNDS,
      ),
    ),
    {
      type: 'histogram',
      name: 'amped_dispatcher_stall_seconds',
      help: 'How long an event loop was away from its dispatcher, from the end of one wait to the beginning of the next',
      buckets: stalls.buckets,
      sum: stalls.sum,
    },
    gauge('amped_dispatcher_stall_longest_seconds', 'The longest of these times since the start', stalls.longest),
  ];
}

function ofFiles({ cache, helpers, lock }: ServerMetrics): Metric[] {
  return [
    counter('amped_cache_hits', 'Requests that the cache of files answered, without the disk', cache.hits),
    counter('amped_cache_misses', 'Times that the disk was asked what a name stands for', cache.misses),
    counter('amped_cache_evictions', 'Entries that went to make room for others', cache.evictions),
    gauge('amped_cache_bytes', 'Bytes in use in the cache', cache.bytes),
    gauge('amped_cache_capacity_bytes', 'Bytes that the cache has at most', cache.capacity),
    ...optional(helpers, ({ queued }) =>
      gauge('amped_helpers_queued', 'Disk operations that wait for helpers or are with them', queued),
    ),
    ...optional(helpers, ({ most }) =>
      gauge('amped_helpers_queued_most', 'The most of these at once in one loop', most),
    ),
    ...optional(helpers, ({ wait }) =>
      histogramOf('amped_helpers_wait_seconds', 'How long they wait until a helper takes them', wait, SECOND_BOUNDS),
    ),
    ...optional(lock, ({ acquisitions }) =>
      counter('amped_lock_acquisitions', 'How often the lock of the shared cache was taken', acquisitions),
    ),
    ...optional(lock, ({ contended }) =>
      counter('amped_lock_contended', 'Of these, how often somebody had to wait', contended),
    ),
    ...optional(lock, ({ waitedMilliseconds }) =>
      counter(
        'amped_lock_wait_seconds',
        'How long workers waited for the lock, all together',
        waitedMilliseconds / 1000,
      ),
    ),
  ];
}

function ofLog({ log }: ServerMetrics): Metric[] {
  return [
    ...optional(log, ({ written }) => counter('amped_log_lines', 'Lines of the access log that were written', written)),
    ...optional(log, ({ dropped }) =>
      counter('amped_log_lines_dropped', 'Lines of the access log that could not be written', dropped),
    ),
  ];
}

function ofProcesses({ process: all, collections }: ServerMetrics): Metric[] {
  const { cpuUser, cpuSystem, minorFaults, majorFaults, voluntarySwitches, involuntarySwitches } = all;
  return [
    byLabel('amped_process_cpu_seconds', 'Processor time of all processes', 'mode', {
      user: cpuUser,
      system: cpuSystem,
    }),
    gauge('amped_process_proportional_bytes', 'Memory, in which shared pages count in parts (PSS)', all.pss),
    gauge('amped_process_resident_bytes', 'Memory, in which shared pages count whole for each process (RSS)', all.rss),
    gauge('amped_process_threads', 'Threads of all processes', all.threads),
    byLabel('amped_process_page_faults', 'Page faults: major ones had to wait for the disk', 'kind', {
      minor: minorFaults,
      major: majorFaults,
    }),
    byLabel('amped_process_context_switches', 'Context switches: voluntary ones because a thread waited', 'kind', {
      voluntary: voluntarySwitches,
      involuntary: involuntarySwitches,
    }),
    gauge('amped_process_descriptors', 'Descriptors that are open in all processes', all.descriptors),
    histogramOf(
      'amped_collection_pause_seconds',
      'How long one who serves stood still while garbage was collected',
      collections,
      SECOND_BOUNDS,
    ),
  ];
}

function ofWorkers({ each, workers, busy, workersReplaced }: ServerMetrics): Metric[] {
  const ofEach = (value: (worker: WorkerMetrics) => number): Sample[] =>
    each.map((worker) => ({ labels: { worker: String(worker.slot) }, value: value(worker) }));
  return [
    gauge('amped_workers', 'Loops, processes or threads that serve', workers),
    gauge('amped_workers_busy', 'Of the workers, those that have a connection', busy),
    counter('amped_workers_replaced', 'Workers that died and were replaced', workersReplaced),
    {
      ...gauge('amped_worker_state', 'The state that each worker is in, in a label; always 1', 1),
      samples: each.map(({ slot, state }) => ({ labels: { worker: String(slot), state }, value: 1 })),
    },
    {
      ...counter('amped_worker_cpu_seconds', 'Processor time of the thread of each worker that lives', 0),
      samples: ofEach(({ cpuUser, cpuSystem }) => cpuUser + cpuSystem),
    },
    {
      ...counter('amped_worker_connections', 'Connections accepted in the slot of each worker that lives', 0),
      samples: ofEach(({ connections }) => connections),
    },
    {
      ...counter('amped_worker_requests', 'Requests answered in the slot of each worker that lives', 0),
      samples: ofEach(({ requests }) => requests),
    },
    {
      ...counter('amped_worker_received_bytes', 'Bytes received in the slot of each worker that lives', 0),
      samples: ofEach(({ bytesIn }) => bytesIn),
    },
    {
      ...counter('amped_worker_sent_bytes', 'Bytes sent in the slot of each worker that lives', 0),
      samples: ofEach(({ bytesOut }) => bytesOut),
    },
    ...(each.every(({ stalls }) => stalls === undefined)
      ? []
      : [
          {
            ...gauge('amped_worker_stall_longest_seconds', 'The longest time that each loop was away', 0),
            samples: ofEach(({ stalls }) => stalls?.longest ?? 0),
          },
        ]),
  ];
}

/** What a value is told as, where there is one. */
function optional<Value>(value: Value | undefined, tell: (value: Value) => Metric): Metric[] {
  return value === undefined ? [] : [tell(value)];
}

function counter(name: string, help: string, value: number): Numbers {
  return { type: 'counter', name, help, samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): Numbers {
  return { type: 'gauge', name, help, samples: [{ value }] };
}

/** A counter with a sample for each name, which is the value of a label. */
function byLabel(name: string, help: string, label: string, values: Readonly<Record<string, number>>): Numbers {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { type: 'counter', name, help, samples };
}
