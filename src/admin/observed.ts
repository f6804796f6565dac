/** What the admin listener is told of the server that it speaks for. */
import type { ServerMetrics } from '../metrics/server-metrics.js';

export interface Observed {
  /** It asks the kernel about each process: whoever only wants to know whether it is ready asks for that. */
  metrics(): ServerMetrics;
  /** Whether new connections are welcome: no longer when it drains. */
  readonly ready: boolean;
}
