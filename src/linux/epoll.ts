/** epoll(7). Results are zero or more, or a negative error number. */
import { assertLayout } from './layout.js';
import { checked, native } from './library.js';
import { EPOLL_CTL, EPOLL_WAIT, made } from './system-calls.js';

export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;
/** Of several who wait for the same descriptor one is woken, or a few, and not all. Linux 4.5. */
export const EPOLLEXCLUSIVE = 1 << 28;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
const EPOLL_CLOEXEC = 0o2000000;

/** sizeof(struct epoll_event), and where its data is: packed on x86-64 only. */
export const EPOLL_EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
export const EPOLL_DATA_OFFSET = process.arch === 'x64' ? 4 : 8;

assertLayout(
  'epoll_event',
  { events: 'uint32_t', data: 'uint64_t' },
  EPOLL_EVENT_BYTES,
  { events: 0, data: EPOLL_DATA_OFFSET },
  process.arch === 'x64',
);

const create = native<[number]>('int epoll_create1(int flags)');
const control = native<[number, number, number, number]>(
  'int epoll_ctl(int epfd, int operation, int fd, int64_t event)',
);
const wait = native<[number, number, number, number]>(
  'int epoll_wait(int epfd, int64_t events, int count, int timeout)',
);

export function epollCreate(): number {
  return checked(create(EPOLL_CLOEXEC));
}

/** @param event address of a struct epoll_event. */
export function epollControl(epoll: number, operation: number, descriptor: number, event: number): number {
  return made(EPOLL_CTL, control(epoll, operation, descriptor, event));
}

/** @param events address of room for `count` events. @param timeout in milliseconds; -1 for ever. */
export function epollWait(epoll: number, events: number, count: number, timeout: number): number {
  return made(EPOLL_WAIT, wait(epoll, events, count, timeout));
}
