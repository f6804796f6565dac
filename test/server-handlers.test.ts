/** The library with a handler of this very process, as it is built. */
import { setTimeout as pause } from 'node:timers/promises';
import { getRequestIP, H3, proxyRequest } from 'h3';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Server } from '../src/server.js';
import { DIST } from './models/scripts.js';

/** Of Node, whatever the name means while a server runs. */
const NodesResponse = Response;

let serve: typeof import('../src/server.js').serve;
let servers: Server[] = [];

beforeAll(async () => {
  ({ serve } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

it('answers, several at once, with Node’s own responses too', async () => {
  for (const word of ['one', 'two']) {
    servers.push(await serve({ port: 0, fetch: async () => new NodesResponse(word, { headers: { a: word } }) }));
  }
  for (const [index, word] of ['one', 'two'].entries()) {
    const answer = await fetch((servers[index] as Server).url);
    expect([await answer.text(), answer.headers.get('a')]).toEqual([word, word]);
  }
});

it('is ready until it drains', async () => {
  const server = await serve({ port: 0, fetch: () => new Response() });
  servers.push(server);
  expect(server.ready).toBe(true);
  const drained = server.drain();
  expect(server.ready).toBe(false);
  await drained;
  expect(server.ready).toBe(false);
});

it('its end waits for what a handler went on with', async () => {
  let done = false;
  const server = await serve({
    port: 0,
    fetch: (_request, context) => {
      context.waitUntil(
        pause(100).then(() => {
          done = true;
        }),
      );
      return new Response('before');
    },
  });
  servers.push(server);
  await (await fetch(server.url, { headers: { connection: 'close' } })).text();
  await server.drain();
  expect(done).toBe(true);
});

it('h3 finds on its request where the client is, and what takes its work in the background', async () => {
  const app = new H3();
  let done = false;
  app.get('/ip', (event) => `${getRequestIP(event)}`);
  app.get('/passed-on', (event) => proxyRequest(event, '/ip'));
  app.get('/fails', (event) => {
    event.waitUntil(Promise.reject(new Error('in the background')));
    return 'answered';
  });
  app.get('/after', (event) => {
    const after = pause(100).then(() => {
      done = true;
    });
    event.waitUntil(after);
    return 'before';
  });
  const server = await serve({ port: 0, fetch: app.fetch });
  servers.push(server);
  const said = async (path: string): Promise<string> => (await fetch(new URL(path, server.url))).text();
  expect(await said('/fails')).toBe('answered');
  expect(await said('/ip')).toBe('127.0.0.1');
  expect(await said('/passed-on')).toBe('127.0.0.1');
  expect(await said('/after')).toBe('before');
  await server.drain();
  expect(done).toBe(true);
});

it('is refused for other models, and with what does not go with it', async () => {
  const handler = () => new Response();
  await expect(serve({ fetch: handler, model: 'thread' })).rejects.toThrow(/name a module instead: app: 'app\.js'/);
  await expect(serve({ fetch: handler, loops: 2 })).rejects.toThrow(/one event loop only/);
  await expect(serve({ fetch: handler, root: '.' })).rejects.toThrow(/root and fetch do not go together/);
  await expect(serve({ fetch: 1 as never })).rejects.toThrow(/fetch must be a function/);
});
