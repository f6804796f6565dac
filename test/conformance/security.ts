/** What must not come out: files outside the root, hidden files, redirects to elsewhere, markup of the client. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SECRET } from './fixture.js';
import { fetchOnce, inBatches, RawConnection, type Response, request } from './raw-client.js';
import { barrier, expectInStep, generator, type Running } from './running.js';

const PASSWORDS = readFileSync('/etc/passwd', 'latin1').split('\n')[0] as string;

const UP = [
  '..',
  '%2e%2e',
  '.%2e',
  '%2E.',
  '%252e%252e',
  '..%00',
  '..;',
  '..%20',
  '..%09',
  '....',
  '%c0%ae%c0%ae',
  '%e0%80%ae%e0%80%ae',
  '%u002e%u002e',
  '%ef%bc%8e%ef%bc%8e',
  '..%5c..',
  '..%2f..',
  '..%252f..',
  '..\\..',
  '.\t.',
  '..%c0%af..',
  '..%ff',
];
const SEPARATORS = ['/', '//', '/./', '%2f', '%252f', '\\', '%5c', '%c0%af', ';/'];
const PREFIXES = [
  '/',
  '//',
  '/sub/',
  '/nothing/',
  '/hello.txt/',
  '/link-directory/',
  '/%2e/',
  '/sub/index.html/',
  '/.well-known/',
];
const GOALS = ['secret.txt', 'outside/secret.txt', 'site-private/secret.txt', 'etc/passwd', 'site/.hidden'];

/** Several hundred ways out of the root; deterministic, each combination of what differs at least once. */
function traversals(): string[] {
  const targets = new Set<string>();
  for (const up of UP) {
    for (const separator of SEPARATORS) {
      for (const depth of [1, 2, 3, 12]) {
        const goal = GOALS[(up.length + separator.length * 3 + depth) % GOALS.length] as string;
        const prefix = PREFIXES[(up.length * 7 + separator.length + depth) % PREFIXES.length] as string;
        targets.add(`${prefix}${Array(depth).fill(up).join(separator)}${separator}${goal}`);
      }
    }
  }
  for (const prefix of PREFIXES) {
    for (const goal of GOALS) for (const up of UP.slice(0, 5)) targets.add(`${prefix}${up}/${goal}`);
  }
  for (const path of [
    '/etc/passwd',
    '//etc/passwd',
    '/%2fetc/passwd',
    '/%2Fetc%2Fpasswd',
    '/\\etc\\passwd',
    '/file:///etc/passwd',
    '/C:/windows',
    '/proc/self/environ',
    '/../site-private/secret.txt',
    '/..site/secret.txt',
    '/..',
    '/../',
    '/..?',
    '/../..',
    '/sub/../..',
    '/%2e%2e',
    '/.',
    '/..%2f',
    '/@fs/etc/passwd',
    '/?/../../secret.txt',
    '/~root/',
    '/sub/..%2f..%2fsecret.txt',
    '/%5c../secret.txt',
    '/..%5csecret.txt',
    '/hello.txt%00.html',
    '/secret.txt%00',
    '/..%0d%0a/secret.txt',
    '/..%01/secret.txt',
  ])
    targets.add(path);
  return [...targets];
}

export function security(running: Running): void {
  const expectKept = (response: Response, target: string) => {
    expect(response.status, target).toBeLessThan(500);
    const text = response.body.toString('latin1');
    expect(text.includes(SECRET), target).toBe(false);
    expect(text.includes(PASSWORDS), target).toBe(false);
  };

  it('CVE-2018-3712, CVE-2025-58751: no way of writing .. leads out of the root', async () => {
    const targets = traversals();
    expect(targets.length).toBeGreaterThan(500);
    await inBatches(targets, 32, async (target) => expectKept(await fetchOnce(running.port, target), target));
    const absolute = targets.filter((_, index) => index % 5 === 0).map((target) => `http://a${target}`);
    await inBatches(absolute, 32, async (target) => expectKept(await fetchOnce(running.port, target), target));
    await barrier(running.port);
  });

  for (const target of [
    '/sub%2fpage.html',
    '/sub%2Fpage.html',
    '/%2fhello.txt',
    '/sub%5cpage.html',
    '/sub%5Cpage.html',
    '/hello.txt%2f',
  ]) {
    it(`an escaped separator is refused with 400: ${target}`, async () => {
      expect((await fetchOnce(running.port, target)).status).toBe(400);
    });
  }

  it('escaped NUL and control bytes are refused with 400', async () => {
    for (const byte of ['00', '01', '09', '0a', '0d', '1b', '1f', '7f']) {
      for (const target of [
        `/hello.txt%${byte}`,
        `/%${byte}hello.txt`,
        `/hello%${byte}.txt`,
        `/sub%${byte}/page.html`,
      ]) {
        expect((await fetchOnce(running.port, target)).status, target).toBe(400);
      }
    }
  });

  it('escapes that are none are refused with 400, and end nothing', async () => {
    for (const target of [
      '/%',
      '/%%',
      '/%4',
      '/%zz',
      '/%4g',
      '/%g4',
      '/hello.txt%',
      '/%u0068ello.txt',
      '/% 41',
      '/%-1',
      '/%+1',
      '/%0x41',
    ].filter((path) => !path.includes(' '))) {
      expect((await fetchOnce(running.port, target)).status, target).toBe(400);
    }
    expect((await fetchOnce(running.port, '/%', [], { method: 'HEAD' })).status).toBe(400);
    await barrier(running.port);
  });

  it('escapes that are no UTF-8 name no file', async () => {
    for (const bytes of [
      '%ff',
      '%fe%ff',
      '%c0%80',
      '%c0%af',
      '%e0%80%af',
      '%ed%a0%80',
      '%f4%90%80%80',
      '%80',
      '%c3',
      '%e2%82',
    ]) {
      for (const target of [`/${bytes}`, `/hello.txt${bytes}`, `/${bytes}/hello.txt`]) {
        expect([400, 404], target).toContain((await fetchOnce(running.port, target)).status);
      }
    }
  });

  it('files whose name begins with a dot are denied, however they are written', async () => {
    for (const target of [
      '/.hidden',
      '/.git/config',
      '/.git/',
      '/.git',
      '/sub/.env',
      '/%2ehidden',
      '/%2egit/config',
      '/%2Egit/config',
      '//.hidden',
      '/./.hidden',
      '/sub/../.hidden',
      '/sub/%2e%2e/.git/config',
      '/.well-known/../.hidden',
      '/.well-known/.hidden',
      '/link-directory/.env',
      '/.git/../.hidden',
      '/.hidden?',
      '/.hidden/',
    ]) {
      const response = await fetchOnce(running.port, target);
      expect([301, 308, 400, 403, 404], target).toContain(response.status);
      expectKept(response, target);
      expect((await fetchOnce(running.port, target, ['Range: bytes=0-3'])).status, target).not.toBe(206);
    }
  });

  it('RFC 8615 3: /.well-known/ is served', async () => {
    expect((await fetchOnce(running.port, '/.well-known/security.txt')).body.toString()).toBe(
      running.fixture.text('.well-known/security.txt'),
    );
  });

  it('relative links within the root are followed', async () => {
    for (const target of ['/link.txt', '/sub/link-up.txt']) {
      expect((await fetchOnce(running.port, target)).body.toString(), target).toBe(running.fixture.text('hello.txt'));
    }
    expect((await fetchOnce(running.port, '/link-directory/page.html')).status).toBe(200);
  });

  it('CVE-2025-67487: links out of the root, absolute links, loops and dangling links are refused', async () => {
    for (const target of [
      '/link-outside.txt',
      '/link-outside-directory/secret.txt',
      '/link-outside-directory/',
      '/link-outside-directory',
      '/link-absolute.txt',
      '/link-absolute-inside.txt',
      '/link-loop.txt',
      '/link-loop.txt/x',
      '/link-dangling.txt',
      '/link-proc.txt',
    ]) {
      for (let count = 0; count < 2; count += 1) {
        const response = await fetchOnce(running.port, target);
        expect([403, 404], target).toContain(response.status);
        expectKept(response, target);
      }
    }
  });

  it('a named pipe is refused without waiting for a writer', async () => {
    for (const method of ['GET', 'HEAD']) {
      expect([403, 404]).toContain((await fetchOnce(running.port, '/pipe.txt', [], { method })).status);
    }
    await barrier(running.port);
  });

  // Root may read every file.
  if (process.getuid?.() !== 0) {
    it('a file that may not be read is refused', async () => {
      expect([403, 404]).toContain((await fetchOnce(running.port, '/unreadable.txt')).status);
    });
  }

  it('CVE-2015-1164: no target makes a redirect to elsewhere', async () => {
    const targets = [
      '//evil.com',
      '//evil.com/..%2f',
      '///evil.com',
      '/\\evil.com',
      '/%5cevil.com',
      '/%5c%5cevil.com/',
      '//evil.com/%2e%2e',
      '//evil.com/..',
      '//evil.com/../sub',
      '/\\/sub',
      '//sub',
      '///sub',
      '////sub',
      '/\\sub',
      '/./sub',
      '/.//sub',
      '/%2e//sub',
      '/sub/..//sub',
      '/sub/..//evil.com',
      '/evil.com',
      '//evil.com//',
      '/%09/evil.com',
      '/%2f/evil.com',
      '/;@evil.com',
      '/sub%0d%0aLocation:%20http://evil.com',
      '/sub?//evil.com',
      '/sub?\r\nX: y',
      'http://evil.com/sub',
      'http://evil.com//sub',
      'http://evil.com//evil.com/..',
    ];
    await inBatches(
      targets.filter((target) => !target.includes('\r')),
      8,
      async (target) => {
        const response = await fetchOnce(running.port, target, [], { host: 'site.example' });
        expect(response.status, target).toBeLessThan(500);
        const location = response.field('location');
        if (location === undefined) return;
        expect(location, target).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
        expect(new URL(location, 'http://site.example/').host, target).toBe('site.example');
      },
    );
  });

  it('CVE-2016-1133: Location carries nothing but escaped bytes', async () => {
    for (const target of ['/sub?a%0d%0aX:%20y', '/sub?"<>', '/sub?%00', '/sub?a|b^c`{}']) {
      const response = await fetchOnce(running.port, target);
      if (response.field('location') !== undefined)
        expect(response.field('location')).toMatch(/^\/sub\/\?[\x21-\x7e]*$/);
      expect(response.field('x')).toBeUndefined();
    }
  });

  it('CVE-2024-32966: no answer repeats markup of the client', async () => {
    const markup = '<script>alert(1)</script>';
    for (const bytes of [
      request(`/${markup}`),
      request(`/nothing?${markup}`),
      request(`/${encodeURIComponent(markup)}`),
      request('/hello.txt', [`${markup}: a`]),
      request('/hello.txt', [], { host: markup }),
      request('/hello.txt', [], { method: markup }),
      request('/nothing', [`Referer: ${markup}`, `User-Agent: ${markup}`]),
      request('/hello.txt', [`Expect: ${markup}`]),
    ]) {
      const connection = await RawConnection.open(running.port);
      await connection.send(bytes);
      const response = await connection.readResponse();
      expect(response.body.toString('latin1')).not.toContain(markup);
      for (const [, value] of response.fields) expect(value).not.toContain(markup);
      connection.close();
    }
  });

  it('an answer never holds what another request has sent', async () => {
    const connection = await RawConnection.open(running.port);
    const mark = 'MARK-OF-ANOTHER-CLIENT';
    for (let count = 0; count < 50; count += 1) {
      await connection.send(request(`/${mark}`, [`Cookie: ${mark}`]));
      await connection.readResponse();
      for (const target of ['/nothing', '/hello.txt', '/%', '/sub']) {
        const response = await fetchOnce(running.port, target);
        expect(JSON.stringify(response.fields) + response.body.toString('latin1')).not.toContain(mark);
      }
    }
    await expectInStep(running, connection);
    connection.close();
  });

  it('bytes of chance get a clear refusal or an end, never a failure', async () => {
    const next = generator(12_345);
    const good = request(
      '/hello.txt?query',
      ['Accept: */*', 'Content-Length: 3', 'Range: bytes=0-3', 'If-None-Match: "x"'],
      { method: 'POST', body: 'abc' },
    );
    const inputs = Array.from({ length: 400 }, (_, index) => {
      const bytes = index % 4 === 0 ? Buffer.alloc(next(300)) : Buffer.from(good, 'latin1');
      const changes = index % 4 === 0 ? bytes.length : 1 + next(4);
      for (let count = 0; count < changes; count += 1) bytes[next(bytes.length || 1)] = next(256);
      return bytes;
    });
    await inBatches(inputs, 32, async (input) => {
      const connection = await RawConnection.open(running.port);
      await connection.send(input);
      connection.finish();
      const rest = await connection.readToEnd();
      connection.close();
      if (rest.length > 0)
        expect(rest.toString('latin1', 0, 12), JSON.stringify(input.toString('latin1'))).toMatch(/^HTTP\/1\.1 [2345]/);
      expect(rest.toString('latin1', 0, 12)).not.toMatch(/ 500/);
    });
    await barrier(running.port);
  });
}
