/** The library in somebody's process: whose Request and Response have the global names, and what handlers are given. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { FetchHandler, Server } from '../src/server.js';
import { fetchOnce, type Response as RawResponse } from './conformance/raw-client.js';
import { DIST } from './models/scripts.js';

const NAMES = ['Request', 'Response', 'Headers', 'ReadableStream', 'fetch'] as const;

let serve: typeof import('../src/server.js').serve;
let servers: Server[] = [];
const descriptors = (): unknown[] => NAMES.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
const Native = { Request, Response, Headers };

beforeAll(async () => {
  ({ serve } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function serving(fetch: FetchHandler, globals?: boolean): Promise<Server> {
  const server = await serve({ port: 0, host: '127.0.0.1', fetch, ...(globals === undefined ? {} : { globals }) });
  servers.push(server);
  return server;
}

function ask(
  server: Server,
  path: string,
  fields: readonly string[] = [],
  body = '',
  method = 'GET',
): Promise<RawResponse> {
  return fetchOnce(Number(new URL(server.url).port), path, fields, { method, body });
}

/** What a handler does with a request and with what it makes, by the names that it finds. */
const PATHS: Record<string, (request: Request) => Response | Promise<Response>> = {
  '/is': (request) => Response.json([request instanceof Request, request.headers instanceof Headers]),
  '/copy': async (request) => {
    const copy = new Request(request, { headers: { 'x-own': 'own' } });
    return new Response(`${copy.method} ${copy.headers.get('x-own')} ${await copy.text()}`);
  },
  '/elsewhere': async (request) => new Response(await new Request('http://elsewhere/', request).text()),
  '/body': async (request) => new Response(`${request.bodyUsed} ${await request.text()} ${request.bodyUsed}`),
  '/clone': async (request) => new Response((await request.clone().text()) + (await request.text())),
  '/unread': () => new Response('unread'),
  '/background': (request) => {
    const { ip, waitUntil } = request as Request & { ip: string; waitUntil(promise: Promise<unknown>): void };
    waitUntil(Promise.resolve());
    return new Response(ip);
  },
};
const handler: FetchHandler = (request) => (PATHS[new URL(request.url).pathname] as (typeof PATHS)[string])(request);

it.each([undefined, true, false])('with globals %s a request is what the program’s names say', async (globals) => {
  const server = await serving(handler, globals);
  const said = async (path: string, body = ''): Promise<string> => {
    const length = [`Content-Length: ${body.length}`];
    const answer = await ask(server, path, length, body, body === '' ? 'GET' : 'POST');
    // What is whole has its length.
    expect(answer.field('content-length')).toBe(`${answer.body.length}`);
    return answer.body.toString();
  };
  expect(await said('/is')).toBe('[true,true]');
  expect(await said('/copy', 'text')).toBe('POST own text');
  expect(await said('/copy')).toBe('GET own ');
  expect(await said('/elsewhere', 'text')).toBe('text');
  expect(await said('/body', 'text')).toBe('false text true');
  expect(await said('/clone', 'text')).toBe('texttext');
  expect(await said('/unread', 'text')).toBe('unread');
  expect(await said('/background')).toBe('127.0.0.1');
});

it('names are given back when the last server that needs them has ended, and only those', async () => {
  const before = descriptors();
  const own = globalThis.fetch;
  const first = await serving(handler);
  expect(descriptors()).not.toEqual(before);
  const second = await serving(handler, true);
  await serving(handler, false);
  await first.close();
  await first.drain();
  expect(globalThis.Request).not.toBe(Native.Request);
  const others = async (): Promise<Response> => new Response('of somebody else');
  globalThis.fetch = others;
  await second.drain();
  expect(globalThis.fetch).toBe(others);
  globalThis.fetch = own;
  expect([globalThis.Request, globalThis.Response, globalThis.Headers]).toEqual(Object.values(Native));
});

it('a server that cannot start, files alone, and globals: false leave the names alone', async () => {
  const before = descriptors();
  const server = await serving(handler, false);
  const port = Number(new URL(server.url).port);
  await expect(serve({ host: '127.0.0.1', port, fetch: handler })).rejects.toThrow();
  servers.push(await serve({ port: 0, root: '.' }));
  expect(descriptors()).toEqual(before);
  await expect(serve({ fetch: handler, globals: 1 as never })).rejects.toThrow(/globals must be true or false/);
});

it('Node’s own responses go out whole with their length, and as a stream where they are one', async () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const upstream = createServer((_request, response) => response.end(gzipSync('proxied')));
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', resolve);
  });
  const at = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
  const slow = (pieces: readonly string[]): ReadableStream => {
    const left = [...pieces];
    return new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
        const piece = left.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(bytes(piece));
      },
    });
  };
  const made: Record<string, () => Response | Promise<Response>> = {
    '/text': () => new Response('text', { status: 201, headers: { 'x-own': 'own' } }),
    '/long': async () => new Response('x'.repeat(300_000)),
    '/empty': () => new Response(''),
    '/none': () => new Response(null),
    '/nothing': () => new Response(null, { status: 204 }),
    '/coded': () => new Response(gzipSync('coded'), { headers: { 'content-encoding': 'gzip' } }),
    '/said': () => new Response('said', { headers: { 'content-length': '4' } }),
    '/slow': () => new Response(slow(['one ', 'two ', 'three'])),
    '/fetched': () => fetch(at),
    '/fails': () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.error(new Error('at once')),
        }),
      ),
    '/wrong': () => new Response(new ReadableStream({ start: (controller) => controller.enqueue('text' as never) })),
    '/used': async () => {
      const used = new Response('used');
      await used.text();
      return used;
    },
  };
  const server = await serving((request) => (made[new URL(request.url).pathname] as () => Response)(), false);
  const length = async (path: string, method = 'GET'): Promise<unknown[]> => {
    const answer = await ask(server, path, [], '', method);
    return [answer.status, answer.field('content-length'), answer.body.toString('latin1').slice(0, 13)];
  };
  expect(await length('/text')).toEqual([201, '4', 'text']);
  expect((await ask(server, '/text')).field('x-own')).toBe('own');
  expect(await length('/text', 'HEAD')).toEqual([201, '4', '']);
  expect(await length('/long')).toEqual([200, '300000', 'x'.repeat(13)]);
  expect(await length('/empty')).toEqual([200, '0', '']);
  expect(await length('/none')).toEqual([200, '0', '']);
  expect(await length('/nothing')).toEqual([204, undefined, '']);
  expect(await length('/said')).toEqual([200, '4', 'said']);
  expect(await length('/slow')).toEqual([200, undefined, 'one two three']);
  expect((await ask(server, '/fetched')).body.toString('latin1')).toBe(gzipSync('proxied').toString('latin1'));
  const coded = await ask(server, '/coded');
  expect([coded.field('content-encoding'), gunzipSync(coded.body).toString()]).toEqual(['gzip', 'coded']);
  for (const path of ['/fails', '/wrong', '/used']) expect((await ask(server, path)).status).toBe(500);
  expect((await ask(server, '/text', [], '', 'TRACK')).status).toBe(501);
  upstream.closeAllConnections();
  upstream.close();
});
