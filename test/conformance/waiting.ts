/**
 * Workers that serve one connection at a time: what waits while all of them are held, how a connection is made to let go,
 * and how their number follows the load.
 */
import { expect, it } from 'vitest';
import { withWorkers } from './architectures.js';
import { ownerOf } from './proc.js';
import { RawConnection, request } from './raw-client.js';
import { expectInStep, type Running, withServer } from './running.js';
import { eventually, type ServerProcess } from './server-process.js';

const GROWN_MILLISECONDS = 15_000;
const CASE_MILLISECONDS = 60_000;

export function waiting(running: Running): void {
  const withSome = <Result>(
    count: number,
    options: readonly string[],
    work: (server: ServerProcess) => Promise<Result>,
  ) => {
    const { architecture, fixture } = running;
    return withServer({ architecture: withWorkers(architecture, count), fixture }, options, work);
  };
  const hello = request('/hello.txt');

  it('connections wait while all workers are busy, and are served in turn when one is free', async () => {
    await withSome(2, [], async ({ port }) => {
      const held = await Promise.all(Array.from({ length: 2 }, () => RawConnection.open(port)));
      for (const connection of held) await expectInStep(running, connection);
      const late = await Promise.all(Array.from({ length: 3 }, () => RawConnection.open(port)));
      for (const connection of late) await connection.send(hello);
      for (let count = 0; count < 5; count += 1) for (const connection of held) await expectInStep(running, connection);
      expect(late.map(({ available, ended }) => available + Number(ended))).toEqual([0, 0, 0]);
      held.pop()?.close();
      for (const connection of late) {
        expect((await connection.readResponse()).status).toBe(200);
        connection.close();
      }
      for (const connection of held) await expectInStep(running, connection);
      for (const connection of held) connection.close();
    });
  });

  it('a connection is closed after --keep-alive-requests when another waits, and not when none does', async () => {
    await withSome(1, ['--keep-alive-requests', '5'], async ({ port }) => {
      const greedy = await RawConnection.open(port);
      for (let count = 0; count < 12; count += 1) {
        await greedy.send(hello);
        expect((await greedy.readResponse()).field('connection')).toBeUndefined();
      }
      const patient = await RawConnection.open(port);
      await patient.send(hello);
      let asked = 0;
      for (let last = false; !last; ) {
        asked += 1;
        expect(asked).toBeLessThanOrEqual(5);
        await greedy.send(hello);
        last = (await greedy.readResponse()).field('connection')?.toLowerCase() === 'close';
      }
      await greedy.expectEnd();
      expect((await patient.readResponse()).status).toBe(200);
      patient.close();
    });
  });

  if (running.architecture.workers?.where === 'processes') {
    it('a connection for which a worker is free does not count as one that waits', async () => {
      await withSome(2, ['--keep-alive-requests', '5'], async (server) => {
        const greedy = await RawConnection.open(server.port);
        await expectInStep(running, greedy);
        // The other worker, stopped, stays as it is: free.
        const serving = ownerOf(server.port, greedy.socket.localPort as number, server.workers());
        const free = server.workers().filter((pid) => pid !== serving);
        expect(free).toHaveLength(1);
        for (const pid of free) process.kill(pid, 'SIGSTOP');
        const patient = await RawConnection.open(server.port);
        await patient.send(hello);
        for (let count = 0; count < 12; count += 1) {
          await greedy.send(hello);
          expect((await greedy.readResponse()).field('connection')).toBeUndefined();
        }
        expect(patient.available).toBe(0);
        for (const pid of free) process.kill(pid, 'SIGCONT');
        expect((await patient.readResponse()).status).toBe(200);
        patient.close();
        greedy.close();
      });
    });
  }

  it('an idle connection holds its worker no longer than --keep-alive-timeout', async () => {
    await withSome(1, ['--keep-alive-timeout', '500ms'], async ({ port }) => {
      const idle = await RawConnection.open(port);
      await expectInStep(running, idle);
      const patient = await RawConnection.open(port);
      await patient.send(hello);
      expect((await patient.readResponse()).status).toBe(200);
      expect(idle.ended).toBe(true);
      patient.close();
      idle.close();
    });
  });

  it(
    'with --min-spare and --max-spare workers are added under load, and taken away after it',
    async () => {
      await withSome(8, ['--min-spare', '2', '--max-spare', '3'], async (server) => {
        // Of a process's threads not all are workers, but no others come or go.
        const others = server.workers().length - 2;
        const count = () => server.workers().length - others;
        const held = await Promise.all(Array.from({ length: 7 }, () => RawConnection.open(server.port)));
        for (const connection of held) {
          await connection.send(hello);
          // Each may have to wait until there is a worker for it.
          expect((await connection.readResponse('GET', GROWN_MILLISECONDS)).status).toBe(200);
        }
        expect(await eventually(() => count() === 8, GROWN_MILLISECONDS), `${count()} workers`).toBe(true);
        for (const connection of held) connection.close();
        expect(await eventually(() => count() <= 3, GROWN_MILLISECONDS), `${count()} workers`).toBe(true);
        expect(count()).toBeGreaterThanOrEqual(2);
        const late = await RawConnection.open(server.port);
        await expectInStep(running, late);
        late.close();
      });
    },
    CASE_MILLISECONDS,
  );
}
