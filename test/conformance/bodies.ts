/** Bodies of requests: read, decoded and ignored, with the connection in step behind them. */
import { expect, it } from 'vitest';
import { exchange, inBatches, RawConnection, request } from './raw-client.js';
import { barrier, expectInStep, expectRefused, type Running } from './running.js';

const POST = { method: 'POST' };

export function bodies(running: Running): void {
  /** The request is answered 405, and the next one on the connection is answered too. */
  const expectIgnored = async (fields: readonly string[], body: string) => {
    const [first, second] = await exchange(
      running.port,
      request('/hello.txt', fields, { ...POST, body }) + request('/digits.txt'),
      ['POST', 'GET'],
    );
    expect(first?.status).toBe(405);
    expect(second?.body.toString()).toBe(running.fixture.text('digits.txt'));
  };

  for (const size of [0, 1, 5, 1000, 65_536, 500_000]) {
    it(`RFC 9112 6.2: a body of ${size} bytes by Content-Length is ignored in step`, async () => {
      await expectIgnored([`Content-Length: ${size}`], 'b'.repeat(size));
    });
  }

  it('RFC 9110 8.6: leading zeros of Content-Length change nothing', async () => {
    await expectIgnored(['Content-Length: 0005'], 'hello');
  });

  for (const [what, body] of [
    ['no chunk', '0\r\n\r\n'],
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n'],
    ['two chunks', '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'],
    ['hexadecimal sizes in both cases', `a\r\n0123456789\r\nA\r\n0123456789\r\n1f\r\n${'x'.repeat(31)}\r\n0\r\n\r\n`],
    ['leading zeros', '0005\r\nhello\r\n000\r\n\r\n'],
    ['extensions', '5;name\r\nhello\r\n5;name=value;other="quoted; value"\r\nhello\r\n0;last\r\n\r\n'],
    ['trailers', '5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other:\r\n\r\n'],
    ['trailers that would be framing', '5\r\nhello\r\n0\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['line ends in the data', '6\r\n\r\n0\r\n\r\r\n0\r\n\r\n'],
    ['a large chunk', `${(300_000).toString(16)}\r\n${'c'.repeat(300_000)}\r\n0\r\n\r\n`],
    ['many small chunks', `${'1\r\nx\r\n'.repeat(5000)}0\r\n\r\n`],
  ] as const) {
    it(`RFC 9112 7.1: a chunked body of ${what} is ignored in step`, async () => {
      await expectIgnored(['Transfer-Encoding: chunked'], body);
    });
  }

  it('RFC 9112 7: transfer codings know no case', async () => {
    await expectIgnored(['transfer-encoding: CHUNKED'], '5\r\nhello\r\n0\r\n\r\n');
  });

  it('RFC 9112 7.1: a chunked body split at any byte is ignored in step', async () => {
    const bytes = request('/hello.txt', ['Transfer-Encoding: chunked'], {
      ...POST,
      body: '5;e=1\r\nhello\r\na\r\n0123456789\r\n0\r\nX: y\r\n\r\n',
    });
    const start = bytes.indexOf('\r\n\r\n');
    const splits = Array.from({ length: bytes.length - start }, (_, index) => start + index);
    await inBatches(splits, 16, async (split) => {
      const connection = await RawConnection.open(running.port);
      await connection.sendPieces([bytes.slice(0, split), bytes.slice(split)]);
      expect((await connection.readResponse('POST')).status).toBe(405);
      await expectInStep(running, connection);
      connection.close();
    });
  });

  it('RFC 9112 6: bodies that come one byte at a time are ignored in step', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.sendPieces(request('/hello.txt', ['Content-Length: 20'], { ...POST, body: 'b'.repeat(20) }));
    await connection.sendPieces(
      request('/hello.txt', ['Transfer-Encoding: chunked'], { ...POST, body: '3\r\nabc\r\n0\r\nX: y\r\n\r\n' }),
    );
    expect((await connection.readResponse('POST')).status).toBe(405);
    expect((await connection.readResponse('POST')).status).toBe(405);
    await expectInStep(running, connection);
    connection.close();
  });

  it('RFC 9112 9.3.2: many pipelined bodies are ignored in step', async () => {
    const pair =
      request('/hello.txt', ['Content-Length: 3'], { ...POST, body: 'abc' }) +
      request('/hello.txt', ['Transfer-Encoding: chunked'], { ...POST, body: '3\r\nabc\r\n0\r\n\r\n' }) +
      request('/hello.txt');
    const responses = await exchange(running.port, pair.repeat(50), Array(50).fill(['POST', 'POST', 'GET']).flat());
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill([405, 405, 200]).flat());
  });

  it('RFC 9112 6.3: a request of HTTP/1.0 with Content-Length is read in step', async () => {
    const options = { ...POST, version: 'HTTP/1.0', body: 'hello' };
    const bytes =
      request('/hello.txt', ['Content-Length: 5', 'Connection: keep-alive'], options) + request('/hello.txt');
    const [first, second] = await exchange(running.port, bytes, ['POST', 'GET']);
    expect([first?.status, second?.status]).toEqual([405, 200]);
  });

  it('RFC 9112 8: a body that ends in the middle closes the connection, and nothing more', async () => {
    for (const fields of [['Content-Length: 100'], ['Transfer-Encoding: chunked']]) {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt', fields, { ...POST, body: '10\r\nsome' }));
      connection.finish();
      const rest = await connection.readToEnd();
      if (rest.length > 0) expect(rest.toString('latin1')).toMatch(/^HTTP\/1\.1 4\d\d /);
      connection.close();
    }
  });

  it('RFC 9110 10.1.1: 100-continue is answered 100 and then finally, or finally at once', async () => {
    for (const fields of [['Content-Length: 5'], ['Transfer-Encoding: chunked']]) {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt', [...fields, 'Expect: 100-Continue'], POST));
      const first = await connection.readResponse('POST');
      if (first.status === 100) {
        await connection.send(fields[0]?.startsWith('C') ? 'hello' : '5\r\nhello\r\n0\r\n\r\n');
        expect((await connection.readResponse('POST')).status).toBe(405);
        await expectInStep(running, connection);
      } else {
        expect(first.status).toBe(405);
        if (first.field('connection')?.toLowerCase() === 'close') await connection.expectEnd();
      }
      connection.close();
    }
  });

  it('RFC 9110 10.1.1: a client that does not wait for 100 is answered in step', async () => {
    const bytes = request('/hello.txt', ['Content-Length: 5', 'Expect: 100-continue'], { ...POST, body: 'hello' });
    const connection = await RawConnection.open(running.port);
    await connection.send(bytes);
    let response = await connection.readResponse('POST');
    if (response.status === 100) response = await connection.readResponse('POST');
    expect(response.status).toBe(405);
    if (response.field('connection')?.toLowerCase() === 'close') await connection.expectEnd();
    else await expectInStep(running, connection);
    connection.close();
  });

  it('RFC 9110 10.1.1: HTTP/1.0 gets no 100', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(
      request('/hello.txt', ['Content-Length: 5', 'Expect: 100-continue'], { ...POST, version: 'HTTP/1.0' }),
    );
    await barrier(running.port);
    await connection.send('hello');
    expect((await connection.readResponse('POST')).status).toBe(405);
    connection.close();
  });

  it('RFC 9110 10.1.1: a body beyond the limit gets its refusal instead of 100', async () => {
    const fields = ['Content-Length: 1000000000000', 'Expect: 100-continue'];
    await expectRefused(running, request('/hello.txt', fields, POST), [413, 405]);
  });

  it('RFC 9110 10.1.1: an expectation without a body holds nothing up', async () => {
    const [response, next] = await exchange(
      running.port,
      request('/hello.txt', ['Expect: 100-continue']) + request('/digits.txt'),
      ['GET', 'GET'],
    );
    expect([response?.status, next?.status]).toEqual([200, 200]);
  });

  it('RFC 9110 15.5.18: an unknown expectation is answered 417 or ignored', async () => {
    const [response] = await exchange(running.port, request('/hello.txt', ['Expect: miracles']), ['GET']);
    expect([200, 417]).toContain(response?.status);
  });
}
