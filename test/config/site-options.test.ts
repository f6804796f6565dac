/** The options of the site that have kinds of their own: what they read, and what they refuse with which sentence. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/command-line.js';
import { OptionError } from '../../src/config/option-error.js';
import { completeOptions, type ServerOptions } from '../../src/config/options.js';
import type { HeaderRule } from '../../src/site/settings.js';

const HASH = '$scrypt$ln=14,r=8,p=5$LpJKnjewiBwi2Nx0uZhFxg$LjIoD+C+r5/gwhvNoUGQNuMyiTYt6Jxu0929HoQ3zvE';

let directory: string;
const path = (name: string): string => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-site-options-'));
  writeFileSync(path('users'), `# who may read\n\nada:${HASH}\r\nbö b:${HASH}`);
  writeFileSync(path('bad'), `ada:${HASH}\n\neve:secret\n`);
  writeFileSync(path('twice'), `ada:${HASH}\nada:${HASH}\n`);
  writeFileSync(path('nobody'), '# nobody\n');
  execFileSync('mkfifo', [path('pipe')]);
});

afterAll(() => rmSync(directory, { recursive: true }));

const given = (...argv: string[]): ServerOptions => resolveOptions(argv, {});

describe('--header', () => {
  it('is a field for all paths, or takes one away; in its order', () => {
    expect(given('--header', 'X-A: one: two ', '--header', 'Server:').headers).toEqual([
      { for: '**', fields: [{ name: 'X-A', value: 'one: two' }] },
      { for: '**', fields: [{ name: 'Server', value: null }] },
    ]);
    expect(given('--header', 'ETag:', '--header', 'X:\u00fc').headers).toHaveLength(2);
  });

  it.each([
    'X-A',
    ': value',
    'X A: value',
    'X-A: a\r\nX-B: b',
    'X-A: a\nX-B: b',
    'X-A: a\0',
    'X-A: \u20ac',
    'Content-Length: 5',
    'content-length:',
    'Transfer-Encoding: chunked',
    'Connection: close',
    'Date: now',
    'Location: /',
    'Content-Range: x',
    'WWW-Authenticate: x',
    'ETag: "x"',
    'Last-Modified: x',
    'Vary:',
    'Content-Type:',
  ])('refuses %j', (text) => {
    expect(() => given('--header', text)).toThrow(
      /^--header must be a field as NAME: VALUE in one line .*, not ".*"\.$/s,
    );
  });

  it('may be for some paths where a program says so', () => {
    const rule: HeaderRule = { for: '/docs/{a,b}/**', fields: [{ name: 'X', value: 'y' }] };
    expect(completeOptions({ headers: [rule] }).headers).toEqual([rule]);
    for (const wrong of [
      { for: '' },
      { for: 1 },
      { fields: {} },
      { fields: [{ name: 'X' }] },
      { fields: [null] },
      { more: 1 },
    ]) {
      expect(() => completeOptions({ headers: [{ ...rule, ...wrong } as HeaderRule] }), JSON.stringify(wrong)).toThrow(
        OptionError,
      );
    }
  });
});

describe('--media-type', () => {
  it('is an extension and its type', () => {
    expect(given('--media-type', '.MD text/markdown', '--media-type', 'x  a/b; charset="q r"').mediaTypes).toEqual({
      md: 'text/markdown',
      x: 'a/b; charset="q r"',
    });
  });
  it.each(['md', 'md text', 'md text/', 'a/b text/plain', 'md text/plain\r\nX: y', 'md text/plain; x', ''])(
    'refuses %j',
    (text) => {
      expect(() => given('--media-type', text)).toThrow(OptionError);
    },
  );
});

describe('CORS', () => {
  it('is for all, for one, or for some', () => {
    expect(given('-C').corsOrigins).toEqual(['*']);
    expect(
      given('--cors-origin', 'https://a.example', '--cors-origin', 'http://localhost:5173').corsOrigins,
    ).toHaveLength(2);
    expect(completeOptions({ cors: true, corsOrigins: ['*'] }).corsOrigins).toEqual(['*']);
  });

  it.each([
    [['--cors', '--cors-credentials'], '--cors-credentials goes with named origins only, not with *'],
    [['--cors-origin', '*', '--cors-credentials'], '--cors-credentials goes with named origins only, not with *'],
    [['--cors-credentials'], '--cors-credentials goes with --cors-origin only.'],
    [['--cors', '--cors-origin', 'https://a.example'], '--cors-origin goes with * or with origins, not with both.'],
    ...[
      'null',
      'https://a.example/',
      'https://A.example',
      'a.example',
      'https://a.example:443',
      'file:///',
      'https://u@a.b',
    ].map((origin): [string[], string] => [
      ['--cors-origin', origin],
      '--cors-origin must be an origin without a path',
    ]),
  ] as [string[], string][])('is refused for %j', (argv, sentence) => {
    expect(() => given(...argv)).toThrow(sentence);
  });
});

describe('--cache-control', () => {
  it('is auto, none or a value', () => {
    expect(given().cacheControl).toBe('auto');
    expect(given('--cache-control', 'max-age=60, public').cacheControl).toBe('max-age=60, public');
    expect(() => given('--cache-control', 'a\nb')).toThrow(OptionError);
  });
});

describe('--auth-file', () => {
  it('names users, whose hashes are what is handed on', () => {
    const { users } = given('--auth-file', path('users'));
    expect(users).toEqual([
      { name: 'ada', hash: HASH },
      { name: 'bö b', hash: HASH },
    ]);
    expect(JSON.parse(JSON.stringify(users))).toEqual(users);
  });

  it.each([
    ['absent', 'cannot be read: ENOENT.'],
    ['', 'cannot be read'],
    ['pipe', 'cannot be read'],
    ['bad', 'bad:3: A line must be NAME:HASH, as amped hash-password prints it.'],
    ['twice', 'twice:2: The user "ada" comes twice.'],
    ['nobody', 'names nobody.'],
  ])('%j is refused', (name, sentence) => {
    expect(() => given('--auth-file', path(name))).toThrow(sentence);
    expect(() => given('--auth-file', path(name))).toThrow(OptionError);
  });

  it('never shows a hash in its sentence', () => {
    expect(() => completeOptions({ users: [{ name: 'a:b', hash: HASH }] })).toThrow(/^users must be [^$]*\.$/);
  });
});
