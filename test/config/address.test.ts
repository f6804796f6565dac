/** Hosts and [HOST:]PORT as people type them. */
import { describe, expect, it } from 'vitest';
import { inUrl, isHost, readListen, withoutBrackets } from '../../src/config/address.js';

describe('listen', () => {
  it.each([
    ['8080', undefined, 8080],
    [':8080', undefined, 8080],
    ['0', undefined, 0],
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:65535', 'localhost', 65_535],
    ['my-host.example:80', 'my-host.example', 80],
    ['[::1]:8080', '::1', 8080],
    ['[::]:80', '::', 80],
    ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
  ])('reads %j', (written, host, port) => {
    expect(readListen(written)).toEqual({ host, port });
  });

  it.each([
    ['unix:/run/amped.sock', '/run/amped.sock', undefined],
    ['unix:/run/amped.sock?mode=660', '/run/amped.sock', 0o660],
    ['unix:/run/amped.sock?mode=0666', '/run/amped.sock', 0o666],
    ['unix:/a b,c:d', '/a b,c:d', undefined],
    [`unix:/${'x'.repeat(106)}`, `/${'x'.repeat(106)}`, undefined],
  ])('reads the path %j', (written, path, mode) => {
    expect(readListen(written)).toEqual({ path, mode });
  });

  it.each([
    'unix:',
    'unix:/',
    'unix:amped.sock',
    'unix:/run/',
    'unix:/run/a?mode=',
    'unix:/run/a?mode=888',
    'unix:/run/a?mode=1777',
    'unix:/run/a?mod=660',
    'unix:/run/a?mode=660&group=b',
    'unix:/run/a\0',
    `unix:/${'x'.repeat(107)}`,
    `unix:/${'ü'.repeat(54)}`,
    '',
    ':',
    '::1',
    '::1:8080',
    '[::1]',
    '[::1]8080',
    '[::1:80',
    '[localhost]:80',
    '[127.0.0.1]:80',
    '65536',
    '127.0.0.1',
    '1.2.3:80',
    '256.0.0.1:80',
    'a b:80',
    '-a:80',
    'localhost:',
    'localhost:http',
    'localhost:-1',
    'a/b:80',
    '123456',
  ])('refuses %j', (written) => {
    expect(readListen(written)).toBeUndefined();
  });
});

describe('a host', () => {
  it.each(['127.0.0.1', '::', '::1', 'localhost', 'a.b-c.example', 'web_1', 'x'.repeat(63)])('may be %j', (host) => {
    expect(isHost(host)).toBe(true);
  });

  it.each([
    '',
    '.',
    'a..b',
    '1.2.3',
    '300.1.1.1',
    'a:80',
    'a b',
    '-a',
    'a-',
    'x'.repeat(64),
    'http://a',
    '[::1]',
    'a\n',
  ])('may not be %j', (host) => {
    expect(isHost(host)).toBe(false);
  });

  it('has brackets in a URL when it is an IPv6 address, and only then', () => {
    expect(inUrl('::1')).toBe('[::1]');
    expect(inUrl('fe80::1%eth0')).toBe('[fe80::1%25eth0]');
    expect(inUrl('127.0.0.1')).toBe('127.0.0.1');
    expect(withoutBrackets('[::1]')).toBe('::1');
    expect(withoutBrackets('[a]')).toBe('[a]');
  });
});
