/**
 * What a process and all its descendants have used so far, from /proc (see proc(5)).
 *
 * CPU time is utime + stime of /proc/PID/stat, which covers all threads, also those that have ended and io_uring's
 * workers, but counts in ticks (10 ms): of 64 processes with little to do each, most would be rounded away. The
 * threads' own clocks (schedstat) count nanoseconds but forget threads that have ended. So the larger of the two counts.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One process's CPU time and context switches since its start. */
export interface Use {
  readonly cpuMicroseconds: number;
  readonly systemMicroseconds: number;
  /** Context switches: because a thread waited, and because its time was over or somebody else's turn had come. */
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
}

const TICK_MICROSECONDS = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The process and its descendants, by id. */
export function processTree(pid: number): number[] {
  const children = readdirOrNothing(`/proc/${pid}/task`).flatMap((task) =>
    words(readOrNothing(`/proc/${pid}/task/${task}/children`)).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** What each process of the tree has used. A process that ends while it is read counts as nothing. */
export function useOfTree(pid: number): Map<number, Use> {
  return new Map(processTree(pid).map((each) => [each, useOfProcess(each)]));
}

/** What a tree has used between two readings; of a process started in between, everything. */
export function useBetween(before: ReadonlyMap<number, Use>, after: ReadonlyMap<number, Use>): Use {
  const total = { cpuMicroseconds: 0, systemMicroseconds: 0, voluntarySwitches: 0, involuntarySwitches: 0 };
  for (const [pid, use] of after) {
    const earlier = before.get(pid);
    total.cpuMicroseconds += use.cpuMicroseconds - (earlier?.cpuMicroseconds ?? 0);
    total.systemMicroseconds += use.systemMicroseconds - (earlier?.systemMicroseconds ?? 0);
    total.voluntarySwitches += use.voluntarySwitches - (earlier?.voluntarySwitches ?? 0);
    total.involuntarySwitches += use.involuntarySwitches - (earlier?.involuntarySwitches ?? 0);
  }
  return total;
}

/** Memory of the tree in bytes, each shared page divided among those that share it (proportional set size). */
export function proportionalSetSize(pid: number): number {
  return processTree(pid)
    .map((each) => /^Pss: +(\d+) kB/m.exec(readOrNothing(`/proc/${each}/smaps_rollup`))?.[1])
    .reduce((sum, kibibytes) => sum + Number(kibibytes ?? 0) * 1024, 0);
}

function useOfProcess(pid: number): Use {
  // The program's name, in parentheses, may hold spaces and parentheses of its own: fields count from the last one.
  const fields = words(readOrNothing(`/proc/${pid}/stat`).replace(/^.*\) /s, ''));
  const user = Number(fields[11] ?? 0);
  const system = Number(fields[12] ?? 0);
  let voluntarySwitches = 0;
  let involuntarySwitches = 0;
  let threadNanoseconds = 0;
  for (const task of readdirOrNothing(`/proc/${pid}/task`)) {
    const status = readOrNothing(`/proc/${pid}/task/${task}/status`);
    voluntarySwitches += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    involuntarySwitches += Number(/^nonvoluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    threadNanoseconds += Number(words(readOrNothing(`/proc/${pid}/task/${task}/schedstat`))[0] ?? 0);
  }
  return {
    cpuMicroseconds: Math.max((user + system) * TICK_MICROSECONDS, threadNanoseconds / 1000),
    systemMicroseconds: system * TICK_MICROSECONDS,
    voluntarySwitches,
    involuntarySwitches,
  };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process or the thread has ended since its directory was listed.
    return '';
  }
}

function readdirOrNothing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
