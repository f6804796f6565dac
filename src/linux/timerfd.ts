/**
 * timerfd_create(2): a descriptor that is readable when its time has come. Results are zero or more, or a negative error
 * number.
 */
import { EAGAIN, EINTR } from './errno.js';
import { checked, native } from './library.js';

const CLOCK_MONOTONIC = 1;
const TFD_NONBLOCK = 0x800;
const TFD_CLOEXEC = 0x80000;
/** struct itimerspec: the interval and the time, each in seconds and nanoseconds. */
const SPECIFICATION_WORDS = 4;

const timerfdCreate = native<[number, number]>('int timerfd_create(int clock, int flags)');
const timerfdSettime = native<[number, number, BigInt64Array, null]>(
  'int timerfd_settime(int fd, int flags, void *value, void *old)',
);
const readCount = native<[number, BigUint64Array, number]>('int64_t read(int fd, void *count, size_t size)');

const specification = new BigInt64Array(SPECIFICATION_WORDS);
const count = new BigUint64Array(1);

/** A new one, non-blocking, with no time set: a descriptor or -errno. */
export function createTimer(): number {
  return checked(timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
}

/** It will be readable once, in so many milliseconds from now, at least a nanosecond: 0 or -errno. */
export function setTimer(descriptor: number, milliseconds: number): number {
  const nanoseconds = BigInt(Math.max(1, Math.round(milliseconds * 1e6)));
  specification[2] = nanoseconds / 1_000_000_000n;
  specification[3] = nanoseconds % 1_000_000_000n;
  return checked(timerfdSettime(descriptor, 0, specification, null));
}

/** Makes it no longer readable: 0, also when its time has not come, or -errno. */
export function drainTimer(descriptor: number): number {
  for (;;) {
    const result = checked(readCount(descriptor, count, count.byteLength));
    if (result === -EINTR) continue;
    return result >= 0 || result === -EAGAIN ? 0 : result;
  }
}
