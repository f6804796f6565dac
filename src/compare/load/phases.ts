/**
 * What a run goes through: connecting, warm-up, coming to rest (only where a number of requests is to be exact), measuring,
 * ending. What has been measured is the difference between the beginning and the end of the measuring.
 */
import { type Cost, costBetween, costSoFar } from './own-cost.js';
import type { LoadProgress } from './result.js';
import type { Tally } from './tally.js';

export type Phase = LoadProgress['phase'] | 'resting';

/** Between the beginning and the end of the measuring. */
export interface Measured {
  readonly seconds: number;
  readonly requests: number;
  readonly bytes: number;
  readonly longestGapMilliseconds: number;
  readonly cost: Cost;
}

export class Phases {
  phase: Phase = 'connecting';
  /** When it began. */
  since = performance.now();
  /** Requests count that were due from this time on. */
  measuresFrom = Number.POSITIVE_INFINITY;
  measured: Measured | undefined;
  readonly #tally: Tally;
  readonly #processor: number | undefined;
  #answeredBefore = 0;
  #bytesBefore = 0;
  #costBefore: Cost;
  #lastAnswer = performance.now();
  #lastAnswered = 0;
  #longestGap = 0;

  constructor(tally: Tally, processor: number | undefined) {
    this.#tally = tally;
    this.#processor = processor;
    this.#costBefore = costSoFar(processor);
  }

  enter(phase: Exclude<Phase, 'measuring' | 'ending'>, now: number): void {
    this.phase = phase;
    this.since = now;
    this.#lastAnswer = now;
  }

  measure(now: number): void {
    this.phase = 'measuring';
    this.since = now;
    this.measuresFrom = now;
    this.#answeredBefore = this.#tally.answered;
    this.#bytesBefore = this.#tally.bytes;
    this.#costBefore = costSoFar(this.#processor);
    this.#lastAnswer = now;
    this.#lastAnswered = this.#tally.answered;
    this.#longestGap = 0;
  }

  /** The load has ended; what is under way may still be answered. */
  end(now: number): void {
    this.measured = {
      seconds: this.phase === 'measuring' ? (now - this.since) / 1000 : 0,
      requests: this.phase === 'measuring' ? this.#tally.answered - this.#answeredBefore : 0,
      bytes: this.phase === 'measuring' ? this.#tally.bytes - this.#bytesBefore : 0,
      longestGapMilliseconds: Math.max(this.#longestGap, now - this.#lastAnswer),
      cost: costBetween(this.#costBefore, costSoFar(this.#processor)),
    };
    this.phase = 'ending';
    this.since = now;
  }

  /** Answered since the measuring began. */
  get answered(): number {
    return this.#tally.answered - this.#answeredBefore;
  }

  /** Milliseconds since the last answer, or since there is load. */
  silence(now: number): number {
    return now - this.#lastAnswer;
  }

  /** After each turn. */
  turned(now: number): void {
    const { answered } = this.#tally;
    if (answered === this.#lastAnswered) return;
    const gap = now - this.#lastAnswer;
    if (gap > this.#longestGap) this.#longestGap = gap;
    this.#lastAnswer = now;
    this.#lastAnswered = answered;
  }
}
