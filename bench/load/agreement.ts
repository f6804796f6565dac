/**
 * Whether two clients agree, from pairs of measurements: the ratio of each pair, the median of the ratios, and between which two
 * of them the true median lies with 95 % confidence. That is the sign test turned round: of n pairs each ratio is above the true
 * median with a probability of one half, whatever else is true of them, so it needs no bell curve and no quiet machine. Where the
 * machine is too loud, the interval is wide, and the answer is that it cannot be told.
 */
import type { Measured, Pair } from './alternate.js';

export type Figure = 'requestsPerSecond' | 'p50' | 'p99' | 'cpu' | 'busy';

export interface Ratio {
  readonly median: number;
  /** With 95 % confidence; the whole line where there are too few pairs. */
  readonly low: number;
  readonly high: number;
}

export interface Judgement {
  readonly answer: 'holds' | 'does not hold' | 'cannot be told';
  readonly text: string;
}

/** What a server shows: where it limits, whether both measure the same; where it is fast, what a client can do. */
export type Shows = 'agreement' | 'load';

const DOUBT = 0.05;
/** How far the throughputs may be apart, and the p99s. */
const THROUGHPUT = 0.05;
const P99 = 0.1;

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Ours as a share of the other. */
export function ratioOf(pairs: readonly Pair[], figure: Figure): Ratio {
  const ratios = pairs.map(({ ours, other }) => ours[figure] / other[figure]).sort((one, other) => one - other);
  const leftOut = leftOutOf(ratios.length);
  return {
    median: medianOf(ratios),
    low: ratios[leftOut - 1] ?? Number.NEGATIVE_INFINITY,
    high: ratios[ratios.length - leftOut] ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * The interval goes from the so-many-th smallest ratio to the so-many-th largest; 0 where even from the smallest to the largest it
 * would be too narrow. That fewer than k of n fall on one side has the probability of fewer than k heads in n tosses.
 */
function leftOutOf(pairs: number): number {
  let probability = 0.5 ** pairs;
  let sum = 0;
  let count = 0;
  while (count < pairs) {
    sum += probability;
    if (2 * sum > DOUBT) return count;
    probability *= (pairs - count) / (count + 1);
    count++;
  }
  return count;
}

export function judge(pairs: readonly Pair[], shows: Shows): Judgement[] {
  const each = (figure: Figure, ...[least, most, bounds]: readonly [number, number, string]): Judgement => {
    const ratio = ratioOf(pairs, figure);
    return {
      answer: answerOf(pairs, ratio, least, most),
      text: `${NAMES[figure]} ${written(ratio)} of wrk's (${bounds})`,
    };
  };
  if (shows === 'load') {
    // As much load a core is no more of the core for a request.
    return [each('cpu', 0, 1, 'at least as much load a core: at most 1')];
  }
  return [
    each('requestsPerSecond', 1 - THROUGHPUT, 1 + THROUGHPUT, `within ${THROUGHPUT * 100} %`),
    each('p99', 1 - P99, 1 + P99, `within ${P99 * 100} %`),
  ];
}

const NAMES: Readonly<Record<Figure, string>> = {
  requestsPerSecond: 'throughput',
  p50: 'p50',
  p99: 'p99',
  cpu: 'CPU time a request',
  busy: 'busy',
};

/** Only what lies on one side of a bound with the whole interval is said. */
function answerOf(pairs: readonly Pair[], { low, high }: Ratio, least: number, most: number): Judgement['answer'] {
  const wrong = ({ errors }: Measured): boolean => errors.length > 0;
  // Who gets other answers measures something else.
  if (pairs.some(({ ours, other }) => wrong(ours) || wrong(other))) return 'cannot be told';
  if (low >= least && high <= most) return 'holds';
  return high < least || low > most ? 'does not hold' : 'cannot be told';
}

export function written({ median, low, high }: Ratio): string {
  return Number.isFinite(low) && Number.isFinite(high)
    ? `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`
    : `${median.toFixed(3)} (too few pairs for an interval)`;
}
