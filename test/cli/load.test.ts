/** amped load, as a user runs it: against a server of ours, with what it says and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, serve } from '../../src/server.js';
import { type Counting, httpServer, tcpServer } from '../compare/load/server.js';
import { type Ended, run } from './command.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let directory: string;
let server: Server;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'amped-load-'));
  writeFileSync(join(directory, 'index.html'), 'hello');
  writeFileSync(join(directory, 'large.bin'), Buffer.alloc(200_000, 'x'));
  writeFileSync(join(directory, 'other.html'), 'jello');
  server = await serve({ root: directory, port: 0 });
});

afterAll(async () => {
  await server.drain();
  rmSync(directory, { recursive: true });
});

const load = (...parameters: string[]): Promise<Ended> => run(['load', ...parameters], { directory });

/** Processes whose parent is this one. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((process) => {
      const status = `/proc/${process}/status`;
      try {
        return new RegExp(`^PPid:\\s${parent}$`, 'm').test(readFileSync(status, 'utf8'));
      } catch {
        return false;
      }
    });
}

describe('amped load', () => {
  it('counts what the server counts, to the request', async () => {
    const before = server.metrics().requests;
    const { code, stdout, stderr } = await load(
      `${server.url}large.bin`,
      '-n',
      '500',
      '--expect',
      'large.bin',
      '--json',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { plan, result } = JSON.parse(stdout);
    expect(plan).toMatchObject({ requests: 500, targets: [{ path: '/large.bin', length: 200_000 }] });
    expect(result).toMatchObject({ ended: 'complete', sent: 500, answered: 500, statuses: { 200: 500 }, hashed: 8 });
    expect(server.metrics().requests - before).toBe(500);
  });

  it('prints a tidy report', async () => {
    const { code, stdout } = await load(server.url, '-c', '3', '-d', '300ms', '--warm-up', '100ms', '--pipeline', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Load on http:\S+ for 0\.\d s: 3 connections, closed loop, 2 requests at a time\n\n/);
    for (const label of [
      'requests/s',
      'bytes/s',
      'latency',
      'longest gap',
      'fairness',
      'statuses',
      'own cost',
      'bottleneck',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ +${label}  \\S`, 'm'));
    }
    expect(stdout).toMatch(/^ +<= [\d.]+ [mu]?s {2}\|#+ [\d.]+ %$/m);
    expect(stdout).toMatch(/^ +errors {2}none$/m);
  });

  it('finds wrong content', async () => {
    const { code, stdout } = await load(server.url, '-n', '100', '--expect', 'other.html');
    expect(code).toBe(2);
    expect(stdout).toMatch(/errors {2}2 answers with wrong content/);
  });

  it('asks in an open loop, with what else there is', async () => {
    const parameters = ['--rate', '200', '--arrivals', 'constant', '-d', '400ms', '--warm-up', '0', '--idle', '2'];
    const { code, stdout } = await load(server.url, ...parameters, '--slow-readers', '1', '-H', 'X: y', '-m', 'HEAD');
    expect(code).toBe(0);
    expect(stdout).toContain('64 connections, 200 requests a second are due (constant)');
    expect(stdout).toMatch(/^ +idle {2}2 of 2 connections still open$/m);
  });

  it.each([
    [
      [],
      'amped load needs a URL, such as http://127.0.0.1:3000/; amped load --help tells more, and a directory of that name is ./load.',
    ],
    [['https://a/'], 'The load client speaks http only, not https: aim it at the server behind, or use another tool.'],
    [['ftp://a/'], 'The URL must be http://HOST:PORT or unix:PATH, not "ftp://a/".'],
    [['http://a', 'http://b'], 'amped load asks one URL, not 2 (http://a, http://b).'],
    [['http://a', '--conections', '3'], 'There is no option --conections of amped load; did you mean --connections?'],
    [['http://a', '--rate', 'fast'], '--rate must be a whole number from 1 to 10000000, not "fast".'],
    [['http://a', '--duration', '5'], '--duration must be a time from 1ms to 24h with its unit'],
    [['http://a', '--header', 'x'], `--header must be a field such as 'Accept: text/html', not "x".`],
    [['http://a', '--body', '/nowhere'], '--body cannot be read: /nowhere (ENOENT).'],
    [['http://a', '--think', '1s', '--rate', '5'], '--think goes without --rate: then requests are due by themselves.'],
    [['http://a', '--arrivals', 'constant'], '--arrivals goes with --rate.'],
    [['http://a', '--json=yes'], '--json takes no value.'],
    [['http://127.0.0.1:1'], 'Nobody listens at http://127.0.0.1:1: the connection was refused.'],
  ])('%j is one sentence and exit code 1', async (parameters, sentence) => {
    const { code, stdout, stderr } = await load(...parameters);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.startsWith(sentence)).toBe(true);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('has a help', async () => {
    const { code, stdout } = await load('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: amped load URL/);
    expect(stdout).toContain('--slow-readers N');
  });
});

describe('what goes wrong midway', () => {
  /** Starts it against a server, until the server has been asked. */
  async function under(counting: Counting, ...parameters: string[]) {
    const child = spawn(process.execPath, [MAIN, 'load', counting.url, '-c', '2', ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, stdout: said }));
    while (counting.requests < 20) await new Promise((done) => setTimeout(done, 10));
    const [client] = childrenOf(child.pid as number);
    return { child, ended, client: client as number };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('%s prints what has been measured by then, and leaves no process behind', async (signal, expected) => {
    const counting = await httpServer();
    const { child, ended, client } = await under(counting, '-d', '60s', '--warm-up', '0');
    // A terminal sends it to both.
    process.kill(client, signal);
    child.kill(signal);
    const { code, stdout } = await ended;
    expect(code).toBe(expected);
    expect(stdout).toMatch(/^ +ended early {2}it was stopped/m);
    expect(stdout).toMatch(/^ +statuses {2}200: \d/m);
    expect(existsSync(`/proc/${client}`)).toBe(false);
    await counting.close();
  });

  // Of util-linux.
  const script = ['/usr/bin/script', '/bin/script'].find((path) => existsSync(path));
  if (script !== undefined) {
    it('a terminal that is closed ends it, and no client is left', async () => {
      const counting = await httpServer();
      const [own, said] = ['own', 'said'].map((name) => join(directory, name)) as [string, string];
      const load = `'${process.execPath}' '${MAIN}' load ${counting.url} -d 60s --warm-up 0`;
      const command = `echo $$ > '${own}'; exec ${load} 2> '${said}'`;
      const terminal = spawn(script, ['-qfc', command, '/dev/null'], { stdio: ['ignore', 'ignore', 'ignore'] });
      const ended = once(terminal, 'close');
      while (counting.requests < 20) await new Promise((done) => setTimeout(done, 10));
      terminal.kill('SIGKILL');
      await ended;
      const pid = readFileSync(own, 'utf8').trim();
      await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
      await expect.poll(() => counting.sockets.size).toBe(0);
      expect(readFileSync(said, 'utf8')).toBe('');
      await counting.close();
    });
  }

  it('a client that is left alone ends', async () => {
    const counting = await httpServer();
    const { child, ended, client } = await under(counting, '-d', '60s');
    child.kill('SIGKILL');
    await ended;
    while (existsSync(`/proc/${client}`)) await new Promise((done) => setTimeout(done, 10));
    await counting.close();
  });

  it('a client that dies is told', async () => {
    const counting = await httpServer();
    const { ended, client } = await under(counting, '-d', '60s');
    process.kill(client, 'SIGKILL');
    expect(await ended).toEqual({ code: 1, stdout: '' });
    await counting.close();
  });

  it('a server that dies is told, with what had been measured', async () => {
    const counting = await httpServer();
    const { ended } = await under(counting, '-d', '60s', '--warm-up', '0');
    await counting.close();
    const { code, stdout } = await ended;
    expect(code).toBe(3);
    expect(stdout).toMatch(/^ +ended early {2}Nobody can be reached at \S+ any more/m);
    expect(stdout).toMatch(/connections refused$/m);
  });

  it('a server that never answers is told', async () => {
    const silent = await tcpServer((socket) => socket.resume());
    const { code, stdout } = await load(silent.url, '-d', '200ms', '--warm-up', '0', '--timeout', '100ms', '-c', '2');
    expect(code).toBe(2);
    expect(stdout).toMatch(/requests without an answer in time$/m);
    await silent.close();
  });
});
