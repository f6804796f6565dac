/** How long this thread stood still while garbage was collected: each pause goes into a histogram. */
import { PerformanceObserver } from 'node:perf_hooks';
import type { Histogram } from './histogram.js';

/** Gives what ends it: the memory of the histogram may go then. Pauses are told when Node's own loop turns. */
export function observeCollections(pauses: Histogram): () => void {
  const record = (entries: readonly { readonly duration: number }[]): void => {
    for (const { duration } of entries) pauses.recordMilliseconds(duration);
  };
  const observer = new PerformanceObserver((list) => record(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    record(observer.takeRecords());
    observer.disconnect();
  };
}
