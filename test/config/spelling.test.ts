/** What was meant by a misspelt word. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/config/spelling.js';

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['port', 'port', 0],
    ['prot', 'port', 1],
    ['pot', 'port', 1],
    ['ports', 'port', 1],
    ['part', 'port', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('from %j to %j is %i', (from, to, edits) => {
    expect(editDistance(from, to)).toBe(edits);
  });

  it('is the same both ways, and 0 only for equal words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (one, other) => {
        expect(editDistance(one, other)).toBe(editDistance(other, one));
        expect(editDistance(one, other) === 0).toBe(one === other);
        expect(editDistance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });
});

describe('the nearest word', () => {
  it('is the closest one', () => {
    expect(nearest('--prot', ['--port', '--host'])).toBe('--port');
    expect(nearest('--hots', ['--port', '--host'])).toBe('--host');
  });

  it('is none when nothing is close', () => {
    expect(nearest('--colour', ['--port', '--host'])).toBeUndefined();
    expect(nearest('', ['--port'])).toBeUndefined();
  });
});
