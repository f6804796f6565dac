/** The library: serve() inside a process that does other things. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DISPATCHER_NAMES } from '../src/dispatcher/dispatcher.js';
import { OptionError, serve } from '../src/server.js';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'amped-server-'));
  writeFileSync(join(root, 'index.html'), '<p>hello</p>');
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(3_000_000, 7));
});

afterAll(() => rmSync(root, { recursive: true }));

describe.each(DISPATCHER_NAMES)('serve() on %s', (dispatcher) => {
  it('serves in the process that asks, on a free port', async () => {
    const server = await serve({ root, port: 0, dispatcher });
    expect(server.dispatcher).toBe(dispatcher);
    expect(server.root).toBe(root);
    const page = await fetch(server.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toBe('<p>hello</p>');
    const large = await fetch(`${server.url}large.bin`);
    expect((await large.arrayBuffer()).byteLength).toBe(3_000_000);
    await server.drain();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('serves several at once, and closes one without the others', async () => {
    const [first, second] = await Promise.all([
      serve({ root, port: 0, dispatcher }),
      serve({ root, port: 0, dispatcher }),
    ]);
    expect(first.url).not.toBe(second.url);
    await first.close();
    expect((await fetch(second.url)).status).toBe(200);
    await second.close();
  });

  it('may be closed and drained more than once', async () => {
    const server = await serve({ root, port: 0, dispatcher });
    await Promise.all([server.close(), server.drain(), server.close()]);
  });

  it('leaves no descriptor behind', async () => {
    const { readdirSync } = await import('node:fs');
    const open = (): number => readdirSync('/proc/self/fd').length;
    const use = async (): Promise<void> => {
      const server = await serve({ root, port: 0, dispatcher });
      await (await fetch(server.url, { headers: { connection: 'close' } })).text();
      await (await fetch(`${server.url}large.bin`, { headers: { connection: 'close' } })).arrayBuffer();
      await server.close();
    };
    await use();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = open();
    for (let time = 0; time < 5; time++) await use();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open()).toBeLessThanOrEqual(before);
  });
});

describe('serve()', () => {
  it('refuses a bad option with a sentence', async () => {
    await expect(serve({ root, port: 70_000 })).rejects.toThrow(OptionError);
    await expect(serve({ root: join(root, 'absent') })).rejects.toThrow(/existing directory/);
  });

  it('refuses a taken port with a sentence, and gives everything back', async () => {
    const server = await serve({ root, port: 0 });
    const port = Number(new URL(server.url).port);
    await expect(serve({ root, port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is already in use`);
    await server.close();
  });

  it('listens at several addresses, and says where', async () => {
    const path = join(root, 'several.sock');
    const server = await serve({ root, listen: ['127.0.0.1:0', '[::1]:0', `unix:${path}`] });
    expect(server.url).toBe(server.urls[0]);
    expect(server.urls).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      expect.stringMatching(/^http:\/\/\[::1\]:\d+\/$/),
      `unix:${path}`,
    ]);
    for (const url of server.urls.slice(0, 2)) expect((await fetch(url)).status).toBe(200);
    expect(existsSync(path)).toBe(true);
    server.abandon();
    expect(existsSync(path)).toBe(false);
    await server.close();
  });

  it('listens on IPv6', async () => {
    const server = await serve({ root, port: 0, host: '::1' });
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
    expect((await fetch(server.url)).status).toBe(200);
    await server.close();
  });
});
