/** Where paths lead: base path, redirects and rewrites, clean URLs, lists, the fallback of an application, error pages. */
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AWKWARD_NAMES, targetOf } from './fixture.js';
import { fetchOnce, inBatches, RawConnection, request } from './raw-client.js';
import { expectRefused, type Running } from './running.js';
import { eventually } from './server-process.js';

/** All of it at once, beneath a base path. */
export const ROUTING_OPTIONS: readonly string[] = [
  ...['--base-path', '/docs', '--clean-urls', '--listing', '--single', '--unlisted', '*.bin'],
  ...['--redirect', '/moved/** /sub/$1', '--redirect', '/away/:name https://example.org/:name 302'],
  ...['--rewrite', '/app/** /sub/', '--error-page', '404 /errors/404.html'],
];

const ERROR_PAGE = '<!doctype html><p>There is nothing here\n';
const MANY_REQUESTS = 200;

interface List {
  readonly entries: readonly { readonly name: string; readonly href: string; readonly type: string }[];
}

export function routing(running: Running): void {
  const get = (target: string, fields: readonly string[] = []) => fetchOnce(running.port, target, fields);
  /** Status, and where it leads. */
  const leads = async (target: string): Promise<string> => {
    const response = await get(target);
    return `${response.status} ${response.field('location') ?? ''}`.trim();
  };
  const listOf = async (target: string): Promise<List> => {
    const response = await get(target, ['Accept: application/json']);
    expect(response.field('content-type')).toBe('application/json; charset=utf-8');
    return JSON.parse(response.body.toString()) as List;
  };

  it('the site answers beneath its base path, and nowhere else', async () => {
    const home = running.fixture.text('index.html');
    expect((await get('/docs/')).body.toString()).toBe(home);
    expect(await leads('/docs')).toBe('301 /docs/');
    expect(await leads('/docs/../docs')).toBe('301 /docs/');
    for (const target of ['/', '/hello.txt', '/docsx', '/x/docs/', '/docs/../hello.txt']) {
      expect(await leads(target), target).toBe('404');
    }
  });

  it('redirects lead where their rules say, escaped and with the query, and never to another host', async () => {
    expect(await leads('/docs/moved/a%20b/c%25?x=1')).toBe('301 /docs/sub/a%20b/c%25?x=1');
    expect(await leads('/docs/moved')).toBe('301 /docs/sub/');
    expect(await leads('/docs/away/%3F%23')).toBe('302 https://example.org/%3F%23');
    for (const path of ['//evil.com', '/%2fevil.com', '/\\evil.com', '/%5cevil.com', '/.//evil.com', '/%0d%0aX:%20y']) {
      const answer = await leads(`/docs/moved${path}`);
      expect(answer, path).toMatch(/^(?:400|404|301 \/docs\/sub\/evil\.com)$/);
    }
  });

  it('pages have clean addresses, and the others lead there', async () => {
    const page = running.fixture.text('sub/page.html');
    for (let time = 0; time < 3; time += 1) expect((await get('/docs/sub/page')).body.toString()).toBe(page);
    expect(await leads('/docs/sub/page.html?x')).toBe('301 /docs/sub/page?x');
    expect(await leads('/docs/sub/page/')).toBe('301 /docs/sub/page');
    expect(await leads('/docs/sub/index.html')).toBe('301 /docs/sub/');
    expect(await leads('/docs/sub')).toBe('301 /docs/sub/');
  });

  it('paths that name no file are answered by a rewrite, else by the application, and files by themselves', async () => {
    const { fixture } = running;
    const connection = await RawConnection.open(running.port);
    const sub = fixture.text('sub/index.html');
    const home = fixture.text('index.html');
    for (const [target, text] of [
      ['/docs/app/anything', sub],
      ['/docs/app', sub],
      ['/docs/route', home],
      ['/docs/users/ann.b', home],
      ['/docs/hello.txt', fixture.text('hello.txt')],
    ] as const) {
      for (let time = 0; time < 2; time += 1) {
        await connection.send(request(target));
        const response = await connection.readResponse();
        expect([response.status, response.body.toString()], target).toEqual([200, text]);
      }
    }
  });

  it('what has one path must not take the place of a file that comes there, nor outlive it', async () => {
    const { path, target } = running.fixture.changingDirectory();
    const read = async () => (await get(`/docs${target}/new.txt`)).body.toString();
    const home = running.fixture.text('index.html');
    expect(await read()).toBe(home);
    writeFileSync(join(path, 'new.txt'), 'new');
    // Each worker sees it for itself.
    const all = async (text: string) => (await inBatches(Array(16).fill(0), 4, read)).every((one) => one === text);
    expect(await eventually(() => all('new'))).toBe(true);
    rmSync(join(path, 'new.txt'));
    expect(await eventually(() => all(home))).toBe(true);
  });

  it('a list has every file with its address, however it is called, and those lead to the files', async () => {
    const { path, target } = running.fixture.changingDirectory();
    const names = Object.keys(AWKWARD_NAMES).filter((name) => !name.startsWith('.') && !name.includes('/'));
    for (const name of names) writeFileSync(join(path, name), `text of ${name}`);
    writeFileSync(join(path, '.hidden'), 'hidden');
    writeFileSync(join(path, 'left out.bin'), 'x');
    mkdirSync(join(path, 'directory'));
    const { entries } = await listOf(`/docs${target}/`);
    const servable = names.filter((name) => !name.includes('\\'));
    expect(entries.map(({ name }) => name).sort()).toEqual(['directory', ...servable].sort());
    expect(entries[0]).toMatchObject({ name: 'directory', type: 'directory', href: `/docs${target}/directory/` });
    await inBatches(entries.slice(1), 4, async ({ name, href }) => {
      expect((await get(href)).body.toString(), href).toBe(`text of ${name}`);
    });
    const page = await get(`/docs${target}/`);
    expect(page.field('content-type')).toBe('text/html; charset=utf-8');
    expect(page.field('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.field('x-content-type-options')).toBe('nosniff');
    expect(page.body.toString()).not.toContain('<angle>');
    for (const { href } of entries) expect(page.body.toString()).toContain(`href="${href.replaceAll("'", '&#39;')}"`);
  });

  it('a list is validated, and shows at once, or within a second, what has changed', async () => {
    const { path, target } = running.fixture.changingDirectory();
    const list = `/docs${target}/`;
    const etag = (await get(list)).field('etag') as string;
    expect((await get(list, [`If-None-Match: ${etag}`])).status).toBe(304);
    writeFileSync(join(path, 'new.txt'), 'new');
    const shown = async () =>
      (await inBatches(Array(16).fill(0), 4, () => get(list, [`If-None-Match: ${etag}`]))).every(
        ({ status, body }) => status === 200 && body.toString().includes('>new.txt<'),
      );
    expect(await eventually(shown)).toBe(true);
  });

  it('a large directory has a list with an end, and does not keep the others waiting for long', async () => {
    const { path, target } = running.fixture.changingDirectory();
    // Many names of one file: to make a file takes twenty times as long.
    writeFileSync(join(path, 'file.txt'), '');
    for (let number = 0; number < 3000; number += 1) linkSync(join(path, 'file.txt'), join(path, `${number}.txt`));
    const [page, ...others] = await Promise.all([
      get(`/docs${target}/`),
      ...Array.from({ length: 4 }, () => get('/docs/hello.txt')),
    ]);
    expect(page?.status).toBe(200);
    expect(page?.body.toString()).toContain('There is more in this directory');
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('errors have their page, with their own status, its length and no validators', async () => {
    const { root } = running.fixture;
    mkdirSync(join(root, 'errors'), { recursive: true });
    writeFileSync(join(root, 'errors/404.html'), ERROR_PAGE);
    const isPage = async () => (await get('/nothing')).body.toString() === ERROR_PAGE;
    expect(await eventually(isPage)).toBe(true);
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/nothing') + request('/nothing', [], { method: 'HEAD' }));
    const [whole, head] = await connection.readResponses(['GET', 'HEAD']);
    for (const response of [whole, head]) {
      expect(response?.status).toBe(404);
      expect(response?.field('content-type')).toBe('text/html; charset=utf-8');
      expect(response?.field('content-length')).toBe(String(ERROR_PAGE.length));
      expect([response?.field('etag'), response?.field('last-modified')]).toEqual([undefined, undefined]);
    }
    connection.close();
    const old = await fetchOnce(running.port, '/nothing', [], { version: 'HTTP/1.0' });
    expect([old.status, old.body.toString(), old.field('connection')]).toEqual([404, ERROR_PAGE, 'close']);
    // What is no request has no page.
    const refused = await expectRefused(running, 'GET / HTTP/1.1\r\n\r\n');
    expect(refused.body.toString()).toBe('400 Bad Request\n');
  });

  it('many at a time, of all kinds, are each answered with what is theirs', async () => {
    const kinds: readonly (readonly [string, number])[] = [
      ['/docs/sub/page', 200],
      ['/docs/route', 200],
      ['/docs/no-index/', 200],
      ['/docs/moved/x', 301],
      ['/elsewhere', 404],
      ['/docs/million.bin', 200],
    ];
    await inBatches(
      Array.from({ length: MANY_REQUESTS }, (_, index) => index),
      8,
      async (index) => {
        const [target, status] = kinds[index % kinds.length]!;
        expect((await get(target)).status, target).toBe(status);
      },
    );
  });

  it('nothing outside the root is listed or served, whatever leads there', async () => {
    for (const target of [
      '/docs/link-outside-directory/',
      '/docs/link-outside-directory/secret.txt',
      '/docs/.git/',
      '/docs/sub/.env',
    ]) {
      expect((await get(target)).body.toString(), target).not.toContain('SECRET');
    }
    const { entries } = await listOf('/docs/changing/');
    expect(entries.every(({ type }) => type === 'directory')).toBe(true);
  });

  it('a path of many kinds of slashes and dots leads to one place', async () => {
    for (const target of ['/docs//sub/./page', '/docs/x/../sub/page', '/docs/sub/%70age']) {
      expect((await get(target)).body.toString(), target).toBe(running.fixture.text('sub/page.html'));
    }
    expect(await leads(targetOf('docs/dir with space'))).toBe('301 /docs/dir%20with%20space/');
  });
}
