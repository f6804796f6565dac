/**
 * Workers: processes or threads that serve while the original process keeps them. One that dies takes nobody's requests
 * with it but those it had, all can be replaced under load without a request lost, and none outlives the server.
 */
import { expect, it } from 'vitest';
import type { Workers } from './architectures.js';
import { isAlive, ownerOf, shares } from './proc.js';
import { fetchOnce, inBatches, RawConnection, request } from './raw-client.js';
import { barrier, expectInStep, expectRead, type Running, withServer } from './running.js';
import { eventually, type ServerProcess } from './server-process.js';
import { Traffic } from './traffic.js';

const CLIENTS = { keeping: 3, fresh: 3 };
const EVERYBODY = CLIENTS.keeping + CLIENTS.fresh;
const DEATHS = 4;
/** Until a worker is there, or all are others, on a busy machine. */
const START_MILLISECONDS = 15_000;
const AT_ONCE_MILLISECONDS = 3000;
/** For a case that starts many workers. */
const CASE_MILLISECONDS = 60_000;

export function workers(running: Running): void {
  const kind = running.architecture.workers as Workers;
  const traffic = (server: Pick<ServerProcess, 'port'>) => new Traffic(server.port, running.fixture, CLIENTS);
  /** How many requests the death of one worker may cost, at most. */
  const lost = kind.blocking ? 1 : EVERYBODY;

  /** The worker that serves the connection; it has been accepted, since it has been answered. */
  const ownerOfConnection = (server: ServerProcess, connection: RawConnection) =>
    ownerOf(server.port, connection.socket.localPort as number, server.workers()) as number;

  /** There are as many as there shall be, and they serve: each has its turn where one serves one connection. */
  const expectAllServe = async (server: ServerProcess, count: number) => {
    expect(await eventually(() => server.workers().length === count, START_MILLISECONDS)).toBe(true);
    const connections = await inBatches(Array.from({ length: count }), count, () => RawConnection.open(server.port));
    // Those that have just been started come up meanwhile.
    for (const connection of connections) await connection.send(request('/hello.txt'));
    for (const connection of connections) {
      expect((await connection.readResponse('GET', START_MILLISECONDS)).status).toBe(200);
    }
    for (const connection of connections) connection.close();
  };

  /** A connection that is idle most of the time is answered whenever it asks, until an answer says that it is the last. */
  const expectFarewell = async (connection: RawConnection) => {
    const last = await eventually(async () => {
      await connection.send(request('/hello.txt'));
      const response = await connection.readResponse();
      expect(response.status).toBe(200);
      return response.field('connection')?.toLowerCase() === 'close';
    }, START_MILLISECONDS);
    expect(last).toBe(true);
    await connection.expectEnd();
  };

  if (kind.where === 'processes') {
    it('kill -9 of a worker ends its own connections, another takes its place, and the others notice nothing', async () => {
      const { server } = running;
      const count = Math.min(kind.count, 6);
      const connections = await Promise.all(Array.from({ length: count }, () => RawConnection.open(server.port)));
      for (const connection of connections) await expectInStep(running, connection);
      const owners = connections.map((connection) => ownerOfConnection(server, connection));
      const [victim] = owners as [number];
      process.kill(victim, 'SIGKILL');
      await Promise.all(connections.filter((_, index) => owners[index] === victim).map((one) => one.expectEnd()));
      const others = connections.filter((_, index) => owners[index] !== victim);
      for (const connection of others) await expectInStep(running, connection);
      expect(await eventually(() => !isAlive(victim))).toBe(true);
      // Who connects meanwhile, also to the listener that was the victim's, is served as soon as may be.
      await inBatches(Array.from({ length: 10 }), 10, () => fetchOnce(server.port, '/hello.txt'));
      for (const connection of others) {
        await expectInStep(running, connection);
        connection.close();
      }
      await expectAllServe(server, kind.count);
      expect(server.stderr).toMatch(/SIGKILL/);
    });

    it(
      `workers killed under load cost at most ${lost} ${lost === 1 ? 'request' : 'requests'} each, and are counted`,
      async () => {
        await withServer(running, [], async (server) => {
          const load = traffic(server);
          const { count } = kind;
          for (let deaths = 1; deaths <= DEATHS; deaths += 1) {
            expect(await load.goesOn()).toBe(true);
            // One that serves: whoever is just being started has not been counted as a worker yet.
            let victim: number | undefined;
            await eventually(() => {
              victim = ownerOf(server.port, load.somePort ?? 0, server.workers());
              return victim !== undefined;
            });
            process.kill(victim as number, 'SIGKILL');
            expect(await eventually(() => !isAlive(victim as number))).toBe(true);
            expect(await load.goesOn()).toBe(true);
            await eventually(() => server.workers().length === count, START_MILLISECONDS);
          }
          await load.end();
          expect(load.wrong).toEqual([]);
          expect(load.refusals).toEqual([]);
          expect(load.losses.length, load.losses.join('\n')).toBeLessThanOrEqual(DEATHS * lost);
          await expectAllServe(server, count);
          expect((await server.stop()).stderr).toMatch(new RegExp(`\\b${DEATHS} workers were replaced`));
        });
      },
      CASE_MILLISECONDS,
    );

    it('kill -9 of the original process leaves no process behind', async () => {
      await withServer(running, [], async (server) => {
        const busy = await RawConnection.open(server.port, { paused: true });
        await busy.send(request('/sparse.bin'));
        const idle = await RawConnection.open(server.port);
        await expectInStep(running, idle);
        const pids = server.processes();
        expect(pids).toHaveLength(1 + kind.count);
        server.signal('SIGKILL');
        try {
          expect(await eventually(() => !pids.some(isAlive), AT_ONCE_MILLISECONDS)).toBe(true);
        } finally {
          // Whoever is left would hold up all that follows, and stay.
          for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
        }
        // Nobody holds its standard output either.
        expect((await server.exited).signal).toBe('SIGKILL');
        busy.close();
        await idle.readToEnd();
        idle.close();
      });
    });

    it('SIGTERM to all processes at once, as a service manager sends it, lets a request under way finish', async () => {
      await withServer(running, [], async (server) => {
        const busy = await RawConnection.open(server.port, { paused: true });
        await busy.send(request('/large.bin'));
        await expectRead(server.port, busy);
        for (const pid of server.processes()) process.kill(pid, 'SIGTERM');
        busy.listen();
        expect((await busy.readResponse()).body.equals(running.fixture.bytes('large.bin'))).toBe(true);
        busy.close();
        expect(await server.exited).toMatchObject({ code: 0, signal: null });
      });
    });

    it('a worker that is stopped does not keep the server from ending', async () => {
      await withServer(running, ['--drain-timeout', '500ms'], async (server) => {
        const connection = await RawConnection.open(server.port);
        await expectInStep(running, connection);
        const pids = server.processes();
        process.kill(ownerOfConnection(server, connection), 'SIGSTOP');
        const asked = Date.now();
        server.signal('SIGTERM');
        expect(await server.exited).toMatchObject({ code: 0, signal: null });
        expect(Date.now() - asked).toBeLessThan(500 + AT_ONCE_MILLISECONDS);
        expect(pids.filter(isAlive)).toEqual([]);
      });
    });
  } else {
    // A signal would end all threads: they are one process. An error in one of them is what can be survived.
    it(`workers that throw under load cost at most ${lost} ${lost === 1 ? 'request' : 'requests'} each, and are counted`, async () => {
      await withServer(running, ['--inject', 'worker-throw=300ms'], async (server) => {
        expect(server.stdout).toMatch(/injected/);
        const load = traffic(server);
        const end = Date.now() + 300 * DEATHS;
        while (Date.now() < end) expect(await load.goesOn(20)).toBe(true);
        await load.end();
        const exit = await server.stop();
        expect(exit).toMatchObject({ code: 0, signal: null });
        const replaced = Number(/\b(\d+) workers? (?:was|were) replaced/.exec(exit.stderr)?.[1] ?? 0);
        expect(replaced).toBeGreaterThanOrEqual(2);
        expect(load.wrong).toEqual([]);
        expect(load.refusals).toEqual([]);
        expect(load.losses.length, load.losses.join('\n')).toBeLessThanOrEqual(replaced * lost);
      });
    });
  }

  it(
    'SIGHUP under load replaces every worker, twice, and not one request is refused, cut off or answered wrongly',
    async () => {
      const { server } = running;
      const load = traffic(server);
      const done = () => server.stderr.split('Every worker has been replaced.').length - 1;
      let before = server.workers();
      const { others } = server.descriptors();
      for (let times = 1; times <= 2; times += 1) {
        const idle = await RawConnection.open(server.port);
        await expectInStep(running, idle);
        expect(await load.goesOn()).toBe(true);
        const already = done();
        server.signal('SIGHUP');
        await expectFarewell(idle);
        expect(await eventually(() => done() > already, START_MILLISECONDS)).toBe(true);
        // Each had as many descriptors as each has now, and none stays of those that are gone. A loop that has just begun
        // has no threads yet that wait for the disk.
        const asMany = () => {
          const { length } = server.workers();
          const isAll = kind.where === 'processes' ? length === before.length : length <= before.length;
          return isAll && server.descriptors().others <= others;
        };
        expect(await eventually(asMany), `${server.workers().length} workers`).toBe(true);
        const after = server.workers();
        const gone = before.filter((worker) => !after.includes(worker));
        // Of a process's threads not all are workers.
        if (kind.where === 'processes') expect(gone).toHaveLength(kind.count);
        else expect(gone.length).toBeGreaterThanOrEqual(kind.count);
        before = after;
      }
      expect(await load.goesOn()).toBe(true);
      await load.end();
      expect(load.wrong).toEqual([]);
      expect(load.refusals).toEqual([]);
      expect(load.losses).toEqual([]);
      await barrier(server.port);
    },
    CASE_MILLISECONDS,
  );

  it('SIGTERM under load ends within --drain-timeout with exit code 0, and leaves no worker', async () => {
    await withServer(running, ['--drain-timeout', '4s'], async (server) => {
      const load = traffic(server);
      const idle = await RawConnection.open(server.port);
      await expectInStep(running, idle);
      const slow = await RawConnection.open(server.port, { paused: true });
      await slow.send(request('/large.bin'));
      const readFast = slow.readSlowly(2);
      expect((await slow.readHead()).status).toBe(200);
      expect(await load.goesOn()).toBe(true);
      const pids = server.processes();
      const asked = Date.now();
      server.signal('SIGTERM');
      await idle.expectEnd();
      // Whoever was being answered when the server was told to end gets all of it.
      readFast();
      const body = await slow.readBytes(running.fixture.bytes('large.bin').length);
      expect(body.equals(running.fixture.bytes('large.bin'))).toBe(true);
      slow.close();
      expect(await server.exited).toMatchObject({ code: 0, signal: null });
      expect(Date.now() - asked).toBeLessThan(4000);
      expect(pids.filter(isAlive)).toEqual([]);
      await load.end();
      expect(load.wrong).toEqual([]);
    });
  });

  // Where all accept from one listener there is nothing to spread, and whose a thread's connection is cannot be seen.
  if (kind.ownListeners && kind.where === 'processes') {
    it('1,000 connections are spread over the loops within 10 %', async () => {
      const { server } = running;
      // The kernel chooses by a hash of the ports: of 1,000, one time in 600 a loop has less than 450 by mere chance.
      const spread = async () => {
        const connections = await inBatches(Array.from({ length: 1000 }), 100, () => RawConnection.open(server.port));
        await inBatches(connections, 100, (connection) => expectInStep(running, connection));
        const ports = connections.map(({ socket }) => socket.localPort as number);
        const counts = shares(server.port, ports, server.workers());
        for (const connection of connections) connection.close();
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
        return counts.every((count) => Math.abs(count - 1000 / kind.count) <= 0.1 * (1000 / kind.count));
      };
      expect((await spread()) || (await spread())).toBe(true);
    });
  }
}
