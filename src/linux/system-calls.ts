/**
 * Which system calls this thread has made through our own functions, counted where they are made. Those that Node makes for
 * itself are not among them.
 *
 * What it keeps true: to count is one addition in memory, without a lock; each thread has counts of its own, in the memory that
 * it was last told to count in.
 */

import { checked } from './library.js';

/** By name, as strace(1) has them. */
export const SYSTEM_CALLS = [
  'accept4',
  'cachestat',
  'close',
  'epoll_ctl',
  'epoll_wait',
  'fcntl',
  'futex',
  'getdents64',
  'getpeername',
  'getrusage',
  'getsockopt',
  'inotify_add_watch',
  'inotify_rm_watch',
  'io_uring_enter',
  'ioctl',
  'openat2',
  'poll',
  'pread64',
  'preadv2',
  'read',
  'recvfrom',
  'select',
  'sendfile',
  'sendto',
  'setsockopt',
  'shutdown',
  'statx',
  'write',
] as const;

export type SystemCall = (typeof SYSTEM_CALLS)[number];

/** The place of a name among the counts. */
function placeOf(name: SystemCall): number {
  return SYSTEM_CALLS.indexOf(name);
}

export const ACCEPT4 = placeOf('accept4');
export const CACHESTAT = placeOf('cachestat');
export const CLOSE = placeOf('close');
export const EPOLL_CTL = placeOf('epoll_ctl');
export const EPOLL_WAIT = placeOf('epoll_wait');
export const FCNTL = placeOf('fcntl');
export const FUTEX = placeOf('futex');
export const GETDENTS64 = placeOf('getdents64');
export const GETPEERNAME = placeOf('getpeername');
export const GETRUSAGE = placeOf('getrusage');
export const GETSOCKOPT = placeOf('getsockopt');
export const INOTIFY_ADD_WATCH = placeOf('inotify_add_watch');
export const INOTIFY_RM_WATCH = placeOf('inotify_rm_watch');
export const IO_URING_ENTER = placeOf('io_uring_enter');
export const IOCTL = placeOf('ioctl');
export const OPENAT2 = placeOf('openat2');
export const POLL = placeOf('poll');
export const PREAD64 = placeOf('pread64');
export const PREADV2 = placeOf('preadv2');
export const READ = placeOf('read');
export const RECVFROM = placeOf('recvfrom');
export const SELECT = placeOf('select');
export const SENDFILE = placeOf('sendfile');
export const SENDTO = placeOf('sendto');
export const SETSOCKOPT = placeOf('setsockopt');
export const SHUTDOWN = placeOf('shutdown');
export const STATX = placeOf('statx');
export const WRITE = placeOf('write');

/** Where this thread counts while nobody wants to know. */
const own = new Float64Array(SYSTEM_CALLS.length);
let counts: Float64Array = own;

/** This thread counts there from now on: a number for each of SYSTEM_CALLS. */
export function countSystemCallsIn(memory: Float64Array): void {
  counts = memory;
}

/** This thread counts there no more: the memory may go. */
export function stopCountingIn(memory: Float64Array): void {
  if (counts === memory) counts = own;
}

/** Somebody else has made so many, whose calls count as those of this thread. */
export function alsoMade(call: number, times: number): void {
  counts[call]! += times;
}

/** The result of a system call of this name, which is counted: zero or more, or -errno, as `checked` has it. */
export function made(call: number, result: number): number {
  counts[call]! += 1;
  return checked(result);
}
