/** What is counted of a connection and its requests, one step after the other, and which of them are timed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Metering } from '../../src/connection/metering.js';
import { RequestMeter } from '../../src/connection/request-meter.js';
import { DiskTimer } from '../../src/disk/timed.js';
import { METHOD_GET, METHOD_POST, METHOD_TRACE } from '../../src/http/request-head.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import {
  BYTES_IN,
  BYTES_OUT,
  FIRST_CLASS,
  HISTOGRAM_PARTS,
  IN_PROGRESS,
  IN_PROGRESS_MOST,
  INTERIM,
  OPEN,
  TIMED_OUT,
} from '../../src/metrics/counts.js';
import { distributionOf } from '../../src/metrics/histogram.js';
import { METHODS, OTHER_METHOD, requestClass } from '../../src/metrics/request-classes.js';
import { type WorkerSlot, WorkerSlots } from '../../src/metrics/worker-slots.js';

let region: SharedRegion;
let slot: WorkerSlot;

beforeEach(() => {
  region = SharedRegion.create(WorkerSlots.bytes(1));
  slot = new WorkerSlots(region, 0, 1).at(0);
});

afterEach(() => region.destroy());

/** The dispatcher: its wait has ended now. */
const dispatcher = {
  get clock(): number {
    return performance.now();
  },
};

function metering(every = 1): Metering {
  return new Metering(slot, every, new DiskTimer());
}

function answer(meter: RequestMeter, method = METHOD_GET, status = 200): void {
  meter.begins(dispatcher);
  meter.parsed(method);
  meter.asks();
  meter.asked();
  meter.answered();
  meter.sends();
  meter.sent(100);
  meter.ended(status);
}

function timed(): number[] {
  return HISTOGRAM_PARTS.map((name) => distributionOf([slot.histogram(name)], 1).count);
}

function pause(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

describe('counts', () => {
  it('a request by its method and its status', () => {
    const meter = new RequestMeter(metering());
    answer(meter);
    answer(meter, METHOD_GET, 304);
    answer(meter, METHOD_POST, 503);
    answer(meter, METHOD_TRACE, 501);
    const at = (method: number, status: number): number => slot.counts[FIRST_CLASS + requestClass(method, status)]!;
    expect([at(0, 200), at(0, 300), at(METHODS.indexOf('POST'), 500), at(OTHER_METHOD, 500)]).toEqual([1, 1, 1, 1]);
  });

  it('bytes, interim responses, connections and their time-outs', () => {
    const meter = new RequestMeter(metering());
    meter.received(70);
    meter.received(30);
    meter.interim(25);
    meter.timedOut();
    // One that was answered 408 and does not take that either.
    meter.timedOut();
    answer(meter);
    const { counts } = slot;
    expect([BYTES_IN, BYTES_OUT, INTERIM, TIMED_OUT, OPEN].map((at) => counts[at])).toEqual([100, 125, 1, 1, 1]);
    meter.closed();
    expect(counts[OPEN]).toBe(0);
  });

  it('what is in progress, however it ends', () => {
    const shared = metering();
    const [first, second, third] = [0, 1, 2].map(() => new RequestMeter(shared)) as [
      RequestMeter,
      RequestMeter,
      RequestMeter,
    ];
    for (const meter of [first, second, third]) {
      meter.begins(dispatcher);
      meter.parsed(METHOD_GET);
    }
    expect(slot.counts[IN_PROGRESS]).toBe(3);
    first.ended(200);
    second.closed();
    third.refused();
    expect(slot.counts[IN_PROGRESS]).toBe(1);
    third.ended(413);
    expect([slot.counts[IN_PROGRESS], slot.counts[IN_PROGRESS_MOST]]).toEqual([0, 3]);
    first.closed();
    expect(slot.counts[IN_PROGRESS]).toBe(0);
  });

  it('what was no request as an answer to one of another method, and times it not', () => {
    const meter = new RequestMeter(metering());
    meter.begins(dispatcher);
    meter.refused();
    meter.answered();
    meter.sends();
    meter.ended(400);
    expect(slot.counts[FIRST_CLASS + requestClass(OTHER_METHOD, 400)]).toBe(1);
    expect(timed()).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('times', () => {
  it('each part of a request, which together are all of it', () => {
    const timer = new DiskTimer();
    const meter = new RequestMeter(new Metering(slot, 1, timer));
    const waited = performance.now();
    pause(2);
    meter.begins({ clock: waited });
    pause(3);
    meter.parsed(METHOD_GET);
    meter.asks();
    pause(4);
    timer.add(1);
    meter.asked();
    meter.waitsForDisk(true);
    pause(5);
    meter.waitsForDisk(false);
    // For a password, or for a compressor.
    pause(8);
    meter.waitsForDisk(false);
    meter.answered();
    meter.sends();
    meter.asksForWindow();
    pause(6);
    meter.windowCame();
    pause(7);
    meter.ended(200);
    const sums = HISTOGRAM_PARTS.map((name) => distributionOf([slot.histogram(name)], 1e-6).sum);
    const [total, queue, parse, handle, disk, send] = sums as [number, number, number, number, number, number];
    expect(queue).toBeGreaterThanOrEqual(2);
    expect(parse).toBeGreaterThanOrEqual(3);
    expect(handle).toBeGreaterThanOrEqual(3 + 8);
    expect(disk).toBeGreaterThanOrEqual(1 + 5 + 6);
    expect(disk).toBeLessThanOrEqual(total - queue - parse - handle - send + 0.1);
    expect(send).toBeGreaterThanOrEqual(7);
    expect(queue + parse + handle + disk + send).toBeCloseTo(total, 1);
  });

  it('no request that ended otherwise, nor one that has not come whole; then the next one', () => {
    const meter = new RequestMeter(metering());
    meter.begins(dispatcher);
    meter.falters();
    meter.begins(dispatcher);
    meter.parsed(METHOD_GET);
    meter.closed();
    expect(timed()).toEqual([0, 0, 0, 0, 0, 0]);
    answer(new RequestMeter(metering()));
    expect(timed()).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('one in so many, on average, and not each time the same', () => {
    const shared = metering(64);
    const meter = new RequestMeter(shared);
    const gaps = new Set<number>();
    for (let request = 1; request <= 64_000; request++) {
      const { left } = shared;
      answer(meter);
      // The next one has been chosen.
      if (left === 1) gaps.add(shared.left);
    }
    const count = timed()[0] as number;
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1100);
    expect(gaps.size).toBeGreaterThan(50);
  });
});
