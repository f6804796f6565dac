/** Who works for too long is found, once; who waits in between, and who was only not looked at, is not. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { leftBehind, WorkMark } from '../../src/metrics/work-mark.js';
import { WorkerSlots } from '../../src/metrics/worker-slots.js';
import { WorkWatch } from '../../src/models/work-watch.js';

const MOST = 1_000_000;
const EVERY = 1000;

let region: SharedRegion;
let slots: WorkerSlots;
let watch: WorkWatch;
let found: number[];
let now: number;

beforeEach(() => {
  vi.useFakeTimers();
  region = SharedRegion.create(WorkerSlots.bytes(2));
  slots = new WorkerSlots(region, 0, 2);
  found = [];
  watch = new WorkWatch(slots, MOST, (slot) => found.push(slot));
  now = performance.now();
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
  region.destroy();
});

function lookAgain(times: number, passed = EVERY): void {
  for (let time = 0; time < times; time++) {
    now += passed;
    watch.look(now);
  }
}

it('one that works on is told of once', () => {
  const mark = new WorkMark(slots.at(1).counts);
  mark.works();
  lookAgain(MOST / EVERY - 1);
  expect(found).toEqual([]);
  lookAgain(MOST / EVERY);
  expect(found).toEqual([1]);
});

it('one that has waited in between is not', () => {
  const mark = new WorkMark(slots.at(0).counts);
  for (let time = 0; time < 4; time++) {
    mark.works();
    lookAgain(MOST / EVERY - 1);
    mark.waits();
  }
  lookAgain(2 * (MOST / EVERY));
  expect(found).toEqual([]);
});

it('time in which nobody looked does not count', () => {
  new WorkMark(slots.at(0).counts).works();
  lookAgain(2);
  lookAgain(1, 2 * MOST);
  lookAgain(1);
  expect(found).toEqual([]);
});

it('what a worker has is known until it has given it back, or the slot is the next one’s', () => {
  const { counts } = slots.at(0);
  const mark = new WorkMark(counts);
  mark.acceptsWith(0);
  mark.serves(7);
  expect(leftBehind(counts)).toEqual([7, 0]);
  mark.serves(-1);
  expect(leftBehind(counts)).toEqual([0]);
  slots.at(0).vacate();
  expect(leftBehind(counts)).toEqual([]);
});
