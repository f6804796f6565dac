/** The table of options, and whole options made from some of them. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Option } from '../../src/config/option.js';
import { OptionError } from '../../src/config/option-error.js';
import { completeOptions, defaultOptions, OPTION_NAMES, OPTIONS } from '../../src/config/options.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-options-'));
  writeFileSync(join(directory, 'file'), '');
  symlinkSync(directory, join(directory, 'link'));
  symlinkSync('loop', join(directory, 'loop'));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('the table', () => {
  it.each(OPTION_NAMES)('%s has a default of its kind, a description and a placeholder', (name) => {
    const { kind, initial, description }: Option<unknown> = OPTIONS[name];
    expect(kind.accepts(initial)).toBe(true);
    expect(kind.placeholder).toMatch(/^[A-Z]*$/);
    expect(kind.expected).not.toBe('');
    expect(description).toMatch(/^[a-z].*[^.]$/);
  });

  it.each(OPTION_NAMES.filter((name) => name !== 'root'))('%s reads back its default as written', (name) => {
    const { kind, initial }: Option<unknown> = OPTIONS[name];
    expect(kind.read(kind.write(initial))).toEqual(initial);
  });

  it('gives no flag, letter or variable twice', () => {
    const rows = OPTION_NAMES.map((name): Option<unknown> => OPTIONS[name]);
    for (const names of [
      rows.map((row) => row.flag),
      rows.map((row) => row.short),
      rows.map((row) => row.environment),
    ]) {
      const given = names.filter((name) => name !== undefined);
      expect(new Set(given).size).toBe(given.length);
    }
  });

  it('names the unit of every size and time', () => {
    for (const name of OPTION_NAMES) {
      const { placeholder } = OPTIONS[name].kind;
      if (placeholder === 'BYTES') expect(name).toMatch(/Bytes$/);
      if (placeholder === 'TIME') expect(name).toMatch(/Milliseconds$/);
    }
  });
});

describe('whole options', () => {
  it('are the defaults when nothing is said, with an absolute directory', () => {
    expect(completeOptions({})).toEqual({ ...defaultOptions(), root: process.cwd() });
    expect(defaultOptions()).toMatchObject({ port: 3000, host: '127.0.0.1', model: 'event', dispatcher: 'auto' });
  });

  it('keep what was said', () => {
    const options = completeOptions({ root: directory, port: 0, headerTimeoutMilliseconds: 50 });
    expect(options).toMatchObject({ root: resolve(directory), port: 0, headerTimeoutMilliseconds: 50 });
  });

  it('take undefined for not said', () => {
    expect(completeOptions({ port: undefined } as never).port).toBe(3000);
  });

  it('may have a directory that is reached through a link', () => {
    expect(completeOptions({ root: join(directory, 'link') }).root).toBe(join(directory, 'link'));
  });

  it.each([
    [{ port: '3000' }, 'port must be a whole number from 0 to 65535, not "3000".'],
    [{ port: 1.5 }, 'port must be a whole number from 0 to 65535, not 1.5.'],
    [{ port: null }, 'port must be a whole number from 0 to 65535, not null.'],
    [{ port: Symbol('x') }, 'port must be a whole number from 0 to 65535, not Symbol(x).'],
    [{ port: 80n }, 'port must be a whole number from 0 to 65535, not 80n.'],
    [{ host: '' }, 'host must be an IP address or a host name, not "".'],
    [{ host: ['::'] }, "host must be an IP address or a host name, not [ '::' ]."],
    [{ model: 'fiber' }, 'model must be one of event, process, thread, not "fiber".'],
    [{ sharedCache: 1 }, 'sharedCache must be true or false, not 1.'],
    [{ loops: 0 }, 'loops must be a whole number from 1 to 256, or auto, not 0.'],
    [
      { inject: { rain: 1 } },
      'inject must be a list of worker-throw=TIME, disk-latency=TIME, disk-error=PERCENT and helper-crash=PERCENT (such as disk-latency=20ms,disk-error=1%), not { rain: 1 }.',
    ],
    [{ dispatcher: 'kqueue' }, 'dispatcher must be one of auto, select, poll, epoll, io_uring, not "kqueue".'],
    [{ root: 1 }, 'root must be an existing directory, not 1.'],
    [
      { cacheBytes: 1_048_576, cachedFileBytes: 2_097_152 },
      'cachedFileBytes must be at most 1MiB, which is cacheBytes, not 2MiB.',
    ],
  ])('are refused for %o', (some, sentence) => {
    expect(() => completeOptions(some as never)).toThrow(new OptionError(sentence));
  });

  it.each(['prot', 'toString', '__proto__', 'constructor'])('have no option %s', (name) => {
    const some = JSON.parse(`{ "${name}": 1 }`);
    expect(() => completeOptions(some)).toThrow(`There is no option ${name}; the options are root, port, `);
  });

  it.each(['absent', 'file', 'file/', 'loop', 'link/absent'])('do not serve %s', (name) => {
    const root = join(directory, name);
    expect(() => completeOptions({ root })).toThrow(`root must be an existing directory, not "${resolve(root)}".`);
  });

  it('do not serve a path with a NUL in it', () => {
    expect(() => completeOptions({ root: 'a\0b' })).toThrow(OptionError);
  });

  it('are whole or one sentence, whatever is said', () => {
    const anything = fc.record(
      Object.fromEntries(
        OPTION_NAMES.map((name) => [
          name,
          fc.oneof(fc.anything({ withBigInt: true, withSparseArray: true }), fc.constant(OPTIONS[name].initial)),
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (some) => {
        try {
          expect(Object.keys(completeOptions(some as never)).sort()).toEqual([...OPTION_NAMES].sort());
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
          expect((error as Error).message).toMatch(
            /^\w+ (must be|goes with|worker-throw needs|helper-crash goes) .+\.$/s,
          );
        }
      }),
    );
  });
});
