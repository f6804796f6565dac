/** What `amped load` says: the result as tidy text, and how far it is while it runs. */
import type { LoadPlan } from '../compare/load/plan.js';
import {
  type LatencyDistribution,
  type LoadProgress,
  type LoadResult,
  type Percentiles,
  totalErrors,
} from '../compare/load/result.js';

const LABEL_WIDTH = 14;
const BAR_WIDTH = 40;

/** The errors in words, each with what it counts. */
const ERRORS: Readonly<Record<keyof LoadResult['errors'], string>> = {
  connectRefused: 'connections refused',
  connectTimeout: 'connections not accepted in time',
  connectFailed: 'connections failed',
  reset: 'connections ended before the answer was whole',
  timeout: 'requests without an answer in time',
  malformed: 'answers that are no HTTP/1.1',
  unsolicited: 'connections with bytes that nobody had asked for',
  wrongStatus: 'answers of a wrong status',
  wrongLength: 'answers of a wrong length',
  wrongHash: 'answers with wrong content',
};

export function loadReport(plan: LoadPlan, result: LoadResult): string {
  const { measured, latency, corrected, serviceTime, client, fairness, errors, slowReaders, idleConnections, due } =
    result;
  const cost = (seconds: number): string => `${((seconds * 1e6) / Math.max(1, measured.requests)).toFixed(1)} us`;
  const lines = [
    `Load on ${plan.url} for ${measured.seconds.toFixed(1)} s: ${howItWas(plan)}`,
    '',
    ...(result.reason === undefined ? [] : [row('ended early', result.reason)]),
    ...(result.ended === 'stopped'
      ? [row('ended early', 'it was stopped; this is what had been measured by then')]
      : []),
    row('requests/s', `${count(measured.requestsPerSecond)} (${count(measured.requests)} answered)`),
    row('bytes/s', `${bytes(measured.bytesPerSecond)}`),
    ...(due === undefined
      ? []
      : [row('due', `${count(due.requests)}, of which ${count(due.unsent)} found no connection free in time`)]),
    row(due === undefined ? 'latency' : 'since due', times(latency)),
    ...(serviceTime === undefined ? [] : [row('since sent', times(serviceTime))]),
    ...(corrected === undefined
      ? []
      : [row('corrected', `${times(corrected)} (for coordinated omission, as wrk does)`)]),
    ...bars(latency),
    row('longest gap', `${milliseconds(measured.longestGapMilliseconds * 1000)} without any answer`),
    row(
      'fairness',
      `${fairness.index.toFixed(3)} (${count(fairness.least)} to ${count(fairness.most)} answers a connection)`,
    ),
    row('statuses', statuses(result)),
    ...errorRows(errors),
    ...(result.hashed === 0 ? [] : [row('checked', `the content of ${count(result.hashed)} answers`)]),
    ...(slowReaders === undefined
      ? []
      : [
          row(
            'slow readers',
            `${count(slowReaders.answered)} of ${count(slowReaders.sent)} answered, ${bytes(slowReaders.bytes)}`,
          ),
        ]),
    ...(idleConnections === undefined
      ? []
      : [row('idle', `${count(idleConnections.open)} of ${count(idleConnections.opened)} connections still open`)]),
    row(
      'own cost',
      `${client.cpuMicrosecondsPerRequest.toFixed(1)} us a request (${cost(client.userSeconds)} user, ${cost(client.systemSeconds)} system), ${percent(client.busy)} of a processor, by ${client.dispatcher}`,
    ),
    row('bottleneck', `${result.bottleneck}: ${result.bottleneckRule}`),
    ...(result.bottleneck === 'client'
      ? [row('', 'the server may do more than this client can ask for: compare its CPU time a request instead')]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function howItWas(plan: LoadPlan): string {
  const { connections = 1, pace, pipeline = 1, thinkMilliseconds = 0, keepAlive } = plan;
  return [
    `${count(connections)} connection${connections === 1 ? '' : 's'}`,
    pace?.kind === 'open' ? `${count(pace.rate)} requests a second are due (${pace.arrivals})` : 'closed loop',
    ...(keepAlive === false ? ['one request each'] : []),
    ...(pipeline > 1 ? [`${pipeline} requests at a time`] : []),
    ...(thinkMilliseconds > 0 ? [`${thinkMilliseconds} ms between them`] : []),
  ].join(', ');
}

function errorRows(errors: LoadResult['errors']): string[] {
  const found = Object.entries(errors).filter(([, number]) => number > 0) as [keyof LoadResult['errors'], number][];
  if (found.length === 0) return [row('errors', 'none')];
  return found.map(([kind, number], index) => row(index === 0 ? 'errors' : '', `${count(number)} ${ERRORS[kind]}`));
}

function statuses(result: LoadResult): string {
  const found = Object.entries(result.statuses).map(([status, number]) => `${status}: ${count(number)}`);
  return found.length === 0 ? 'none' : found.join(', ');
}

function times({ count: number, mean, p50, p90, p99, p999, max }: Percentiles): string {
  if (number === 0) return 'nothing was measured';
  const named = { mean, p50, p90, p99, 'p99.9': p999, max };
  return Object.entries(named)
    .map(([name, value]) => `${name} ${milliseconds(value)}`)
    .join('  ');
}

/** How many took how long, a bar each. */
function bars({ buckets, count: all }: LatencyDistribution): string[] {
  const most = buckets.reduce((highest, bucket) => Math.max(highest, bucket.count), 0);
  return buckets.map(({ atMost, count: number }) => {
    const length = Math.ceil((number / most) * BAR_WIDTH);
    const share = number === 0 ? '' : ` ${percent(number / all)}`;
    return `${`<= ${milliseconds(atMost)}`.padStart(LABEL_WIDTH)}  |${'#'.repeat(length)}${share}`;
  });
}

/** One line, written over the one before. */
export function progressLine(plan: LoadPlan, progress: LoadProgress): string {
  const { phase, seconds, answered, errors, requestsPerSecond } = progress;
  const of = phase === 'measuring' && plan.seconds !== undefined ? ` of ${plan.seconds}` : '';
  const wrong = errors === 0 ? '' : `, ${count(errors)} errors`;
  return `${phase} ${seconds.toFixed(1)}${of} s: ${count(requestsPerSecond)} requests/s, ${count(answered)} answered${wrong}`;
}

/** 0, 1, 2 or 3, as the help says; a signal's is another. */
export function exitCodeOf(result: LoadResult): number {
  if (result.ended === 'unreachable') return result.answered === 0 ? 1 : 3;
  return totalErrors(result.errors) > 0 || result.answered === 0 ? 2 : 0;
}

function row(label: string, text: string): string {
  return `${label.padStart(LABEL_WIDTH)}  ${text}`.trimEnd();
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share >= 0.0995 ? 0 : share >= 0.001 ? 1 : 3)} %`;
}

/** A time in microseconds, with three digits. */
function milliseconds(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)} us`;
  if (microseconds < 1_000_000) return `${Number((microseconds / 1000).toPrecision(3))} ms`;
  return `${Number((microseconds / 1_000_000).toPrecision(3))} s`;
}

function bytes(number: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = number < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(number) / 10));
  return `${Number((number / 1024 ** step).toPrecision(3))} ${units[step]}`;
}
