/** Configuration files on a real disk: which one is read, what wins over what, and what is said about a bad one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCommandLine, resolveOptions } from '../../src/config/command-line.js';
import { OptionError } from '../../src/config/option-error.js';
import { defaultOptions } from '../../src/config/options.js';

const here = process.cwd();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-configuration-'));
  mkdirSync(join(directory, 'public/inner'), { recursive: true });
  process.chdir(directory);
});

afterEach(() => {
  process.chdir(here);
  rmSync(directory, { recursive: true });
});

function write(name: string, content: unknown): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

function serve(...argv: string[]) {
  const asked = readCommandLine(argv, {});
  if (asked.command !== 'serve') throw new Error(asked.command);
  return asked;
}

describe('which file is read', () => {
  it('none, where there is none', () => {
    expect(serve()).toMatchObject({ options: { ...defaultOptions(), root: directory } });
    expect(serve().configuration).toBeUndefined();
  });

  it('amped.json in the current directory', () => {
    write('amped.json', { port: 81 });
    write('serve.json', { public: 'public' });
    write('public/amped.json', { port: 82 });
    expect(serve('public')).toMatchObject({
      options: { port: 81, root: join(directory, 'public') },
      configuration: { file: 'amped.json' },
    });
  });

  it('the one that is asked for', () => {
    write('amped.json', { port: 81 });
    write('other/mine.json', { port: 83, root: '../public' });
    for (const argv of [
      ['-c', 'other/mine.json'],
      ['--config=other/mine.json'],
      ['-c', 'x', '-c', 'other/mine.json'],
    ]) {
      expect(serve(...argv)).toMatchObject({
        options: { port: 83, root: join(directory, 'public') },
        configuration: { file: 'other/mine.json' },
      });
    }
  });

  it('serve.json in the directory that is served', () => {
    write('public/serve.json', { public: 'inner' });
    expect(serve('public')).toMatchObject({
      options: { root: join(directory, 'public/inner') },
      configuration: { file: 'public/serve.json' },
    });
    expect(serve().configuration).toBeUndefined();
  });

  it('a serve.json that is asked for, with DIR as where its paths begin', () => {
    write('settings/serve.json', { public: 'inner' });
    expect(serve('public', '-c', 'settings/serve.json').options.root).toBe(join(directory, 'public/inner'));
  });

  it('one that clients can read is noted', () => {
    const note =
      'amped.json is in the directory that is served, where everybody can read it; it is better kept outside.';
    write('amped.json', { port: 81 });
    expect(serve().configuration?.notes).toEqual([note]);
    expect(serve('public').configuration?.notes).toEqual([]);
    write('public/.amped/x.json', {});
    expect(serve('public', '-c', 'public/.amped/x.json').configuration?.notes).toEqual([
      note.replace('amped.json', 'public/.amped/x.json'),
    ]);
    write('public/serve.json', {});
    expect(serve('public', '-c', 'public/serve.json').configuration?.notes).toEqual([]);
  });

  it('whatever byte order mark is in front', () => {
    write('amped.json', '\uFEFF{"port": 81}');
    expect(serve().options.port).toBe(81);
  });
});

describe('what wins', () => {
  it('the command line over the environment, that over the file, and the file over the defaults', () => {
    write('amped.json', { port: 81, host: '::1', root: 'public', workers: 3, model: 'thread' });
    const environment = { PORT: '82', HOST: '::' };
    expect(resolveOptions([], {})).toMatchObject({ port: 81, host: '::1', root: join(directory, 'public') });
    expect(resolveOptions([], environment)).toMatchObject({ port: 82, host: '::', workers: 3 });
    expect(resolveOptions(['-p', '83', '--workers', '4'], environment)).toMatchObject({ port: 83, workers: 4 });
    expect(resolveOptions(['.'], {}).root).toBe(directory);
    expect(resolveOptions(['-l', '84'], {})).toMatchObject({ listen: ['84'], port: 81, host: '::1' });
  });

  it('sizes and times have their units, numbers and words are themselves', () => {
    write('amped.json', {
      $schema: './amped.schema.json',
      root: 'public',
      cacheBytes: '64MiB',
      cachedFileBytes: 4096,
      headerTimeout: '500ms',
      drainTimeout: '0',
      loops: 'auto',
      disk: 'blocking',
      inject: 'disk-latency=20ms',
    });
    expect(serve().options).toMatchObject({
      cacheBytes: 67_108_864,
      cachedFileBytes: 4096,
      headerTimeoutMilliseconds: 500,
      drainTimeoutMilliseconds: 0,
      disk: 'blocking',
      inject: { diskLatencyMilliseconds: 20 },
    });
    expect(serve().options.loops).toBeGreaterThan(0);
  });
});

describe('what is wrong is one sentence with its line', () => {
  it.each([
    ['{\n  "hedaerTimeout": "1s"\n}', 'amped.json:2: There is no option hedaerTimeout; did you mean headerTimeout?'],
    ['{"xyzzy": 1}', 'amped.json:1: There is no option xyzzy; amped --help lists them all, as --flags.'],
    ['{"header-timeout": "1s"}', 'amped.json:1: There is no option header-timeout; did you mean headerTimeout?'],
    ['{\n\n  "port": 99999\n}', 'amped.json:3: port must be a whole number from 0 to 65535, not 99999.'],
    ['{"port": "80"}', 'amped.json:1: port must be a whole number from 0 to 65535, not "80".'],
    [
      '{"headerTimeout": 20}',
      'amped.json:1: headerTimeout must be a time from 1ms to 1h with its unit (such as 500ms, 20s or 5min), not 20.',
    ],
    ['{"sharedCache": "true"}', 'amped.json:1: sharedCache must be true or false, not "true".'],
    ['{"model": null}', 'amped.json:1: model must be one of event, process, thread, not null.'],
    ['[]', 'amped.json:1: There must be an object in braces.'],
    ['{"port": 80,\n}', 'amped.json:2:1: a key in double quotes is missing.'],
    ['{"port": 80,\n"port": 81}', 'amped.json:2:1: port is there already, in line 1.'],
  ])('%j', (text, sentence) => {
    write('amped.json', text);
    expect(() => serve()).toThrow(new OptionError(sentence));
  });

  it('a directory that is none is named as it was looked for', () => {
    write('sub/my.json', '{\n"root": "absent"}');
    const sentence = `sub/my.json:2: root must be an existing directory, not "${join(directory, 'sub/absent')}".`;
    expect(() => serve('-c', 'sub/my.json')).toThrow(new OptionError(sentence));
  });

  it('two that do not go together are named, each where it is', () => {
    write('amped.json', '{\n"model": "thread",\n"dispatcher": "epoll"\n}');
    expect(() => serve()).toThrow(/^dispatcher \(amped\.json:3\) goes with model \(amped\.json:2\) event only; /);
    write('amped.json', '{\n"dispatcher": "epoll"\n}');
    expect(() => serve('--model', 'thread')).toThrow(/^dispatcher \(amped\.json:2\) goes with --model event only; /);
  });

  it('a file that cannot be read', () => {
    expect(() => serve('-c', 'absent.json')).toThrow(new OptionError('--config absent.json cannot be read (ENOENT).'));
    mkdirSync(join(directory, 'amped.json'));
    expect(() => serve()).toThrow(new OptionError('The configuration amped.json cannot be read (EISDIR).'));
  });

  it('but not when only help is asked for', () => {
    write('amped.json', '{');
    expect(readCommandLine(['--help'], {})).toEqual({ command: 'help' });
  });
});

describe('--print-config', () => {
  const HASH = `$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`;

  function printedFor(...argv: readonly string[]): string {
    const asked = readCommandLine([...argv, '--print-config'], {});
    if (asked.command !== 'print-config') throw new Error(asked.command);
    return asked.text;
  }

  it('prints what has been set, and the same comes of it', () => {
    const argv = ['public', '-l', '[::1]:8080', '--cache-bytes', '3000000', '--header-timeout', '90s', '--loops', '3'];
    const printed = printedFor(...argv);
    expect(JSON.parse(printed)).toEqual({
      root: join(directory, 'public'),
      listen: ['[::1]:8080'],
      loops: 3,
      cacheBytes: 3_000_000,
      headerTimeout: '90s',
    });
    const before = resolveOptions(argv, {});
    write('amped.json', printed);
    expect(resolveOptions([], {})).toEqual(before);
  });

  it('prints no hash of a password: the path of their file, from which the same comes', () => {
    write('users', `ada:${HASH}`);
    const argv = ['public', '--auth-file', 'users'];
    const printed = printedFor(...argv);
    expect(printed).not.toContain('scrypt');
    expect(JSON.parse(printed)).toMatchObject({ users: join(directory, 'users') });
    const before = resolveOptions(argv, {});
    expect(before.users).toEqual([{ name: 'ada', hash: HASH }]);
    write('amped.json', printed);
    expect(resolveOptions([], {})).toEqual(before);
    expect(printedFor()).toBe(printed);
  });

  it('and of users in a list the names, which nobody is served with', () => {
    write('amped.json', JSON.stringify({ users: [{ name: 'ada', hash: HASH }] }));
    const printed = printedFor();
    expect(JSON.parse(printed)).toEqual({ users: [{ name: 'ada', hash: '(not printed)' }] });
    write('amped.json', printed);
    expect(() => resolveOptions([], {})).toThrow(/^amped\.json:2: users must be a file with a line NAME:HASH/);
  });
});
