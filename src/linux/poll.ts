/** poll(2). */
import { assertLayout } from './layout.js';
import { native } from './library.js';
import { made, POLL } from './system-calls.js';

export const POLLIN = 0x001;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;

/** sizeof(struct pollfd): the descriptor, then 16 bits of wanted and 16 bits of returned events. */
export const POLLFD_BYTES = 8;

assertLayout('pollfd', { fd: 'int', events: 'short', revents: 'short' }, POLLFD_BYTES, { events: 4, revents: 6 });

const cPoll = native<[number, number, number]>('int poll(int64_t descriptors, unsigned long count, int timeout)');

/** How many of the `count` struct pollfd at `descriptors` have events, or -errno. @param timeout in milliseconds; -1 for ever. */
export function poll(descriptors: number, count: number, timeout: number): number {
  return made(POLL, cPoll(descriptors, count, timeout));
}
