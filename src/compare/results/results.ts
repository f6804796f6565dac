/**
 * The results of a comparison, as they are in the one JSON file: what was asked, of whom, where, and every number. The reports
 * are made from this and from nothing else, so that a file says later what the terminal said then.
 *
 * Times are in seconds, sizes in bytes; what could not be measured is absent. `compare-results.schema.json` describes the same.
 */

import type { ClaimResult } from '../judgement/claims.js';
import type { Verdict } from '../judgement/verdict.js';
import type { DescriptorsResults } from '../suites/descriptors.js';
import type { FlashResults } from '../suites/flash.js';
import type { SwitchResults } from '../suites/switch.js';
import type { Workload } from '../workloads/fields.js';
import type { Summary } from './statistics.js';
import type { Testbed } from './testbed.js';

/** Goes up when a reader of older files would misunderstand. */
export const FORMAT = 1;

export interface Results {
  readonly $schema: string;
  readonly format: typeof FORMAT;
  readonly version: string;
  /** As in ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** Whether all that was asked for was measured, of servers that answered as they must; if not, `remarks` says why. */
  readonly complete: boolean;
  readonly remarks: readonly string[];
  /** What makes the same comparison again. */
  readonly command: string;
  readonly testbed: Testbed;
  readonly method: Method;
  readonly workloads: readonly WorkloadResults[];
  readonly suites: Suites;
  readonly claims: readonly ClaimResult[];
}

/** How long and how often. */
export interface Times {
  /** At least. */
  readonly warmUpSeconds: number;
  /** Until its processor time a request falls no more, but no longer than this. Absent: just as long as `warmUpSeconds`. */
  readonly mostWarmUpSeconds?: number;
  /** What all servers together may have of that, for each on average. Absent: they need not share. */
  readonly meanWarmUpSeconds?: number;
  readonly secondsEach: number;
  readonly repetitions: number;
}

/** How it was measured; a workload may have times of its own. */
export interface Method extends Times {
  /** In which order, in a sentence. */
  readonly order: string;
  /** When two are called tied. */
  readonly tie: string;
}

export interface Suites {
  readonly switch?: SwitchResults;
  readonly descriptors?: DescriptorsResults;
  /** Its workloads are among the others. */
  readonly flash?: FlashResults;
}

export interface WorkloadResults {
  readonly workload: Workload;
  readonly times: Times;
  /** How many files there were, and how large they were all together. */
  readonly files: { readonly count: number; readonly bytes: number };
  /** How the lines of slow clients were made, where it was asked for that the kernel makes them. */
  readonly slowLines?: string;
  /** One for each value of what is swept, one without a value where nothing is. */
  readonly points: readonly Point[];
  readonly verdict?: Verdict;
}

export interface Point {
  /** Of what the workload sweeps. */
  readonly value?: number;
  readonly configurations: readonly ConfigurationResults[];
}

export interface ConfigurationResults {
  readonly name: string;
  /** What starts the same server, as one would type it. */
  readonly command: string;
  /** In words. */
  readonly description: string;
  /** Whether it is Amped or another server. */
  readonly kind: 'amped' | 'other';
  readonly workers: number;
  /**
   * Whether each of its engines had the requests that compile its code before it was measured, and its processor time a request
   * fell no more. Absent where nobody knows: of other servers, and in results from before this was told.
   */
  readonly warm?: boolean;
  /** One for each repetition that succeeded. */
  readonly samples: readonly Sample[];
  /** Of each metric that was measured. */
  readonly summaries: Readonly<Partial<Record<MetricName, Summary>>>;
  /** It did not start, or not last: what there is of it was measured before. */
  readonly failed?: true;
  /** Why it took no part, or what failed. */
  readonly remarks: readonly string[];
}

/** The numbers of one repetition. */
export const METRIC_NAMES = [
  'requestsPerSecond',
  'bytesPerSecond',
  'p50',
  'p90',
  'p99',
  'p999',
  'longest',
  'cpu',
  'cpuUser',
  'cpuSystem',
  'serverBusy',
  'clientBusy',
  'memory',
  'memoryOfConnection',
  'voluntarySwitches',
  'involuntarySwitches',
  'systemCalls',
  'lockAcquisitions',
  'lockContended',
  'lockWait',
  'longestStall',
  'fairness',
  'eventsPerTurn',
  'requestsAtOnce',
  'handlerChange',
  'coldRequestsPerSecond',
  'errors',
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

export interface Sample {
  readonly repetition: number;
  readonly seconds: number;
  /** Answered, as the client has counted them. */
  readonly requests: number;
  /** The same as the server has counted them, where it counts. */
  readonly serverRequests?: number;
  /** What kept the load from being higher, as the client judges. */
  readonly bottleneck: 'client' | 'server' | 'neither';
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  /** How many requests took how long: the latency distribution, as [seconds, share of requests that took at most so long]. */
  readonly distribution: readonly (readonly [seconds: number, share: number])[];
  /** What went wrong, in words. */
  readonly errors: readonly string[];
}
