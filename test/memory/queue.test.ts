/** The queue without a lock: one thread, and several at once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Fifo } from '../../src/memory/fifo.js';
import { Queue } from '../../src/memory/queue.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { type Sharer, startThread } from './sharing.js';

const QUEUE_AT = 64;
const CAPACITY = 8;
const TAKEN_AT = 4096;
const ARRIVED_AT = 4160;
const MARKS_AT = 8192;
const EACH = 32_768;
const USERS = 4;
const ALL = USERS * EACH;
const LARGE_AT = MARKS_AT + ALL * 4;

let region: SharedRegion;
let queue: Queue;
let sharers: Sharer<number>[] = [];

beforeEach(() => {
  region = SharedRegion.create(LARGE_AT + Queue.bytes(ALL));
  queue = new Queue(region.words, QUEUE_AT, CAPACITY);
});

afterEach(async () => {
  for (const sharer of sharers) sharer.kill();
  await Promise.all(sharers.map(({ ended }) => ended));
  sharers = [];
  region.destroy();
});

/** Puts and takes `rounds` times; the queue is filled to the brim and emptied in turns. */
function exercise(rounds: number): void {
  let next = 0;
  let expected = 0;
  for (let round = 0; round < rounds; round++) {
    const some = 1 + (round % CAPACITY);
    for (let i = 0; i < some; i++) expect(queue.put(next++)).toBe(true);
    for (let i = 0; i < some; i++) expect(queue.take()).toBe(expected++);
    expect(queue.take()).toBe(-1);
  }
}

it('zeroed memory is an empty queue', () => {
  expect(queue.take()).toBe(-1);
});

it('gives numbers in the order in which they were put, over its end and on', () => {
  exercise(100);
});

it('refuses what does not fit, and takes it when there is room', () => {
  for (let value = 0; value < CAPACITY; value++) expect(queue.put(value)).toBe(true);
  expect(queue.put(99)).toBe(false);
  expect(queue.take()).toBe(0);
  expect(queue.put(0x7fff_ffff)).toBe(true);
  expect(queue.put(99)).toBe(false);
  for (let value = 1; value < CAPACITY; value++) expect(queue.take()).toBe(value);
  expect(queue.take()).toBe(0x7fff_ffff);
  expect(queue.take()).toBe(-1);
});

it.each([0x7fff_fff8, -8])('goes on when its counters wrap around: from %i', (count) => {
  // As it would be after so many: both counters, and each cell's sequence number less its index.
  const start = QUEUE_AT / 4;
  region.words[start] = count;
  region.words[start + 16] = count;
  for (let cell = 0; cell < CAPACITY; cell++) region.words[start + 32 + 2 * cell] = count;
  exercise(20);
});

it('touches nothing but its own bytes', () => {
  const end = QUEUE_AT + Queue.bytes(CAPACITY);
  exercise(20);
  expect(region.words.subarray(0, QUEUE_AT / 4).every((word) => word === 0)).toBe(true);
  expect(region.words.subarray(end / 4).every((word) => word === 0)).toBe(true);
});

/** So many who put and so many who take, all at once, until all is put and taken: how often something was wrong. */
async function race(putters: number, takers: number, queueAt: number, capacity: number): Promise<number> {
  region.words[ARRIVED_AT / 4] = 0;
  const common = { queueAt, capacity, all: ALL, takenAt: TAKEN_AT, arrivedAt: ARRIVED_AT, marksAt: MARKS_AT };
  const together = putters + takers;
  const users = Array.from({ length: together }, (_, user) => {
    const count = ALL / putters;
    const task = { ...common, together, puts: user < putters, first: user * count, count };
    return startThread<number>(import.meta.url, './queue-user.mjs', region, task);
  });
  sharers.push(...users);
  const wrong = await Promise.all(users.map(({ result }) => result));
  return wrong.reduce((sum, one) => sum + one, 0);
}

function expectAllTaken(): void {
  expect(region.words[TAKEN_AT / 4]).toBe(ALL);
  expect(region.words.subarray(MARKS_AT / 4, LARGE_AT / 4).every((mark) => mark === 0)).toBe(true);
}

it('gives each number once among several threads that put and take', async () => {
  expect(await race(2, 3, QUEUE_AT, CAPACITY)).toBe(0);
  expectAllTaken();
});

// Nobody is in the way of those who put, nor of those who take, but they themselves: their races are the closest.
it('gives each number once when all put, and then all take', async () => {
  expect(await race(USERS, 0, LARGE_AT, ALL)).toBe(0);
  expect(await race(0, USERS, LARGE_AT, ALL)).toBe(0);
  expectAllTaken();
});

it('a queue of one thread keeps the order, however long it becomes', () => {
  const fifo = new Fifo<number>();
  let put = 0;
  let taken = 0;
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 200; i++) fifo.put(put++);
    for (let i = 0; i < 130; i++) expect(fifo.take()).toBe(taken++);
    expect(fifo.length).toBe(put - taken);
  }
  while (taken < put) expect(fifo.take()).toBe(taken++);
  expect([fifo.take(), fifo.length]).toEqual([undefined, 0]);
});
