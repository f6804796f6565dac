/** The processes of load clients: the same one again where it could, another one where it failed, none left. */
import { afterEach, expect, it } from 'vitest';
import { LoadClients } from '../../../src/compare/load/load-clients.js';
import { childrenOf } from '../../../src/metrics/proc.js';
import { type Counting, httpServer } from './server.js';

const servers: Counting[] = [];
const clients = new LoadClients(new URL('../../../dist/compare/load/client-process.js', import.meta.url));
afterEach(async () => {
  await clients.end();
  for (const server of servers.splice(0)) await server.close();
});

async function asked(): Promise<Counting> {
  const server = await httpServer();
  servers.push(server);
  return server;
}

const planned = ({ url }: Counting) => ({ url, targets: [{ path: '/' }], requests: 10 });
const processes = (): readonly number[] => childrenOf(process.pid);

it('one process makes one load after the other, and has closed its connections each time', async () => {
  const [one, other] = [await asked(), await asked()];
  expect((await clients.run(planned(one))).answered).toBe(10);
  const first = processes();
  expect(first).toHaveLength(1);
  await expect.poll(() => one.sockets.size).toBe(0);
  expect((await clients.run(planned(other))).answered).toBe(10);
  expect(processes()).toEqual(first);
});

it('loads at the same time have a process each, and none is left at the end', async () => {
  const server = await asked();
  const results = await Promise.all([clients.run(planned(server)), clients.run(planned(server))]);
  expect(results.map(({ answered }) => answered)).toEqual([10, 10]);
  expect(processes()).toHaveLength(2);
  await clients.end();
  expect(processes()).toHaveLength(0);
});

it('a load that is stopped leaves its process to the next one', async () => {
  const server = await asked();
  const enough = new AbortController();
  const progress = (): void => enough.abort();
  const stopped = await clients.run({ ...planned(server), requests: 1e9 }, { signal: enough.signal, progress });
  expect(stopped.ended).toBe('stopped');
  const first = processes();
  expect((await clients.run(planned(server))).ended).toBe('complete');
  expect(processes()).toEqual(first);
});

it('one that failed, or that somebody has ended, makes no other load', async () => {
  const server = await asked();
  await expect(clients.run({ ...planned(server), connections: 0 })).rejects.toThrow('at least one connection');
  expect(processes()).toHaveLength(0);
  await clients.run(planned(server));
  const [resting] = processes();
  process.kill(resting as number, 'SIGKILL');
  await expect.poll(processes).toEqual([]);
  expect((await clients.run(planned(server))).answered).toBe(10);
});
