/**
 * What the processes of this server have used, and what they have now: this one, which keeps the workers, and those that are
 * workers.
 *
 * What it keeps true: counts never fall, also when a worker has ended that has not been waited for yet.
 */
import { RUSAGE_CHILDREN, RUSAGE_SELF, readUsage, Usage } from '../linux/usage.js';
import { descriptorsOf, proportionalOf, residentOf, threadsOf, usageOfProcess } from './proc.js';
import { sumOfUsage } from './proc-tree.js';
import type { ProcessUsage } from './server-metrics.js';

/** The kernel goes through all pages of a process to tell its proportional set size: not more often than this. */
const MEMORY_MILLISECONDS = 5000;

/** Those that only grow. */
const COUNTED = [
  'cpuUser',
  'cpuSystem',
  'minorFaults',
  'majorFaults',
  'voluntarySwitches',
  'involuntarySwitches',
] as const;

interface Known {
  readonly pss: number;
  readonly at: number;
}

export class ProcessMeter {
  readonly #self = new Usage();
  readonly #children = new Usage();
  #memory = new Map<number, Known>();
  #last: ProcessUsage | undefined;

  /** `workers`: the processes that are workers now, other than this one. */
  read(workers: readonly number[]): ProcessUsage {
    this.#lookAtMemory([process.pid, ...workers]);
    const others = workers.map((pid) => usageOfProcess(pid, this.#memory.get(pid)?.pss));
    const sum: Record<keyof ProcessUsage, number> = { ...sumOfUsage([this.#own(), ...others]) };
    const last = this.#last;
    if (last !== undefined) for (const name of COUNTED) sum[name] = Math.max(sum[name], last[name]);
    this.#last = sum;
    return sum;
  }

  /** Of this process getrusage(2) knows more than proc(5): threads and children that have ended too. */
  #own(): ProcessUsage {
    const self = this.#self;
    const children = this.#children;
    readUsage(RUSAGE_SELF, self);
    readUsage(RUSAGE_CHILDREN, children);
    const { pid } = process;
    return {
      cpuUser: self.user + children.user,
      cpuSystem: self.system + children.system,
      pss: this.#memory.get(pid)?.pss ?? 0,
      rss: residentOf(pid),
      threads: threadsOf(pid).length,
      minorFaults: self.minorFaults + children.minorFaults,
      majorFaults: self.majorFaults + children.majorFaults,
      voluntarySwitches: self.voluntarySwitches + children.voluntarySwitches,
      involuntarySwitches: self.involuntarySwitches + children.involuntarySwitches,
      descriptors: descriptorsOf(pid),
    };
  }

  #lookAtMemory(all: readonly number[]): void {
    const now = performance.now();
    const memory = new Map<number, Known>();
    for (const pid of all) {
      const known = this.#memory.get(pid);
      const fresh = known !== undefined && now - known.at < MEMORY_MILLISECONDS;
      memory.set(pid, fresh ? known : { pss: proportionalOf(pid), at: now });
    }
    this.#memory = memory;
  }
}
