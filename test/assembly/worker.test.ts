/** A worker that an application ends, on purpose or by mistakes: its clients hear of it, and whoever comes next is served. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from '../conformance/architectures.js';
import { eventually, ServerProcess } from '../conformance/server-process.js';

const APP = `
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/') return new Response('hello');
    if (pathname === '/leave') setImmediate(() => process.exit(1));
    if (pathname === '/fail') for (const one of ['one', 'another']) setImmediate(() => { throw new Error(one); });
    return new Promise(() => {});
  },
};
`;

const WORKERS: readonly (readonly [name: string, ...options: string[]])[] = [
  ['loops on io_uring', '--loops', '2', '--dispatcher', 'io_uring'],
  ['loops on epoll with helpers', '--loops', '2', '--dispatcher', 'epoll', '--disk', 'helpers'],
  ['threads', '--model', 'thread', '--workers', '4'],
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-worker-'));
  writeFileSync(join(folder, 'app.mjs'), APP);
});

afterAll(async () => {
  await ServerProcess.endOthers();
  rmSync(folder, { recursive: true });
});

async function ask(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  return socket.resume();
}

const closed = (socket: Socket): Promise<boolean> => eventually(() => socket.closed);

describe.each(WORKERS)('%s', (name, ...options) => {
  it.each(['/leave', '/fail'])(
    '%s: nobody waits for a worker that is no more, and its successor serves',
    async (end) => {
      const architecture = { name, options, workers: undefined } as unknown as Architecture;
      const server = await ServerProcess.start(architecture, join(folder, 'app.mjs'), '--drain-timeout', '200ms');
      // More than one: to have some with either loop. The first to die takes along those of its worker, the last all.
      for (let time = 0; time < 2; time++) {
        const waiting =
          name === 'threads' ? [] : await Promise.all(Array.from({ length: 6 }, () => ask(server.port, '/wait')));
        const last = await ask(server.port, end);
        expect(await closed(last)).toBe(true);
        const others = await Promise.all(Array.from({ length: 12 }, () => ask(server.port, '/')));
        for (const other of others) expect(await closed(other)).toBe(true);
        for (const socket of waiting) socket.destroy();
      }
      expect(await server.stop()).toMatchObject({ code: 0 });
    },
  );
});
