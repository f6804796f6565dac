/**
 * futex(2): to wait until a word of shared memory changes, and to wake those who wait. The word may lie in memory that
 * several processes have mapped; what lies around the word, and what it means, is memory/lock.ts.
 */
import { native, view } from './library.js';
import { mapAnonymous } from './memory.js';
import { FUTEX, made } from './system-calls.js';

const SYS_FUTEX = process.arch === 'arm64' ? 98 : 202;
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const TIMESPEC_BYTES = 16;

const futex = native<[number, number, number, number, number, number, number]>(
  'long syscall(long number, int64_t word, int operation, int value, int64_t timeout, int64_t word2, int value3)',
);

const timespec = mapAnonymous(TIMESPEC_BYTES);
const timespecWords = new Int32Array(view(timespec, TIMESPEC_BYTES));

/**
 * Waits while the word at `address` is `value`, for at most `milliseconds`. 0: woken; else -errno: EAGAIN when the word
 * was another already, ETIMEDOUT, EINTR. Look at the word again in any case.
 */
export function futexWait(address: number, value: number, milliseconds: number): number {
  const seconds = Math.floor(milliseconds / 1000);
  timespecWords[0] = seconds;
  timespecWords[2] = Math.floor((milliseconds - seconds * 1000) * 1_000_000);
  return made(FUTEX, futex(SYS_FUTEX, address, FUTEX_WAIT, value, timespec, 0, 0));
}

/** Wakes at most `count` of those who wait at `address`: how many. */
export function futexWake(address: number, count: number): number {
  return made(FUTEX, futex(SYS_FUTEX, address, FUTEX_WAKE, count, 0, 0, 0));
}
