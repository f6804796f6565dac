/** What the admin listener is told of the server that it speaks for. */
import type { ServerMetrics } from '../metrics/server-metrics.js';

export interface Observed {
  readonly version: string;
  readonly model: string;
  /** undefined in the models that have none. */
  readonly dispatcher: string | undefined;
  readonly disk: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  metrics(): ServerMetrics;
  /** Whether new connections are welcome: no longer when it drains. */
  ready(): boolean;
}
