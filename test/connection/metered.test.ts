/** What a connection tells of its requests to whoever counts: with a dispatcher that only writes down and a site of the test's. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import { Metering } from '../../src/connection/metering.js';
import type { ConnectionLimits } from '../../src/connection/service.js';
import { DiskTimer } from '../../src/disk/timed.js';
import { Arena } from '../../src/memory/arena.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { type HistogramName, TIMED_OUT } from '../../src/metrics/counts.js';
import type { Distribution } from '../../src/metrics/distribution.js';
import { distributionOf } from '../../src/metrics/histogram.js';
import { type WorkerSlot, WorkerSlots } from '../../src/metrics/worker-slots.js';
import { RecordingDispatcher } from './recording-dispatcher.js';
import { serviceWith } from './service.js';
import { TestSite } from './test-site.js';

const GET = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
const WINDOW = 1_048_576;

let region: SharedRegion;
let slot: WorkerSlot;
let arena: Arena;
let area: number;
let dispatcher: RecordingDispatcher;
let site: TestSite;
let connection: Connection;

beforeEach(() => {
  region = SharedRegion.create(WorkerSlots.bytes(1));
  slot = new WorkerSlots(region, 0, 1).at(0);
  arena = new Arena(16 * 1024 * 1024);
  area = arena.reserve(1024 * 1024);
  dispatcher = new RecordingDispatcher(arena);
  site = new TestSite(arena);
});

afterEach(() => {
  connection.abandon();
  arena.destroy();
  region.destroy();
});

function open(limits: Partial<ConnectionLimits> = {}): void {
  const metering = new Metering(slot, 1, new DiskTimer());
  const service = serviceWith({ arena, dispatcher, site, counts: slot.counts, metering }, limits);
  connection = new Connection(7, service);
}

function receive(text: string): void {
  arena.bytes.set(Buffer.from(text, 'latin1'), area);
  connection.received(area, text.length);
}

function sent(): void {
  connection.sent(site.answers.at(-1)?.length as number);
}

/** In milliseconds. */
function times(name: HistogramName): Distribution {
  return distributionOf([slot.histogram(name)], 1e-6);
}

function pause(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

it('the time of a request begins at its receipt, also where others came with it', () => {
  open();
  dispatcher.clock = performance.now();
  receive(GET + GET);
  pause(10);
  // The first has been sent in another turn.
  dispatcher.clock = performance.now();
  sent();
  sent();
  expect(times('queue').max).toBeGreaterThanOrEqual(9.8);
  expect(times('queue').sum).toBeLessThan(times('total').sum);
  expect(times('total').count).toBe(2);
  expect(times('total').sum).toBeGreaterThanOrEqual(2 * 9.8);
  // One that comes by itself does not inherit that.
  const before = times('queue').sum;
  dispatcher.clock = performance.now();
  receive(GET);
  sent();
  expect(times('queue').sum - before).toBeLessThan(9);
});

it('a wait is one for the disk where the site says so, and part of the handling where it does not', () => {
  open();
  site.pends = true;
  receive(GET);
  pause(5);
  connection.answered(site.make('for a password', true));
  sent();
  expect([times('disk').sum, times('handle').max >= 4.9]).toEqual([0, true]);
  const handled = times('handle').sum;
  receive(GET);
  connection.waitsForDisk(true);
  pause(20);
  connection.waitsForDisk(false);
  connection.answered(site.make('from the disk', true));
  sent();
  expect(times('disk').sum).toBeGreaterThanOrEqual(19.6);
  expect(times('handle').sum - handled).toBeLessThan(15);
});

it('a connection whose time is over counts once, however often that is found', () => {
  open();
  receive('GET / HT');
  connection.expired();
  expect(site.answers.at(-1)?.status).toBe(408);
  // It does not take that either.
  connection.expired();
  expect(dispatcher.take()).toContain('close');
  expect(slot.counts[TIMED_OUT]).toBe(1);
});

it('a connection whose peer has taken a file too slowly counts as one whose time was over', () => {
  site.file = { length: 3 * WINDOW };
  open({ sendRate: 100_000 });
  receive(GET);
  dispatcher.clock += 15_000;
  connection.sent(WINDOW);
  expect(slot.counts[TIMED_OUT]).toBe(0);
  dispatcher.clock += 12_000;
  dispatcher.take();
  connection.sent(WINDOW);
  expect(dispatcher.take()).toEqual(['close']);
  expect(slot.counts[TIMED_OUT]).toBe(1);
});
