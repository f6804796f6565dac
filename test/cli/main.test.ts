/** The command as a user sees it: what it says, where it says it, and how it ends. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { helpText } from '../../src/config/help.js';
import { DISPATCHER_NAMES } from '../../src/dispatcher/dispatcher.js';
import { run, type Started, start } from './command.js';

/** More than the kernel's socket buffers hold. */
const LARGE_BYTES = 64 * 1024 * 1024;

let directory: string;
const started: Started[] = [];
const sockets: Socket[] = [];

async function serve(...parameters: Parameters<typeof start>): Promise<Started> {
  const server = await start(...parameters);
  started.push(server);
  return server;
}

/** A client that asks for the large file and does not read it: a request under way for as long as one likes. */
async function stall(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('readable', resolve));
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-cli-'));
  writeFileSync(join(directory, 'index.html'), '<p>Hello</p>');
  writeFileSync(join(directory, 'large'), '');
  truncateSync(join(directory, 'large'), LARGE_BYTES);
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of started.splice(0)) server.process.kill('SIGKILL');
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('what needs no server', () => {
  it.each(['--help', '-h'])('%s prints the help', async (flag) => {
    expect(await run([flag])).toEqual({ code: 0, stdout: helpText(), stderr: '' });
  });

  it.each(['--version', '-v'])('%s prints the version', async (flag) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['--port', 'http'], '--port must be a whole number from 0 to 65535, not "http".\n'],
    [['--prot', '80'], 'There is no option --prot; did you mean --port?\n'],
    [['a', 'b'], 'amped serves one directory, not 2 (a, b).\n'],
    [['/dev/null'], 'DIR must be an existing directory, not "/dev/null".\n'],
  ])('%j is one sentence and exit code 1', async (parameters, stderr) => {
    expect(await run(parameters)).toEqual({ code: 1, stdout: '', stderr });
  });

  it.each([
    ['platform', 'darwin', 'Amped runs on Linux only (this is darwin); README shows how to run it in a container.\n'],
    ['arch', 'riscv64', 'Amped runs on x64 and arm64 processors only (this is riscv64).\n'],
  ])('another %s is one sentence and exit code 1', async (property, value, stderr) => {
    const pretend = `Object.defineProperty(process, '${property}', { value: '${value}' })`;
    const node = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
    expect(await run([], { node })).toEqual({ code: 1, stdout: '', stderr });
  });
});

describe('serving', () => {
  it('says where, what, how and which process, and serves it', async () => {
    const server = await serve([directory, '--port', '0', '--dispatcher', 'epoll', '--disk', 'helpers']);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/$/);
    expect(server.block).toBe(
      [
        '',
        '  Amped is serving.',
        '',
        `  address     ${server.url}`,
        '  network     none: only this computer can reach it',
        `  serving     ${directory}`,
        '  model       event',
        '  dispatcher  epoll',
        '  disk        helpers',
        `  process     ${server.process.pid}`,
        ...(process.getuid?.() === 0
          ? ['  warning     This runs as root; --user NAME gives that up once it listens.']
          : []),
        '',
        '',
      ].join('\n'),
    );
    const answer = await fetch(server.url);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('<p>Hello</p>');
  });

  it('says which dispatcher it chose, and why', async () => {
    const server = await serve(['--port', '0'], { directory });
    expect(server.block).toMatch(/\n {2}dispatcher {2}(io_uring|epoll) \(auto: .+\)\n/);
    expect(server.block).toContain(`\n  serving     ${directory}\n`);
  });

  it.each(DISPATCHER_NAMES)('serves with %s when told to', async (dispatcher) => {
    const server = await serve([directory, '--port', '0', '--dispatcher', dispatcher]);
    expect(server.block).toContain(`\n  dispatcher  ${dispatcher}\n`);
    expect(await (await fetch(server.url)).text()).toBe('<p>Hello</p>');
  });

  it('listens where HOST and PORT say', async () => {
    const server = await serve([directory], { environment: { HOST: '127.0.0.2', PORT: '0' } });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.2:[1-9]\d*\/$/);
    expect((await fetch(server.url)).status).toBe(200);
  });

  it('listens on an IPv6 address', async () => {
    const server = await serve([directory, '-l', '[::1]:0']);
    expect(server.url).toMatch(/^http:\/\/\[::1\]:[1-9]\d*\/$/);
    expect((await fetch(server.url)).status).toBe(200);
  });

  it('fails when the port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    const ended = await run([directory, '--port', String(port)]);
    holder.close();
    const stderr = `Port ${port} of 127.0.0.1 is already in use; choose another with --port.\n`;
    expect(ended).toEqual({ code: 1, stdout: '', stderr });
  });

  it('fails when the address is not of this machine', async () => {
    const ended = await run([directory, '--listen', '192.0.2.1:0']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^[^\n]*192\.0\.2\.1[^\n]*--listen\.\n$/);
  });
});

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends an idle server with exit code 0', async (signal) => {
    const server = await serve([directory, '--port', '0']);
    await fetch(server.url);
    server.process.kill(signal);
    const ended = await server.ended;
    expect(ended.code).toBe(0);
    const sentences = ended.stderr.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z info /gm, '');
    expect(sentences).toMatch(/^Stopping: [^\n]+\nServed 1 request on 1 connection\.\n(The longest [^\n]+\n)?$/);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('lets a request under way finish', async () => {
    const server = await serve([directory, '--port', '0']);
    const answer = await fetch(`${server.url}large`);
    server.process.kill('SIGTERM');
    await pause(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(LARGE_BYTES);
    expect((await server.ended).code).toBe(0);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s stops at once', async (signal, code) => {
    const server = await serve([directory, '--port', '0', '--drain-timeout', '1h']);
    await stall(server.url);
    server.process.kill('SIGTERM');
    await pause(300);
    expect(server.process.exitCode).toBeNull();
    server.process.kill(signal);
    expect((await server.ended).code).toBe(code);
  });

  it('takes a signal that comes twice at once for one, and ends when the drain timeout has passed', async () => {
    const server = await serve([directory, '--port', '0', '--drain-timeout', '400ms']);
    await stall(server.url);
    server.process.kill('SIGINT');
    await pause(20);
    server.process.kill('SIGINT');
    const begin = performance.now();
    expect((await server.ended).code).toBe(0);
    expect(performance.now() - begin).toBeGreaterThan(300);
  });
});
