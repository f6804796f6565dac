/** The metrics of a comparison, for people: what each is called, what it means, and how a number of it is written. */
import type { MetricName } from './results.js';

export interface MetricText {
  readonly heading: string;
  readonly meaning: string;
  readonly write: (value: number) => string;
  /** Which is better. */
  readonly better: 'less' | 'more' | 'neither';
}

const KIBIBYTE = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** A time with its unit, to three figures. */
export function time(seconds: number): string {
  const microseconds = seconds * 1e6;
  if (microseconds < 1) return `${figures(microseconds * 1e3)} ns`;
  if (microseconds < 1e3) return `${figures(microseconds)} us`;
  return microseconds < 1e6 ? `${figures(microseconds / 1e3)} ms` : `${figures(seconds)} s`;
}

/** A size with its unit. */
export function size(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (Math.abs(amount) >= KIBIBYTE && unit < UNITS.length - 1) {
    amount /= KIBIBYTE;
    unit++;
  }
  return `${unit === 0 ? amount.toFixed(0) : figures(amount)} ${UNITS[unit]}`;
}

/** A number without unit: three figures of a small one, all of a large one. */
export function figures(value: number): string {
  // Whole numbers, as of kibibytes, need no zeros behind the point.
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(magnitude >= 10 ? 1 : 2);
}

export function percentage(share: number): string {
  return `${(share * 100).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;
}

function text(
  heading: string,
  better: MetricText['better'],
  write: (value: number) => string,
  meaning: string,
): MetricText {
  return { heading, meaning, write, better };
}

export const METRIC_TEXTS: Readonly<Record<MetricName, MetricText>> = {
  requestsPerSecond: text('requests/s', 'more', figures, 'requests answered in a second'),
  bytesPerSecond: text('bytes/s', 'more', size, 'bytes received by the clients in a second, heads included'),
  p50: text('p50', 'less', time, 'half of the requests took at most so long'),
  p90: text('p90', 'less', time, '90 of 100 requests took at most so long'),
  p99: text('p99', 'less', time, '99 of 100 requests took at most so long'),
  p999: text('p99.9', 'less', time, '999 of 1,000 requests took at most so long'),
  longest: text('longest', 'less', time, 'the request that took longest'),
  cpu: text('CPU/request', 'less', time, 'processor time of the server, all its processes and threads, for a request'),
  cpuUser: text('of it user', 'less', time, 'of it in user mode: the code of the server itself'),
  cpuSystem: text('of it kernel', 'less', time, 'of it in the kernel'),
  serverBusy: text('server busy', 'neither', percentage, 'how much of its processors the server used'),
  clientBusy: text('client busy', 'neither', percentage, 'how much of its processor the load client used'),
  memory: text('memory', 'less', size, 'proportional set size (PSS) of all processes of the server, after the load'),
  memoryOfConnection: text(
    'memory/conn.',
    'less',
    size,
    'how much more memory (PSS) the server has with all connections open than without, for each; where there are 250 or more, and none has a thread or process of its own',
  ),
  voluntarySwitches: text(
    'switches/req.',
    'less',
    figures,
    'context switches because a thread had to wait, for a request',
  ),
  involuntarySwitches: text(
    'involuntary',
    'less',
    figures,
    'context switches because the time of a thread was over, for a request',
  ),
  systemCalls: text('calls/req.', 'less', figures, 'system calls for a request, as the server counts them'),
  lockAcquisitions: text(
    'locks/req.',
    'less',
    figures,
    'how often the lock of the shared cache is taken for a request',
  ),
  lockContended: text('contended', 'less', percentage, 'how often somebody else had it'),
  lockWait: text('lock wait/req.', 'less', time, 'how long a request waits for it'),
  longestStall: text('longest stall', 'less', time, 'the longest time that an event loop was away from its dispatcher'),
  fairness: text(
    'fairness',
    'more',
    figures,
    "how evenly the requests are shared among clients (Jain's index: 1 is even)",
  ),
  eventsPerTurn: text('events/turn', 'neither', figures, 'events that a turn of the dispatcher brings'),
  requestsAtOnce: text(
    'at once',
    'neither',
    figures,
    'the most requests that were in progress in the server at a time',
  ),
  handlerChange: text(
    'handler change',
    'less',
    time,
    "from one handler's handing back control to the next one's start",
  ),
  coldRequestsPerSecond: text('cold requests/s', 'more', figures, 'requests of those that read what is not in memory'),
  errors: text('errors', 'less', figures, 'requests that failed or were answered wrongly'),
};
