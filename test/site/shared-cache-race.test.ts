/**
 * The race for the shared cache, run for real: threads and processes publish, find and look at answers of which every byte
 * is known. With the lock nothing is ever wrong, also when one of them is killed; without it something soon is.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { SharedCache } from '../../src/site/shared-cache.js';
import { type Sharer, startProcess, startThread } from '../memory/sharing.js';
import { eventually } from '../models/scripts.js';

const HEAP_BYTES = 24 * 1024;
const SCRATCH_BYTES = 4096;
const PROCESSES = 3;
const THREADS = 4;
const OPERATIONS = 12_000;
/** Without the lock one round is nearly always enough. */
const ROUNDS = 12;

interface Said {
  readonly finds: number;
  readonly hits: number;
  readonly published: number;
  readonly wrong: number;
  readonly errors: number;
}

let sharers: Sharer<Said>[] = [];
let region: SharedRegion;
let cache: SharedCache;
let progressAt: number;

afterEach(end);

async function end(): Promise<void> {
  for (const sharer of sharers) sharer.kill();
  await Promise.all(sharers.map(({ ended }) => ended));
  if (sharers.length > 0) region.destroy();
  sharers = [];
}

/** Begins a race of so many; they start when all are there. */
function race(start: typeof startThread, users: number, operations: number, guarded: boolean, seed = 1): void {
  const cacheBytes = SharedCache.size(HEAP_BYTES, users);
  const startAt = (cacheBytes + users * SCRATCH_BYTES) / 4;
  region = SharedRegion.create(startAt * 4 + 4096);
  progressAt = startAt + 1;
  cache = new SharedCache(region, 0, HEAP_BYTES, users, -1);
  cache.initialise();
  region.words[startAt] = users;
  for (let user = 0; user < users; user++) {
    const scratchAt = cacheBytes + user * SCRATCH_BYTES;
    const task = { user, users, heapBytes: HEAP_BYTES, scratchAt, operations, guarded, startAt, progressAt, seed };
    sharers.push(start<Said>(import.meta.url, './cache-user.mjs', region, task));
  }
}

function sum(all: readonly Said[], what: keyof Said): number {
  return all.reduce((total, said) => total + said[what], 0);
}

/** What went wrong: bytes that were another's, errors, and counts that are lost when two write them at once. */
async function findings(users: number): Promise<{ wrong: number; errors: number; lost: number; all: Said[] }> {
  const all = await Promise.all(sharers.map(({ result }) => result));
  const { hits, misses } = cache.counts;
  expect(all.length).toBe(users);
  const lost = Math.abs(sum(all, 'finds') - hits - misses) + Math.abs(sum(all, 'hits') - hits);
  return { wrong: sum(all, 'wrong'), errors: sum(all, 'errors'), lost, all };
}

describe('a race for the shared cache', () => {
  it.each([
    ['threads', startThread, THREADS],
    ['processes', startProcess, PROCESSES],
  ] as const)('of %s: every answer is whole', async (_, start, users) => {
    race(start, users, OPERATIONS, true);
    const { all, ...wrong } = await findings(users);
    expect(wrong).toEqual({ wrong: 0, errors: 0, lost: 0 });
    // It was a race for something: all sorts of things have happened.
    expect(sum(all, 'hits')).toBeGreaterThan(1000);
    expect(sum(all, 'published')).toBeGreaterThan(1000);
    expect(cache.counts.evictions).toBeGreaterThan(100);
    expect(cache.lock.counts.acquisitions).toBeGreaterThanOrEqual(2 * sum(all, 'published'));
    expect(cache.counts.bytes).toBeLessThanOrEqual(HEAP_BYTES);
  });

  it.each([
    ['threads', startThread, THREADS],
    ['processes', startProcess, PROCESSES],
  ] as const)('of %s without the lock: answers are mixed up', async (_, start, users) => {
    let mixed = 0;
    for (let round = 1; round <= ROUNDS && mixed === 0; round++) {
      race(start, users, OPERATIONS, false, round * 1000);
      const { wrong, errors } = await findings(users);
      mixed = wrong + errors;
      await end();
    }
    expect(mixed).toBeGreaterThan(0);
  });

  it('of processes, of which one is killed in the middle: the others finish, and every answer is whole', async () => {
    race(startProcess, PROCESSES, 3 * OPERATIONS, true);
    await eventually(() => Atomics.load(region.words, progressAt) > 500);
    const [killed, ...others] = sharers as [Sharer<Said>, ...Sharer<Said>[]];
    killed.kill();
    await killed.ended;
    cache.bury(0);
    const all = await Promise.all(others.map(({ result }) => result));
    expect([sum(all, 'wrong'), sum(all, 'errors')]).toEqual([0, 0]);
    expect(sum(all, 'hits')).toBeGreaterThan(1000);
    expect(cache.lock.broken).toBe(false);
  });
});
