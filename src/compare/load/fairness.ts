/** How evenly the answers were spread over the connections. */
import type { LoadResult } from './result.js';

/** Jain's index (Jain, Chiu and Hawe, 1984): (sum x)^2 / (n * sum x^2), 1 for all alike, 1/n for one that has all. */
export function fairnessOf(counts: ArrayLike<number>): LoadResult['fairness'] {
  let sum = 0;
  let squares = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] as number;
    sum += count;
    squares += count * count;
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  if (squares === 0) return { index: 1, least: 0, most: 0 };
  return { index: (sum * sum) / (counts.length * squares), least, most };
}
