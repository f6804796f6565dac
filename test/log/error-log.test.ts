/** The error log: levels, times, repetitions, and what happens where nobody can be told. */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErrorLog, type Level, REPEAT_MILLISECONDS, type Say, sparingly } from '../../src/log/error-log.js';

let folder: string;
let path: string;
let log: ErrorLog | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-log-'));
  path = join(folder, 'error.log');
});

afterEach(() => {
  log?.close();
  log = undefined;
  rmSync(folder, { recursive: true });
});

function open(logLevel: Level, errorLogFile = path): ErrorLog {
  log = new ErrorLog({ logLevel, errorLogFile });
  return log;
}

const text = (): string => readFileSync(path, 'utf8');

describe('a line', () => {
  it('has its time and its level', () => {
    const before = Date.now();
    open('info').say('warn', 'Something is odd.');
    const [, time, rest] = /^(\S+) (.*)\n$/.exec(text()) ?? [];
    expect(rest).toBe('warn Something is odd.');
    expect(time).toBe(new Date(time as string).toISOString());
    expect(Date.parse(time as string)).toBeGreaterThanOrEqual(before);
  });

  it('cannot be ended or coloured by what is in it, but a trace has its lines', () => {
    open('info').say('error', 'a\r\x1b[31m\x07\x9b\nat b');
    expect(text()).toMatch(/ error a\\x0D\\x1B\[31m\\x07\\x9B\nat b\n$/);
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('is there with level %s if it is as bad', (level, told) => {
    const { say } = open(level);
    for (const each of ['error', 'warn', 'info', 'debug'] as const) say(each, `${each}.`);
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[1]),
    ).toEqual(told);
  });
});

describe('the file', () => {
  it('is opened anew when it has been renamed', () => {
    const { say } = open('info');
    say('info', 'one');
    renameSync(path, `${path}.1`);
    say('info', 'two');
    log?.reopen();
    say('info', 'three');
    expect(readFileSync(`${path}.1`, 'utf8')).toMatch(/ one\n.* two\n$/);
    expect(text()).toMatch(/^\S+ info three\n$/);
  });

  it('that cannot be opened anew goes on, and says so', () => {
    const { say } = open('info');
    renameSync(path, `${path}.1`);
    path = `${path}.1`;
    renameSync(folder, `${folder}.moved`);
    try {
      log?.reopen();
      say('info', 'still here');
    } finally {
      renameSync(`${folder}.moved`, folder);
      chmodSync(folder, 0o700);
    }
    expect(text()).toMatch(
      / error The error log .* cannot be opened anew: there is no such directory.*\n.* still here\n$/,
    );
  });

  it('that cannot be opened is one sentence', () => {
    expect(() => open('info', join(folder, 'none', 'error.log'))).toThrow(
      /^The error log .* cannot be written: there is no such directory; choose another with --error-log-file\.$/,
    );
  });

  it('on a full disk harms nobody', () => {
    const { say } = open('info', '/dev/full');
    for (let time = 0; time < 3; time++) say('error', 'Nobody hears this.');
  });
});

describe('what comes again and again', () => {
  it('is told once in a while, with how often it was not', () => {
    let now = 5;
    const told: string[] = [];
    const say: Say = sparingly(
      (level, sentence) => told.push(`${level} ${sentence}`),
      () => now,
    );
    for (let time = 0; time < 100; time++) say('warn', `No descriptor ${time}.`, 'accept');
    say('warn', 'Another.', 'disk');
    say('warn', 'Always.');
    say('warn', 'Always.');
    now += REPEAT_MILLISECONDS;
    say('warn', 'No descriptor.', 'accept');
    now += REPEAT_MILLISECONDS;
    say('warn', 'No descriptor.', 'accept');
    expect(told).toEqual([
      'warn No descriptor 0.',
      'warn Another.',
      'warn Always.',
      'warn Always.',
      'warn No descriptor. (99 more like this since the last one was told.)',
      'warn No descriptor.',
    ]);
  });
});
