/** Entity tags, RFC 9110 8.8.3. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalStrongly, equalWeakly, isEntityTag, parseEntityTags } from '../../src/http/entity-tag.js';

describe('comparison, RFC 9110 8.8.3.2', () => {
  it.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
    ['"1"', '"2"', false, false],
  ])('of %s and %s', (one, other, strong, weak) => {
    expect(equalStrongly(one, other)).toBe(strong);
    expect(equalStrongly(other, one)).toBe(strong);
    expect(equalWeakly(one, other)).toBe(weak);
    expect(equalWeakly(other, one)).toBe(weak);
  });
});

describe('parseEntityTags, RFC 9110 13.1.1', () => {
  it.each<[string, unknown]>([
    ['*', '*'],
    ['"a"', ['"a"']],
    ['""', ['""']],
    ['W/"a"', ['W/"a"']],
    ['"a", W/"b" ,"c"', ['"a"', 'W/"b"', '"c"']],
    ['"a,b", "c"', ['"a,b"', '"c"']],
    [', "a",, ', ['"a"']],
    ['"\xe9\\"', ['"\xe9\\"']],
    ['', undefined],
    [',', undefined],
    ['a', undefined],
    ['"a', undefined],
    ['w/"a"', undefined],
    ['W/ "a"', undefined],
    ['"a" "b"', undefined],
    ['"a""b"', undefined],
    ['"a", *', undefined],
    ['*, "a"', undefined],
    ['"a b"', undefined],
    ['"a\x7f"', undefined],
    ['"a"x', undefined],
  ])('of %j is %j', (text, tags) => expect(parseEntityTags(text)).toEqual(tags));

  it('never throws, and every tag that it gives is one', () => {
    const piece = fc.constantFrom('"', 'W/', 'a', ',', ' ', '*', '\t', '"x"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const tags = parseEntityTags(pieces.join(''));
        if (Array.isArray(tags)) for (const tag of tags) expect(isEntityTag(tag)).toBe(true);
      }),
    );
  });
});

describe('isEntityTag', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['a', false],
    ['"', false],
    ['""', true],
    ['"a"b', false],
    ['', false],
  ])('of %j is %s', (text, is) => expect(isEntityTag(text)).toBe(is));
});
