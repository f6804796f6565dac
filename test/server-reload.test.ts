/**
 * The library with new options while it serves, in every model, as it is built: nothing that clients have asked for is lost,
 * the new options hold, and what cannot be is refused with everything as before.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Server, ServerOptions } from '../src/server.js';
import { DIST, eventually } from './models/scripts.js';

const MODELS: readonly { name: string; options: Partial<ServerOptions> }[] = [
  { name: 'event', options: {} },
  { name: 'event, epoll, helpers disk', options: { dispatcher: 'epoll', disk: 'helpers' } },
  { name: 'event, 2 loops in threads', options: { loops: 2 } },
  { name: 'event, 2 loops in processes', options: { loops: 2, loopsIn: 'processes' } },
  { name: 'thread', options: { model: 'thread', workers: 2 } },
  { name: 'process', options: { model: 'process', workers: 2 } },
  { name: 'process, shared cache', options: { model: 'process', workers: 2, sharedCache: true } },
];

const LARGE_BYTES = 3_000_000;
const SITES = ['one', 'two'] as const;

let serve: typeof import('../src/server.js').serve;
let OptionError: typeof import('../src/server.js').OptionError;
let root: string;
let servers: Server[] = [];

beforeAll(async () => {
  ({ serve, OptionError } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
  root = mkdtempSync(join(tmpdir(), 'amped-reload-'));
  for (const [index, site] of SITES.entries()) {
    mkdirSync(join(root, site));
    writeFileSync(join(root, site, 'index.html'), `this is ${site}`);
    writeFileSync(join(root, site, 'large.bin'), Buffer.alloc(LARGE_BYTES, index + 1));
  }
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

afterAll(() => rmSync(root, { recursive: true }));

async function start(options: Partial<ServerOptions>): Promise<Server> {
  const server = await serve({ root: join(root, 'one'), port: 0, cacheBytes: 4_194_304, ...options });
  servers.push(server);
  return server;
}

function ask(server: Server, path: string, agent: Agent | false, headers = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${server.url}${path}`, { agent, headers }, resolve).on('error', reject);
  });
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function body(server: Server, path = '', agent: Agent | false = false): Promise<string> {
  return (await bodyOf(await ask(server, path, agent))).toString();
}

/** The status of a request with so many header fields. */
async function statusWith(server: Server, fields: number): Promise<number | undefined> {
  const headers = Object.fromEntries(Array.from({ length: fields }, (_, index) => [`x-${index}`, '1']));
  const answer = await ask(server, '', false, headers);
  answer.resume();
  return answer.statusCode;
}

describe.each(MODELS)('$name', ({ options }) => {
  it('serves by other options from then on, and loses no request meanwhile', async () => {
    const server = await start(options);
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    let asking = true;
    let answered = 0;
    const client = async (path: string, good: (bytes: Buffer) => boolean, agent: Agent | false): Promise<void> => {
      while (asking) {
        const bytes = await bodyOf(await ask(server, path, agent));
        expect(good(bytes), bytes.subarray(0, 40).toString()).toBe(true);
        answered++;
      }
    };
    const small = (bytes: Buffer): boolean => SITES.some((site) => bytes.toString() === `this is ${site}`);
    // All of it is of one version, though the directory changes while it is sent.
    const large = (bytes: Buffer): boolean => bytes.length === LARGE_BYTES && bytes.every((byte) => byte === bytes[0]);
    const clients = [client('', small, agent), client('', small, false), client('large.bin', large, false)];
    const more = async (): Promise<void> => {
      const reached = answered + 20;
      await eventually(() => answered >= reached);
    };
    await more();
    for (let time = 0; time < 2; time++) {
      const site = SITES[(time + 1) % 2] as string;
      await server.reload({ root: join(root, site), maxHeaderCount: time % 2 === 0 ? 8 : 100 });
      expect(server.root).toBe(join(root, site));
      expect(await body(server)).toBe(`this is ${site}`);
      expect(await statusWith(server, 20)).toBe(time % 2 === 0 ? 431 : 200);
      await more();
    }
    asking = false;
    await Promise.all(clients);
    agent.destroy();
    expect(server.metrics().workersReplaced).toBe(0);
  });

  it('keeps what was not named and connections that wait, and refuses as a whole what cannot change', async () => {
    const server = await start({ ...options, drainTimeoutMilliseconds: 500 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await server.reload({ maxHeaderCount: 8 });
    const refused = [
      [{ port: 4000 }, 'port cannot change from 0 to 4000 while the server runs; end it and start it again.'],
      [{ cacheBytes: 8_388_608 }, 'cacheBytes cannot change from 4MiB to 8MiB while the server runs; '],
      [{ headerTimeoutMilliseconds: 0 }, 'headerTimeoutMilliseconds must be a time from 1ms to 1h'],
      [{ root: join(root, 'absent') }, 'root must be an existing directory'],
    ] as const;
    for (const [changes, sentence] of refused) {
      const reload = server.reload({ maxHeaderCount: 50, ...changes });
      await expect(reload).rejects.toThrow(OptionError);
      await expect(reload).rejects.toThrow(sentence);
    }
    expect(await statusWith(server, 20)).toBe(431);
    expect(await body(server, '', agent)).toBe('this is one');
    const reloaded = server.reload({ root: join(root, 'two') });
    if (server.workers === 1) await reloaded;
    // A worker that is to end answers once more; a loop that stays has the new options at once.
    const answer = await body(server, '', agent);
    if (server.workers === 1) expect(answer).toBe('this is two');
    await reloaded;
    expect(await body(server, '', agent)).toBe('this is two');
    expect(await statusWith(server, 20)).toBe(431);
    agent.destroy();
  });

  it('serves as before when the new directory has gone in between', async () => {
    const server = await start(options);
    const gone = mkdtempSync(join(root, 'gone-'));
    const reload = server.reload({ root: gone, maxHeaderCount: 8 });
    rmSync(gone, { recursive: true });
    await expect(reload).rejects.toThrow(/ENOENT|no such/i);
    expect(server.root).toBe(join(root, 'one'));
    expect(await body(server)).toBe('this is one');
    expect(await statusWith(server, 20)).toBe(200);
    await eventually(() => server.metrics().workers === server.workers);
  });
});

it.each(MODELS)('$name ends while it is changing', async ({ options }) => {
  const server = await start(options);
  const reload = server.reload({ root: join(root, 'two') });
  await Promise.all([server.close(), reload]);
  await server.reload({ root: join(root, 'one') });
  await expect(body(server)).rejects.toThrow();
});

it('one change follows the other, and the last one holds', async () => {
  const server = await start({ model: 'process', workers: 2 });
  await Promise.all(
    ['two', 'one', 'two', 'one', 'two'].map((site, time) =>
      server.reload({ root: join(root, site), maxHeaderCount: 50 + time }),
    ),
  );
  expect(await body(server)).toBe('this is two');
  expect(await statusWith(server, 52)).toBe(200);
  expect(await statusWith(server, 60)).toBe(431);
});

it('what a former site had is given back: memory, directories, files', async () => {
  const server = await start({});
  const open = (): number => readdirSync('/proc/self/fd').length;
  let before = 0;
  for (let time = 0; time < 200; time++) {
    const site = SITES[time % 2] as string;
    await server.reload({ root: join(root, site) });
    expect(await body(server)).toBe(`this is ${site}`);
    if (time === 10) before = open();
    // More than there is memory for, were it not given back.
    if (time % 8 === 0) expect((await body(server, 'large.bin')).length).toBe(LARGE_BYTES);
  }
  expect(open()).toBeLessThanOrEqual(before + 2);
});
