/** Many clients, greedy clients, and what is left when they have gone. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { fetchOnce, inBatches, RawConnection, request } from './raw-client.js';
import { atOnce, barrier, expectInStep, generator, type Running } from './running.js';

const FLOOD_REQUESTS = 50_000;
const NEIGHBOUR_REQUESTS = 10;
/** More than FD_SETSIZE, the 1,024 descriptors of a select(2) whose bitmap has the size of the C library's. */
const MANY_CONNECTIONS = 1200;
/** More than a server would have receive buffers for, were they not given back. */
const HALF_SENT = 600;
const WRK_CONNECTIONS = 256;
/** wrk counts in whole seconds, and says what it has when it is interrupted before. */
const WRK_SECONDS = Number(process.env.AMPED_WRK_SECONDS ?? 0.5);

export function load(running: Running): void {
  it('one connection that pipelines 50,000 requests is answered in full, and a neighbour meanwhile', async () => {
    const bytes = 'GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n';
    const { body, fields } = await fetchOnce(running.port, '/hello.txt');
    const greedy = await RawConnection.open(running.port);
    const neighbour = await RawConnection.open(running.port);
    await expectInStep(running, neighbour);
    // Counted and not parsed: the client must not be what is slow.
    let received = 0;
    greedy.socket.removeAllListeners('data');
    greedy.socket.on('data', (piece) => {
      received += piece.length;
    });
    const answerBytes =
      `HTTP/1.1 200 OK\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`.length + body.length;
    const total = answerBytes * FLOOD_REQUESTS;
    const sending = (async () => {
      for (let sent = 0; sent < FLOOD_REQUESTS; sent += 1000) await greedy.send(bytes.repeat(1000));
    })();
    await greedy.until(() => true, 'start');
    while (received === 0) await new Promise((done) => setImmediate(done));
    for (let count = 0; count < NEIGHBOUR_REQUESTS; count += 1) await expectInStep(running, neighbour);
    const meanwhile = received;
    await sending;
    const deadline = Date.now() + 20_000;
    while (received < total && !greedy.ended && Date.now() < deadline) await new Promise((done) => setTimeout(done, 5));
    expect(received).toBe(total);
    // The neighbour's requests were done when the greedy one's were far from it.
    expect(meanwhile).toBeLessThan(total / 2);
    greedy.close();
    neighbour.close();
  });

  it('senders that flood and never read do not keep a neighbour waiting', async () => {
    let flooding = true;
    const opening = Array.from({ length: atOnce(running, 8) }, () =>
      RawConnection.open(running.port, { paused: true }),
    );
    const flooders = await Promise.all(opening);
    const piece = request('/medium.bin').repeat(200);
    for (const { socket } of flooders) {
      const flood = () => {
        // What the kernel does not take waits here, and is bounded by its 'drain'.
        while (flooding && socket.writable && socket.write(piece));
      };
      socket.on('drain', flood);
      flood();
    }
    const neighbour = await RawConnection.open(running.port);
    for (let count = 0; count < 200; count += 1) await expectInStep(running, neighbour);
    flooding = false;
    for (const flooder of flooders) flooder.reset();
    await expectInStep(running, neighbour);
    neighbour.close();
  });

  it('a body that never stops does not keep a neighbour waiting', async () => {
    const uploading = await Promise.all(Array.from({ length: 4 }, () => RawConnection.open(running.port)));
    const neighbour = await RawConnection.open(running.port);
    const body = request('/hello.txt', ['Content-Length: 1000000'], { method: 'POST', body: 'b'.repeat(1_000_000) });
    await Promise.all([
      ...uploading.map(async (connection) => {
        for (let count = 0; count < 5; count += 1) {
          void connection.send(body);
          expect((await connection.readResponse('POST')).status).toBe(405);
        }
        connection.close();
      }),
      (async () => {
        for (let count = 0; count < 100; count += 1) await expectInStep(running, neighbour);
      })(),
    ]);
    neighbour.close();
  });

  const halfSent = atOnce(running, HALF_SENT);
  it(`${halfSent} requests half sent at once keep nobody waiting, and are answered when they are whole`, async () => {
    const begin = request('/hello.txt', [`X: ${'x'.repeat(3000)}`]).slice(0, -2);
    const connections = await inBatches(Array.from({ length: halfSent }), 100, () => RawConnection.open(running.port));
    await inBatches(connections, 100, (connection) => connection.send(begin));
    await barrier(running.port);
    expect(connections.filter(({ available, ended }) => available > 0 || ended)).toEqual([]);
    await inBatches(connections, 100, (connection) => connection.send('\r\n'));
    for (const connection of connections) {
      expect((await connection.readResponse()).status).toBe(200);
      connection.close();
    }
  });

  it('many bodies sent at once are all read to their end', async () => {
    const body = 'b'.repeat(100_000);
    const bytes = request('/hello.txt', [`Content-Length: ${body.length}`], { method: 'POST', body });
    await inBatches(Array.from({ length: 300 }), 150, async () => {
      const connection = await RawConnection.open(running.port);
      void connection.send(bytes);
      expect((await connection.readResponse('POST')).status).toBe(405);
      await expectInStep(running, connection);
      connection.close();
    });
  });

  const many = atOnce(running, MANY_CONNECTIONS);
  it(`${many} connections open at once are all answered, twice`, async () => {
    const connections = await inBatches(Array.from({ length: many }), 200, () => RawConnection.open(running.port));
    for (let round = 0; round < 2; round += 1) {
      await inBatches(connections, 200, (connection) => expectInStep(running, connection));
    }
    for (const connection of connections) connection.close();
  });

  it('connections that come and go by hundreds leave nothing open', async () => {
    const before = running.server.descriptors().sockets;
    await inBatches(Array.from({ length: 1000 }), 50, async () => {
      await fetchOnce(running.port, '/small.bin', ['Connection: close']);
    });
    await inBatches(
      Array.from({ length: 300 }, (_, index) => index),
      50,
      async (index) => {
        const connection = await RawConnection.open(running.port, { paused: true });
        await connection.send(request('/medium.bin').repeat(index % 5));
        if (index % 2 === 0) connection.reset();
        else connection.close();
      },
    );
    const after = await running.server.descriptorsWhen(({ sockets }) => sockets <= before);
    expect(after.sockets).toBeLessThanOrEqual(before);
    await barrier(running.port);
  });

  it('clients side by side get each their own answers', async () => {
    const paths = ['hello.txt', 'digits.txt', 'small.bin', 'medium.bin', 'million.bin', 'sub/page.html'];
    await inBatches(
      Array.from({ length: 60 }, (_, index) => index),
      30,
      async (index) => {
        const connection = await RawConnection.open(running.port);
        for (let count = 0; count < 8; count += 1) {
          const path = paths[(index + count) % paths.length] as string;
          await connection.send(request(`/${path}`));
          expect((await connection.readResponse()).body.equals(running.fixture.bytes(path)), path).toBe(true);
        }
        connection.close();
      },
    );
  });

  it('clients of chance, some of which reset, get each their own answers in order', async () => {
    const { fixture, port } = running;
    const next = generator(2024);
    const questions: ReadonlyArray<readonly [method: string, bytes: string, status: number, body?: Buffer]> = [
      ['GET', request('/hello.txt'), 200, fixture.bytes('hello.txt')],
      ['GET', request('/small.bin'), 200, fixture.bytes('small.bin')],
      ['GET', request('/medium.bin'), 200, fixture.bytes('medium.bin')],
      ['GET', request('/million.bin'), 200, fixture.bytes('million.bin')],
      [
        'GET',
        request('/large.bin', ['Range: bytes=1234567-1334566']),
        206,
        fixture.bytes('large.bin').subarray(1_234_567, 1_334_567),
      ],
      ['GET', request('/digits.txt', ['Range: bytes=-7']), 206, Buffer.from('3456789')],
      ['GET', request('/hello.txt', ['If-None-Match: *']), 304],
      ['GET', request(`/nothing/${'n'.repeat(500)}`), 404],
      ['HEAD', request('/large.bin', [], { method: 'HEAD' }), 200],
      ['POST', request('/x', ['Content-Length: 3000'], { method: 'POST', body: 'p'.repeat(3000) }), 405],
      [
        'PUT',
        request('/hello.txt', ['Transfer-Encoding: chunked'], { method: 'PUT', body: '3\r\nabc\r\n0\r\n\r\n' }),
        405,
      ],
    ];
    await inBatches(
      Array.from({ length: 160 }, (_, index) => index),
      40,
      async (index) => {
        const asked = Array.from(
          { length: 1 + next(20) },
          () => questions[next(questions.length)] as (typeof questions)[number],
        );
        const bytes = asked.map(([, text]) => text).join('');
        const connection = await RawConnection.open(port);
        const sending = (async () => {
          for (let start = 0; start < bytes.length; ) {
            const length = 1 + next(index % 2 === 0 ? 40 : 4000);
            await connection.sendPieces([bytes.slice(start, start + length)]);
            start += length;
          }
          if (index % 5 === 0) connection.finish();
        })();
        if (index % 4 === 3) {
          await connection.readResponse(asked[0]?.[0]);
          connection.reset();
          return;
        }
        for (const [method, text, status, body] of asked) {
          const response = await connection.readResponse(method);
          // Whoever names nothing that is there may be told so before its method is looked at.
          expect(status === 405 ? [404, 405] : [status], text.slice(0, 100)).toContain(response.status);
          if (body !== undefined) expect(response.body.equals(body)).toBe(true);
        }
        await sending;
        if (index % 5 === 0) await connection.expectEnd();
        connection.close();
      },
    );
    await barrier(port);
  });

  // More than are served at once: some wait, and no longer than wrk does (two seconds).
  const wrkConnections = Math.min(WRK_CONNECTIONS, 2 * running.architecture.connectionsAtOnce);
  it(`wrk with ${wrkConnections} connections meets no error, twice, and the second time leaves no more open than the first`, async (context) => {
    if (spawnSync('wrk', ['--version']).error !== undefined) context.skip('wrk is not installed (Debian package: wrk)');
    const before = running.server.descriptors().sockets;
    const leave = async () => {
      const output = await wrk(`-t2 -c${wrkConnections} -d1h http://127.0.0.1:${running.port}/small.bin`);
      expect(output).toMatch(/^ +[1-9]\d* requests in /m);
      expect(output).not.toMatch(/Socket errors|Non-2xx/);
      return running.server.descriptorsWhen(({ sockets }) => sockets <= before);
    };
    const first = await leave();
    const second = await leave();
    expect(second.sockets).toBe(before);
    expect(second.all).toBeLessThanOrEqual(first.all);
    // Receive buffers that were not given back would be missing now.
    const connections = await Promise.all(
      Array.from({ length: atOnce(running, wrkConnections) }, () => RawConnection.open(running.port)),
    );
    await Promise.all(connections.map((connection) => expectInStep(running, connection)));
    for (const connection of connections) connection.close();
  });
}

async function wrk(argv: string): Promise<string> {
  const child = spawn('wrk', argv.split(' '), { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const timer = setTimeout(() => child.kill('SIGINT'), WRK_SECONDS * 1000);
  await once(child, 'close');
  clearTimeout(timer);
  return output;
}
