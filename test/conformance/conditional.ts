/** Conditional requests: the whole table of RFC 9110 section 13.2.2, dates and entity tags in all their forms. */
import { beforeAll, expect, it } from 'vitest';
import { OLD_TIME } from './fixture.js';
import { exchange, fetchOnce, type Response, request } from './raw-client.js';
import type { Running } from './running.js';

const PATH = '/old.txt';
const date = (time: number) => new Date(time * 1000).toUTCString();
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three forms of RFC 9110 section 5.6.7. */
function dateForms(time: number): string[] {
  const imf = date(time);
  const [day, number, month, year, clock] = imf.replace(',', '').split(' ') as [string, string, string, string, string];
  const weekday = WEEKDAYS.find((name) => name.startsWith(day));
  const asctime = `${day} ${month} ${String(Number(number)).padStart(2, ' ')} ${clock} ${year}`;
  return [imf, `${weekday}, ${number}-${month}-${year.slice(2)} ${clock} GMT`, asctime];
}

/** What a field may be in a row of the table: its value, and whether its condition holds. */
type Condition = readonly [value: string, holds: boolean] | undefined;

export function conditional(running: Running): void {
  let tag = '';
  beforeAll(async () => {
    tag = (await fetchOnce(running.port, PATH)).field('etag') ?? '';
  });

  const status = async (fields: readonly string[], path = PATH, method = 'GET') =>
    (await fetchOnce(running.port, path, fields, { method })).status;

  it('RFC 9110 8.8.3: the entity tag is strong', () => {
    expect(tag).toMatch(/^"[\x21\x23-\x7e]+"$/);
  });

  it('RFC 9110 13.2.2: every combination of the four conditions has the answer of the table', async () => {
    const matches: Condition[] = [undefined, [tag, true], ['"other"', false], ['*', true], [`W/${tag}`, false]];
    const unmodifieds: Condition[] = [
      undefined,
      [date(OLD_TIME), true],
      [date(OLD_TIME + 9), true],
      [date(OLD_TIME - 9), false],
    ];
    const noneMatches: Condition[] = [undefined, [tag, false], ['"other"', true], ['*', false], [`W/${tag}`, false]];
    const modifieds: Condition[] = [
      undefined,
      [date(OLD_TIME - 9), true],
      [date(OLD_TIME), false],
      [date(OLD_TIME + 9), false],
    ];
    const rows: { bytes: string; method: string; expected: number }[] = [];
    for (const method of ['GET', 'HEAD']) {
      for (const match of matches) {
        for (const unmodified of unmodifieds) {
          for (const noneMatch of noneMatches) {
            for (const modified of modifieds) {
              const fields = [
                modified && `If-Modified-Since: ${modified[0]}`,
                noneMatch && `If-None-Match: ${noneMatch[0]}`,
                unmodified && `If-Unmodified-Since: ${unmodified[0]}`,
                match && `If-Match: ${match[0]}`,
              ].filter((field): field is string => field !== undefined);
              const precondition = match ?? unmodified;
              const validation = noneMatch ?? modified;
              const expected = precondition?.[1] === false ? 412 : validation?.[1] === false ? 304 : 200;
              rows.push({ bytes: request(PATH, fields, { method }), method, expected });
            }
          }
        }
      }
    }
    const responses = await exchange(
      running.port,
      rows.map(({ bytes }) => bytes).join(''),
      rows.map(({ method }) => method),
    );
    responses.forEach((response, index) => {
      const row = rows[index] as (typeof rows)[number];
      expect(response.status, row.bytes).toBe(row.expected);
      if (row.expected === 200 && row.method === 'GET') expect(response.body.toString()).toBe('old\n');
      if (row.expected === 304) expectNotModified(response);
    });
  });

  function expectNotModified(response: Response): void {
    expect(response.field('etag')).toBe(tag);
    expect(response.field('date')).toBeDefined();
    expect(response.body.length).toBe(0);
    expect(response.field('content-length') ?? '4').toBe('4');
  }

  it('RFC 9110 5.6.7: dates are understood in their three forms', async () => {
    for (const form of dateForms(OLD_TIME)) expect(await status([`If-Modified-Since: ${form}`]), form).toBe(304);
    for (const form of dateForms(OLD_TIME - 1)) expect(await status([`If-Modified-Since: ${form}`]), form).toBe(200);
    for (const form of dateForms(OLD_TIME - 1)) expect(await status([`If-Unmodified-Since: ${form}`]), form).toBe(412);
    // asctime pads a day of one digit with a space.
    const [, , asctime] = dateForms(Date.UTC(2020, 0, 3, 1, 2, 3) / 1000);
    expect(await status([`If-Modified-Since: ${asctime}`])).toBe(304);
  });

  it('RFC 9110 13.1.3, 13.1.4: what is no date is ignored', async () => {
    for (const value of [
      '',
      '0',
      '-1',
      'now',
      'yesterday',
      '1577934245',
      '2020-01-02T03:04:05Z',
      'Thu, 32 Jan 2020 03:04:05 GMT',
      'Thu, 02 Foo 2020 03:04:05 GMT',
      'Thu, 02 Jan 2020 25:04:05 GMT',
      'Thu, 02 Jan 2020 03:04:05',
      'Thu, 30 Feb 2040 03:04:05 GMT',
      '"quoted"',
      date(OLD_TIME).slice(0, -1),
      `${date(OLD_TIME)}x`,
      'a'.repeat(1000),
    ]) {
      expect(await status([`If-Modified-Since: ${value}`]), value).toBe(200);
      expect(await status([`If-Unmodified-Since: ${value}`]), value).toBe(200);
    }
  });

  it('RFC 9110 13.1.3: dates long after and long before now are dates', async () => {
    expect(await status(['If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT'])).toBe(304);
    expect(await status(['If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT'])).toBe(200);
    expect(await status(['If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT'])).toBe(412);
  });

  it('RFC 9110 13.1.1, 13.1.2: lists of entity tags match by any member', async () => {
    for (const list of [
      `"a", ${tag}`,
      `${tag}, "a"`,
      `"a",${tag},"b"`,
      `"a" , W/"b" ,\t${tag}`,
      `, ,${tag},`,
      `"a,b", ${tag}`,
      `"", ${tag}`,
    ]) {
      expect(await status([`If-None-Match: ${list}`]), list).toBe(304);
      expect(await status([`If-Match: ${list}`]), list).toBe(200);
    }
    for (const list of [
      '"a", "b"',
      `"${tag.slice(1, -1)}x"`,
      `"x${tag.slice(1, -1)}"`,
      '"*"',
      '""',
      tag.toUpperCase() === tag ? '"z"' : tag.toUpperCase(),
    ]) {
      expect(await status([`If-None-Match: ${list}`]), list).toBe(200);
      expect(await status([`If-Match: ${list}`]), list).toBe(412);
    }
  });

  it('RFC 9110 5.3: two If-None-Match fields are one list', async () => {
    expect(await status(['If-None-Match: "a"', `If-None-Match: ${tag}`])).toBe(304);
    expect(await status([`If-None-Match: ${tag}`, 'If-None-Match: "a"'])).toBe(304);
  });

  it('RFC 9110 8.8.3: what is no list of entity tags fails nothing but the request', async () => {
    for (const list of [
      '',
      'unquoted',
      '"open',
      tag.slice(0, -1),
      tag.slice(1),
      `w/${tag}`,
      '"a" "b"',
      'W/',
      '*, "a"',
    ]) {
      expect([200, 304, 400], list).toContain(await status([`If-None-Match: ${list}`]));
      expect([200, 400, 412], list).toContain(await status([`If-Match: ${list}`]));
    }
  });

  it('RFC 9110 13.2.1: conditions are ignored where the answer would be neither 2xx nor 412 without them', async () => {
    const fields = ['If-None-Match: *', 'If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT'];
    expect(await status(fields, '/nothing-here')).toBe(404);
    expect(await status(['If-Match: *'], '/nothing-here')).toBe(404);
    expect([301, 308]).toContain(await status(fields, '/sub'));
    expect([301, 308]).toContain(await status(['If-Match: "no"'], '/sub'));
    expect(await status(fields, PATH, 'DELETE')).toBe(405);
  });

  it('RFC 9110 13.2.1, 14.2: conditions and ranges mean nothing to methods that read no file', async () => {
    const fields = ['If-Match: "no"', 'If-None-Match: *', `If-Unmodified-Since: ${date(0)}`, 'Range: bytes=0-1'];
    expect([200, 204]).toContain(await status(fields, PATH, 'OPTIONS'));
    for (const method of ['POST', 'PUT', 'PATCH']) expect(await status(fields, PATH, method), method).toBe(405);
    expect(await status(fields, PATH, 'FROB')).toBe(501);
  });

  it('RFC 9110 15.4.5: 304 has the validators of 200 and says nothing of a content that it does not have', async () => {
    const whole = await fetchOnce(running.port, PATH);
    for (const method of ['GET', 'HEAD']) {
      const response = await fetchOnce(running.port, PATH, [`If-None-Match: ${tag}`, 'Range: bytes=0-1'], { method });
      expect(response.status).toBe(304);
      for (const name of ['etag', 'last-modified', 'vary', 'cache-control']) {
        expect(response.field(name), name).toBe(whole.field(name));
      }
      for (const name of ['content-type', 'content-range', 'content-encoding']) {
        expect(response.field(name), name).toBeUndefined();
      }
    }
  });

  it('RFC 9110 13.1.2: a tag in any place of a long list matches, and a weak one too', async () => {
    const others = Array.from({ length: 200 }, (_, index) => `"${index}"`);
    for (const place of [0, 100, 199]) {
      const list = others.map((other, index) => (index === place ? `W/${tag}` : other));
      expect(await status([`If-None-Match: ${list.join(', ')}`])).toBe(304);
      expect(await status([`If-Match: ${list.join(', ')}`])).toBe(412);
    }
    expect(await status([`If-None-Match: ${others.join(',')}`])).toBe(200);
  });

  it('RFC 9110 8.8.2: validators work for files of the epoch and of the future', async () => {
    for (const path of ['/epoch.txt', '/future.txt', '/empty.txt', '/', '/large.bin']) {
      const response = await fetchOnce(running.port, path);
      expect(response.field('etag'), path).toMatch(/^"/);
      expect(await status([`If-None-Match: ${response.field('etag')}`], path), path).toBe(304);
      const modified = response.field('last-modified');
      // A time to come is not told, so it cannot be asked for either.
      if (modified === undefined || path === '/future.txt') continue;
      expect(await status([`If-Modified-Since: ${modified}`], path), path).toBe(304);
    }
    expect((await fetchOnce(running.port, '/epoch.txt')).field('last-modified')).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
  });

  it('RFC 9110 8.8.2.1: Last-Modified is never later than Date', async () => {
    const response = await fetchOnce(running.port, '/future.txt');
    const modified = response.field('last-modified');
    if (modified !== undefined)
      expect(Date.parse(modified)).toBeLessThanOrEqual(Date.parse(response.field('date') as string));
  });
}
