/** What a case may measure: each metric's heading in the tables and how a value is written. */
const MEBIBYTE = 1024 * 1024;

const whole = (value: number) => value.toFixed(0);
const hundredths = (value: number) => value.toFixed(2);
const mebibytes = (value: number) => (value / MEBIBYTE).toFixed(1);

export const METRICS = {
  requestsPerSecond: { heading: 'requests/s', write: whole },
  p50: { heading: 'p50', write: latency },
  p99: { heading: 'p99', write: latency },
  /** Microseconds of the server's CPU time for one request. */
  cpu: { heading: 'CPU us/request', write: hundredths },
  /** The part of `cpu` that the kernel spent. */
  system: { heading: 'of it system', write: hundredths },
  contextSwitches: { heading: 'switches/request', write: hundredths },
  voluntary: { heading: 'voluntary', write: hundredths },
  involuntary: { heading: 'involuntary', write: hundredths },
  systemCalls: { heading: 'system calls/request', write: hundredths },
  /** Of the lock of a shared cache: how often it is taken for a request, how much of that had to wait, and for how long. */
  lockAcquisitions: { heading: 'lock taken/request', write: hundredths },
  lockContended: { heading: 'of it contended', write: (value: number) => `${(value * 100).toFixed(2)} %` },
  lockWait: { heading: 'waited us/request', write: hundredths },
  /** Bytes; the whole process tree, after the load. */
  memory: { heading: 'PSS MiB', write: mebibytes },
  memoryBefore: { heading: 'PSS MiB before', write: mebibytes },
  memoryHighest: { heading: 'PSS MiB highest', write: mebibytes },
  startMilliseconds: { heading: 'ready after ms', write: whole },
  /** Microseconds of the server's CPU time for one event to one stream. */
  cpuPerEvent: { heading: 'CPU us/event', write: hundredths },
  cpuWithIdle: { heading: 'CPU us/request, idle ones beside', write: hundredths },
  idleRatio: { heading: 'to none idle', write: hundredths },
  /** Growth of PSS for one idle connection. */
  p99Alone: { heading: 'p99 alone', write: latency },
  p99Ratio: { heading: 'p99 to alone', write: hundredths },
  requestsAlone: { heading: 'requests/s alone', write: whole },
  /** Of those who read what is not in memory. */
  coldPerSecond: { heading: 'cold requests/s', write: whole },
  /** The longest time that an event loop was away from its dispatcher. */
  longestStall: { heading: 'longest stall', write: latency },
  /** Bytes, where memory is limited: of the processes, and of their files in the kernel's cache. */
  processMemory: { heading: 'MiB of processes', write: mebibytes },
  pageCache: { heading: 'MiB of page cache', write: mebibytes },
  bytesPerConnection: { heading: 'bytes/connection', write: whole },
} as const;

export type Metric = keyof typeof METRICS;

/** One measurement of one server in one case. Metrics a case has no use for are absent. */
export type Sample = { readonly [Name in Metric]?: number } & { readonly errors: readonly string[] };

/** A latency given in microseconds, with its unit. */
function latency(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds.toFixed(0)} us`;
  if (microseconds < 1e6) return `${(microseconds / 1e3).toFixed(2)} ms`;
  return `${(microseconds / 1e6).toFixed(2)} s`;
}
