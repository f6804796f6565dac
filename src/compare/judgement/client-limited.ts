/** Of whom the load client could not ask for more: their throughput says how fast the client is, and not how fast they are. */
import type { ConfigurationResults } from '../results/results.js';

/** Whether the client and not the server kept it from having more, in most repetitions. */
export function isClientLimited({ samples }: Pick<ConfigurationResults, 'samples'>): boolean {
  return samples.length > 0 && samples.filter(({ bottleneck }) => bottleneck === 'client').length * 2 > samples.length;
}

/** Those of which it could not. */
export function clientLimited(configurations: readonly ConfigurationResults[]): ConfigurationResults[] {
  return configurations.filter(isClientLimited);
}

/** Their names in a sentence; of many, how many there are. */
export function namesOf(configurations: readonly Pick<ConfigurationResults, 'name'>[]): string {
  const names = [...new Set(configurations.map(({ name }) => name))];
  if (names.length > 3) return `${names.length} of them`;
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');
}
