/** An application that computes for ever costs, in the models that block, one worker for a while: it is ended and replaced, and told of. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from './conformance/architectures.js';
import { fetchOnce, RawConnection, request } from './conformance/raw-client.js';
import { eventually, ServerProcess } from './conformance/server-process.js';

const APP = `
function spin() { for (;;); }
const routes = {
  '/hello': () => new Response('hello'),
  '/at-once': spin,
  '/later': async () => { await new Promise((done) => setTimeout(done, 10)); spin(); },
  '/events': () => new Response(new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array(8)); } })),
};
export default { fetch: (request) => routes[new URL(request.url).pathname](request) };
`;
const ENOUGH_MILLISECONDS = 20_000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-endless-'));
  writeFileSync(join(folder, 'app.mjs'), APP);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['thread', 'threads', '/at-once'],
  ['process', 'processes', '/later'],
])('%s', (model, where, target) => {
  it('its worker is replaced and leaves nothing behind; those that only wait stay', async () => {
    const server = await ServerProcess.start(
      { options: ['--model', model, '--workers', '3'], workers: { where } } as unknown as Architecture,
      ...[join(folder, 'app.mjs'), '--handler-timeout', '200ms'],
    );
    try {
      const events = await RawConnection.open(server.port);
      await events.send(request('/events'));
      await events.readHead();
      const idle = await RawConnection.open(server.port);
      await idle.send(request('/hello'));
      expect((await idle.readResponse()).status).toBe(200);
      const before = server.descriptors();

      const stuck = await RawConnection.open(server.port);
      await stuck.send(request(target));
      const ended = /The application has held a worker for \d\.\d s and does not come back: the worker is ended\.\n/;
      expect(await eventually(() => ended.test(server.stderr), ENOUGH_MILLISECONDS)).toBe(true);
      await stuck.expectEnd();
      expect((await fetchOnce(server.port, '/hello')).status).toBe(200);

      await idle.send(request('/hello'));
      expect((await idle.readResponse()).body.toString()).toBe('hello');
      const after = await server.descriptorsWhen(({ all }) => all <= before.all);
      expect([after.all, after.sockets]).toEqual([before.all, before.sockets]);
    } finally {
      RawConnection.closeAll();
      const { code, stderr } = await server.stop();
      expect(code).toBe(0);
      expect(stderr.match(/A worker has ended/g)).toHaveLength(1);
    }
  }, 60_000);
});
