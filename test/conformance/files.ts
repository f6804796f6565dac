/** Files as they are on disk: whole, named as they are named, fresh, and never half one version and half another. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { caches } from './architectures.js';
import { AWKWARD_NAMES, MEDIA_TYPES, random, targetOf } from './fixture.js';
import { fetchOnce, inBatches, RawConnection, type Response, request } from './raw-client.js';
import { barrier, expectInStep, type Running, withServer } from './running.js';
import { eventually } from './server-process.js';

const EXAMPLE_SITE = fileURLToPath(new URL('../../examples/site', import.meta.url));
const LARGE_BYTES = 16 * 1024 * 1024;
/** A changed file is served within a second; the rest is for a busy machine. */
const FRESH_MILLISECONDS = 3000;
const CLOCK_TOLERANCE_MILLISECONDS = 3000;

const OLD = random(LARGE_BYTES);
const NEW = random(LARGE_BYTES);

export function files(running: Running): void {
  it('every ordinary file is served with its bytes and its length', async () => {
    await inBatches([...running.fixture.files], 8, async ([path, bytes]) => {
      const response = await fetchOnce(running.port, targetOf(path));
      if (path.startsWith('...')) {
        expect([200, 403, 404], path).toContain(response.status);
        return;
      }
      expect(response.status, path).toBe(200);
      expect(response.body.equals(bytes), path).toBe(true);
      expect(response.field('content-length'), path).toBe(String(bytes.length));
    });
  });

  it('files are served the second time as the first', async () => {
    const connection = await RawConnection.open(running.port);
    for (const path of ['hello.txt', 'medium.bin', 'million.bin', 'large.bin', 'empty.txt']) {
      const responses = [];
      for (let count = 0; count < 2; count += 1) {
        await connection.send(request(`/${path}`));
        responses.push(await connection.readResponse());
        expect(responses[count]?.body.equals(running.fixture.bytes(path)), path).toBe(true);
      }
      expect(responses[1]?.field('etag')).toBe(responses[0]?.field('etag'));
      expect(responses[1]?.field('last-modified')).toBe(responses[0]?.field('last-modified'));
    }
    connection.close();
  });

  for (const [name, text] of Object.entries(AWKWARD_NAMES)) {
    it(`RFC 3986 2.1: a file named ${name} is found by its escaped name`, async () => {
      const response = await fetchOnce(running.port, targetOf(name));
      if (name.startsWith('.')) expect([200, 403, 404]).toContain(response.status);
      else expect(response.body.toString()).toBe(text);
    });
  }

  it('a name is decoded once', async () => {
    expect((await fetchOnce(running.port, '/percent%2525.txt')).body.toString()).toBe('percent');
    expect((await fetchOnce(running.port, '/%2568ello.txt')).status).toBe(404);
    expect((await fetchOnce(running.port, '/100%25.txt')).status).toBe(200);
    expect((await fetchOnce(running.port, '/plus%2Bsign.txt')).status).toBe(200);
    expect((await fetchOnce(running.port, '/name+with+spaces.txt')).status).toBe(404);
  });

  for (const [path, type] of Object.entries(MEDIA_TYPES)) {
    it(`RFC 9110 8.3: ${path} has its media type, with charset on text alone`, async () => {
      expect((await fetchOnce(running.port, `/${path}`)).field('content-type')).toMatch(type);
    });
  }

  it('RFC 9110 8.3: a file of unknown type is not called text', async () => {
    for (const path of ['types/unknown.xyzzy', 'types/none']) {
      const type = (await fetchOnce(running.port, `/${path}`)).field('content-type');
      if (type !== undefined) expect(type).toBe('application/octet-stream');
    }
  });

  it('RFC 9110 12.4.1, 12.5: a preference that the file does not meet, or that is none, is disregarded', async () => {
    for (const field of [
      ...['Accept: image/png', 'Accept: image/*;q=1, */*;q=0', 'Accept:', 'Accept: ;;;', 'Accept: text/html;q=9'],
      ...[
        'Accept-Language: tlh',
        'Accept-Language: *;q=0',
        'Accept-Charset: utf-16',
        'Accept-Encoding: compress',
        'Accept-Encoding:',
      ],
    ]) {
      const response = await fetchOnce(running.port, '/hello.txt', [field]);
      expect(response.status, field).toBe(200);
      expect(response.field('content-encoding'), field).toBeUndefined();
      expect(response.body.toString(), field).toBe(running.fixture.text('hello.txt'));
    }
  });

  it('RFC 9110 6.6.1: Date is there, and the time, in every answer with success, redirect or client error', async () => {
    for (const [bytes, status] of [
      [request('/hello.txt'), 200],
      [request('/nothing-here'), 404],
      [request('/digits.txt', ['Range: bytes=0-1']), 206],
      [request('/digits.txt', ['Range: bytes=500-']), 416],
      [request('/hello.txt', ['If-None-Match: *']), 304],
      [request('/hello.txt', ['If-Match: "no"']), 412],
      [request('/hello.txt', [], { method: 'POST' }), 405],
      [request('/hello.txt', ['Content-Length: x']), 400],
    ] as const) {
      const connection = await RawConnection.open(running.port);
      await connection.send(bytes);
      const response = await connection.readResponse();
      connection.close();
      expect(response.status).toBe(status);
      const date = response.field('date') as string;
      expect(date).toBe(new Date(Date.parse(date)).toUTCString());
      expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(CLOCK_TOLERANCE_MILLISECONDS);
    }
  });

  it('RFC 9110 6.6.1: Date goes on while a connection stays open', async () => {
    const connection = await RawConnection.open(running.port);
    const date = async () => {
      await connection.send(request('/hello.txt'));
      return (await connection.readResponse()).field('date');
    };
    const first = await date();
    expect(await eventually(async () => (await date()) !== first)).toBe(true);
    connection.close();
  });

  it('RFC 9110 8.8: validators are those of the file', async () => {
    const response = await fetchOnce(running.port, '/old.txt');
    expect(response.field('last-modified')).toBe('Thu, 02 Jan 2020 03:04:05 GMT');
    const tags = await inBatches(['hello.txt', 'digits.txt', 'medium.bin', 'large.bin', 'empty.txt'], 5, async (path) =>
      (await fetchOnce(running.port, `/${path}`)).field('etag'),
    );
    expect(new Set(tags).size).toBe(tags.length);
    for (const tag of tags) expect(tag).toMatch(/^"[\x21\x23-\x7e]+"$/);
  });

  it('a directory is answered with its index, and without its slash with a redirect that keeps the query', async () => {
    expect((await fetchOnce(running.port, '/')).body.toString()).toBe(running.fixture.text('index.html'));
    const index = await fetchOnce(running.port, '/sub/?query');
    expect(index.body.toString()).toBe(running.fixture.text('sub/index.html'));
    expect(index.field('content-type')).toMatch(/^text\/html/);
    for (const [target, location] of [
      ['/sub', '/sub/'],
      ['/sub?a=b&c', '/sub/?a=b&c'],
      ['/sub?', '/sub/'],
      ['/dir%20with%20space', '/dir%20with%20space/'],
      ['/dir%20with%20space?x=%20', '/dir%20with%20space/?x=%20'],
      ['/link-directory', '/link-directory/'],
    ] as const) {
      const response = await fetchOnce(running.port, target);
      expect([301, 308]).toContain(response.status);
      expect(response.field('location')?.replace(/\?$/, ''), target).toBe(location);
    }
  });

  it('a directory without an index, and a file with a slash behind it, are not found', async () => {
    for (const target of [
      '/no-index/',
      '/hello.txt/',
      '/hello.txt/x',
      '/sub/index.html/',
      '/nothing/here',
      '/HELLO.TXT',
    ]) {
      expect([403, 404], target).toContain((await fetchOnce(running.port, target)).status);
    }
  });

  it('a name too long for the file system is not found', async () => {
    for (const target of [
      `/${'a'.repeat(256)}`,
      `/${'a'.repeat(5000)}`,
      `/${'a/'.repeat(3000)}`,
      `/${'%41'.repeat(1500)}`,
    ]) {
      expect([400, 404, 414], target.slice(0, 20)).toContain((await fetchOnce(running.port, target)).status);
    }
  });

  it('a large file is whole for many readers at once', async () => {
    const expected = running.fixture.bytes('large.bin');
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        expect((await fetchOnce(running.port, '/large.bin')).body.equals(expected)).toBe(true);
      }),
    );
  });

  it('a large file, and a range of it, are whole for a reader that stops again and again', async () => {
    for (const [fields, start] of [
      [[], 0],
      [['Range: bytes=7777777-'], 7_777_777],
    ] as const) {
      const connection = await RawConnection.open(running.port, { paused: true });
      await connection.send(request('/large.bin', fields));
      const readFast = connection.readSlowly(2);
      const response = await connection.readResponse('GET', 20_000);
      readFast();
      expect(response.body.equals(running.fixture.bytes('large.bin').subarray(start))).toBe(true);
      await expectInStep(running, connection);
      connection.close();
    }
  });

  it('an empty file is 200 with no bytes, in step', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/empty.txt'));
    const response = await connection.readResponse();
    expect([response.status, response.field('content-length')]).toEqual([200, '0']);
    await expectInStep(running, connection);
    connection.close();
  });

  /** One answer, or some at once where there are several caches: to ask one of them only would be chance. */
  const askAll = (target: string) => {
    const count = caches(running.architecture);
    const times = count === 1 ? 1 : 2 * count;
    return Promise.all(Array.from({ length: times }, () => fetchOnce(running.port, target)));
  };

  /** Changes a file that has just been served, and waits for the new one; every answer until then is wholly old or new. */
  const expectFresh = async (
    change: (path: string) => void,
    next: Buffer | undefined,
    first: Buffer = Buffer.from('first version\n'),
  ) => {
    const { path, target } = running.fixture.changingDirectory();
    const file = join(path, 'page.txt');
    writeFileSync(file, first);
    const [before] = await askAll(`${target}/page.txt`);
    expect(before?.body.equals(first)).toBe(true);
    change(file);
    const isFresh = (response: Response) => {
      if (next === undefined && response.status === 404) return true;
      if (next === undefined || response.body.equals(first)) {
        expect(response.body.equals(first)).toBe(true);
        expect(response.field('etag')).toBe(before?.field('etag'));
        return false;
      }
      expect(response.body.equals(next)).toBe(true);
      expect(response.field('etag')).not.toBe(before?.field('etag'));
      return true;
    };
    const fresh = await eventually(async () => (await askAll(`${target}/page.txt`)).every(isFresh), FRESH_MILLISECONDS);
    expect(fresh).toBe(true);
  };

  it('a cached file that is replaced is served anew within about a second', async () => {
    const next = Buffer.from('second version, longer\n');
    await expectFresh((file) => {
      writeFileSync(`${file}.new`, next);
      renameSync(`${file}.new`, file);
    }, next);
  });

  it('a cached file that is replaced by one of the same size is served anew', async () => {
    const next = Buffer.from('third version\n');
    await expectFresh((file) => {
      writeFileSync(`${file}.new`, next);
      renameSync(`${file}.new`, file);
    }, next);
  });

  it('a cached file that grows is served anew', async () => {
    await expectFresh((file) => appendFileSync(file, 'and more\n'), Buffer.from('first version\nand more\n'));
  });

  it('a cached file that is truncated is served anew', async () => {
    await expectFresh((file) => truncateSync(file, 5), Buffer.from('first'));
    await expectFresh((file) => truncateSync(file, 0), Buffer.alloc(0));
  });

  it('a cached file that is removed is not found', async () => {
    await expectFresh((file) => rmSync(file), undefined);
    await expectFresh((file) => rmSync(join(file, '..'), { recursive: true }), undefined);
  });

  it('a small file that becomes large, and a large one that becomes small, are served anew', async () => {
    const large = random(3_000_000);
    const small = Buffer.from('small\n');
    const replace = (next: Buffer) => (file: string) => {
      writeFileSync(`${file}.new`, next);
      renameSync(`${file}.new`, file);
    };
    await expectFresh(replace(large), large);
    await expectFresh(replace(small), small, large);
  });

  it('a file that becomes a directory, or a link out of the site, is no longer served', async () => {
    for (const change of [
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
      (file: string) => {
        rmSync(file);
        spawnSync('ln', ['-s', '/etc/passwd', file]);
      },
    ]) {
      const { path, target } = running.fixture.changingDirectory();
      const file = join(path, 'page.txt');
      writeFileSync(file, 'first\n');
      for (const { status } of await askAll(`${target}/page.txt`)) expect(status).toBe(200);
      change(file);
      const gone = await eventually(async () => {
        const responses = await askAll(`${target}/page.txt`);
        for (const response of responses) expect(response.body.toString()).not.toContain('root:');
        return responses.every(({ status }) => status !== 200);
      }, FRESH_MILLISECONDS);
      expect(gone).toBe(true);
    }
  });

  it('a file that comes is found, though it was not there before', async () => {
    const { path, target } = running.fixture.changingDirectory();
    for (const { status } of await askAll(`${target}/late.txt`)) expect(status).toBe(404);
    writeFileSync(join(path, 'late.txt'), 'late\n');
    expect(
      await eventually(
        async () => (await askAll(`${target}/late.txt`)).every(({ status }) => status === 200),
        FRESH_MILLISECONDS,
      ),
    ).toBe(true);
  });

  /**
   * Changes a large file while a client has its head and reads no further, and then reads on. The body is the whole
   * old one, or the connection ends before it is complete; whole and mixed it never is.
   */
  const changeWhileServed = async (change: (file: string, size: number) => void): Promise<'whole' | 'cut'> => {
    const { path, target } = running.fixture.changingDirectory();
    const file = join(path, 'large.bin');
    writeFileSync(file, OLD);
    const connection = await RawConnection.open(running.port, { paused: true });
    await connection.send(request(`${target}/large.bin`) + request('/smuggled.txt'));
    connection.listen();
    await connection.until(() => connection.available > 0, 'beginning of the file');
    connection.pause();
    // The buffers of the kernel fill now, and most of the file is still to be read.
    await barrier(running.port);
    await barrier(running.port);
    change(file, OLD.length);
    connection.listen();
    try {
      const head = await connection.readHead();
      expect(head.status).toBe(200);
      const length = Number(head.field('content-length'));
      await connection.until(() => connection.available >= length || connection.ended, 'body or end');
      const whole = connection.available >= length;
      const body = await connection.readBytes(Math.min(length, connection.available));
      if (whole) {
        expect(body.equals(OLD)).toBe(true);
      } else {
        expect(connection.ended).toBe(true);
      }
      return whole ? 'whole' : 'cut';
    } finally {
      connection.close();
      rmSync(file, { force: true });
    }
  };

  it('a large file truncated while it is served ends the connection', async () => {
    expect(await changeWhileServed((file, size) => truncateSync(file, size / 2 + 1))).toBe('cut');
    expect(await changeWhileServed((file) => truncateSync(file, 0))).toBe('cut');
    expect(await changeWhileServed((file, size) => truncateSync(file, size - 1))).toBe('cut');
  });

  it('a large file rewritten in place while it is served is never mixed', async () => {
    await changeWhileServed((file, size) => {
      const handle = openSync(file, 'r+');
      writeSync(handle, NEW, 0, size, 0);
      closeSync(handle);
    });
    await changeWhileServed((file) => writeFileSync(file, NEW));
  });

  it('a large file that grows, is replaced, or is removed while it is served is whole or cut', async () => {
    await changeWhileServed((file) => appendFileSync(file, random(100_000)));
    await changeWhileServed((file) => {
      writeFileSync(`${file}.new`, 'short');
      renameSync(`${file}.new`, file);
    });
    await changeWhileServed((file) => rmSync(file));
    await changeWhileServed((file) => {
      linkSync(file, `${file}.other`);
      rmSync(file);
      rmSync(`${file}.other`);
    });
  });

  it('a file that is rewritten all the time is never served mixed', async () => {
    const { path, target } = running.fixture.changingDirectory();
    const file = join(path, 'page.txt');
    const version = (number: number) => Buffer.alloc(1000 + (number % 7) * 100, 65 + (number % 26));
    writeFileSync(file, version(0));
    for (let number = 1; number < 200; number += 1) {
      writeFileSync(`${file}.new`, version(number));
      renameSync(`${file}.new`, file);
      const { body, status } = await fetchOnce(running.port, `${target}/page.txt`);
      expect(status).toBe(200);
      expect(body.every((byte) => byte === body[0])).toBe(true);
      expect((body.length - 1000) / 100).toBeLessThan(7);
    }
  });

  it('files are whole though the cache holds but a few of them', async () => {
    const options = ['--cache-bytes', '1MiB', '--cached-file-bytes', '128KiB', '--open-files', '1'];
    await withServer(running, options, async ({ port }) => {
      const { path, target } = running.fixture.changingDirectory();
      const contents = Array.from({ length: 60 }, (_, index) => random(1000 + index * 2000));
      contents.forEach((bytes, index) => {
        writeFileSync(join(path, `${index}.bin`), bytes);
      });
      const asked = Array.from({ length: 300 }, (_, index) => (index * 37) % contents.length);
      await inBatches(asked, 30, async (index) => {
        const response = await fetchOnce(port, `${target}/${index}.bin`);
        expect(response.body.equals(contents[index] as Buffer)).toBe(true);
      });
      await inBatches(['large.bin', 'million.bin', 'large.bin', 'million.bin'], 4, async (name) => {
        expect((await fetchOnce(port, `/${name}`)).body.equals(running.fixture.bytes(name))).toBe(true);
      });
    });
  });

  it('curl fetches every file of examples/site, byte for byte', async (context) => {
    if (spawnSync('curl', ['--version']).error !== undefined)
      context.skip('curl is not installed (Debian package: curl)');
    if (!existsSync(EXAMPLE_SITE)) context.skip('there is no examples/site');
    const paths = readdirSync(EXAMPLE_SITE, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(EXAMPLE_SITE.length + 1));
    expect(paths.length).toBeGreaterThan(0);
    const { path: directory, target } = running.fixture.changingDirectory();
    cpSync(EXAMPLE_SITE, directory, { recursive: true });
    const urls = paths.map((path) => `http://127.0.0.1:${running.port}${target}${targetOf(path)}`);
    // All of it on one connection, as one sequence of bytes.
    const curl = spawnSync('curl', ['--silent', '--show-error', '--fail', '--max-time', '20', ...urls], {
      maxBuffer: 1024 ** 3,
    });
    expect(curl.stderr.toString()).toBe('');
    let at = 0;
    for (const path of paths) {
      const expected = readFileSync(join(EXAMPLE_SITE, path));
      expect(curl.stdout.subarray(at, at + expected.length).equals(expected), path).toBe(true);
      at += expected.length;
    }
    expect(curl.stdout).toHaveLength(at);
  });
}
