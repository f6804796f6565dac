/** The other end of a connection: under way at once, told when it is there or will not be, from the address that was asked for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allowedProcessors, pinProcess } from '../../src/linux/affinity.js';
import { awaitConnection, startConnecting } from '../../src/linux/connecting.js';
import { EADDRNOTAVAIL, EAFNOSUPPORT, ECONNREFUSED, EINVAL, ENOENT } from '../../src/linux/errno.js';
import { addressOfPeer } from '../../src/linux/peer-address.js';
import { internetAddress, unixAddress } from '../../src/linux/socket-address.js';
import { accept4, close, listen } from '../../src/linux/sockets.js';
import { bindUnix, startListening } from '../../src/linux/unix-sockets.js';
import { flagsOf, openSockets, optionOf } from '../dispatcher/peers.js';

const F_GETFD = 1;
const F_GETFL = 3;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

it('is there: non-blocking, closed on exec, without delay', () => {
  const { descriptor, port } = listen('127.0.0.1', 0, 16);
  const socket = startConnecting(internetAddress('127.0.0.1', port), { receiveBytes: 8192 });
  expect(awaitConnection(socket, 1000)).toBe(0);
  expect(flagsOf(socket, F_GETFD) & 1).toBe(1);
  expect(flagsOf(socket, F_GETFL) & 0o4000).toBe(0o4000);
  expect(optionOf(socket, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
  // The kernel doubles it, for what it needs itself.
  expect(optionOf(socket, SOL_SOCKET, SO_RCVBUF)).toBe(16_384);
  close(socket);
  close(descriptor);
});

it('comes from the address that was asked for', () => {
  const { descriptor, port } = listen('127.0.0.1', 0, 16);
  const socket = startConnecting(internetAddress('127.0.0.1', port), { from: internetAddress('127.3.2.1', 0) });
  expect(awaitConnection(socket, 1000)).toBe(0);
  const accepted = accept4(descriptor, 0);
  expect(addressOfPeer(accepted)?.address).toBe('127.3.2.1');
  for (const one of [accepted, socket, descriptor]) close(one);
});

it('will not be there, and gives its descriptor back', () => {
  const { descriptor, port } = listen('127.0.0.1', 0, 16);
  close(descriptor);
  const before = openSockets().length;
  const socket = startConnecting(internetAddress('127.0.0.1', port));
  // On the loopback it may be told at once.
  expect(socket < 0 ? socket : awaitConnection(socket, 1000)).toBe(-ECONNREFUSED);
  if (socket >= 0) close(socket);
  const elsewhere = { from: internetAddress('192.0.2.1', 0) };
  expect(startConnecting(internetAddress('127.0.0.1', port), elsewhere)).toBe(-EADDRNOTAVAIL);
  const six = { from: internetAddress('::1', 0) };
  expect([-EAFNOSUPPORT, -EINVAL]).toContain(startConnecting(internetAddress('127.0.0.1', port), six));
  expect(openSockets().length).toBe(before);
});

it('reaches a unix socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'amped-connecting-'));
  const path = join(directory, 'socket');
  expect(startConnecting(unixAddress(path))).toBe(-ENOENT);
  const listener = bindUnix(path);
  startListening(listener, 5);
  const socket = startConnecting(unixAddress(path));
  expect(awaitConnection(socket, 1000)).toBe(0);
  close(socket);
  close(listener);
  rmSync(directory, { recursive: true });
});

it('a process may be kept on one of its processors, and on no other', () => {
  const allowed = allowedProcessors();
  expect(allowed.length).toBeGreaterThan(0);
  expect(pinProcess(1023)).toBe(-EINVAL);
  expect(pinProcess(5000)).toBe(-EINVAL);
  expect(allowedProcessors()).toEqual(allowed);
  // In this thread it would hold for all tests of this file, and it is the last of them.
  expect(pinProcess(allowed.at(-1) as number)).toBe(0);
  expect(allowedProcessors()).toEqual([allowed.at(-1)]);
});
