/** What is passed on to another server is what was said to all servers, and Node's fetch takes it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Headers } from '../../src/app/headers.js';
import { ownFetch } from '../../src/app/own-fetch.js';
import { Request, type RequestInit } from '../../src/app/request.js';

interface Heard {
  readonly method: string;
  readonly fields: IncomingHttpHeaders;
  readonly body: string;
}

/** Says what it has heard. */
const upstream = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  response.end(JSON.stringify({ method: request.method, fields: request.headers, body }));
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
});

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

async function heard(input: unknown, init?: unknown): Promise<Heard> {
  return (await (await ownFetch(input, init)).json()) as Heard;
}

function stream(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream() as ReadableStream<Uint8Array>;
}

it.each([
  [{ 'transfer-encoding': 'chunked' }],
  [{ expect: '100-continue' }],
  [{ 'keep-alive': '5', te: 'trailers', 'proxy-connection': 'keep-alive' }],
  [{ connection: 'Upgrade, X-Hop', upgrade: 'h2c', 'x-hop': 'hop' }],
  [{ connection: 'close, keep-alive' }],
])('%j stays behind, of a request, of headers, and of a request that says how', async (fields) => {
  const headers = { ...fields, 'x-kept': 'kept' };
  const request = (): Request => new Request(url, { headers });
  const ways: [unknown, unknown?][] = [
    [request()],
    [url, request()],
    [url, { headers: new Headers(headers) }],
    [request(), { headers: new Headers(headers) }],
    [new Request(url, request() as RequestInit)],
  ];
  for (const way of ways) {
    const told = (await heard(...way)).fields;
    expect(told).toMatchObject({ 'x-kept': 'kept', connection: 'keep-alive' });
    for (const name of ['transfer-encoding', 'expect', 'keep-alive', 'te', 'proxy-connection', 'upgrade', 'x-hop']) {
      expect(told).not.toHaveProperty(name);
    }
  }
});

it('a body goes with it once, and the length that was said of a stream', async () => {
  const init: RequestInit = {
    method: 'PUT',
    headers: { 'content-length': '5' },
    body: stream('hello'),
    duplex: 'half',
  };
  const request = new Request(url, init);
  expect(await heard(request)).toMatchObject({ method: 'PUT', fields: { 'content-length': '5' }, body: 'hello' });
  expect(request.bodyUsed).toBe(true);
  await expect(ownFetch(request)).rejects.toThrow(TypeError);
});

it('a stream of a length that nobody has said is sent in chunks', async () => {
  const headers = new Headers({ 'transfer-encoding': 'chunked' });
  const told = await heard(url, { method: 'POST', headers, body: stream('hello'), duplex: 'half' });
  expect(told).toMatchObject({ fields: { 'transfer-encoding': 'chunked' }, body: 'hello' });
});

it('another body has its own length', async () => {
  const headers = new Headers({ 'content-length': '5' });
  const longer = { body: 'hello and more', fields: { 'content-length': '14' } };
  const init = { method: 'POST', headers, body: 'hello and more' };
  expect(await heard(new Request(url, init))).toMatchObject(longer);
  expect(await heard(url, init)).toMatchObject(longer);
  expect(await heard(new Request(url, { ...init, body: 'hello' }), init)).toMatchObject(longer);
  expect((await heard(url, { headers })).fields).not.toHaveProperty('content-length');
});

it('what others have put together is theirs', async () => {
  await expect(ownFetch(url, { headers: { upgrade: 'h2c' } })).rejects.toThrow();
  expect(await heard(url, { method: 'POST', body: 'text' })).toMatchObject({ method: 'POST', body: 'text' });
  expect(await heard(new globalThis.Request(url))).toMatchObject({ method: 'GET' });
});
