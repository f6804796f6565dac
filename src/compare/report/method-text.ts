/** How it was measured, in sentences: how long and how often, and who else took part. */
import type { Results, Times, WorkloadResults } from '../results/results.js';

export function methodText({ method }: Results): string {
  return `${howLong(method)}; medians. ${method.order} ${method.tie}`;
}

/** How a workload was measured, where that is not said of the whole: its times, and lines; else ''. */
export function ownMethodText({ method }: Results, { times, slowLines = '' }: WorkloadResults): string {
  const own = howLong(times) === howLong(method) ? '' : `Here: ${howLong(times)}.`;
  return [own, slowLines].filter(Boolean).join(' ');
}

export function howLong(times: Times): string {
  const { repetitions, secondsEach, warmUpSeconds, mostWarmUpSeconds, meanWarmUpSeconds } = times;
  const most = mostWarmUpSeconds === undefined ? '' : ` to ${mostWarmUpSeconds}`;
  const mean = meanWarmUpSeconds === undefined ? '' : ` (${meanWarmUpSeconds} s on average at most)`;
  return `${repetitions} repetitions of ${secondsEach} s after ${warmUpSeconds}${most} s of warm-up${mean}`;
}

/** The other servers: which version, and as they were configured. */
export function othersText({ workloads, testbed }: Results): string[] {
  const all = workloads.flatMap(({ points }) => points.flatMap(({ configurations }) => configurations));
  const texts = all
    .filter(({ kind }) => kind === 'other')
    .map(({ name, description }) => `${name} ${testbed.others[name] ?? ''}: ${description}`);
  return [...new Set(texts)];
}
