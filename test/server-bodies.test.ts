/**
 * Answers and the bodies of their requests, in every architecture: who waits for whom, what ends the wait, and that a
 * connection is never out of step: it says that it closes, or what comes next on it is the next request.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from './conformance/architectures.js';
import { exchange, RawConnection, type Response, request } from './conformance/raw-client.js';
import { ServerProcess } from './conformance/server-process.js';
import { eventually } from './models/scripts.js';

const APP = `
const text = (chunk) => new TextEncoder().encode(chunk);
const chunks = (number, milliseconds) => new ReadableStream({
  async start(controller) {
    for (let index = 0; index < number; index++) {
      if (milliseconds > 0) await new Promise((done) => setTimeout(done, milliseconds));
      controller.enqueue(text('chunk' + index));
    }
    controller.close();
  },
});
const refused = () => new Response('refused', { status: 401 });
const routes = {
  '/hello': () => new Response('hello'),
  '/hidden': () => { console.error('the hidden request was answered'); return new Response('hidden'); },
  '/refuses': refused,
  '/closes': () => new Response('closed', { headers: { connection: 'close' } }),
  '/looks': (request) => request.body === null ? new Response('no body') : refused(),
  '/locks': (request) => { request.body.getReader(); return refused(); },
  '/keeps': (request) => { request.body.getReader(); return new Response('kept'); },
  '/reads-one': async (request) => { await request.body.getReader().read(); return refused(); },
  '/leaves': async (request) => { for await (const piece of request.body) return refused(); },
  '/begins': (request) => { request.text().catch(() => {}); return refused(); },
  '/streams': () => new Response(chunks(3, 0)),
  '/never': () => new Promise(() => {}),
  '/text': async (request) => new Response(String((await request.text()).length)),
  '/pieces': async (request) => {
    let bytes = 0;
    for await (const piece of request.body) bytes += piece.length;
    return new Response(String(bytes));
  },
  '/small': () => new Response(chunks(1, 0)),
  '/five': (request) => {
    request.signal.addEventListener('abort', () => console.error('the signal of ' + new URL(request.url).search));
    return new Response(chunks(5, 50));
  },
  '/copies': (request) => new Response(String(new Request('http://elsewhere/', request).body)),
};
export default { fetch: (request) => routes[new URL(request.url).pathname](request) };
`;

const ARCHITECTURES: readonly (readonly [name: string, ...options: string[]])[] = [
  ['event, io_uring or epoll'],
  ['event, epoll', '--dispatcher', 'epoll'],
  ['thread', '--model', 'thread', '--workers', '4'],
  ['process', '--model', 'process', '--workers', '4'],
];

const LONG = 200_000_000;
/** More than an application is given before the connection receives no more. */
const SOME = 200_000;
const POST = { method: 'POST' };
const HIDDEN = request('/hidden');

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-bodies-'));
  writeFileSync(join(folder, 'app.mjs'), APP);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each(ARCHITECTURES)('%s', (_name, ...options) => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start(
      { options } as Partial<Architecture> as Architecture,
      join(folder, 'app.mjs'),
      ...['--max-body-bytes', '1GiB', '--handler-timeout', '600ms', '--body-timeout', '700ms'],
    );
  }, 30_000);

  afterEach(() => RawConnection.closeAll());
  afterAll(async () => {
    const { stderr } = await server.stop();
    expect(stderr).not.toContain('hidden');
  }, 30_000);

  /** Its only answer, which says that it is; what comes after that is no request. */
  async function lastAnswer(head: string, body: string | Buffer = ''): Promise<Response> {
    const connection = await RawConnection.open(server.port);
    connection.socket.write(head);
    if (body.length > 0) connection.socket.write(body);
    const answer = await connection.readResponse('POST');
    expect(answer.field('connection')).toBe('close');
    connection.socket.write(HIDDEN);
    await connection.expectEnd();
    connection.close();
    return answer;
  }

  const long = (target: string): string => request(target, [`Content-Length: ${LONG}`], POST);

  it('a refusal does not wait for an upload that nobody reads', async () => {
    for (const target of ['/refuses', '/locks', '/reads-one', '/leaves', '/begins']) {
      const answer = await lastAnswer(long(target), 'some of it');
      expect([target, answer.status, answer.body.toString()]).toEqual([target, 401, 'refused']);
    }
    expect((await lastAnswer(long('/hello'))).body.toString()).toBe('hello');
    expect((await lastAnswer(long('/streams'))).body.toString()).toBe('chunk0chunk1chunk2');
    expect((await lastAnswer(long('/never'))).status).toBe(503);
    expect((await lastAnswer(request('/looks', [`Content-Length: ${LONG}`]))).body.toString()).toBe('no body');
  });

  it('nor for one in chunks without an end', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const head = request('/refuses', ['Transfer-Encoding: chunked'], POST);
    expect((await lastAnswer(head, chunk.repeat(16))).status).toBe(401);
  });

  it('nor for a short one that does not come: it is what the handler gave, and no 408', async () => {
    await Promise.all(
      ['/refuses', '/closes', '/hello', '/streams'].map(async (target) => {
        const answer = await lastAnswer(request(target, ['Content-Length: 1000'], POST), 'some of it');
        expect([target, answer.status]).toEqual([target, target === '/refuses' ? 401 : 200]);
      }),
    );
  });

  it('a body that nobody reads leaves the connection in step, whatever it looks like', async () => {
    const body = HIDDEN.padEnd(SOME, HIDDEN);
    const fields = [`Content-Length: ${body.length}`];
    const targets = ['/refuses', '/looks', '/leaves', '/hello'];
    const bytes = targets.map((target) => request(target, fields, POST) + body).join('');
    const answers = await exchange(server.port, bytes + request('/hello'), [...targets.map(() => 'POST'), 'GET']);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 200, 200]);
  });

  it('one that a handler has taken hold of and leaves unread ends the connection, which says so', async () => {
    for (const target of ['/locks', '/keeps', '/reads-one']) {
      const head = request(target, [`Content-Length: ${SOME}`], POST);
      expect((await lastAnswer(head, `${'x'.repeat(SOME)}${HIDDEN}`)).status).toBe(target === '/keeps' ? 200 : 401);
    }
  });

  it('GET with a body has none for its handler, and stays in step', async () => {
    const fields = [`Content-Length: ${HIDDEN.length}`];
    const bytes = request('/copies', fields, { body: HIDDEN }) + request('/looks', fields, { body: HIDDEN });
    const answers = await exchange(server.port, bytes + request('/hello'), ['GET', 'GET', 'GET']);
    expect(answers.map(({ body }) => body.toString())).toEqual(['null', 'no body', 'hello']);
  });

  it('an upload may take longer than a handler, and than --body-timeout, as long as it goes on', async () => {
    await Promise.all(
      ['/text', '/pieces'].map(async (target) => {
        const connection = await RawConnection.open(server.port);
        await connection.send(request(target, ['Content-Length: 1000'], POST));
        for (let piece = 0; piece < 10; piece++) {
          await pause(100);
          await connection.send('x'.repeat(100));
        }
        expect((await connection.readResponse('POST')).body.toString()).toBe('1000');
      }),
    );
  });

  it('one that stops is the client’s fault: 408, and not a word of the application', async () => {
    const answer = await lastAnswer(request('/text', ['Content-Length: 1000'], POST), 'some of it');
    expect(answer.status).toBe(408);
    expect(server.stderr).not.toContain('has not answered POST /text');
  });

  it('a client that says that it sends no more gets all of a stream, and the signal has fired', async () => {
    for (let time = 0; time < 10; time++)
      expect(await halfClosed('/small')).toMatch(/\r\n\r\n6\r\nchunk0\r\n0\r\n\r\n$/);
    const sizes = [0, 1, 2, 3, 4].map((index) => `6\r\nchunk${index}\r\n`).join('');
    expect((await halfClosed('/five?half')).endsWith(`\r\n\r\n${sizes}0\r\n\r\n`)).toBe(true);
    await eventually(() => server.stderr.includes('the signal of ?half'));
  });

  async function halfClosed(target: string): Promise<string> {
    const connection = await RawConnection.open(server.port);
    connection.socket.end(request(target));
    return (await connection.readToEnd()).toString();
  }
});
