/** The parts of the load client that need no server: plans, requests, local addresses, delays, latencies and the verdict. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { bottleneckOf, type Facts } from '../../../src/compare/load/bottleneck.js';
import { completePlan, destinationOf, PlanError } from '../../../src/compare/load/complete-plan.js';
import type { Connector } from '../../../src/compare/load/connector.js';
import { DelayQueue } from '../../../src/compare/load/delay-queue.js';
import { Latencies } from '../../../src/compare/load/latencies.js';
import { LoadClient } from '../../../src/compare/load/load-client.js';
import { LoadConnection } from '../../../src/compare/load/load-connection.js';
import { loadHere } from '../../../src/compare/load/load-here.js';
import { CONNECTIONS_PER_ADDRESS, LocalAddresses } from '../../../src/compare/load/local-addresses.js';
import type { LoadPlan } from '../../../src/compare/load/plan.js';
import { Requests, requestText } from '../../../src/compare/load/requests.js';
import type { Dispatcher } from '../../../src/dispatcher/dispatcher.js';
import { EADDRNOTAVAIL, ECONNREFUSED } from '../../../src/linux/errno.js';
import { Arena } from '../../../src/memory/arena.js';

const PLAN: LoadPlan = { url: 'http://127.0.0.1:1', targets: [{ path: '/' }], seconds: 1 };

describe('a plan', () => {
  it('has defaults', () => {
    expect(completePlan(PLAN)).toMatchObject({ connections: 1, keepAlive: true, pace: { kind: 'closed' }, seed: 1 });
  });

  it.each<[Partial<LoadPlan>, string]>([
    [{ targets: [] }, 'A plan needs at least one target.'],
    [{ targets: [{ path: 'a' }] }, 'targets[0].path must begin with / and be ASCII without spaces, not "a".'],
    [{ targets: [{ path: '/ HTTP/1.1\r\nX: y' }] }, 'targets[0].path must begin with /'],
    [{ targets: [{ path: '/', method: 'G T' }] }, 'targets[0].method must be a method such as GET, not "G T".'],
    [{ targets: [{ path: '/', fields: [['A', 'b\r\nC: d']] }] }, 'targets[0] has a field A with control characters.'],
    [{ targets: [{ path: '/', fields: [['A:', 'b']] }] }, 'targets[0] has a field whose name is "A:".'],
    [{ targets: [{ path: '/', sha256: 'abc' }] }, 'targets[0].sha256 must be 64 hexadecimal digits, not "abc".'],
    [{ targets: [{ path: '/', weight: 0 }] }, 'Every target has the weight 0.'],
    [{ connections: 1.5 }, 'connections must be a whole number from 0 to 1000000, not 1.5.'],
    [{ connections: 0 }, 'A plan needs at least one connection.'],
    [{ connections: 999_999 }, 'So many connections need 1000063 descriptors'],
    [{ pipeline: 2, keepAlive: false }, 'pipeline needs keepAlive: one request has nothing behind it.'],
    [{ pace: { kind: 'open', rate: 0 } }, 'pace.rate must be a number from 0.001 to 10000000, not 0.'],
    [{ pace: { kind: 'open', rate: 1 }, thinkMilliseconds: 5 }, 'thinkMilliseconds is for a closed loop'],
    [
      {
        order: {
          kind: 'trace',
          requests: [
            [5, 0],
            [4, 0],
          ],
        },
      },
      'order.requests[1] is due before the one that comes first.',
    ],
    [{ order: { kind: 'trace', requests: [[5, 1]] } }, 'order.requests[0] asks for no target.'],
    [{ order: { kind: 'shuffled' } as never }, 'order.kind must be one of random, sequence, trace.'],
    [{ localAddresses: ['here'] }, 'localAddresses must be IP addresses, not here.'],
    [{ localAddresses: ['::1'] }, 'localAddresses must be of the same kind as the address of the server.'],
    [{ processor: 1023 }, 'There is no processor 1023 that this process may run on.'],
    [{ url: 'http://a:b@c' }, 'The URL must not have a password in it'],
    [{ url: 'https://a' }, 'The load client speaks http only, not https'],
    [{ url: '127.0.0.1:80' }, 'The URL must be http://HOST:PORT or unix:PATH, not "127.0.0.1:80".'],
  ])('%j is refused by one sentence', async (change, sentence) => {
    const refused = loadHere({ ...PLAN, ...change });
    await expect(refused).rejects.toBeInstanceOf(PlanError);
    await expect(refused).rejects.toThrow(sentence);
  });

  it('needs an end', () => {
    const { seconds: _, ...endless } = PLAN;
    expect(() => completePlan(endless)).toThrow('A plan needs seconds or requests, or it would have no end.');
    expect(completePlan({ ...endless, order: { kind: 'trace', requests: [[0, 0]] } }).seconds).toBeUndefined();
  });

  it('says where the server is', () => {
    expect(destinationOf('http://a/b')).toEqual({ address: { host: 'a', port: 80 }, authority: 'a' });
    expect(destinationOf('http://[::1]:8')).toEqual({ address: { host: '::1', port: 8 }, authority: '[::1]:8' });
    expect(destinationOf('unix:/a b')).toEqual({ address: { path: '/a b' }, authority: 'localhost' });
  });
});

it('requests are written with what HTTP needs, and what was given instead of it', () => {
  expect(String(requestText({ path: '/a?b' }, 'h:1', true))).toBe('GET /a?b HTTP/1.1\r\nHost: h:1\r\n\r\n');
  const post = {
    path: '/',
    method: 'POST',
    fields: [['host', 'x']] as const,
    body: Buffer.from('hi').toString('base64'),
  };
  expect(String(requestText(post, 'h', false))).toBe(
    'POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi',
  );
});

it('characters that Latin-1 does not have are no ends of lines', () => {
  const fields = [['X-Name', 'Dvořák č, \u{10d0d}\u010a']] as const;
  expect(String(requestText({ path: '/', fields }, 'h', true))).toBe(
    `GET / HTTP/1.1\r\nHost: h\r\nX-Name: ${fields[0][1]}\r\n\r\n`,
  );
});

it('a connection that could not be made while nothing may be sent is made for the next request', () => {
  const arena = new Arena(65_536);
  const opened: number[] = [];
  const dispatcher = { clock: 0, add() {}, send() {}, close: () => true } as unknown as Dispatcher;
  const connector = { open: () => opened.push(7) } as unknown as Connector;
  const plan = completePlan({ ...PLAN, warmUpSeconds: 1, requests: 5 });
  const requests = new Requests(arena, [Buffer.from('GET')], plan.targets);
  const client = new LoadClient(plan, { arena, dispatcher, requests, connector, batchBytes: 0 });
  const connection = new LoadConnection(0, client);
  client.phases.enter('warm-up', 0);
  connection.ask(0);
  client.phases.enter('resting', 1);
  connection.sent(-ECONNREFUSED);
  expect(client.tally.errors.connectRefused).toBe(1);
  client.phases.measure(2);
  connection.ask(0);
  expect(opened).toHaveLength(2);
  arena.destroy();
});

describe('local addresses', () => {
  const addressesOf = (host: string, connections: number, given?: number): LocalAddresses =>
    new LocalAddresses(host, connections, given);

  it('are left to the kernel as long as there are ports', () => {
    expect(addressesOf('127.0.0.1', CONNECTIONS_PER_ADDRESS).next()).toBeUndefined();
    expect(addressesOf('192.0.2.1', 10 * CONNECTIONS_PER_ADDRESS).next()).toBeUndefined();
  });

  it('are as many as connections need, one after the other', () => {
    const local = addressesOf('127.0.0.1', 2 * CONNECTIONS_PER_ADDRESS + 1);
    expect(local.names).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    const last = Array.from({ length: 4 }, () => local.next()?.[7]);
    expect(last).toEqual([1, 2, 3, 1]);
  });

  it('are one more when ports run out, and only then, and only on this computer', () => {
    const local = addressesOf('127.0.0.1', 1);
    expect(local.failed(-ECONNREFUSED)).toBe(false);
    expect(local.failed(-EADDRNOTAVAIL)).toBe(true);
    expect(local.failed(-EADDRNOTAVAIL)).toBe(true);
    expect(local.next()?.[7]).toBe(2);
    expect(addressesOf('192.0.2.1', 1).failed(-EADDRNOTAVAIL)).toBe(false);
    expect(addressesOf('127.0.0.1', 1, 2).failed(-EADDRNOTAVAIL)).toBe(false);
  });
});

it('who waits longest is due first', () => {
  const queue = new DelayQueue(10, 3);
  expect(queue.due).toBe(Number.POSITIVE_INFINITY);
  for (let round = 0; round < 5; round++) {
    queue.put(7, round);
    queue.put(8, round + 1);
    expect(queue.due).toBe(round + 10);
    expect([queue.take(), queue.take()]).toEqual([7, 8]);
  }
  queue.put(1, 0);
  queue.clear();
  expect(queue.due).toBe(Number.POSITIVE_INFINITY);
});

describe('latencies', () => {
  it('are all in the histogram, short and long ones', () => {
    const latencies = new Latencies();
    for (let index = 0; index < 98; index++) latencies.record(0.1504);
    latencies.record(-1);
    latencies.record(2000);
    const { histogram, buckets, ...numbers } = latencies.take().measured;
    expect(numbers).toMatchObject({ count: 100, p50: 150, p90: 150 });
    expect(numbers.max).toBeGreaterThan(1_998_000);
    expect(numbers.mean / (20_000 + 147)).toBeCloseTo(1, 2);
    expect(decodeFromCompressedBase64(histogram).totalCount).toBe(100);
    expect(buckets[0]).toEqual({ atMost: 1, count: 1 });
    expect(buckets.find(({ atMost }) => atMost === 200)?.count).toBe(98);
    expect(buckets.at(-1)).toEqual({ atMost: 2_000_000, count: 1 });
    expect(latencies.take().measured).toMatchObject({ count: 0, mean: 0, buckets: [] });
  });

  it('have put back what a stall kept from being sent', () => {
    const latencies = new Latencies();
    for (let index = 0; index < 99; index++) latencies.record(1);
    latencies.record(101);
    // Of a connection that would have asked each millisecond: 99 more, of 2 to 100 milliseconds.
    const { measured, corrected } = latencies.take(1000);
    expect([measured.count, measured.p90]).toEqual([100, 1000]);
    expect(corrected?.count).toBe(200);
    expect((corrected?.p90 ?? 0) / 81_000).toBeCloseTo(1, 1);
    latencies.record(3_600_000);
    expect(latencies.take(0).corrected?.count).toBeLessThan(1_010_000);
  });

  it('of more than an hour are an hour', () => {
    const latencies = new Latencies();
    latencies.record(1e9);
    expect(latencies.take().measured.count).toBe(1);
  });
});

describe('the bottleneck', () => {
  const facts: Facts = {
    busy: 0.5,
    processorBusy: undefined,
    due: undefined,
    thinkMilliseconds: 0,
    meanMilliseconds: 1,
  };
  it.each<[Partial<Facts>, string]>([
    [{}, 'server'],
    [{ busy: 0.9 }, 'client'],
    [{ processorBusy: 0.95 }, 'client'],
    [{ thinkMilliseconds: 5 }, 'neither'],
    [{ thinkMilliseconds: 0.5 }, 'server'],
    [{ due: { requests: 1000, unsent: 10 } }, 'neither'],
    [{ due: { requests: 1000, unsent: 11 } }, 'server'],
    [{ due: { requests: 0, unsent: 0 } }, 'neither'],
  ])('with %j is told by its rule', (change, bottleneck) => {
    const verdict = bottleneckOf({ ...facts, ...change });
    expect(verdict.bottleneck).toBe(bottleneck);
    expect(verdict.bottleneckRule).toMatch(/ was busy for (only )?\d+ % of the time/);
  });
});
