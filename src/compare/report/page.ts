/** The results as one page. */
import type { Results } from '../results/results.js';

export function pageText(results: Results): string {
  return JSON.stringify(results);
}
