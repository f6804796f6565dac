/** `watch`: an application is loaded anew when its modules change, in every architecture, and nobody's request is lost. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Server, ServerOptions } from '../src/server.js';
import { RawConnection, request } from './conformance/raw-client.js';
import { DIST, eventually } from './models/scripts.js';

/** Answers with the version of the module that it imports; /stream ends when the file `go` is there. */
const APP = `
import { existsSync } from 'node:fs';
import { version } from './parts/version.js';
export default {
  fetch(request) {
    if (!request.url.endsWith('/stream')) return new Response(version);
    return new Response(new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('begun by ' + version));
        while (!existsSync(new URL('./go', import.meta.url))) await new Promise((done) => setTimeout(done, 10));
        controller.enqueue(new TextEncoder().encode(', ended by ' + version));
        controller.close();
      },
    }));
  },
};
`;

const ARCHITECTURES: readonly (readonly [name: string, options: Partial<ServerOptions>])[] = [
  ['event, io_uring or epoll', {}],
  ['event, epoll, in a process', { dispatcher: 'epoll', loopsIn: 'processes' }],
  ['event, 2 loops', { loops: 2 }],
  ['thread', { model: 'thread', workers: 2 }],
  ['process', { model: 'process', workers: 2 }],
];

let serve: typeof import('../src/server.js').serve;
let folder: string;
let server: Server | undefined;

beforeAll(async () => {
  ({ serve } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-watch-'));
  mkdirSync(join(folder, 'parts'));
  writeFileSync(join(folder, 'app.mjs'), APP);
  write(1);
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** As editors write: a new file takes the place of the old one. */
function write(version: number, text = `export const version = 'version ${version}';`): void {
  const path = join(folder, 'parts', 'version.js');
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

const logged = (): string => readFileSync(join(folder, 'error.log'), 'utf8');
const times = (words: string): number => logged().split(words).length - 1;

async function start(options: Partial<ServerOptions>): Promise<Server> {
  const app = join(folder, 'app.mjs');
  server = await serve({ app, watch: true, port: 0, errorLogFile: join(folder, 'error.log'), ...options });
  return server;
}

async function get(path = '/'): Promise<string> {
  const answer = await fetch(new URL(path, server?.url), { headers: { connection: 'close' } });
  expect(answer.status).toBe(200);
  return answer.text();
}

describe.each(ARCHITECTURES)(
  '%s',
  (_name, options) => {
    it('requests under way end with the old version, new ones get the new one, and none is lost', async () => {
      const { url } = await start(options);
      const port = Number(new URL(url).port);
      const streaming = await RawConnection.open(port);
      await streaming.send(request('/stream', [], { version: 'HTTP/1.0' }));
      await streaming.readHead();
      expect((await streaming.readBytes(18)).toString()).toBe('begun by version 1');
      const idle = await RawConnection.open(port);
      await idle.send(request('/'));
      expect((await idle.readResponse()).body.toString()).toBe('version 1');

      let asking = true;
      const seen: string[] = [];
      const client = (async () => {
        while (asking) seen.push(await get());
      })();
      // A burst is one change.
      for (let number = 0; number < 20; number++) write(2);
      await eventually(() => logged().includes("requests from now on are its new version's"));
      expect(await get()).toBe('version 2');
      expect((await idle.readToEnd()).length).toBe(0);
      asking = false;
      await client;
      expect(times('has changed: it is loaded anew')).toBe(1);
      const first = seen.indexOf('version 2');
      if (first >= 0 && server?.workers === 1) expect(seen.slice(first)).not.toContain('version 1');

      writeFileSync(join(folder, 'go'), '');
      expect((await streaming.readToEnd()).toString()).toBe(', ended by version 1');

      write(3, 'export const version = ;');
      await eventually(() => logged().includes('The former version serves on; the next change is tried.'));
      expect(logged()).toMatch(/app\.mjs cannot be loaded: SyntaxError/);
      expect(await get()).toBe('version 2');
      write(4);
      await eventually(async () => (await get()) === 'version 4');
    });
  },
  30_000,
);

it.each([
  ['event', {}],
  ['process', { model: 'process', workers: 1 }],
] as const)(
  '%s: a version that does not come up does not keep the next one from coming',
  async (_name, options) => {
    await start(options);
    write(2, "export const version = 'version 2'; await new Promise((done) => setTimeout(done, 1e8));");
    await eventually(() => times('has changed: it is loaded anew') === 1);
    expect(await get()).toBe('version 1');
    write(3);
    await eventually(async () => (await get()) === 'version 3', 20);
    expect(times('has changed: it is loaded anew')).toBe(2);
    await eventually(() => times('has been loaded anew') === 1);
    expect(logged()).not.toContain('The former version serves on');
  },
  30_000,
);

it('what is no module, and what packages hold, is not watched', async () => {
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, '.git'));
  await start({});
  for (const name of ['node_modules/a.js', '.git/b.js', 'c.txt', 'parts/version.js~']) {
    writeFileSync(join(folder, name), 'export {};');
  }
  await pause(300);
  mkdirSync(join(folder, 'later'));
  writeFileSync(join(folder, 'later', 'new.js'), 'export {};');
  await eventually(() => times('has been loaded anew') === 1);
  expect(times('has changed')).toBe(1);
  // A directory that came later is watched as well.
  writeFileSync(join(folder, 'later', 'new.js'), 'export {}; // again');
  await eventually(() => times('has been loaded anew') === 2);
});

it('is refused where there is no module that could be loaded anew', async () => {
  await expect(serve({ watch: true })).rejects.toThrow(/^watch goes with an application only/);
  await expect(serve({ watch: true, fetch: () => new Response() as never })).rejects.toThrow(
    /^watch and fetch do not go together/,
  );
});
