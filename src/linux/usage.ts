/** What the kernel has counted of this thread, this process or its children that have ended: getrusage(2). */
import { native } from './library.js';
import { GETRUSAGE, made } from './system-calls.js';

export const RUSAGE_SELF = 0;
/** Of children that have ended and have been waited for, and of theirs. */
export const RUSAGE_CHILDREN = -1;
export const RUSAGE_THREAD = 1;
export type Whose = typeof RUSAGE_SELF | typeof RUSAGE_CHILDREN | typeof RUSAGE_THREAD;

// struct rusage: 18 numbers of 64 bits, the first four of them two struct timeval.
const USAGE_BYTES = 144;
const USER_SECONDS = 0;
const SYSTEM_SECONDS = 2;
const MINOR_FAULTS = 8;
const MAJOR_FAULTS = 9;
const VOLUNTARY_SWITCHES = 16;
const INVOLUNTARY_SWITCHES = 17;

const cGetrusage = native<[number, Uint32Array]>('int getrusage(int who, void *usage)');

const words = new Uint32Array(USAGE_BYTES / 4);

/** One record, filled again by each `readUsage`. */
export class Usage {
  /** In seconds. */
  user = 0;
  system = 0;
  minorFaults = 0;
  majorFaults = 0;
  voluntarySwitches = 0;
  involuntarySwitches = 0;
}

/** 0 or -errno. */
export function readUsage(whose: Whose, usage: Usage): number {
  const result = made(GETRUSAGE, cGetrusage(whose, words));
  if (result < 0) return result;
  usage.user = at(USER_SECONDS) + at(USER_SECONDS + 1) / 1e6;
  usage.system = at(SYSTEM_SECONDS) + at(SYSTEM_SECONDS + 1) / 1e6;
  usage.minorFaults = at(MINOR_FAULTS);
  usage.majorFaults = at(MAJOR_FAULTS);
  usage.voluntarySwitches = at(VOLUNTARY_SWITCHES);
  usage.involuntarySwitches = at(INVOLUNTARY_SWITCHES);
  return 0;
}

function at(index: number): number {
  return (words[2 * index + 1] as number) * 2 ** 32 + (words[2 * index] as number);
}
