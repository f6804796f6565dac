/**
 * A disk that is slow or fails: who waits for it and who does not, by orderings and counts, and that every request gets an
 * answer or a close. The faults are injected: `--inject disk-latency`, `disk-error`, `helper-crash`.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fetchOnce, RawConnection, type Response, request } from './raw-client.js';
import { atOnce, type Running, withServer } from './running.js';
import type { ServerProcess } from './server-process.js';

/** Answered while somebody else waits for the disk. */
const MANY = 15;
const LATENCY_MILLISECONDS = 200;
/** Longer than a reading takes, and less than several of them. */
const DRAIN_MILLISECONDS = 50;
/** Of a large file: several windows. */
const PART_BYTES = 2_097_152;
const FILES = 150;
/** Helpers that crash are started anew many times within one answer. */
const FAULTY_MILLISECONDS = 15_000;
/** So slow that others are always in the middle of something, and fast enough for who waits for each file. */
export const SLOW_DISK_OPTIONS = ['--inject', 'disk-latency=5ms'];

export function disk(running: Running): void {
  const { blocksOnDisk, helpers } = running.architecture;

  if (blocksOnDisk) {
    it('who asks for what is in memory waits for who reads a slow disk', async () => {
      await withSlowDisk(running, async (server) => {
        expect(await answersMeanwhile(running, server)).toBeLessThan(MANY);
        const { stderr } = await server.stop();
        expect(Number(/away from its dispatcher was (\d+) ms/.exec(stderr)?.[1])).toBeGreaterThan(LATENCY_MILLISECONDS);
      });
    });
  } else {
    it('who asks for what is in memory does not wait for who reads a slow disk, nor longer than --drain-timeout who is to end', async () => {
      await withSlowDisk(running, async (server) => {
        expect(await answersMeanwhile(running, server)).toBeGreaterThanOrEqual(MANY);
        const connections = await Promise.all(Array.from({ length: 10 }, () => RawConnection.open(server.port)));
        await Promise.all(connections.map((connection) => connection.send(request('/digits.txt'))));
        expect(await server.stop()).toMatchObject({ code: 0, signal: null });
        // Whoever had waited for the disk would have had an answer.
        for (const connection of connections) await connection.expectEnd();
      });
    });
  }

  it('a slow disk gives every file as it is, to many who ask for many at once', async () => {
    const { path, target } = running.fixture.changingDirectory();
    for (let file = 0; file < FILES; file++) writeFileSync(join(path, `${file}`), `contents of ${file}`);
    const clients = atOnce(running, FILES / 3);
    const asked = Array.from({ length: clients }, async (_, client) => {
      const connection = await RawConnection.open(running.port);
      for (let file = client; file < FILES; file += clients) {
        await connection.send(request(`${target}/${file}`));
        expect((await connection.readResponse()).body.toString()).toBe(`contents of ${file}`);
      }
      connection.close();
    });
    await Promise.all(asked);
  });

  it('a disk that fails gives 500 for what it has failed to read, or a close, and never anything wrong', async () => {
    await withServer(running, ['--inject', 'disk-error=30%'], async (server) => {
      const before = server.descriptors();
      const failures = await askUnderFaults(running, server, 120);
      expect(failures).toBeGreaterThan(0);
      await expectNothingLeft(server, before.sockets);
    });
  });

  it('a disk that fails always fails every request, and serves none', async () => {
    await withServer(running, ['--inject', 'disk-error=100%'], async (server) => {
      const connection = await RawConnection.open(server.port);
      for (const path of ['/hello.txt', '/large.bin', '/sub/', '/hello.txt']) {
        await connection.send(request(path));
        expect((await connection.readResponse()).status).toBe(500);
      }
      connection.close();
    });
  });

  it('a file that goes between its being asked for and read is answered as it was, or as missing', async () => {
    const { path, target } = running.fixture.changingDirectory();
    const connections = await Promise.all(
      Array.from({ length: atOnce(running, 20) }, () => RawConnection.open(running.port)),
    );
    for (let round = 0; round < 5; round++) {
      writeFileSync(join(path, 'here'), `round ${round}`);
      for (const connection of connections) await connection.send(request(`${target}/here`));
      rmSync(join(path, 'here'));
      for (const connection of connections) {
        const response = await connection.readResponse();
        expect([200, 404]).toContain(response.status);
        if (response.status === 200) expect(response.body.toString()).toBe(`round ${round}`);
      }
    }
    for (const connection of connections) connection.close();
  });

  if (!helpers) return;

  it('helpers that crash under load cost an answer each, and nothing else', async () => {
    await withServer(running, ['--inject', 'helper-crash=20%,disk-latency=1ms'], async (server) => {
      const before = server.descriptors();
      const failures = await askUnderFaults(running, server, 100);
      expect(failures).toBeGreaterThan(0);
      await expectNothingLeft(server, before.sockets);
      expect((await server.stop()).stderr).toContain('A disk helper has ended');
    });
  });
}

function withSlowDisk(running: Running, work: (server: ServerProcess) => Promise<void>): Promise<void> {
  const options = ['--inject', `disk-latency=${LATENCY_MILLISECONDS}ms`, '--drain-timeout', `${DRAIN_MILLISECONDS}ms`];
  return withServer(running, options, work);
}

/** How many requests for a file in memory are answered before one for part of a file on a slow disk, asked for first. */
async function answersMeanwhile({ fixture }: Running, server: ServerProcess): Promise<number> {
  const cold = await RawConnection.open(server.port);
  const warm = await RawConnection.open(server.port);
  await warm.send(request('/hello.txt'));
  await warm.readResponse();
  let reading = true;
  await cold.send(request('/large.bin', [`Range: bytes=0-${PART_BYTES - 1}`]));
  const part = cold.readResponse().finally(() => {
    reading = false;
  });
  let answers = 0;
  while (reading) {
    await warm.send(request('/hello.txt'));
    await warm.readResponse();
    answers++;
  }
  expect((await part).body.equals(fixture.bytes('large.bin').subarray(0, PART_BYTES))).toBe(true);
  return answers;
}

const PATHS = ['hello.txt', 'medium.bin', 'million.bin', 'large.bin', 'sub/page.html', 'digits.txt'];

/** Asks for so many files on several connections: how many got no answer, or 500. */
async function askUnderFaults(running: Running, server: ServerProcess, requests: number): Promise<number> {
  const { fixture } = running;
  let failures = 0;
  let asked = 0;
  const ask = async (): Promise<void> => {
    let connection = await RawConnection.open(server.port);
    while (asked < requests) {
      const path = PATHS[asked++ % PATHS.length] as string;
      const response = await answerOrClose(connection, path);
      if (response?.status === 200) expect(response.body.equals(fixture.bytes(path))).toBe(true);
      else failures++;
      if (response !== undefined && response.field('connection') !== 'close') continue;
      expect([undefined, 200, 500]).toContain(response?.status);
      connection.close();
      connection = await RawConnection.open(server.port);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: atOnce(running, 8) }, ask));
  return failures;
}

/** Undefined when the connection is closed in the middle of it; whoever hangs runs into the deadline of the reader. */
async function answerOrClose(connection: RawConnection, path: string): Promise<Response | undefined> {
  await connection.send(request(`/${path}`));
  try {
    return await connection.readResponse('GET', FAULTY_MILLISECONDS);
  } catch (error) {
    if (connection.ended) return undefined;
    throw error;
  }
}

/** No connection, and no file more than once. */
async function expectNothingLeft(server: ServerProcess, sockets: number): Promise<void> {
  const left = await server.descriptorsWhen((now) => now.sockets === sockets);
  expect(left.sockets).toBe(sockets);
  expect((await fetchOnce(server.port, '/hello.txt')).status).toBeGreaterThanOrEqual(200);
  expect(server.running).toBe(true);
}
