/** Several addresses, paths among them, and what happens when no connection can be accepted: the same of every architecture. */
import { existsSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withholdDescriptors } from './proc.js';
import { RawConnection, request } from './raw-client.js';
import { expectSentence, type Running, withServer } from './running.js';
import { eventually, run, ServerProcess, sleep } from './server-process.js';

const hello = request('/hello.txt');
const PATIENCE_MILLISECONDS = 15_000;
const SOON_MILLISECONDS = 200;

export function listening(running: Running): void {
  const { architecture } = running;
  const path = join(tmpdir(), `amped-listening-${process.pid}-${architecture.name.replace(/\W+/g, '-')}.sock`);
  const options = ['--listen', '127.0.0.1:0', '--listen', '[::1]:0', '--listen', `unix:${path}?mode=660`];
  const statusOf = (to: { port: number; host: string } | { socketPath: string }): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = httpRequest({ ...to, path: '/hello.txt', agent: false }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      });
      asked.once('error', reject).end();
    });

  it('all addresses are served, also while workers are replaced', async () => {
    const server = await ServerProcess.start(architecture, running.fixture.root, ...options);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const ipv6 = Number(/http:\/\/\[::1\]:(\d+)\//.exec(server.stdout)?.[1]);
    const places = [{ port: server.port, host: '127.0.0.1' }, { port: ipv6, host: '::1' }, { socketPath: path }];
    expectSentence(await run(running.fixture.root, '--listen', `unix:${path}`), /unix:.* already/);
    server.signal('SIGHUP');
    for (let round = 0; round < 1000 && !/replaced|looked at again/.test(server.stderr); round += 1) {
      expect(await Promise.all(places.map(statusOf))).toEqual([200, 200, 200]);
    }
    expect(server.stderr).toMatch(/replaced|looked at again/);
    expect(await Promise.all(places.map(statusOf))).toEqual([200, 200, 200]);
    server.signal('SIGKILL');
    await server.exited;
    expect(existsSync(path)).toBe(true);
  });

  it('without descriptors connections wait, which is said and costs nothing, and are served when there are some', async () => {
    await withServer(running, [...options, '--connection-requests', '2'], async (server) => {
      const give = server.processes().map(withholdDescriptors);
      const waiting = await Promise.all([
        ...Array.from({ length: 12 }, () => RawConnection.open(server.port)),
        ...Array.from({ length: 3 }, () => RawConnection.open(path)),
      ]);
      for (const connection of waiting) await connection.send(hello + hello);
      const said = /A connection cannot be accepted: this process has no descriptor left \(EMFILE\)/;
      expect(await eventually(() => said.test(server.stderr)), server.stderr).toBe(true);
      const before = server.processorMilliseconds();
      await sleep(1000);
      // One that tried without a pause would take all of a second.
      expect(server.processorMilliseconds() - before).toBeLessThan(250);
      expect(waiting.every(({ available, ended }) => available === 0 && !ended)).toBe(true);
      for (const undo of give) undo();
      for (const connection of waiting) {
        const answers = [await connection.readResponse('GET', PATIENCE_MILLISECONDS), await connection.readResponse()];
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        // The second is the last that --connection-requests allows.
        expect(answers.map((answer) => answer.field('connection')?.toLowerCase())).toEqual([undefined, 'close']);
        await connection.expectEnd();
      }
      expect(server.stderr.split('\n').filter((line) => said.test(line)).length).toBeLessThanOrEqual(16);

      const half = await RawConnection.open(path);
      await half.send('GET /hello.txt HTTP/1.1\r\n');
      // Of a unix socket one cannot see from outside what has been read: whoever came later has been served by then.
      await sleep(SOON_MILLISECONDS);
      server.signal('SIGTERM');
      expect(await eventually(() => !existsSync(path))).toBe(true);
      await half.send('Host: a\r\n\r\n');
      expect((await half.readResponse()).status).toBe(200);
      await half.expectEnd();
      expect(await server.exited).toMatchObject({ code: 0, signal: null });
    });
  });
}
