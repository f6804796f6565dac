/** The block that the command prints, with and without colours. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/cli/explain.js';
import { unsupported } from '../../src/cli/platform.js';
import { startBlock, wantsColours } from '../../src/cli/start-block.js';
import { OptionError } from '../../src/config/option-error.js';

const facts = {
  url: 'http://127.0.0.1:3000/',
  root: '/srv/site',
  model: 'event',
  dispatcher: 'epoll',
  dispatcherReason: 'io_uring is switched off here',
} as const;

describe('the block', () => {
  it('has no control characters when plain', () => {
    expect(startBlock(facts, { dispatcher: 'epoll' }, false)).toMatch(/^[\n -~]+$/);
  });

  it('says the same in colours', () => {
    const coloured = startBlock(facts, { dispatcher: 'auto' }, true);
    expect(coloured).toContain('\x1b[');
    expect(stripVTControlCharacters(coloured)).toBe(startBlock(facts, { dispatcher: 'auto' }, false));
  });

  it('gives the reason only for what was chosen', () => {
    expect(startBlock(facts, { dispatcher: 'auto' }, false)).toContain('epoll (auto: io_uring is switched off here)\n');
    expect(startBlock(facts, { dispatcher: 'epoll' }, false)).toContain('epoll\n');
  });

  it.each([
    [{ isTTY: true }, { TERM: 'xterm' }, true],
    [{ isTTY: true }, { TERM: 'xterm', NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' }, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, { TERM: 'xterm' }, false],
    [{}, { TERM: 'xterm', CI: 'true' }, false],
  ])('of %o with %o in colours: %o', (stream, environment, coloured) => {
    expect(wantsColours(stream, environment)).toBe(coloured);
  });
});

describe('an error', () => {
  it('is its sentence when it was meant for the user, and a trace when it was not', () => {
    expect(explain(new OptionError('A sentence.'))).toBe('A sentence.');
    expect(explain(new Error('A sentence.'))).toBe('A sentence.');
    expect(explain(new TypeError('x is not a function'))).toContain('start-block.test.ts');
    expect(explain('thrown text')).toBe('thrown text');
  });
});

describe('the platform', () => {
  const good = { platform: 'linux', arch: 'x64', versions: { node: '20.0.0' } } as const;

  it.each([
    [good, undefined],
    [{ ...good, arch: 'arm64' as const, versions: { node: '26.1.0' } }, undefined],
    [{ ...good, platform: 'win32' as const }, 'Amped runs on Linux only (this is win32); '],
    [{ ...good, arch: 'ia32' as const }, 'Amped runs on x64 and arm64 processors only (this is ia32).'],
    [{ ...good, versions: { node: '18.19.1' } }, 'Amped needs Node.js 20 or newer (this is 18.19.1).'],
  ])('%o: %s', (host, sentence) => {
    if (sentence === undefined) expect(unsupported(host)).toBeUndefined();
    else expect(unsupported(host)).toContain(sentence);
  });
});
