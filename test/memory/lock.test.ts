/** The lock: one owner at a time, counted; and what becomes of it when its owner dies. Among real threads and processes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCK_BYTES, Lock } from '../../src/memory/lock.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { eventually } from '../models/scripts.js';
import { type Sharer, startProcess, startThread } from './sharing.js';

const LOCK_AT = LOCK_BYTES;
const COUNTER_AT = 256;
const WAITERS = 0x4000_0000;
const TIMES = 20_000;

let region: SharedRegion;
let lock: Lock;
let sharers: Sharer<unknown>[] = [];

beforeEach(() => {
  region = SharedRegion.create(4096);
  lock = new Lock(region, LOCK_AT);
});

afterEach(async () => {
  for (const sharer of sharers) sharer.kill();
  await Promise.all(sharers.map(({ ended }) => ended));
  sharers = [];
  region.destroy();
});

function user(start: typeof startThread, owner: number, times: number, dies = false): Sharer<unknown> {
  const task = { owner, times, dies, lockAt: LOCK_AT, counterAt: COUNTER_AT };
  const sharer = start<unknown>(import.meta.url, './lock-user.mjs', region, task);
  sharers.push(sharer);
  return sharer;
}

const word = (): number => Atomics.load(region.words, LOCK_AT / 4);

/** Somebody sleeps until the lock is free. */
const somebodyWaits = (): Promise<void> => eventually(() => (word() & WAITERS) !== 0);

describe('Lock', () => {
  it('is free at first, and has the one who took it as its owner', () => {
    expect(word()).toBe(0);
    lock.acquire(7);
    expect(word()).toBe(7);
    lock.release();
    expect(word()).toBe(0);
    expect(lock.counts).toEqual({ acquisitions: 1, contended: 0, waitedMilliseconds: 0 });
  });

  it.each([
    ['threads', startThread],
    ['processes', startProcess],
  ] as const)('lets in one at a time of several %s', async (_, start) => {
    lock.acquire(1);
    const users = [2, 3, 4, 5].map((owner) => user(start, owner, TIMES));
    await somebodyWaits();
    lock.release();
    await Promise.all(users.map(({ result }) => result));
    expect(region.words[COUNTER_AT]).toBe(4 * TIMES);
    expect(lock.counts.acquisitions).toBe(4 * TIMES + 1);
    expect(lock.counts.contended).toBeGreaterThanOrEqual(1);
    expect(lock.counts.contended).toBeLessThan(4 * TIMES);
    expect(word()).toBe(0);
    expect(lock.broken).toBe(false);
  });

  it('counts who had to wait, and for how long', async () => {
    lock.acquire(1);
    const { result } = user(startThread, 2, 1);
    await somebodyWaits();
    const began = performance.now();
    await new Promise((done) => setTimeout(done, 30));
    const least = performance.now() - began;
    lock.release();
    await result;
    const { acquisitions, contended, waitedMilliseconds } = lock.counts;
    expect([acquisitions, contended]).toEqual([2, 1]);
    expect(waitedMilliseconds).toBeGreaterThanOrEqual(least);
    expect(waitedMilliseconds).toBeLessThan(10_000);
  });

  it.each([
    ['thread', startThread],
    ['process', startProcess],
  ] as const)('a %s that died with it is buried, and who takes it next knows', async (_, start) => {
    const dead = user(start, 2, 0, true);
    await dead.result;
    await dead.ended;
    expect(word()).toBe(2);
    const next = user(start, 3, 1);
    await somebodyWaits();
    lock.bury(4);
    expect(word()).toBe(2 | WAITERS);
    expect(lock.broken).toBe(false);
    lock.bury(2);
    expect(await next.result).toBe(true);
    expect(word()).toBe(0);
    expect(lock.broken).toBe(true);
    lock.mended();
    expect(lock.broken).toBe(false);
  });

  it('one that died without it leaves it as it was', () => {
    lock.bury(2);
    expect([word(), lock.broken]).toEqual([0, false]);
    lock.acquire(3);
    lock.bury(2);
    expect([word(), lock.broken]).toEqual([3, false]);
  });

  // By time, as nothing else tells: one of three tries on a busy machine is enough.
  it('one that was woken and died before it took it leaves the next one its turn', { retry: 2 }, async () => {
    lock.acquire(1);
    const { result } = user(startThread, 2, 1);
    await somebodyWaits();
    // As `release` does, but the wake-up goes to somebody who dies.
    Atomics.store(region.words, LOCK_AT / 4, 0);
    const began = performance.now();
    // The thread may be about to sleep: it does not, or is woken by one of these.
    const burying = setInterval(() => lock.bury(9), 5);
    await result;
    clearInterval(burying);
    expect(performance.now() - began).toBeLessThan(900);
  });

  it('an owner that cannot finish says so', () => {
    lock.acquire(1);
    lock.spoil();
    lock.release();
    expect([word(), lock.broken]).toEqual([0, true]);
  });
});
