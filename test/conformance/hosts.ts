/** Host (RFC 9110 section 7.2, RFC 9112 section 3.2). */
import { expect, it } from 'vitest';
import { fetchOnce, request } from './raw-client.js';
import { expectRefused, type Running } from './running.js';

const NO_HOST = { host: null };

export function hosts(running: Running): void {
  const followed = (bytes: string) => bytes + request('/smuggled.txt');

  it('RFC 9112 3.2: a request of HTTP/1.1 without Host is refused with 400', async () => {
    await expectRefused(running, followed(request('/hello.txt', [], NO_HOST)));
    await expectRefused(running, followed(request('/hello.txt', ['X-Host: a', 'Hos: t', 'Hostt: a'], NO_HOST)));
  });

  it('RFC 9112 3.2: absolute-form does not replace Host', async () => {
    await expectRefused(running, followed(request('http://example.org/hello.txt', [], NO_HOST)));
  });

  it('RFC 9112 3.2: two Host fields are refused with 400, equal ones too', async () => {
    await expectRefused(running, followed(request('/hello.txt', ['Host: a', 'Host: b'], NO_HOST)));
    await expectRefused(running, followed(request('/hello.txt', ['Host: a', 'Accept: */*', 'host: a'], NO_HOST)));
    await expectRefused(
      running,
      followed(request('/hello.txt', ['Host: a', 'Host: b'], { ...NO_HOST, version: 'HTTP/1.0' })),
    );
  });

  for (const host of [
    'a b',
    'a\tb',
    'a/b',
    'a\\b',
    'user@a',
    'a:b',
    'a:80:80',
    'a:-1',
    'a#b',
    'a?b',
    '[::1',
    '::1]',
    '[::1]x',
    '[::1]:x',
    'http://a',
    'a"b',
    'a<b>',
    'a%zz',
    'a\xe4',
    'a\x01',
  ]) {
    it(`RFC 9112 3.2: Host ${JSON.stringify(host)} is refused with 400`, async () => {
      await expectRefused(running, followed(request('/hello.txt', [], { host })));
    });
  }

  for (const host of [
    'a',
    'EXAMPLE.org',
    'example.org.',
    'example.org:80',
    'example.org:',
    '127.0.0.1:65535',
    '[::1]',
    '[2001:db8::1]:8080',
    'a_b-c~d',
    'xn--bcher-kva.example',
  ]) {
    it(`RFC 9110 7.2: Host ${host} is accepted`, async () => {
      expect((await fetchOnce(running.port, '/hello.txt', [], { host })).status).toBe(200);
    });
  }

  it('RFC 9110 7.2: an empty Host is accepted or refused', async () => {
    expect([200, 400]).toContain((await fetchOnce(running.port, '/hello.txt', [], { host: '' })).status);
  });

  it('RFC 9112 3.2: a request of HTTP/1.0 needs no Host', async () => {
    expect((await fetchOnce(running.port, '/hello.txt', [], { ...NO_HOST, version: 'HTTP/1.0' })).status).toBe(200);
  });

  it('RFC 9112 3.2: Host may come after other fields', async () => {
    expect((await fetchOnce(running.port, '/hello.txt', ['Accept: */*', 'Host: a'], NO_HOST)).status).toBe(200);
  });
}
