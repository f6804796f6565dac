/** Whatever a handler throws, and wherever its client goes: the next request is answered, by the same worker, in every architecture. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from './conformance/architectures.js';
import { fetchOnce, RawConnection, request } from './conformance/raw-client.js';
import { eventually, ServerProcess } from './conformance/server-process.js';

const APP = `
import { createReadStream } from 'node:fs';
const seen = (word) => console.error('handler says: ' + word);
const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const gone = (request) => new Promise((done) => request.signal.addEventListener('abort', done));
const bytes = new TextEncoder().encode('tick');
const throwing = () => { throw new Error('asked'); };
const routes = {
  '/hello': () => new Response('hello'),
  '/bare': () => { throw Object.create(null); },
  '/bare-later': async () => { throw Object.create(null); },
  '/own-cause': () => { const error = new Error('own'); error.cause = error; throw error; },
  '/nasty': () => { throw new Proxy(new Error('hidden'), { get: throwing, getPrototypeOf: throwing }); },
  '/plain': () => { throw { code: 7 }; },
  '/several': () => Promise.any([Promise.reject(new Error('inner'))]),
  '/no-reason': () => new Response(new ReadableStream({
    pull(controller) { if (this.begun) controller.error(); this.begun = true; controller.enqueue(bytes); },
  })),
  '/text-first': () => new Response(new ReadableStream({ start(controller) { controller.enqueue('text'); } })),
  '/error-first': () => new Response(new ReadableStream({ start(controller) { controller.error(new Error('at first')); } })),
  '/file': () => new Response(createReadStream(new URL(import.meta.url))),
  '/no-file': () => new Response(createReadStream(new URL('none', import.meta.url))),
  '/taken-out': (request, { waitUntil, clientAddress }) => {
    waitUntil(later(5).then(() => seen('waited for')));
    return new Response(clientAddress.address);
  },
  '/awaits-late': async (request) => {
    const body = request.json();
    seen('awaits');
    await gone(request);
    await later(20);
    try { await body; } finally { seen('awaited'); }
  },
  '/never-awaits': async (request) => { request.text(); seen('reads'); await gone(request); seen('left'); return new Response('early'); },
  '/derives': async (request) => {
    const body = request.json().then((made) => made);
    seen('derives');
    await gone(request);
    await later(20);
    body.catch(() => seen('derived'));
  },
  '/writes': (request) => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    (async () => { try { for (;;) { await writer.write(bytes); await later(5); } } finally { seen('wrote'); } })();
    return new Response(readable);
  },
  '/pipes': () => {
    const { readable, writable } = new TransformStream();
    new ReadableStream({
      async pull(controller) { await later(5); controller.enqueue(bytes); }, cancel() { seen('piped'); },
    }).pipeTo(writable);
    return new Response(readable);
  },
  '/passes-on': (request) => new Promise((_, fail) => {
    seen('passes');
    request.signal.addEventListener('abort', () => { fail(request.signal.reason); seen('passed'); });
  }),
  '/too-long': (request) => new Promise((_, fail) => request.signal.addEventListener('abort', () => {
    seen('too long ' + request.signal.reason.name);
    fail(request.signal.reason);
  })),
};
export default { fetch: (request, context) => routes[new URL(request.url).pathname](request, context) };
`;

const ARCHITECTURES: readonly (readonly [name: string, ...options: string[]])[] = [
  ['event'],
  ['event, epoll', '--dispatcher', 'epoll'],
  ['event, 2 loops', '--loops', '2'],
  ['thread', '--model', 'thread', '--workers', '2'],
  ['process', '--model', 'process', '--workers', '2'],
];

let folder: string;
let app: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-survival-'));
  app = join(folder, 'app.mjs');
  writeFileSync(app, APP);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each(ARCHITECTURES)('%s', (_name, ...options) => {
  it('goes on whatever is thrown, and whoever leaves, and tells of failures alone', async () => {
    const server = await ServerProcess.start(
      { options } as Partial<Architecture> as Architecture,
      ...[app, '--handler-timeout', '3s'],
    );
    const said = (words: string): Promise<boolean> => eventually(() => server.stderr.includes(words), 10_000);
    try {
      const failing = [
        '/bare',
        '/bare-later',
        '/own-cause',
        '/nasty',
        '/plain',
        '/several',
        '/text-first',
        '/error-first',
      ];
      for (const target of failing) {
        expect([target, (await fetchOnce(server.port, target)).status]).toEqual([target, 500]);
      }
      expect(await said('GET /plain: { code: 7 }\n')).toBe(true);
      expect(await said('among them Error: inner\n')).toBe(true);

      for (const target of ['/no-reason', '/no-file']) {
        const broken = await RawConnection.open(server.port);
        await broken.send(request(target));
        await broken.readToEnd();
      }
      expect((await fetchOnce(server.port, '/file')).body.toString()).toBe(APP);
      expect((await fetchOnce(server.port, '/file', [], { method: 'HEAD' })).status).toBe(200);
      expect((await fetchOnce(server.port, '/taken-out')).body.toString()).toBe('127.0.0.1');
      expect(await said('handler says: waited for\n')).toBe(true);
      expect(await said('GET /no-reason: undefined, which gives no reason\n')).toBe(true);

      /** Sends so much, and leaves when the handler has said something. */
      const leaves = async (bytes: string, after: string | undefined, then: string): Promise<void> => {
        const connection = await RawConnection.open(server.port);
        await connection.send(bytes);
        if (after === undefined) await connection.readHead();
        else expect(await said(`handler says: ${after}\n`)).toBe(true);
        connection.close();
        expect([then, await said(`handler says: ${then}\n`)]).toEqual([then, true]);
      };
      const half = (target: string): string =>
        request(target, ['Content-Length: 100'], { method: 'POST', body: 'half' });
      await leaves(half('/awaits-late'), 'awaits', 'awaited');
      await leaves(half('/never-awaits'), 'reads', 'left');
      await leaves(half('/derives'), 'derives', 'derived');
      await leaves(request('/writes'), undefined, 'wrote');
      await leaves(request('/pipes'), undefined, 'piped');
      await leaves(request('/passes-on'), 'passes', 'passed');
      expect((await fetchOnce(server.port, '/too-long')).status).toBe(503);
      expect(await said('handler says: too long TimeoutError\n')).toBe(true);
      expect((await fetchOnce(server.port, '/hello')).body.toString()).toBe('hello');
    } finally {
      RawConnection.closeAll();
      const { code, stderr } = await server.stop();
      // Neither of those who left nor of workers that had to be replaced.
      expect(stderr).not.toMatch(/has gone|A worker has ended|Warning/);
      expect(stderr.match(/ error The application failed/g)).toHaveLength(10);
      expect(stderr.match(/has not answered/g)).toHaveLength(1);
      expect(code).toBe(0);
    }
  }, 60_000);
});

describe('a failure that nobody catches', () => {
  const OTHERS = `
let answer;
export default { fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/hello') return new Response('hello');
  setTimeout(() => Promise.reject(pathname === '/platform' ? new DOMException('bad thing', 'DataError') : { code: 7 }), 20);
  return new Promise(() => {});
} };
`;

  it.each(['thread', 'process'])(
    '%s: costs its worker, is told in words, and leaves no client waiting',
    async (model) => {
      const path = join(folder, 'others.mjs');
      writeFileSync(path, OTHERS);
      const server = await ServerProcess.start(
        { options: ['--model', model, '--workers', '1'] } as Partial<Architecture> as Architecture,
        path,
      );
      try {
        for (const [target, words] of [
          ['/platform', 'DataError: bad thing'],
          ['/other', 'A promise was rejected, and nobody listened: { code: 7 }'],
        ] as const) {
          const connection = await RawConnection.open(server.port);
          await connection.send(request(target));
          await connection.expectEnd();
          expect(await eventually(() => server.stderr.includes(words))).toBe(true);
          expect(await eventually(async () => (await fetchOnce(server.port, '/hello')).status === 200)).toBe(true);
        }
      } finally {
        RawConnection.closeAll();
        await server.stop();
      }
    },
  );
});
