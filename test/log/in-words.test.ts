/** Whatever is thrown has words, and none of them can throw anew. */
import { expect, it } from 'vitest';
import { inWords, messageOf } from '../../src/log/in-words.js';

it('an error has its stack, what caused it, and those that it stands for', () => {
  const inner = new Error('inner');
  const outer = new AggregateError([new Error('one'), 'two'], 'outer', { cause: inner });
  const words = inWords(outer);
  expect(words).toMatch(/^AggregateError: outer\n {4}at /);
  expect(words).toMatch(
    /\nbecause of Error: inner\n {4}at [\s\S]*\namong them Error: one\n {4}at [\s\S]*\namong them two$/,
  );
});

it('one that is its own cause, or has causes without end, comes to an end', () => {
  const own = new Error('own') as Error & { cause: unknown };
  own.cause = own;
  expect(inWords(own)).toMatch(/because of \.\.\.$/);
  let last = new Error('first');
  for (let count = 0; count < 1000; count++) last = new Error(`number ${count}`, { cause: last });
  expect(inWords(last).match(/because of/g)).toHaveLength(16);
});

it('what is no error is shown as it is', () => {
  expect(inWords({ code: 7 })).toBe('{ code: 7 }');
  expect(inWords('text')).toBe('text');
  expect(inWords(null)).toBe('null');
  expect(inWords(Symbol('s'))).toBe('Symbol(s)');
  expect(inWords(undefined)).toBe('undefined, which gives no reason');
  expect(inWords({ name: 'OwnError', message: 'like an error' })).toBe('OwnError: like an error');
  expect(inWords(new DOMException('of the platform', 'DataError'))).toMatch(/^DataError: of the platform/);
});

const throwing = (): never => {
  throw new Error('asked');
};

it.each([
  ['has no prototype', Object.create(null)],
  ['throws when it is asked', new Proxy(new Error('hidden'), { get: throwing, getPrototypeOf: throwing })],
  ['throws for its stack', Object.defineProperty(new Error('hidden'), 'stack', { get: throwing })],
  ['throws for its cause', Object.defineProperty(new Error('hidden'), 'cause', { get: throwing })],
  ['throws when it is shown', { [Symbol.for('nodejs.util.inspect.custom')]: throwing }],
])('one that %s does no harm', (_what, thrown) => {
  expect(inWords(thrown)).not.toBe('');
  expect(messageOf(thrown)).not.toBe('');
});

it('a message is an error’s own, or else the words for it', () => {
  expect(messageOf(new Error('a sentence'))).toBe('a sentence');
  expect(messageOf({ code: 7 })).toBe('{ code: 7 }');
});
