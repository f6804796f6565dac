/**
 * The library with every model that has workers, as it is built: serve() inside a process that does other things, which
 * must have everything back afterwards: processes, threads, descriptors.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NO_INJECTIONS } from '../src/config/injections.js';
import type { Server, ServerOptions } from '../src/server.js';
import { connectTo } from './dispatcher/peers.js';
import { DIST, eventually } from './models/scripts.js';

const MODELS: readonly { name: string; options: Partial<ServerOptions>; where: 'threads' | 'processes' }[] = [
  { name: 'process', options: { model: 'process', workers: 2 }, where: 'processes' },
  { name: 'process, shared cache', options: { model: 'process', workers: 2, sharedCache: true }, where: 'processes' },
  { name: 'thread', options: { model: 'thread', workers: 2 }, where: 'threads' },
  { name: 'event, 2 loops in threads', options: { loops: 2 }, where: 'threads' },
  { name: 'event, 2 loops in processes', options: { loops: 2, loopsIn: 'processes' }, where: 'processes' },
];

const LARGE_BYTES = 3_000_000;

let serve: typeof import('../src/server.js').serve;
let root: string;
let servers: Server[] = [];
let clients: Socket[] = [];

beforeAll(async () => {
  ({ serve } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
  root = mkdtempSync(join(tmpdir(), 'amped-models-'));
  writeFileSync(join(root, 'index.html'), '<p>hello</p>');
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(LARGE_BYTES, 7));
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await Promise.all(servers.map((server) => server.close()));
  clients = [];
  servers = [];
});

afterAll(() => rmSync(root, { recursive: true }));

async function start(options: Partial<ServerOptions>): Promise<Server> {
  const server = await serve({ root, port: 0, cacheBytes: 4_194_304, ...options });
  servers.push(server);
  return server;
}

/** One request on a connection of its own: settles when its answer has begun. */
function ask(server: Server, path = '', agent: Agent | false = false): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${server.url}${path}`, { agent }, resolve).on('error', reject);
  });
}

/** The body of an answer that has begun. */
async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function body(server: Server, path = '', agent: Agent | false = false): Promise<Buffer> {
  return bodyOf(await ask(server, path, agent));
}

/** A connection that has had an answer, and stays open; `more`: what its client has sent behind its request. */
async function idleClient(server: Server, more = ''): Promise<Socket> {
  const client = connect(Number(new URL(server.url).port), '127.0.0.1');
  clients.push(client);
  client.on('error', () => {});
  client.write(`GET / HTTP/1.1\r\nHost: h\r\n\r\n${more}`);
  await new Promise((resolve) => client.once('data', resolve));
  client.resume();
  return client;
}

interface Belongings {
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
}

function belongings(): Belongings {
  const children = readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean);
    } catch {
      return [];
    }
  });
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    children: children.length,
  };
}

/** Waits until no more is there than before: what has ended is cleared away a moment later. */
async function nothingLeft(before: Belongings): Promise<void> {
  const left = (): string[] => {
    const now = belongings();
    return (Object.keys(before) as (keyof Belongings)[]).filter((name) => now[name] > before[name]);
  };
  await eventually(() => left().length === 0).catch(() => {});
  expect(left(), JSON.stringify({ before, now: belongings() })).toEqual([]);
}

it.each(['poll', 'epoll'] as const)(
  'one loop with %s answers those who have connected and asked before it stops, though nobody has accepted them',
  async (dispatcher) => {
    const server = await start({ dispatcher });
    await body(server);
    const peers = Array.from({ length: 16 }, () => connectTo(Number(new URL(server.url).port)));
    for (const peer of peers) peer.write(Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
    // The loop is in this thread: it has had no turn since.
    await server.drain();
    for (const peer of peers) {
      expect(peer.read().text).toContain('<p>hello</p>');
      peer.close();
    }
  },
);

describe.each(MODELS)('$name', ({ options, where }) => {
  it('serves, says what it is, and drains: an answer under way is finished, and who waits is let go', async () => {
    const server = await start(options);
    expect(server.model).toBe(options.model ?? 'event');
    expect(server.workers).toBe(2);
    expect(server.dispatcher === undefined).toBe(options.model !== undefined);
    expect((await body(server)).toString()).toBe('<p>hello</p>');
    expect(belongings().children).toBe(where === 'processes' ? 2 : 0);
    const idle = await idleClient(server);
    const ended = new Promise((resolve) => idle.once('close', resolve));
    // Not earlier: a connection without a request yet is one that waits.
    const large = bodyOf(await ask(server, 'large.bin'));
    await server.drain();
    expect((await large).length).toBe(LARGE_BYTES);
    await ended;
    await expect(body(server)).rejects.toThrow('ECONNREFUSED');
  });

  it('counts what its clients count, all workers together', async () => {
    const server = await start(options);
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    const asked = Array.from({ length: 60 }, (_, number) => body(server, number % 10 === 0 ? 'large.bin' : '', agent));
    for (const bytes of await Promise.all(asked)) expect([12, LARGE_BYTES]).toContain(bytes.length);
    // In the blocking models these would wait for the others.
    agent.destroy();
    for (let number = 0; number < 5; number++) await body(server);
    // The last answer is there a moment before it is counted.
    await eventually(() => server.metrics().requests === 65);
    const { connections, workers, workersReplaced, lock } = server.metrics();
    expect({ connections, workers, workersReplaced }).toEqual({ connections: 7, workers: 2, workersReplaced: 0 });
    expect(lock === undefined).toBe(!(options.model === 'thread' || options.sharedCache === true));
    await eventually(() => server.metrics().busy === 0);
    await server.drain();
    expect(server.metrics()).toMatchObject({ connections: 7, requests: 65, workers: 0, busy: 0, waiting: 0 });
  });

  it('replaces every worker on reload, and loses no request meanwhile', async () => {
    const server = await start(options);
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    let asking = true;
    let answered = 0;
    const ask = async (): Promise<void> => {
      while (asking) {
        expect((await body(server, '', agent)).length).toBe(12);
        answered++;
      }
    };
    const asks = [ask(), ask()];
    await server.reload();
    const reached = answered + 20;
    await eventually(() => answered >= reached);
    asking = false;
    await Promise.all(asks);
    agent.destroy();
    await eventually(() => server.metrics().workers === 2 && server.metrics().requests === answered);
    expect(server.metrics().workersReplaced).toBe(0);
  });

  it('reloads as often as it is asked to, also while clients hold on to the workers of before', async () => {
    const server = await start({ ...options, drainTimeoutMilliseconds: 500 });
    for (let time = 0; time < 2; time++) {
      await idleClient(server);
      await server.reload();
    }
    expect((await body(server)).toString()).toBe('<p>hello</p>');
    await eventually(() => server.metrics().workers === 2);
  });

  it('closes at once, whoever is connected, and lets them know', async () => {
    const server = await start(options);
    const before = await Promise.all([idleClient(server), idleClient(server)]);
    const ended = before.map((client) => new Promise((resolve) => client.once('close', resolve)));
    const began = performance.now();
    await server.close();
    expect(performance.now() - began).toBeLessThan(3000);
    await Promise.all(ended);
  });

  it('closes at once while it drains', async () => {
    const server = await start({ ...options, drainTimeoutMilliseconds: 60_000, headerTimeoutMilliseconds: 60_000 });
    // Half a request is under way: it has come with the one before it.
    await idleClient(server, 'GET / HTTP/1.1\r\n');
    let drained = false;
    const drain = server.drain().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(drained).toBe(false);
    await server.close();
    await drain;
  });

  it('may be closed, drained, reloaded and asked for its counts when all is over', async () => {
    const server = await start(options);
    await body(server);
    // The answer is there a moment before it is counted.
    await eventually(() => server.metrics().requests === 1);
    await Promise.all([server.drain(), server.close(), server.drain()]);
    await server.close();
    await server.reload().catch(() => {});
    expect(server.metrics()).toMatchObject({ requests: 1, workers: 0 });
  });

  it('leaves nothing behind, however it ends', async () => {
    const use = async (end: 'close' | 'drain'): Promise<void> => {
      const server = await start(options);
      const client = await idleClient(server);
      await body(server, 'large.bin');
      await server[end]();
      client.destroy();
      servers = [];
    };
    // What the process opens once for all stays.
    await use('drain');
    await eventually(() => belongings().children === 0);
    const before = belongings();
    await use('drain');
    await use('close');
    await nothingLeft(before);
  });

  it('leaves nothing behind when it cannot start', async () => {
    await (await start(options)).close();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const closed = mkdtempSync(join(root, 'closed-'));
    const before = belongings();
    await expect(serve({ root, ...options, port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is already in use`);
    await expect(serve({ ...options, root: join(root, 'absent'), port: 0 })).rejects.toThrow(/existing directory/);
    // The directory goes away between the look at the options and the start of the workers.
    const starting = serve({ ...options, root: closed, port: 0 });
    rmSync(closed, { recursive: true });
    await expect(starting).rejects.toThrow(/ENOENT|no such/i);
    await nothingLeft(before);
    mkdirSync(closed);
    other.close();
  });
});

it('several servers of all models serve at once, and each ends without the others', async () => {
  const all = await Promise.all(MODELS.map(({ options }) => start(options)));
  expect(new Set(all.map(({ url }) => url)).size).toBe(MODELS.length);
  for (const server of all) {
    for (const one of all) {
      if (all.indexOf(one) < all.indexOf(server)) await expect(body(one)).rejects.toThrow();
      else expect((await body(one)).toString()).toBe('<p>hello</p>');
    }
    await server.close();
  }
});

it('threads that throw give their descriptors back, and are replaced', async () => {
  const server = await start({ model: 'thread', workers: 2 });
  await body(server, 'large.bin');
  const before = belongings().descriptors;
  await server.close();
  servers = [];
  const faulty = await start({
    model: 'thread',
    workers: 2,
    inject: { ...NO_INJECTIONS, workerThrowMilliseconds: 100 },
  });
  await eventually(() => faulty.metrics().workersReplaced >= 4);
  await body(faulty).catch(() => {});
  // A thread that is just coming up or going has a few of its own.
  await eventually(() => belongings().descriptors <= before + 10);
  await faulty.close();
  expect(faulty.metrics().workersReplaced).toBeGreaterThanOrEqual(4);
});
