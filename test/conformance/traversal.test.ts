/**
 * No request opens anything outside the root: 500 ways out, and what the kernel was asked meanwhile. After the start each
 * name of a file goes to it in one call, openat2(2) beneath the root, whose answer lies beneath the root or is an error.
 *
 * io_uring opens without a system call that strace could show; there the answers alone tell.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Architecture, eventDrivenOnes, processOnes, threadOnes } from './architectures.js';
import { SECRET } from './fixture.js';
import { fetchOnce, inBatches, RawConnection, request } from './raw-client.js';
import { COMMAND, ServerProcess } from './server-process.js';
import { fileCallsDuring, whyNoTrace } from './system-calls.js';
import { traversalTargets } from './traversal.js';

/** Fewer than there are workers, so that none waits for another. */
const AT_ONCE = 3;
const TRACED_MILLISECONDS = 120_000;
/** Of 500 targets so many at least name something that the kernel has to be asked about. */
const LEAST_OPENS = 150;

const PASSWORDS = readFileSync('/etc/passwd', 'latin1').split('\n')[0] as string;
const targets = traversalTargets();

let parent: string;
let root: string;

beforeAll(() => {
  if (!existsSync(COMMAND)) throw new Error(`There is no ${COMMAND}: build first (npm run build).`);
  parent = mkdtempSync(join(tmpdir(), 'conformance-'));
  root = join(parent, 'site');
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(parent, path)), { recursive: true });
    writeFileSync(join(parent, path), text);
  };
  for (const path of ['secret.txt', 'outside/secret.txt', 'site-private/secret.txt', 'site/.hidden']) put(path, SECRET);
  for (const path of ['index.html', 'hello.txt', 'sub/deep/page.html', '.well-known/security.txt'])
    put(`site/${path}`, 'x');
  const link = (target: string, path: string) => symlinkSync(target, join(root, path));
  link('sub', 'link-inside');
  link('../outside', 'link-outside');
  link('../outside/secret.txt', 'link-outside.txt');
  link('link-outside.txt', 'link-chain.txt');
  link('/etc/passwd', 'link-absolute.txt');
  link('/', 'link-root');
  link('../../../secret.txt', 'sub/deep/link-up');
  link('/proc/self/environ', 'link-proc.txt');
  link('link-loop', 'link-loop');
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Asks for all of them, and looks at what comes. */
async function askForAll(port: number): Promise<void> {
  await inBatches(targets, AT_ONCE, async (target) => {
    const connection = await RawConnection.open(port);
    await connection.send(request(target, ['Connection: close']));
    const answer = (await connection.readToEnd()).toString('latin1');
    connection.close();
    expect(answer, target).toMatch(/^HTTP\/1\.1 [2-4]\d\d /);
    expect(answer.includes(SECRET), target).toBe(false);
    expect(answer.includes(PASSWORDS), target).toBe(false);
  });
  expect((await fetchOnce(port, '/hello.txt')).status).toBe(200);
}

/** What is wrong with a call; undefined for one that names nothing, or something beneath the root. */
function wrongCall(line: string): string | undefined {
  const beneath = (path: string | undefined) => path === root || path?.startsWith(`${root}/`) === true;
  const opened = /^openat2\(\d+<(.*?)>, ".*", \{flags=[^}]*resolve=(.*?)\}, \d+\) = (-1 E|\d+<(.*)>)/.exec(line);
  if (opened !== null) {
    const [, directory, resolve = '', result, path] = opened;
    const good = directory === root && resolve.split('|').includes('RESOLVE_BENEATH');
    return good && (result === '-1 E' || beneath(path)) ? undefined : line;
  }
  const [, path] = /^statx\(\d+<(.*?)>, "", [^"]*AT_EMPTY_PATH/.exec(line) ?? [];
  if (path !== undefined) return beneath(path) ? undefined : line;
  return /^inotify_add_watch\(\d+<[^>]*>, "\/proc\/self\/fd\/\d+", /.test(line) ? undefined : line;
}

const traced = [...eventDrivenOnes('blocking'), ...eventDrivenOnes('helpers')].filter(({ name }) =>
  name.includes('epoll'),
);
const untraced = eventDrivenOnes('auto').filter(({ name }) => name.includes('io_uring'));

async function serving(architecture: Architecture, work: (server: ServerProcess) => Promise<void>): Promise<void> {
  // A helper is a thread that begins by loading the program itself: one, and before anybody looks.
  const server = await ServerProcess.start(architecture, root, ...(architecture.helpers ? ['--helpers', '1'] : []));
  try {
    expect((await fetchOnce(server.port, '/index.html')).status).toBe(200);
    await work(server);
  } finally {
    await server.stop();
  }
}

describe('500 ways out of the root', () => {
  it('are 500, and different', () => {
    expect(new Set(targets).size).toBe(500);
  });

  for (const architecture of [...traced, ...threadOnes, processOnes[0] as Architecture]) {
    it(
      `${architecture.name}: no call but openat2(2) beneath the root, and nothing outside is opened`,
      async (context) => {
        const reason = whyNoTrace();
        if (reason !== undefined) context.skip(reason);
        await serving(architecture, async (server) => {
          const calls = await fileCallsDuring(server.processes(), () => askForAll(server.port));
          expect(calls.filter((line) => line.startsWith('openat2(')).length).toBeGreaterThan(LEAST_OPENS);
          expect(calls.map(wrongCall).filter(Boolean)).toEqual([]);
        });
      },
      TRACED_MILLISECONDS,
    );
  }

  for (const architecture of untraced) {
    it(
      `${architecture.name}: no secret comes out`,
      async (context) => {
        if (architecture.unavailable !== undefined) context.skip(architecture.unavailable);
        await serving(architecture, (server) => askForAll(server.port));
      },
      TRACED_MILLISECONDS,
    );
  }
});

describe('the check itself', () => {
  const how = (resolve: string) => `{flags=O_RDONLY|O_CLOEXEC, resolve=${resolve}}, 24)`;
  it('takes what lies beneath the root', () => {
    expect(
      wrongCall(`openat2(22<${root}>, "a", ${how('RESOLVE_NO_MAGICLINKS|RESOLVE_BENEATH')} = 24<${root}/a>`),
    ).toBeUndefined();
    expect(wrongCall(`openat2(22<${root}>, "a", ${how('RESOLVE_BENEATH')} = -1 ENOENT (No such file)`)).toBeUndefined();
    expect(wrongCall(`statx(24<${root}/a>, "", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, X, {}) = 0`)).toBeUndefined();
  });

  it.each([
    ['another resolution', () => `openat2(22<${root}>, "a", ${how('RESOLVE_NO_MAGICLINKS')} = 24<${root}/a>`],
    ['another directory', () => `openat2(22<${parent}>, "a", ${how('RESOLVE_BENEATH')} = 24<${parent}/a>`],
    ['a result outside', () => `openat2(22<${root}>, "a", ${how('RESOLVE_BENEATH')} = 24<${root}-private/a>`],
    ['open', () => `openat(AT_FDCWD<${root}>, "a", O_RDONLY) = 24<${root}/a>`],
    ['a path looked at', () => `statx(AT_FDCWD, "${root}/a", 0, X, {}) = 0`],
    ['a path read as a link', () => `readlink("${root}/a", "b", 10) = 1`],
  ])('refuses %s', (_, line) => {
    expect(wrongCall(line())).toBeDefined();
  });
});
