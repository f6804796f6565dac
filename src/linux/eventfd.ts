/**
 * eventfd(2): a descriptor that is readable when somebody has signalled it, for one thread to wake another that waits for
 * descriptors. Results are zero or more, or a negative error number.
 */
import { EAGAIN, EINTR } from './errno.js';
import { checked, native } from './library.js';
import { mapAnonymous } from './memory.js';
import { made, READ, WRITE } from './system-calls.js';

const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x80000;
const COUNTER_BYTES = 8;

const eventfd = native<[number, number]>('int eventfd(unsigned int initial, int flags)');
const eventfdWrite = native<[number, number]>('int eventfd_write(int fd, uint64_t value)');
const read3 = native<[number, number, number]>('int64_t read(int fd, int64_t buffer, size_t count)');

/** Whoever only signals needs no memory for what is read. */
let counter = 0;

/** A new one, non-blocking and not signalled: a descriptor or -errno. */
export function createEventfd(): number {
  if (counter === 0) counter = mapAnonymous(COUNTER_BYTES);
  return checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

/** Makes it readable, if it is not yet: 0 or -errno. */
export function signalEventfd(descriptor: number): number {
  for (;;) {
    const result = made(WRITE, eventfdWrite(descriptor, 1));
    if (result === -EINTR) continue;
    // The counter is full: it is readable all the more.
    return result === -EAGAIN ? 0 : result;
  }
}

/** Takes the signals that have come, by the thread that created it: 0, also when there are none, or -errno. */
export function drainEventfd(descriptor: number): number {
  for (;;) {
    const result = made(READ, read3(descriptor, counter, COUNTER_BYTES));
    if (result === -EINTR) continue;
    return result >= 0 || result === -EAGAIN ? 0 : result;
  }
}
