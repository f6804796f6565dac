/** What is written must be what JSON.stringify makes of it; what need not be put together is not. */
import { expect, it } from 'vitest';
import { jsonText, PiecedText } from '../../src/app/json-text.js';

const LONG = 'long text, '.repeat(20_000);

class Own {
  text = LONG;
}

const VALUES: { readonly [name: string]: readonly [value: unknown, pieces: number] } = {
  'a long string': [{ text: LONG }, 3],
  'several, and others': [{ 2: LONG, a: 1, text: LONG, none: undefined, 1: 'first' }, 5],
  'in an array with a hole': [Object.assign(new Array(4), { 0: 1, 2: LONG }), 3],
  'under __proto__': [JSON.parse(`{"__proto__":"${LONG}","z":1}`), 3],
  'beside one that says itself what it is': [{ text: LONG, other: { toJSON: (name: string) => `of ${name}` } }, 3],
  'in what says itself what it is': [{ text: LONG, toJSON: () => 5 }, 0],
  'of a class': [new Own(), 0],
  deeper: [{ a: { text: LONG } }, 0],
  'a quote in it': [{ text: `${LONG}"` }, 0],
  'a backslash in it': [{ text: `${LONG}\\` }, 0],
  'a control character in it': [{ text: `${LONG}\u001f` }, 0],
  'other characters than ASCII': [{ text: `${LONG}é`, other: `${LONG}€`, half: `${LONG}\ud800` }, 0],
  'a string alone': [LONG, 0],
  'nothing long': [{ text: 'short' }, 0],
};

it.each(Object.entries(VALUES))('%s', (_name, [value, pieces]) => {
  const text = jsonText(value);
  const whole = text instanceof PiecedText ? text.whole : text;
  expect(whole === JSON.stringify(value)).toBe(true);
  expect(text instanceof PiecedText ? text.pieces.length : 0).toBe(pieces);
});

it('fails as JSON.stringify does', () => {
  const circle: Record<string, unknown> = { text: LONG };
  circle.itself = circle;
  expect(() => jsonText(circle)).toThrow(/circular/);
  expect(() => jsonText({ text: LONG, number: 1n })).toThrow(TypeError);
  expect(jsonText(() => 1)).toBeUndefined();
});
