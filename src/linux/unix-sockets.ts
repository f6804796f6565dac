/**
 * Sockets that have a path and no port: unix(7). Results are zero or more, or a negative error number. What a file of a
 * socket may be used for is the caller's business: it can change the file between `bindUnix` and `startListening`, before
 * anybody can connect.
 */
import { checked, native } from './library.js';
import { AF_UNIX, unixAddress } from './socket-address.js';
import { close, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK, setSendTimeout } from './sockets.js';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

const socket = native<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bind = native<[number, Uint8Array, number]>('int bind(int fd, const void *address, uint32_t length)');
const listen = native<[number, number]>('int listen(int fd, int backlog)');
const connect = native<[number, Uint8Array, number]>('int connect(int fd, const void *address, uint32_t length)');
const sendTo = native<[number, Uint8Array, number, number, Uint8Array, number]>(
  'int64_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t addressLength)',
);

/** A stream socket with that path, non-blocking and closed on exec, on which nobody can connect yet: a descriptor or -errno. */
export function bindUnix(path: string): number {
  return create(SOCK_STREAM | SOCK_NONBLOCK, (descriptor) => {
    const address = unixAddress(path);
    return bind(descriptor, address, address.length);
  });
}

/** From now on one can connect: 0 or -errno. */
export function startListening(descriptor: number, backlog: number): number {
  return checked(listen(descriptor, backlog));
}

/** Whether somebody listens on that path: 0, or -errno (ECONNREFUSED: nobody; EAGAIN: somebody, who is busy). Never waits. */
export function probeUnix(path: string): number {
  const descriptor = create(SOCK_STREAM | SOCK_NONBLOCK, (created) => {
    const address = unixAddress(path);
    return connect(created, address, address.length);
  });
  return descriptor < 0 ? descriptor : close(descriptor);
}

/** A socket to send datagrams from, which waits at most so many milliseconds until one is taken: a descriptor or -errno. */
export function datagramSocket(milliseconds: number): number {
  return create(SOCK_DGRAM, (descriptor) => setSendTimeout(descriptor, milliseconds));
}

/** Sends one datagram to whoever has that path: 0 or more, or -errno (EAGAIN: not taken in time, or not at once with MSG_DONTWAIT). */
export function sendDatagram(descriptor: number, path: string, bytes: Uint8Array, flags = 0): number {
  const address = unixAddress(path);
  return checked(sendTo(descriptor, bytes, bytes.length, flags | MSG_NOSIGNAL, address, address.length));
}

function create(type: number, then: (descriptor: number) => number): number {
  const descriptor = checked(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (descriptor < 0) return descriptor;
  const result = checked(then(descriptor));
  if (result >= 0) return descriptor;
  close(descriptor);
  return result;
}
