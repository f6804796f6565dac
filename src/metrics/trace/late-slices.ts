/**
 * Slices that were told of late, and by another clock: pauses of the garbage collector. The clocks differ by some tens of
 * nanoseconds, so that a pause may seem to begin before the slice that it was in, or to end after it: it is fitted in.
 */
import { HELPER, KIND, placeOf, type Snapshot, WITHIN } from './trace-ring.js';

/** What reaches beyond by less than that has its reason in the clocks. */
const NANOSECONDS = 2_000n;

/** From when to when it was, so that it lies within each slice of the thread or outside of it. `number`: of its record. */
export function withinItsSlice(
  { first, capacity, longs, words }: Snapshot,
  number: number,
  from: bigint,
  to: bigint,
): [from: bigint, to: bigint] {
  for (let earlier = number - 1; earlier >= first; earlier--) {
    const word = placeOf(earlier, capacity) / 4;
    const kind = words[word + KIND] as number;
    const began = longs[word / 2] as bigint;
    const ended = longs[word / 2 + 1] as bigint;
    const own = (kind & WITHIN) === 0 || (words[word + HELPER] === 0 && began > 0n);
    if (own) {
      if (from < began && began < to) [from, to] = began - from < NANOSECONDS ? [began, to] : [from, began];
      if (ended > 0n && from < ended && ended < to) [from, to] = to - ended < NANOSECONDS ? [from, ended] : [ended, to];
    }
    // Those before it had ended when this one began.
    if ((kind & WITHIN) === 0 && began <= from) break;
  }
  return [from, to];
}
