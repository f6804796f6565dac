/** Sockets with a path, and those that were handed over: real ones. */
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EADDRINUSE, EAGAIN, EBADF, ECONNREFUSED, ENOENT } from '../../src/linux/errno.js';
import { addressOf, closeOnExec, isListeningStream } from '../../src/linux/inherited-sockets.js';
import {
  accept4,
  close,
  isUnix,
  listen,
  queuedBytes,
  setBlocking,
  waitingConnections,
} from '../../src/linux/sockets.js';
import { bindUnix, datagramSocket, probeUnix, sendDatagram, startListening } from '../../src/linux/unix-sockets.js';
import { connectTo, flagsOf } from '../dispatcher/peers.js';
import { eventually } from '../models/scripts.js';
import { Datagrams } from './datagrams.js';

const F_GETFD = 1;
const F_GETFL = 3;
const O_NONBLOCK = 0o4000;

let folder: string;
let open: number[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-unix-'));
});
afterEach(() => {
  for (const descriptor of open) close(descriptor);
  open = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

function bound(path: string): number {
  const descriptor = bindUnix(path);
  expect(descriptor).toBeGreaterThan(0);
  open.push(descriptor);
  return descriptor;
}

describe('a socket with a path', () => {
  it('has a file when it is bound, and can be connected to when it listens', async () => {
    const path = join(folder, 'one.sock');
    const descriptor = bound(path);
    expect(existsSync(path)).toBe(true);
    expect(flagsOf(descriptor, F_GETFD) & 1).toBe(1);
    expect(probeUnix(path)).toBe(-ECONNREFUSED);
    expect(isListeningStream(descriptor)).toBe(false);
    expect(startListening(descriptor, 8)).toBe(0);
    expect(isListeningStream(descriptor)).toBe(true);
    expect(isUnix(descriptor)).toBe(true);
    expect(addressOf(descriptor)).toEqual({ path });
    expect(accept4(descriptor, 0)).toBe(-EAGAIN);
    expect(waitingConnections(descriptor)).toBe(0);
    const client = connect(path);
    await eventually(() => waitingConnections(descriptor) === 1);
    client.destroy();
    expect(bindUnix(path)).toBe(-EADDRINUSE);
  });

  it('is told from one that is busy, and from one that is not there', () => {
    const path = join(folder, 'busy.sock');
    startListening(bound(path), 0);
    // The kernel keeps one more than the backlog.
    expect(probeUnix(path)).toBe(0);
    expect(probeUnix(path)).toBe(-EAGAIN);
    expect(probeUnix(join(folder, 'absent.sock'))).toBe(-ENOENT);
  });

  it('blocks when it is told to', () => {
    const descriptor = bound(join(folder, 'blocking.sock'));
    expect(flagsOf(descriptor, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK);
    expect(setBlocking(descriptor, true)).toBe(0);
    expect(flagsOf(descriptor, F_GETFL) & O_NONBLOCK).toBe(0);
    setBlocking(descriptor, false);
    expect(flagsOf(descriptor, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK);
  });
});

describe('a descriptor', () => {
  it('is a listening stream socket or not, whatever it is', () => {
    const { descriptor, port } = listen('127.0.0.1', 0, 8);
    open.push(descriptor);
    const peer = connectTo(port);
    const file = openSync('/dev/null', 'r');
    const datagram = datagramSocket(10);
    open.push(file, datagram);
    expect([descriptor, peer.descriptor, file, datagram, 9_999_999].map(isListeningStream)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(addressOf(descriptor)).toEqual({ host: '127.0.0.1', port });
    expect(addressOf(9_999_999)).toBe(-EBADF);
    expect(closeOnExec(file)).toBe(0);
    expect(isUnix(descriptor)).toBe(false);
    peer.close();
  });

  it('tells what its peer has yet to take', async () => {
    const { descriptor, port } = listen('127.0.0.1', 0, 8);
    open.push(descriptor);
    const peer = connectTo(port);
    const ours = accept4(descriptor, 0);
    open.push(ours);
    expect(queuedBytes(ours)).toBe(0);
    const flooded = peer.flood();
    // What the other kernel buffer has taken is taken.
    await eventually(() => queuedBytes(peer.descriptor) > 0 && queuedBytes(peer.descriptor) < flooded);
    expect(queuedBytes(9_999_999)).toBe(0);
    peer.close();
  });
});

describe('a datagram', () => {
  it.each(['a path', 'an abstract name'])('goes to whoever has %s', (kind) => {
    const path = kind === 'a path' ? join(folder, 'supervisor') : `@amped-test-${process.pid}`;
    const datagrams = new Datagrams(path);
    const descriptor = datagramSocket(1000);
    open.push(descriptor);
    expect(sendDatagram(descriptor, path, Buffer.from('READY=1'))).toBe(7);
    expect(datagrams.read()).toEqual(['READY=1']);
    datagrams.close();
    expect(sendDatagram(descriptor, path, Buffer.from('READY=1'))).toBe(-ECONNREFUSED);
  });
});
