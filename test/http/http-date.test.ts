/** HTTP dates in the three formats of RFC 9110 5.6.7. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATE_BYTES, formatDate, parseDate, writeDate } from '../../src/http/http-date.js';

const SECOND = 784_111_777;
const NOW = Date.UTC(2026, 5, 15, 12) / 1000;
const at = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / 1000;

describe('formatDate', () => {
  it('writes IMF-fixdate', () => {
    expect(formatDate(SECOND)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(formatDate(0)).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
    expect(formatDate(-1)).toBe('Wed, 31 Dec 1969 23:59:59 GMT');
    expect(formatDate(SECOND)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(() => formatDate(1e12)).toThrow(RangeError);
    expect(() => formatDate(Number.NaN)).toThrow(RangeError);
  });

  it('agrees with toUTCString, and is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (second) => {
        expect(formatDate(second)).toBe(new Date(second * 1000).toUTCString());
        expect(parseDate(formatDate(second), NOW)).toBe(second);
      }),
    );
  });

  it('writes its bytes in place', () => {
    const bytes = new Uint8Array(DATE_BYTES + 2).fill(1);
    writeDate(bytes, 1, SECOND);
    expect(String.fromCharCode(...bytes)).toBe('\x01Sun, 06 Nov 1994 08:49:37 GMT\x01');
  });
});

describe('parseDate', () => {
  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'reads %s',
    (text) => expect(parseDate(text, NOW)).toBe(SECOND),
  );

  it('takes a year of two digits more than 50 years ahead as in the past', () => {
    const wednesday = (day: string): number | undefined => parseDate(`${day} 00:00:00 GMT`, NOW);
    expect(wednesday('Wednesday, 01-Jan-76')).toBe(at(2076, 1, 1));
    expect(wednesday('Monday, 15-Jun-76')).toBe(at(2076, 6, 15));
    expect(wednesday('Wednesday, 16-Jun-76')).toBe(at(1976, 6, 16));
    expect(wednesday('Saturday, 01-Jan-77')).toBe(at(1977, 1, 1));
    expect(wednesday('Saturday, 01-Jan-00')).toBe(at(2000, 1, 1));
    expect(wednesday('Friday, 31-Dec-99')).toBe(at(1999, 12, 31));
    expect(parseDate('Friday, 01-Jan-10 00:00:00 GMT', at(1970, 1, 2))).toBe(at(2010, 1, 1));
  });

  it('takes a leap second as the one after it', () => {
    expect(parseDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(at(2017, 1, 1));
  });

  it.each([
    '',
    'Mon, 06 Nov 1994 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nob 1994 08:49:37 GMT',
    'Wed, 30 Feb 1994 08:49:37 GMT',
    'Wed, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Monday, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Noday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov 06 08:49:37 1994 GMT',
    'Mon Nov  6 08:49:37 1994',
    '784111777',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('refuses %j', (text) => expect(parseDate(text, NOW)).toBeUndefined());

  it('never throws', () => {
    const piece = fc.constantFrom(
      'Sun',
      'Sunday',
      ', ',
      ' ',
      '06',
      '-',
      'Nov',
      '94',
      '1994',
      '08:49:37',
      ' GMT',
      '99',
      'Feb',
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => void parseDate(pieces.join(''), NOW)));
  });
});
