/** Which processors a thread may run on: sched_setaffinity(2). Results are zero or more, or a negative error number. */
import { readdirSync } from 'node:fs';
import { EINVAL, ESRCH } from './errno.js';
import { checked, native } from './library.js';

/** sizeof(cpu_set_t): a bit for each of 1,024 processors. */
const SET_BYTES = 128;

const setAffinity = native<[number, number, Uint8Array]>(
  'int sched_setaffinity(int pid, size_t size, const void *set)',
);
const getAffinity = native<[number, number, Uint8Array]>('int sched_getaffinity(int pid, size_t size, void *set)');

/** The processors that this thread may run on, by number; none where the kernel does not tell. */
export function allowedProcessors(): number[] {
  const set = new Uint8Array(SET_BYTES);
  if (getAffinity(0, SET_BYTES, set) < 0) return [];
  return Array.from({ length: SET_BYTES * 8 }, (_, processor) => processor).filter(
    (processor) => ((set[processor >> 3] as number) & (1 << (processor & 7))) !== 0,
  );
}

/** From now on all threads of this process run on one processor: 0, or -errno (EINVAL: there is none of that number, or it is not ours). */
export function pinProcess(processor: number): number {
  const set = new Uint8Array(SET_BYTES);
  if (processor >= SET_BYTES * 8) return -EINVAL;
  set[processor >> 3] = 1 << (processor & 7);
  let result = 0;
  for (const thread of readdirSync('/proc/self/task')) {
    const one = checked(setAffinity(Number(thread), SET_BYTES, set));
    // A thread may have ended since it was read.
    if (one < 0 && one !== -ESRCH) result = one;
  }
  return result;
}
