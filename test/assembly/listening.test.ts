/** Listening sockets from the options: real ones. */
import { readdirSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listenAt } from '../../src/assembly/listening.js';
import { OptionError } from '../../src/config/option-error.js';
import { completeOptions, type ServerOptions } from '../../src/config/options.js';
import { EAGAIN } from '../../src/linux/errno.js';
import {
  accept4,
  close,
  type Listener,
  type ListenOptions,
  SOCK_CLOEXEC,
  setReceiveTimeout,
  waitingConnections,
} from '../../src/linux/sockets.js';
import { eventually } from '../models/scripts.js';

let open: Listener[] = [];
let servers: Server[] = [];

afterEach(async () => {
  for (const { descriptor } of open) close(descriptor);
  open = [];
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  servers = [];
});

async function listenTo(some: Partial<ServerOptions>, count = 1, how?: ListenOptions): Promise<Listener[]> {
  const listeners = await listenAt(completeOptions({ port: 0, ...some }), count, how);
  open.push(...listeners);
  return listeners;
}

/** A port that somebody else has. */
async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as { port: number }).port;
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('one listener', () => {
  it('takes a free port, and what connects waits there', async () => {
    const [listener] = (await listenTo({})) as [Listener];
    expect(listener.port).toBeGreaterThan(0);
    const client = connect(listener.port, '127.0.0.1');
    await eventually(() => waitingConnections(listener.descriptor) === 1);
    client.destroy();
  });

  it('does not block unless it is told to', async () => {
    const [listener] = (await listenTo({})) as [Listener];
    expect(accept4(listener.descriptor, SOCK_CLOEXEC)).toBe(-EAGAIN);
    const [blocking] = (await listenTo({}, 1, { blocking: true })) as [Listener];
    setReceiveTimeout(blocking.descriptor, 60);
    const began = performance.now();
    expect(accept4(blocking.descriptor, SOCK_CLOEXEC)).toBe(-EAGAIN);
    expect(performance.now() - began).toBeGreaterThanOrEqual(59);
  });

  it('takes names and IPv6 addresses', async () => {
    for (const host of ['localhost', '::1']) {
      const [listener] = (await listenTo({ host })) as [Listener];
      expect(listener.port).toBeGreaterThan(0);
    }
  });
});

describe('several listeners', () => {
  it('have one port, also when any will do', async () => {
    const listeners = await listenTo({}, 3, { sharePort: true });
    expect(new Set(listeners.map(({ descriptor }) => descriptor)).size).toBe(3);
    expect(new Set(listeners.map(({ port }) => port)).size).toBe(1);
    const clients = Array.from({ length: 60 }, () => connect(listeners[0]?.port as number, '127.0.0.1'));
    const waiting = (): number[] => listeners.map(({ descriptor }) => waitingConnections(descriptor));
    await eventually(() => waiting().reduce((sum, count) => sum + count) === 60);
    expect(waiting().every((count) => count > 0)).toBe(true);
    for (const client of clients) client.destroy();
  });

  it('take the port that was asked for', async () => {
    const [first] = (await listenTo({})) as [Listener];
    close((open.pop() as Listener).descriptor);
    const listeners = await listenTo({ port: first.port }, 2, { sharePort: true });
    expect(listeners.map(({ port }) => port)).toEqual([first.port, first.port]);
  });
});

describe('a refusal', () => {
  it.each([
    ['alone', undefined],
    ['shared', { sharePort: true }],
  ] as const)('of a port that somebody has, %s, is a sentence and leaves nothing open', async (_how, how) => {
    const port = await takenPort();
    const before = descriptors();
    await expect(listenTo({ port }, 2, how)).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is already in use; choose another with --port.`,
    );
    expect(descriptors()).toBe(before);
  });

  it('comes also when those who have the port would share it', async () => {
    const [first] = (await listenTo({}, 2, { sharePort: true })) as [Listener, Listener];
    await expect(listenTo({ port: first.port }, 2, { sharePort: true })).rejects.toThrow('already in use');
  });

  it('of an address or a name is a sentence', async () => {
    await expect(listenTo({ host: '192.0.2.1' })).rejects.toThrow(
      '192.0.2.1 is no address of this machine; choose another with --host.',
    );
    await expect(listenTo({ host: 'nowhere.invalid' })).rejects.toThrow(OptionError);
  });
});
