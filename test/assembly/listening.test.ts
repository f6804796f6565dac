/** Where a server listens, from the options: real sockets. */
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listenAt, listenOn } from '../../src/assembly/listening.js';
import { OptionError } from '../../src/config/option-error.js';
import { completeOptions, type ServerOptions } from '../../src/config/options.js';
import { EAGAIN } from '../../src/linux/errno.js';
import {
  accept4,
  close,
  isUnix,
  SOCK_CLOEXEC,
  setReceiveTimeout,
  waitingConnections,
} from '../../src/linux/sockets.js';
import { bindUnix, probeUnix, startListening } from '../../src/linux/unix-sockets.js';
import { duplicate, flagsOf } from '../dispatcher/peers.js';
import { eventually } from '../models/scripts.js';

const F_GETFL = 3;
const O_NONBLOCK = 0o4000;

let folder: string;
let open: Listening[] = [];
let servers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-listening-'));
});

afterEach(async () => {
  for (const listening of open) listening.close();
  open = [];
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  servers = [];
});

afterAll(() => rmSync(folder, { recursive: true }));

async function listenTo(some: Partial<ServerOptions>, count = 1): Promise<Listening> {
  const listening = await listenAt(completeOptions({ port: 0, ...some }), count);
  open.push(listening);
  return listening;
}

function portsOf({ urls }: Listening): number[] {
  return urls.map((url) => Number(new URL(url).port));
}

/** A port that somebody else has. */
async function takenPort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, host, done));
  return (server.address() as { port: number }).port;
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

async function connected(port: number, host: string): Promise<boolean> {
  const client = connect(port, host);
  return new Promise((resolve) => {
    client.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((done) => {
    client.destroy();
    return done as boolean;
  });
}

describe('one address', () => {
  it('takes a free port, and what connects waits there', async () => {
    const listening = await listenTo({});
    expect(listening.urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/$/)]);
    const client = connect(portsOf(listening)[0] as number, '127.0.0.1');
    await eventually(() => listening.waiting === 1);
    client.destroy();
  });

  it('does not block, unless workers have nothing else to wait for', async () => {
    const [descriptor] = (await listenTo({})).descriptors as [number];
    expect(accept4(descriptor, SOCK_CLOEXEC)).toBe(-EAGAIN);
    const [blocking] = (await listenTo({ model: 'thread' })).descriptors as [number];
    setReceiveTimeout(blocking, 60);
    const began = performance.now();
    expect(accept4(blocking, SOCK_CLOEXEC)).toBe(-EAGAIN);
    expect(performance.now() - began).toBeGreaterThanOrEqual(59);
  });

  it.each(['127.0.0.1', '::1'])('takes %s', async (host) => {
    const [port] = portsOf(await listenTo({ host }));
    expect(await connected(port as number, host)).toBe(true);
  });

  it('takes a name with all its addresses, on one port', async () => {
    const listening = await listenTo({ host: 'localhost' });
    expect(listening.urls).toHaveLength(1);
    const [port] = portsOf(listening) as [number];
    expect(await connected(port, '127.0.0.1')).toBe(true);
    expect(await connected(port, '::1')).toBe(listening.descriptors.length > 1);
  });

  it('takes an address of one interface only', async () => {
    const local = Object.entries(networkInterfaces())
      .flatMap(([name, addresses]) => (addresses ?? []).map(({ address }) => ({ name, address })))
      .find(({ address }) => address.startsWith('fe80:'));
    if (local === undefined) return;
    const { urls } = await listenTo({ listen: [`[${local.address}%${local.name}]:0`] });
    expect(urls[0]).toContain(`[${local.address}%25${local.name}]:`);
  });
});

describe('several addresses', () => {
  it('are listened at in the order of the options, and none of them makes a worker wait', async () => {
    const path = join(folder, 'several.sock');
    const listen = ['127.0.0.1:0', '0', `unix:${path}`, '[::1]:0'];
    const listening = await listenTo({ model: 'thread', listen, host: '127.0.0.2' });
    expect(listening.urls).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      expect.stringMatching(/^http:\/\/127\.0\.0\.2:\d+\/$/),
      `unix:${path}`,
      expect.stringMatching(/^http:\/\/\[::1\]:\d+\/$/),
    ]);
    expect(listening.descriptors).toHaveLength(4);
    for (const descriptor of listening.descriptors) expect(flagsOf(descriptor, F_GETFL) & O_NONBLOCK).not.toBe(0);
    expect(listening.descriptors.map(isUnix)).toEqual([false, false, true, false]);
    const clients = [connect(path), connect(portsOf(listening)[0] as number, '127.0.0.1')];
    await eventually(() => listening.waiting === 2);
    for (const client of clients) client.destroy();
  });

  it('leave nothing open when one of them is taken', async () => {
    const port = await takenPort();
    const before = descriptors();
    const path = join(folder, 'given-back.sock');
    const listen = ['127.0.0.1:0', `unix:${path}`, `127.0.0.1:${port}`];
    await expect(listenTo({ listen })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is already in use; choose another with --listen.`,
    );
    expect(descriptors()).toBe(before);
    expect(existsSync(path)).toBe(false);
  });
});

describe('several loops', () => {
  it('have a socket each on one port, also when any will do, and one together on a path', async () => {
    const listening = await listenTo({ listen: ['127.0.0.1:0', `unix:${join(folder, 'loops.sock')}`] }, 3);
    expect(listening.descriptors).toHaveLength(4);
    const [first, second, third] = [0, 1, 2].map((place) => listening.listenersOf(place)) as [
      number[],
      number[],
      number[],
    ];
    expect(new Set([first[0], second[0], third[0]]).size).toBe(3);
    expect(new Set([first[1], second[1], third[1]]).size).toBe(1);
    const clients = Array.from({ length: 60 }, () => connect(portsOf(listening)[0] as number, '127.0.0.1'));
    await eventually(() => listening.waiting === 60);
    const counts = [first[0], second[0], third[0]].map((descriptor) => waitingConnections(descriptor as number));
    expect(counts.every((count) => count > 0)).toBe(true);
    for (const client of clients) client.destroy();
  });

  it('take the port that was asked for', async () => {
    const [port] = portsOf(await listenTo({}));
    open.pop()?.close();
    expect(portsOf(await listenTo({ port: port as number }, 2))).toEqual([port]);
  });
});

describe('a refusal', () => {
  it.each([1, 2])('of a port that somebody has is a sentence and leaves nothing open, with %i loops', async (count) => {
    const port = await takenPort();
    const before = descriptors();
    await expect(listenTo({ port }, count)).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is already in use; choose another with --port.`,
    );
    expect(descriptors()).toBe(before);
  });

  it('comes also when those who have the port would share it', async () => {
    const [port] = portsOf(await listenTo({}, 2));
    await expect(listenTo({ port: port as number }, 2)).rejects.toThrow('already in use');
  });

  it('of an address or a name is a sentence', async () => {
    await expect(listenTo({ host: '192.0.2.1' })).rejects.toThrow(
      '192.0.2.1 is no address of this machine; choose another with --host.',
    );
    await expect(listenTo({ listen: ['192.0.2.1:0'] })).rejects.toThrow('choose another with --listen.');
    await expect(listenTo({ host: 'nowhere.invalid' })).rejects.toThrow(OptionError);
  });
});

describe('a path', () => {
  const path = (name: string): string => join(folder, `${name}.sock`);

  it.each([
    ['660', 0o660],
    ['0600', 0o600],
    ['666', 0o666],
  ])('has the mode %s before anybody can connect, and is gone at the end', async (mode, bits) => {
    const listening = await listenTo({ listen: [`unix:${path('mode')}?mode=${mode}`] });
    expect(statSync(path('mode')).mode & 0o777).toBe(bits);
    expect(probeUnix(path('mode'))).toBe(0);
    listening.refuse();
    expect(existsSync(path('mode'))).toBe(false);
    open.pop()?.close();
  });

  it('that was left behind is taken', async () => {
    const left = bindUnix(path('left'));
    startListening(left, 1);
    close(left);
    expect(lstatSync(path('left')).isSocket()).toBe(true);
    await listenTo({ listen: [`unix:${path('left')}`] });
    expect(probeUnix(path('left'))).toBe(0);
  });

  it('at which somebody listens is refused, and stays theirs', async () => {
    await listenTo({ listen: [`unix:${path('theirs')}`] });
    await expect(listenTo({ listen: [`unix:${path('theirs')}`] })).rejects.toThrow(
      `Somebody listens at unix:${path('theirs')} already; choose another with --listen.`,
    );
    expect(probeUnix(path('theirs'))).toBe(0);
  });

  it('that is an ordinary file is refused, and stays', async () => {
    writeFileSync(path('file'), 'precious');
    await expect(listenTo({ listen: [`unix:${path('file')}`] })).rejects.toThrow(
      `${path('file')} exists and is no socket`,
    );
    expect(statSync(path('file')).size).toBe(8);
  });

  it('in a directory that is not there, or is not ours, is a sentence', async () => {
    await expect(listenTo({ listen: ['unix:/nowhere/at/all.sock'] })).rejects.toThrow(
      'There is no directory /nowhere/at ',
    );
    if (process.getuid?.() === 0) return;
    const closed = mkdtempSync(join(folder, 'closed-'));
    chmodSync(closed, 0o500);
    await expect(listenTo({ listen: [`unix:${closed}/s.sock`] })).rejects.toThrow('This user may not make the socket');
  });

  it('that somebody else has put in its place is not removed', async () => {
    const listening = await listenTo({ listen: [`unix:${path('place')}`] });
    rmSync(path('place'));
    const other = bindUnix(path('place'));
    listening.close();
    open.pop();
    expect(existsSync(path('place'))).toBe(true);
    close(other);
  });
});

describe('sockets that were handed over', () => {
  it('are listened on as they are, and nobody shuts them down', async () => {
    const theirs = await listenTo({ listen: ['127.0.0.1:0', `unix:${join(folder, 'handed.sock')}`, '[::1]:0'] });
    const handed = theirs.descriptors.map((descriptor) => duplicate(descriptor));
    const listening = listenOn(handed, completeOptions({}));
    expect(listening.urls).toEqual(theirs.urls);
    expect(listening.listenersOf(1)).toEqual(handed);
    listening.refuse();
    listening.close();
    expect(await connected(portsOf(theirs)[0] as number, '127.0.0.1')).toBe(true);
    expect(existsSync(join(folder, 'handed.sock'))).toBe(true);
  });
});
