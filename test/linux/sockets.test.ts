/** Sockets as the kernel gives them: what a listener passes on, results as numbers, and every form of address. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EAGAIN, EBADF, EPIPE, SystemError } from '../../src/linux/errno.js';
import {
  accept4,
  close,
  droppedConnections,
  limitUnsent,
  listen,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  recv,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  send,
  sendfile,
  shutdown,
  UNSENT_BYTES,
  waitingConnections,
} from '../../src/linux/sockets.js';
import { Arena } from '../../src/memory/arena.js';
import { connectTo, flagsOf, openSockets, optionOf, type Peer } from '../dispatcher/peers.js';
import { eventually } from '../models/scripts.js';

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_NOTSENT_LOWAT = 25;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const F_GETFD = 1;
const F_GETFL = 3;

describe('a listener', () => {
  const opened: number[] = [];
  const open = (host: string, port = 0): { descriptor: number; port: number } => {
    const listener = listen(host, port, 16);
    opened.push(listener.descriptor);
    return listener;
  };
  afterEach(() => {
    for (const descriptor of opened.splice(0)) close(descriptor);
  });

  it('does not block, closes on exec, and says which port it took', () => {
    const { descriptor, port } = open('127.0.0.1');
    expect(port).toBeGreaterThan(1023);
    expect(flagsOf(descriptor, F_GETFD) & 1).toBe(1);
    expect(flagsOf(descriptor, F_GETFL) & 0o4000).toBe(0o4000);
    expect(optionOf(descriptor, SOL_SOCKET, SO_REUSEADDR)).toBe(1);
    expect(accept4(descriptor, 0)).toBe(-EAGAIN);
  });

  it('passes on how much may lie unsent, which can be less for one connection', () => {
    const { descriptor, port } = open('127.0.0.1');
    const peer = connectTo(port);
    const accepted = accept4(descriptor, SOCK_NONBLOCK | SOCK_CLOEXEC);
    expect(optionOf(accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT)).toBe(UNSENT_BYTES);
    expect(limitUnsent(accepted, 16_384)).toBe(0);
    expect(optionOf(accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT)).toBe(16_384);
    expect(limitUnsent(0, 16_384)).toBeLessThan(0);
    peer.close();
    close(accepted);
  });

  it('passes TCP_NODELAY on to what it accepts', () => {
    const { descriptor, port } = open('127.0.0.1');
    const peer = connectTo(port);
    const accepted = accept4(descriptor, SOCK_NONBLOCK | SOCK_CLOEXEC);
    expect(optionOf(peer.descriptor, IPPROTO_TCP, TCP_NODELAY)).toBe(0);
    expect(optionOf(accepted, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
    peer.close();
    close(accepted);
  });

  it('refuses a port that is taken, and gives its descriptor back', () => {
    const { port } = open('127.0.0.1');
    const before = openSockets().length;
    let error: unknown;
    try {
      listen('127.0.0.1', port, 16);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SystemError);
    expect(error).toMatchObject({ code: 'EADDRINUSE', systemCall: 'bind' });
    expect(openSockets().length).toBe(before);
  });

  it('refuses an address that is not this computer’s', () => {
    expect(() => listen('192.0.2.1', 0, 16)).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }));
    expect(() => listen('fe80::1%eth9', 0, 16)).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }));
  });

  it.each(['127.0.0.1', '127.200.3.4', '::1', '0:0:0:0:0:0:0:1', '::0001', '::', '0.0.0.0', '::ffff:127.0.0.1'])(
    'listens at %s',
    async (host) => {
      // An IPv4 address inside an IPv6 one is refused by a socket that is for IPv6 only.
      if (host.startsWith('::ffff:')) {
        expect(() => listen(host, 0, 16)).toThrow(SystemError);
        return;
      }
      const { descriptor, port } = open(host);
      const client = connect(port, host === '::' ? '::1' : host === '0.0.0.0' ? '127.0.0.1' : host);
      await new Promise<void>((resolve, reject) => client.once('connect', resolve).once('error', reject));
      const accepted = accept4(descriptor, SOCK_NONBLOCK);
      expect(accepted).toBeGreaterThan(0);
      close(accepted);
      client.destroy();
    },
  );

  it('has IPv4 and IPv6 at the same port', () => {
    const { port } = open('::');
    expect(open('0.0.0.0', port).port).toBe(port);
  });
});

describe('the backlog of a listener', () => {
  it('drops who comes when it is full, and says how many', async () => {
    const { descriptor, port } = listen('127.0.0.1', 0, 1);
    const overflows = (): number => {
      const [names, values] = readFileSync('/proc/net/netstat', 'latin1')
        .split('\n')
        .filter((line) => line.startsWith('TcpExt:'))
        .map((line) => line.split(' ')) as [string[], string[]];
      return Number(values[names.indexOf('ListenOverflows')]);
    };
    expect(droppedConnections(descriptor)).toBe(0);
    const before = overflows();
    const clients = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await eventually(() => droppedConnections(descriptor) > 0);
    // That number is of the whole machine: others may have dropped some too.
    expect(overflows()).toBeGreaterThan(before);
    expect(waitingConnections(descriptor)).toBe(2);
    for (const client of clients) client.destroy();
    close(descriptor);
    expect(droppedConnections(-1)).toBeLessThan(0);
  });
});

describe('a connection', () => {
  let arena: Arena;
  let peer: Peer;
  let socket = -1;

  beforeEach(() => {
    arena = new Arena(65_536);
    const { descriptor, port } = listen('127.0.0.1', 0, 16);
    peer = connectTo(port);
    socket = accept4(descriptor, SOCK_NONBLOCK | SOCK_CLOEXEC);
    close(descriptor);
  });
  afterEach(() => {
    peer.close();
    close(socket);
    arena.destroy();
  });

  it('receives at an address, and says when there is nothing', () => {
    expect(recv(socket, arena.base, 100, 0)).toBe(-EAGAIN);
    peer.write('hello');
    expect(recv(socket, arena.base + 10, 3, 0)).toBe(3);
    expect(recv(socket, arena.base + 13, 100, MSG_DONTWAIT)).toBe(2);
    expect(Buffer.from(arena.bytes.subarray(10, 15)).toString()).toBe('hello');
    peer.end();
    expect(recv(socket, arena.base, 100, 0)).toBe(0);
  });

  it('sends from an address', () => {
    arena.bytes.set(Buffer.from('good day'), 4_000);
    expect(send(socket, arena.base + 4_005, 3, MSG_NOSIGNAL)).toBe(3);
    expect(peer.read().text).toBe('day');
    expect(shutdown(socket, SHUT_WR)).toBe(0);
    expect(peer.read().ended).toBe(true);
    expect(send(socket, arena.base, 1, MSG_NOSIGNAL)).toBe(-EPIPE);
  });

  it('sends a file from a position, and moves the position on', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sockets-'));
    writeFileSync(join(directory, 'file'), '0123456789');
    const file = openSync(join(directory, 'file'), 'r');
    arena.words[2] = 4;
    arena.words[3] = 0;
    expect(sendfile(socket, file, arena.base + 8, 3)).toBe(3);
    expect(arena.words[2]).toBe(7);
    expect(sendfile(socket, file, arena.base + 8, 100)).toBe(3);
    expect(sendfile(socket, file, arena.base + 8, 100)).toBe(0);
    expect(peer.read().text).toBe('456789');
    closeSync(file);
    expect(sendfile(socket, file, arena.base + 8, 1)).toBe(-EBADF);
    rmSync(directory, { recursive: true });
  });

  it('gives error numbers, not exceptions', () => {
    expect(recv(9_999_999, arena.base, 1, 0)).toBe(-EBADF);
    expect(send(9_999_999, arena.base, 1, 0)).toBe(-EBADF);
    expect(accept4(9_999_999, 0)).toBe(-EBADF);
    expect(shutdown(9_999_999, SHUT_WR)).toBe(-EBADF);
    expect(close(9_999_999)).toBe(-EBADF);
  });
});
