/**
 * Requests of which two readers could see different ends (RFC 9112 section 11.2). Each is followed by a request for
 * smuggled.txt, which must never be answered: the bad one gets its refusal and the connection is closed.
 */
import { expect, it } from 'vitest';
import { SMUGGLED } from './fixture.js';
import { exchange, RawConnection, request } from './raw-client.js';
import { expectRefused, type Running } from './running.js';

const SECOND = request('/smuggled.txt');
const CHUNKED = '5\r\nhello\r\n0\r\n\r\n';

/** Fields that leave the length of the body in doubt: what they are, the fields, and the body sent with them. */
const BAD_FIELDS: ReadonlyArray<readonly [string, readonly string[], string]> = [
  ['Content-Length with Transfer-Encoding', ['Content-Length: 5', 'Transfer-Encoding: chunked'], CHUNKED],
  ['Transfer-Encoding with Content-Length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], CHUNKED],
  ['Transfer-Encoding with Content-Length 0', ['Content-Length: 0', 'Transfer-Encoding: chunked'], CHUNKED],
  ['two Content-Lengths that differ', ['Content-Length: 5', 'Content-Length: 6'], 'hello'],
  ['two Content-Lengths that differ, apart', ['Content-Length: 0', 'Accept: */*', 'content-length: 5'], 'hello'],
  ['a Content-Length list that differs', ['Content-Length: 5, 6'], 'hello'],
  ['Content-Length +5', ['Content-Length: +5'], 'hello'],
  ['Content-Length -5', ['Content-Length: -5'], 'hello'],
  ['Content-Length -0', ['Content-Length: -0'], ''],
  ['Content-Length 0x5', ['Content-Length: 0x5'], 'hello'],
  ['Content-Length 5.0', ['Content-Length: 5.0'], 'hello'],
  ['Content-Length 5e0', ['Content-Length: 5e0'], 'hello'],
  ['Content-Length 5 5', ['Content-Length: 5 5'], 'hello'],
  ['Content-Length 5;', ['Content-Length: 5;'], 'hello'],
  ['Content-Length "5"', ['Content-Length: "5"'], 'hello'],
  ['Content-Length 5a', ['Content-Length: 5a'], 'hello'],
  ['Content-Length 1_0', ['Content-Length: 1_0'], 'hello12345'],
  ['Content-Length of no digits', ['Content-Length: five'], 'hello'],
  ['an empty Content-Length', ['Content-Length:'], ''],
  ['a Content-Length of Arabic digits', ['Content-Length: \xd9\xa5'], 'hello'],
  ['space before the colon of Content-Length', ['Content-Length : 5'], 'hello'],
  ['tab before the colon of Content-Length', ['Content-Length\t: 5'], 'hello'],
  ['space before the colon of Transfer-Encoding', ['Transfer-Encoding : chunked'], CHUNKED],
  ['space before the colon of another field', ['Accept : */*'], ''],
  ['obs-fold', ['X: a', ' b'], ''],
  ['obs-fold with a tab', ['X: a', '\tb'], ''],
  ['obs-fold of Content-Length', ['Content-Length:', ' 5'], 'hello'],
  ['obs-fold of Transfer-Encoding', ['Transfer-Encoding:', ' chunked'], CHUNKED],
  ['obs-fold that hides Content-Length', ['X: a', ' Content-Length: 5'], 'hello'],
  ['bare CR in a value', ['X: a\rb'], ''],
  ['bare CR that hides Content-Length', ['X: a\rContent-Length: 5'], 'hello'],
  ['bare CR that hides Transfer-Encoding', ['X: a\rTransfer-Encoding: chunked'], CHUNKED],
  ['bare CR before the end of a line', ['X: a\r'], ''],
  ['bare CR in a name', ['X\rY: a'], ''],
  ['bare CR at the beginning of a line', ['\rX: a'], ''],
  ['NUL in Content-Length', ['Content-Length: 5\0'], 'hello'],
  ['NUL in the name of Content-Length', ['Content-Length\0: 5'], 'hello'],
  ['NUL before the name of Transfer-Encoding', ['\0Transfer-Encoding: chunked'], CHUNKED],
  ['Transfer-Encoding that does not end in chunked', ['Transfer-Encoding: chunked, gzip'], CHUNKED],
  ['Transfer-Encoding gzip alone', ['Transfer-Encoding: gzip'], CHUNKED],
  ['Transfer-Encoding identity', ['Transfer-Encoding: identity'], CHUNKED],
  ['Transfer-Encoding chunked twice', ['Transfer-Encoding: chunked, chunked'], CHUNKED],
  ['two Transfer-Encoding fields', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], CHUNKED],
  ['two Transfer-Encoding fields, the second unknown', ['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], CHUNKED],
  ['two Transfer-Encoding fields, the first unknown', ['Transfer-Encoding: x', 'Transfer-Encoding: chunked'], CHUNKED],
  ['Transfer-Encoding xchunked', ['Transfer-Encoding: xchunked'], CHUNKED],
  ['Transfer-Encoding chunkedx', ['Transfer-Encoding: chunkedx'], CHUNKED],
  ['Transfer-Encoding chunked with a parameter', ['Transfer-Encoding: chunked;q=1'], CHUNKED],
  ['Transfer-Encoding in quotes', ['Transfer-Encoding: "chunked"'], CHUNKED],
  ['Transfer-Encoding behind a vertical tab', ['Transfer-Encoding: \x0bchunked'], CHUNKED],
  ['Transfer-Encoding behind a form feed', ['Transfer-Encoding: \x0cchunked'], CHUNKED],
  ['Transfer-Encoding behind a no-break space', ['Transfer-Encoding: \xa0chunked'], CHUNKED],
  ['Transfer-Encoding with a bare CR', ['Transfer-Encoding: chun\rked'], CHUNKED],
  ['an empty Transfer-Encoding', ['Transfer-Encoding:'], CHUNKED],
];

/** Bodies whose chunks are wrong. */
const BAD_CHUNKS: ReadonlyArray<readonly [string, string]> = [
  ['a size of no digits', '\r\nhello\r\n0\r\n\r\n'],
  ['a size that is no number', 'g\r\nhello\r\n0\r\n\r\n'],
  ['a negative size', '-5\r\nhello\r\n0\r\n\r\n'],
  ['a signed size', '+5\r\nhello\r\n0\r\n\r\n'],
  ['a size with 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['a space before the size', ' 5\r\nhello\r\n0\r\n\r\n'],
  ['a size that wraps at 64 bits', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
  ['a size that wraps at 32 bits', '100000005\r\nhello\r\n0\r\n\r\n'],
  ['a size of 100 digits', `${'f'.repeat(100)}\r\nhello\r\n0\r\n\r\n`],
  ['a size that ends with LF', '5\nhello\r\n0\r\n\r\n'],
  ['a size that ends with CR', '5\rhello\r\n0\r\n\r\n'],
  ['data longer than its size', '4\r\nhello\r\n0\r\n\r\n'],
  ['data shorter than its size', '6\r\nhello\r\n0\r\n\r\n'],
  ['data that ends with LF', '5\r\nhello\n0\r\n\r\n'],
  ['data that ends with CR', '5\r\nhello\r0\r\n\r\n'],
  ['data without an end', '5\r\nhello0\r\n\r\n'],
  ['an extension that hides LF', `2;\nxx\r\n4c\r\n0\r\n\r\n`],
  ['an extension that hides CR', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
  ['an extension that hides NUL', '5;a\0b\r\nhello\r\n0\r\n\r\n'],
  ['a trailer that is no field', '5\r\nhello\r\n0\r\nno field\r\n\r\n'],
  ['a trailer with a bare CR', '5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n'],
  ['a trailer with space before the colon', '5\r\nhello\r\n0\r\nX : a\r\n\r\n'],
  ['a folded trailer', '5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n'],
];

export function smuggling(running: Running): void {
  for (const [what, fields, body] of BAD_FIELDS) {
    it(`RFC 9112 2.2, 5, 6: ${what} is refused and closes`, async () => {
      const known = what.includes('Transfer-Encoding') ? [400, 501] : [400];
      for (const method of ['POST', 'GET']) {
        await expectRefused(running, request('/hello.txt', fields, { method, body }) + SECOND, known);
      }
    });
  }

  for (const [what, body] of BAD_CHUNKS) {
    it(`RFC 9112 7.1: a chunked body with ${what} is refused and closes`, async () => {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt', ['Transfer-Encoding: chunked'], { method: 'POST', body }) + SECOND);
      // It may have been answered before its body was read: then there is one answer, and the connection just closes.
      const response = await connection.readResponse('POST');
      expect([400, 405, 413]).toContain(response.status);
      await connection.expectEnd();
    });
  }

  it('RFC 9112 6.3: a Content-Length beyond what can be counted is refused', async () => {
    for (const length of [
      '99999999999999999999',
      '18446744073709551621',
      '4294967301',
      '9007199254740993',
      '1'.repeat(1000),
    ]) {
      const fields = [`Content-Length: ${length}`];
      await expectRefused(
        running,
        request('/hello.txt', fields, { method: 'POST', body: 'hello' }) + SECOND,
        [400, 413],
      );
    }
  });

  it('RFC 9112 6.3: two equal Content-Lengths are refused, or count once', async () => {
    for (const fields of [['Content-Length: 5', 'Content-Length: 5'], ['Content-Length: 5, 5']]) {
      const connection = await RawConnection.open(running.port);
      await connection.send(request('/hello.txt', fields, { method: 'POST', body: 'hello' }) + request('/digits.txt'));
      const response = await connection.readResponse('POST');
      if (response.status === 400) await connection.expectEnd();
      else expect((await connection.readResponse()).body.toString()).toBe(running.fixture.text('digits.txt'));
      connection.close();
    }
  });

  it('RFC 9112 6.1: Transfer-Encoding in a request of HTTP/1.0 closes the connection', async () => {
    const connection = await RawConnection.open(running.port);
    const options = { method: 'POST', version: 'HTTP/1.0', body: CHUNKED };
    await connection.send(
      request('/hello.txt', ['Transfer-Encoding: chunked', 'Connection: keep-alive'], options) + SECOND,
    );
    expect([400, 405, 501]).toContain((await connection.readResponse('POST')).status);
    await connection.expectEnd();
  });

  it('RFC 9112 2.2: bare LF between fields hides nothing: refused, or a line end for all', async () => {
    const bytes = `POST /hello.txt HTTP/1.1\r\nHost: a\r\nX: a\nContent-Length: ${SECOND.length}\r\n\r\n${SECOND}`;
    const connection = await RawConnection.open(running.port);
    await connection.send(bytes);
    connection.finish();
    expect((await connection.readToEnd()).toString('latin1')).not.toContain(SMUGGLED);
    connection.close();
  });

  it('RFC 9112 2.2: bare CR in the request line is refused', async () => {
    for (const line of [
      'GET /hello.txt\r HTTP/1.1',
      'GET /hello.txt HTTP/1.1\r',
      '\rGET /hello.txt HTTP/1.1',
      'GET\r/hello.txt HTTP/1.1',
    ]) {
      await expectRefused(running, `${line}\r\nHost: a\r\n\r\n${SECOND}`);
    }
  });

  it('RFC 9112 6: a body that looks like requests is a body', async () => {
    const inner = SECOND.repeat(5);
    const chunks = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const bytes =
      request('/hello.txt', [`Content-Length: ${inner.length}`], { method: 'POST', body: inner }) +
      request('/hello.txt', ['Transfer-Encoding: chunked'], { method: 'POST', body: chunks }) +
      request('/digits.txt');
    const responses = await exchange(running.port, bytes, ['POST', 'POST', 'GET']);
    expect(responses.map(({ status }) => status)).toEqual([405, 405, 200]);
    expect(responses[2]?.body.toString()).toBe(running.fixture.text('digits.txt'));
  });

  it('RFC 9112 9.6: a refusal split at any byte is the same refusal', async () => {
    const bytes = request('/hello.txt', ['Content-Length: 5', 'Transfer-Encoding: chunked'], { method: 'POST' });
    for (let split = 1; split < bytes.length; split += 1) {
      const connection = await RawConnection.open(running.port);
      await connection.sendPieces([bytes.slice(0, split), bytes.slice(split) + CHUNKED + SECOND]);
      expect((await connection.readResponse('POST')).status).toBe(400);
      await connection.expectEnd();
    }
  });
}
