/** The example applications, each started as a user does, in every model. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMAND } from '../conformance/server-process.js';

const MODELS: readonly (readonly string[])[] = [
  ['--model', 'event'],
  ['--loops', '2', '--loops-in', 'processes'],
  ['--model', 'thread', '--workers', '2'],
  ['--model', 'process', '--workers', '2'],
];

/** Does it while the example serves. */
async function serving(name: string, model: readonly string[], work: (url: string) => Promise<void>): Promise<void> {
  const app = fileURLToPath(new URL(`../../examples/apps/${name}.js`, import.meta.url));
  const server = spawn(process.execPath, [COMMAND, app, '--port', '0', '--host', '127.0.0.1', ...model], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(server, 'close');
  try {
    let said = '';
    for await (const text of server.stdout) {
      said += text;
      if (/http:\/\/127\.0\.0\.1:\d+\//.test(said)) break;
    }
    await work((/http:\/\/127\.0\.0\.1:\d+/.exec(said) as RegExpExecArray)[0]);
  } finally {
    server.kill('SIGTERM');
    const timer = setTimeout(() => server.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  }
}

describe.each(MODELS)(
  '%s %s',
  (...model) => {
    it('hono', () =>
      serving('hono', model, async (url) => {
        expect(await (await fetch(url)).text()).toBe('Hello from Hono!');
        expect(await (await fetch(`${url}/users/me?page=2`)).json()).toEqual({ name: 'me', page: '2' });
        const made = await fetch(`${url}/users`, { method: 'POST', body: '{"name":"you"}' });
        expect([made.status, await made.json()]).toEqual([201, { name: 'you' }]);
        expect((await fetch(`${url}/redirect`, { redirect: 'manual' })).headers.get('location')).toBe('/');
        expect((await fetch(`${url}/nowhere`)).status).toBe(404);
        expect((await fetch(`${url}/fails`)).status).toBe(500);
      }));

    it('h3', () =>
      serving('h3', model, async (url) => {
        expect(await (await fetch(url)).text()).toBe('Hello from h3!');
        expect(await (await fetch(`${url}/users/me?page=2`)).json()).toEqual({ name: 'me', page: '2' });
        const made = await fetch(`${url}/users`, { method: 'POST', body: '{"name":"you"}' });
        expect([made.status, await made.json()]).toEqual([201, { name: 'you' }]);
        expect(await (await fetch(`${url}/me`)).text()).toBe('127.0.0.1');
        const events = await fetch(`${url}/count`);
        expect(events.headers.get('content-type')).toBe('text/event-stream');
        expect(await events.text()).toBe('data: 1\n\ndata: 2\n\ndata: 3\n\n');
        const teapot = await fetch(`${url}/teapot`);
        expect([teapot.status, await teapot.json()]).toEqual([418, { status: 418, message: 'Short and stout.' }]);
        expect((await fetch(`${url}/nowhere`)).status).toBe(404);
      }));

    it('itty-router', () =>
      serving('itty-router', model, async (url) => {
        expect(await (await fetch(url)).text()).toBe('Hello from itty-router!');
        const user = await fetch(`${url}/users/me?page=2`, { headers: { origin: 'https://example.org' } });
        expect(user.headers.get('access-control-allow-origin')).toBe('https://example.org');
        expect(await user.json()).toEqual({ name: 'me', page: '2' });
        const made = await fetch(`${url}/users`, { method: 'POST', body: '{"name":"you"}' });
        expect([made.status, await made.json()]).toEqual([200, { name: 'you' }]);
        expect((await fetch(`${url}/users/me`, { method: 'DELETE' })).status).toBe(204);
        const preflight = await fetch(`${url}/users`, {
          method: 'OPTIONS',
          headers: { origin: 'https://example.org' },
        });
        expect(preflight.status).toBe(204);
        expect([(await fetch(`${url}/fails`)).status, (await fetch(`${url}/nowhere`)).status]).toEqual([500, 404]);
      }));

    it('upload', () =>
      serving('upload', model, async (url) => {
        expect(await (await fetch(url)).text()).toContain('Send me something');
        const body = Buffer.alloc(1_000_000, 'of no power of two');
        const sha256 = createHash('sha256').update(body).digest('hex');
        const told = await fetch(url, { method: 'PUT', body });
        expect(await told.json()).toEqual({ bytes: body.length, sha256 });
      }));

    it('events', () =>
      serving('events', model, async (url) => {
        expect(await (await fetch(url)).text()).toContain('EventSource');
        const answer = await fetch(`${url}/events`);
        expect(answer.headers.get('content-type')).toBe('text/event-stream');
        const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
        for (let event = 0; event < 2; event++) {
          const { value } = await reader.read();
          expect(new TextDecoder().decode(value)).toMatch(/^data: \d{4}-.*Z\n\n$/);
        }
        await reader.cancel();
      }));

    it('blocking', () =>
      serving('blocking', model, async (url) => {
        const work = fetch(`${url}/work?ms=100`);
        expect(await (await fetch(url)).text()).toBe('Here nothing blocks.\n');
        expect(((await (await work).json()) as { rounds: number }).rounds).toBeGreaterThan(0);
      }));
  },
  30_000,
);
