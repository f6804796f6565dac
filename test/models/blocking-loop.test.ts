/** The turns that a worker which blocks gives to Node's own loop, by what only Node can tell: pauses of the garbage collector. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BlockingCalls, Waiting } from '../../src/connection/blocking-calls.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { observeCollections } from '../../src/metrics/collections.js';
import { TOLD_AT } from '../../src/metrics/counts.js';
import { distributionOf, type Histogram } from '../../src/metrics/histogram.js';
import { UNTRACED } from '../../src/metrics/trace/tracing.js';
import { STOP, type WorkerSlot, WorkerSlots } from '../../src/metrics/worker-slots.js';
import { BlockingLoop, type BlockingService } from '../../src/models/blocking-loop.js';
import { TimeSpent } from '../../src/models/time-spent.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let region: SharedRegion;
let slot: WorkerSlot;
let pauses: Histogram;
let stop: () => void;

beforeEach(() => {
  region = SharedRegion.create(WorkerSlots.bytes(1));
  slot = new WorkerSlots(region, 0, 1).at(0);
  pauses = slot.histogram('collections');
  stop = observeCollections(pauses);
});

afterEach(() => {
  stop();
  vi.restoreAllMocks();
  region.destroy();
});

const told = (): number => distributionOf([pauses], 1).count;

/** Serves one connection, on which `run` is called until it says that it has closed; `accept` is called for the next one. */
async function serve(run: (calls: { nodeIsDue: boolean }, waiting: Waiting) => boolean, accept: () => void) {
  const site = { tick: () => {}, forget: () => {} };
  const service = { site, tracing: UNTRACED, limits: {}, counts: slot.counts } as unknown as BlockingService;
  let accepted = 0;
  const time = new TimeSpent(slot.counts);
  const loop = new BlockingLoop(service, {
    listeners: [],
    acceptor: {
      descriptor: -1,
      accept: () => {
        if (accepted++ === 0) return 7;
        accept();
        slot.order = STOP;
        return -4;
      },
      acceptNow: () => -11,
    },
    acceptFailed: () => {},
    slot,
    time,
    idleWorkers: () => 0,
    calls: (waiting) => {
      const calls = { nodeIsDue: false, add() {}, deadline() {}, taken: () => 0, close: () => true };
      return Object.assign(calls, { run: () => run(calls, waiting) }) as unknown as BlockingCalls;
    },
  });
  slot.counts[TOLD_AT] = 0;
  await loop.run();
}

it('what was collected for a connection is told before the next one is waited for', async () => {
  let before = -1;
  await serve(
    () => {
      collect();
      return true;
    },
    () => {
      before = told();
    },
  );
  expect(before).toBeGreaterThan(0);
  expect(slot.counts[TOLD_AT]).toBeGreaterThan(0);
});

it('while a connection lasts what was collected is told a second later, and nothing turns more often than that', async () => {
  let clock = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => clock);
  const due: boolean[] = [];
  let during = -1;
  await serve(
    (calls, waiting) => {
      if (due.length > 0) {
        during = told();
        return true;
      }
      collect();
      waiting.after();
      due.push(calls.nodeIsDue);
      clock += 999;
      waiting.after();
      due.push(calls.nodeIsDue);
      clock += 1;
      waiting.after();
      due.push(calls.nodeIsDue);
      return false;
    },
    () => {},
  );
  expect(due).toEqual([false, false, true]);
  expect(during).toBeGreaterThan(0);
});
