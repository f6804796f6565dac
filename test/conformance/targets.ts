/** The four forms of a request target (RFC 9112 section 3.2), and what of a target names a file. */
import { expect, it } from 'vitest';
import { fetchOnce, type Response } from './raw-client.js';
import type { Running } from './running.js';

export function targets(running: Running): void {
  const expectHello = (response: Response) => {
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe(running.fixture.text('hello.txt'));
  };

  for (const target of [
    'http://127.0.0.1/hello.txt',
    'http://example.org:8080/hello.txt?query',
    'HTTP://EXAMPLE.ORG/hello.txt',
    'http://[::1]:80/hello.txt',
    'http://example.org/hello%2etxt',
  ]) {
    it(`RFC 9112 3.2.2: absolute-form ${target} is answered`, async () => {
      expectHello(await fetchOnce(running.port, target, [], { host: 'elsewhere.example' }));
    });
  }

  it('RFC 9112 3.2.2: absolute-form without a path means /', async () => {
    for (const target of ['http://example.org', 'http://example.org/', 'http://example.org?query']) {
      const response = await fetchOnce(running.port, target);
      expect(response.status).toBe(200);
      expect(response.body.toString()).toBe(running.fixture.text('index.html'));
    }
  });

  for (const target of [
    'http:///hello.txt',
    'http:/hello.txt',
    'ftp://example.org/hello.txt',
    'http://',
    'file:///etc/passwd',
  ]) {
    it(`RFC 9112 3.2.2: ${target} is refused`, async () => {
      const response = await fetchOnce(running.port, target);
      expect([400, 404, 421]).toContain(response.status);
    });
  }

  it('RFC 9112 3.2.2: https in absolute-form is answered as http or refused', async () => {
    expect([200, 400, 421]).toContain((await fetchOnce(running.port, 'https://example.org/hello.txt')).status);
  });

  it('RFC 9110 4.2.4: user information in absolute-form is refused or ignored', async () => {
    expect([200, 400]).toContain((await fetchOnce(running.port, 'http://user:word@example.org/hello.txt')).status);
  });

  it('RFC 9112 3.2.4: asterisk-form is for OPTIONS only', async () => {
    for (const method of ['GET', 'HEAD']) {
      expect([400, 404]).toContain((await fetchOnce(running.port, '*', [], { method })).status);
    }
  });

  for (const target of [
    'example.org:80',
    'hello.txt',
    './hello.txt',
    '?query',
    '#',
    '**',
    '*/',
    '\\hello.txt',
    '%2fhello.txt',
  ]) {
    it(`RFC 9112 3.2: GET ${target} is refused`, async () => {
      expect((await fetchOnce(running.port, target)).status).toBe(400);
    });
  }

  it('RFC 9112 3.2.1: the query names no file', async () => {
    for (const query of [
      '?',
      '?a=b',
      '?/../../secret.txt',
      '?a?b',
      '?%',
      '?%00',
      '?%2e%2e%2f',
      '??',
      "?a=/;:@!$&'()*+,",
    ]) {
      expectHello(await fetchOnce(running.port, `/hello.txt${query}`));
    }
  });

  it('RFC 9112 3.2: a fragment is no part of a target', async () => {
    expect([400, 404]).toContain((await fetchOnce(running.port, '/hello.txt#fragment')).status);
  });

  it('RFC 3986 2.1, 6.2.2: escaped unreserved characters are the characters', async () => {
    for (const target of ['/%68ello.txt', '/hello%2Etxt', '/hello%2etxt', '/%68%65%6C%6c%6F%2e%74%78%74']) {
      expectHello(await fetchOnce(running.port, target));
    }
  });

  it('RFC 3986 5.2.4, 6.2.2.3: dot segments within the root are resolved or refused', async () => {
    for (const target of [
      '/./hello.txt',
      '/sub/../hello.txt',
      '/sub/./../hello.txt',
      '/%2e/hello.txt',
      '/sub/%2e%2e/hello.txt',
    ]) {
      const response = await fetchOnce(running.port, target);
      if (response.status === 200) expectHello(response);
      else expect([301, 308, 400, 404]).toContain(response.status);
    }
  });

  it('several slashes are one, or nothing is found', async () => {
    for (const target of ['//hello.txt', '///hello.txt', '/sub//page.html', '/sub///page.html']) {
      const response = await fetchOnce(running.port, target);
      expect([200, 301, 308, 400, 404]).toContain(response.status);
    }
  });

  it('RFC 3986 2.1: a path with bytes above 127 is answered or refused, never a failure', async () => {
    for (const target of ['/\xfc', '/\xc3\xbc', '/\xff\xfe', '/hello.txt\x80']) {
      expect([400, 404]).toContain((await fetchOnce(running.port, target)).status);
    }
  });
}
