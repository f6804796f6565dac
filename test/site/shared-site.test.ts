/** A site in front of a shared cache, as two workers have it: who asks whom, and what is held meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockingDisk } from '../../src/disk/blocking.js';
import type { Disk } from '../../src/disk/disk.js';
import type { RequestHead } from '../../src/http/request-head.js';
import { Arena } from '../../src/memory/arena.js';
import { Heap } from '../../src/memory/heap.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import type { Answer } from '../../src/site/answer.js';
import { BlockingCompressor } from '../../src/site/compressor.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from '../../src/site/settings.js';
import { SharedCache } from '../../src/site/shared-cache.js';
import { SharedSite } from '../../src/site/shared-site.js';
import { StaticSite } from '../../src/site/static-site.js';
import { headOf, LATER, MEBIBYTE, Waiting } from './asking.js';
import { Tree } from './tree.js';

const USERS = 2;
const CACHE_BYTES = MEBIBYTE;
const CACHED_FILE_BYTES = 10_000;

/** One worker: its own memory, its own site, and the shared one in front. */
class User {
  readonly cache: SharedCache;
  readonly own: StaticSite;
  readonly site: SharedSite;

  constructor(region: SharedRegion, number: number) {
    const from = SharedCache.size(CACHE_BYTES, USERS) + number * MEBIBYTE;
    const arena = Arena.within(region, from, from + MEBIBYTE);
    const disk: Disk = new BlockingDisk(arena);
    const heap = new Heap(arena, MEBIBYTE / 2);
    const options = { root: tree.root, arena, heap, disk, cachedFileBytes: CACHED_FILE_BYTES, now: LATER };
    this.own = new StaticSite({ ...options, settings, compressor: new BlockingCompressor() });
    this.cache = new SharedCache(region, 0, CACHE_BYTES, USERS, number);
    this.site = new SharedSite(this.own, this.cache);
  }

  answer(head: RequestHead): Answer {
    const answer = this.site.answer(head, new Waiting());
    if (answer === null) throw new Error('the answer is pending');
    answer.acquire();
    return answer;
  }

  /** What comes to a request: the text of it that is in memory. */
  ask(target: string, fields: readonly string[] = [], method = 'GET', version = '1.1'): string {
    const answer = this.answer(headOf(target, fields, method, version));
    const text = textOf(answer);
    answer.release();
    return text;
  }
}

let settings: SiteSettings = DEFAULT_SITE_SETTINGS;
let tree: Tree;
let region: SharedRegion;
let keeper: SharedCache;
let one: User;
let other: User;

beforeEach(() => {
  tree = new Tree({
    'a.txt': 'contents of a',
    'empty.txt': '',
    'large.bin': Buffer.alloc(20_000, 7),
    'd/index.html': 'i',
  });
  region = SharedRegion.create(SharedCache.size(CACHE_BYTES, USERS) + USERS * MEBIBYTE);
  keeper = new SharedCache(region, 0, CACHE_BYTES, USERS, -1);
  keeper.initialise();
  one = new User(region, 0);
  other = new User(region, 1);
});

afterEach(() => {
  one.site.close();
  other.site.close();
  region.destroy();
  tree.remove();
});

const textOf = ({ offset, length }: Answer): string =>
  Buffer.from(region.bytes.subarray(offset, offset + length)).toString('latin1');

describe('SharedSite', () => {
  it('gives one worker what another has read, and asks no disk for it', () => {
    const first = one.ask('/a.txt');
    expect(first).toMatch(/^HTTP\/1.1 200 OK\r\n.*contents of a$/s);
    expect(keeper.counts).toMatchObject({ hits: 0, misses: 1, entries: 1 });
    expect(other.ask('/a.txt')).toBe(first);
    expect(one.ask('/a.txt?query')).toBe(first);
    expect(keeper.counts).toMatchObject({ hits: 2, misses: 1, entries: 1 });
    expect(other.own.counts.misses).toBe(0);
  });

  it('says all that a connection asks of an answer', () => {
    one.ask('/a.txt');
    const answer = other.answer(headOf('/a.txt'));
    expect(answer).toMatchObject({ status: 200, persistent: true, file: -1, filePosition: 0, fileLength: 0 });
    expect(answer.unchanged()).toBe(true);
    answer.release();
  });

  it.each([
    ['1.1', ['Connection: close'], false, /Connection: close/],
    ['1.0', ['Connection: keep-alive'], true, /Connection: keep-alive/],
    ['1.1', [], true, /^((?!Connection).)*$/s],
  ] as const)('keeps apart how connections go on: HTTP/%s %j', (version, fields, persistent, expected) => {
    for (const user of [one, other]) {
      const answer = user.answer(headOf('/a.txt', fields, 'GET', version));
      expect(textOf(answer)).toMatch(expected);
      expect(answer.persistent).toBe(persistent);
      answer.release();
    }
    expect(keeper.counts).toMatchObject({ hits: 1, misses: 1 });
  });

  it.each([
    ['HEAD', '/a.txt', [], 'HEAD'],
    ['a range', '/a.txt', ['Range: bytes=0-3'], 'GET'],
    ['a condition', '/a.txt', ['If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT'], 'GET'],
    ['another method', '/a.txt', [], 'POST'],
    ['a large file', '/large.bin', [], 'GET'],
    ['no file', '/none', [], 'GET'],
    ['a directory without its slash', '/d', [], 'GET'],
    ['a path that is too long', `/${'./'.repeat(60)}a.txt`, [], 'GET'],
  ])('leaves to the worker itself: %s', (_, target, fields, method) => {
    one.ask(target, fields, method);
    other.ask(target, fields, method);
    expect(keeper.counts).toMatchObject({ hits: 0, entries: 0 });
  });

  it('has empty files, and directories by their slash', () => {
    for (const target of ['/empty.txt', '/d/']) expect(one.ask(target)).toBe(other.ask(target));
    expect(keeper.counts).toMatchObject({ hits: 2, entries: 2 });
  });

  it('looks at a file anew in each second, once for all', () => {
    const first = one.ask('/a.txt');
    for (const user of [one, other]) user.site.tick(LATER + 1000);
    const next = other.ask('/a.txt');
    expect(next).toContain(new Date(LATER + 1000).toUTCString());
    expect(next.replace(/Date: [^\r]*/, '')).toBe(first.replace(/Date: [^\r]*/, ''));
    const { misses } = one.own.counts;
    expect(one.ask('/a.txt')).toBe(next);
    expect(one.own.counts.misses).toBe(misses);
    expect(keeper.counts).toMatchObject({ entries: 1 });
  });

  it('shows what has changed in the next second, or at once when all is doubted', () => {
    one.ask('/a.txt');
    other.ask('/a.txt');
    tree.write('a.txt', 'other contents');
    expect(other.ask('/a.txt')).toContain('contents of a');
    keeper.doubt();
    expect(one.ask('/a.txt')).toContain('other contents');
    expect(other.ask('/a.txt')).toContain('other contents');
    tree.write('a.txt', 'third');
    for (const user of [one, other]) user.site.tick(LATER + 1000);
    expect(other.ask('/a.txt')).toContain('third');
    expect(one.ask('/a.txt')).toContain('third');
  });

  it('what a worker is sending stays, whatever the other does', () => {
    one.ask('/a.txt');
    const answer = other.answer(headOf('/a.txt'));
    const text = textOf(answer);
    tree.write('a.txt', 'CONTENTS OF A');
    for (let second = 1; second < 5; second++) {
      one.site.tick(LATER + second * 1000);
      expect(one.ask('/a.txt')).toContain('CONTENTS OF A');
    }
    for (let index = 0; index < 200; index++) {
      tree.write(`f${index}`, Buffer.alloc(9000, index));
      one.ask(`/f${index}`);
    }
    expect(keeper.counts.evictions).toBeGreaterThan(0);
    expect(textOf(answer)).toBe(text);
    answer.release();
    other.site.tick(LATER + 9000);
    expect(other.ask('/a.txt')).toContain('CONTENTS OF A');
  });

  it('a connection that asks again while it holds an answer gets one of its own', () => {
    one.ask('/a.txt');
    const first = other.answer(headOf('/a.txt'));
    const second = other.answer(headOf('/a.txt'));
    expect(second).not.toBe(first);
    expect(textOf(second)).toBe(textOf(first));
    first.release();
    second.release();
  });

  it('lets go of what is held when it is closed', () => {
    one.ask('/a.txt');
    other.answer(headOf('/a.txt'));
    other.site.close();
    expect(other.cache.holding).toBe(false);
  });

  it('gives nobody a coding or an origin that is another’s', () => {
    settings = {
      ...DEFAULT_SITE_SETTINGS,
      compress: true,
      precompressed: true,
      corsOrigins: ['https://a.example', 'https://b.example'],
    };
    const users = [new User(region, 0), new User(region, 1)];
    settings = DEFAULT_SITE_SETTINGS;
    tree.write('text.txt', 'again and again '.repeat(200));
    tree.write('a.txt.br', 'a as brotli');
    for (let round = 0; round < 3; round++) {
      for (const user of users) {
        for (const accepted of ['', 'gzip', 'br', 'br;q=0.5, gzip', 'identity']) {
          for (const origin of ['', 'https://a.example', 'https://b.example', 'https://c.example']) {
            for (const target of ['/text.txt', '/a.txt']) {
              const head = user
                .ask(target, [`Accept-Encoding: ${accepted}`, `Origin: ${origin}`])
                .split('\r\n\r\n')[0]!;
              const coding = /^Content-Encoding: (.*)$/m.exec(head)?.[1];
              if (coding !== undefined) expect(accepted).toContain(coding);
              if (target === '/text.txt' && /br|gzip/.test(accepted)) expect(coding).toBeDefined();
              const allowed = /^Access-Control-Allow-Origin: (.*)$/m.exec(head)?.[1];
              expect(allowed).toBe(/[ab]\.example/.test(origin) ? origin : undefined);
            }
          }
        }
      }
    }
    expect(keeper.counts.hits).toBeGreaterThan(100);
    for (const user of users) user.site.close();
  });

  it('refuses by itself', () => {
    expect(textOf(one.site.refuse(400))).toMatch(/^HTTP\/1.1 400 /);
  });
});
