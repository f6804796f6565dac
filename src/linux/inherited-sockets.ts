/** Listening sockets that somebody else has opened and handed over by descriptor: what they are, and how they are made fit for use. */
import { EADDRNOTAVAIL } from './errno.js';
import { checked, native } from './library.js';
import { ADDRESS_BYTES, readAddress, type SocketAddress } from './socket-address.js';

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const SOCK_STREAM = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

const getsockopt = native<[number, number, number, Int32Array, Uint32Array]>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
);
const getsockname = native<[number, Uint8Array, Uint32Array]>('int getsockname(int fd, void *address, void *length)');
const fcntl = native<[number, number, number]>('int fcntl(int fd, int command, int argument)');

/** Whether a descriptor is a stream socket that listens; false also for one that is not open, or no socket. */
export function isListeningStream(descriptor: number): boolean {
  return option(descriptor, SO_TYPE) === SOCK_STREAM && option(descriptor, SO_ACCEPTCONN) === 1;
}

/** The address that a socket has, or -errno. */
export function addressOf(descriptor: number): SocketAddress | number {
  const address = new Uint8Array(ADDRESS_BYTES);
  const length = Uint32Array.of(address.length);
  const result = checked(getsockname(descriptor, address, length));
  return result < 0 ? result : (readAddress(address, length[0] as number) ?? -EADDRNOTAVAIL);
}

/** Processes that this one starts do not get the descriptor unless it is handed over on purpose: 0 or -errno. */
export function closeOnExec(descriptor: number): number {
  return checked(fcntl(descriptor, F_SETFD, FD_CLOEXEC));
}

function option(descriptor: number, name: number): number {
  const value = new Int32Array(1);
  const result = checked(getsockopt(descriptor, SOL_SOCKET, name, value, Uint32Array.of(4)));
  return result < 0 ? result : (value[0] as number);
}
