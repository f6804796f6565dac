/** What a site of static files answers: methods, names, directories, variants, conditions, ranges. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Asking } from './asking.js';
import { OLD, Tree } from './tree.js';

const LARGE = Buffer.alloc(300_000, 'abcdefghij');
const SECRET = 'SECRET';
const OLD_TEXT = new Date(OLD * 1000).toUTCString();

let tree: Tree;
let asking: Asking;
beforeAll(() => {
  tree = new Tree({
    'index.html': '<p>home',
    'hello.txt': 'Hello, world\n',
    'digits.txt': '0123456789'.repeat(10),
    'empty.txt': '',
    'large.bin': LARGE,
    'sub/index.html': '<p>sub',
    'sub/page.html': '<p>page',
    'sub dir/index.html': '<p>space',
    'ünï.txt': 'unicode',
    '100%.txt': 'percent',
    'a?b#c.txt': 'odd',
    '.hidden': SECRET,
    '.git/config': SECRET,
    'sub/.env': SECRET,
    '.well-known/security.txt': 'contact',
    '.well-known/.hidden': SECRET,
    'unreadable.txt': SECRET,
  });
  mkdirSync(tree.path('no-index'));
  chmodSync(tree.path('unreadable.txt'), 0);
  writeFileSync(join(tree.parent, 'secret.txt'), SECRET);
  mkdirSync(join(tree.parent, 'root-private'));
  writeFileSync(join(tree.parent, 'root-private', 'secret.txt'), SECRET);
  const link = (to: string, name: string) => symlinkSync(to, tree.path(name));
  link('hello.txt', 'link.txt');
  link('../hello.txt', 'sub/up.txt');
  link('sub', 'link-sub');
  link('../secret.txt', 'outside.txt');
  link('..', 'outside');
  link('/etc/passwd', 'absolute.txt');
  link(tree.path('hello.txt'), 'absolute-inside.txt');
  link('loop.txt', 'loop.txt');
  link('/proc/self/environ', 'proc.txt');
  execFileSync('mkfifo', [tree.path('pipe')]);
  asking = new Asking(tree.root);
});
afterAll(() => {
  asking.end();
  tree.remove();
});

describe('files', () => {
  it('answers a small file from one block, with these fields in this order', () => {
    const response = asking.ask('/hello.txt');
    expect(response.statusLine).toBe('HTTP/1.1 200 OK');
    expect(response.names).toEqual([
      'Server',
      'Date',
      'Content-Type',
      'Content-Length',
      'Last-Modified',
      'ETag',
      'Accept-Ranges',
      'Cache-Control',
    ]);
    expect(response.fields).toMatchObject({
      date: new Date(asking.now).toUTCString(),
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '13',
      'last-modified': OLD_TEXT,
      'accept-ranges': 'bytes',
    });
    expect(response.fields.etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(response.body).toBe('Hello, world\n');
    expect(asking.answerTo('/hello.txt').file).toBe(-1);
  });

  it('answers a large file with its open descriptor', () => {
    const answer = asking.answerTo('/large.bin');
    expect(answer.file).toBeGreaterThan(2);
    expect([answer.filePosition, answer.fileLength]).toEqual([0, LARGE.length]);
    expect(answer.unchanged()).toBe(true);
    expect(asking.ask('/large.bin').body).toBe(LARGE.toString());
    expect(asking.ask('/large.bin').fields['content-type']).toBe('application/octet-stream');
  });

  it('answers an empty file', () => {
    expect(asking.ask('/empty.txt')).toMatchObject({ status: 200, body: '', fields: { 'content-length': '0' } });
  });

  it.each([
    ['/%C3%BCn%C3%AF.txt', 'unicode'],
    ['/100%25.txt', 'percent'],
    ['/a%3Fb%23c.txt', 'odd'],
    ['/sub%20dir/', '<p>space'],
    ['/%68ello%2etxt', 'Hello, world\n'],
    ['/hello.txt?a=b', 'Hello, world\n'],
    ['//hello.txt', 'Hello, world\n'],
    ['/./sub/../hello.txt', 'Hello, world\n'],
    ['/sub/%2e%2e/hello.txt', 'Hello, world\n'],
    ['http://example.org', '<p>home'],
    ['http://example.org/hello.txt', 'Hello, world\n'],
    ['/.well-known/security.txt', 'contact'],
    ['/link.txt', 'Hello, world\n'],
    ['/sub/up.txt', 'Hello, world\n'],
    ['/link-sub/page.html', '<p>page'],
    ['/', '<p>home'],
    ['/sub/', '<p>sub'],
    ['/sub/.', '<p>sub'],
    ['/sub/..', '<p>home'],
  ])('%s gives its file', (target, body) => {
    expect(asking.ask(target)).toMatchObject({ status: 200, body });
  });

  it.each([
    '/nothing',
    '/hello.txt/',
    '/hello.txt/x',
    '/no-index/',
    '/.hidden',
    '/.git/config',
    '/sub/.env',
    '/.well-known/.hidden',
    '/%2ehidden',
    '/sub/.well-known/x',
    '/outside.txt',
    '/outside/secret.txt',
    '/outside/root-private/secret.txt',
    '/absolute.txt',
    '/absolute-inside.txt',
    '/loop.txt',
    '/proc.txt',
    '/pipe',
    `/${'a'.repeat(300)}`,
    `/${'a/'.repeat(3000)}`,
    '/...',
  ])('%s is not found', (target) => {
    const response = asking.ask(target);
    expect(response).toMatchObject({ status: 404, body: '404 Not Found\n', persistent: true });
    expect(response.fields['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    '/%',
    '/%2',
    '/%zz',
    '/%2fetc/passwd',
    '/sub%2Fpage.html',
    '/sub%5Cpage.html',
    '/%00',
    '/hello.txt%00',
    '/%0a',
    '/%7f',
    '/%ff',
    '/%c0%ae%c0%ae/',
    '/%ed%a0%80',
    '/..',
    '/../secret.txt',
    '/sub/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/.%2e/secret.txt',
    '/sub/%2e%2e/%2e%2e/root-private/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/%252e%252e%2fx',
  ])('%s is refused', (target) => {
    expect(asking.ask(target)).toMatchObject({ status: 400, persistent: true });
  });

  it('escapes are decoded once', () => {
    expect(asking.ask('/%2568ello.txt').status).toBe(404);
    expect(asking.ask('/%252e%252e/secret.txt').status).toBe(404);
  });

  // Root may read every file.
  if (process.getuid?.() !== 0) {
    it('a file that may not be read is forbidden', () => {
      expect(asking.ask('/unreadable.txt').status).toBe(403);
    });
  }
});

describe('directories', () => {
  it.each([
    ['/sub', '/sub/'],
    ['/sub?a=b&c=/d', '/sub/?a=b&c=/d'],
    ['/sub?', '/sub/?'],
    ['//sub', '/sub/'],
    ['///sub', '/sub/'],
    ['/./sub', '/sub/'],
    ['/sub%20dir', '/sub%20dir/'],
    ['/link-sub', '/link-sub/'],
    ['http://evil.example/sub', '/sub/'],
    ['/no-index', '/no-index/'],
  ])('%s leads to %s', (target, location) => {
    const response = asking.ask(target);
    expect(response).toMatchObject({ status: 301, body: '301 Moved Permanently\n' });
    expect(response.fields.location).toBe(location);
    expect(asking.ask(target, [], 'HEAD')).toMatchObject({ status: 301, body: '', fields: response.fields });
  });

  it('never leads to another host', () => {
    mkdirSync(tree.path('evil.com'));
    mkdirSync(tree.path('a:b@c'));
    expect(asking.ask('//evil.com').fields.location).toBe('/evil.com/');
    expect(asking.ask('/.//evil.com').fields.location).toBe('/evil.com/');
    expect(asking.ask('//a:b@c').fields.location).toBe('/a%3Ab%40c/');
    mkdirSync(tree.path('ü'.repeat(100)));
    expect(asking.ask(`/${'%c3%bc'.repeat(100)}?${'q'.repeat(60_000)}`).fields.location).toHaveLength(602 + 60_001);
  });
});

describe('methods', () => {
  it.each(['/hello.txt', '/large.bin', '/empty.txt', '/nothing', '/%', '/sub'])(
    'HEAD of %s has the fields of GET',
    (target) => {
      const get = asking.ask(target);
      const head = asking.ask(target, [], 'HEAD');
      expect(head).toMatchObject({ status: get.status, names: get.names, fields: get.fields, body: '' });
      expect(asking.ask(target, ['Range: bytes=0-1'], 'HEAD').fields['content-range']).toBeUndefined();
    },
  );

  it.each(['*', '/', '/nothing'])('OPTIONS %s names the methods', (target) => {
    const response = asking.ask(target, [], 'OPTIONS');
    expect(response).toMatchObject({ status: 204, body: '', persistent: true });
    expect(response.fields.allow).toBe('GET, HEAD, OPTIONS');
    expect(response.fields['content-length']).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('%s is not allowed', (method) => {
    const response = asking.ask('/hello.txt', [], method);
    expect(response).toMatchObject({ status: 405, body: '405 Method Not Allowed\n' });
    expect(response.fields.allow).toBe('GET, HEAD, OPTIONS');
  });

  it('an unknown method is not implemented', () => {
    expect(asking.ask('/hello.txt', [], 'BREW').status).toBe(501);
    expect(asking.ask('/hello.txt', [], 'get').status).toBe(501);
  });
});

describe('persistence', () => {
  it.each(['/hello.txt', '/large.bin', '/nothing', '/sub'])(
    'each kind of client is told what it must know about %s',
    (target) => {
      const connection = (fields: string[], version: string) => {
        const response = asking.ask(target, fields, 'GET', version);
        return [response.fields.connection, response.persistent, response.body.length];
      };
      const { length } = asking.ask(target).body;
      expect(connection([], '1.1')).toEqual([undefined, true, length]);
      expect(connection(['Connection: close'], '1.1')).toEqual(['close', false, length]);
      expect(connection([], '1.0')).toEqual(['close', false, length]);
      expect(connection(['Connection: keep-alive'], '1.0')).toEqual(['keep-alive', true, length]);
    },
  );

  it('refuses with a closing answer', () => {
    const response = asking.take(asking.site.refuse(431));
    expect(response).toMatchObject({ status: 431, persistent: false, body: '431 Request Header Fields Too Large\n' });
    expect(response.fields.connection).toBe('close');
  });
});

describe('conditions (RFC 9110 13.2.2)', () => {
  const status = (...fields: string[]) => asking.ask('/hello.txt', fields).status;
  const date = (seconds: number) => new Date(seconds * 1000).toUTCString();

  it('If-None-Match and If-Modified-Since', () => {
    const { etag } = asking.ask('/hello.txt').fields;
    for (const value of [etag, `W/${etag}`, '*', `"x", ${etag}`]) expect(status(`If-None-Match: ${value}`)).toBe(304);
    expect(status('If-None-Match: "x"')).toBe(200);
    expect(status(`If-Modified-Since: ${OLD_TEXT}`)).toBe(304);
    expect(status(`If-Modified-Since: ${date(OLD - 1)}`)).toBe(200);
    expect(status('If-None-Match: "x"', `If-Modified-Since: ${OLD_TEXT}`)).toBe(200);
    const response = asking.ask('/hello.txt', [`If-None-Match: ${etag}`]);
    expect(response.names).toEqual(['Server', 'Date', 'Last-Modified', 'ETag', 'Cache-Control']);
    expect(response.body).toBe('');
    expect(asking.ask('/hello.txt', [`If-None-Match: ${etag}`], 'HEAD').status).toBe(304);
    expect(asking.ask('/large.bin', ['If-None-Match: *'])).toMatchObject({ status: 304, body: '' });
  });

  it('If-Match and If-Unmodified-Since come first', () => {
    const { etag } = asking.ask('/hello.txt').fields;
    expect(status(`If-Match: ${etag}`)).toBe(200);
    expect(status('If-Match: "x"')).toBe(412);
    expect(status('If-Match: "x"', `If-None-Match: ${etag}`)).toBe(412);
    expect(status(`If-Unmodified-Since: ${date(OLD - 1)}`)).toBe(412);
    expect(status(`If-Match: ${etag}`, `If-Unmodified-Since: ${date(OLD - 1)}`)).toBe(200);
    expect(status(`If-Match: ${etag}`, `If-None-Match: ${etag}`)).toBe(304);
    expect(asking.ask('/hello.txt', ['If-Match: "x"'])).toMatchObject({
      status: 412,
      body: '412 Precondition Failed\n',
    });
  });

  it('apply only where the answer would be a success', () => {
    expect(asking.ask('/nothing', ['If-None-Match: *']).status).toBe(404);
    expect(asking.ask('/sub', ['If-Match: "x"']).status).toBe(301);
  });

  it('hold for times of the epoch and of the future', () => {
    tree.write('epoch.txt', 'epoch', 0);
    tree.write('future.txt', 'future', 4_000_000_000);
    tree.write('before.txt', 'before', 1);
    execFileSync('touch', ['-d', '1938-04-24T22:13:20Z', tree.path('before.txt')]);
    expect(asking.ask('/epoch.txt').fields['last-modified']).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
    expect(asking.ask('/before.txt').fields['last-modified']).toBe('Sun, 24 Apr 1938 22:13:20 GMT');
    const future = asking.ask('/future.txt');
    expect(future.fields['last-modified']).toBeUndefined();
    expect(asking.ask('/future.txt', [`If-None-Match: ${future.fields.etag}`]).status).toBe(304);
    expect(asking.ask('/future.txt', ['If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT']).status).toBe(200);
  });
});

describe('ranges', () => {
  it.each([
    ['0-0', 0, 0],
    ['0-9', 0, 9],
    ['90-', 90, 99],
    ['-10', 90, 99],
    ['-500', 0, 99],
    ['99-99', 99, 99],
    ['5-1000', 5, 99],
    ['0-18446744073709551616', 0, 99],
    ['-99999999999999999999999', 0, 99],
  ])('bytes=%s gives %i to %i', (range, first, last) => {
    const response = asking.ask('/digits.txt', [`Range: bytes=${range}`]);
    expect(response.status).toBe(206);
    expect(response.fields['content-range']).toBe(`bytes ${first}-${last}/100`);
    expect(response.fields['content-length']).toBe(String(last - first + 1));
    expect(response.body).toBe('0123456789'.repeat(10).slice(first, last + 1));
    const whole = asking.ask('/digits.txt');
    for (const name of ['etag', 'last-modified', 'content-type', 'accept-ranges', 'date']) {
      expect(response.fields[name]).toBe(whole.fields[name]);
    }
  });

  it.each(['100-', '100-200', '-0', '18446744073709551616-'])('bytes=%s is not satisfiable', (range) => {
    const response = asking.ask('/digits.txt', [`Range: bytes=${range}`]);
    expect(response).toMatchObject({ status: 416, body: '416 Range Not Satisfiable\n' });
    expect(response.fields['content-range']).toBe('bytes */100');
  });

  it.each(['bytes=', 'bytes=a-b', 'bytes=5-2', 'lines=0-1', 'bytes=0-,5-5'])('%s gives the whole file', (range) => {
    expect(asking.ask('/digits.txt', [`Range: ${range}`])).toMatchObject({
      status: 200,
      body: '0123456789'.repeat(10),
    });
  });

  it('of a large file are ranges of the descriptor', () => {
    const response = asking.ask('/large.bin', ['Range: bytes=150001-150004']);
    expect(response).toMatchObject({ status: 206, body: 'bcde' });
    expect(asking.ask('/large.bin', ['Range: bytes=-500']).body).toBe(LARGE.toString().slice(-500));
    expect(asking.ask('/large.bin', ['Range: bytes=300000-']).fields['content-range']).toBe('bytes */300000');
  });

  it('hold with If-Range only for the same representation', () => {
    const { etag } = asking.ask('/digits.txt').fields;
    const status = (value: string) => asking.ask('/digits.txt', ['Range: bytes=0-1', `If-Range: ${value}`]).status;
    expect(status(etag as string)).toBe(206);
    expect(status(OLD_TEXT)).toBe(206);
    for (const value of [`W/${etag}`, '"x"', new Date(OLD * 1000 + 1000).toUTCString(), 'x'])
      expect(status(value)).toBe(200);
    expect(asking.ask('/digits.txt', ['Range: bytes=0-1', `If-None-Match: ${etag}`]).status).toBe(304);
    expect(asking.ask('/digits.txt', ['Range: bytes=0-1', 'If-Match: "x"']).status).toBe(412);
  });
});
