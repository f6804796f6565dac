/**
 * The other end of a connection: socket(7) and connect(2), without ever waiting. Results are zero or more, or a negative
 * error number.
 *
 * A socket whose connection is under way can be given to a dispatcher at once: what is sent goes out when the connection is
 * there, and a connection that comes to nothing is told by the send and the receive that fail.
 */
import { EAGAIN, EINPROGRESS } from './errno.js';
import { checked, native } from './library.js';
import { POLLOUT } from './poll.js';
import { AF_UNIX } from './socket-address.js';
import { close, SOCK_CLOEXEC, SOCK_NONBLOCK, setNoDelay } from './sockets.js';

const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_RCVBUF = 8;
const IPPROTO_IP = 0;
const IP_BIND_ADDRESS_NO_PORT = 24;

const cSocket = native<[number, number, number]>('int socket(int domain, int type, int protocol)');
const cBind = native<[number, Uint8Array, number]>('int bind(int fd, const void *address, uint32_t length)');
const cConnect = native<[number, Uint8Array, number]>('int connect(int fd, const void *address, uint32_t length)');
const cSetsockopt = native<[number, number, number, Int32Array, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
);
const cGetsockopt = native<[number, number, number, Int32Array, Uint32Array]>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
);
const cPoll = native<[Int32Array, number, number]>('int poll(void *descriptors, unsigned long count, int timeout)');

export interface ConnectOptions {
  /** Where from; the port in it is 0, and the kernel chooses one that is free for this pair of addresses. */
  readonly from?: Uint8Array;
  /** What the kernel holds for a reader who does not take it. */
  readonly receiveBytes?: number;
}

const value = new Int32Array(1);
const length = new Uint32Array(1);

/**
 * Begins to connect to an address (see socket-address.ts): a non-blocking, close-on-exec socket without delay, whose
 * connection is there or under way, or -errno (ECONNREFUSED, EADDRNOTAVAIL: no port is left; EAGAIN: a unix socket's queue
 * is full).
 */
export function startConnecting(to: Uint8Array, options: ConnectOptions = {}): number {
  const family = to[0] as number;
  const socket = checked(cSocket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket < 0) return socket;
  const result = prepare(socket, family, options) || checked(cConnect(socket, to, to.length));
  if (result >= 0 || result === -EINPROGRESS) return socket;
  close(socket);
  return result;
}

function prepare(socket: number, family: number, { from, receiveBytes }: ConnectOptions): number {
  if (family !== AF_UNIX) setNoDelay(socket);
  // Before it connects: the window that it offers first depends on it.
  if (receiveBytes !== undefined) set(socket, SOL_SOCKET, SO_RCVBUF, receiveBytes);
  if (from === undefined) return 0;
  // Else bind would take a port for all destinations, and there are as many connections as there are ports.
  set(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  return checked(cBind(socket, from, from.length));
}

function set(socket: number, level: number, name: number, to: number): void {
  value[0] = to;
  cSetsockopt(socket, level, name, value, 4);
}

/** A struct pollfd. */
const polled = new Int32Array(2);

/** Waits at most so many milliseconds until a connection is there: 0, -EAGAIN when it is not yet, or -errno: it will not be. */
export function awaitConnection(socket: number, milliseconds: number): number {
  polled[0] = socket;
  polled[1] = POLLOUT;
  const ready = checked(cPoll(polled, 1, milliseconds));
  // A signal has interrupted the wait, or it is over.
  if (ready <= 0) return -EAGAIN;
  length[0] = 4;
  const result = checked(cGetsockopt(socket, SOL_SOCKET, SO_ERROR, value, length));
  return result < 0 ? result : 0 - (value[0] as number);
}
