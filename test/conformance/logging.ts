/**
 * Logs: a line for each request whatever became of it, in files that are renamed under load, and on a disk that is full.
 */
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Architecture } from './architectures.js';
import { type Fixture, HUGE_BYTES } from './fixture.js';
import { RawConnection, request } from './raw-client.js';
import { type Running, withServer } from './running.js';
import { eventually } from './server-process.js';
import { Traffic } from './traffic.js';

const CLIENTS = { keeping: 2, fresh: 2 };
const ROTATIONS = 3;
const CASE_MILLISECONDS = 60_000;

type Line = Readonly<Record<string, unknown>>;

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'logging-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The objects of a log in JSON, of which each line must be one. */
function linesOf(path: string): Line[] {
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(/^([\x20-\x7e]+\n)*$/);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** A log of its own in the fixture, which all architectures have in common. */
function pathOf({ architecture, fixture }: Pick<Running, 'architecture' | 'fixture'>): string {
  return join(fixture.parent, `access of ${architecture.name}.log`);
}

/** What the server of these cases serves, and what it logs. */
export function logged(fixture: Fixture, architecture: Architecture): readonly [string, ...string[]] {
  return [fixture.root, '--access-log', 'json', '--access-log-file', pathOf({ architecture, fixture })];
}

export function logging(running: Running): void {
  it(
    'each request has one line, whatever became of it',
    async () => {
      const { port } = running;
      const path = pathOf(running);
      /** What lines there must be, in any order: workers take turns. */
      const expected: Line[] = [];
      const exchanged = async (bytes: string, line: Line, method = 'GET'): Promise<void> => {
        const connection = await RawConnection.open(port);
        await connection.send(bytes);
        await connection.readResponse(method);
        connection.close();
        expected.push(line);
      };

      const kept = await RawConnection.open(port);
      const asked = request('/hello.txt?a=b', ['Referer: http://a/"\\', 'User-Agent: caf\xe9\t1']);
      for (const number of [1, 2, 3]) {
        await kept.send(asked);
        await kept.readResponse();
        expected.push({
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          client: '127.0.0.1',
          method: 'GET',
          target: '/hello.txt?a=b',
          protocol: 'HTTP/1.1',
          referrer: 'http://a/"\\',
          userAgent: 'caf\xe9\t1',
          status: 200,
          bytes: 13,
          duration: expect.any(Number),
          request: number,
        });
      }
      kept.close();

      const head = request('/hello.txt', [], { method: 'HEAD' });
      await exchanged(head, { status: 200, method: 'HEAD', bytes: 0 }, 'HEAD');
      await exchanged(request('/none'), { status: 404, target: '/none' });
      await exchanged(request('/large.bin'), { status: 200, bytes: 20 * 1024 * 1024 });
      await exchanged(request('/large.bin', ['Range: bytes=5-1004']), { status: 206, bytes: 1000 });
      const body = 'POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: ';
      await exchanged(`${body}99999999\r\n\r\n`, { status: 413, method: 'POST' });
      await exchanged(`${body}3\r\n\r\nabc`, { status: 405, method: 'POST' });

      // What is no request cannot be taken for one, nor for several lines.
      const bad = { status: 400, line: 'GET /\x01\x1b[2J"', target: null };
      await exchanged('GET /\x01\x1b[2J"\n{} HTTP/1.1\r\n\r\n', bad);
      await exchanged(request(`/${'a'.repeat(9000)}`), { status: 414, request: 1 });
      await exchanged(request('/', [`X: ${'a'.repeat(40_000)}`]), { status: 431, target: '/' });

      // A client that goes away midway: what it has not got is not counted.
      const leaving = await RawConnection.open(port);
      await leaving.send(request('/huge.bin'));
      await leaving.readHead();
      await leaving.readBytes(1000);
      leaving.reset();
      expected.push({ status: 200, target: '/huge.bin', aborted: true });

      expect(await eventually(() => linesOf(path).length >= expected.length, 10_000)).toBe(true);
      const lines = linesOf(path);
      expect(lines).toHaveLength(expected.length);
      for (const line of expected) expect(lines).toContainEqual(expect.objectContaining(line));
      const { bytes, time } = lines.find(({ aborted }) => aborted === true) as Line;
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(HUGE_BYTES);
      expect(Math.abs(Date.parse(time as string) - Date.now())).toBeLessThan(60_000);
    },
    CASE_MILLISECONDS,
  );

  it(
    'SIGUSR1 opens renamed files anew under load: each answer has one line in one of them; and no debugger listens',
    () =>
      withFolder(async (folder) => {
        const path = join(folder, 'access.log');
        const errors = join(folder, 'error.log');
        const options = ['--access-log', 'combined', '--access-log-file', path, '--error-log-file', errors];
        await withServer(running, [...options, '--log-level', 'debug'], async (server) => {
          const load = new Traffic(server.port, running.fixture, CLIENTS);
          const old: string[] = [];
          for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
            expect(await load.goesOn(50)).toBe(true);
            old.push(`${path}.${rotation}`);
            renameSync(path, `${path}.${rotation}`);
            // As a kill of the whole group would: workers get it too.
            for (const pid of server.processes()) process.kill(pid, 'SIGUSR1');
            expect(await eventually(() => isThere(path))).toBe(true);
          }
          expect(await load.goesOn(50)).toBe(true);
          await load.end();
          expect(load.wrong).toEqual([]);
          expect(load.losses).toEqual([]);
          const exit = await server.stop();
          expect(exit.stderr).toBe('');
          const lines = [...old, path].map((each) => readFileSync(each, 'utf8').split('\n').slice(0, -1));
          for (const line of lines.flat())
            expect(line).toMatch(/^127\.0\.0\.1 - - \[[^\]]+\] "GET \/\S+ HTTP\/1\.1" 200 \d+ "-" "-"$/);
          expect(lines.flat()).toHaveLength(load.answers);
          const said = readFileSync(errors, 'utf8');
          expect(said).not.toContain('Debugger');
          expect(said).toMatch(/^(\S+Z (error|warn|info|debug) [^\n]+\n)+$/);
          expect(said).toMatch(/ info Served [\d,]+ requests/);
        });
      }),
    CASE_MILLISECONDS,
  );

  it(
    'on a full disk everybody is served, lines are dropped and counted, and it is said once',
    async () => {
      await withServer(running, ['--access-log', 'common', '--access-log-file', '/dev/full'], async (server) => {
        const load = new Traffic(server.port, running.fixture, CLIENTS);
        expect(await load.goesOn(200)).toBe(true);
        expect(await eventually(() => server.stderr.includes('ENOSPC'))).toBe(true);
        expect(await load.goesOn(200)).toBe(true);
        await load.end();
        expect(load.wrong).toEqual([]);
        expect(load.losses).toEqual([]);
        const { code, stderr } = await server.stop();
        expect(code).toBe(0);
        expect(stderr.split('The access log cannot be written (ENOSPC)')).toHaveLength(2);
        const dropped = /([\d,]+) lines of the access log could not be written/.exec(stderr)?.[1] ?? '';
        expect(Number(dropped.replaceAll(',', ''))).toBe(load.answers);
      });
    },
    CASE_MILLISECONDS,
  );
}

function isThere(path: string): boolean {
  try {
    return readFileSync(path).length >= 0;
  } catch {
    return false;
  }
}
