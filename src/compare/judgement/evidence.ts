/**
 * Where the claims find their numbers: the results, by what they are about. Of a sweep the last point counts at which there were
 * the most architectures: further on some cannot take part.
 */
import type { ConfigurationResults, MetricName, Results, WorkloadResults } from '../results/results.js';
import type { Summary } from '../results/statistics.js';

export type Measured = Pick<Results, 'workloads' | 'suites'>;

export class Evidence {
  readonly #measured: Measured;
  /** The workload with the most architectures in it, of those whose files are in memory and which a handler does not answer. */
  readonly #main: WorkloadResults | undefined;

  constructor(measured: Measured) {
    this.#measured = measured;
    const [first] = measured.workloads
      .filter(({ workload }) => workload.coldConnections === 0 && workload.memoryBytes === 0)
      .sort((one, other) => modelsOf(measuredIn(other)).size - modelsOf(measuredIn(one)).size);
    this.#main = first;
  }

  get suites(): Measured['suites'] {
    return this.#measured.suites;
  }

  /** The configuration of a name, or the first that begins with it, in the main workload. */
  of(name: string): ConfigurationResults | undefined {
    const all = measuredIn(this.#main);
    return all.find((one) => one.name === name) ?? all.find((one) => one.name.startsWith(`${name}:`));
  }

  /** One event loop: the best dispatcher's with the disk strategy `auto`, or else whichever there is. */
  event(): ConfigurationResults | undefined {
    const usual = this.of('event/io_uring') ?? this.of('event/epoll') ?? this.of('event');
    if (usual !== undefined) return usual;
    return measuredIn(this.#main).find(({ name, workers }) => name.startsWith('event/') && workers === 1);
  }

  /** In the workload where some read files that are not in memory. */
  beside(name: string): ConfigurationResults | undefined {
    const all = measuredIn(this.#measured.workloads.find(({ workload }) => workload.coldConnections > 0));
    return all.find((one) => one.name === name) ?? all.find((one) => one.name.startsWith(name));
  }

  /** How long an operation of the disk takes longer there. */
  diskSeconds(): number {
    const blocking = this.#measured.workloads.find(({ workload }) => workload.coldConnections > 0);
    return (blocking?.workload.diskMilliseconds ?? 0) / 1000;
  }
}

/** Those that were measured at the point that counts. */
function measuredIn(results: WorkloadResults | undefined): readonly ConfigurationResults[] {
  const points = (results?.points ?? []).map(({ configurations }) =>
    configurations.filter(({ samples }) => samples.length > 0),
  );
  const most = Math.max(...points.map((point) => modelsOf(point).size));
  return points.findLast((point) => modelsOf(point).size === most) ?? [];
}

function modelsOf(configurations: readonly ConfigurationResults[]): Set<string> {
  return new Set(configurations.map(({ name }) => name.split(/[/:]/, 1)[0] as string));
}

/** What the claims that rest on processor time or latency need. */
export function isCold(...results: readonly (ConfigurationResults | undefined)[]): boolean {
  return results.some((one) => one?.warm === false);
}

export function summary(results: ConfigurationResults | undefined, metric: MetricName): Summary | undefined {
  return results?.summaries[metric];
}

export function median(results: ConfigurationResults | undefined, metric: MetricName): number | undefined {
  return results?.summaries[metric]?.median;
}
