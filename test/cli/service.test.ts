/**
 * The command as a service: started with sockets that somebody else has opened, with a supervisor that listens, and as
 * another user. It is started as systemd does, by a shell that puts itself in place of it, so that LISTEN_PID is right.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { close, listen } from '../../src/linux/sockets.js';
import { bindUnix, startListening } from '../../src/linux/unix-sockets.js';
import { userByName } from '../../src/linux/users.js';
import { connectTo } from '../dispatcher/peers.js';
import { Datagrams } from '../linux/datagrams.js';
import { eventually } from '../models/scripts.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(PROJECT, 'dist/cli/main.js');

const MODELS = [
  ['event', []],
  ['event on epoll', ['--dispatcher', 'epoll']],
  ['loops in threads', ['--loops', '2']],
  ['loops in processes', ['--loops', '2', '--loops-in', 'processes']],
  ['thread', ['--model', 'thread', '--workers', '2']],
  ['process', ['--model', 'process', '--workers', '2']],
] as const;

let folder: string;
let site: string;
let children: ChildProcess[] = [];
let descriptors: number[] = [];
/** The command that is started. */
let main = MAIN;

interface Service {
  readonly process: ChildProcess;
  readonly said: { out: string; error: string };
  readonly ended: Promise<unknown[]>;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-service-'));
  chmodSync(folder, 0o755);
  site = join(folder, 'site');
  mkdirSync(site);
  writeFileSync(join(site, 'index.html'), '<p>Hello</p>');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(
    children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined)),
  );
  children = [];
  for (const descriptor of descriptors) close(descriptor);
  descriptors = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts it with these descriptors from 3 on. */
function launch(
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  handed: readonly number[] = [],
): Service {
  const { HOST: _host, PORT: _port, ...inherited } = process.env;
  const activation = handed.length === 0 ? '' : `LISTEN_FDS=${handed.length} LISTEN_PID=$$`;
  const child = spawn('/bin/sh', ['-c', `${activation} exec "$0" "$@"`, process.execPath, main, site, ...parameters], {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', ...handed],
  });
  children.push(child);
  const said = { out: '', error: '' };
  child.stdout?.on('data', (text) => {
    said.out += text;
  });
  child.stderr?.on('data', (text) => {
    said.error += text;
  });
  return { process: child, said, ended: once(child, 'close') };
}

async function serving(service: Service): Promise<Service> {
  await eventually(() => /process +\d+\n/.test(service.said.out) || service.process.exitCode !== null);
  expect(service.said.out, service.said.error).toContain('Amped is serving.');
  return service;
}

/** The status of a request over a unix socket. */
async function statusAt(socketPath: string): Promise<number | undefined> {
  const [response] = await once(request({ socketPath, path: '/', headers: { connection: 'close' } }).end(), 'response');
  response.resume();
  return response.statusCode;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.text();
  return response.status;
}

function childrenOf(identifier: number): number[] {
  const path = `/proc/${identifier}/task/${identifier}/children`;
  return readFileSync(path, 'latin1').trim().split(' ').filter(Boolean).map(Number);
}

/** Every thread of every process of a server, with what the kernel says of it. */
function threadsOf(identifier: number): string[] {
  return [identifier, ...childrenOf(identifier)].flatMap((each) =>
    readdirSync(`/proc/${each}/task`).map((thread) => readFileSync(`/proc/${each}/task/${thread}/status`, 'latin1')),
  );
}

describe('sockets that were handed over', () => {
  let port: number;
  let path: string;

  beforeEach(() => {
    path = join(folder, `handed-${descriptors.length}-${Math.floor(performance.now() * 1000)}.sock`);
    const unix = bindUnix(path);
    startListening(unix, 16);
    const tcp = listen('127.0.0.1', 0, 16, { blocking: true });
    port = tcp.port;
    descriptors.push(tcp.descriptor, unix);
  });

  it.each(MODELS)('are served by %s, stay whole at its end, and wait for the next server', async (_model, options) => {
    const first = await serving(launch(options, {}, descriptors));
    expect(first.said.out).toContain(`address     http://127.0.0.1:${port}/\n              unix:${path}\n`);
    expect([await statusOf(`http://127.0.0.1:${port}/`), await statusAt(path)]).toEqual([200, 200]);
    for (const child of childrenOf(first.process.pid as number)) {
      expect(readFileSync(`/proc/${child}/environ`, 'latin1')).not.toContain('LISTEN_');
    }
    first.process.kill('SIGTERM');
    expect(await first.ended).toEqual([0, null]);
    expect(existsSync(path)).toBe(true);
    // Nobody serves now, but somebody will: whoever connects waits.
    const waiting = connectTo(port);
    waiting.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await serving(launch(options, {}, descriptors));
    await eventually(() => waiting.read().ended);
    expect(waiting.text).toMatch(/^HTTP\/1\.1 200 /);
    waiting.close();
  });

  it('take the place of addresses in the options, which is said', async () => {
    const service = await serving(launch(['--listen', '127.0.0.1:1'], {}, descriptors));
    expect(service.said.error).toContain(
      'on the sockets that it was handed; --listen, --host and --port are not used.\n',
    );
    expect(await statusOf(`http://127.0.0.1:${port}/`)).toBe(200);
  });

  it('that are meant for another process are not used', async () => {
    const service = await serving(launch(['--port', '0'], { LISTEN_FDS: '1', LISTEN_PID: '1' }));
    expect(service.said.out).not.toContain(`:${port}/`);
  });

  it('are refused with a sentence when they do not listen', async () => {
    const peer = connectTo(port);
    const service = launch([], { LISTEN_FDNAMES: 'web' }, [peer.descriptor]);
    expect(await service.ended).toEqual([1, null]);
    expect(service.said.error).toBe(
      "Descriptor 3 ('web'), handed over by LISTEN_FDS, is no listening stream socket; the .socket unit needs ListenStream= and Accept=no.\n",
    );
    peer.close();
  });

  it('may come from systemd-socket-activate', async (context) => {
    const tool = '/usr/bin/systemd-socket-activate';
    if (!existsSync(tool)) context.skip(`There is no ${tool} here.`);
    close(descriptors.shift() as number);
    const child = spawn(tool, ['-l', `127.0.0.1:${port}`, process.execPath, MAIN, site], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    await eventually(() => said.includes('Listening on'));
    expect(await statusOf(`http://127.0.0.1:${port}/`)).toBe(200);
  });
});

describe('a supervisor', () => {
  it.each(MODELS)('hears of %s, from its start to its end', async (_model, options) => {
    const path = join(folder, `notify-${Math.floor(performance.now() * 1000)}`);
    const datagrams = new Datagrams(path);
    const service = launch([...options, '--port', '0'], { NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' });
    const heard = (): string[] => datagrams.read().map((text) => text.split('\n')[0] as string);
    // A supervisor reads all the time: the kernel keeps ten for it.
    await eventually(() => heard().includes('READY=1'));
    expect(datagrams.received.find((text) => text.startsWith('READY'))).toMatch(/^READY=1\nSTATUS=Serving .* at http:/);
    await eventually(() => heard().filter((word) => word === 'WATCHDOG=1').length > 2);
    service.process.kill('SIGHUP');
    await eventually(() => heard().filter((word) => word === 'READY=1').length === 2);
    service.process.kill('SIGTERM');
    await service.ended;
    expect(heard().filter((word) => word !== 'WATCHDOG=1')).toEqual([
      'READY=1',
      'RELOADING=1',
      'READY=1',
      'STOPPING=1',
    ]);
    datagrams.close();
  });
});

describe('another user', () => {
  /** The user must be able to read the build, or no worker could start: where it cannot, a copy is started. */
  const readable = (path: string): boolean =>
    path === '/' || ((statSync(path).mode & 0o001) !== 0 && readable(dirname(path)));
  const unprivileged = process.getuid?.() === 0 ? undefined : 'Only root can become another user.';

  beforeAll(() => {
    if (unprivileged !== undefined || readable(dirname(MAIN))) return;
    const copy = join(folder, 'build');
    for (const part of ['dist', 'package.json', ...packages()]) {
      cpSync(join(PROJECT, part), join(copy, part), { recursive: true });
    }
    main = join(copy, 'dist/cli/main.js');
  });
  afterAll(() => {
    main = MAIN;
  });

  /** What the command needs of others: koffi's binary is a package of its own. */
  function packages(): string[] {
    const { dependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    return [...Object.keys(dependencies), '@koromix'].map((name) => join('node_modules', name));
  }

  it.for(MODELS)('is all that %s is, in each of its threads, also later ones', async ([_model, options], context) => {
    if (unprivileged !== undefined) context.skip(unprivileged);
    const nobody = userByName('nobody');
    const path = join(folder, `user-${Math.floor(performance.now() * 1000)}.sock`);
    const parameters = [...options, '--user', 'nobody', '--listen', '127.0.0.1:0', '--listen', `unix:${path}?mode=660`];
    const service = await serving(launch(parameters));
    expect(statSync(path)).toMatchObject({ uid: nobody?.user, gid: nobody?.group });
    expect(service.said.out).toContain('  user        nobody\n');
    expect(service.said.out).not.toContain('warning');
    const url = /http:\S+/.exec(service.said.out)?.[0] as string;
    const identifier = service.process.pid as number;
    for (let round = 0; round < 2; round++) {
      expect([await statusOf(url), await statusAt(path)]).toEqual([200, 200]);
      const threads = threadsOf(identifier);
      expect(threads.length).toBeGreaterThan(4);
      for (const status of threads) {
        expect(status).toContain(`\nUid:${`\t${nobody?.user}`.repeat(4)}\n`);
        expect(status).toContain(`\nGid:${`\t${nobody?.group}`.repeat(4)}\n`);
        expect(status).toMatch(/\nCapEff:\t0+\n/);
      }
      service.process.kill('SIGHUP');
      await eventually(() => /replaced|again/.test(service.said.error));
    }
    service.process.kill('SIGTERM');
    expect(await service.ended).toEqual([0, null]);
  });

  it('is refused with a sentence where it cannot be, or cannot read what is served', async () => {
    const refused = async (user: string): Promise<string> => {
      const service = launch(['--port', '0', '--user', user]);
      expect(await service.ended).toEqual([1, null]);
      expect(service.said.out).toBe('');
      return service.said.error;
    };
    expect(await refused('no-such-user')).toBe("--user must be a user of this computer, not 'no-such-user'.\n");
    if (process.getuid?.() !== 0) {
      expect(await refused('nobody')).toMatch(/^--user nobody needs root; this process runs as user \d+\.\n$/);
      return;
    }
    chmodSync(site, 0o700);
    expect(await refused('nobody')).toBe(`User nobody of --user cannot read the directory ${site}.\n`);
    chmodSync(site, 0o755);
  });

  it('without a user, root is warned', async () => {
    const service = await serving(launch(['--port', '0']));
    expect(service.said.out.includes('This runs as root')).toBe(process.getuid?.() === 0);
  });
});

it('a path is gone also when a second signal ends the server at once', async () => {
  writeFileSync(join(site, 'large'), '');
  truncateSync(join(site, 'large'), 64 * 1024 * 1024);
  const path = join(folder, 'second.sock');
  const service = await serving(launch(['--listen', `unix:${path}`]));
  const deaf = connect(path);
  deaf.on('error', () => {});
  deaf.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(deaf, 'readable');
  service.process.kill('SIGTERM');
  await eventually(() => !existsSync(path));
  // Somebody else may have it by now.
  writeFileSync(path, '');
  await new Promise((done) => setTimeout(done, 200));
  service.process.kill('SIGINT');
  expect(await service.ended).toEqual([130, null]);
  expect(existsSync(path)).toBe(true);
  deaf.destroy();
});
