/** Headers, Request and Response behave as the Fetch standard says, as far as a server can tell. */
import { describe, expect, it } from 'vitest';
import { type FieldList, Headers, headersOver } from '../../src/app/headers.js';
import { Request } from '../../src/app/request.js';
import { bodyOf, isLikeResponse, ofLike, Response } from '../../src/app/response.js';
import { CASES, unexpected } from './fetch-cases/all.mjs';

const URL_OF_REQUEST = 'http://host/path?query';

describe('Headers', () => {
  it('are made of records, pairs and headers, and know no case', () => {
    const made = [
      new Headers({ 'X-One': '1' }),
      new Headers([['X-One', '1']]),
      new Headers(new Headers({ 'x-one': '1' })),
    ];
    for (const headers of made) expect([headers.get('x-ONE'), headers.has('X-one')]).toEqual(['1', true]);
    expect(new Headers().get('x-one')).toBeNull();
  });

  it('combine what is appended, replace what is set, and are sorted', () => {
    const headers = new Headers([
      ['b', '1'],
      ['a', ' 2\t'],
    ]);
    headers.append('b', '3');
    expect([...headers]).toEqual([
      ['a', '2'],
      ['b', '1, 3'],
    ]);
    headers.set('B', '4');
    expect([...headers.values()]).toEqual(['2', '4']);
    headers.delete('A');
    expect([...headers.keys()]).toEqual(['b']);
    const told: string[] = [];
    headers.forEach((value, name) => {
      told.push(`${name}=${value}`);
    });
    expect(told).toEqual(['b=4']);
  });

  it('keep cookies apart', () => {
    const headers = new Headers({ 'x-a': '1' });
    headers.append('Set-Cookie', 'a=1, 2');
    headers.append('set-cookie', 'b=2');
    expect(headers.getSetCookie()).toEqual(['a=1, 2', 'b=2']);
    expect([...headers].filter(([name]) => name === 'set-cookie')).toHaveLength(2);
    headers.delete('set-cookie');
    expect(headers.getSetCookie()).toEqual([]);
  });

  it.each([
    ['bad name', 'v'],
    ['', 'v'],
    ['a:b', 'v'],
    ['a', 'two\r\nlines'],
    ['a', 'nul\0'],
    ['a', 'wide \u0100'],
  ])('refuse %j: %j', (name, value) => {
    expect(() => new Headers([[name, value]])).toThrow(TypeError);
    expect(() => new Headers().set(name, value)).toThrow(TypeError);
  });

  it('refuse what is no pair, and no list at all', () => {
    expect(() => new Headers([['a', 'b', 'c']])).toThrow(TypeError);
    expect(() => new Headers('a' as never)).toThrow(TypeError);
    expect(() => new Headers(null)).toThrow(TypeError);
  });

  it('over a shared list leave it as it is when they change', () => {
    const fields: FieldList = ['a', '1'];
    const headers = headersOver(fields);
    headers.set('a', '2');
    expect([fields, headers.get('a')]).toEqual([['a', '1'], '2']);
    const copy = new Headers(headers);
    copy.set('a', '3');
    expect(headers.get('a')).toBe('2');
  });
});

describe('Request', () => {
  it('has what frameworks ask one for that has come over the wire, and says nothing of it otherwise', () => {
    const made = new Request(URL_OF_REQUEST);
    expect([made.ip, made.waitUntil]).toEqual([undefined, undefined]);
    const names: string[] = [];
    for (const name in made) names.push(name);
    expect(names).toContain('url');
    expect(names).not.toContain('ip');
    expect(names).not.toContain('waitUntil');
    made.ip = '::1';
    expect([made.ip, new Request(URL_OF_REQUEST).ip]).toEqual(['::1', undefined]);
  });

  it('has its initial values', () => {
    const { method, url, body, bodyUsed, redirect, mode, duplex } = new Request(URL_OF_REQUEST);
    expect({ method, url, body, bodyUsed }).toEqual({
      method: 'GET',
      url: URL_OF_REQUEST,
      body: null,
      bodyUsed: false,
    });
    expect([redirect, mode, duplex]).toEqual(['follow', 'cors', 'half']);
    expect(new Request('http://HOST:80/a/../b').url).toBe('http://host/b');
  });

  it('knows methods, and which have no body', () => {
    expect(new Request(URL_OF_REQUEST, { method: 'post' }).method).toBe('POST');
    expect(new Request(URL_OF_REQUEST, { method: 'own' }).method).toBe('own');
    expect(() => new Request(URL_OF_REQUEST, { method: 'TRACE' })).toThrow(TypeError);
    expect(() => new Request(URL_OF_REQUEST, { method: 'b d' })).toThrow(TypeError);
    expect(() => new Request(URL_OF_REQUEST, { body: 'x' })).toThrow(TypeError);
    expect(() => new Request('/no-base')).toThrow(TypeError);
    expect(() => new Request('http://user:password@host/')).toThrow(TypeError);
  });

  it('takes over another one, whose body is used then', async () => {
    const first = new Request(URL_OF_REQUEST, { method: 'POST', body: 'text', headers: { a: '1' } });
    const second = new Request(first, { headers: { b: '2' } });
    expect([second.method, second.headers.get('a'), second.headers.get('b')]).toEqual(['POST', null, '2']);
    expect(first.bodyUsed).toBe(true);
    expect(await second.text()).toBe('text');
  });

  it('a copy has a body of its own', async () => {
    const request = new Request(URL_OF_REQUEST, { method: 'PUT', body: '{"a":1}' });
    const copy = request.clone();
    expect(await request.json()).toEqual({ a: 1 });
    expect([copy.method, await copy.json()]).toEqual(['PUT', { a: 1 }]);
    expect(() => request.clone()).toThrow(TypeError);
  });

  it('follows the signal that it was given', () => {
    const controller = new AbortController();
    const request = new Request(URL_OF_REQUEST, { signal: controller.signal });
    controller.abort();
    expect(request.signal.aborted).toBe(true);
  });

  it('of Node are requests too, and can be taken over', async () => {
    const native = new globalThis.Request(URL_OF_REQUEST, { method: 'POST', body: 'text' });
    expect(native instanceof Request).toBe(true);
    const own = new Request(native as never);
    expect([own.method, await own.text()]).toEqual(['POST', 'text']);
  });
});

describe('Response', () => {
  it('has no body to be sent where somebody reads the stream that it was given', () => {
    const stream = new ReadableStream();
    const body = bodyOf(new Response(stream));
    stream.getReader();
    expect(() => body?.takeToSend()).toThrow(TypeError);
  });

  it('has its initial values', () => {
    const { status, statusText, ok, body, type, url, redirected } = new Response();
    expect({ status, statusText, ok, body }).toEqual({ status: 200, statusText: '', ok: true, body: null });
    expect([type, url, redirected]).toEqual(['default', '', false]);
  });

  it('says the type of its body, unless told another', () => {
    const typeOf = (body: unknown, headers?: Record<string, string>): string | null =>
      new Response(body as never, headers === undefined ? {} : { headers }).headers.get('content-type');
    expect(typeOf('text')).toBe('text/plain;charset=UTF-8');
    expect(typeOf(new URLSearchParams())).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    expect(typeOf(new Blob([], { type: 'a/b' }))).toBe('a/b');
    expect(typeOf(new Uint8Array(1))).toBeNull();
    expect(typeOf('text', { 'Content-Type': 'c/d' })).toBe('c/d');
    expect(typeOf(null)).toBeNull();
  });

  it('refuses what is no status, no reason, and a body where there is none', () => {
    expect(() => new Response('', { status: 199 })).toThrow(RangeError);
    expect(() => new Response('', { status: 600 })).toThrow(RangeError);
    expect(() => new Response('', { statusText: 'a\nb' })).toThrow(TypeError);
    expect(() => new Response('', { status: 204 })).toThrow(TypeError);
    expect(new Response(null, { status: 304 }).status).toBe(304);
  });

  it('json, redirect and error', async () => {
    const json = Response.json({ a: 1 }, { status: 201 });
    expect([json.status, json.headers.get('content-type')]).toEqual([201, 'application/json']);
    expect(Response.json(1, { headers: { 'content-type': 'x/y' } }).headers.get('content-type')).toBe('x/y');
    expect(Response.json(1, { headers: { a: '1' } }).headers.get('content-type')).toBe('application/json');
    expect(() => Response.json(undefined)).toThrow(TypeError);
    const redirect = Response.redirect('http://host/there', 308);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([308, 'http://host/there']);
    expect(() => redirect.headers.set('a', '1')).toThrow(TypeError);
    expect(() => Response.redirect('http://host/', 200)).toThrow(RangeError);
    expect([Response.error().type, Response.error().status]).toEqual(['error', 0]);
  });

  it('is read once, in any form', async () => {
    const bytes = Uint8Array.of(0x68, 0xc3, 0xa9);
    expect(await new Response(bytes).text()).toBe('hé');
    expect(new Uint8Array(await new Response('hé').arrayBuffer())).toEqual(bytes);
    expect(await (await new Response('hé').blob()).text()).toBe('hé');
    expect(await new Response('\ufeffx').text()).toBe('x');
    expect((await new Response(new URLSearchParams({ a: '1' })).formData()).get('a')).toBe('1');
    const response = new Response('once');
    await response.text();
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  it('keeps bytes as they were when it was made', async () => {
    const bytes = Uint8Array.of(1);
    const response = new Response(bytes);
    bytes[0] = 2;
    expect((await response.bytes())[0]).toBe(1);
  });

  it('streams are read through, and refuse to be read twice', async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Uint8Array.of(0x61));
        controller.close();
      },
    });
    const response = new Response(stream as never);
    expect(response.body).toBe(stream);
    const copy = response.clone();
    expect([await response.text(), await copy.text()]).toEqual(['a', 'a']);
    expect(() => new Response(stream as never)).toThrow(TypeError);
    const text = new Response('b');
    const reader = (text.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value).toEqual(Uint8Array.of(0x62));
    expect(text.bodyUsed).toBe(true);
  });

  it('of Node are responses too', () => {
    expect(new globalThis.Response() instanceof Response).toBe(true);
    expect({} instanceof Response).toBe(false);
  });
});

describe('the cases that run in the workers of each architecture too', () => {
  it('have the outcomes that the standard wants', async () => {
    expect(await unexpected(CASES, { Headers, Request, Response })).toEqual([]);
  });
});

describe('what frameworks do with the classes', () => {
  it('classes that extend them know their own', () => {
    class Own extends Response {}
    expect([new Own('a') instanceof Own, new Response() instanceof Own]).toEqual([true, false]);
  });

  it('stand alone, as interfaces do: nothing of them is inherited, and all of it is enumerated', () => {
    for (const kind of [Headers, Request, Response]) {
      expect(Object.getPrototypeOf(kind)).toBe(Function.prototype);
      expect(Object.getPrototypeOf(kind.prototype)).toBe(Object.prototype);
    }
    expect(Object.keys(Response.prototype)).toEqual(expect.arrayContaining(['status', 'text', 'bodyUsed', 'clone']));
  });

  it('what only says of itself what a response says is taken for one', async () => {
    const like = { status: 201, statusText: '', headers: new Headers({ a: 'b' }), body: new Response('like').body };
    expect(isLikeResponse(like)).toBe(true);
    const made = ofLike(like as never);
    expect([made.status, made.headers.get('a'), await made.text()]).toEqual([201, 'b', 'like']);
    for (const other of [null, 'text', {}, { status: 200 }]) expect(isLikeResponse(other)).toBe(false);
  });
});
