/** How messages follow each other on a connection: pieces, pipelines, keep-alive, and clients that go away. */
import { expect, it } from 'vitest';
import { exchange, fetchOnce, inBatches, ProtocolError, RawConnection, type Response, request } from './raw-client.js';
import { atOnce, barrier, expectInStep, expectRead, expectRefused, type Running } from './running.js';

const MANY = 100;
/** Where a worker has one connection few are split at a time, and each time the kernel is asked what has been read. */
const SPLIT_MILLISECONDS = 60_000;

export function framing(running: Running): void {
  const hello = () => running.fixture.text('hello.txt');
  const expectHello = (response: Response | undefined) => {
    expect(response?.status).toBe(200);
    expect(response?.body.toString()).toBe(hello());
  };

  it(
    'RFC 9112 2.2: a request split in two at any byte is answered',
    async () => {
      const bytes = request('/hello.txt', ['User-Agent: split', 'Accept: */*'], { host: 'example.org:80' });
      const splits = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
      const together = atOnce(running, splits.length);
      for (let first = 0; first < splits.length; first += together) {
        const some = splits.slice(first, first + together);
        const connections = await Promise.all(some.map(() => RawConnection.open(running.port)));
        await Promise.all(connections.map((connection, index) => connection.send(bytes.slice(0, some[index]))));
        await expectRead(running.port, ...connections);
        await barrier(running.port);
        for (const connection of connections) expect(connection.available).toBe(0);
        await Promise.all(connections.map((connection, index) => connection.send(bytes.slice(some[index]))));
        for (const connection of connections) {
          expectHello(await connection.readResponse());
          connection.close();
        }
      }
    },
    SPLIT_MILLISECONDS,
  );

  it('RFC 9112 2.2: two pipelined requests split at any byte are both answered', async () => {
    const bytes = request('/hello.txt') + request('/digits.txt');
    const splits = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
    await inBatches(splits, 32, async (split) => {
      const connection = await RawConnection.open(running.port);
      await connection.sendPieces([bytes.slice(0, split), bytes.slice(split)]);
      expectHello(await connection.readResponse());
      expect((await connection.readResponse()).body.toString()).toBe(running.fixture.text('digits.txt'));
      connection.close();
    });
  });

  it('RFC 9112 2.2: a request that comes one byte at a time is answered', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.sendPieces(request('/hello.txt', ['Accept: text/plain']));
    expectHello(await connection.readResponse());
    await expectInStep(running, connection);
    connection.close();
  });

  it('RFC 9112 2.2: an empty line before the request line is ignored', async () => {
    const responses = await exchange(running.port, `\r\n${request('/hello.txt')}\r\n${request('/hello.txt')}`, [
      'GET',
      'GET',
    ]);
    responses.forEach(expectHello);
  });

  it('RFC 9112 2.2: bare LF as a line end is understood or refused, and never waited out', async () => {
    const [response] = await exchange(running.port, request('/hello.txt').replaceAll('\r\n', '\n'), ['GET']);
    expect([200, 400]).toContain(response?.status);
  });

  it('RFC 9112 2.2: white space between the request line and the first field is refused', async () => {
    await expectRefused(running, `GET /hello.txt HTTP/1.1\r\n Host: a\r\n\r\n${request('/smuggled.txt')}`);
  });

  for (const [what, line] of [
    ['no version (HTTP/0.9)', 'GET /hello.txt'],
    ['two spaces', 'GET  /hello.txt HTTP/1.1'],
    ['two spaces before the version', 'GET /hello.txt  HTTP/1.1'],
    ['a tab', 'GET\t/hello.txt HTTP/1.1'],
    ['a space at the end', 'GET /hello.txt HTTP/1.1 '],
    ['a space at the beginning', ' GET /hello.txt HTTP/1.1'],
    ['a space in the target', 'GET /hello .txt HTTP/1.1'],
    ['a control byte in the target', 'GET /hello\x01.txt HTTP/1.1'],
    ['NUL in the target', 'GET /hello.txt\0 HTTP/1.1'],
    ['DEL in the target', 'GET /hello\x7f.txt HTTP/1.1'],
    ['a method that is no token', 'G(T /hello.txt HTTP/1.1'],
    ['no method', '/hello.txt HTTP/1.1'],
    ['only a method', 'GET'],
    ['a version in lower case', 'GET /hello.txt http/1.1'],
    ['a version without a point', 'GET /hello.txt HTTP/11'],
    ['a version of two digits', 'GET /hello.txt HTTP/1.10'],
    ['a version without digits', 'GET /hello.txt HTTP/x.y'],
    ['another protocol', 'GET /hello.txt ICY/1.1'],
    ['a TLS client hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ] as const) {
    it(`RFC 9112 3: a request line with ${what} is refused with 400`, async () => {
      await expectRefused(running, `${line}\r\nHost: a\r\n\r\n${request('/smuggled.txt')}`);
    });
  }

  for (const [what, field] of [
    ['no name', ': value'],
    ['no colon', 'value'],
    ['a space in its name', 'X Y: value'],
    ['a name that is no token', 'X(Y): value'],
    ['a byte above 127 in its name', 'X\xe4: value'],
    ['NUL in its value', 'X: va\0lue'],
    ['NUL in its name', 'X\0: value'],
  ] as const) {
    it(`RFC 9110 5.1, 5.5: a field with ${what} is refused with 400`, async () => {
      await expectRefused(running, request('/hello.txt', [field]) + request('/smuggled.txt'));
    });
  }

  for (const [what, field] of [
    ['an empty value', 'X-Empty:'],
    ['no white space before its value', 'X:value'],
    ['white space around its value', 'X: \t value \t '],
    ['bytes above 127 in its value', 'X: \x80\xff'],
    ['every token character in its name', "!#$%&'*+-.^_`|~0aZ: value"],
  ] as const) {
    it(`RFC 9110 5.1, 5.5: a field with ${what} is accepted`, async () => {
      expectHello(await fetchOnce(running.port, '/hello.txt', [field]));
    });
  }

  it('RFC 9110 5.1: field names know no case', async () => {
    const [response] = await exchange(running.port, 'GET /hello.txt HTTP/1.1\r\nhOST: a\r\nCONNECTION: CLOSE\r\n\r\n', [
      'GET',
    ]);
    expectHello(response);
    expect(response?.field('connection')?.toLowerCase()).toBe('close');
  });

  it('RFC 9112 2.3: another major version is answered 505', async () => {
    for (const version of ['HTTP/2.0', 'HTTP/3.1', 'HTTP/9.9']) {
      await expectRefused(running, request('/hello.txt', [], { version }), [505]);
    }
    await expectRefused(running, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]);
  });

  it('RFC 9110 2.5: a higher minor version is understood as 1.1 or refused with 505', async () => {
    const response = await fetchOnce(running.port, '/hello.txt', [], { version: 'HTTP/1.2' });
    expect([200, 505]).toContain(response.status);
  });

  it('RFC 9112 9.3.2: pipelined requests are answered in order, many at once', async () => {
    const targets = Array.from({ length: MANY }, (_, index) =>
      index % 3 === 0 ? '/digits.txt' : `/hello.txt?${index}`,
    );
    const responses = await exchange(
      running.port,
      targets.map((target) => request(target)).join(''),
      targets.map(() => 'GET'),
    );
    responses.forEach((response, index) => {
      const expected = running.fixture.text(index % 3 === 0 ? 'digits.txt' : 'hello.txt');
      expect(response.body.toString()).toBe(expected);
    });
  });

  it('RFC 9112 9.3.2: a pipeline of HEAD, GET, 404, 405, ranges, redirects and large files stays in order', async () => {
    const { fixture, port } = running;
    const round: ReadonlyArray<readonly [string, string, number, Buffer | undefined]> = [
      ['GET', request('/hello.txt'), 200, fixture.bytes('hello.txt')],
      ['HEAD', request('/medium.bin', [], { method: 'HEAD' }), 200, Buffer.alloc(0)],
      ['GET', request('/nothing-here'), 404, undefined],
      ['GET', request('/million.bin'), 200, fixture.bytes('million.bin')],
      ['POST', request('/hello.txt', ['Content-Length: 5'], { method: 'POST', body: 'GET /' }), 405, undefined],
      ['GET', request('/digits.txt', ['Range: bytes=3-5']), 206, Buffer.from('345')],
      ['GET', request('/sub'), 301, undefined],
      ['HEAD', request('/nothing-here', [], { method: 'HEAD' }), 404, Buffer.alloc(0)],
      ['OPTIONS', request('*', [], { method: 'OPTIONS' }), 0, undefined],
      ['GET', request('/empty.txt'), 200, Buffer.alloc(0)],
      [
        'PUT',
        request('/x', ['Transfer-Encoding: chunked'], { method: 'PUT', body: '3\r\nabc\r\n0\r\n\r\n' }),
        0,
        undefined,
      ],
      ['GET', request('/medium.bin'), 200, fixture.bytes('medium.bin')],
    ];
    const rounds = [...round, ...round, ...round];
    const responses = await exchange(
      port,
      rounds.map(([, bytes]) => bytes).join(''),
      rounds.map(([method]) => method),
    );
    responses.forEach((response, index) => {
      const [, , status, body] = rounds[index] as (typeof round)[number];
      if (status === 301) expect([301, 308]).toContain(response.status);
      else if (status !== 0) expect(response.status).toBe(status);
      if (body !== undefined) expect(response.body.equals(body)).toBe(true);
    });
  });

  it('RFC 9112 9.3.2: the beginning of a request behind a whole one waits for its rest', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(`${request('/hello.txt')}GET /dig`);
    expectHello(await connection.readResponse());
    await barrier(running.port);
    expect(connection.available).toBe(0);
    await connection.send('its.txt HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await connection.readResponse()).body.toString()).toBe(running.fixture.text('digits.txt'));
    connection.close();
  });

  it('RFC 9112 9.3: a connection of HTTP/1.1 stays open for another request', async () => {
    const connection = await RawConnection.open(running.port);
    for (let count = 0; count < 20; count += 1) await expectInStep(running, connection);
    connection.close();
  });

  for (const field of [
    'Connection: close',
    'connection:CLOSE',
    'Connection: foo, close',
    'Connection: keep-alive, Close',
  ]) {
    it(`RFC 9112 9.6: '${field}' closes after the answer, which says so, and later requests are not answered`, async () => {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt', [field]) + request('/smuggled.txt'));
      const response = await connection.readResponse();
      expectHello(response);
      expect(response.field('connection')?.toLowerCase()).toBe('close');
      await connection.expectEnd();
    });
  }

  it('RFC 9110 7.6.1: two Connection fields are one list', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/hello.txt', ['Connection: foo', 'Connection: close']));
    expectHello(await connection.readResponse());
    await connection.expectEnd();
  });

  it('RFC 9110 7.6.1: a field that Connection names still counts', async () => {
    const fields = ['Connection: Content-Length, Host, X', 'Content-Length: 5', 'X: a'];
    const bytes = request('/hello.txt', fields, { method: 'POST', body: 'hello' }) + request('/hello.txt');
    const [first, second] = await exchange(running.port, bytes, ['POST', 'GET']);
    expect(first?.status).toBe(405);
    expectHello(second);
  });

  it('RFC 9110 7.8, 15.2.2: an offer to change the protocol is not taken up', async () => {
    for (const protocol of ['h2c', 'websocket', 'HTTP/3.0, TLS/1.2', '/']) {
      const connection = await RawConnection.open(running.port);
      const fields = [`Upgrade: ${protocol}`, 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABk'];
      await connection.send(request('/hello.txt', fields));
      const response = await connection.readResponse();
      expectHello(response);
      expect(response.field('upgrade')).toBeUndefined();
      await expectInStep(running, connection);
      connection.close();
    }
  });

  it('RFC 9112 6.1, 7.4: nobody is sent a transfer coding, whatever TE allows', async () => {
    for (const version of ['HTTP/1.1', 'HTTP/1.0']) {
      for (const path of ['hello.txt', 'large.bin', 'nothing-here']) {
        const fields = ['TE: trailers, chunked, gzip;q=0.5', 'Connection: TE'];
        const response = await fetchOnce(running.port, `/${path}`, fields, { version });
        expect(response.field('transfer-encoding'), path).toBeUndefined();
        expect(response.framing, path).toBe(response.body.length);
      }
    }
  });

  it('RFC 9112 2.2: an empty line behind a body is ignored', async () => {
    const post = request('/hello.txt', ['Content-Length: 5'], { method: 'POST', body: 'hello' });
    const [first, second] = await exchange(running.port, `${post}\r\n${request('/hello.txt')}`, ['POST', 'GET']);
    expect(first?.status).toBe(405);
    expectHello(second);
  });

  it('RFC 9112 9.3: a connection of HTTP/1.0 closes after the answer', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/hello.txt', [], { version: 'HTTP/1.0' }));
    const response = await connection.readResponse();
    expectHello(response);
    expect(response.framing).not.toBe('chunked');
    await connection.expectEnd();
  });

  it('RFC 9112 9.3, C.2.2: keep-alive of HTTP/1.0 is granted, said, and kept', async () => {
    const connection = await RawConnection.open(running.port);
    for (let count = 0; count < 3; count += 1) {
      await connection.send(request('/hello.txt', ['Connection: keep-alive'], { version: 'HTTP/1.0', host: null }));
      const response = await connection.readResponse();
      expectHello(response);
      expect(response.field('connection')?.toLowerCase()).toBe('keep-alive');
      expect(response.field('content-length')).toBe(String(hello().length));
    }
    connection.close();
  });

  it('RFC 9112 9.3: close wins over keep-alive', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/hello.txt', ['Connection: keep-alive, close'], { version: 'HTTP/1.0' }));
    expectHello(await connection.readResponse());
    await connection.expectEnd();
  });

  it('RFC 9112 9.6: a client that sends no more still gets its answer', async () => {
    for (const path of ['hello.txt', 'million.bin', 'large.bin']) {
      const connection = await RawConnection.open(running.port);
      await connection.send(request(`/${path}`));
      connection.finish();
      const response = await connection.readResponse();
      expect(response.body.equals(running.fixture.bytes(path))).toBe(true);
      await connection.expectEnd();
    }
  });

  it('RFC 9112 9.6: a client that sends no more gets the answers to all it has asked', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/hello.txt').repeat(MANY));
    connection.finish();
    for (let count = 0; count < MANY; count += 1) expectHello(await connection.readResponse());
    await connection.expectEnd();
  });

  it('RFC 9112 8: a request that ends in the middle is not answered with success, and the connection closes', async () => {
    const bytes = request('/hello.txt', ['Accept: */*']);
    for (const length of [0, 1, 3, 14, 24, bytes.length - 2, bytes.length - 1]) {
      const connection = await RawConnection.open(running.port);
      await connection.send(bytes.slice(0, length));
      connection.finish();
      const rest = await connection.readToEnd();
      if (rest.length > 0) expect(rest.toString('latin1')).toMatch(/^HTTP\/1\.1 4\d\d /);
      connection.close();
    }
  });

  it('RFC 9112 9.5: clients that reset before, during and after a request harm nobody', async () => {
    const bytes = request('/large.bin');
    const neighbour = await RawConnection.open(running.port);
    await inBatches(
      Array.from({ length: 60 }, (_, index) => index),
      10,
      async (index) => {
        const connection = await RawConnection.open(running.port, { paused: true });
        if (index % 3 === 1) await connection.send(bytes.slice(0, index));
        if (index % 3 === 2) {
          await connection.send(bytes);
          connection.listen();
          await connection.until(() => connection.available > 100_000, 'some of the body');
        }
        connection.reset();
      },
    );
    await inBatches(Array.from({ length: 20 }), 20, async () => {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt').repeat(MANY));
      connection.reset();
    });
    await expectInStep(running, neighbour);
    neighbour.close();
  });

  it('RFC 9112 9.5: a client that closes during a large body harms nobody', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/large.bin').repeat(3));
    await connection.until(() => connection.available > 1_000_000, 'some of the body');
    connection.close();
    await barrier(running.port);
  });

  it('the answer parser of this suite sees bytes that belong to no answer', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/hello.txt', [], { method: 'GET' }) + request('/hello.txt', ['Connection: close']));
    expectHello(await connection.readResponse());
    await expect(connection.expectEnd()).rejects.toBeInstanceOf(ProtocolError);
  });
}
