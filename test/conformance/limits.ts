/** What a client may send at most: a request line, a head, a body; and how many connections there may be. */
import { expect, it } from 'vitest';
import { exchange, fetchOnce, inBatches, RawConnection, request } from './raw-client.js';
import { barrier, expectInStep, expectRefused, type Running, withServer } from './running.js';

const MEBIBYTE = 1024 * 1024;
/** Far beyond any limit that a server would have for a head, by default. */
const FLOOD_BYTES = 16 * MEBIBYTE;
const FLOOD_PIECE_BYTES = 16 * 1024;

/** Until the last of those that wait is served. */
const WAITING_MILLISECONDS = 10_000;

const SMALL_LIMITS = [
  '--max-target-bytes',
  '1000',
  '--max-header-bytes',
  '2000',
  '--max-header-count',
  '10',
  '--max-body-bytes',
  '1000',
];

/** Sends a beginning, and then the same bytes until the server answers or takes no more; the status, 0 for none. */
async function flood(port: number, beginning: string, piece: string): Promise<number> {
  const connection = await RawConnection.open(port);
  await connection.send(beginning);
  const bytes = piece.repeat(Math.ceil(FLOOD_PIECE_BYTES / piece.length));
  let sent = 0;
  while (sent < FLOOD_BYTES && connection.available === 0 && !connection.ended) {
    await connection.send(bytes);
    await new Promise((done) => setImmediate(done));
    sent += bytes.length;
  }
  expect(sent, 'bytes taken without an answer').toBeLessThan(FLOOD_BYTES);
  const status = (await connection.readResponse()).status;
  await connection.expectEnd();
  return status;
}

export function limits(running: Running): void {
  it('RFC 9112 3: a request line of 8,000 bytes is accepted', async () => {
    const response = await fetchOnce(running.port, `/hello.txt?${'q'.repeat(7960)}`);
    expect(response.status).toBe(200);
  });

  it('RFC 9110 15.5.15: a target beyond the limit is answered 414', async () => {
    for (const size of [20_000, MEBIBYTE]) await expectRefused(running, request(`/${'a'.repeat(size)}`), [414]);
  });

  it('RFC 6585 5: a field, a head, and a number of fields beyond the limits are answered 431', async () => {
    await expectRefused(running, request('/hello.txt', [`X: ${'a'.repeat(MEBIBYTE)}`]), [431]);
    await expectRefused(running, request('/hello.txt', [`${'X'.repeat(MEBIBYTE)}: a`]), [431]);
    await expectRefused(running, request('/hello.txt', Array(1000).fill(`X: ${'a'.repeat(500)}`)), [431]);
    await expectRefused(running, request('/hello.txt', Array(10_000).fill('X: a')), [431]);
  });

  it('RFC 9110 15.5.14: a body beyond the limit is answered 413', async () => {
    for (const length of [MEBIBYTE * 100, 1e12]) {
      const fields = [`Content-Length: ${length}`];
      await expectRefused(running, request('/hello.txt', fields, { method: 'POST', body: 'beginning' }), [413]);
    }
  });

  it('RFC 9112 9.6: a refusal reaches a client that is still sending', async () => {
    const body = 'b'.repeat(4 * MEBIBYTE);
    for (let count = 0; count < 5; count += 1) {
      await expectRefused(
        running,
        request('/hello.txt', [`Content-Length: ${body.length}`], { method: 'POST', body }),
        [413],
      );
    }
  });

  it('RFC 9112 7.1: a chunked body beyond the limit ends the connection', async () => {
    const piece = `10000\r\n${'c'.repeat(65_536)}\r\n`;
    const status = await flood(
      running.port,
      request('/hello.txt', ['Transfer-Encoding: chunked'], { method: 'POST' }),
      piece,
    );
    expect([405, 413]).toContain(status);
  });

  for (const [what, beginning, piece, statuses] of [
    ['a request line', 'GET /', 'a', [414]],
    ['a method', '', 'M', [400, 414, 431, 501]],
    ['a field value', 'GET / HTTP/1.1\r\nX: ', 'a', [431]],
    ['a field name', 'GET / HTTP/1.1\r\n', 'X', [400, 431]],
    ['fields', 'GET / HTTP/1.1\r\nHost: a\r\n', 'X: a\r\n', [431]],
    ['empty lines', '', '\r\n', [400]],
    ['line feeds', '', '\n', [400]],
    ['carriage returns', '', '\r', [400]],
    ['spaces', '', ' ', [400]],
    ['NULs', '', '\0', [400]],
    [
      'a chunk extension',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;',
      'e',
      [400, 405, 413, 431],
    ],
    [
      'leading zeros of a chunk size',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
      '0',
      [400, 405, 413, 431],
    ],
    [
      'trailers',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
      'X: a\r\n',
      [400, 405, 413, 431],
    ],
    [
      'chunk extensions',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1;extension=value\r\na\r\n',
      [400, 405, 413, 431],
    ],
  ] as const) {
    it(`RFC 9112 2.2, 3, 5, 7: ${what} without end is refused before long`, async () => {
      expect(statuses).toContain(await flood(running.port, beginning, piece));
    });
  }

  it('each limit is exact: what reaches it is accepted, one more is refused', async () => {
    await withServer(running, SMALL_LIMITS, async ({ port }) => {
      const target = (size: number) => `/hello.txt?${'q'.repeat(size - '/hello.txt?'.length)}`;
      expect((await fetchOnce(port, target(900))).status).toBe(200);
      expect((await fetchOnce(port, target(1100))).status).toBe(414);

      // Host is one field.
      expect((await fetchOnce(port, '/hello.txt', Array(9).fill('X: a'))).status).toBe(200);
      expect((await fetchOnce(port, '/hello.txt', Array(10).fill('X: a'))).status).toBe(431);

      expect((await fetchOnce(port, '/hello.txt', [`X: ${'a'.repeat(1800)}`])).status).toBe(200);
      expect((await fetchOnce(port, '/hello.txt', [`X: ${'a'.repeat(2200)}`])).status).toBe(431);

      const post = (size: number) =>
        request('/hello.txt', [`Content-Length: ${size}`], { method: 'POST', body: 'b'.repeat(size) });
      const connection = await RawConnection.open(port);
      await connection.send(post(1000));
      expect((await connection.readResponse('POST')).status).toBe(405);
      await expectInStep(running, connection);
      connection.close();
      expect((await exchange(port, post(1001), ['POST']))[0]?.status).toBe(413);

      const chunked = (size: number) => {
        const body = `${size.toString(16)}\r\n${'b'.repeat(size)}\r\n0\r\n\r\n`;
        return request('/hello.txt', ['Transfer-Encoding: chunked'], { method: 'POST', body });
      };
      const [small, next] = await exchange(port, chunked(1000) + request('/hello.txt'), ['POST', 'GET']);
      expect([small?.status, next?.status]).toEqual([405, 200]);
      // It may have been answered 405 before its body was read; then the connection just ends.
      const large = await RawConnection.open(port);
      await large.send(chunked(1001));
      expect([405, 413]).toContain((await large.readResponse('POST')).status);
      await large.expectEnd();
    });
  });

  // Where workers serve one connection each, how many there are is the limit: waiting.ts.
  if (running.architecture.workers?.blocking !== true) {
    it('more connections than --max-connections wait, and are answered when others close', async () => {
      const most = 8;
      await withServer(running, ['--max-connections', String(most)], async ({ port }) => {
        const waiting = new Set(
          await inBatches(Array.from({ length: 5 * most }), most, () => RawConnection.open(port)),
        );
        for (const connection of waiting) await connection.send(request('/hello.txt'));
        const served = new Set<RawConnection>();
        const takeAnswered = async () => {
          for (const connection of waiting) {
            expect(connection.ended).toBe(false);
            if (connection.available === 0) continue;
            expect((await connection.readResponse()).status).toBe(200);
            waiting.delete(connection);
            served.add(connection);
          }
          expect(served.size).toBeLessThanOrEqual(most);
        };
        const deadline = Date.now() + WAITING_MILLISECONDS;
        while (waiting.size > 0) {
          await new Promise((done) => setImmediate(done));
          await takeAnswered();
          // These have their turns, several of them, and those that wait have none.
          for (const connection of [...served, ...served]) await expectInStep(running, connection);
          await takeAnswered();
          // Of several loops each has its part of the connections, and those that wait for one may not be the other's.
          if (served.size === most || running.architecture.workers !== undefined) {
            const [first] = served;
            first?.close();
            if (first !== undefined) served.delete(first);
          }
          expect(Date.now(), `${waiting.size} wait, ${served.size} are served`).toBeLessThan(deadline);
        }
        for (const connection of served) connection.close();
        await barrier(port);
      });
    });
  }
}
