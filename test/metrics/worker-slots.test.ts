/** The slots through which workers and the original process speak, in real shared memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedRegion } from '../../src/memory/shared-region.js';
import {
  CACHE_BYTES,
  CONNECTIONS,
  COUNTS,
  FIRST_GAUGE,
  HISTOGRAMS,
  IN_PROGRESS,
  OPEN,
  REQUESTS,
  TOLD_AT,
  WAITED,
} from '../../src/metrics/counts.js';
import { HISTOGRAM_BUCKETS } from '../../src/metrics/histogram.js';
import {
  ABORT,
  BUSY,
  ENDING,
  IDLE,
  RETIRE,
  RUN,
  SLOT_BYTES,
  STARTING,
  STOP,
  THROW,
  VACANT,
  WorkerSlots,
} from '../../src/metrics/worker-slots.js';
import { WorkerSums } from '../../src/metrics/worker-sums.js';

const COUNT = 5;
/** A page, so that slots which do not begin at the beginning are tested too. */
const OFFSET = 4096;

let region: SharedRegion;
let slots: WorkerSlots;

beforeEach(() => {
  region = SharedRegion.create(OFFSET + WorkerSlots.bytes(COUNT));
  slots = new WorkerSlots(region, OFFSET, COUNT);
});

afterEach(() => region.destroy());

describe('a slot', () => {
  it('is vacant at first, and told to run', () => {
    for (const slot of slots.slots) {
      expect([slot.state, slot.order, slot.process, slot.thread]).toEqual([VACANT, RUN, 0, 0]);
      expect([...slot.counts]).toEqual(new Array(COUNTS).fill(0));
    }
  });

  it('holds an order, a state, who it is and what was counted, each apart from the others', () => {
    const slot = slots.at(2);
    slot.order = ABORT;
    slot.state = BUSY;
    slot.occupy(4_194_304, 2_147_483_647);
    slot.counts[CONNECTIONS] = 7;
    slot.counts[REQUESTS] = 2 ** 52 + 1;
    expect([slot.order, slot.state, slot.process, slot.thread]).toEqual([ABORT, BUSY, 4_194_304, 2_147_483_647]);
    expect([...slot.counts.subarray(0, REQUESTS + 1)]).toEqual([7, 2 ** 52 + 1]);
  });

  it('touches no other slot, and nothing before or behind the slots', () => {
    region.bytes.fill(0);
    const slot = slots.at(2);
    slot.order = THROW;
    slot.state = ENDING;
    slot.occupy(-1, -1);
    slot.counts.fill(-1);
    slot.stalls.fill(-1);
    slot.systemCalls.fill(-1);
    for (const name of HISTOGRAMS) slot.histogram(name).head.fill(-1);
    const from = OFFSET + 2 * SLOT_BYTES;
    expect(region.bytes.subarray(0, from).every((byte) => byte === 0)).toBe(true);
    expect(region.bytes.subarray(from + SLOT_BYTES).every((byte) => byte === 0)).toBe(true);
  });

  it('has histograms that touch no other slot, and none another', () => {
    for (const name of HISTOGRAMS) {
      region.bytes.fill(0);
      slots.at(2).histogram(name).buckets.fill(-1);
      const others = slots.slots.flatMap((slot, index) =>
        HISTOGRAMS.filter((other) => index !== 2 || other !== name).map((other) => slot.histogram(other)),
      );
      expect(others.every(({ buckets }) => buckets.every((count) => count === 0))).toBe(true);
      expect(region.doubles.filter((count) => count === -1).length).toBe(HISTOGRAM_BUCKETS);
    }
  });

  it('is another line of the cache than its neighbours', () => {
    expect(SLOT_BYTES % 64).toBe(0);
    expect(slots.at(1).counts.byteOffset - slots.at(0).counts.byteOffset).toBe(SLOT_BYTES);
  });

  it('is readied for the next worker, but forgets no count', () => {
    const slot = slots.at(0);
    slot.order = STOP;
    slot.state = ENDING;
    slot.occupy(10, 11);
    slot.counts[CONNECTIONS] = 3;
    slot.counts[REQUESTS] = 9;
    slot.counts[OPEN] = 2;
    slot.counts[IN_PROGRESS] = 1;
    slot.counts[CACHE_BYTES] = 4096;
    slot.vacate();
    expect([slot.state, slot.order, slot.process, slot.thread]).toEqual([VACANT, RUN, 0, 0]);
    expect([slot.counts[CONNECTIONS], slot.counts[REQUESTS]]).toEqual([3, 9]);
    // What was open has gone with the worker.
    expect([...slot.counts.subarray(FIRST_GAUGE)].every((count) => count === 0)).toBe(true);
    expect(new WorkerSums([slot]).caches.bytes).toBe(0);
  });

  it('counts as a wait what its worker had not told of when it ended; of a loop there is nothing to tell', () => {
    const [blocking, loop] = [slots.at(0), slots.at(1)];
    blocking.counts[WAITED] = 100;
    blocking.counts[TOLD_AT] = Date.now() - 5000;
    for (const slot of [blocking, loop]) slot.vacate();
    expect(blocking.counts[WAITED]).toBeGreaterThanOrEqual(105);
    expect(blocking.counts[WAITED]).toBeLessThan(200);
    expect([blocking.counts[TOLD_AT], loop.counts[WAITED]]).toEqual([0, 0]);
  });
});

describe('all slots', () => {
  it('tell how many workers are in a state', () => {
    const states = [IDLE, BUSY, IDLE, STARTING, VACANT] as const;
    for (const [index, state] of states.entries()) slots.at(index).state = state;
    expect([VACANT, STARTING, IDLE, BUSY, ENDING].map((state) => slots.inState(state as typeof IDLE))).toEqual([
      1, 1, 2, 1, 0,
    ]);
  });

  it('add up what was counted, by those that have ended as well', () => {
    for (const [index, slot] of slots.slots.entries()) {
      slot.counts[CONNECTIONS] = index;
      slot.counts[REQUESTS] = 10 ** index;
    }
    slots.at(4).vacate();
    const sums = new WorkerSums(slots.slots);
    expect([sums.of(CONNECTIONS), sums.of(REQUESTS)]).toEqual([10, 11_111]);
  });

  it('are the same for whoever maps the memory again, at another address', () => {
    slots.at(3).order = RETIRE;
    slots.at(3).counts[REQUESTS] = 12.5;
    // Its own descriptor would be closed with it: unmapping is left to the end of this process.
    const again = SharedRegion.inherited(region.descriptor, region.size);
    expect(again.base).not.toBe(region.base);
    const others = new WorkerSlots(again, OFFSET, COUNT);
    expect(others.at(3).order).toBe(RETIRE);
    expect(others.at(3).counts[REQUESTS]).toBe(12.5);
    others.at(3).state = IDLE;
    expect(slots.at(3).state).toBe(IDLE);
  });
});
