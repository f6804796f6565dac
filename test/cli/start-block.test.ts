/** The block that the command prints, with and without colours. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/cli/explain.js';
import { unsupported } from '../../src/cli/platform.js';
import { reloaded, served, startBlock, thisComputer, wantsColours } from '../../src/cli/start-block.js';
import { NO_INJECTIONS } from '../../src/config/injections.js';
import { OptionError } from '../../src/config/option-error.js';
import { QUIET } from '../metrics/quiet.js';

const facts = {
  urls: ['http://127.0.0.1:3000/'],
  adminUrl: undefined,
  root: '/srv/site',
  model: 'event',
  dispatcher: 'epoll',
  dispatcherReason: 'io_uring is switched off here',
  disk: 'auto (in memory: at once; else io_uring)',
  workers: 1,
} as const;
const asked = { dispatcher: 'auto', loopsIn: 'threads', minSpare: 0, inject: NO_INJECTIONS, user: '' } as const;
const ipv4 = { family: 'IPv4', netmask: '255.255.255.0', mac: '00:00:00:00:00:00', cidr: null } as const;
const ipv6 = { family: 'IPv6', netmask: 'ffff::', mac: '00:00:00:00:00:00', cidr: null, scopeid: 0 } as const;
const computer = {
  root: false,
  interfaces: {
    lo: [{ ...ipv4, address: '127.0.0.1', internal: true }],
    eth0: [
      { ...ipv4, address: '192.168.1.5', internal: false },
      { ...ipv6, address: 'fe80::5', internal: false },
      { ...ipv6, address: '2001:db8::5', internal: false },
    ],
  },
};

describe('the block', () => {
  it('has no control characters when plain', () => {
    expect(startBlock(facts, { ...asked, dispatcher: 'epoll' }, false)).toMatch(/^[\n -~]+$/);
  });

  it('says the same in colours', () => {
    const coloured = startBlock(facts, asked, true);
    expect(coloured).toContain('\x1b[');
    expect(stripVTControlCharacters(coloured)).toBe(startBlock(facts, asked, false));
  });

  it('gives the reason only for what was chosen', () => {
    expect(startBlock(facts, asked, false)).toContain('epoll (auto: io_uring is switched off here)\n');
    expect(startBlock(facts, { ...asked, dispatcher: 'epoll' }, false)).toContain('epoll\n');
  });

  it('says whose changes are watched', () => {
    expect(startBlock({ ...facts, watched: '/srv/app' }, asked, false)).toContain(
      'watching    modules beneath /srv/app\n',
    );
    expect(startBlock(facts, asked, false)).not.toContain('watching');
  });

  it.each([
    [{ ...facts, workers: 2 }, asked, 'event, 2 loops in threads'],
    [{ ...facts, workers: 2 }, { ...asked, loopsIn: 'processes' as const }, 'event, 2 loops in processes'],
    [{ ...facts, model: 'process' as const, workers: 16 }, asked, 'process, 16 workers'],
    [{ ...facts, model: 'thread' as const, workers: 16 }, { ...asked, minSpare: 4 }, 'thread, 4 to 16 workers'],
  ])('tells the model in a few words', (some, options, words) => {
    expect(startBlock(some, options, false)).toContain(`  model       ${words}\n`);
  });

  it('has no dispatcher where there is none', () => {
    const { dispatcher: _, ...others } = facts;
    expect(startBlock({ ...others, model: 'thread', dispatcher: undefined }, asked, false)).not.toContain('dispatcher');
  });

  it('is loud about faults that are injected', () => {
    const inject = { ...NO_INJECTIONS, workerThrowMilliseconds: 200, diskErrorPercent: 0.5 };
    const block = startBlock(facts, { ...asked, inject }, false);
    expect(block).toContain('  injected    worker-throw=200ms,disk-error=0.5%: FAULTS ARE MADE ON PURPOSE\n');
  });

  it.each([
    [['http://127.0.0.1:3000/'], ['', 'none: only this computer can reach it']],
    [
      ['http://localhost:1/', 'unix:/run/a.sock', 'http://[::1]:2/'],
      ['', '', '', 'none: only this computer can reach it'],
    ],
    [['http://0.0.0.0:3000/'], ['', 'http://192.168.1.5:3000/']],
    [
      ['http://[::]:80/', 'http://127.0.0.1:3000/'],
      ['', '', 'http://[2001:db8::5]:80/'],
    ],
    [['http://192.168.1.5:3000/'], ['']],
  ])('of %j tells where else one can reach it', (urls, network) => {
    const lines = startBlock({ ...facts, urls }, asked, false, computer).split('\n');
    const rows = lines.slice(
      3,
      lines.findIndex((line) => line.includes('serving  ')),
    );
    const values = rows.map((row) => row.slice(14));
    expect(values.slice(0, urls.length)).toEqual(urls);
    expect(values.slice(urls.length)).toEqual(network.filter((value) => value !== ''));
    expect(rows.map((row) => row.slice(2, 12).trim()).filter(Boolean)).toEqual(
      network.at(-1) === '' ? ['address'] : ['address', 'network'],
    );
  });

  it('tells nothing of the network where the process may not know', () => {
    const { interfaces } = thisComputer(() => {
      throw new Error('uv_interface_addresses returned an unknown system error');
    });
    expect(interfaces).toEqual({});
  });

  it('warns of a process that may do anything, and tells whom it has become', () => {
    expect(startBlock(facts, asked, false, { ...computer, root: true })).toContain(
      '  warning     This runs as root; --user ',
    );
    const dropped = startBlock(facts, { ...asked, user: 'www-data' }, false, computer);
    expect(dropped).toContain('  user        www-data\n');
    expect(dropped).not.toContain('warning');
  });

  it('says how files are read', () => {
    expect(startBlock(facts, asked, false)).toContain('  disk        auto (in memory: at once; else io_uring)\n');
  });

  it.each([
    [{ isTTY: true }, { TERM: 'xterm' }, true],
    [{ isTTY: true }, { TERM: 'xterm', NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' }, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, { TERM: 'xterm' }, false],
    [{}, { TERM: 'xterm', CI: 'true' }, false],
  ])('of %o with %o in colours: %o', (stream, environment, coloured) => {
    expect(wantsColours(stream, environment)).toBe(coloured);
  });
});

describe('what was done', () => {
  const stalls = { longest: 0.0499, sum: 1, count: 1000, buckets: [] };
  const metrics = { ...QUIET, stalls };

  it.each([
    [{ requests: 1234, connections: 56, workersReplaced: 0 }, 'Served 1,234 requests on 56 connections.'],
    [{ requests: 1, connections: 1, workersReplaced: 1 }, 'Served 1 request on 1 connection.\n1 worker was replaced.'],
    [
      { requests: 0, connections: 0, workersReplaced: 3 },
      'Served 0 requests on 0 connections.\n3 workers were replaced.',
    ],
    [
      { requests: 1, connections: 1, workersReplaced: 0, log: { written: 0, dropped: 1 } },
      'Served 1 request on 1 connection.\n1 line of the access log could not be written.',
    ],
  ])('%j', (counts, line) => {
    expect(served({ ...metrics, ...counts })).toBe(line);
  });

  it('tells of a loop that was away for long', () => {
    const counts = { requests: 2, connections: 1, workersReplaced: 0, stalls: { ...stalls, longest: 0.0513 } };
    expect(served({ ...metrics, ...counts })).toBe(
      'Served 2 requests on 1 connection.\nThe longest time that an event loop was away from its dispatcher was 51 ms.',
    );
  });

  it.each([
    [{ model: 'event', workers: 1 }, 'Cached files are looked at again.'],
    [{ model: 'event', workers: 2 }, 'Every worker has been replaced.'],
    [{ model: 'process', workers: 1 }, 'Every worker has been replaced.'],
  ] as const)('after SIGHUP with %j', (server, line) => {
    expect(reloaded(server)).toBe(line);
  });
});

describe('an error', () => {
  it('is its sentence when it was meant for the user, and a trace when it was not', () => {
    expect(explain(new OptionError('A sentence.'))).toBe('A sentence.');
    expect(explain(new Error('A sentence.'))).toBe('A sentence.');
    expect(explain(new TypeError('x is not a function'))).toContain('start-block.test.ts');
    expect(explain('thrown text')).toBe('thrown text');
  });
});

describe('the platform', () => {
  const good = { platform: 'linux', arch: 'x64', versions: { node: '20.0.0' } } as const;

  it.each([
    [good, undefined],
    [{ ...good, arch: 'arm64' as const, versions: { node: '26.1.0' } }, undefined],
    [{ ...good, platform: 'win32' as const }, 'Amped runs on Linux only (this is win32); '],
    [{ ...good, arch: 'ia32' as const }, 'Amped runs on x64 and arm64 processors only (this is ia32).'],
    [{ ...good, versions: { node: '18.19.1' } }, 'Amped needs Node.js 20 or newer (this is 18.19.1).'],
  ])('%o: %s', (host, sentence) => {
    if (sentence === undefined) expect(unsupported(host)).toBeUndefined();
    else expect(unsupported(host)).toContain(sentence);
  });
});
