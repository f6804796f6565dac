/** Where the claims find their numbers: the results, by what they are about. */
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
      .sort((one, other) => models(other).size - models(one).size);
    this.#main = first;
  }

  get suites(): Measured['suites'] {
    return this.#measured.suites;
  }

  /** The configuration of a name, or the first that begins with it, in the main workload. */
  of(name: string): ConfigurationResults | undefined {
    const all = configurationsOf(this.#main).filter(({ samples }) => samples.length > 0);
    return all.find((one) => one.name === name) ?? all.find((one) => one.name.startsWith(`${name}:`));
  }

  /** The best dispatcher's event loop, with the disk strategy `auto`. */
  event(): ConfigurationResults | undefined {
    return this.of('event/io_uring') ?? this.of('event/epoll') ?? this.of('event');
  }

  /** In the workload where some read files that are not in memory. */
  beside(name: string): ConfigurationResults | undefined {
    const blocking = this.#measured.workloads.find(({ workload }) => workload.coldConnections > 0);
    const all = configurationsOf(blocking).filter(({ samples }) => samples.length > 0);
    return all.find((one) => one.name === name) ?? all.find((one) => one.name.startsWith(name));
  }

  /** How long an operation of the disk takes longer there. */
  diskSeconds(): number {
    const blocking = this.#measured.workloads.find(({ workload }) => workload.coldConnections > 0);
    return (blocking?.workload.diskMilliseconds ?? 0) / 1000;
  }
}

/** Of the last value of what is swept. */
function configurationsOf(results: WorkloadResults | undefined): readonly ConfigurationResults[] {
  return results?.points.at(-1)?.configurations ?? [];
}

function models(results: WorkloadResults): Set<string> {
  const measured = configurationsOf(results).filter(({ samples }) => samples.length > 0);
  return new Set(measured.map(({ name }) => name.split(/[/:]/, 1)[0] as string));
}

export function summary(results: ConfigurationResults | undefined, metric: MetricName): Summary | undefined {
  return results?.summaries[metric];
}

export function median(results: ConfigurationResults | undefined, metric: MetricName): number | undefined {
  return results?.summaries[metric]?.median;
}
