/** The Common and the Combined Log Format, byte for byte. */
import { describe, expect, it } from 'vitest';
import { CommonLogFormat } from '../../src/log/common-log-format.js';
import { lineOf } from './requests.js';

const LINE = 'GET /a?b HTTP/1.1';
/** 2023-11-14 22:13:20 in UTC, whatever the zone of this machine. */
const TIME = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]/;

/** The line with its time taken out, which must be that of the outcome. */
function timeless(line: string, second = 1_700_000_000): string {
  const [, day, month, year, time, zone] = TIME.exec(line) ?? [];
  expect(Date.parse(`${day} ${month} ${year} ${time} ${zone}`)).toBe(second * 1000);
  return line.replace(TIME, '[]');
}

describe('common', () => {
  it('is who, when, what, and what came of it', () => {
    const line = lineOf(new CommonLogFormat(false), { line: LINE, referrer: 'http://a/', agent: 'b' }, {});
    expect(timeless(line)).toBe('192.0.2.7 - - [] "GET /a?b HTTP/1.1" 200 12\n');
  });

  it('has a dash for a request line that never came', () => {
    const line = lineOf(new CommonLogFormat(false), { line: '' }, { status: 408, bytes: 0 }, '-');
    expect(timeless(line)).toBe('- - - [] "-" 408 0\n');
  });
});

describe('combined', () => {
  it('has the referrer and the user agent too', () => {
    const asked = { line: LINE, referrer: 'http://a/', agent: 'b/1 (c)' };
    expect(timeless(lineOf(new CommonLogFormat(true), asked, { bytes: 5_368_709_120 }, '2001:db8::1'))).toBe(
      '2001:db8::1 - - [] "GET /a?b HTTP/1.1" 200 5368709120 "http://a/" "b/1 (c)"\n',
    );
  });

  it('has dashes where there are none', () => {
    const format = new CommonLogFormat(true);
    expect(timeless(lineOf(format, { line: LINE }, {}))).toContain(' 200 12 "-" "-"\n');
    expect(timeless(lineOf(format, { line: LINE, referrer: '', agent: '' }, {}))).toContain(' 200 12 "-" "-"\n');
  });

  it('cannot be broken by what a client says, nor made long', () => {
    const asked = { line: `GET /"\n HTTP/1.1`, referrer: '" 200 "\r\n'.repeat(999), agent: '\xff'.repeat(9999) };
    const line = lineOf(new CommonLogFormat(true), asked, {});
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(line.split('"')).toHaveLength(7);
    expect(line.length).toBeLessThan(2200);
    expect(lineOf(new CommonLogFormat(true), { line: 'x'.repeat(9999) }, {}).length).toBeLessThan(4300);
  });

  it('says the time of each line', () => {
    const format = new CommonLogFormat(true);
    for (const second of [1_700_000_000, 1_700_000_001, 1_690_000_000]) {
      timeless(lineOf(format, { line: LINE }, { now: second * 1000 + 999 }), second);
    }
  });
});
