/** How long this thread stood still while garbage was collected: each pause goes into a histogram. */
import { PerformanceObserver } from 'node:perf_hooks';
import type { Histogram } from './histogram.js';

/** Gives what ends it: the memory of the histogram may go then. Pauses are told when Node's own loop turns. */
export function observeCollections(pauses: Histogram): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) pauses.recordMilliseconds(duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
