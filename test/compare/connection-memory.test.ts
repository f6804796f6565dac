/** What a connection takes: a server that takes a known amount for each, with the real load client. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { readConfiguration } from '../../src/compare/configuration.js';
import { amped } from '../../src/compare/contestant.js';
import { loadHere } from '../../src/compare/load/load-here.js';
import { canBeTold, memoryOfConnection } from '../../src/compare/measurement/connection-memory.js';
import { readWorkload } from '../../src/compare/workloads/read-workload.js';

const KIBIBYTE = 1024;
const EACH = 256 * KIBIBYTE;
/** Outside of the heap, which the collector tidies up when it likes. */
const SERVER = `
const kept = [];
const server = require('node:http').createServer((request, response) => response.end('hello'));
server.maxConnections = Number(process.argv[1]);
server.on('connection', () => kept.push(Buffer.alloc(${EACH}, 1)));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

const servers: ChildProcess[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.kill('SIGKILL');
});

async function memoryWith(mostConnections: number, connections: number, idleConnections: number) {
  const server = spawn(process.execPath, ['-e', SERVER, String(mostConnections)], { stdio: ['ignore', 'pipe', 2] });
  servers.push(server);
  const [port] = await once(server.stdout!, 'data');
  const plan = { url: `http://127.0.0.1:${String(port).trim()}`, targets: [{ path: '/', length: 5 }] };
  const held = { connections, idleConnections };
  return memoryOfConnection(server.pid as number, plan, held, loadHere, new AbortController().signal);
}

it('is what the server has more with all of them open, and neither its own memory nor that of its first requests', async () => {
  for (const [connections, idle] of [
    [250, 0],
    [10, 240],
  ] as const) {
    const memory = await memoryWith(1000, connections, idle);
    // Its own memory, 40 MiB or more, would be 160 KiB for each on top; of its heap it may give back a part.
    expect(memory).toBeGreaterThan(0.7 * EACH);
    expect(memory).toBeLessThan(1.4 * EACH);
  }
});

it('is not told where not all of them could be held', async () => {
  expect(await memoryWith(100, 250, 0)).toBeUndefined();
});

it('is told of those that have many connections, and not of threads and processes with one each', () => {
  const contestant = (name: string) => amped(readConfiguration(name));
  const many = { ...readWorkload('connections'), connections: 16, idleConnections: 400 };
  for (const name of ['event/epoll', 'event/epoll/auto:2']) expect(canBeTold(contestant(name), many)).toBe(true);
  for (const name of ['thread', 'process', 'thread:16', 'process:512']) {
    expect(canBeTold(contestant(name), many)).toBe(false);
  }
  expect(canBeTold(contestant('event/epoll'), { ...many, idleConnections: 200 })).toBe(false);
  expect(canBeTold(contestant('event/epoll'), { ...many, handlerWaitMilliseconds: 1 })).toBe(false);
});
