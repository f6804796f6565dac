/**
 * How long the parts of a workload take, about, before any of it is measured: for who waits, and so that a run without options
 * keeps its two minutes. Its steps come in the order in which they are done, each with the seconds before it.
 */
import type { Contestant } from './contestant.js';
import type { Times } from './results/results.js';
import type { Workload } from './workloads/fields.js';
import { isAlone, pointsOf } from './workloads/read-workload.js';

/** A workload, and who takes part in it. */
export interface Match {
  readonly workload: Workload;
  readonly contestants: readonly Contestant[];
  readonly times: Times;
}

/** What a turn takes beside the load itself, and a start. */
export const TURN_SECONDS = 0.5;
export const START_SECONDS = 1.2;
/** Of each of its threads or processes. */
export const WORKER_SECONDS = 0.1;
/** How long a warm-up lasts that ends by itself. */
const SETTLING_SECONDS = 3;

export class Timetable {
  /** All of it. */
  readonly seconds: number;
  /** Of each step, those before it. */
  readonly #before = new Map<string, number>();

  constructor({ workload, contestants, times }: Match) {
    const alone = isAlone(workload);
    let seconds = 0;
    const add = (step: string, own: number): void => {
      this.#before.set(step, seconds);
      seconds += own;
    };
    for (const [point, { workload: there }] of pointsOf(workload).entries()) {
      const start = contestants.map((contestant) => startSeconds(contestant, there, times));
      const takesPart = contestants.map((contestant) => contestant.whyNot(there) === undefined);
      for (const [index, own] of start.entries()) {
        if (!alone) add(stepOf(point, index, 0), takesPart[index] ? own : 0);
      }
      for (let repetition = 1; repetition <= times.repetitions; repetition++) {
        for (const [index, own] of start.entries()) {
          const turn = times.secondsEach + TURN_SECONDS + (alone ? own : 0);
          add(stepOf(point, index, repetition), takesPart[index] ? turn : 0);
        }
      }
    }
    this.seconds = seconds;
  }

  /** Seconds before a step. @param repetition 0: its warm-up, where all are warmed up before the first is measured. */
  before(point: number, contestant: number, repetition: number): number {
    return this.#before.get(stepOf(point, contestant, repetition)) ?? 0;
  }
}

function stepOf(point: number, contestant: number, repetition: number): string {
  return `${point} ${contestant} ${repetition}`;
}

function startSeconds(contestant: Contestant, workload: Workload, times: Times): number {
  return START_SECONDS + WORKER_SECONDS * (contestant.workers(workload) - 1) + warmUpSecondsOf(times);
}

/** How long the warm-up of a server lasts, about. */
function warmUpSecondsOf({ warmUpSeconds, mostWarmUpSeconds = 0, meanWarmUpSeconds }: Times): number {
  const most = Math.min(SETTLING_SECONDS, mostWarmUpSeconds, meanWarmUpSeconds ?? Number.POSITIVE_INFINITY);
  return Math.max(warmUpSeconds, most);
}

/** With shorter warm-ups, where all would take longer than so many seconds; the least that was asked for stays. */
export function within(matches: readonly Match[], seconds: number): Match[] {
  const all = matches.reduce((sum, match) => sum + new Timetable(match).seconds, 0);
  const sharing = matches.filter(({ times }) => times.meanWarmUpSeconds !== undefined);
  const warmUps = sharing.reduce(
    (sum, { workload, contestants }) => sum + pointsOf(workload).length * contestants.length,
    0,
  );
  if (all <= seconds || warmUps === 0) return [...matches];
  return matches.map((match) => {
    const { warmUpSeconds, meanWarmUpSeconds } = match.times;
    if (meanWarmUpSeconds === undefined) return match;
    // To a tenth of a second, downwards.
    const mean = Math.floor((meanWarmUpSeconds - (all - seconds) / warmUps) * 10) / 10;
    return { ...match, times: { ...match.times, meanWarmUpSeconds: Math.max(warmUpSeconds, mean) } };
  });
}
