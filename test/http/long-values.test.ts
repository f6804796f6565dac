/**
 * No field value, however it is made, costs more than its length: what is read by a pattern that may try again is a way to
 * keep a whole server busy with one request. Each reader is given the longest value that a head can have, made of every
 * piece that means something to it.
 */
import { expect, it } from 'vitest';
import { parseEntityTags } from '../../src/http/entity-tag.js';
import { parseDate } from '../../src/http/http-date.js';
import { DEFAULT_HEADER_BYTES } from '../../src/http/limits.js';
import { parseRange } from '../../src/http/range.js';

/** One that tries again at each byte takes seconds; one pass less than 5 ms. Counted as processor time, whoever else runs. */
const MOST_MILLISECONDS = 250;

const PIECES = [
  ' ',
  '\t',
  ',',
  ' ,',
  '"',
  '"a",',
  '"a" ',
  'W/',
  'W/"a", ',
  '0',
  '-',
  '0-',
  '0-0,',
  ' 0-0 ,',
  '=',
  ';',
  'a',
  '*',
  '\xe9',
  'Sun ',
];
const BEGINNINGS = ['', 'bytes=', 'bytes=0-', '"a"', '"', 'Sun, ', 'x'];
const ENDS = ['', 'x', ',x', '"', '0-0'];

const READERS: readonly (readonly [string, (value: string) => unknown])[] = [
  ['Range', (value) => parseRange(value, 1000)],
  ['entity tags', parseEntityTags],
  ['a date', (value) => parseDate(value, 0)],
];

for (const [name, read] of READERS) {
  it(`${name} is read in one pass, whatever it is made of`, () => {
    const slow: string[] = [];
    for (const beginning of BEGINNINGS) {
      for (const piece of PIECES) {
        const middle = piece.repeat(Math.floor(DEFAULT_HEADER_BYTES / piece.length));
        for (const end of ENDS) {
          const before = process.cpuUsage().user;
          read(beginning + middle + end);
          const milliseconds = (process.cpuUsage().user - before) / 1000;
          if (milliseconds > MOST_MILLISECONDS)
            slow.push(`${JSON.stringify([beginning, piece, end])}: ${milliseconds} ms`);
        }
      }
    }
    expect(slow).toEqual([]);
  });
}
