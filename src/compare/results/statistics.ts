/**
 * What several repetitions of a measurement come to: the median and the spread, and whether two are tied.
 *
 * The rule for a tie is printed wherever one is called: the middle halves of the repetitions overlap, or the medians are
 * within LEAST_DIFFERENCE of each other.
 */

/** Below this a difference is called none, however little the repetitions vary: a machine differs from itself by more. */
export const LEAST_DIFFERENCE = 0.02;

export const TIE_RULE = `Two are tied when the middle halves of their repetitions (from the first to the third quartile) overlap, or their medians differ by less than ${LEAST_DIFFERENCE * 100} %.`;

/** The repetitions of one number. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** The middle half lies between these: with fewer than four repetitions, all of them. */
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** undefined when there are none. */
export function summaryOf(numbers: readonly number[]): Summary | undefined {
  if (numbers.length === 0) return undefined;
  const sorted = [...numbers].sort((one, other) => one - other);
  const few = sorted.length < 4;
  return {
    median: quantile(sorted, 0.5),
    least: sorted[0] as number,
    most: sorted.at(-1) as number,
    lower: few ? (sorted[0] as number) : quantile(sorted, 0.25),
    upper: few ? (sorted.at(-1) as number) : quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** Between the two nearest, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

export function medianOf(numbers: readonly number[]): number | undefined {
  return summaryOf(numbers)?.median;
}

/** Whether nobody can say which of the two is larger. */
export function tied(one: Summary, other: Summary): boolean {
  const larger = Math.max(Math.abs(one.median), Math.abs(other.median));
  if (Math.abs(one.median - other.median) <= larger * LEAST_DIFFERENCE) return true;
  return one.lower <= other.upper && other.lower <= one.upper;
}

/** How even numbers are: 1 when all are the same, 1/n when one has all (Jain, Chiu and Hawe, 1984). */
export function fairnessOf(numbers: readonly number[]): number {
  const sum = numbers.reduce((total, number) => total + number, 0);
  const squares = numbers.reduce((total, number) => total + number * number, 0);
  return squares === 0 ? 1 : (sum * sum) / (numbers.length * squares);
}
