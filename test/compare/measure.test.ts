/** One repetition, with the real load client and a server that counts: what is divided by, and who is told that it is over. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { loadHere } from '../../src/compare/load/load-here.js';
import type { LoadPlan } from '../../src/compare/load/plan.js';
import type { LoadResult } from '../../src/compare/load/result.js';
import { measureOnce, type RunLoad } from '../../src/compare/measurement/measure.js';
import type { StartedServer } from '../../src/compare/measurement/server-process.js';
import { type Counting, httpServer } from './load/server.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A server whose numbers are told at another port; `failsAt`: which reading of them fails. */
async function started(failsAt = 0): Promise<{ server: StartedServer; counting: Counting; readings: () => number }> {
  const counting = await httpServer();
  let readings = 0;
  const admin = createServer((_request, response) => {
    readings++;
    if (readings === failsAt) response.destroy();
    else response.end(JSON.stringify({ requests: counting.requests }));
  });
  open.push(counting, admin);
  await new Promise<void>((done) => admin.listen(0, '127.0.0.1', done));
  const adminUrl = `http://127.0.0.1:${(admin.address() as AddressInfo).port}/`;
  const server = { pid: process.pid, url: counting.url, adminUrl, ended: () => undefined, stop: async () => {} };
  return { server, counting, readings: () => readings };
}

const planned = ({ url }: StartedServer, more: Partial<LoadPlan>): LoadPlan => ({
  url,
  targets: [{ path: '/' }],
  ...more,
});

it('answers of slow readers are among those that were answered, and the server has counted as many', async () => {
  const { server, readings } = await started();
  const slowReaders = { count: 3, bytesPerSecond: 100_000 };
  const measured = planned(server, { connections: 1, thinkMilliseconds: 20, slowReaders, seconds: 0.4 });
  let result: LoadResult | undefined;
  const runLoad: RunLoad = async (plan) => {
    result = await loadHere(plan);
    return result;
  };
  const sample = await measureOnce(server, { measured }, { repetition: 1, runLoad });
  expect(result?.slowReaders?.answered).toBeGreaterThan(3);
  expect(sample.requests).toBe(result?.answered);
  // Each slow reader is in the middle of one more, which the server may have answered.
  expect(sample.serverRequests).toBeGreaterThanOrEqual(sample.requests);
  expect(sample.serverRequests).toBeLessThanOrEqual(sample.requests + slowReaders.count);
  // It need not be waited for what never comes.
  expect(readings()).toBeLessThan(10);
});

it('the idle ones go when the server does not tell its numbers any more', async () => {
  const { server, counting } = await started(2);
  const idle = planned(server, { connections: 1, idleConnections: 3, thinkMilliseconds: 60_000, seconds: 60 });
  const measured = planned(server, { seconds: 0.1 });
  const ended: string[] = [];
  const runLoad: RunLoad = async (plan, options) => {
    const result = await loadHere(plan, options);
    ended.push(result.ended);
    return result;
  };
  const work = measureOnce(server, { measured, idle }, { repetition: 1, runLoad });
  await expect(work).rejects.toThrow('The server does not tell its numbers');
  expect(ended).toEqual(['stopped']);
  await expect.poll(() => counting.sockets.size).toBe(0);
});
