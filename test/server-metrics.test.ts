/**
 * What a server counts, against what others count: its clients, the kernel (/proc, strace). One server for each kind of
 * architecture, driven with traffic whose every request and byte is known.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerMetrics } from '../src/metrics/server-metrics.js';
import { ioUringUnavailable } from './conformance/architectures.js';
import {
  childrenOf,
  descriptorTargets,
  processorMilliseconds,
  threadsOf,
  withholdDescriptors,
} from './conformance/proc.js';
import { fetchOnce, RawConnection } from './conformance/raw-client.js';
import { eventually } from './conformance/server-process.js';
import { systemCallsDuring, whyNoTrace } from './conformance/system-calls.js';
import { WatchedServer } from './metrics/watched-server.js';

interface Kind {
  readonly name: string;
  readonly options: readonly string[];
  /** Loops or workers. */
  readonly workers: number;
  readonly loops: boolean;
  /** System calls that nobody but those who serve makes, while the server is not asked for its numbers. */
  readonly calls: readonly string[];
  /** The one that waits: it may be made a few times more. */
  readonly wait: string;
}

const KINDS: readonly Kind[] = [
  {
    ...{
      name: 'event, epoll, helpers',
      options: ['--dispatcher', 'epoll', '--disk', 'helpers'],
      workers: 1,
      loops: true,
    },
    ...{ calls: ['recvfrom', 'sendto', 'sendfile'], wait: 'epoll_wait' },
  },
  {
    ...{ name: 'event, 2 loops', options: ['--loops', '2', '--dispatcher', 'epoll'], workers: 2, loops: true },
    ...{ calls: ['recvfrom', 'sendto', 'sendfile', 'accept4'], wait: 'epoll_wait' },
  },
  {
    ...{ name: 'thread', options: ['--model', 'thread', '--workers', '2'], workers: 2, loops: false },
    ...{ calls: ['recvfrom', 'sendto', 'sendfile', 'accept4'], wait: 'accept4' },
  },
  {
    ...{ name: 'process', options: ['--model', 'process', '--workers', '2'], workers: 2, loops: false },
    ...{ calls: ['recvfrom', 'sendto', 'sendfile', 'accept4'], wait: 'accept4' },
  },
  ...(ioUringUnavailable() === undefined
    ? [
        {
          ...{ name: 'event, io_uring', options: ['--dispatcher', 'io_uring'], workers: 1, loops: true },
          ...{ calls: ['sendto', 'sendfile'], wait: 'io_uring_enter' },
        },
      ]
    : []),
];

const PAGE = '<p>hello</p>';
const LARGE_BYTES = 3_000_000;
const HOST = 'Host: h\r\n';
const SLACK = 12;

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'amped-counts-'));
  writeFileSync(join(root, 'index.html'), PAGE);
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(LARGE_BYTES, 'a'));
});

afterAll(() => rmSync(root, { recursive: true }));

/** What has been added between two readings. */
function added(before: ServerMetrics, after: ServerMetrics, of: (metrics: ServerMetrics) => number): number {
  return of(after) - of(before);
}

/** Of all threads that live, and of the process: proc(5). */
function kernelCounts(pid: number) {
  const counts = { voluntarySwitches: 0, involuntarySwitches: 0, majorFaults: 0 };
  for (const thread of threadsOf(pid)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');
    counts.voluntarySwitches += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1]);
    counts.involuntarySwitches += Number(/^nonvoluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1]);
  }
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  counts.majorFaults = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[9]);
  return counts;
}

/** What its workers do not add up to. */
function unlike(metrics: ServerMetrics): unknown[] {
  const { each } = metrics;
  type Worker = (typeof each)[number];
  const sum = (of: (worker: Worker) => number): number => each.reduce((all, worker) => all + of(worker), 0);
  const most = (of: (worker: Worker) => number): number => Math.max(...each.map(of));
  const pairs: [name: string, together: number, all: number][] = [
    ...(['requests', 'connections', 'bytesIn', 'bytesOut'] as const).map((name): [string, number, number] => [
      name,
      sum((one) => one[name]),
      metrics[name],
    ]),
    ...(['connectionsTimedOut', 'connectionsRefused'] as const).map((name): [string, number, number] => [
      name,
      sum((one) => one[name]),
      metrics[name],
    ]),
    ['GET', sum((one) => one.requestsByMethod.GET), metrics.requestsByMethod.GET],
    ['4xx', sum((one) => one.requestsByStatus['4xx']), metrics.requestsByStatus['4xx']],
    ['sendto', sum((one) => one.systemCalls.sendto ?? 0), metrics.systemCalls.sendto ?? 0],
    ['latency', sum((one) => one.latency.total.count), metrics.latency.total.count],
    ['longest latency', most((one) => one.latency.total.max), metrics.latency.total.max],
    ['collections', sum((one) => one.collections.count), metrics.collections.count],
    ['handlers', sum((one) => one.time.handlers), metrics.time.handlers],
    ['waiting', sum((one) => one.time.waiting), metrics.time.waiting],
    ['stalls', sum((one) => one.stalls?.count ?? 0), metrics.stalls.count],
    ['longest stall', most((one) => one.stalls?.longest ?? 0), metrics.stalls.longest],
    ['receipts', sum((one) => one.events?.receipts ?? 0), metrics.events?.receipts ?? 0],
    ...(each[0]?.cache === undefined
      ? []
      : [['cache', sum((one) => one.cache?.bytes ?? 0), metrics.cache.bytes] as [string, number, number]]),
  ];
  return pairs.filter(([, together, all]) => Math.abs(together - all) > 1e-9 * all);
}

/** Requests by their methods, one after the other on one connection: the bytes that went each way, and how many of each. */
async function converse(port: number, requests: readonly (readonly [method: string, lines: string])[]) {
  const client = await RawConnection.open(port);
  const statuses: number[] = [];
  for (const [method, lines] of requests) {
    await client.send(`${method} ${lines}\r\n${HOST}\r\n`);
    statuses.push((await client.readResponse(method)).status);
  }
  return { client, statuses, sent: client.socket.bytesWritten, received: client.socket.bytesRead };
}

describe.each(KINDS)('$name', ({ options, workers, loops, calls, wait }) => {
  const ownProcesses = options.includes('process');
  let watched: WatchedServer;

  beforeAll(async () => {
    watched = await WatchedServer.start('', root, ...options, '--metrics-sample', '1', '--header-timeout', '1s');
  });

  afterEach(() => RawConnection.closeAll());

  afterAll(() => watched.server.stop());

  it('counts requests, connections and bytes as its client does', async () => {
    const { port } = watched.server;
    const before = await watched.metrics();
    const { client, statuses, sent, received } = await converse(port, [
      ['GET', '/ HTTP/1.1'],
      ['GET', '/ HTTP/1.1'],
      ['HEAD', '/ HTTP/1.1'],
      ['GET', '/missing HTTP/1.1'],
      ['OPTIONS', '/ HTTP/1.1'],
      ['GET', '/large.bin HTTP/1.1'],
      ['GET', '/large.bin HTTP/1.1\r\nRange: bytes=2-5'],
      ['GET', '/ HTTP/1.1\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'],
      ['DELETE', '/ HTTP/1.1'],
    ]);
    expect(statuses).toEqual([200, 200, 200, 404, 204, 200, 206, 304, 405]);
    const open = await watched.metricsWhen(({ requests }) => requests === before.requests + 9);
    expect([open.connectionsOpen, open.connectionsIdle, open.requestsInProgress]).toEqual([1, 1, 0]);
    expect(open.busy).toBe(1);
    client.close();
    const refused = await RawConnection.open(port);
    await refused.send('GET / HTTP/9.9\r\n\r\n');
    expect((await refused.readResponse('GET')).status).toBe(505);
    const both = { sent: sent + refused.socket.bytesWritten, received: received + refused.socket.bytesRead };
    refused.close();
    const after = await watched.metricsWhen(({ connectionsOpen }) => connectionsOpen === 0);
    const more = (of: (metrics: ServerMetrics) => number): number => added(before, after, of);
    expect([more((m) => m.connections), more((m) => m.requests)]).toEqual([2, 10]);
    expect([more((m) => m.bytesIn), more((m) => m.bytesOut)]).toEqual([both.sent, both.received]);
    const methods = Object.keys(after.requestsByMethod) as (keyof ServerMetrics['requestsByMethod'])[];
    expect(methods.map((method) => more((m) => m.requestsByMethod[method]))).toEqual([6, 1, 1, 0, 0, 1, 0, 1]);
    const classes = Object.keys(after.requestsByStatus) as (keyof ServerMetrics['requestsByStatus'])[];
    expect(classes.map((one) => more((m) => m.requestsByStatus[one]))).toEqual([0, 6, 1, 2, 1]);
    // The one that was no request has no latency.
    for (const part of Object.keys(after.latency) as (keyof ServerMetrics['latency'])[]) {
      expect(
        more((m) => m.latency[part].count),
        part,
      ).toBe(9);
    }
    const { total, ...parts } = after.latency;
    const sum = Object.values(parts).reduce((seconds, { sum: one }) => seconds + one, 0);
    expect(sum).toBeGreaterThan(total.sum * 0.8);
    expect(sum).toBeLessThanOrEqual(total.sum * 1.001);
  });

  it('counts what is found in the cache', async () => {
    const before = await watched.metrics();
    const { client } = await converse(watched.server.port, new Array(20).fill(['GET', '/ HTTP/1.1']));
    client.close();
    const after = await watched.metricsWhen(({ requests }) => requests === before.requests + 20);
    // The file is looked at in each second in which it is asked for; a shared cache misses it then as well.
    const hits = added(before, after, (m) => m.cache.hits);
    const misses = added(before, after, (m) => m.cache.misses);
    expect(hits).toBeGreaterThan(10);
    expect(hits).toBeLessThanOrEqual(20);
    expect(hits + misses).toBeGreaterThanOrEqual(20 - misses);
    expect(after.cache.bytes).toBeGreaterThan(PAGE.length);
    expect(after.cache.bytes).toBeLessThanOrEqual(after.cache.capacity);
  });

  it('knows what is in progress, and whose time was over', async () => {
    const { port } = watched.server;
    const before = await watched.metrics();
    const slow = await Promise.all(Array.from({ length: workers }, () => RawConnection.open(port, { paused: true })));
    // As many as fill the buffers of both kernels.
    for (const client of slow) await client.send(`GET /large.bin HTTP/1.1\r\n${HOST}\r\n`.repeat(8));
    const busy = await watched.metricsWhen(({ requestsInProgress }) => requestsInProgress === workers);
    expect(busy.requestsInProgress).toBe(workers);
    expect([busy.connectionsOpen, busy.connectionsIdle]).toEqual([workers, 0]);
    if (!loops) expect(busy.requestsInProgressMost).toBe(1);
    for (const client of slow) client.close();
    const late = await RawConnection.open(port);
    await late.send('GET / HT');
    expect((await late.readResponse('GET')).status).toBe(408);
    late.close();
    const after = await watched.metricsWhen(({ connectionsOpen }) => connectionsOpen === 0);
    expect(added(before, after, (m) => m.connectionsTimedOut)).toBe(1);
    expect([after.requestsInProgress, after.busy]).toEqual([0, 0]);
    // What the peers have not taken has not been answered whole; and bytes that were taken count all the same.
    expect(added(before, after, (m) => m.bytesOut)).toBeGreaterThan(0);
  });

  // An accept of io_uring has the limit of the time when it was asked for.
  if (wait !== 'io_uring_enter') {
    it('counts who could not be accepted for want of descriptors', async () => {
      const { server } = watched;
      const before = await watched.metrics();
      const serving = [...new Set(before.each.map(({ process }) => process))];
      const restore = serving.map(withholdDescriptors);
      try {
        // A worker that waits in accept(2) has one for the first who comes.
        for (let connection = 0; connection < workers; connection++) {
          const client = await RawConnection.open(server.port);
          await client.send(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
          if (!loops) await client.readResponse();
          client.finish();
        }
        expect(await eventually(() => /descriptor/.test(server.stderr))).toBe(true);
      } finally {
        for (const one of restore) one();
      }
      RawConnection.closeAll();
      const after = await watched.metricsWhen(({ connectionsOpen }) => connectionsOpen === 0);
      expect(added(before, after, (m) => m.connectionsRefused)).toBeGreaterThan(0);
    });
  }

  it('knows its processes as the kernel does', async () => {
    const { pid } = watched.server;
    // Who could not be accepted before may be accepted only now, and is seen to have gone.
    const metrics = await watched.metricsWhen(
      ({ waiting, each }) => waiting === 0 && each.every(({ state }) => state === 'idle'),
    );
    const children = childrenOf(pid);
    const all = [pid, ...children];
    expect(metrics.process.threads).toBe(all.flatMap(threadsOf).length);
    const descriptors = all.flatMap(descriptorTargets).length;
    // The connection that it was asked on has gone; and a worker that waits in accept(2) has a descriptor for what will come.
    const reserved = loops ? 0 : workers;
    expect(Math.abs(metrics.process.descriptors - descriptors - reserved)).toBeLessThanOrEqual(2);
    expect(metrics.process.pss).toBeGreaterThan(10_000_000);
    expect(metrics.process.pss).toBeLessThanOrEqual(metrics.process.rss * 1.2);
    const { cpuUser, cpuSystem, minorFaults, voluntarySwitches } = metrics.process;
    const used = all.reduce((sum, one) => sum + processorMilliseconds(one), 0);
    // Each counts user and system time in hundredths of a second, and has gone on since.
    expect((cpuUser + cpuSystem) * 1000).toBeGreaterThan(used / 2);
    expect((cpuUser + cpuSystem) * 1000).toBeLessThanOrEqual(used + 20 * all.length);
    expect(minorFaults).toBeGreaterThan(1000);
    expect(voluntarySwitches).toBeGreaterThan(10);
    expect(metrics.each).toHaveLength(workers);
    const serving = new Set(metrics.each.map(({ process, thread }) => `${process}/${thread}`));
    expect(serving.size).toBe(workers);
    for (const { process, thread, state, cpuUser: user } of metrics.each) {
      expect(threadsOf(process)).toContain(thread);
      expect(all).toContain(process);
      expect(state).toBe('idle');
      expect(user).toBeGreaterThan(0);
    }
  });

  it('tells of each worker what it tells of all together', async () => {
    // Two loops may count something between one reading and the other.
    const metrics = await watched.metricsWhen((now) => unlike(now).length === 0);
    expect(unlike(metrics)).toEqual([]);
    expect(metrics.each.some(({ latency }) => latency.total.p99 > 0)).toBe(true);
    for (const { events, stalls } of metrics.each) {
      expect([events !== undefined, stalls !== undefined]).toEqual([loops, loops]);
    }
  });

  it('knows where its time has gone', async () => {
    const first = await watched.metrics();
    const { client } = await converse(watched.server.port, new Array(5).fill(['GET', '/ HTTP/1.1']));
    client.close();
    const second = await watched.metricsWhen(({ requests }) => requests === first.requests + 5);
    const elapsed = (second.at - first.at) / 1000;
    const spent = added(first, second, ({ time }) => time.handlers + time.waiting);
    // Who waits tells of it when the wait has ended.
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(workers * (elapsed + 65));
    expect(second.time.handlers).toBeGreaterThan(first.time.handlers);
    expect(second.time.waiting).toBeGreaterThanOrEqual(first.time.waiting);
    if (loops) {
      expect(second.events?.accepts).toBe(second.connections);
      expect(second.events?.turns).toBe(second.eventsPerTurn?.count);
      expect(second.events?.sends).toBeGreaterThanOrEqual(second.requests);
      expect(second.events?.timers).toBeGreaterThanOrEqual(second.connectionsTimedOut);
      expect(second.time.handlers).toBeCloseTo(second.stalls.sum, 6);
    } else {
      expect(second.events).toBeUndefined();
    }
  });

  if (ownProcesses) {
    it('forgets nothing when a worker dies, but what it had open', async () => {
      const client = await RawConnection.open(watched.server.port);
      await client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
      await client.readResponse();
      const before = await watched.metricsWhen(
        ({ busy, requestsInProgress }) => busy === 1 && requestsInProgress === 0,
      );
      expect(before.connectionsOpen).toBe(1);
      process.kill(before.each.find(({ state }) => state === 'busy')?.process as number, 'SIGKILL');
      const after = await watched.metricsWhen(
        ({ workersReplaced, each }) => workersReplaced > before.workersReplaced && each.length === workers,
      );
      expect(after.workersReplaced).toBe(before.workersReplaced + 1);
      expect(after.connectionsOpen).toBe(0);
      const never: ((metrics: ServerMetrics) => number)[] = [
        ...[(m: ServerMetrics) => m.requests, (m: ServerMetrics) => m.connections, (m: ServerMetrics) => m.bytesOut],
        ...[(m: ServerMetrics) => m.latency.total.count, (m: ServerMetrics) => m.systemCalls.sendto ?? 0],
        ...[(m: ServerMetrics) => m.process.cpuUser, (m: ServerMetrics) => m.process.voluntarySwitches],
        ...[(m: ServerMetrics) => m.time.handlers, (m: ServerMetrics) => m.time.waiting],
      ];
      for (const of of never) expect(of(after)).toBeGreaterThanOrEqual(of(before));
    });
  }

  if (loops) {
    it('counts what a turn brings, and what lies between two handlers', async () => {
      const before = await watched.metrics();
      const clients = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(watched.server.port)));
      // An answer a turn for each: many handlers run in each of these turns.
      for (const client of clients) await client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`.repeat(150));
      await Promise.all(clients.map((client) => client.readResponses(new Array(150).fill('GET'))));
      const after = await watched.metricsWhen(({ requests }) => requests === before.requests + 20 * 150);
      for (const client of clients) client.close();
      const { events, eventsPerTurn, handlerChange } = after;
      expect(added(before, after, (m) => m.events?.receipts ?? 0)).toBeGreaterThanOrEqual(20);
      expect(added(before, after, (m) => m.events?.sends ?? 0)).toBeGreaterThanOrEqual(20 * 150);
      expect(eventsPerTurn?.max).toBeGreaterThanOrEqual(8);
      const { turns: _turns, ...types } = events as NonNullable<typeof events>;
      const all = Object.values(types).reduce((sum, count) => sum + count, 0);
      expect(all).toBeGreaterThan(3000);
      expect(handlerChange?.count).toBeGreaterThan(0);
      // Far less than it takes to handle anything, on average.
      expect(handlerChange?.sum).toBeLessThan(after.time.handlers);
      expect(after.requestsInProgressMost).toBeGreaterThan(1);
    });
  }

  if (wait === 'io_uring_enter') {
    it('tells of no helpers where the disk has none', async () => {
      const metrics = await watched.metrics();
      expect([metrics.disk, metrics.helpers]).toEqual([expect.stringContaining('io_uring'), undefined]);
    });
  }

  if (options.includes('helpers')) {
    it('knows what its helpers do', async () => {
      const metrics = await watched.metrics();
      const { helpers, events, systemCalls } = metrics;
      expect(helpers).toMatchObject({ queued: 0, most: expect.any(Number) });
      // Each operation was taken by a helper, and its completion was an event.
      expect(helpers?.wait.count).toBe(events?.diskReads);
      expect(helpers?.wait.count).toBeGreaterThan(0);
      expect(helpers?.most).toBeGreaterThanOrEqual(1);
      expect(systemCalls.openat2).toBeGreaterThan(0);
      expect(systemCalls.pread64).toBeGreaterThan(0);
    });
  }

  if (whyNoTrace() === undefined) {
    it('counts the system calls that strace sees', async () => {
      const { server } = watched;
      const before = await watched.metrics();
      const seen = await systemCallsDuring([server.pid, ...childrenOf(server.pid)], async () => {
        const requests = new Array(60).fill(['GET', '/ HTTP/1.1']);
        const last = ['GET', '/large.bin HTTP/1.1\r\nConnection: close'] as const;
        const { client } = await converse(server.port, [...requests, last]);
        // Nothing is received after that.
        await client.until(() => client.ended, 'end');
        client.close();
      });
      const after = await watched.metricsWhen(({ connectionsOpen }) => connectionsOpen === 0);
      for (const name of calls.filter((call) => call !== wait)) {
        expect(
          added(before, after, ({ systemCalls }) => systemCalls[name] ?? 0),
          name,
        ).toBe(seen[name] ?? 0);
      }
      const waits = added(before, after, ({ systemCalls }) => systemCalls[wait] ?? 0);
      // While strace comes and goes, and while the numbers are read, there are waits that it does not see.
      expect(Math.abs(waits - (seen[wait] ?? 0))).toBeLessThanOrEqual(SLACK + workers);
      if (loops) expect(waits).toBeGreaterThan(60);
    });
  }
});

describe('an application', () => {
  const APP = `
    import { PerformanceObserver } from 'node:perf_hooks';
    let kept;
    let collections = 0;
    const observer = new PerformanceObserver((list) => { collections += list.getEntries().length; });
    observer.observe({ entryTypes: ['gc'] });
    export default {
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === '/garbage') {
          for (let piece = 0; piece < 400; piece++) kept = Array.from({ length: 10_000 }, (_, at) => ({ at }));
          return new Response(String(kept.length));
        }
        if (pathname === '/collections') return new Response(String(collections));
        if (request.method === 'POST') return new Response(await request.text());
        if (pathname === '/slow') await new Promise((done) => setTimeout(done, 40));
        if (pathname !== '/stream') return new Response('whole');
        const pieces = ['one', 'two', 'three'];
        return new Response(new ReadableStream({
          pull(controller) {
            const piece = pieces.shift();
            if (piece === undefined) controller.close();
            else controller.enqueue(new TextEncoder().encode(piece));
          },
        }));
      },
    };`;

  it.each([
    ['event', ['--dispatcher', 'epoll']],
    ['thread', ['--model', 'thread', '--workers', '1']],
  ])('in the model %s is measured as files are, with what its handler takes', async (_name, options) => {
    const app = join(root, 'app.mjs');
    writeFileSync(app, APP);
    const watched = await WatchedServer.start('', app, ...options, '--metrics-sample', '1');
    const poster = await RawConnection.open(watched.server.port);
    await poster.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
    expect((await poster.readHead('POST')).status).toBe(100);
    await poster.send('hello');
    expect(String((await poster.readResponse('POST')).body)).toBe('hello');
    poster.close();
    const client = await RawConnection.open(watched.server.port);
    for (const path of ['slow', 'stream', 'whole']) {
      await client.send(`GET /${path} HTTP/1.1\r\n${HOST}\r\n`);
      expect((await client.readResponse()).status).toBe(200);
    }
    const metrics = await watched.metricsWhen(({ requests }) => requests === 4);
    client.close();
    const total = (of: 'bytesWritten' | 'bytesRead'): number => poster.socket[of] + client.socket[of];
    expect([metrics.bytesIn, metrics.bytesOut]).toEqual([total('bytesWritten'), total('bytesRead')]);
    expect(metrics.requestsByStatus).toEqual({ '1xx': 1, '2xx': 4, '3xx': 0, '4xx': 0, '5xx': 0 });
    expect([metrics.requestsByMethod.GET, metrics.requestsByMethod.POST]).toEqual([3, 1]);
    const { handle, disk } = metrics.latency;
    expect([metrics.latency.total.count, handle.count]).toEqual([4, 4]);
    expect(handle.max).toBeGreaterThanOrEqual(0.039);
    expect(disk.sum).toBe(0);
    // The handler's own observer sees what the server's sees: neither sees what was before it.
    const { port } = watched.server;
    await fetchOnce(port, '/garbage');
    let seen = 0;
    await eventually(async () => {
      seen = Number((await fetchOnce(port, '/collections')).body);
      return seen > 0;
    });
    const { collections } = await watched.metricsWhen((now) => now.collections.count >= seen);
    expect(seen).toBeGreaterThan(0);
    expect(collections.count).toBeGreaterThanOrEqual(seen);
    expect(collections.sum).toBeGreaterThan(0);
    await watched.server.stop();
  });
});

describe('one worker with little memory', () => {
  const FILES = 40;
  const FILE_BYTES = 60_000;
  const CACHE_BYTES = 1_048_576;
  let watched: WatchedServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'amped-evictions-'));
    for (let file = 0; file < FILES; file++) writeFileSync(join(folder, `${file}`), Buffer.alloc(FILE_BYTES, 'x'));
    const options = ['--model', 'thread', '--workers', '1', '--cache-bytes', String(CACHE_BYTES)];
    watched = await WatchedServer.start('', folder, ...options);
  });

  afterAll(async () => {
    await watched.server.stop();
    rmSync(folder, { recursive: true });
  });

  it('counts what had to make room in the cache, and the lock that is taken for it', async () => {
    const paths = Array.from({ length: FILES }, (_, file): [string, string] => ['GET', `/${file} HTTP/1.1`]);
    const { client, statuses } = await converse(watched.server.port, paths);
    client.close();
    expect(statuses).toEqual(new Array(FILES).fill(200));
    const { cache, lock } = await watched.metricsWhen(({ requests }) => requests === FILES);
    // What is left has room in it; everything else was there once.
    const left = Math.floor(cache.bytes / FILE_BYTES);
    expect(left).toBeGreaterThan(0);
    expect(cache.bytes).toBeLessThanOrEqual(CACHE_BYTES);
    expect(FILES - left).toBeLessThanOrEqual(cache.evictions);
    expect(cache.evictions).toBeLessThan(FILES);
    expect([cache.hits, cache.misses]).toEqual([0, FILES]);
    // At least once to look for each, and once to put it there; and one alone waits for nobody.
    expect(lock?.acquisitions).toBeGreaterThanOrEqual(2 * FILES);
    expect(lock?.contended).toBe(0);
  });

  it('counts switches and faults as the kernel does', async () => {
    const { pid } = watched.server;
    const before = kernelCounts(pid);
    const { process: own } = await watched.metrics();
    const after = kernelCounts(pid);
    // Of threads that have ended the kernel shows nothing here: those of the start.
    expect(own.involuntarySwitches).toBeGreaterThanOrEqual(before.involuntarySwitches);
    expect(own.voluntarySwitches).toBeGreaterThanOrEqual(before.voluntarySwitches);
    expect(own.majorFaults).toBeGreaterThanOrEqual(before.majorFaults);
    expect(own.majorFaults).toBeLessThanOrEqual(after.majorFaults);
    // What had ended by then is what the two differ by; it does not grow.
    const ended = own.involuntarySwitches - before.involuntarySwitches;
    const { process: later } = await watched.metrics();
    expect(later.involuntarySwitches - ended).toBeLessThanOrEqual(kernelCounts(pid).involuntarySwitches);
  });
});

it('with --metrics off nothing is counted but what the server needs', async () => {
  const watched = await WatchedServer.start('', root, '--metrics', 'off');
  const { client } = await converse(watched.server.port, [['GET', '/ HTTP/1.1']]);
  client.close();
  const metrics = await watched.metricsWhen(({ requests }) => requests === 1);
  expect([metrics.sampled, metrics.connections, metrics.requests]).toEqual([0, 1, 1]);
  const { bytesIn, bytesOut, connectionsOpen, systemCalls, events, latency, cache } = metrics;
  expect([bytesIn, bytesOut, connectionsOpen, systemCalls, events?.turns]).toEqual([0, 0, 0, {}, 0]);
  expect([latency.total.count, metrics.collections.count, cache.hits + cache.misses]).toEqual([0, 0, 0]);
  expect(metrics.process.rss).toBeGreaterThan(0);
  await watched.server.stop();
});
