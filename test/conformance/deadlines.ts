/** Clients that are slow, or say nothing, or read nothing: each wait of the server ends (CVE-2018-12122). */
import { expect, it } from 'vitest';
import { isServed } from './proc.js';
import { RawConnection, request } from './raw-client.js';
import { expectInStep, expectRead, type Running } from './running.js';
import { eventually, sleep } from './server-process.js';

/**
 * Each later than the one before, so that whoever is closed by another's is closed too early; the server may look at its
 * clock a little later.
 */
const WRITE_MILLISECONDS = 400;
const HEADER_MILLISECONDS = 550;
const KEEP_ALIVE_MILLISECONDS = 750;
const BODY_MILLISECONDS = 1000;
export const DEADLINE_OPTIONS = [
  ['--write-timeout', WRITE_MILLISECONDS],
  ['--header-timeout', HEADER_MILLISECONDS],
  ['--keep-alive-timeout', KEEP_ALIVE_MILLISECONDS],
  ['--body-timeout', BODY_MILLISECONDS],
].flatMap(([option, milliseconds]) => [String(option), `${milliseconds}ms`]);
/** Of a deadline so much has passed at least, by the clock of a client that looked at it when it had sent something. */
const MOST = 0.8;
const PATIENCE_MILLISECONDS = 3500;
const DRIP_MILLISECONDS = 50;
const PIECE_BYTES = 1024 * 1024;

/** Closed with nothing said, or with 408 first. */
async function expectTimedOut(connection: RawConnection): Promise<void> {
  await connection.until(
    () => connection.ended || connection.available > 0,
    'end of a slow connection',
    PATIENCE_MILLISECONDS,
  );
  if (connection.available > 0) {
    const response = await connection.readResponse();
    expect(response.status).toBe(408);
    expect(response.field('connection')?.toLowerCase()).toBe('close');
  }
  await connection.expectEnd(PATIENCE_MILLISECONDS);
}

/** Sends one byte after another, slowly, until the server has had enough; how long that took in milliseconds. */
async function drip(connection: RawConnection, beginning: string, byte: string): Promise<number> {
  await connection.send(beginning);
  const start = Date.now();
  while (!connection.ended && connection.available === 0 && Date.now() - start < PATIENCE_MILLISECONDS) {
    await connection.send(byte);
    await sleep(DRIP_MILLISECONDS);
  }
  await expectTimedOut(connection);
  return Date.now() - start;
}

export function deadlines(running: Running): void {
  it('a connection that says nothing, part of a head, or a head without end is closed after --header-timeout', async () => {
    const { port } = running;
    const [silent, half, slow, second] = await Promise.all(Array.from({ length: 4 }, () => RawConnection.open(port)));
    await half?.send('GET /hello.txt HTTP/1.1\r\nHost: a\r\n');
    await second?.send(`${request('/hello.txt')}GET /hel`);
    expect((await second?.readResponse())?.status).toBe(200);
    const took = drip(slow as RawConnection, 'GET /hello.txt HTTP/1.1\r\nX: ', 'a');
    await Promise.all([silent, half, second].map((connection) => expectTimedOut(connection as RawConnection)));
    // Bytes that keep coming move no deadline of a head.
    expect(await took).toBeLessThan(PATIENCE_MILLISECONDS);
    expect(await took).toBeGreaterThanOrEqual(HEADER_MILLISECONDS * MOST);
  });

  it('an idle connection is closed after --keep-alive-timeout, and not before', async () => {
    const connection = await RawConnection.open(running.port);
    for (let count = 0; count < 3; count += 1) {
      const sent = Date.now();
      await connection.send(request('/hello.txt'));
      // By the clock as it is, though nothing has happened for a while.
      const date = Date.parse((await connection.readResponse()).field('date') ?? '');
      expect(date).toBeGreaterThanOrEqual(sent - (sent % 1000));
      await sleep(KEEP_ALIVE_MILLISECONDS / 2);
    }
    await expectInStep(running, connection);
    const start = Date.now();
    await connection.expectEnd(PATIENCE_MILLISECONDS);
    expect(Date.now() - start).toBeGreaterThanOrEqual(KEEP_ALIVE_MILLISECONDS * MOST);
  });

  it('a body that stops is closed --body-timeout after the last of it has come', async () => {
    const stopped = await RawConnection.open(running.port);
    const slow = await RawConnection.open(running.port);
    const head = request('/hello.txt', ['Content-Length: 1000'], { method: 'POST' });
    await stopped.send(`${head}some`);
    await slow.send(head);
    const ended = async (connection: RawConnection, lastSent: number) => {
      const rest = await connection.readToEnd(PATIENCE_MILLISECONDS);
      if (rest.length > 0) expect(rest.toString('latin1')).toMatch(/^HTTP\/1\.1 40[58] /);
      expect(Date.now() - lastSent).toBeGreaterThanOrEqual(BODY_MILLISECONDS * MOST);
      connection.close();
    };
    const dripping = async () => {
      for (let count = 0; count < 2 * (BODY_MILLISECONDS / DRIP_MILLISECONDS) * MOST; count += 1) {
        await slow.send('b');
        await sleep(DRIP_MILLISECONDS);
      }
      expect(slow.ended).toBe(false);
      await ended(slow, Date.now() - DRIP_MILLISECONDS);
    };
    await Promise.all([ended(stopped, Date.now()), dripping()]);
  });

  it('a client that reads nothing of a large answer is closed after --write-timeout', async () => {
    const { port } = running;
    const start = Date.now();
    const deaf = await RawConnection.open(port, { paused: true });
    await deaf.send(request('/sparse.bin'));
    const many = await RawConnection.open(port, { paused: true });
    await many.send(request('/medium.bin').repeat(500));
    await expectRead(port, deaf);
    for (const { socket } of [deaf, many]) {
      expect(await eventually(() => !isServed(port, socket.localPort as number), PATIENCE_MILLISECONDS)).toBe(true);
    }
    expect(Date.now() - start).toBeGreaterThanOrEqual(WRITE_MILLISECONDS * MOST);
    deaf.close();
    many.close();
  });

  it('a client that reads slowly, and goes on reading, is not closed by --write-timeout', async () => {
    const connection = await RawConnection.open(running.port, { paused: true });
    await connection.send(request('/large.bin'));
    // Longer than the deadline in all, and each time for less.
    for (let count = 0; count < 6; count += 1) {
      const more = connection.available + PIECE_BYTES;
      connection.listen();
      await connection.until(() => connection.available >= more, 'more of the file');
      connection.pause();
      await sleep(WRITE_MILLISECONDS / 4);
    }
    connection.listen();
    const response = await connection.readResponse('GET', 20_000);
    expect(response.body.equals(running.fixture.bytes('large.bin'))).toBe(true);
    connection.close();
  });
}
