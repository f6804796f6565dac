/** Which fields are added to which answers: Cache-Control, header rules, security headers, CORS; and media types. */
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SITE_SETTINGS, type HeaderRule, type SiteSettings } from '../../src/site/settings.js';
import { Asking, headOf, type Response } from './asking.js';
import { Tree } from './tree.js';

let tree: Tree;
let asking: Asking;

function begin(settings: Partial<SiteSettings>): void {
  asking = new Asking(tree.root, { settings: { ...DEFAULT_SITE_SETTINGS, ...settings }, cachedFileBytes: 1000 });
}

const rule = (pattern: string, ...fields: [string, string | null][]): HeaderRule => ({
  for: pattern,
  fields: fields.map(([name, value]) => ({ name, value })),
});

/** All lines of a head as they are sent. */
const linesOf = (target: string, fields: string[] = []): string[] =>
  asking
    .text(asking.answer(headOf(target, fields)))
    .split('\r\n\r\n')[0]!
    .split('\r\n');

beforeEach(() => {
  tree = new Tree({
    'index.html': 'home',
    'app.3f2a9c1b.js': 'script',
    'docs/guide.html': 'guide',
    'docs/data.bin': 'x'.repeat(2000),
    association: '{}',
    'page.md': '# page',
  });
  mkdirSync(tree.path('sub'));
});

afterEach(() => {
  asking.end();
  tree.remove();
});

describe('Cache-Control', () => {
  it('is by the name of the file, in each answer about it, and not in others', () => {
    begin({});
    expect(asking.ask('/app.3f2a9c1b.js').fields['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const fields of [[], ['Range: bytes=0-1'], ['If-None-Match: *'], ['Range: bytes=0-0,2-2']]) {
      expect(asking.ask('/index.html', fields).fields['cache-control']).toBe('no-cache');
    }
    expect(asking.ask('/docs/data.bin').fields['cache-control']).toBe('no-cache');
    for (const target of ['/nothing', '/sub', '/%']) {
      expect(asking.ask(target).fields['cache-control']).toBeUndefined();
    }
  });

  it('is what the setting says, or a rule', () => {
    begin({ cacheControl: 'max-age=60', headers: [rule('/docs/**', ['cache-control', 'max-age=5'])] });
    expect(asking.ask('/index.html').fields['cache-control']).toBe('max-age=60');
    expect(linesOf('/docs/guide.html').filter((line) => /^cache-control/i.test(line))).toEqual([
      'cache-control: max-age=5',
    ]);
  });
});

describe('header rules', () => {
  it('for all paths are in every answer, for some in those about their files', () => {
    begin({ headers: [rule('**', ['X-All', 'yes']), rule('/docs/*.html', ['X-Docs', 'yes'])] });
    for (const target of ['/', '/docs/data.bin', '/nothing', '/sub', '/%']) {
      expect(asking.ask(target).fields).toMatchObject({ 'x-all': 'yes' });
      expect(asking.ask(target).fields['x-docs']).toBeUndefined();
    }
    expect(asking.ask('/docs/guide.html', ['If-None-Match: *']).fields).toMatchObject({
      'x-all': 'yes',
      'x-docs': 'yes',
    });
    expect(asking.take(asking.site.refuse(400)).fields['x-all']).toBe('yes');
    expect(asking.ask('*', [], 'OPTIONS').fields['x-all']).toBe('yes');
  });

  it('replace what is there, the later the earlier, and take away', () => {
    begin({
      headers: [
        rule('**', ['X-A', '1'], ['Server', null]),
        rule('**/*.html', ['x-a', '2'], ['x-a', '3'], ['ETag', null]),
        rule('/docs/**', ['X-A', null]),
      ],
    });
    expect(linesOf('/index.html').filter((line) => /^x-a/i.test(line))).toEqual(['x-a: 2', 'x-a: 3']);
    expect(asking.ask('/docs/guide.html').names).not.toContain('X-A');
    for (const target of ['/', '/nothing']) expect(asking.ask(target).names).not.toContain('Server');
    expect(asking.ask('/').fields.etag).toBeUndefined();
    expect(asking.ask('/docs/data.bin').fields.etag).toBeDefined();
  });

  it('say what a file is, also in its parts, and nothing of errors', () => {
    begin({
      headers: [
        rule('/association', ['Content-Type', 'application/json']),
        rule('**', ['Expires', '0'], ['Content-Language', 'de']),
        rule('/docs/data.bin', ['Content-Encoding', 'gzip']),
      ],
      precompressed: true,
    });
    expect(asking.ask('/association').fields).toMatchObject({ 'content-type': 'application/json', expires: '0' });
    expect(asking.ask('/docs/data.bin', ['Range: bytes=0-0,2-2']).body).toContain(
      'Content-Type: application/octet-stream',
    );
    expect(asking.ask('/docs/data.bin').fields).toMatchObject({ 'content-encoding': 'gzip' });
    expect(asking.ask('/docs/data.bin').fields.vary).toBeUndefined();
    for (const name of ['expires', 'content-language']) expect(asking.ask('/nothing').fields[name]).toBeUndefined();
    const unchanged = asking.ask('/association', ['If-None-Match: *']).fields;
    expect(unchanged).toMatchObject({ expires: '0' });
    expect(unchanged['content-type']).toBeUndefined();
    expect(unchanged['content-language']).toBeUndefined();
  });

  it('add to Vary and never take from it', () => {
    begin({ headers: [rule('**', ['Vary', 'Cookie'])], precompressed: true });
    expect(linesOf('/').filter((line) => /^vary/i.test(line))).toEqual(['Vary: Accept-Encoding, Cookie']);
  });

  it('may be longer than any head was before', () => {
    const value = 'v'.repeat(5000);
    begin({ headers: [rule('**', ['X-Long', value])] });
    expect(asking.ask('/').fields['x-long']).toBe(value);
    expect(asking.ask('/nothing').fields['x-long']).toBe(value);
  });
});

describe('security headers', () => {
  const EXPECTED = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'content-security-policy': "frame-ancestors 'self'",
    'x-frame-options': 'SAMEORIGIN',
    'cross-origin-opener-policy': 'same-origin-allow-popups',
  };

  it('are in files, errors and redirects, each once', () => {
    begin({ securityHeaders: true });
    for (const target of ['/', '/nothing', '/sub', '/%']) {
      const response: Response = asking.ask(target);
      expect(response.fields).toMatchObject(EXPECTED);
      expect(new Set(response.names).size).toBe(response.names.length);
    }
  });

  it('give way to a rule of the same name', () => {
    begin({
      securityHeaders: true,
      headers: [rule('**', ['X-Frame-Options', null], ['content-security-policy', 'x'])],
    });
    const { fields, names } = asking.ask('/');
    expect(fields['x-frame-options']).toBeUndefined();
    expect(names.filter((name) => name.toLowerCase() === 'content-security-policy')).toHaveLength(1);
    expect(fields['content-security-policy']).toBe('x');
  });
});

describe('CORS', () => {
  const origin = (name: string): string => `Origin: https://${name}.example`;
  const preflight = (fields: string[]): Response =>
    asking.ask('/index.html', ['Access-Control-Request-Method: GET', ...fields], 'OPTIONS');

  it('is not spoken of when it is off', () => {
    begin({});
    expect(asking.ask('/', [origin('a')]).names.filter((name) => /access|vary/i.test(name))).toEqual([]);
    expect(preflight([origin('a')]).names.filter((name) => /access|vary/i.test(name))).toEqual([]);
  });

  it.each([
    ['every origin', ['*'], '*'],
    ['a single one', ['https://a.example'], 'https://a.example'],
  ])('says the same to everybody for %s', (_, corsOrigins, allowed) => {
    begin({ corsOrigins });
    for (const target of ['/', '/nothing', '/docs/data.bin']) {
      for (const fields of [[], [origin('a')], [origin('b')]]) {
        const response = asking.ask(target, fields);
        expect(response.fields['access-control-allow-origin']).toBe(allowed);
        expect(response.fields.vary).toBeUndefined();
        expect(response.fields['access-control-expose-headers']).toContain('Content-Range');
      }
    }
    const first = asking.answer(headOf('/', [origin('a')]));
    expect(asking.answer(headOf('/'))).toBe(first);
  });

  it('never gives one of several origins what another was told', () => {
    begin({ corsOrigins: ['https://a.example', 'https://b.example'], corsCredentials: true });
    for (let round = 0; round < 3; round++) {
      for (const target of ['/', '/nothing', '/docs/data.bin', '/sub']) {
        for (const fields of [[], ['If-None-Match: *'], ['Range: bytes=0-1'], ['Connection: close']]) {
          for (const name of ['a', 'b']) {
            expect(asking.ask(target, [origin(name), ...fields]).fields).toMatchObject({
              'access-control-allow-origin': `https://${name}.example`,
              'access-control-allow-credentials': 'true',
              vary: 'Origin',
            });
          }
          for (const other of [
            [],
            [origin('c')],
            ['Origin: null'],
            [origin('a'), origin('b')],
            ['Origin: https://a.exampl'],
          ]) {
            const response = asking.ask(target, [...other, ...fields]);
            expect(response.fields.vary).toBe('Origin');
            expect(response.names.filter((name) => /^access/i.test(name))).toEqual([]);
          }
        }
      }
    }
  });

  it('answers preflights, and repeats the names of fields only', () => {
    begin({ corsOrigins: ['https://a.example', 'https://b.example'] });
    const good = preflight([origin('b'), 'Access-Control-Request-Headers: x-one,  X-Two']);
    expect(good).toMatchObject({
      status: 204,
      body: '',
      fields: {
        'access-control-allow-origin': 'https://b.example',
        'access-control-allow-methods': 'GET, HEAD, OPTIONS',
        'access-control-allow-headers': 'x-one, X-Two',
        'access-control-max-age': '7200',
        vary: 'Origin, Access-Control-Request-Headers',
      },
    });
    expect(good.fields['content-length']).toBeUndefined();
    for (const odd of ['x y', 'x;y', 'x,,y', '\u00e4', `x${'y'.repeat(5000)}`, Array(70).fill('x').join()]) {
      const response = preflight([origin('a'), `Access-Control-Request-Headers: ${odd}`]);
      expect(response.status).toBe(204);
      expect(response.fields['access-control-allow-headers'], odd).toBeUndefined();
    }
    const refused = preflight([origin('c')]);
    expect(refused.status).toBe(204);
    expect(refused.names.filter((name) => /^access/i.test(name))).toEqual([]);
    expect(asking.ask('/', [origin('a')], 'OPTIONS').fields.allow).toBe('GET, HEAD, OPTIONS');
  });
});

it('media types are those of the settings first, with a charset where they are text', () => {
  begin({ mediaTypes: { md: 'text/x-markdown', html: 'text/html; charset=iso-8859-1' } });
  expect(asking.ask('/page.md').fields['content-type']).toBe('text/x-markdown; charset=utf-8');
  expect(asking.ask('/').fields['content-type']).toBe('text/html; charset=iso-8859-1');
  expect(asking.ask('/app.3f2a9c1b.js').fields['content-type']).toBe('text/javascript; charset=utf-8');
});
