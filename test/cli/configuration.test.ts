/** The command and its configuration file as a user sees them: at the start, and when SIGHUP has it read again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, type Started, start } from './command.js';

let directory: string;
let started: Started[] = [];
let sockets: Socket[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-cli-configuration-'));
  for (const site of ['public', 'other']) {
    mkdirSync(join(directory, site));
    writeFileSync(join(directory, site, 'index.html'), site);
  }
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  for (const server of started) server.process.kill('SIGKILL');
  started = [];
  rmSync(directory, { recursive: true });
});

function configure(content: unknown, name = 'amped.json'): void {
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

async function serve(...parameters: readonly string[]): Promise<Started> {
  const server = await start(parameters, { directory });
  started.push(server);
  return server;
}

/** What the server says on standard error until it matches. */
function says(server: Started, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: string): void => {
      said += text;
      if (!pattern.test(said)) return;
      server.process.stderr?.off('data', listen);
      resolve(said);
    };
    server.process.stderr?.on('data', listen);
    void server.ended.then(({ stderr }) => reject(new Error(`ended: ${stderr}`)));
  });
}

async function reload(server: Started, pattern: RegExp): Promise<string> {
  const said = says(server, pattern);
  server.process.kill('SIGHUP');
  return said;
}

const text = async (server: Started): Promise<string> => (await fetch(server.url)).text();

/** A connection that asks when it is told to, and the answers on it. */
function client(server: Started): { ask(fields?: number): Promise<string>; readonly socket: Socket } {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  sockets.push(socket);
  return {
    socket,
    ask: (fields = 0) =>
      new Promise((resolve, reject) => {
        socket.once('data', (answer) => resolve(String(answer)));
        socket.once('close', () => reject(new Error('closed')));
        const more = Array.from({ length: fields }, (_, index) => `X-${index}: 1\r\n`).join('');
        socket.write(`GET / HTTP/1.1\r\nHost: h\r\n${more}\r\n`);
      }),
  };
}

describe('at the start', () => {
  it('says which file has configured it', async () => {
    configure({ port: 0, root: 'public' });
    const server = await serve();
    expect(server.block).toContain(`\n  serving     ${join(directory, 'public')}\n`);
    expect(server.block).toContain('\n  configured  by amped.json\n');
    expect(await text(server)).toBe('public');
  });

  it('tells what it does otherwise than serve.json wants it, and serves', async () => {
    configure('{\n  "public": "inner",\n  "renderSingle": true\n}', 'public/serve.json');
    mkdirSync(join(directory, 'public/inner'));
    writeFileSync(join(directory, 'public/inner/index.html'), 'inner');
    const server = await serve('public', '--port', '0');
    expect(server.block).toContain('\n  configured  by public/serve.json\n');
    expect(await text(server)).toBe('inner');
    server.process.kill('SIGTERM');
    expect((await server.ended).stderr).toContain('public/serve.json:3: renderSingle is not done: ');
  });

  it('ends with a sentence when the file is wrong', async () => {
    configure('{\n  "prot": 80\n}');
    const stderr = 'amped.json:2: There is no option prot; did you mean port?\n';
    expect(await run([], { directory })).toEqual({ code: 1, stdout: '', stderr });
  });

  it('prints what has been set when asked to', async () => {
    configure({ port: 8080 });
    const { stdout } = await run(['--print-config', '--drain-timeout', '1s'], { directory });
    expect(JSON.parse(stdout)).toEqual({ port: 8080, drainTimeout: '1s' });
  });
});

describe('subcommands', () => {
  it.each(['bash', 'zsh', 'fish'])('amped completion %s prints a script', async (shell) => {
    const { code, stdout, stderr } = await run(['completion', shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Made by: amped completion ${shell}\n`);
  });

  it('amped completion needs a shell', async () => {
    const stderr =
      'amped completion needs the name of a shell, one of bash, zsh, fish; a directory of that name is ./completion.\n';
    expect(await run(['completion'])).toEqual({ code: 1, stdout: '', stderr });
    expect(await run(['completion', 'csh'])).toEqual({ code: 1, stdout: '', stderr });
  });

  it('a directory of that name is served by its path', async () => {
    mkdirSync(join(directory, 'completion'));
    writeFileSync(join(directory, 'completion/index.html'), 'mine');
    expect(await text(await serve('./completion', '--port', '0'))).toBe('mine');
  });
});

describe.each([
  ['event', []],
  ['process', ['--model', 'process', '--workers', '2']],
] as const)('SIGHUP, %s', (model, options) => {
  it('reads the file again: what it says holds, also for connections that are open', async () => {
    configure({ port: 0, root: 'public' });
    const server = await serve(...options);
    const kept = client(server);
    expect(await kept.ask(12)).toMatch(/^HTTP\/1\.1 200 .*public$/s);
    configure({ port: 0, root: 'other', maxHeaderCount: 9, drainTimeout: '500ms' });
    const done = reload(server, /\n$/);
    if (model === 'event') {
      expect(await done).toMatch(/^\S+Z info amped\.json has been read again\. Cached files are looked at again\.\n$/);
      expect(await kept.ask()).toMatch(/^HTTP\/1\.1 200 .*other$/s);
      expect(await kept.ask(12)).toMatch(/^HTTP\/1\.1 431 /);
    } else {
      expect(await done).toMatch(/^\S+Z info amped\.json has been read again\. Every worker has been replaced\.\n$/);
    }
    expect(await text(server)).toBe('other');
    expect(await client(server).ask(12)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('refuses a bad one with its sentence, and goes on as before', async () => {
    configure({ port: 0, root: 'public' });
    const server = await serve(...options);
    const kept = client(server);
    await kept.ask();
    for (const [content, sentence] of [
      ['{', 'amped.json:1:2: a } is missing.'],
      ['{"prot": 1}', 'amped.json:1: There is no option prot; did you mean port?'],
      [
        '{"port": 0,\n"root": "absent"}',
        `amped.json:2: root must be an existing directory, not "${join(directory, 'absent')}".`,
      ],
      [
        '{"port": 0, "root": "other",\n"cacheBytes": "1MiB"}',
        'cacheBytes (amped.json:2) cannot change from 128MiB to 1MiB while the server runs; end it and start it again.',
      ],
    ] as const) {
      configure(content);
      const said = await reload(server, /\n$/);
      const [, level, text] = /^\S+Z (\w+) (.*)$/s.exec(said) ?? [];
      expect([level, text]).toEqual(['error', `Nothing has been changed, the server goes on as before. ${sentence}\n`]);
      expect(await kept.ask()).toMatch(/^HTTP\/1\.1 200 .*public$/s);
    }
  });
});
