/** Several ranges in one answer (RFC 9110 15.3.7.2): of a file in memory, and of a large one. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coalesced, parseRange } from '../../src/http/range.js';
import { DEFAULT_SITE_SETTINGS } from '../../src/site/settings.js';
import { partsOf } from '../http/parts.js';
import { Asking, headOf, type Response } from './asking.js';
import { Tree } from './tree.js';

const SMALL = Array.from({ length: 500 }, (_, index) => String.fromCharCode(index % 256)).join('');
const LARGE = SMALL.repeat(200);
const CONTENTS: Readonly<Record<string, string>> = { '/small.txt': SMALL, '/large.bin': LARGE };

let tree: Tree;
let asking: Asking;

beforeAll(() => {
  tree = new Tree({ 'small.txt': Buffer.from(SMALL, 'latin1'), 'large.bin': Buffer.from(LARGE, 'latin1') });
  asking = new Asking(tree.root, { cachedFileBytes: 10_000 });
});

afterAll(() => {
  asking.end();
  tree.remove();
});

const ranged = (target: string, set: string, ...fields: string[]): Response =>
  asking.ask(target, [`Range: bytes=${set}`, ...fields]);

describe.each(Object.keys(CONTENTS))('%s', (target) => {
  const whole = CONTENTS[target] as string;

  it('is sent in parts, each with its place, its media type and its bytes', () => {
    const response = ranged(target, '0-0, 10-19,-5');
    expect(response.status).toBe(206);
    expect(response.fields['content-range']).toBeUndefined();
    expect(response.fields['content-length']).toBe(String(response.body.length));
    const plain = asking.ask(target);
    for (const name of ['etag', 'last-modified', 'accept-ranges', 'cache-control']) {
      expect(response.fields[name]).toBe(plain.fields[name]);
    }
    const size = whole.length;
    expect(partsOf(response.fields['content-type'] as string, response.body)).toEqual(
      [
        [0, 0],
        [10, 19],
        [size - 5, size - 1],
      ].map(([first, last]) => ({
        mediaType: plain.fields['content-type'],
        first,
        last,
        size,
        content: whole.slice(first, (last as number) + 1),
      })),
    );
  });

  it('is sent as one range where they come to one, and whole where they ask for more than there is', () => {
    expect(ranged(target, '0-4,5-9')).toMatchObject({ status: 206, body: whole.slice(0, 10) });
    expect(ranged(target, '5-9,0-4').fields['content-range']).toBe(`bytes 0-9/${whole.length}`);
    expect(ranged(target, '0-0,999999-')).toMatchObject({ status: 206, body: whole[0] });
    expect(ranged(target, '0-,-1')).toMatchObject({ status: 200, body: whole });
    expect(ranged(target, '999999-,9999999-').status).toBe(416);
    const seventeen = Array.from({ length: 17 }, (_, index) => `${2 * index}-${2 * index}`).join(',');
    expect(ranged(target, seventeen)).toMatchObject({ status: 200, body: whole });
  });

  it('is sent in parts only while it is what the client has', () => {
    const { etag } = asking.ask(target).fields;
    expect(ranged(target, '0-0,2-2', `If-Range: ${etag}`).status).toBe(206);
    expect(ranged(target, '0-0,2-2', 'If-Range: "x"').status).toBe(200);
    expect(ranged(target, '0-0,2-2', `If-None-Match: ${etag}`).status).toBe(304);
    const head = asking.ask(target, ['Range: bytes=0-0,2-2'], 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.fields['content-length']).toBe(String(whole.length));
  });

  it('gives the bytes that were asked for, whatever they are, and leaks nothing', () => {
    const { used } = asking.heap;
    const before = readdirSync('/proc/self/fd').length;
    const one = fc.oneof(
      fc.tuple(fc.nat(600), fc.nat(40)).map(([first, length]) => `${first}-${first + length}`),
      fc.nat(40).map((suffix) => `-${suffix}`),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), (set) => {
        const response = ranged(target, set.join(','));
        const ranges = parseRange(`bytes=${set.join(',')}`, whole.length);
        if (ranges === undefined) {
          expect(response).toMatchObject({ status: 200, body: whole });
          return;
        }
        const wanted = coalesced(ranges);
        if (wanted.length === 0) {
          expect(response.status).toBe(416);
          return;
        }
        expect(response.status).toBe(206);
        expect(response.fields['content-length']).toBe(String(response.body.length));
        const contents = wanted.map(({ first, last }) => whole.slice(first, last + 1));
        if (wanted.length === 1) expect(response.body).toBe(contents[0]);
        else {
          const parts = partsOf(response.fields['content-type'] as string, response.body);
          expect(parts.map(({ content }) => content)).toEqual(contents);
        }
      }),
      { numRuns: 300 },
    );
    asking.site.changed(null);
    expect(asking.heap.used - used).toBeLessThan(3000);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it('has another boundary each time', () => {
    const types = [1, 2].map(() => ranged(target, '0-0,2-2').fields['content-type']);
    expect(types[0]).not.toBe(types[1]);
  });

  it('keeps its file open until the last part has gone out, and gives up without memory', () => {
    const before = readdirSync('/proc/self/fd').length;
    const answer = asking.answer(headOf(target, ['Range: bytes=0-0,2-2,4-4']));
    answer.acquire();
    tree.write(target.slice(1), 'changed');
    asking.wait();
    asking.ask(target);
    const { following } = answer;
    following?.acquire();
    answer.release();
    if (following !== null) {
      expect(readdirSync('/proc/self/fd').length).toBe(before);
      following.release();
      expect(readdirSync('/proc/self/fd').length).toBe(before - 1);
    }
    tree.write(target.slice(1), Buffer.from(whole, 'latin1'));
    asking.wait();
    asking.ask(target);
    const taken: number[] = [];
    for (let offset = asking.heap.allocate(256); offset >= 0; offset = asking.heap.allocate(256)) taken.push(offset);
    for (const free of [0, 1, 2, 3]) {
      for (let index = 0; index < free; index++) asking.heap.free(taken.pop() as number, 256);
      expect([503, 206]).toContain(ranged(target, '0-0,2-2,4-4,6-6,8-8').status);
      for (let offset = asking.heap.allocate(256); offset >= 0; offset = asking.heap.allocate(256)) taken.push(offset);
    }
    for (const offset of taken) asking.heap.free(offset, 256);
    expect(ranged(target, '0-0,2-2').status).toBe(206);
  });
});

it('so many ranges are taken as the settings say', () => {
  const settings = { ...DEFAULT_SITE_SETTINGS, maxRanges: 2 };
  const other = new Asking(tree.root, { settings });
  expect(other.ask('/small.txt', ['Range: bytes=0-0,2-2']).status).toBe(206);
  expect(other.ask('/small.txt', ['Range: bytes=0-0,2-2,4-4']).status).toBe(200);
  other.end();
});
