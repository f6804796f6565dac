/** The shared cache, by hand: what is found and what is not, what is held, what makes room, and what becomes of the dead. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATE_BYTES, formatDate, writeDate } from '../../src/http/http-date.js';
import { Lock } from '../../src/memory/lock.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { PATH_BYTES } from '../../src/site/path-table.js';
import { type Guard, SharedCache } from '../../src/site/shared-cache.js';

const USERS = 3;
const HEAP_BYTES = 16 * 1024;
const SECOND = 1_800_000_000;
const DATE_AT = 10;
const HEAD_BYTES = 64;

let region: SharedRegion;
/** Of each user, as it sees the one cache. */
let caches: SharedCache[];
let keeper: SharedCache;
let scratchAt: number;

beforeEach(() => {
  const size = SharedCache.size(HEAP_BYTES, USERS);
  region = SharedRegion.create(size + 2 * HEAP_BYTES);
  scratchAt = size;
  keeper = new SharedCache(region, 0, HEAP_BYTES, USERS, -1);
  keeper.initialise();
  caches = Array.from({ length: USERS }, (_, user) => new SharedCache(region, 0, HEAP_BYTES, USERS, user));
});

afterEach(() => region.destroy());

const bytesOf = (path: string): Uint8Array => new Uint8Array(Buffer.from(`..${path}`, 'latin1'));

/** An answer in memory of the publisher's own: a head with a Date, then `length` bytes of `fill`. */
function write(fill: number, length: number, second: number): void {
  const { bytes } = region;
  bytes.fill(33, scratchAt, scratchAt + HEAD_BYTES);
  writeDate(bytes, scratchAt + DATE_AT, second);
  bytes.fill(fill, scratchAt + HEAD_BYTES, scratchAt + HEAD_BYTES + length);
}

interface Publishing {
  readonly fill?: number;
  readonly length?: number;
  readonly variant?: number;
  readonly second?: number;
  readonly user?: number;
  readonly doubts?: number;
}

function publish(path: string, options: Publishing = {}): boolean {
  const { fill = 65, length = 100, variant = 0, second = SECOND, user = 0, doubts } = options;
  write(fill, length, second);
  const from = {
    offset: scratchAt,
    length: HEAD_BYTES + length,
    headLength: HEAD_BYTES,
    dateAt: DATE_AT,
    status: 200,
  };
  return caches[user]!.publish(bytesOf(path), 2, path.length + 2, variant, second, from, doubts);
}

function find(path: string, { second = SECOND, variant = 0, user = 0 }: Publishing = {}): boolean {
  return caches[user]!.find(bytesOf(path), 2, path.length + 2, variant, second);
}

/** What a user has found: the text of its Date, the byte of its contents, and how many there are. */
function held(user = 0): { date: string; fill: number; length: number } {
  const { offset, length, headLength } = caches[user]!;
  const contents = region.bytes.subarray(offset + headLength, offset + length);
  expect(new Set(contents).size).toBeLessThanOrEqual(1);
  const date = Buffer.from(region.bytes.subarray(offset + DATE_AT, offset + DATE_AT + DATE_BYTES)).toString();
  return { date, fill: contents[0] ?? -1, length: contents.length };
}

/** Finds, looks and lets go; undefined: it is not there. */
function look(path: string, options: Publishing = {}): number | undefined {
  if (!find(path, options)) return undefined;
  const { fill } = held(options.user);
  caches[options.user ?? 0]!.release();
  return fill;
}

/** The lock's word: 0 when it is free. */
const locked = (): number => Atomics.load(region.words, 0);

describe('finding', () => {
  it('finds what another has published, byte for byte', () => {
    expect(find('/a')).toBe(false);
    expect(publish('/a', { fill: 66, user: 1 })).toBe(true);
    expect(find('/a', { user: 2 })).toBe(true);
    expect(held(2)).toEqual({ date: formatDate(SECOND), fill: 66, length: 100 });
    expect(caches[2]).toMatchObject({ status: 200, headLength: HEAD_BYTES, length: HEAD_BYTES + 100 });
    expect(keeper.counts).toMatchObject({ hits: 1, misses: 1, entries: 1, evictions: 0, bytes: 256 });
    expect(keeper.lock.counts.acquisitions).toBe(3);
    expect(locked()).toBe(0);
  });

  it.each([
    ['another path', '/b', {}],
    ['a longer path', '/aa', {}],
    ['another second', '/a', { second: SECOND + 1 }],
    ['another variant', '/a', { variant: 1 }],
  ])('does not find %s', (_, path, options) => {
    publish('/a');
    expect(find(path, options)).toBe(false);
    expect(caches[0]!.holding).toBe(false);
  });

  it('has each variant of a path', () => {
    for (const variant of [0, 1, 2]) publish('/a', { variant, fill: 70 + variant });
    expect([0, 1, 2].map((variant) => look('/a', { variant }))).toEqual([70, 71, 72]);
  });

  it('finds nothing while something is held', () => {
    publish('/a');
    expect(find('/a')).toBe(true);
    expect(find('/a')).toBe(false);
    caches[0]!.release();
    expect(find('/a')).toBe(true);
  });

  it('takes no path that is too long, and no answer that is too large', () => {
    const longest = `/${'a'.repeat(PATH_BYTES - 1)}`;
    expect(publish(longest)).toBe(true);
    expect(look(longest)).toBe(65);
    expect(publish(`${longest}a`)).toBe(false);
    expect(find(`${longest}a`)).toBe(false);
    expect(publish('/large', { length: HEAP_BYTES })).toBe(false);
    expect(look(longest)).toBe(65);
  });

  it('what was doubted is found again when it has been looked at since', () => {
    publish('/a');
    const { doubts } = caches[0]!;
    keeper.doubt();
    expect(find('/a')).toBe(false);
    // The file was looked at before the doubt.
    publish('/a', { doubts });
    expect(find('/a')).toBe(false);
    publish('/a');
    expect(find('/a')).toBe(true);
  });
});

describe('publishing', () => {
  it('gives the same contents a new Date in place', () => {
    publish('/a');
    find('/a');
    const { offset } = caches[0]!;
    caches[0]!.release();
    publish('/a', { second: SECOND + 1 });
    expect(find('/a', { second: SECOND + 1 })).toBe(true);
    expect(caches[0]!.offset).toBe(offset);
    expect(held().date).toBe(formatDate(SECOND + 1));
    expect(keeper.counts).toMatchObject({ entries: 1, bytes: 256 });
  });

  it('leaves what is held as it is, and gives the new Date to a copy', () => {
    publish('/a');
    find('/a', { user: 1 });
    publish('/a', { second: SECOND + 1 });
    expect(held(1)).toEqual({ date: formatDate(SECOND), fill: 65, length: 100 });
    expect(find('/a', { second: SECOND + 1 })).toBe(true);
    expect(held(0).date).toBe(formatDate(SECOND + 1));
    expect(keeper.counts).toMatchObject({ entries: 1, bytes: 512 });
    caches[1]!.release();
    publish('/b');
    expect(keeper.counts).toMatchObject({ entries: 2, bytes: 512 });
  });

  it('changes nothing where another one was faster', () => {
    publish('/a');
    find('/a');
    const { offset } = caches[0]!;
    publish('/a', { user: 1 });
    expect(find('/a', { user: 1 })).toBe(true);
    expect(caches[1]!.offset).toBe(offset);
    expect(keeper.counts).toMatchObject({ entries: 1, bytes: 256 });
  });

  it.each([
    ['other contents of the same length', { fill: 66 }],
    ['contents of another length', { length: 99 }],
  ])('%s take the place of the former ones, in the same second too', (_, changed) => {
    publish('/a');
    publish('/a', changed);
    expect(find('/a')).toBe(true);
    expect(held()).toMatchObject(changed);
    expect(keeper.counts).toMatchObject({ entries: 1, bytes: 256 });
  });

  it('makes room by what was not used', () => {
    const paths = Array.from({ length: 8 }, (_, index) => `/${index}`);
    for (const path of paths) publish(path, { length: 2048 - HEAD_BYTES });
    const before = paths.filter((path) => look(path) !== undefined);
    for (let index = 0; index < 40; index++) publish(`/more-${index}`, { length: 2048 - HEAD_BYTES });
    expect(before.length).toBeGreaterThan(4);
    expect(look('/more-39')).toBe(65);
    expect(keeper.counts.evictions).toBeGreaterThanOrEqual(40 - 8);
    expect(keeper.counts.bytes).toBeLessThanOrEqual(HEAP_BYTES);
  });

  it('never takes what is held, and gives up when nothing else is left', () => {
    const length = HEAP_BYTES / 4 - HEAD_BYTES;
    for (const user of [0, 1, 2]) {
      publish(`/${user}`, { length, fill: 80 + user });
      expect(find(`/${user}`, { user })).toBe(true);
    }
    expect(publish('/half', { length: HEAP_BYTES / 2 - HEAD_BYTES })).toBe(false);
    for (let index = 0; index < 20; index++) publish(`/more-${index}`, { length, fill: 90 });
    for (const user of [0, 1, 2]) expect(held(user)).toMatchObject({ fill: 80 + user, length });
    for (const cache of caches) cache.release();
    expect(publish('/whole', { length: HEAP_BYTES - HEAD_BYTES })).toBe(true);
    expect(keeper.counts.bytes).toBe(HEAP_BYTES);
  });

  it('frees what had to wait, as soon as it may', () => {
    const length = HEAP_BYTES / 4 - HEAD_BYTES;
    for (const user of [0, 1, 2]) {
      publish('/a', { length, fill: 80 + user });
      find('/a', { user });
    }
    publish('/a', { length, fill: 90 });
    expect(keeper.counts).toMatchObject({ entries: 1, bytes: HEAP_BYTES });
    expect(publish('/b', { length })).toBe(true);
    for (const user of [0, 1, 2]) expect(held(user).fill).toBe(80 + user);
    for (const cache of caches) cache.release();
    publish('/c', { length: 0 });
    expect(keeper.counts.bytes).toBeLessThanOrEqual(HEAP_BYTES / 4 + 256);
  });
});

describe('the dead', () => {
  it('hold nothing any more', () => {
    publish('/a', { length: HEAP_BYTES - HEAD_BYTES });
    find('/a', { user: 1 });
    expect(publish('/b')).toBe(false);
    keeper.bury(1);
    expect(publish('/b')).toBe(true);
    expect(keeper.lock.broken).toBe(false);
  });

  it('who die inside the lock leave nothing that is trusted; it begins anew when nobody holds anything', () => {
    publish('/a');
    publish('/b');
    expect(find('/a', { user: 1 })).toBe(true);
    new Lock(region, 0).acquire(2 + 1);
    keeper.bury(2);
    expect(locked()).toBe(0);
    expect(find('/b')).toBe(false);
    expect(publish('/c')).toBe(false);
    expect(held(1)).toEqual({ date: formatDate(SECOND), fill: 65, length: 100 });
    caches[1]!.release();
    expect(find('/b')).toBe(false);
    expect(keeper.lock.broken).toBe(false);
    expect(keeper.counts).toMatchObject({ entries: 0, bytes: 0 });
    expect(publish('/c')).toBe(true);
    expect(look('/c')).toBe(65);
    expect(publish('/whole', { length: HEAP_BYTES - HEAD_BYTES })).toBe(true);
  });

  it('who throw inside the lock release it, and what may be half written is not trusted', () => {
    publish('/a');
    const throws = (): boolean =>
      caches[1]!.publish(bytesOf('/a'), 2, 4, 0, SECOND + 1, {
        get offset(): number {
          throw new Error('thrown inside');
        },
        length: HEAD_BYTES + 100,
        headLength: HEAD_BYTES,
        dateAt: DATE_AT,
        status: 200,
      });
    expect(throws).toThrow('thrown inside');
    expect(locked()).toBe(0);
    expect(find('/a')).toBe(false);
    expect(keeper.counts).toMatchObject({ entries: 0, bytes: 0 });
    expect(publish('/a')).toBe(true);
  });

  it('who throw while they look release the lock too', () => {
    publish('/a');
    expect(() => caches[0]!.find(undefined as never, 0, 2, 0, SECOND)).toThrow(TypeError);
    const lock = new Lock(region, 0);
    const failing: Guard = Object.create(lock, {
      acquire: { value: (owner: number) => lock.acquire(owner) },
      release: { value: () => lock.release() },
      broken: {
        get: () => {
          throw new Error('thrown inside');
        },
      },
    });
    const cache = new SharedCache(region, 0, HEAP_BYTES, USERS, 0, failing);
    expect(() => cache.find(bytesOf('/a'), 2, 4, 0, SECOND)).toThrow('thrown inside');
    expect(locked()).toBe(0);
  });
});

it('whatever is done in whatever order, what is held stays, and what is found is what was published last', () => {
  const path = fc.integer({ min: 0, max: 11 }).map((index) => `/${index}`);
  const user = fc.integer({ min: 0, max: USERS - 1 });
  const second = fc.integer({ min: SECOND, max: SECOND + 2 });
  const variant = fc.integer({ min: 0, max: 2 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('publish' as const), path, user, second, variant, fill: fc.nat(3) }),
    fc.record({ kind: fc.constant('find' as const), path, user, second, variant, fill: fc.nat(0) }),
    fc.record({
      kind: fc.constantFrom('release' as const, 'bury' as const),
      path,
      user,
      second,
      variant,
      fill: fc.nat(0),
    }),
    fc.record({
      kind: fc.constantFrom('doubt' as const, 'die' as const),
      path,
      user,
      second,
      variant,
      fill: fc.nat(0),
    }),
  );
  const lengths = [10, 700, 2500, 5000];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const own = SharedRegion.create(SharedCache.size(HEAP_BYTES, USERS) + 2 * HEAP_BYTES);
      const [formerRegion, formerCaches] = [region, caches];
      region = own;
      const mine = new SharedCache(own, 0, HEAP_BYTES, USERS, -1);
      mine.initialise();
      const cacheOf = (index: number): SharedCache => new SharedCache(own, 0, HEAP_BYTES, USERS, index);
      caches = [cacheOf(0), cacheOf(1), cacheOf(2)];
      const published = new Map<string, { fill: number; second: number; doubts: number }>();
      const holding = new Map<number, { fill: number; length: number; date: string }>();
      try {
        for (const { kind, path: at, ...options } of steps) {
          const key = `${at} ${options.variant}`;
          const length = lengths[options.fill]!;
          if (kind === 'publish') {
            if (publish(at, { ...options, length })) {
              published.set(key, { fill: options.fill, second: options.second, doubts: mine.doubts });
            }
          } else if (kind === 'find' && !holding.has(options.user) && find(at, options)) {
            const found = held(options.user);
            const last = published.get(key);
            expect({ fill: found.fill, second: options.second, doubts: mine.doubts }).toEqual(last);
            expect(found).toMatchObject({ length: lengths[found.fill], date: formatDate(options.second) });
            holding.set(options.user, found);
          } else if (kind === 'release') {
            caches[options.user]!.release();
            holding.delete(options.user);
          } else if (kind === 'bury' || kind === 'die') {
            if (kind === 'die') mine.lock.acquire(options.user + 1);
            mine.bury(options.user);
            caches[options.user] = cacheOf(options.user);
            holding.delete(options.user);
          } else if (kind === 'doubt') {
            mine.doubt();
          }
          for (const [who, what] of holding) expect(held(who)).toEqual(what);
          expect(mine.counts.bytes).toBeLessThanOrEqual(HEAP_BYTES);
        }
        for (const cache of caches) cache.release();
        // All memory can be had again: nothing was lost, nothing was freed twice.
        for (let tries = 0; tries < 3; tries++) publish('/whole', { length: HEAP_BYTES - HEAD_BYTES });
        expect(look('/whole')).toBe(65);
        expect(mine.counts).toMatchObject({ entries: 1, bytes: HEAP_BYTES });
      } finally {
        [region, caches] = [formerRegion, formerCaches];
        own.destroy();
      }
    }),
    { numRuns: 150 },
  );
});
