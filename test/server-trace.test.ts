/** Traces of servers as they are built, in each kind of architecture: every request has its flow, and none is lost for it. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Server, ServerOptions } from '../src/server.js';
import { type Trace, traceOf } from './metrics/trace/trace-format.js';
import { DIST, eventually } from './models/scripts.js';

interface Kind {
  readonly options: Partial<ServerOptions>;
  /** Of the threads that serve. */
  readonly threads: readonly RegExp[];
  readonly processes: readonly string[];
  /** What must be among the slices, beside the handler's. */
  readonly slices: readonly string[];
}

const LOOP = ['wait for events', 'accept', 'receipt of a request', 'completion of a send'];
const WORKER = ['wait in accept', 'wait in recv', 'receipt of a request', 'wait in send', 'completion of a send'];
const DISK = ['open', 'look', 'read', 'warm', 'list'];
const SLOW = { workerThrowMilliseconds: 0, diskLatencyMilliseconds: 2, diskErrorPercent: 0, helperCrashPercent: 0 };

const KINDS: readonly [name: string, kind: Kind][] = [
  [
    'event, io_uring',
    {
      options: { dispatcher: 'io_uring', disk: 'io_uring' },
      threads: [/^event loop \(io_uring\)$/],
      processes: ['amped'],
      slices: [...LOOP, 'ask for open', 'ask for read', 'completion of a disk read'],
    },
  ],
  [
    'event, epoll, a disk that blocks',
    {
      options: { dispatcher: 'epoll', disk: 'blocking' },
      threads: [/^event loop \(epoll\)$/],
      processes: ['amped'],
      slices: [...LOOP, 'open', 'read'],
    },
  ],
  [
    'event, disk helpers',
    {
      options: { dispatcher: 'epoll', disk: 'helpers', inject: SLOW },
      threads: [/^event loop \(epoll\)$/, /^helper \d of event loop \(epoll\)$/],
      processes: ['amped'],
      slices: [...LOOP, 'wake-up', 'ask for read', 'completion of a disk read', 'open', 'read'],
    },
  ],
  [
    'thread',
    {
      options: { model: 'thread', workers: 2 },
      threads: [/^worker thread 1$/, /^worker thread 2$/],
      processes: ['amped'],
      slices: WORKER,
    },
  ],
  [
    'process',
    {
      options: { model: 'process', workers: 2 },
      threads: [/^worker process 1$/, /^worker process 2$/],
      processes: ['amped process 1', 'amped process 2'],
      slices: WORKER,
    },
  ],
  [
    'event, 2 loops',
    {
      options: { loops: 2, loopsIn: 'processes', dispatcher: 'epoll' },
      threads: [/^event loop 1 \(epoll\)$/, /^event loop 2 \(epoll\)$/],
      processes: ['amped loop 1', 'amped loop 2'],
      slices: LOOP,
    },
  ],
];

const FILES = 8;
const REQUESTS = 120;

let serve: typeof import('../src/server.js').serve;
let root: string;
let server: Server | undefined;

beforeAll(async () => {
  ({ serve } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
  root = mkdtempSync(join(tmpdir(), 'amped-trace-'));
  for (let file = 0; file < FILES; file++) writeFileSync(join(root, `${file}.txt`), `file ${file}`.repeat(100));
  // One that goes out by sendfile.
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(300_000));
});

afterEach(() => server?.close());
afterAll(() => rmSync(root, { recursive: true }));

/** Asks for so many files, on four connections at a time; gives the status codes. */
async function traffic({ url }: Server, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const one = (index: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const path = index % 20 === 0 ? 'large.bin' : `${index % FILES}.txt`;
      get(`${url}${path}`, { agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      }).once('error', reject);
    });
  const statuses = await Promise.all(Array.from({ length: count }, (_, index) => one(index)));
  agent.destroy();
  return statuses;
}

describe.each(KINDS)('%s', (_name, { options, threads, processes, slices }) => {
  it('has a flow for each request, from its receipt to the completion of its send, on tracks with names', async () => {
    const file = join(root, `trace-${_name.replaceAll(' ', '-')}.json`);
    server = await serve({ root, port: 0, cacheBytes: 4_194_304, trace: file, ...options });
    expect(await traffic(server, REQUESTS)).toEqual(Array(REQUESTS).fill(200));
    await server.close();
    const trace = traceOf(readFileSync(file, 'utf8'));
    expect(trace.about.eventsLost).toBe('0');
    checkRequests(trace, REQUESTS);
    for (const pattern of threads) expect([...trace.threads.values()].some((name) => pattern.test(name))).toBe(true);
    for (const name of trace.threads.values())
      expect(
        threads.some((pattern) => pattern.test(name)),
        name,
      ).toBe(true);
    expect([...trace.processes.values()].sort()).toEqual(processes);
    const names = new Set(trace.slices.map(({ name }) => name));
    expect(slices.filter((name) => !names.has(name))).toEqual([]);
  });
});

/** Each request has a flow that goes from its receipt over the site to its last send. */
function checkRequests({ slices, flows }: Trace, count: number): void {
  const handled = slices.filter(({ name }) => name === 'static site');
  expect(handled).toHaveLength(count);
  expect(new Set(handled.map(({ args }) => args.request)).size).toBe(count);
  for (const { args } of handled) {
    expect(args.target).toMatch(/^\/(\d\.txt|large\.bin)$/);
    const steps = flows.get(args.request as number) ?? [];
    const names = steps.map(({ ts, tid }) => slices.find((slice) => slice.ts === ts && slice.tid === tid)?.name);
    expect(['receipt of a request', 'next request']).toContain(names[0]);
    expect(names).toContain('static site');
    // What it has had read for those who come after it may outlast it.
    const own = names.filter((name) => name !== 'completion of a disk read' && !DISK.includes(name ?? ''));
    expect(own.at(-1)).toBe('completion of a send');
  }
}

describe('an application', () => {
  it('is followed through its waits: what it goes on with runs in the loop of Node', async () => {
    const file = join(root, 'application.json');
    const fetch = async (request: Request): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new Response(`hello, ${request.url.slice(-5)}`);
    };
    server = await serve({ port: 0, trace: file, fetch: fetch as never });
    expect(await traffic(server, 20)).toEqual(Array(20).fill(200));
    await server.close();
    const { slices, flows } = traceOf(readFileSync(file, 'utf8'));
    const handled = slices.filter(({ name }) => name === 'application');
    expect(handled).toHaveLength(20);
    for (const { args } of handled) {
      const steps = flows.get(args.request as number) ?? [];
      const names = steps.map(({ ts }) => slices.find((slice) => slice.ts === ts)?.name);
      expect(names).toEqual(
        expect.arrayContaining(['receipt of a request', 'application', "Node's own loop", 'completion of a send']),
      );
    }
  });
});

describe('POST /trace', () => {
  it.each([
    ['event', {}],
    ['thread', { model: 'thread', workers: 2 }],
  ] as const)('in the model %s records from now on, those who wait too, and one at a time', async (_model, options) => {
    const running = await serve({ root, port: 0, admin: '0', cacheBytes: 4_194_304, ...options });
    server = running;
    const asked = fetch(`${running.adminUrl}trace?seconds=1`, { method: 'POST' });
    // The first has begun when the second is refused.
    await eventually(async () => {
      const other = await fetch(`${running.adminUrl}trace?seconds=1`, {
        method: 'POST',
        signal: AbortSignal.timeout(300),
      });
      return other.status === 409;
    });
    expect(await traffic(running, 10)).toEqual(Array(10).fill(200));
    const answer = await asked;
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const trace = traceOf(await answer.text());
    checkRequests(trace, 10);
    expect(trace.slices.some(({ name, ts }) => name.startsWith('wait') && ts < 300_000)).toBe(true);
    // And again, with nothing of the first.
    const again = await fetch(`${running.adminUrl}trace?seconds=1`, { method: 'POST' });
    expect(traceOf(await again.text()).slices.filter(({ name }) => name === 'static site')).toEqual([]);
  });

  it('goes together with --trace, and ends with the server', async () => {
    const file = join(root, 'both.json');
    server = await serve({ root, port: 0, admin: '0', trace: file });
    const asked = server.trace(60_000);
    expect(await server.trace(1)).toBeUndefined();
    await traffic(server, 5);
    await server.drain();
    checkRequests(traceOf([...((await asked) ?? [])].join('')), 5);
    checkRequests(traceOf(readFileSync(file, 'utf8')), 5);
    expect(await server.trace(1)).toBeUndefined();
  });
});

describe('a full ring', () => {
  it('says how much of it is lost, and costs no request', async () => {
    const file = join(root, 'full.json');
    server = await serve({ root, port: 0, trace: file, traceEvents: 1024 });
    expect(await traffic(server, 600)).toEqual(Array(600).fill(200));
    await server.close();
    const { about, slices, flows } = traceOf(readFileSync(file, 'utf8'));
    expect(Number(about.eventsLost)).toBeGreaterThan(600);
    expect(slices.length).toBeGreaterThan(500);
    expect(flows.size).toBeGreaterThan(100);
  });
});

describe('a file', () => {
  it.each([
    ['/there/is/no/such/directory/trace.json', 'there is no such directory'],
    ['/', 'it is a directory'],
  ])('%s that cannot be written is refused at the start', async (file, why) => {
    await expect(serve({ root, port: 0, trace: file })).rejects.toThrow(
      `The trace ${file} cannot be written: ${why}; choose another with --trace.`,
    );
  });

  it('that was there before is replaced', async () => {
    const file = join(root, 'before.json');
    writeFileSync(file, 'x'.repeat(1_000_000));
    server = await serve({ root, port: 0, trace: file });
    await server.close();
    expect(statSync(file).size).toBeLessThan(100_000);
    expect(() => traceOf(readFileSync(file, 'utf8'))).not.toThrow();
  });
});
