/** The load client against servers that count: every request is sent, answered and checked once, in the order and at the pace of the plan. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadHere } from '../../../src/compare/load/load-here.js';
import type { LoadPlan } from '../../../src/compare/load/plan.js';
import type { LoadResult } from '../../../src/compare/load/result.js';
import { balance, type Counting, httpServer, NO_ERRORS, scripted, tcpServer } from './server.js';

const servers: Counting[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(server: Promise<Counting>): Promise<Counting> {
  servers.push(await server);
  return server;
}

/** Runs a plan with what is common. */
async function load(server: Counting, plan: Partial<LoadPlan>): Promise<LoadResult> {
  const result = await loadHere({ url: server.url, targets: [{ path: '/' }], ...plan });
  expect(balance(result)).toBe(0);
  return result;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const answer = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;

describe.each(['io_uring', 'epoll'] as const)('on %s', (dispatcher) => {
  it('exactly so many requests are answered as were asked for', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { dispatcher, connections: 7, requests: 500 });
    expect(result).toMatchObject({ ended: 'complete', sent: 500, answered: 500, unanswered: 0, errors: NO_ERRORS });
    expect(result.statuses).toEqual({ 200: 500 });
    expect(result.measured.requests).toBe(500);
    expect([server.requests, server.connections]).toEqual([500, 7]);
    expect(result.connectionsOpened).toBe(7);
    expect(result.client.dispatcher).toBe(dispatcher);
    expect(result.latency.count).toBe(500);
    const histogram = decodeFromCompressedBase64(result.latency.histogram);
    expect(histogram.totalCount).toBe(500);
    expect(histogram.getValueAtPercentile(99)).toBe(result.latency.p99);
    expect(result.latency.p50).toBeLessThanOrEqual(result.latency.p99);
    expect(result.latency.p99).toBeLessThanOrEqual(result.latency.max * 1.001);
  });

  it('the warm-up is not measured, and yet exactly so many are after it', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { dispatcher, connections: 5, warmUpSeconds: 0.1, requests: 40, pipeline: 3 });
    expect(result.measured.requests).toBe(40);
    expect(result.latency.count).toBe(40);
    expect(result.answered).toBeGreaterThan(40);
    expect(server.requests).toBe(result.answered);
  });

  it('a time is measured, and what was under way at its end is still answered', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { dispatcher, connections: 9, seconds: 0.3 });
    expect(result.measured.seconds).toBeGreaterThanOrEqual(0.3);
    expect(result.answered).toBe(result.sent);
    expect(server.requests).toBe(result.answered);
    expect(result.measured.requestsPerSecond).toBeCloseTo(result.measured.requests / result.measured.seconds, 6);
    expect(result.fairness.index).toBeGreaterThan(0.1);
    expect(result.fairness.most).toBeLessThanOrEqual(result.measured.requests);
  });

  it('with one connection a request', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { dispatcher, connections: 4, requests: 60, keepAlive: false });
    expect(result).toMatchObject({ answered: 60, errors: NO_ERRORS });
    expect([server.requests, server.connections]).toEqual([60, 60]);
  });

  it('several requests at a time are answered in their order', async () => {
    const paths: string[] = [];
    const server = await serving(
      httpServer((request, response) => {
        paths.push(request.url as string);
        response.end(request.url);
      }),
    );
    const targets = Array.from({ length: 20 }, (_, index) => {
      const path = `/${'x'.repeat(index)}`;
      return { path, length: path.length, sha256: sha256(path) };
    });
    const order = { kind: 'sequence' } as const;
    const result = await load(server, { dispatcher, targets, order, pipeline: 8, requests: 200, hashSample: 1 });
    expect(result).toMatchObject({ answered: 200, hashed: 200, errors: NO_ERRORS });
    expect(paths).toEqual(Array.from({ length: 200 }, (_, index) => targets[index % 20]?.path));
    expect(server.connections).toBe(1);
  });

  it('a wrong status, length and content are found', async () => {
    const server = await serving(
      scripted([answer('hello'), answer('hallo'), answer('hell'), 'HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nhello']),
    );
    const targets = [{ path: '/', status: 200, length: 5, sha256: sha256('hello') }];
    const result = await load(server, { dispatcher, targets, requests: 40, hashSample: 1 });
    expect(result.errors).toEqual({ ...NO_ERRORS, wrongHash: 20, wrongLength: 10, wrongStatus: 10 });
    expect(result.statuses).toEqual({ 200: 30, 404: 10 });
    expect(result.hashed).toBe(30);
    // Of one in ten answers, the first of them, only that is known.
    const sampled = await load(server, { dispatcher, targets, requests: 40, hashSample: 20 });
    expect(sampled.hashed).toBe(2);
  });

  it('a server that ends connections is asked again by others', async () => {
    const server = await serving(scripted([answer('a', 'Connection: close\r\n')], (socket) => socket.end()));
    const result = await load(server, { dispatcher, connections: 3, requests: 30 });
    expect(result).toMatchObject({ answered: 30, errors: NO_ERRORS, connectionsOpened: 30 });
  });

  it('requests that were under way when their connection ended have failed, and others take their place', async () => {
    // Each connection has one good answer, and is cut in the second one.
    const server = await serving(
      scripted([answer('a'), 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'], (socket) => {
        if (socket.bytesWritten > 45) socket.end();
      }),
    );
    const result = await load(server, { dispatcher, connections: 1, pipeline: 2, requests: 10 });
    expect(result.answered).toBe(10);
    expect(result.errors.reset).toBeGreaterThanOrEqual(1);
  });

  it('what is no HTTP is malformed, and does not keep it for ever', async () => {
    const server = await serving(scripted(['SSH-2.0-OpenSSH_9.2\r\n']));
    const result = await load(server, { dispatcher, connections: 2, requests: 1 });
    expect(result).toMatchObject({ ended: 'unreachable', answered: 0 });
    expect(result.errors.malformed + result.unanswered).toBe(result.sent);
    expect(result.reason).toContain('no HTTP/1.1');
  });

  it('bytes that nobody has asked for are told', async () => {
    const server = await serving(scripted([`${answer('a')}${answer('b')}`]));
    const result = await load(server, { dispatcher, requests: 1 });
    expect(result.answered).toBe(1);
    expect(result.errors.unsolicited).toBe(1);
  });

  it('answers that never come are time-outs', async () => {
    const server = await serving(tcpServer((socket) => socket.resume()));
    const result = await load(server, { dispatcher, connections: 3, seconds: 0.3, timeoutMilliseconds: 100 });
    expect(result).toMatchObject({ ended: 'complete', answered: 0 });
    expect(result.errors.timeout).toBe(result.sent);
    expect(result.sent).toBeGreaterThanOrEqual(3);
    const exact = await load(server, { dispatcher, requests: 5, timeoutMilliseconds: 50 });
    expect(exact).toMatchObject({ ended: 'unreachable', answered: 0 });
  });

  it('a server that goes midway ends it, and what was measured until then is kept', async () => {
    const server = await serving(
      httpServer((_request, response) => {
        response.end('hello');
        if (server.requests === 20) void server.close();
      }),
    );
    const result = await load(server, { dispatcher, connections: 3, seconds: 20 });
    expect(result.ended).toBe('unreachable');
    expect(result.reason).toContain('Nobody can be reached');
    expect(result.answered).toBeGreaterThanOrEqual(20);
    expect(result.errors.connectRefused).toBeGreaterThanOrEqual(3);
    expect(result.latency.count).toBe(result.answered);
    expect(result.measured.seconds).toBeLessThan(20);
  });

  it('a request with a method, fields and a body arrives as it was meant', async () => {
    const seen: unknown[] = [];
    const server = await serving(
      httpServer((request, response) => {
        const { method, url, headers } = request;
        let body = '';
        request.on('data', (piece) => {
          body += piece;
        });
        request.on('end', () => {
          seen.push({ method, url, host: headers.host, length: headers['content-length'], x: headers['x-a'], body });
          response.end(body.length === 0 ? '' : 'ok');
        });
      }),
    );
    const body = 'b'.repeat(300_000);
    const targets = [
      {
        path: '/post?a=b',
        method: 'POST',
        fields: [['X-A', '1']] as const,
        body: Buffer.from(body).toString('base64'),
      },
      { path: '/', method: 'HEAD', status: 200 },
    ];
    const result = await load(server, { dispatcher, targets, order: { kind: 'sequence' }, requests: 2, pipeline: 2 });
    expect(result).toMatchObject({ answered: 2, errors: NO_ERRORS });
    expect(seen).toEqual([
      { method: 'POST', url: '/post?a=b', host: new URL(server.url).host, length: '300000', x: '1', body },
      { method: 'HEAD', url: '/', host: new URL(server.url).host, length: undefined, x: undefined, body: '' },
    ]);
  });

  it('in an open loop a server that stands still cannot hide it', async () => {
    const server = await serving(
      httpServer((_request, response) => {
        // The 20th is answered half a second late, and so are all behind it.
        if (server.requests === 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
        response.end('hello');
      }),
    );
    const pace = { kind: 'open', rate: 200, arrivals: 'constant' } as const;
    const result = await load(server, { dispatcher, connections: 2, seconds: 1, pace });
    expect(result.due?.requests).toBeGreaterThanOrEqual(200);
    expect(result.latency.count).toBe(result.due?.requests);
    // A hundred were due meanwhile: of these the first waited for all of it, and half of them at least for half of it.
    expect(result.latency.max).toBeGreaterThan(450_000);
    const histogram = decodeFromCompressedBase64(result.latency.histogram);
    expect(histogram.getValueAtPercentile(75)).toBeGreaterThan(100_000);
    expect(result.measured.longestGapMilliseconds).toBeGreaterThan(450);
  });
});

describe('the pace', () => {
  it('in an open loop is as asked for, and each answer counts from when its request was due', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { connections: 20, seconds: 0.5, pace: { kind: 'open', rate: 400 } });
    // Of some 200 that are due, give or take four times the root of it.
    const rate = (result.due?.requests ?? 0) / result.measured.seconds;
    expect(rate).toBeGreaterThan(280);
    expect(rate).toBeLessThan(520);
    expect((result.due?.requests ?? 0) - (result.due?.unsent ?? 0)).toBe(result.sent);
    expect(result.serviceTime?.count).toBe(result.answered);
    expect(result.serviceTime?.mean).toBeLessThanOrEqual(result.latency.mean);
  });

  it('of more than a server can do leaves requests unsent, which have latencies too', async () => {
    const server = await serving(httpServer((_request, response) => setTimeout(() => response.end('x'), 50)));
    const pace = { kind: 'open', rate: 1000, arrivals: 'constant' } as const;
    const result = await load(server, { connections: 1, seconds: 0.4, pace });
    expect(result.due?.unsent).toBeGreaterThan(300);
    expect(result.latency.count).toBe(result.due?.requests);
    expect(result.bottleneck).not.toBe('neither');
  });

  it('is that of a trace', async () => {
    const paths: string[] = [];
    const server = await serving(
      httpServer((request, response) => {
        paths.push(request.url as string);
        response.end();
      }),
    );
    const requests = [
      [0, 1],
      [5, 0],
      [5, 0],
      [60, 1],
    ] as const;
    const targets = [{ path: '/a' }, { path: '/b' }];
    const result = await load(server, { targets, order: { kind: 'trace', requests } });
    expect(paths).toEqual(['/b', '/a', '/a', '/b']);
    expect(result).toMatchObject({ ended: 'complete', answered: 4 });
    expect(result.measured.seconds).toBeGreaterThanOrEqual(0.06);
  });

  it('has a connection think between an answer and its next request', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { connections: 2, seconds: 0.4, thinkMilliseconds: 100 });
    expect(result.answered).toBeGreaterThanOrEqual(2);
    expect(result.answered).toBeLessThanOrEqual(10);
    expect(result.bottleneck).toBe('neither');
  });
});

describe('other connections', () => {
  it('slow readers take what they may, and no more', async () => {
    const body = 'x'.repeat(2_000_000);
    const server = await serving(httpServer((_request, response) => void response.end(body)));
    const slowReaders = { count: 3, bytesPerSecond: 20_000 };
    const result = await load(server, { connections: 0, slowReaders, seconds: 0.6 });
    expect(result.slowReaders).toMatchObject({ sent: 3, answered: 0 });
    expect(result.slowReaders?.bytes).toBeGreaterThan(3000);
    expect(result.slowReaders?.bytes).toBeLessThan(3 * 20_000);
    expect(result).toMatchObject({ sent: 3, unanswered: 3 });
  });

  it('slow readers take as much as they may, also when that is much', async () => {
    // Bytes already: to make them of a string may take longer than there is time.
    const body = Buffer.alloc(40_000_000, 'x');
    const server = await serving(httpServer((_request, response) => void response.end(body)));
    const slowReaders = { count: 1, bytesPerSecond: 10_000_000 };
    const result = await load(server, { connections: 0, slowReaders, seconds: 0.5 });
    // Of five million, on a machine that may be busy: more than 64 KiB each time that it looks.
    expect(result.slowReaders?.bytes).toBeGreaterThan(1_000_000);
    expect(result.slowReaders?.bytes).toBeLessThan(12_000_000);
  });

  it('slow readers have whole answers checked, and ask again', async () => {
    const server = await serving(httpServer());
    const targets = [{ path: '/', length: 5, sha256: sha256('hello') }];
    const slowReaders = { count: 2, bytesPerSecond: 100_000 };
    const result = await load(server, { targets, connections: 1, slowReaders, seconds: 0.3, hashSample: 1 });
    expect(result.errors).toEqual(NO_ERRORS);
    expect(result.slowReaders?.answered).toBeGreaterThan(2);
    expect(server.requests).toBeGreaterThanOrEqual(result.answered);
    expect(server.connections).toBe(3);
  });

  it('idle ones are there and ask for nothing', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { connections: 1, idleConnections: 150, requests: 20 });
    expect(result.idleConnections).toEqual({ opened: 150, open: 150 });
    // They may still wait to be accepted.
    await vi.waitFor(() => expect([server.connections, server.requests]).toEqual([151, 20]));
  });

  it('idle ones that the server ends are not there any more', async () => {
    const server = await serving(
      httpServer((request, response) => {
        for (const socket of server.sockets) if (socket !== request.socket) socket.destroy();
        setTimeout(() => response.end(), 50);
      }),
    );
    const result = await load(server, { connections: 1, idleConnections: 5, requests: 3 });
    expect(result.idleConnections).toEqual({ opened: 5, open: 0 });
  });

  it('lead to a server by name, wherever it listens', async () => {
    const server = await serving(httpServer());
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect(await load(server, { url, requests: 3 })).toMatchObject({ answered: 3, errors: NO_ERRORS });
  });

  it('lead to a unix socket too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'amped-load-'));
    const path = join(directory, 'socket');
    const hosts = new Set<unknown>();
    const server = createServer((request, response) => {
      hosts.add(request.headers.host);
      response.end('hello');
    });
    await new Promise<void>((done) => server.listen(path, done));
    const plan = { url: `unix:${path}`, targets: [{ path: '/a' }], connections: 3, requests: 30 };
    const result = await loadHere(plan);
    expect(result).toMatchObject({ answered: 30, errors: NO_ERRORS });
    expect([...hosts]).toEqual(['localhost']);
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });

  it('come from as many addresses as are asked for', async () => {
    const server = await serving(httpServer());
    const result = await load(server, { connections: 9, requests: 90, localAddresses: 3 });
    expect([...server.peers].sort()).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    expect(result.client.localAddresses).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    const other = await load(server, { connections: 1, requests: 1, localAddresses: ['127.9.8.7'] });
    expect(other.errors).toEqual(NO_ERRORS);
    expect(server.peers).toContain('127.9.8.7');
  });
});

describe('ending early', () => {
  it('keeps what has been measured by then', async () => {
    const server = await serving(
      httpServer((_request, response) => {
        response.end('hello');
        if (server.requests === 50) enough.abort();
      }),
    );
    const enough = new AbortController();
    const plan = { url: server.url, targets: [{ path: '/' }], connections: 2, seconds: 60 };
    const result = await loadHere(plan, { signal: enough.signal });
    expect(result.ended).toBe('stopped');
    expect(result.measured.requests).toBeGreaterThanOrEqual(50);
    expect(balance(result)).toBe(0);
  });

  it('also before it has begun', async () => {
    const server = await serving(httpServer());
    const plan = { url: server.url, targets: [{ path: '/' }], connections: 200, seconds: 60 };
    const before = await loadHere(plan, { signal: AbortSignal.abort() });
    expect(before).toMatchObject({ ended: 'stopped', sent: 0, connectionsOpened: 0 });
    const enough = new AbortController();
    setImmediate(() => enough.abort());
    expect(await loadHere(plan, { signal: enough.signal })).toMatchObject({ ended: 'stopped', sent: 0 });
  });

  it('tells how far it is', async () => {
    const server = await serving(httpServer());
    const phases = new Set<string>();
    let answered = 0;
    await loadHere(
      { url: server.url, targets: [{ path: '/' }], seconds: 0.6, warmUpSeconds: 0.3 },
      {
        progress: (progress) => {
          phases.add(progress.phase);
          answered = progress.answered;
        },
      },
    );
    expect([...phases]).toContain('measuring');
    expect(answered).toBeGreaterThan(0);
  });
});

describe('a server that is not there', () => {
  it.each([
    ['refuses', 'http://127.0.0.1:1', 'Nobody listens at http://127.0.0.1:1: the connection was refused.'],
    ['has no name', 'http://nobody.invalid', 'There is no host nobody.invalid (in http://nobody.invalid).'],
    ['has no socket', 'unix:/nowhere/at/all', 'unix:/nowhere/at/all cannot be reached (ENOENT).'],
  ])('%s', async (_, url, message) => {
    await expect(loadHere({ url, targets: [{ path: '/' }], seconds: 1 })).rejects.toThrow(message);
  });
});
