/**
 * The other side of the sockets that a dispatcher is tested with, in the same thread: raw non-blocking calls, so that no
 * loop but the dispatcher's must run. And the few kernel objects that only tests need.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { EAGAIN } from '../../src/linux/errno.js';
import { checked, native } from '../../src/linux/library.js';
import { accept4, close, listen, SHUT_WR, SOCK_CLOEXEC, SOCK_NONBLOCK, shutdown } from '../../src/linux/sockets.js';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_LINGER = 13;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const F_DUPFD_CLOEXEC = 1030;

const socket = native<[number, number, number]>('int socket(int domain, int type, int protocol)');
const connect = native<[number, Uint8Array, number]>('int connect(int fd, const void *address, uint32_t length)');
const sendBytes = native<[number, Uint8Array, number, number]>(
  'int64_t send(int fd, const void *bytes, size_t length, int flags)',
);
const receiveBytes = native<[number, Uint8Array, number, number]>(
  'int64_t recv(int fd, void *bytes, size_t length, int flags)',
);
const writeBytes = native<[number, Uint8Array, number]>('int64_t write(int fd, const void *bytes, size_t length)');
const readBytes = native<[number, Uint8Array, number]>('int64_t read(int fd, void *bytes, size_t length)');
const setOption = native<[number, number, number, Int32Array, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
);
const getOption = native<[number, number, number, Int32Array, Uint32Array]>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
);
const eventfd = native<[number, number]>('int eventfd(unsigned int initial, int flags)');
const fcntl = native<[number, number, number]>('int fcntl(int fd, int command, int argument)');

const ONE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
const chunk = new Uint8Array(65_536);

/** A client. What it sends and receives is done at once or not at all. */
export class Peer {
  readonly descriptor: number;
  /** Everything received so far. */
  readonly pieces: Buffer[] = [];
  length = 0;
  /** The other side has ended the stream. */
  ended = false;
  /** -errno of a receive that failed for good; 0 for none. */
  error = 0;

  #closed = false;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Bytes that the kernel took: fewer than given when its buffers are full. */
  write(bytes: string | Uint8Array): number {
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const sent = checked(sendBytes(this.descriptor, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL));
    return sent === -EAGAIN ? 0 : sent;
  }

  /** Sends until the kernel takes no more; gives the number of bytes. */
  flood(): number {
    const bytes = new Uint8Array(65_536).fill(0x66);
    let total = 0;
    for (let sent = this.write(bytes); sent > 0; sent = this.write(bytes)) total += sent;
    return total;
  }

  /** Receives what there is, up to `most` bytes. */
  read(most = Number.POSITIVE_INFINITY): this {
    while (most > 0 && !this.ended && this.error === 0) {
      const result = checked(receiveBytes(this.descriptor, chunk, Math.min(most, chunk.length), MSG_DONTWAIT));
      if (result === -EAGAIN) break;
      if (result === 0) this.ended = true;
      else if (result < 0) this.error = result;
      else {
        this.pieces.push(Buffer.from(chunk.subarray(0, result)));
        this.length += result;
        most -= result;
      }
    }
    return this;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** Sends no more; still receives. */
  end(): void {
    shutdown(this.descriptor, SHUT_WR);
  }

  /** May be called again: the number may be another's by then. */
  close(): void {
    if (!this.#closed) close(this.descriptor);
    this.#closed = true;
  }

  /** Closes with a reset in place of an orderly end. */
  reset(): void {
    setOption(this.descriptor, SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0), 8);
    this.close();
  }
}

/** A connection from 127.0.0.1 to a listener there. It stands when this returns, accepted or not. */
export function connectTo(port: number): Peer {
  const descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const address = Uint8Array.of(AF_INET, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const result = checked(connect(descriptor, address, address.length));
  if (result < 0) throw new Error(`connect failed with error ${-result}`);
  return new Peer(descriptor);
}

/** Two ends of TCP connections over loopback: ours as a server has it, and the client's. */
export class Pairs {
  readonly #listener = listen('127.0.0.1', 0, 4096);

  connect(): { ours: number; peer: Peer } {
    const peer = connectTo(this.#listener.port);
    const ours = accept4(this.#listener.descriptor, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (ours < 0) throw new Error(`accept4 failed with error ${-ours}`);
    return { ours, peer };
  }

  close(): void {
    close(this.#listener.descriptor);
  }
}

/** Makes the kernel's buffers of a socket small, so that it is soon full. */
export function shrinkBuffers(descriptor: number): void {
  setOption(descriptor, SOL_SOCKET, SO_SNDBUF, Int32Array.of(8192), 4);
  setOption(descriptor, SOL_SOCKET, SO_RCVBUF, Int32Array.of(8192), 4);
}

/** The value of a socket option that is a number. */
export function optionOf(descriptor: number, level: number, name: number): number {
  const value = new Int32Array(1);
  const result = checked(getOption(descriptor, level, name, value, Uint32Array.of(4)));
  return result < 0 ? result : (value[0] as number);
}

/** An eventfd(2): readable while its count is not 0. */
export class Bell {
  readonly descriptor = checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));

  ring(): void {
    writeBytes(this.descriptor, ONE, 8);
  }

  /** Takes the count away. */
  silence(): void {
    readBytes(this.descriptor, new Uint8Array(8), 8);
  }

  close(): void {
    close(this.descriptor);
  }
}

/** Another number for an open file or socket: the lowest free one from `least` on. The old one stays open. */
export function duplicate(descriptor: number, least = 0): number {
  return checked(fcntl(descriptor, F_DUPFD_CLOEXEC, least));
}

/** fcntl(2) with a command that takes no argument. */
export function flagsOf(descriptor: number, command: number): number {
  return checked(fcntl(descriptor, command, 0));
}

/** The numbers of this process's open sockets. */
export function openSockets(): number[] {
  return readdirSync('/proc/self/fd')
    .filter((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:');
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Bytes in which every position can be told from its neighbours. */
export function numbered(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 7 + (index >> 8) * 13 + (index >> 16)) & 0xff;
  return bytes;
}
