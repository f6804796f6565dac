/** What a supervisor hears: a real datagram socket in its place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Supervisor } from '../../src/cli/supervisor.js';
import { Datagrams } from '../linux/datagrams.js';

let folder: string;
let path: string;
let datagrams: Datagrams;
let number = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-supervisor-'));
});
beforeEach(() => {
  path = join(folder, `notify-${++number}`);
  datagrams = new Datagrams(path);
});
afterEach(() => {
  datagrams.close();
  vi.useRealTimers();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a supervisor', () => {
  it('hears when the server serves, reloads and stops', () => {
    const supervisor = new Supervisor({ NOTIFY_SOCKET: path }, 1);
    const before = process.hrtime.bigint() / 1000n;
    supervisor.ready('Serving /srv');
    supervisor.reloading();
    supervisor.stopping();
    const [ready, reloading, stopping] = datagrams.read();
    expect(ready).toBe('READY=1\nSTATUS=Serving /srv');
    const [word, time = '', status] = (reloading as string).split('\n');
    expect([word, status]).toEqual(['RELOADING=1', 'STATUS=Reloading.']);
    expect(BigInt(time.replace('MONOTONIC_USEC=', ''))).toBeGreaterThanOrEqual(before);
    expect(stopping).toBe('STOPPING=1\nSTATUS=Requests under way finish.');
  });

  it('may have an abstract name', () => {
    const abstract = new Datagrams(`@amped-supervisor-${process.pid}`);
    new Supervisor({ NOTIFY_SOCKET: `@amped-supervisor-${process.pid}` }, 1).ready('Serving.');
    expect(abstract.read()).toEqual(['READY=1\nSTATUS=Serving.']);
    abstract.close();
  });

  it('hears twice in each of its periods that the server is alive, if it asks for that, once it serves', () => {
    vi.useFakeTimers();
    const supervisor = new Supervisor({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '3000000', WATCHDOG_PID: '7' }, 7);
    vi.advanceTimersByTime(10_000);
    expect(datagrams.read()).toEqual([]);
    supervisor.ready('serving');
    vi.advanceTimersByTime(1400);
    expect(datagrams.read()).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(datagrams.read().slice(1)).toEqual(['WATCHDOG=1']);
    // Serving again, as after a reload, begins nothing anew.
    supervisor.ready('serving');
    vi.advanceTimersByTime(3000);
    expect(datagrams.read().filter((text) => text === 'WATCHDOG=1')).toHaveLength(3);
    vi.clearAllTimers();
  });

  it('that takes nothing is not waited for to hear that', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    new Supervisor({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '2000000' }, 7).ready('serving');
    const began = performance.now();
    // More than the kernel keeps for it: net.unix.max_dgram_qlen is 10, or 512.
    vi.advanceTimersByTime(600_000);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(datagrams.read().length).toBeGreaterThan(5);
    vi.clearAllTimers();
  });

  it.each([{ WATCHDOG_USEC: '1000', WATCHDOG_PID: '8' }, { WATCHDOG_USEC: '0' }, { WATCHDOG_USEC: 'soon' }, {}])(
    'hears no such thing with %j',
    (environment) => {
      vi.useFakeTimers();
      new Supervisor({ NOTIFY_SOCKET: path, ...environment }, 7).ready('serving');
      vi.advanceTimersByTime(10_000);
      expect(datagrams.read()).toHaveLength(1);
    },
  );

  it('is forgotten by the environment, so that no worker speaks for the server', () => {
    const environment = { NOTIFY_SOCKET: path, WATCHDOG_PID: '1', WATCHDOG_USEC: '1000000', OTHER: 'stays' };
    vi.useFakeTimers();
    new Supervisor(environment, 1);
    expect(environment).toEqual({ OTHER: 'stays' });
    vi.clearAllTimers();
  });

  it.each([undefined, '', 'relative', '/nowhere/at/all', 'vsock:2:1234'])(
    'that is not there (%j) harms nobody',
    (notify) => {
      const supervisor = new Supervisor(notify === undefined ? {} : { NOTIFY_SOCKET: notify }, 1);
      supervisor.ready('Serving.');
      supervisor.reloading();
      supervisor.stopping();
      expect(datagrams.read()).toEqual([]);
    },
  );
});
