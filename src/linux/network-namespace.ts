/**
 * Network namespaces (network_namespaces(7)): interfaces, addresses and ports of one's own. One that has no name is gone when
 * the last process in it has ended. Results are zero, or a negative error number.
 *
 * They are a thread's own: what the main thread enters holds for its sockets and for the processes that it starts.
 */
import { checked, native } from './library.js';

const CLONE_NEWNET = 0x40000000;
/** Open, it is the way back. */
export const NETWORK_PATH = '/proc/thread-self/ns/net';

const unshare = native<[number]>('int unshare(int flags)');
const setns = native<[number, number]>('int setns(int fd, int type)');

/** This thread goes to a network in which there is nothing but a loopback interface that is down: 0 or -errno (EPERM: only root may). */
export function enterNewNetwork(): number {
  return checked(unshare(CLONE_NEWNET));
}

/** This thread goes to the network of an open file of /proc: 0 or -errno. */
export function enterNetwork(file: number): number {
  return checked(setns(file, CLONE_NEWNET));
}
