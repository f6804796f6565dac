/** The life of the process: what it prints, how it ends, and what it says about a bad start. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exchange, RawConnection, request } from './raw-client.js';
import { atOnce, barrier, expectInStep, expectRead, expectSentence, type Running } from './running.js';
import { eventually, run, ServerProcess, sleep } from './server-process.js';

/** A second signal within this time counts as the first one, passed on by npm. */
const SAME_SIGNAL_MILLISECONDS = 100;
const AT_ONCE_MILLISECONDS = 2000;

export function lifecycle(running: Running): void {
  const start = (...options: string[]) => ServerProcess.start(running.architecture, running.fixture.root, ...options);
  const refuses = (port: number) =>
    RawConnection.open(port).then(
      (connection) => {
        connection.close();
        return false;
      },
      () => true,
    );

  it('the start block is plain text and names address, directory, model and process', () => {
    const { stdout, pid, port } = running.server;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence would be one
    expect(stdout).not.toMatch(/\x1b/);
    for (const fact of [`http://127.0.0.1:${port}/`, running.fixture.root, String(pid)]) {
      expect(stdout).toContain(fact);
    }
    for (const said of running.architecture.said) expect(stdout).toMatch(said);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} closes idle connections and ends with exit code 0`, async () => {
      const server = await start();
      const idle = await Promise.all(
        Array.from({ length: atOnce(running, 11) - 1 }, () => RawConnection.open(server.port)),
      );
      for (const connection of idle) await expectInStep(running, connection);
      const silent = await RawConnection.open(server.port);
      await expectRead(server.port, silent);
      server.signal(signal);
      for (const connection of [...idle, silent]) await connection.expectEnd();
      expect(await server.exited).toMatchObject({ code: 0, signal: null });
      expect(await refuses(server.port)).toBe(true);
    });
  }

  it('SIGTERM lets a request under way finish, and takes no new connections', async () => {
    const server = await start();
    const busy = await RawConnection.open(server.port, { paused: true });
    await busy.send(request('/large.bin'));
    const uploading = await RawConnection.open(server.port);
    await uploading.send(request('/hello.txt', ['Content-Length: 5'], { method: 'POST', body: 'he' }));
    const half = await RawConnection.open(server.port);
    await half.send('GET /hello.txt HTTP/1.1\r\n');
    await expectRead(server.port, busy, uploading, half);
    server.signal('SIGTERM');
    expect(await eventually(() => refuses(server.port))).toBe(true);
    expect(server.running).toBe(true);
    await uploading.send('llo');
    expect((await uploading.readResponse('POST')).status).toBe(405);
    await uploading.expectEnd();
    await half.send('Host: a\r\n\r\n');
    const last = await half.readResponse();
    expect(last.status).toBe(200);
    // RFC 9112 9.6: an answer made while the server stops says that it is the last.
    expect(last.field('connection')?.toLowerCase()).toBe('close');
    await half.expectEnd();
    busy.listen();
    const response = await busy.readResponse();
    expect(response.body.equals(running.fixture.bytes('large.bin'))).toBe(true);
    await busy.expectEnd();
    expect(await server.exited).toMatchObject({ code: 0, signal: null });
  });

  it('a client that never reads holds a draining server no longer than --drain-timeout', async () => {
    const server = await start('--drain-timeout', '300ms');
    const deaf = await RawConnection.open(server.port, { paused: true });
    await deaf.send(request('/sparse.bin'));
    await expectRead(server.port, deaf);
    const asked = Date.now();
    server.signal('SIGTERM');
    expect((await server.exited).signal).toBe(null);
    expect(Date.now() - asked).toBeLessThan(AT_ONCE_MILLISECONDS);
    deaf.close();
  });

  it('a second signal ends it at once', async () => {
    const server = await start();
    const deaf = await RawConnection.open(server.port, { paused: true });
    await deaf.send(request('/sparse.bin'));
    await expectRead(server.port, deaf);
    server.signal('SIGTERM');
    await sleep(SAME_SIGNAL_MILLISECONDS * 2);
    expect(server.running).toBe(true);
    const asked = Date.now();
    server.signal('SIGINT');
    expect((await server.exited).code).not.toBe(0);
    expect(Date.now() - asked).toBeLessThan(AT_ONCE_MILLISECONDS);
    deaf.close();
  });

  it('it runs beside another of the same directory, and can be started again on the same port at once, with connections open or not', async () => {
    const first = await start();
    const { port } = first;
    // Beside another one that serves the same directory.
    expect(port).not.toBe(running.port);
    await Promise.all([barrier(port), barrier(running.port)]);
    const [connection] = await Promise.all([RawConnection.open(port), RawConnection.open(port)]);
    await expectInStep(running, connection);
    await first.stop();
    connection.close();
    const second = await start('--port', String(port));
    expect(second.port).toBe(port);
    await barrier(port);
    await second.stop();
  });

  it('a taken port is one sentence and exit code 1', async () => {
    const { port, architecture, fixture } = running;
    expectSentence(await run(fixture.root, '--port', String(port), ...architecture.options), String(port));
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const taken = (other.address() as AddressInfo).port;
    expectSentence(await run(fixture.root, '--port', String(taken), ...architecture.options), String(taken));
    other.close();
  });

  it('a directory whose name needs escaping is served', async () => {
    const directory = mkdtempSync(join(tmpdir(), "conformance d'irectory %20 ü-"));
    writeFileSync(join(directory, 'a.txt'), 'a');
    const server = await ServerProcess.start(running.architecture, directory);
    const [response] = await exchange(server.port, request('/a.txt'), ['GET']);
    expect(response?.body.toString()).toBe('a');
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it('an idle server uses next to no processor time', async () => {
    const { server } = running;
    await barrier(server.port);
    const before = server.processorMilliseconds();
    await sleep(1000);
    // A spinning loop would take all of a second.
    expect(server.processorMilliseconds() - before).toBeLessThan(100);
  });

  // Where there are workers, SIGHUP replaces them: workers.ts.
  if (running.architecture.workers === undefined) {
    it('SIGHUP looks at cached files again, and disturbs no connection', async () => {
      const server = await start();
      const connection = await RawConnection.open(server.port);
      for (let times = 1; times <= 2; times += 1) {
        await expectInStep(running, connection);
        server.signal('SIGHUP');
        expect(await eventually(() => server.stderr.split('looked at again').length > times)).toBe(true);
        await expectInStep(running, connection);
      }
      connection.close();
      expect(await server.stop()).toMatchObject({ code: 0, signal: null });
    });
  }
}
