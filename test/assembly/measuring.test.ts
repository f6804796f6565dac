/**
 * What a server tells of what others do to it, against those others: the kernel, which turns clients away at a full backlog,
 * and somebody who has the lock of the shared cache. One server with one worker that blocks, on a listener with the
 * shortest backlog.
 */
import {
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Server } from '../../src/assembly/serving.js';
import { SharedMemory } from '../../src/assembly/shared-memory.js';
import { completeOptions, type ServerOptions } from '../../src/config/options.js';
import { listen } from '../../src/linux/sockets.js';
import type { Lock } from '../../src/memory/lock.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { RawConnection } from '../conformance/raw-client.js';
import { DIST, eventually } from '../models/scripts.js';

const BACKLOG = 1;
/** The kernel lets wait one more than it was asked for. */
const WAITING = BACKLOG + 1;
const TURNED_AWAY = 5;
/** An owner of the lock that no worker is. */
const NOBODY = 123_456_789;
const WAITERS = 0x4000_0000;

let root: string;
let options: ServerOptions;
let server: Server;
let port: number;

beforeAll(async () => {
  const { startServer } = (await import(new URL('assembly/serving.js', DIST).href)) as {
    startServer: typeof import('../../src/assembly/serving.js').startServer;
  };
  root = mkdtempSync(join(tmpdir(), 'amped-measuring-'));
  writeFileSync(join(root, 'index.html'), '<p>hello</p>');
  options = completeOptions({ root, model: 'thread', workers: 1, cacheBytes: 1_048_576 });
  const listener = listen('127.0.0.1', 0, BACKLOG);
  port = listener.port;
  server = await startServer(options, { activated: [listener.descriptor] });
});

afterEach(() => RawConnection.closeAll());

afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

async function ask(client: RawConnection): Promise<void> {
  await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
}

describe('the backlog', () => {
  /** Of all listeners of this network namespace: proc_net(5). */
  function allOverflows(): number {
    const [names, values] = readFileSync('/proc/net/netstat', 'latin1')
      .split('\n')
      .filter((line) => line.startsWith('TcpExt:'))
      .map((line) => line.split(' ')) as [string[], string[]];
    return Number(values[names.indexOf('ListenOverflows')]);
  }

  it('counts who waits and who found it full as the kernel does', async () => {
    const busy = await RawConnection.open(port);
    await ask(busy);
    expect((await busy.readResponse()).status).toBe(200);
    const before = allOverflows();
    expect([server.metrics().backlogOverflows, server.metrics().waiting]).toEqual([0, 0]);
    const clients = Array.from({ length: WAITING + TURNED_AWAY }, () =>
      connect(port, '127.0.0.1').on('error', () => {}),
    );
    await eventually(() => (server.metrics().backlogOverflows ?? 0) >= TURNED_AWAY);
    const { backlogOverflows, waiting, busy: busyWorkers } = server.metrics();
    // Others may have found another backlog full meanwhile; who was turned away here tries again.
    expect(backlogOverflows).toBeLessThanOrEqual(allOverflows() - before);
    expect([waiting, busyWorkers]).toEqual([WAITING, 1]);
    for (const client of clients) client.destroy();
    busy.close();
    await eventually(() => server.metrics().waiting === 0 && server.metrics().busy === 0);
  });
});

describe('the lock of the shared cache', () => {
  const TIMES = 3;
  let region: SharedRegion;
  let lock: Lock;

  beforeAll(() => {
    // The server's memory is the one that this process has; whoever was given its descriptor could map it as well.
    const descriptor = Number(
      readdirSync('/proc/self/fd').find((name) => readlink(`/proc/self/fd/${name}`).includes('memfd:amped')),
    );
    const own = openSync(`/proc/self/fd/${descriptor}`, 'r+');
    region = SharedRegion.inherited(own, fstatSync(own).size);
    lock = SharedMemory.of(options, region).cacheOf(-1).lock as Lock;
  });

  afterAll(() => region.destroy());

  it('counts those who waited, and how long, as who made them wait does', async () => {
    const client = await RawConnection.open(port);
    await ask(client);
    await client.readResponse();
    const before = server.metrics().lock;
    let least = 0;
    let most = 0;
    for (let time = 0; time < TIMES; time++) {
      lock.acquire(NOBODY);
      const asked = performance.now();
      try {
        const word = region.words.indexOf(NOBODY);
        await ask(client);
        await eventually(() => Atomics.load(region.words, word) === (NOBODY | WAITERS));
        const seen = performance.now();
        await new Promise((done) => setTimeout(done, 5));
        least += performance.now() - seen;
      } finally {
        lock.release();
      }
      expect((await client.readResponse()).status).toBe(200);
      most += performance.now() - asked;
    }
    const after = server.metrics().lock;
    expect([before?.contended, after?.contended]).toEqual([0, TIMES]);
    expect(after?.waitedMilliseconds).toBeGreaterThanOrEqual(least);
    expect(after?.waitedMilliseconds).toBeLessThanOrEqual(most);
    // It was taken here each time, and by the worker at least once.
    expect(Number(after?.acquisitions) - Number(before?.acquisitions)).toBeGreaterThanOrEqual(2 * TIMES);
  });
});

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
