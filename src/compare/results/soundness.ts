/**
 * Whether numbers are those of a server that did what was asked of it: one that answers wrongly is fast for nothing, and one
 * that has failed midway was measured less than the others. Such a one is neither best nor recommended, and a comparison with
 * one in it is not complete.
 */
import type { ConfigurationResults, WorkloadResults } from './results.js';

/** Errors for each answer. As many come from a connection that ends at the wrong moment; more say that something is wrong. */
export const MOST_ERRORS = 0.001;

/** `errors`: more than one in a thousand of its requests; `failed`: it did not start, or not last. */
export type Unsound = 'errors' | 'failed';

/** What is wrong with its numbers; undefined: nothing. */
export function unsoundness(configuration: ConfigurationResults): Unsound | undefined {
  if (errorsOf(configuration) > MOST_ERRORS * answersOf(configuration)) return 'errors';
  return configuration.failed === true ? 'failed' : undefined;
}

/** In all repetitions. */
export function errorsOf({ samples }: ConfigurationResults): number {
  return samples.reduce((sum, { metrics }) => sum + (metrics.errors ?? 0), 0);
}

function answersOf({ samples }: ConfigurationResults): number {
  return samples.reduce((sum, { requests }) => sum + requests, 0);
}

/** '185 errors in 154,703 requests'. */
export function errorsText(configuration: ConfigurationResults): string {
  const errors = errorsOf(configuration);
  const written = errors === 1 ? '1 error' : `${errors.toLocaleString('en')} errors`;
  return `${written} in ${answersOf(configuration).toLocaleString('en')} requests`;
}

/** What of a workload was not measured as it should be, in a sentence each. */
export function shortcomings({ workload, points }: WorkloadResults): string[] {
  const named = (unsound: Unsound): string => {
    const all = points.flatMap(({ configurations }) => configurations);
    const names = all.filter((one) => unsoundness(one) === unsound).map(({ name }) => name);
    return [...new Set(names)].join(', ');
  };
  const [wrong, failed] = [named('errors'), named('failed')];
  return [
    ...(wrong === ''
      ? []
      : [`In the workload ${workload.name} more than one in a thousand requests went wrong with ${wrong}.`]),
    ...(failed === '' ? [] : [`In the workload ${workload.name} not all could be measured of ${failed}.`]),
  ];
}
