/** An application that blocks its event loop is told of: which request, for how long, and where. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from './conformance/architectures.js';
import { ServerProcess } from './conformance/server-process.js';
import { eventually } from './models/scripts.js';

const APP = `
import { existsSync } from 'node:fs';
const nothing = new Int32Array(new SharedArrayBuffer(4));
function waitFor(file) {
  while (!existsSync(file)) Atomics.wait(nothing, 0, 0, 20);
}
function spin(milliseconds) {
  const end = performance.now() + milliseconds;
  let rounds = 0;
  while (performance.now() < end) rounds++;
  return rounds;
}
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/quick') return new Response('quick');
    if (pathname === '/forever') waitFor(new URL('./go', import.meta.url));
    if (pathname.startsWith('/later')) await new Promise((done) => setTimeout(done, 20));
    spin(Number(searchParams.get('ms')));
    return new Response('spun');
  },
};
`;

const LOOPS: readonly (readonly [name: string, ...options: string[]])[] = [
  ['one loop'],
  ['one loop with epoll', '--dispatcher', 'epoll'],
  ['loops in threads', '--loops', '2'],
  ['loops in processes', '--loops', '2', '--loops-in', 'processes'],
];

let folder: string;
let server: ServerProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-stalls-'));
  writeFileSync(join(folder, 'app.mjs'), APP);
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(...options: string[]): Promise<ServerProcess> {
  server = await ServerProcess.start({ options } as Partial<Architecture> as Architecture, join(folder, 'app.mjs'));
  return server;
}

async function get(path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${server?.port}${path}`)).text();
}

describe.each(LOOPS)('%s', (_name, ...options) => {
  it('names the request and the functions, also behind an await', async () => {
    const running = await start(...options);
    expect(await get('/quick')).toBe('quick');
    for (const path of ['/now', '/later']) {
      // A machine that is busy may take longer to look than the handler blocks: then there is no stack.
      let said = '';
      for (let time = 1; time <= 8 && !said.includes('; it was at'); time++) {
        const target = `${path}/${time}?ms=900`;
        const sentence = new RegExp(
          ` warn GET ${path}/${time}\\?ms=900 has blocked the event loop for \\d{3,4} ms: [^]*?\\n(?! )`,
        );
        expect(await get(target)).toBe('spun');
        await eventually(() => sentence.test(running.stderr));
        [said = ''] = sentence.exec(running.stderr) as RegExpExecArray;
      }
      expect(said).toMatch(
        /; it was at\n {4}at spin \(file:.*app\.mjs:\d+:\d+\)\n {4}at fetch \(.*app\.mjs:\d+:\d+\)\n$/,
      );
    }
  }, 60_000);
});

it('one that does not come back is told of while it is away', async () => {
  const running = await start();
  const answer = get('/forever');
  await eventually(() => running.stderr.includes('It still does.'));
  const [said = ''] = /^.* GET \/forever has blocked (.*\n)*?It still does\.$/m.exec(running.stderr) ?? [];
  expect(said).toContain('\n    at waitFor (file:');
  writeFileSync(join(folder, 'go'), '');
  expect(await answer).toBe('spun');
});

it('is silent when it is told to be, and of what does not last', async () => {
  for (const warn of ['0', '5s']) {
    const running = await start('--stall-warning', warn);
    await get('/now?ms=300');
    expect((await running.stop()).stderr).not.toContain('has blocked');
  }
});
