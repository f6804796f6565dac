/** What a case is: files to serve, a measurement to make of one started server, and the metrics to print. */

import type { Times } from './measure.js';
import type { Metric, Sample } from './metrics.js';
import type { Demand } from './peer.js';
import type { ServerProcess } from './server-process.js';

export interface Case extends Demand {
  /** One line above its table. */
  readonly title: string;
  /** The columns of its table. */
  readonly columns: readonly Metric[];
  /** The metric whose ratios to other servers are printed, if any. */
  readonly compared?: Metric;
  /** A path to ask for first, to see that the server answers with the file. */
  readonly path: string;
  /** Writes the files beneath an empty folder. */
  prepare(folder: string): void | Promise<void>;
  /** It is run only where somebody names it. */
  readonly onRequest?: true;
  /** Puts the files back as they were, after each server. */
  after?(folder: string): void;
  /** Measures a server that has just answered its first request. */
  measure(server: ServerProcess, times: Times): Promise<Sample>;
}

export const LOAD_COLUMNS = ['requestsPerSecond', 'p50', 'p99', 'cpu', 'system', 'contextSwitches', 'memory'] as const;
