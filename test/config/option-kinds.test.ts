/** Each kind of value: what text means, what is allowed, and that writing and reading agree. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, choice, integer, type Kind, milliseconds, text } from '../../src/config/option-kinds.js';

/** What a text means and is allowed to mean, or undefined. */
function take<Value>(kind: Kind<Value>, written: string): Value | undefined {
  const value = kind.read(written);
  return value !== undefined && kind.accepts(value) ? value : undefined;
}

describe('a whole number', () => {
  const port = integer('PORT', 0, 65_535);

  it.each([
    ['0', 0],
    ['3000', 3000],
    ['65535', 65_535],
    ['00080', 80],
  ])('reads %j', (written, value) => {
    expect(take(port, written)).toBe(value);
  });

  it.each(['', '-1', '65536', '1.5', '1e3', '0x10', ' 80', '80 ', 'http', '٣', '99999999999999999999'])(
    'refuses %j',
    (written) => {
      expect(take(port, written)).toBeUndefined();
    },
  );

  it.each([Number.NaN, Infinity, 1.5, -1, '80', null, 80n, [80]])('does not accept %o', (value) => {
    expect(port.accepts(value)).toBe(false);
  });
});

describe('bytes', () => {
  const limit = bytes(1024, 1024 ** 3);

  it.each([
    ['4096', 4096],
    ['4096B', 4096],
    ['64KiB', 65_536],
    ['64kb', 65_536],
    ['64k', 65_536],
    ['1 MiB', 1_048_576],
    ['1GiB', 1_073_741_824],
  ])('reads %j', (written, value) => {
    expect(take(limit, written)).toBe(value);
  });

  it.each(['', '1023', '1GiB1', '2GiB', 'KiB', '1.5MiB', '-64KiB', '64XiB', '999999999999999GiB'])(
    'refuses %j',
    (written) => {
      expect(take(limit, written)).toBeUndefined();
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: 1024 ** 3 }), (value) => {
        expect(take(limit, limit.write(value))).toBe(value);
      }),
    );
    expect(limit.write(1024 ** 2)).toBe('1MiB');
    expect(limit.write(1536)).toBe('1536');
  });
});

describe('a time', () => {
  const timeout = milliseconds(0, 3_600_000);

  it.each([
    ['0', 0],
    ['500ms', 500],
    ['20s', 20_000],
    ['20 S', 20_000],
    ['5min', 300_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('reads %j', (written, value) => {
    expect(take(timeout, written)).toBe(value);
  });

  it.each(['', '20', '2h', '1.5s', '-1s', '1d', 's', '20sec'])('refuses %j', (written) => {
    expect(take(timeout, written)).toBeUndefined();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_600_000 }), (value) => {
        expect(take(timeout, timeout.write(value))).toBe(value);
      }),
    );
    expect(timeout.write(60_000)).toBe('60s');
  });
});

describe('a choice', () => {
  it('is one of its words, as it is spelt', () => {
    const dispatcher = choice('NAME', ['auto', 'epoll']);
    expect(take(dispatcher, 'epoll')).toBe('epoll');
    expect(take(dispatcher, 'EPOLL')).toBeUndefined();
    expect(take(dispatcher, '')).toBeUndefined();
    expect(take(dispatcher, 'toString')).toBeUndefined();
    expect(dispatcher.expected).toBe('one of auto, epoll');
    expect(choice('NAME', ['event']).expected).toBe('event');
  });
});

describe('text', () => {
  it('is tested after it is rewritten, and is never empty', () => {
    const lower = text(
      'WORD',
      'a word',
      (value) => /^[a-z]+$/.test(value),
      (value) => value.toLowerCase(),
    );
    expect(take(lower, 'WORD')).toBe('word');
    expect(take(lower, 'two words')).toBeUndefined();
    expect(take(lower, '')).toBeUndefined();
    expect(lower.accepts(1)).toBe(false);
  });
});
