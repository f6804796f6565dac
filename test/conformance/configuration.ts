/** The configuration is read again under load: what it says holds, nobody loses a request, and a bad one changes nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fetchOnce, RawConnection } from './raw-client.js';
import { expectInStep, type Running, withServer } from './running.js';
import { eventually, type ServerProcess } from './server-process.js';
import { Traffic } from './traffic.js';

const CLIENTS = { keeping: 3, fresh: 3 };
/** Until all workers are others, on a busy machine. */
const RELOAD_MILLISECONDS = 15_000;
const CASE_MILLISECONDS = 60_000;
const FIELDS = Array.from({ length: 30 }, (_, index) => `X-${index}: 1`);

export function configuration(running: Running): void {
  it(
    'SIGHUP under load: limits and deadlines are new for everybody, and not one request is lost',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'amped-configured-'));
      const file = join(directory, 'amped.json');
      const configure = (settings: object): void => writeFileSync(file, JSON.stringify(settings));
      const statusOfMany = async (server: ServerProcess) => (await fetchOnce(server.port, '/hello.txt', FIELDS)).status;
      configure({ maxHeaderCount: 100 });
      try {
        await withServer(running, ['--config', file], async (server) => {
          expect(server.stdout).toContain(`configured  by ${file}\n`);
          expect(await statusOfMany(server)).toBe(200);
          const load = new Traffic(server.port, running.fixture, CLIENTS);
          expect(await load.goesOn()).toBe(true);
          configure({ maxHeaderCount: 20 });
          await reload(server, /has been read again/);
          expect(await statusOfMany(server)).toBe(431);
          for (const [bad, sentence] of [
            [{ maxHeaderCount: 0 }, `${file}:1: maxHeaderCount must be a whole number from 1 to 10000, not 0.`],
            [{ maxHeaderCount: 50, cacheBytes: '2MiB' }, 'cannot change from 128MiB to 2MiB while the server runs'],
          ] as const) {
            configure(bad);
            await reload(server, /Nothing has been changed/);
            expect(server.stderr).toContain(sentence);
            expect(await statusOfMany(server)).toBe(431);
          }
          expect(await load.goesOn()).toBe(true);
          await load.end();
          expect(load.wrong).toEqual([]);
          expect(load.refusals).toEqual([]);
          expect(load.losses).toEqual([]);
          // A client that asks while its connection is closed for having been idle would lose its request by itself.
          configure({ keepAliveTimeout: '300ms' });
          await reload(server, /has been read again/);
          const idle = await RawConnection.open(server.port);
          await expectInStep(running, idle);
          await idle.expectEnd();
        });
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    CASE_MILLISECONDS,
  );
}

async function reload(server: ServerProcess, said: RegExp): Promise<void> {
  const times = (): number => server.stderr.split(said).length;
  const before = times();
  server.signal('SIGHUP');
  expect(await eventually(() => times() > before, RELOAD_MILLISECONDS), server.stderr).toBe(true);
}
