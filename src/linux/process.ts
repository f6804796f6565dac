/** Processes and threads: who they are, how one wakes another out of a system call, and how they end. */
import { checked, native } from './library.js';

const SYS_GETTID = process.arch === 'arm64' ? 178 : 186;
const SYS_TGKILL = process.arch === 'arm64' ? 131 : 234;
const PR_SET_PDEATHSIG = 1;
const PR_SET_TIMERSLACK = 29;
const SIGKILL = 9;

/**
 * The signal that wakes a thread out of a system call: by default it is ignored, so that it harms nobody who does not
 * expect it. (Go's runtime interrupts its threads with it for the same reason.)
 */
export const WAKE_SIGNAL = 'SIGURG';
const SIGURG = 23;

const syscall = native<[number, number, number, number]>(
  'long syscall(long number, long first, long second, long third)',
);
const prctl = native<[number, number]>('int prctl(int option, unsigned long value)');
const exitProcess = native<[number]>('void _exit(int status)');

/** The calling thread, as the kernel numbers it: gettid(2). */
export function threadIdentifier(): number {
  return syscall(SYS_GETTID, 0, 0, 0);
}

/**
 * From now on WAKE_SIGNAL interrupts this process's blocking calls. signal(7): accept, recv and send fail with EINTR after
 * a handler has run where a time-out is set on the socket (SO_RCVTIMEO, SO_SNDTIMEO); else they would be restarted.
 */
export function allowWaking(): void {
  if (!process.listeners(WAKE_SIGNAL).includes(nothing)) process.on(WAKE_SIGNAL, nothing);
}

/** Calls `listener` when another process or thread has woken this one's main thread, until `stopListening`. */
export function onWake(listener: () => void): void {
  process.on(WAKE_SIGNAL, listener);
}

export function stopListening(listener: () => void): void {
  process.off(WAKE_SIGNAL, listener);
}

/** Wakes one thread of one process out of its system call (tgkill(2)): 0 or -errno. It must have called `allowWaking`. */
export function wake(processIdentifier: number, thread: number): number {
  return checked(syscall(SYS_TGKILL, processIdentifier, thread, SIGURG));
}

/** This process shall be killed when its parent dies, however that happens: prctl(2). */
export function dieWithParent(): void {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/** Waits of this thread end when their time has come: else the kernel may let them be 50 microseconds late, so as to wake for several at once. */
export function waitExactly(): void {
  prctl(PR_SET_TIMERSLACK, 1);
}

/** Ends the process now, also while other threads of it are in system calls, for which process.exit() would wait: _exit(2). */
export function exitNow(status: number): never {
  exitProcess(status);
  throw new Error('_exit returned');
}

function nothing(): void {}
