/** What the admin listener is told of the server that it speaks for. */
import type { ServerMetrics } from '../metrics/server-metrics.js';

export interface Observed {
  /** It asks the kernel about each process: whoever only wants to know whether it is ready asks for that. */
  metrics(): ServerMetrics;
  /** Whether new connections are welcome: no longer when it drains. */
  readonly ready: boolean;
  /** Records what every thread does for so long, or until `gone`: a trace in pieces; undefined: not now. */
  trace?(milliseconds: number, gone: AbortSignal): Promise<Iterable<string> | undefined>;
}
