/**
 * What the kernel says of a process and of its threads: proc(5). Whoever has just ended says nothing.
 *
 * Processor time in /proc/PID/stat covers threads that have ended too, but counts in hundredths of a second; the threads' own
 * clocks (schedstat) count nanoseconds, but forget those that have ended. So it is the larger of the two, and its division
 * into user and system is that of the ticks.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { ProcessUsage } from './server-metrics.js';

/** Of the clock that /proc counts in; the same on every Linux of today (sysconf(3), _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;

// Fields of stat, behind the name.
const MINOR_FAULTS = 7;
const CHILDREN_MINOR_FAULTS = 8;
const MAJOR_FAULTS = 9;
const CHILDREN_MAJOR_FAULTS = 10;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const CHILDREN_USER_TICKS = 13;
const CHILDREN_SYSTEM_TICKS = 14;

/** Of one thread, in seconds and times. */
export interface ThreadUsage {
  readonly thread: number;
  readonly cpuUser: number;
  readonly cpuSystem: number;
  /** It waited for something. */
  readonly voluntarySwitches: number;
  /** Its time was over, or somebody else's turn had come. */
  readonly involuntarySwitches: number;
}

/** One thread of a process; undefined when it has ended. */
export function usageOfThread(process: number, thread: number): ThreadUsage | undefined {
  const directory = `/proc/${process}/task/${thread}`;
  const stat = statOf(directory);
  if (stat.length === 0) return undefined;
  const status = read(`${directory}/status`);
  const { user, system } = divided(stat[USER_TICKS] ?? 0, stat[SYSTEM_TICKS] ?? 0, clockOf(directory));
  return {
    thread,
    cpuUser: user,
    cpuSystem: system,
    voluntarySwitches: numberAfter('voluntary_ctxt_switches', status),
    involuntarySwitches: numberAfter('nonvoluntary_ctxt_switches', status),
  };
}

/** The threads of a process, by their numbers. */
export function threadsOf(process: number): number[] {
  return numbersIn(`/proc/${process}/task`);
}

/** Its proportional set size, for which the kernel goes through it page by page: it costs milliseconds. */
export function proportionalOf(process: number): number {
  const rollup = read(`/proc/${process}/smaps_rollup`);
  // Of a process of another user only its size is known.
  return rollup === '' ? residentOf(process) : numberAfter('Pss', rollup) * 1024;
}

export function residentOf(process: number): number {
  return numberAfter('VmRSS', read(`/proc/${process}/status`)) * 1024;
}

/** How many descriptors it has open. */
export function descriptorsOf(process: number): number {
  const directory = `/proc/${process}/fd`;
  try {
    // Since Linux 6.2 the directory says how many names it has.
    return statSync(directory).size || numbersIn(directory).length;
  } catch {
    return 0;
  }
}

/**
 * All of a process; the processor time and the faults of children that have ended and that it has waited for are its own.
 * `pss`: what is known of that already. undefined when the process has ended.
 */
export function usageOfProcess(process: number, pss = proportionalOf(process)): ProcessUsage | undefined {
  const directory = `/proc/${process}`;
  const stat = statOf(directory);
  if (stat.length === 0) return undefined;
  const at = (field: number): number => stat[field] ?? 0;
  const threads = threadsOf(process);
  let voluntarySwitches = 0;
  let involuntarySwitches = 0;
  let clock = 0;
  for (const thread of threads) {
    const status = read(`${directory}/task/${thread}/status`);
    voluntarySwitches += numberAfter('voluntary_ctxt_switches', status);
    involuntarySwitches += numberAfter('nonvoluntary_ctxt_switches', status);
    clock += clockOf(`${directory}/task/${thread}`);
  }
  const { user, system } = divided(at(USER_TICKS), at(SYSTEM_TICKS), clock);
  return {
    cpuUser: user + at(CHILDREN_USER_TICKS) / TICKS_PER_SECOND,
    cpuSystem: system + at(CHILDREN_SYSTEM_TICKS) / TICKS_PER_SECOND,
    pss,
    rss: residentOf(process),
    threads: threads.length,
    minorFaults: at(MINOR_FAULTS) + at(CHILDREN_MINOR_FAULTS),
    majorFaults: at(MAJOR_FAULTS) + at(CHILDREN_MAJOR_FAULTS),
    voluntarySwitches,
    involuntarySwitches,
    descriptors: descriptorsOf(process),
  };
}

/** The children of a process that live. */
export function childrenOf(process: number): number[] {
  return threadsOf(process).flatMap((thread) =>
    read(`/proc/${process}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

/** Seconds, from ticks and from a clock in seconds. */
function divided(userTicks: number, systemTicks: number, clock: number): { user: number; system: number } {
  const ticks = userTicks + systemTicks;
  const total = Math.max(ticks / TICKS_PER_SECOND, clock);
  const share = ticks === 0 ? 1 : userTicks / ticks;
  return { user: total * share, system: total * (1 - share) };
}

/** Seconds that a thread has had of a processor. */
function clockOf(directory: string): number {
  return Number(read(`${directory}/schedstat`).split(' ')[0] ?? 0) / 1e9;
}

/** The numbers behind the name, which is in parentheses and may hold anything; the state, which is a letter, is none. */
function statOf(directory: string): number[] {
  const text = read(`${directory}/stat`);
  return text === ''
    ? []
    : text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
}

function numberAfter(name: string, text: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function numbersIn(directory: string): number[] {
  try {
    return readdirSync(directory).map(Number);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
