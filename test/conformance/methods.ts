/** Methods: GET and HEAD alike, OPTIONS, and what becomes of the others. */
import { expect, it } from 'vitest';
import { exchange, fetchOnce, RawConnection, type Response, request } from './raw-client.js';
import { expectInStep, expectRefused, type Running } from './running.js';

/** The fields of a head, save what changes by itself. */
function comparable(response: Response): string[] {
  return response.fields.filter(([name]) => name !== 'date').map(([name, value]) => `${name}: ${value}`);
}

function allowed(response: Response): string[] {
  return (response.field('allow') ?? '').split(',').map((method) => method.trim());
}

export function methods(running: Running): void {
  for (const [what, target, fields] of [
    ['a file', '/hello.txt', []],
    ['a file twice', '/hello.txt', []],
    ['an empty file', '/empty.txt', []],
    ['a large file', '/large.bin', []],
    ['an index', '/sub/', []],
    ['a redirect', '/sub', []],
    ['nothing', '/nothing-here', []],
    ['a target that is refused', '/%', []],
    ['a file not modified', '/old.txt', ['If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT']],
    ['a failed precondition', '/old.txt', ['If-Match: "no"']],
    ['a file for HTTP/1.0', '/hello.txt', ['Connection: keep-alive']],
  ] as const) {
    it(`RFC 9110 9.3.2: HEAD of ${what} has the fields of GET and no body`, async () => {
      const version = what.includes('1.0') ? 'HTTP/1.0' : 'HTTP/1.1';
      const get = await fetchOnce(running.port, target, fields, { version });
      const connection = await RawConnection.open(running.port);
      await connection.send(request(target, fields, { method: 'HEAD', version }));
      const head = await connection.readResponse('HEAD');
      expect(head.status).toBe(get.status);
      expect(comparable(head)).toEqual(comparable(get));
      if (head.field('connection')?.toLowerCase() === 'close') await connection.expectEnd();
      else await expectInStep(running, connection);
      connection.close();
    });
  }

  it('RFC 9110 14.2: Range is ignored with HEAD', async () => {
    const response = await fetchOnce(running.port, '/digits.txt', ['Range: bytes=0-1'], { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.field('content-length')).toBe('100');
  });

  for (const target of ['/hello.txt', '/', '*']) {
    it(`RFC 9110 9.3.7: OPTIONS ${target} names GET, HEAD and OPTIONS in Allow`, async () => {
      const connection = await RawConnection.open(running.port);
      await connection.send(request(target, [], { method: 'OPTIONS' }));
      const response = await connection.readResponse('OPTIONS');
      expect([200, 204]).toContain(response.status);
      expect(allowed(response)).toEqual(expect.arrayContaining(['GET', 'HEAD', 'OPTIONS']));
      expect(response.body.length).toBe(0);
      await expectInStep(running, connection);
      connection.close();
    });
  }

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    it(`RFC 9110 15.5.6: ${method} is answered 405 with Allow, and the connection stays in step`, async () => {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt', [], { method }));
      const response = await connection.readResponse(method);
      expect(response.status).toBe(405);
      expect(allowed(response)).toEqual(expect.arrayContaining(['GET', 'HEAD']));
      expect(allowed(response)).not.toContain(method);
      await expectInStep(running, connection);
      connection.close();
    });
  }

  it('RFC 9110 9.3.8: TRACE is not echoed', async () => {
    const response = await fetchOnce(running.port, '/hello.txt', ['Cookie: secret'], { method: 'TRACE' });
    expect([405, 501]).toContain(response.status);
    expect(response.body.toString('latin1')).not.toContain('Cookie');
  });

  it('RFC 9110 9.3.6: CONNECT opens no tunnel', async () => {
    for (const target of ['example.org:443', '/hello.txt']) {
      const response = await fetchOnce(running.port, target, [], { method: 'CONNECT', host: 'example.org:443' });
      expect([400, 405, 501]).toContain(response.status);
    }
  });

  it('RFC 9110 15.6.2: a method that nobody knows is answered 501', async () => {
    for (const method of ['FROB', 'GETT', 'GE', 'X', "!#$%&'*+-.^_`|~"]) {
      expect((await fetchOnce(running.port, '/hello.txt', [], { method })).status).toBe(501);
    }
  });

  it('RFC 9110 9.1: methods know case', async () => {
    for (const method of ['get', 'Get', 'hEAD']) {
      expect([400, 405, 501]).toContain((await fetchOnce(running.port, '/hello.txt', [], { method })).status);
    }
  });

  it('RFC 9112 3: a method of 1,000 bytes is refused', async () => {
    await expectRefused(running, request('/hello.txt', [], { method: 'M'.repeat(1000) }), [400, 414, 501]);
  });

  it('RFC 9110 9.3.1: a body of GET or HEAD is read and ignored', async () => {
    const body = request('/smuggled.txt');
    const fields = [`Content-Length: ${body.length}`];
    const bytes =
      request('/hello.txt', fields, { body }) +
      request('/hello.txt', fields, { method: 'HEAD', body }) +
      request('/digits.txt');
    const [first, second, third] = await exchange(running.port, bytes, ['GET', 'HEAD', 'GET']);
    expect(first?.body.toString()).toBe(running.fixture.text('hello.txt'));
    expect(second?.status).toBe(200);
    expect(third?.body.toString()).toBe(running.fixture.text('digits.txt'));
  });
}
