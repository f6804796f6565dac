/**
 * Sockets: socket(7), tcp(7), and the calls on them. Results are zero or more, or a negative error number; addresses
 * are plain numbers.
 */
import { EOPNOTSUPP, errorFrom } from './errno.js';
import { checked, native } from './library.js';
import { POLLIN } from './poll.js';
import { ADDRESS_BYTES, AF_INET6, AF_UNIX, internetAddress, readAddress } from './socket-address.js';
import {
  ACCEPT4,
  CLOSE,
  FCNTL,
  GETSOCKOPT,
  IOCTL,
  made,
  POLL,
  RECVFROM,
  SENDFILE,
  SENDTO,
  SETSOCKOPT,
  SHUTDOWN,
} from './system-calls.js';

const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const SO_DOMAIN = 39;
const SO_MEMINFO = 55;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const TCP_NODELAY = 1;
const TCP_INFO = 11;
const TCP_NOTSENT_LOWAT = 25;
const IPV6_V6ONLY = 26;
const F_GETFL = 3;
const F_SETFL = 4;
const SIOCOUTQ = 0x5411;
const FIONREAD = 0x541b;
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
const cFcntl = native<[number, number, number]>('int fcntl(int fd, int command, int argument)');
const cIoctl = native<[number, number, Int32Array]>('int ioctl(int fd, unsigned long request, void *value)');
const cPoll = native<[Int32Array, number, number]>('int poll(void *descriptors, unsigned long count, int timeout)');

/** accept4(2) without the peer's address: a descriptor or -errno. */
export function accept4(listener: number, flags: number): number {
  return made(ACCEPT4, cAccept4(listener, 0, 0, flags));
}

/** recv(2): bytes received, 0 at the end of the stream, or -errno. */
export function recv(socket: number, address: number, length: number, flags: number): number {
  return made(RECVFROM, cRecv(socket, address, length, flags));
}

/** send(2): bytes taken, or -errno. */
export function send(socket: number, address: number, length: number, flags: number): number {
  return made(SENDTO, cSend(socket, address, length, flags));
}

/** sendfile(2) from the position stored (as int64) at `position`, which it moves on: bytes sent, 0 at the file's end, or -errno. */
export function sendfile(socket: number, file: number, position: number, count: number): number {
  return made(SENDFILE, cSendfile(socket, file, position, count));
}

export function shutdown(socket: number, how: number): number {
  return made(SHUTDOWN, cShutdown(socket, how));
}

export function close(descriptor: number): number {
  return made(CLOSE, cClose(descriptor));
}

/** Whether calls on it wait: 0 or -errno. It holds for everybody who has the socket, also in other processes. */
export function setBlocking(socket: number, blocks: boolean): number {
  const flags = made(FCNTL, cFcntl(socket, F_GETFL, 0));
  if (flags < 0) return flags;
  return made(FCNTL, cFcntl(socket, F_SETFL, blocks ? flags & ~SOCK_NONBLOCK : flags | SOCK_NONBLOCK));
}

/** Small pieces go out at once (TCP_NODELAY), also on what a listener accepts: 0 or -errno. */
export function setNoDelay(socket: number): number {
  return made(SETSOCKOPT, cSetsockopt(socket, IPPROTO_TCP, TCP_NODELAY, Int32Array.of(1), 4));
}

const number = new Int32Array(1);

/** Bytes that the kernel has taken to be sent and the peer has yet to take: SIOCOUTQ, see tcp(7). 0 where it cannot tell. */
export function queuedBytes(socket: number): number {
  return made(IOCTL, cIoctl(socket, SIOCOUTQ, number)) < 0 ? 0 : (number[0] as number);
}

/** Bytes that have come and that nobody has received: FIONREAD, see tcp(7). 0 where it cannot tell. */
export function unreadBytes(socket: number): number {
  return cIoctl(socket, FIONREAD, number) < 0 ? 0 : (number[0] as number);
}

const domain = new Uint32Array(1);

/** Whether a socket is one of unix(7): what that accepts inherits no option of it. */
export function isUnix(socket: number): boolean {
  informationLength[0] = 4;
  return (
    made(GETSOCKOPT, cGetsockopt(socket, SOL_SOCKET, SO_DOMAIN, domain, informationLength)) >= 0 &&
    domain[0] === AF_UNIX
  );
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
  return made(SETSOCKOPT, cSetsockopt(socket, SOL_SOCKET, name, timeval, 16));
}

/**
 * A listener's accepted sockets take no more while so many bytes have not gone out. Without it a peer that reads nothing
 * has the kernel hold up to net.ipv4.tcp_wmem for it, 4 MiB, and some hundreds of them have all that there is for the
 * connections of the whole machine (net.ipv4.tcp_mem). What is on its way is not counted, so a far peer loses nothing.
 */
export const UNSENT_BYTES = 2_097_152;
const unsent = new Int32Array(1);

/** The same for one connection, or for what a listener accepts: TCP_NOTSENT_LOWAT, see tcp(7). Sockets of other kinds refuse it. */
export function limitUnsent(socket: number, bytes: number): number {
  unsent[0] = bytes;
  return made(SETSOCKOPT, cSetsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent, 4));
}

const TCP_INFO_BYTES = 32;
/** The word of struct tcp_info that counts, for a listener, the connections waiting to be accepted. */
const TCPI_UNACKED = 6;
const information = new Uint32Array(TCP_INFO_BYTES / 4);
const informationLength = new Uint32Array(1);

/**
 * How many connections wait to be accepted on a listener: TCP_INFO, see tcp(7). -errno on failure. Of a unix socket one can
 * only learn whether there are any: then it is 1.
 */
export function waitingConnections(listener: number): number {
  informationLength[0] = TCP_INFO_BYTES;
  const result = made(GETSOCKOPT, cGetsockopt(listener, IPPROTO_TCP, TCP_INFO, information, informationLength));
  if (result === -EOPNOTSUPP) return isReadable(listener);
  return result < 0 ? result : (information[TCPI_UNACKED] as number);
}

/** The words that SO_MEMINFO gives, and the one that counts what was dropped: include/uapi/linux/sock_diag.h. */
const SK_MEMINFO_WORDS = 9;
const SK_MEMINFO_DROPS = 8;
const memory = new Uint32Array(SK_MEMINFO_WORDS);

/**
 * How many connections a listener has dropped because its backlog was full, since it was opened, or -errno. A unix socket
 * drops none: there connect(2) waits.
 */
export function droppedConnections(listener: number): number {
  informationLength[0] = SK_MEMINFO_WORDS * 4;
  const result = made(GETSOCKOPT, cGetsockopt(listener, SOL_SOCKET, SO_MEMINFO, memory, informationLength));
  return result < 0 ? result : (memory[SK_MEMINFO_DROPS] as number);
}

/** A struct pollfd. */
const polled = new Int32Array(2);

/** 1 or 0, now, or -errno. */
function isReadable(descriptor: number): number {
  polled[0] = descriptor;
  polled[1] = POLLIN;
  return made(POLL, cPoll(polled, 1, 0));
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
 * A listening socket on an IP address: non-blocking unless asked otherwise, closed on exec, TCP_NODELAY and TCP_NOTSENT_LOWAT
 * set, which accepted sockets inherit.
 * Throws SystemError (EADDRINUSE, EACCES, EADDRNOTAVAIL).
 */
export function listen(host: string, port: number, backlog: number, options: ListenOptions = {}): Listener {
  const address = internetAddress(host, port);
  const family = address[0] as number;
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
  attempt(limitUnsent(descriptor, UNSENT_BYTES), 'setsockopt');
  if (family === AF_INET6) option(IPPROTO_IPV6, IPV6_V6ONLY);
  attempt(cBind(descriptor, address, address.length), 'bind');
  attempt(cListen(descriptor, backlog), 'listen');
  const taken = new Uint8Array(ADDRESS_BYTES);
  attempt(cGetsockname(descriptor, taken, new Uint32Array([taken.length])), 'getsockname');
  return { descriptor, port: (readAddress(taken, taken.length) as { port: number }).port };
}
