/**
 * Sockets: socket(7), tcp(7), and the calls on them. Results are zero or more, or a negative error number; addresses
 * are plain numbers.
 */
import { isIPv6 } from 'node:net';
import { EADDRNOTAVAIL, errorFrom } from './errno.js';
import { checked, native } from './library.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const TCP_NODELAY = 1;
const TCP_INFO = 11;
const IPV6_V6ONLY = 26;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

const cSocket = native<[number, number, number]>('int socket(int domain, int type, int protocol)');
const cSetsockopt = native<[number, number, number, Int32Array, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
);
const cGetsockopt = native<[number, number, number, Uint32Array, Uint32Array]>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
);
const cBind = native<[number, Uint8Array, number]>('int bind(int fd, const void *address, uint32_t length)');
const cListen = native<[number, number]>('int listen(int fd, int backlog)');
const cGetsockname = native<[number, Uint8Array, Uint32Array]>('int getsockname(int fd, void *address, void *length)');
const cGetpeername = native<[number, Uint8Array, Uint32Array]>('int getpeername(int fd, void *address, void *length)');
const cAccept4 = native<[number, number, number, number]>(
  'int accept4(int fd, int64_t address, int64_t length, int flags)',
);
const cRecv = native<[number, number, number, number]>(
  'int64_t recv(int fd, int64_t buffer, size_t length, int flags)',
);
const cSend = native<[number, number, number, number]>(
  'int64_t send(int fd, int64_t buffer, size_t length, int flags)',
);
const cSendfile = native<[number, number, number, number]>(
  'int64_t sendfile(int to, int from, int64_t offset, size_t count)',
);
const cShutdown = native<[number, number]>('int shutdown(int fd, int how)');
const cClose = native<[number]>('int close(int fd)');

/** accept4(2) without the peer's address: a descriptor or -errno. */
export function accept4(listener: number, flags: number): number {
  return checked(cAccept4(listener, 0, 0, flags));
}

/** recv(2): bytes received, 0 at the end of the stream, or -errno. */
export function recv(socket: number, address: number, length: number, flags: number): number {
  return checked(cRecv(socket, address, length, flags));
}

/** send(2): bytes taken, or -errno. */
export function send(socket: number, address: number, length: number, flags: number): number {
  return checked(cSend(socket, address, length, flags));
}

/** sendfile(2) from the position stored (as int64) at `position`, which it moves on: bytes sent, 0 at the file's end, or -errno. */
export function sendfile(socket: number, file: number, position: number, count: number): number {
  return checked(cSendfile(socket, file, position, count));
}

export function shutdown(socket: number, how: number): number {
  return checked(cShutdown(socket, how));
}

export function close(descriptor: number): number {
  return checked(cClose(descriptor));
}

// struct timeval: seconds and microseconds, 64 bits each.
const timeval = new Int32Array(4);

/** After so many milliseconds without a byte recv (and accept, on a listener) gives EAGAIN. 0: never. Accepted sockets inherit it. */
export function setReceiveTimeout(socket: number, milliseconds: number): number {
  return setTimeout(socket, SO_RCVTIMEO, milliseconds);
}

/** After so many milliseconds in which the peer has taken nothing send gives EAGAIN, or how much had gone. 0: never. Inherited. */
export function setSendTimeout(socket: number, milliseconds: number): number {
  return setTimeout(socket, SO_SNDTIMEO, milliseconds);
}

function setTimeout(socket: number, name: number, milliseconds: number): number {
  const seconds = Math.floor(milliseconds / 1000);
  timeval[0] = seconds;
  timeval[2] = (milliseconds - seconds * 1000) * 1000;
  return checked(cSetsockopt(socket, SOL_SOCKET, name, timeval, 16));
}

const TCP_INFO_BYTES = 32;
/** The word of struct tcp_info that counts, for a listener, the connections waiting to be accepted. */
const TCPI_UNACKED = 6;
const information = new Uint32Array(TCP_INFO_BYTES / 4);
const informationLength = new Uint32Array(1);

/** How many connections wait to be accepted on a listener: TCP_INFO, see tcp(7). -errno on failure. */
export function waitingConnections(listener: number): number {
  informationLength[0] = TCP_INFO_BYTES;
  const result = checked(cGetsockopt(listener, IPPROTO_TCP, TCP_INFO, information, informationLength));
  return result < 0 ? result : (information[TCPI_UNACKED] as number);
}

export interface ListenOptions {
  /** Several listeners may have the same address; the kernel spreads connections over them (SO_REUSEPORT). */
  readonly sharePort?: boolean;
  /** accept waits, and so do the sockets that it gives. */
  readonly blocking?: boolean;
}

export interface Listener {
  readonly descriptor: number;
  /** The port that was taken: of interest when 0 was asked for. */
  readonly port: number;
}

/**
 * A listening socket on an IP address: non-blocking unless asked otherwise, closed on exec, TCP_NODELAY set, which accepted sockets inherit.
 * Throws SystemError (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export function listen(host: string, port: number, backlog: number, options: ListenOptions = {}): Listener {
  const family = isIPv6(host) ? AF_INET6 : AF_INET;
  const descriptor = cSocket(family, SOCK_STREAM | SOCK_CLOEXEC | (options.blocking === true ? 0 : SOCK_NONBLOCK), 0);
  if (descriptor < 0) throw errorFrom(checked(-1), 'socket');
  const attempt = (result: number, systemCall: string): void => {
    if (result >= 0) return;
    const error = errorFrom(checked(-1), systemCall);
    cClose(descriptor);
    throw error;
  };
  const option = (level: number, name: number): void =>
    attempt(cSetsockopt(descriptor, level, name, new Int32Array([1]), 4), 'setsockopt');
  option(SOL_SOCKET, SO_REUSEADDR);
  if (options.sharePort === true) option(SOL_SOCKET, SO_REUSEPORT);
  option(IPPROTO_TCP, TCP_NODELAY);
  if (family === AF_INET6) option(IPPROTO_IPV6, IPV6_V6ONLY);
  const address = socketAddress(host, port);
  attempt(cBind(descriptor, address, address.length), 'bind');
  attempt(cListen(descriptor, backlog), 'listen');
  const taken = new Uint8Array(28);
  attempt(cGetsockname(descriptor, taken, new Uint32Array([taken.length])), 'getsockname');
  return { descriptor, port: ((taken[2] as number) << 8) | (taken[3] as number) };
}

const peer = new Uint8Array(28);
const peerLength = new Uint32Array(1);

/** The IP address of whoever is connected, in text; '' for one that has none (a Unix socket), or that has gone: getpeername(2). */
export function peerAddress(socket: number): string {
  peerLength[0] = peer.length;
  if (cGetpeername(socket, peer, peerLength) < 0) return '';
  const family = (peer[0] as number) | ((peer[1] as number) << 8);
  if (family === AF_INET) return `${peer[4]}.${peer[5]}.${peer[6]}.${peer[7]}`;
  if (family !== AF_INET6) return '';
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((peer[8 + 2 * index] as number) << 8) | (peer[9 + 2 * index] as number)).toString(16),
  );
  // The URL parser writes every form of an IPv6 address in the one of RFC 5952.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

/** struct sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes). */
function socketAddress(host: string, port: number): Uint8Array {
  const six = isIPv6(host);
  const address = new Uint8Array(six ? 28 : 16);
  address[0] = six ? AF_INET6 : AF_INET;
  address[2] = port >> 8;
  address[3] = port & 0xff;
  if (six) address.set(ipv6Bytes(host), 8);
  else address.set(host.split('.').map(Number), 4);
  return address;
}

function ipv6Bytes(host: string): Uint8Array {
  if (host.includes('%')) throw errorFrom(-EADDRNOTAVAIL, 'bind');
  // The URL parser writes every form of an IPv6 address in the one of RFC 5952.
  const [before = '', after] = new URL(`http://[${host}]/`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const head = groups(before);
  const tail = groups(after ?? '');
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
