/** The pool with workers that do what the test says: births, deaths, replacements, sizes and ends. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { ABORT, BUSY, IDLE, RETIRE, RUN, STOP, THROW, WorkerSlots } from '../../src/metrics/worker-slots.js';
import type { Worker } from '../../src/models/worker.js';
import { WorkerPool } from '../../src/models/worker-pool.js';

/** A worker that serves and ends when the test says so. */
class FakeWorker implements Worker {
  readonly ready: Promise<void>;
  readonly ended: Promise<string | undefined>;
  readonly place: number;
  readonly slot: number;
  killed = false;
  serve: () => void = () => {};
  fail: (reason: string) => void = () => {};
  end: (reason?: string) => void = () => {};

  constructor(place: number, slot: number) {
    this.place = place;
    this.slot = slot;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.ready = new Promise((resolve, reject) => {
      this.serve = resolve;
      this.fail = (reason) => {
        reject(new Error(reason));
        this.end(reason);
      };
    });
    this.ready.catch(() => {});
  }

  kill(): void {
    this.killed = true;
    this.fail('killed by SIGKILL');
  }
}

const SIZE = 4;
let region: SharedRegion;
let slots: WorkerSlots;
let born: FakeWorker[];
let buried: number[];
let log: string[];
let wakes: number[];
let pool: WorkerPool;

/** Lets promises settle that are settled already. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await vi.advanceTimersByTimeAsync(0);
}

function serve(worker: FakeWorker): void {
  slots.at(worker.slot).occupy(1, 100 + worker.slot);
  slots.at(worker.slot).state = IDLE;
  worker.serve();
}

function poolOf(spare?: { least: number; most: number }): WorkerPool {
  return new WorkerPool({
    slots,
    size: SIZE,
    spare,
    start(place, slot) {
      const worker = new FakeWorker(place, slot);
      born.push(worker);
      return worker;
    },
    buried: (slot) => buried.push(slot),
    say: (_level, sentence) => log.push(sentence),
    wake: (_, thread) => wakes.push(thread),
  });
}

async function started(spare?: { least: number; most: number }): Promise<void> {
  pool = poolOf(spare);
  const start = pool.start();
  for (const worker of born) serve(worker);
  await start;
}

/** Ends every worker that has been told to. */
async function endThoseTold(): Promise<void> {
  for (const worker of born) if (slots.at(worker.slot).order !== RUN) worker.end();
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  region = SharedRegion.create(WorkerSlots.bytes(2 * SIZE));
  slots = new WorkerSlots(region, 0, 2 * SIZE);
  born = [];
  buried = [];
  log = [];
  wakes = [];
});

afterEach(async () => {
  const aborted = pool.abort();
  await vi.advanceTimersByTimeAsync(1000);
  await aborted;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  region.destroy();
});

describe('the start', () => {
  it('gives each worker a place and a slot of its own, and settles when all serve', async () => {
    pool = poolOf();
    let done = false;
    const start = pool.start().then(() => {
      done = true;
    });
    expect(born.map(({ place }) => place)).toEqual([0, 1, 2, 3]);
    expect(new Set(born.map(({ slot }) => slot)).size).toBe(SIZE);
    for (const worker of born.slice(1)) serve(worker);
    await settle();
    expect(done).toBe(false);
    serve(born[0]!);
    await start;
    expect(pool.counts).toEqual({ workers: SIZE, busy: 0, idle: SIZE, replaced: 0, started: SIZE });
  });

  it('fails with the reason of the first that does, and leaves none', async () => {
    pool = poolOf();
    const start = pool.start();
    serve(born[0]!);
    born[1]!.fail('The directory is gone.');
    const failed = expect(start).rejects.toThrow('The directory is gone.');
    await vi.advanceTimersByTimeAsync(1000);
    await failed;
    expect(pool.counts.workers).toBe(0);
    expect(born).toHaveLength(SIZE);
  });
});

describe('a worker that dies', () => {
  it('is replaced at once when it was old, in its place, when what it held has been given back', async () => {
    await started();
    await vi.advanceTimersByTimeAsync(1000);
    born[2]!.end('killed by SIGKILL');
    await settle();
    expect(buried).toEqual([born[2]!.slot]);
    expect(born).toHaveLength(SIZE + 1);
    expect(born[SIZE]!.place).toBe(2);
    expect(pool.counts.replaced).toBe(1);
    expect(log).toEqual(['A worker has ended (killed by SIGKILL); another takes its place now.']);
  });

  it('is replaced after a pause that doubles while it dies young, and begins anew when one has lived', async () => {
    await started();
    for (const pause of [100, 200, 400]) {
      born.at(-1)!.end('exit code 1');
      await settle();
      const before = born.length;
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(born).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(born).toHaveLength(before + 1);
    }
    expect(born.slice(SIZE).every(({ place }) => place === 3)).toBe(true);
    serve(born.at(-1)!);
    await vi.advanceTimersByTimeAsync(1000);
    born.at(-1)!.end();
    await settle();
    expect(born).toHaveLength(SIZE + 4);
    born.at(-1)!.end();
    await settle();
    await vi.advanceTimersByTimeAsync(100);
    expect(born).toHaveLength(SIZE + 5);
  });

  it('the pause has a bound', async () => {
    await started();
    for (let death = 0; death < 12; death++) {
      born.at(-1)!.end();
      await settle();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(born).toHaveLength(SIZE + 1 + death);
    }
  });

  it('the trace of an error follows its sentence', async () => {
    await started();
    born[0]!.end('Error: no\n    at somewhere');
    await settle();
    expect(log).toEqual(['A worker has ended (Error: no); another takes its place in 100 ms.\n    at somewhere']);
  });
});

describe('an order', () => {
  it('is repeated, since a wake-up may come too early, until the worker has ended', async () => {
    await started();
    const stopped = pool.stop(10_000);
    expect(born.map(({ slot }) => slots.at(slot).order)).toEqual([STOP, STOP, STOP, STOP]);
    expect(wakes).toHaveLength(SIZE);
    await vi.advanceTimersByTimeAsync(100);
    expect(wakes).toHaveLength(3 * SIZE);
    await endThoseTold();
    await stopped;
    await vi.advanceTimersByTimeAsync(500);
    expect(wakes).toHaveLength(3 * SIZE);
  });

  it('to throw goes to one that serves, and it is replaced', async () => {
    await started();
    await vi.advanceTimersByTimeAsync(1000);
    pool.throwIn(0.99);
    expect(slots.at(born[3]!.slot).order).toBe(THROW);
    born[3]!.end('Error: injected');
    await settle();
    expect(pool.counts.replaced).toBe(1);
    expect(slots.at(born[SIZE]!.slot).order).toBe(RUN);
  });
});

describe('the end', () => {
  it('ends those by force that are left after the time, and starts none any more', async () => {
    await started();
    const stopped = pool.stop(3000);
    born[0]!.end();
    await vi.advanceTimersByTimeAsync(2999);
    expect(born.slice(1).some(({ killed }) => killed)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(born.slice(1).map(({ slot }) => slots.at(slot).order)).toEqual([ABORT, ABORT, ABORT]);
    await vi.advanceTimersByTimeAsync(500);
    await stopped;
    expect(born.slice(1).every(({ killed, slot }) => killed && slots.at(slot).order === RUN)).toBe(true);
    expect(buried).toHaveLength(SIZE);
    expect(born).toHaveLength(SIZE);
    expect(pool.counts.replaced).toBe(0);
  });

  it('comes also when a replacement is due', async () => {
    await started();
    born[0]!.end();
    await settle();
    const stopped = pool.stop(1000);
    await endThoseTold();
    await stopped;
    await vi.advanceTimersByTimeAsync(1000);
    expect(born).toHaveLength(SIZE);
  });

  it('at once kills', async () => {
    await started();
    const aborted = pool.abort();
    expect(born.map(({ slot }) => slots.at(slot).order)).toEqual([ABORT, ABORT, ABORT, ABORT]);
    await vi.advanceTimersByTimeAsync(500);
    await aborted;
    expect(born.every(({ killed }) => killed)).toBe(true);
  });
});

describe('replacing all', () => {
  it('tells a worker to retire only when another serves in its place', async () => {
    await started();
    const rolled = pool.roll(5000);
    await settle();
    expect(born.slice(SIZE).map(({ place }) => place)).toEqual([0, 1, 2, 3]);
    expect(born.slice(0, SIZE).map(({ slot }) => slots.at(slot).order)).toEqual([RUN, RUN, RUN, RUN]);
    serve(born[SIZE]!);
    await settle();
    expect(born.slice(0, SIZE).map(({ slot }) => slots.at(slot).order)).toEqual([RETIRE, RUN, RUN, RUN]);
    for (const worker of born.slice(SIZE + 1)) serve(worker);
    await settle();
    await endThoseTold();
    await rolled;
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0, started: 2 * SIZE });
  });

  it('ends by force whoever does not retire in time', async () => {
    await started();
    const rolled = pool.roll(5000);
    await settle();
    for (const worker of born.slice(SIZE)) serve(worker);
    await vi.advanceTimersByTimeAsync(5500);
    await rolled;
    expect(born.slice(0, SIZE).every(({ killed }) => killed)).toBe(true);
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
  });

  it('keeps the old ones when new ones cannot be had', async () => {
    await started();
    const rolled = pool.roll(5000);
    const failed = expect(rolled).rejects.toThrow('no memory');
    await settle();
    for (const worker of born.slice(SIZE)) worker.fail('no memory');
    await failed;
    expect(born.slice(0, SIZE).map(({ slot }) => slots.at(slot).order)).toEqual([RUN, RUN, RUN, RUN]);
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
  });

  it('has one worker in each place also where the old one dies meanwhile, or both do', async () => {
    await started();
    await vi.advanceTimersByTimeAsync(1000);
    const rolled = pool.roll(5000);
    const failed = expect(rolled).rejects.toThrow('no memory');
    await settle();
    born[0]!.end('killed by SIGKILL');
    born[1]!.end('killed by SIGKILL');
    await settle();
    expect(born).toHaveLength(2 * SIZE);
    born[SIZE + 1]!.fail('no memory');
    for (const worker of [born[SIZE]!, born[SIZE + 2]!, born[SIZE + 3]!]) serve(worker);
    await failed;
    await endThoseTold();
    await vi.advanceTimersByTimeAsync(100);
    expect(born.slice(2 * SIZE).map(({ place }) => place)).toEqual([1]);
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 2 });
  });

  it('asked for again and again meanwhile is done once more', async () => {
    await started();
    const rolls = [pool.roll(5000), pool.roll(5000), pool.roll(5000)];
    for (let round = 1; round <= 2; round++) {
      await settle();
      expect(born).toHaveLength((round + 1) * SIZE);
      for (const worker of born.slice(round * SIZE)) serve(worker);
      await settle();
      await endThoseTold();
    }
    await Promise.all(rolls);
    expect(born).toHaveLength(3 * SIZE);
  });

  it('the round after has the newest handover of those that asked for it, and all of them get its promise', async () => {
    await started();
    const done: string[] = [];
    const handoverOf = (name: string) => ({ idleMilliseconds: 0, done: () => done.push(name) });
    const first = pool.roll(5000);
    const [reload, ...changes] = [
      pool.roll(5000),
      pool.roll(5000, handoverOf('a change')),
      pool.roll(5000, handoverOf('the next change')),
      pool.roll(5000),
    ];
    for (const change of changes) expect(change).toBe(reload);
    for (let round = 1; round <= 2; round++) {
      await settle();
      for (const worker of born.slice(round * SIZE)) serve(worker);
      await settle();
      await endThoseTold();
    }
    await Promise.all([first, reload]);
    expect(done).toEqual(['the next change']);
  });
});

describe('a worker that does not come up', () => {
  it('is given up after a minute, and those before it serve on', async () => {
    await started();
    const failed = expect(pool.roll(5000)).rejects.toThrow('A new worker had not come up after 60 s, and was ended.');
    await settle();
    for (const worker of born.slice(SIZE, -1)) serve(worker);
    await vi.advanceTimersByTimeAsync(59_900);
    expect(born.at(-1)!.killed).toBe(false);
    await vi.advanceTimersByTimeAsync(600);
    await failed;
    expect(born.at(-1)!.killed).toBe(true);
    expect(slots.at(born[SIZE - 1]!.slot).order).toBe(RUN);
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
  });

  it('may need longer where those before it did', async () => {
    pool = poolOf();
    const start = pool.start();
    await vi.advanceTimersByTimeAsync(30_000);
    for (const worker of born) serve(worker);
    await start;
    const failed = expect(pool.roll(5000)).rejects.toThrow('after 120 s');
    await vi.advanceTimersByTimeAsync(119_900);
    expect(born.some(({ killed }) => killed)).toBe(false);
    await vi.advanceTimersByTimeAsync(600);
    await failed;
  });

  it('is ended when another round waits, and who asked for the first one gets the promise of the next', async () => {
    await started();
    let done = 0;
    const first = pool.roll(5000, { idleMilliseconds: 0, done: () => done++ });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(born.some(({ killed }) => killed)).toBe(false);
    const next = pool.roll(5000);
    await vi.advanceTimersByTimeAsync(700);
    expect(born.slice(SIZE, 2 * SIZE).every(({ killed }) => killed)).toBe(true);
    expect(born).toHaveLength(3 * SIZE);
    for (const worker of born.slice(2 * SIZE)) serve(worker);
    await settle();
    await endThoseTold();
    await Promise.all([first, next]);
    expect(done).toBe(1);
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
    expect(log).toEqual([]);
  });

  it('has more time after each round that was given up, so that asking again and again does not keep all from coming', async () => {
    await started();
    const rolls = [pool.roll(5000)];
    await settle();
    for (const patience of [2000, 4000, 8000]) {
      const before = born.length;
      rolls.push(pool.roll(5000));
      await vi.advanceTimersByTimeAsync(patience - 100);
      expect(born).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(700);
      expect(born).toHaveLength(before + SIZE);
    }
    for (const worker of born.slice(-SIZE)) serve(worker);
    await settle();
    await endThoseTold();
    await Promise.all(rolls);
  });

  it('is replaced by another where it took the place of one that had died', async () => {
    await started();
    await vi.advanceTimersByTimeAsync(1000);
    born[0]!.end('killed by SIGKILL');
    await settle();
    await vi.advanceTimersByTimeAsync(60_500);
    expect(born[SIZE]!.killed).toBe(true);
    expect(log.at(-1)).toMatch(/^A worker has ended \(A new worker had not come up after 60 s, and was ended\.\)/);
    expect(born).toHaveLength(SIZE + 2);
  });

  it('does not hold up the end', async () => {
    await started();
    const rolled = pool.roll(5000).catch(() => {});
    await vi.advanceTimersByTimeAsync(10_000);
    const stopped = pool.stop(60_000);
    for (const worker of born.slice(0, SIZE)) worker.end();
    await vi.advanceTimersByTimeAsync(500);
    expect(born.slice(SIZE).every(({ killed }) => killed)).toBe(true);
    await Promise.all([stopped, rolled]);
  });
});

describe('workers that have been replaced and are not done', () => {
  /** Rolls, with those of before at work for longer than the round. */
  async function rolledPast(finish: number): Promise<void> {
    const from = born.length;
    const rolled = pool.roll(5000, undefined, finish);
    await settle();
    for (const worker of born.slice(from)) serve(worker);
    await vi.advanceTimersByTimeAsync(7000);
    await rolled;
  }

  it('close what is idle, then finish what is under way, and are cut off at last, which is said', async () => {
    await started();
    await rolledPast(60_000);
    const old = born.slice(0, SIZE);
    expect(old.map(({ slot }) => slots.at(slot).order)).toEqual([STOP, STOP, STOP, STOP]);
    old[0]!.end();
    await vi.advanceTimersByTimeAsync(52_900);
    expect(old.some(({ killed }) => killed)).toBe(false);
    await vi.advanceTimersByTimeAsync(600);
    expect(old.map(({ killed }) => killed)).toEqual([false, true, true, true]);
    const sentence = 'A worker had not finished 60 s after it was told to end: its connections are closed.';
    expect(log).toEqual([sentence, sentence, sentence]);
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
  });

  it('are cut off when a later round needs their slots', async () => {
    await started();
    await rolledPast(60_000);
    const rolled = pool.roll(5000, undefined, 60_000);
    await vi.advanceTimersByTimeAsync(500);
    expect(born.slice(0, SIZE).every(({ killed }) => killed)).toBe(true);
    for (let served = 2 * SIZE; served < 3 * SIZE; served = born.length) {
      for (const worker of born.slice(2 * SIZE)) serve(worker);
      await settle();
    }
    for (const worker of born.slice(2 * SIZE)) serve(worker);
    await settle();
    await endThoseTold();
    await rolled;
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
  });

  it('do not keep a round from its slots after one that failed half-way', async () => {
    await started();
    const failed = expect(pool.roll(5000, undefined, 60_000)).rejects.toThrow('a mistake');
    await settle();
    for (const worker of born.slice(SIZE, -1)) serve(worker);
    born.at(-1)!.fail('a mistake');
    await failed;
    const rolled = pool.roll(5000, undefined, 60_000);
    for (let round = 0; round < 8; round++) {
      await vi.advanceTimersByTimeAsync(5500);
      for (const worker of born) if (!worker.killed && slots.at(worker.slot).order === RUN) serve(worker);
    }
    await rolled;
    expect(pool.counts).toMatchObject({ workers: SIZE, replaced: 0 });
    expect(born.filter(({ killed }) => !killed).length).toBeGreaterThanOrEqual(SIZE);
  });
});

describe('following the load', () => {
  it('starts with few, and more while too few are idle, twice as many each time', async () => {
    await started({ least: 1, most: 2 });
    expect(born).toHaveLength(1);
    slots.at(born[0]!.slot).state = BUSY;
    await vi.advanceTimersByTimeAsync(100);
    expect(born).toHaveLength(2);
    serve(born[1]!);
    slots.at(born[1]!.slot).state = BUSY;
    await vi.advanceTimersByTimeAsync(100);
    expect(born).toHaveLength(SIZE);
    for (const worker of born) slots.at(worker.slot).state = BUSY;
    await vi.advanceTimersByTimeAsync(1000);
    expect(born).toHaveLength(SIZE);
  });

  it('retires one a second while too many are idle', async () => {
    await started({ least: 1, most: 2 });
    while (born.length < SIZE) {
      for (const worker of born) slots.at(worker.slot).state = BUSY;
      await vi.advanceTimersByTimeAsync(100);
    }
    for (const worker of born) serve(worker);
    await vi.advanceTimersByTimeAsync(1100);
    const retired = () => born.filter(({ slot }) => slots.at(slot).order === RETIRE).length;
    expect(retired()).toBeGreaterThan(0);
    await endThoseTold();
    await vi.advanceTimersByTimeAsync(3000);
    await endThoseTold();
    await vi.advanceTimersByTimeAsync(3000);
    expect(pool.counts).toMatchObject({ workers: 2, idle: 2, replaced: 0 });
  });
});
