/** Ranges of bytes (RFC 9110 section 14) and If-Range. */
import { expect, it } from 'vitest';
import { HUGE_BYTES, HUGE_MARK, HUGE_MARK_POSITION, OLD_TIME } from './fixture.js';
import { exchange, fetchOnce, inBatches, request } from './raw-client.js';
import type { Running } from './running.js';

const SIZE = 100;
const date = (time: number) => new Date(time * 1000).toUTCString();

/** Ranges of digits.txt that are good: the first and the last byte that they select. */
const SATISFIABLE: ReadonlyArray<readonly [string, number, number]> = [
  ['0-0', 0, 0],
  ['0-9', 0, 9],
  ['5-5', 5, 5],
  ['10-19', 10, 19],
  ['0-99', 0, 99],
  ['99-99', 99, 99],
  ['0-', 0, 99],
  ['50-', 50, 99],
  ['99-', 99, 99],
  ['-1', 99, 99],
  ['-10', 90, 99],
  ['-100', 0, 99],
  ['-101', 0, 99],
  ['-500', 0, 99],
  ['90-500', 90, 99],
  ['0-100', 0, 99],
  ['00010-0019', 10, 19],
  ['0-4294967296', 0, 99],
  ['1-9007199254740993', 1, 99],
  ['0-18446744073709551616', 0, 99],
  ['0-99999999999999999999999999', 0, 99],
  ['-4294967297', 0, 99],
  ['-18446744073709551617', 0, 99],
  ['-99999999999999999999999999', 0, 99],
];

const UNSATISFIABLE = [
  '100-',
  '100-100',
  '100-200',
  '4294967296-',
  '4294967296-4294967300',
  '9007199254740993-',
  '18446744073709551616-',
  '18446744073709551616-18446744073709551620',
  '99999999999999999999999999-',
  '-0',
];

const MALFORMED = [
  'bytes',
  'bytes=',
  'bytes=-',
  'bytes=--1',
  'bytes=a-b',
  'bytes=0-b',
  'bytes=5',
  'bytes=5-2',
  'bytes=99-0',
  'bytes=+1-5',
  'bytes=1-+5',
  'bytes=0x0-0x5',
  'bytes=0-5-9',
  'bytes=1.5-2',
  'bytes=0-5x',
  'bytes=0:5',
  'bytes 0-5',
  'bytes:0-5',
  'lines=0-5',
  '=0-5',
  '0-5',
  '-5',
  'bytes=18446744073709551620-4',
];

export function ranges(running: Running): void {
  const digits = (fields: readonly string[]) => fetchOnce(running.port, '/digits.txt', fields);

  for (const [range, first, last] of SATISFIABLE) {
    it(`RFC 9110 14.1.2: bytes=${range} of 100 bytes gives ${first} to ${last}`, async () => {
      const response = await digits([`Range: bytes=${range}`]);
      expect(response.status).toBe(206);
      expect(response.field('content-range')).toBe(`bytes ${first}-${last}/${SIZE}`);
      expect(response.field('content-length')).toBe(String(last - first + 1));
      expect(response.body.toString()).toBe(running.fixture.text('digits.txt').slice(first, last + 1));
    });
  }

  it('RFC 9110 15.5.17: ranges behind the end are answered 416 with the size', async () => {
    for (const range of UNSATISFIABLE) {
      const response = await digits([`Range: bytes=${range}`]);
      expect(response.status, range).toBe(416);
      expect(response.field('content-range'), range).toBe(`bytes */${SIZE}`);
    }
  });

  it('RFC 9110 14.2: what is no range is ignored', async () => {
    for (const value of MALFORMED) {
      const response = await digits([`Range: ${value}`]);
      expect(response.status, value).toBe(200);
      expect(response.body.length, value).toBe(SIZE);
      expect(response.field('content-range'), value).toBeUndefined();
    }
  });

  it('RFC 9110 14.1: the name of the unit knows no case', async () => {
    expect([200, 206]).toContain((await digits(['Range: BYTES=0-1'])).status);
  });

  it('RFC 9110 15.3.7: 206 carries the validators and Date of 200', async () => {
    const whole = await digits([]);
    const part = await digits(['Range: bytes=0-1']);
    for (const name of ['etag', 'last-modified', 'content-type', 'accept-ranges'])
      expect(part.field(name), name).toBe(whole.field(name));
    expect(whole.field('accept-ranges')).toBe('bytes');
    expect(part.field('date')).toBeDefined();
  });

  it('RFC 9110 14.4: Content-Range is in 206 and 416, and in no other answer', async () => {
    for (const [path, fields, status] of [
      ['/digits.txt', [], 200],
      ['/digits.txt', ['Range: bytes=0-1', 'If-Range: "other"'], 200],
      ['/digits.txt', ['Range: bytes=0-1', 'If-None-Match: *'], 304],
      ['/digits.txt', ['Range: bytes=0-1', 'If-Match: "other"'], 412],
      ['/nothing-here', ['Range: bytes=0-1'], 404],
    ] as const) {
      const response = await fetchOnce(running.port, path, fields);
      expect(response.status).toBe(status);
      expect(response.field('content-range')).toBeUndefined();
    }
  });

  it('RFC 9110 14.3: a file says that it has ranges of bytes, also to HEAD and in a part', async () => {
    for (const path of ['/digits.txt', '/large.bin', '/sub/']) {
      expect((await fetchOnce(running.port, path, [], { method: 'HEAD' })).field('accept-ranges')).toBe('bytes');
      expect((await fetchOnce(running.port, path, ['Range: bytes=0-0'])).field('accept-ranges')).toBe('bytes');
    }
  });

  it('RFC 9110 14.5: a part that a client sends is not taken', async () => {
    const fields = ['Content-Range: bytes 0-4/100', 'Content-Length: 5'];
    const bytes = request('/digits.txt', fields, { method: 'PUT', body: 'hello' }) + request('/digits.txt');
    const [put, get] = await exchange(running.port, bytes, ['PUT', 'GET']);
    expect(put?.status).toBe(405);
    expect(get?.body.toString()).toBe(running.fixture.text('digits.txt'));
  });

  it('RFC 9110 14.2, CVE-2011-3192: many ranges never give more than the file', async () => {
    for (const set of [
      '0-0,2-2',
      '0-9,5-14',
      '0-',
      '0-,0-',
      Array(1000).fill('0-').join(','),
      Array(500).fill('1-,0-').join(','),
      '0-0,200-300',
      ',0-1',
      '0-1,',
      '0-0, ,2-2',
    ]) {
      const response = await digits([`Range: bytes=${set}`]);
      expect([200, 206, 400, 416, 431], set.slice(0, 20)).toContain(response.status);
      if (response.status === 200) expect(response.body.toString()).toBe(running.fixture.text('digits.txt'));
      if (set.length > 100) expect(response.body.length).toBeLessThan(SIZE * 3);
    }
    const response = await fetchOnce(running.port, '/medium.bin', [`Range: bytes=${Array(1000).fill('0-').join(',')}`]);
    expect(response.body.length).toBeLessThanOrEqual(running.fixture.bytes('medium.bin').length + 1000);
  });

  it('RFC 9110 14.2: several ranges are never answered with the first alone', async () => {
    const response = await digits(['Range: bytes=0-0,50-50']);
    if (response.status === 206) expect(response.field('content-type')).toMatch(/^multipart\/byteranges/);
    else expect(response.body.length).toBe(SIZE);
  });

  it('RFC 9110 5.2: two Range fields are no single range', async () => {
    const response = await digits(['Range: bytes=0-1', 'Range: bytes=4-5']);
    expect([200, 206, 400]).toContain(response.status);
    if (response.status === 206) expect(response.field('content-type')).toMatch(/^multipart\/byteranges/);
  });

  it('RFC 9110 14.1.2: an empty file has no range', async () => {
    for (const range of ['0-', '0-0', '-1']) {
      const response = await fetchOnce(running.port, '/empty.txt', [`Range: bytes=${range}`]);
      expect([200, 416], range).toContain(response.status);
      expect(response.body.length === 0 || response.status === 416).toBe(true);
    }
  });

  it('RFC 9110 14.2: ranges do not change a redirect, an error or an index', async () => {
    expect([301, 308]).toContain((await fetchOnce(running.port, '/sub', ['Range: bytes=0-1'])).status);
    expect((await fetchOnce(running.port, '/nothing-here', ['Range: bytes=0-1'])).status).toBe(404);
    expect((await fetchOnce(running.port, '/sub/', ['Range: bytes=0-1'])).body.toString()).toBe('<!');
  });

  it('RFC 9110 14.1.2: ranges of a large file have its bytes', async () => {
    const whole = running.fixture.bytes('large.bin');
    const size = whole.length;
    const spans: [number, number][] = [
      [0, 0],
      [size - 1, size - 1],
      [1, size - 2],
      [65_535, 65_537],
      [1_000_003, 1_000_003 + 4096],
    ];
    for (let position = 1; position < size; position *= 3) spans.push([position, Math.min(size - 1, position * 2)]);
    await inBatches(spans, 4, async ([first, last]) => {
      const response = await fetchOnce(running.port, '/large.bin', [`Range: bytes=${first}-${last}`]);
      expect(response.status).toBe(206);
      expect(response.field('content-range')).toBe(`bytes ${first}-${last}/${size}`);
      expect(response.body.equals(whole.subarray(first, last + 1))).toBe(true);
    });
    const suffix = await fetchOnce(running.port, '/large.bin', ['Range: bytes=-500']);
    expect(suffix.body.equals(whole.subarray(size - 500))).toBe(true);
  });

  it('positions beyond 32 bits are positions', async () => {
    const head = await fetchOnce(running.port, '/huge.bin', [], { method: 'HEAD' });
    expect(head.field('content-length')).toBe(String(HUGE_BYTES));
    const last = HUGE_MARK_POSITION + HUGE_MARK.length - 1;
    const response = await fetchOnce(running.port, '/huge.bin', [`Range: bytes=${HUGE_MARK_POSITION}-${last}`]);
    expect(response.field('content-range')).toBe(`bytes ${HUGE_MARK_POSITION}-${last}/${HUGE_BYTES}`);
    expect(response.body.toString()).toBe(HUGE_MARK);
    expect((await fetchOnce(running.port, '/huge.bin', ['Range: bytes=-7'])).field('content-range')).toBe(
      `bytes ${HUGE_BYTES - 7}-${HUGE_BYTES - 1}/${HUGE_BYTES}`,
    );
    expect((await fetchOnce(running.port, '/huge.bin', [`Range: bytes=${HUGE_BYTES}-`])).status).toBe(416);
  });

  it('RFC 9112 9.3.2: pipelined ranges of small and large files stay in order', async () => {
    const paths = ['digits.txt', 'large.bin', 'medium.bin'];
    const rows = Array.from({ length: 60 }, (_, index) => ({
      path: paths[index % 3] as string,
      first: index,
      last: index + (index % 7),
    }));
    const bytes = rows.map(({ path, first, last }) => request(`/${path}`, [`Range: bytes=${first}-${last}`])).join('');
    const responses = await exchange(
      running.port,
      bytes,
      rows.map(() => 'GET'),
    );
    responses.forEach((response, index) => {
      const { path, first, last } = rows[index] as (typeof rows)[number];
      expect(response.body.equals(running.fixture.bytes(path).subarray(first, last + 1))).toBe(true);
    });
  });

  it('RFC 9110 13.1.5: If-Range gives the part only of the same representation', async () => {
    const tag = (await fetchOnce(running.port, '/old.txt')).field('etag') as string;
    for (const [value, status] of [
      [tag, 206],
      ['"other"', 200],
      [`W/${tag}`, 200],
      ['*', 200],
      [date(OLD_TIME), 206],
      [date(OLD_TIME + 1), 200],
      [date(OLD_TIME - 1), 200],
      ['not a date', 200],
    ] as const) {
      const response = await fetchOnce(running.port, '/old.txt', ['Range: bytes=0-1', `If-Range: ${value}`]);
      expect(response.status, value).toBe(status);
      expect(response.body.toString()).toBe(status === 206 ? 'ol' : 'old\n');
    }
  });

  it('RFC 9110 13.1.5: If-Range without Range is ignored', async () => {
    expect((await fetchOnce(running.port, '/old.txt', ['If-Range: "other"'])).status).toBe(200);
  });

  it('RFC 9110 13.2.2: If-Range comes last, and an unsatisfiable range of another representation gives all of it', async () => {
    const tag = (await fetchOnce(running.port, '/old.txt')).field('etag') as string;
    const status = async (...fields: string[]) => (await fetchOnce(running.port, '/old.txt', fields)).status;
    expect(await status('Range: bytes=0-1', `If-Range: ${tag}`, `If-None-Match: ${tag}`)).toBe(304);
    expect(await status('Range: bytes=0-1', `If-Range: ${tag}`, 'If-Match: "other"')).toBe(412);
    expect(await status('Range: bytes=0-1', `If-Match: ${tag}`)).toBe(206);
    expect(await status('Range: bytes=100-', 'If-Range: "other"')).toBe(200);
    expect(await status('Range: bytes=100-', `If-Range: ${tag}`)).toBe(416);
    expect(await status('Range: bytes=100-', `If-None-Match: ${tag}`)).toBe(304);
  });
}
