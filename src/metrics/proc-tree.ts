/** What a process and all its descendants have used, and how much memory they have now: each of them as proc.ts reads it. */
import { childrenOf, usageOfProcess } from './proc.js';
import type { ProcessUsage } from './server-metrics.js';

export const NO_USAGE: ProcessUsage = {
  cpuUser: 0,
  cpuSystem: 0,
  pss: 0,
  rss: 0,
  threads: 0,
  minorFaults: 0,
  majorFaults: 0,
  voluntarySwitches: 0,
  involuntarySwitches: 0,
  descriptors: 0,
};

/** The process and its descendants that live, by their numbers. */
export function processTree(process: number): number[] {
  return [process, ...childrenOf(process).flatMap(processTree)];
}

/** All of a tree together; descendants that have ended count in whoever has waited for them. */
export function usageOfTree(process: number): ProcessUsage {
  return sumOfUsage(processTree(process).map((each) => usageOfProcess(each)));
}

/** In seconds, of all of a tree: cheaper than all that it has used, of which memory is dear to find out. */
export function processorTimeOfTree(process: number): number {
  const { cpuUser, cpuSystem } = sumOfUsage(processTree(process).map((each) => usageOfProcess(each, 0)));
  return cpuUser + cpuSystem;
}

/** All together; one that has ended meanwhile is undefined. */
export function sumOfUsage(usages: readonly (ProcessUsage | undefined)[]): ProcessUsage {
  const sum: Record<keyof ProcessUsage, number> = { ...NO_USAGE };
  for (const usage of usages) {
    if (usage === undefined) continue;
    for (const name of Object.keys(sum) as (keyof ProcessUsage)[]) sum[name] += usage[name];
  }
  return sum;
}
