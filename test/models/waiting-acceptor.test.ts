/** How a worker waits for connections: real listeners, with waits that end before anybody would notice. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EAGAIN, EINVAL } from '../../src/linux/errno.js';
import { addressOf } from '../../src/linux/inherited-sockets.js';
import { close, listen, recv, SHUT_RD, setReceiveTimeout, shutdown } from '../../src/linux/sockets.js';
import { bindUnix, startListening } from '../../src/linux/unix-sockets.js';
import { Arena } from '../../src/memory/arena.js';
import { WaitingAcceptor } from '../../src/models/waiting-acceptor.js';
import { connectTo, flagsOf, type Peer } from '../dispatcher/peers.js';
import { eventually } from './scripts.js';

const F_GETFD = 1;
const F_GETFL = 3;
const O_NONBLOCK = 0o4000;
const TIMEOUTS = { receive: 40, send: 50 };

let folder: string;
let arena: Arena;
let listeners: number[] = [];
let ports: number[] = [];
let path: string;
let acceptors: WaitingAcceptor[] = [];
let accepted: number[] = [];
let peers: Peer[] = [];
let clients: Socket[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-acceptor-'));
});
beforeEach(() => {
  arena = new Arena(65_536);
  path = join(folder, `${Math.floor(performance.now() * 1000)}.sock`);
});
afterEach(() => {
  for (const acceptor of acceptors) acceptor.close();
  for (const descriptor of [...listeners, ...accepted]) close(descriptor);
  for (const peer of peers) peer.close();
  for (const client of clients) client.destroy();
  [acceptors, listeners, ports, accepted, peers, clients] = [[], [], [], [], [], []];
  arena.destroy();
});
afterAll(() => rmSync(folder, { recursive: true }));

function listenAt(count: number): void {
  for (let number = 0; number < count; number++) {
    const { descriptor, port } = listen('127.0.0.1', 0, 64, { blocking: count === 1 });
    listeners.push(descriptor);
    ports.push(port);
  }
}

function listenAtPath(): void {
  const descriptor = bindUnix(path);
  startListening(descriptor, 64);
  listeners.push(descriptor);
}

function acceptor(): WaitingAcceptor {
  const made = new WaitingAcceptor(listeners, arena, TIMEOUTS);
  acceptors.push(made);
  return made;
}

function peer(port: number): Peer {
  const made = connectTo(port);
  peers.push(made);
  return made;
}

function accept(from: WaitingAcceptor): number {
  const socket = from.accept();
  if (socket >= 0) accepted.push(socket);
  return socket;
}

describe('one listener', () => {
  it('is waited for by accept itself, and needs no descriptor more', () => {
    listenAt(1);
    setReceiveTimeout(listeners[0] as number, 30);
    const before = readdirSync('/proc/self/fd').length;
    const one = acceptor();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
    expect(accept(one)).toBe(-EAGAIN);
    peer(ports[0] as number);
    expect(accept(one)).toBeGreaterThan(0);
  });
});

describe('several listeners', () => {
  it('are served in turn, and what they give waits and is closed on exec', () => {
    listenAt(3);
    const one = acceptor();
    for (const port of ports) for (let count = 0; count < 4; count++) peer(port);
    const order = Array.from({ length: 12 }, () => {
      const socket = accept(one);
      expect(flagsOf(socket, F_GETFL) & O_NONBLOCK).toBe(0);
      expect(flagsOf(socket, F_GETFD) & 1).toBe(1);
      return socket;
    });
    expect(new Set(order).size).toBe(12);
    // Each listener has had its turn among the first three.
    const served = order.slice(0, 3).map((socket) => localPort(socket));
    expect(new Set(served)).toEqual(new Set(ports));
  });

  it('give nothing for a while, and a listener that was shut down says so', () => {
    listenAt(2);
    const one = acceptor();
    const began = performance.now();
    expect(accept(one)).toBe(-EAGAIN);
    expect(performance.now() - began).toBeGreaterThan(900);
    shutdown(listeners[0] as number, SHUT_RD);
    expect(accept(one)).toBe(-EINVAL);
  });

  it('of all kinds have the time-outs of the options', async () => {
    listenAt(1);
    listenAtPath();
    for (const listener of listeners) setReceiveTimeout(listener, TIMEOUTS.receive);
    const one = acceptor();
    peer(ports[0] as number);
    clients.push(connect(path));
    await eventually(() => accept(one) > 0);
    await eventually(() => accept(one) > 0);
    expect(accepted).toHaveLength(2);
    for (const socket of accepted) {
      const began = performance.now();
      expect(recv(socket, arena.base, 1, 0)).toBe(-EAGAIN);
      expect(performance.now() - began).toBeLessThan(1000);
    }
  });
});

describe('one unix socket', () => {
  it('gives its connections the time-outs that they do not inherit', async () => {
    const descriptor = bindUnix(path);
    startListening(descriptor, 8);
    listeners.push(descriptor);
    const one = acceptor();
    clients.push(connect(path));
    await eventually(() => accept(one) > 0);
    const began = performance.now();
    expect(recv(accepted[0] as number, arena.base, 1, 0)).toBe(-EAGAIN);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

/** The port that a socket was accepted at. */
function localPort(socket: number): number {
  const address = addressOf(socket);
  return typeof address === 'number' || !('port' in address) ? -1 : address.port;
}
