/** The disk with helpers: real threads, real files, completions through a real dispatcher. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nodesTurn } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BlockingDisk } from '../../src/disk/blocking.js';
import { DiskOperation, PENDING } from '../../src/disk/disk.js';
import { HelpersDisk, type HelpersOptions } from '../../src/disk/helpers.js';
import { EpollDispatcher } from '../../src/dispatcher/epoll.js';
import { EBADF, ECANCELED, EIO, ENAMETOOLONG, ENOENT, ENOTDIR } from '../../src/linux/errno.js';
import { Arena } from '../../src/memory/arena.js';
import { DIST, script } from '../models/scripts.js';

const LARGE_BYTES = 300_000;
const MEBIBYTE = 1024 * 1024;
const ENTRY = new URL('disk/helper.js', DIST);

let parent = '';
let root = -1;
let blocking: BlockingDisk;
let blockingArena: Arena;
let arena: Arena;
let dispatcher: EpollDispatcher;
let disk: HelpersDisk;
let failures: string[];

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'helpers-'));
  mkdirSync(join(parent, 'root/sub'), { recursive: true });
  writeFileSync(join(parent, 'root/a.txt'), '0123456789');
  writeFileSync(join(parent, 'root/sub/ünïcode €.txt'), 'other');
  writeFileSync(join(parent, 'root/large'), Buffer.alloc(LARGE_BYTES, 'large'));
  writeFileSync(join(parent, 'secret'), 'secret');
  symlinkSync('../secret', join(parent, 'root/out'));
  blockingArena = new Arena(MEBIBYTE);
  blocking = new BlockingDisk(blockingArena);
  root = blocking.openRoot(join(parent, 'root'));
});

afterAll(() => {
  blocking.close(root);
  blockingArena.destroy();
  rmSync(parent, { recursive: true });
});

beforeEach(() => {
  arena = new Arena(4 * MEBIBYTE);
  dispatcher = new EpollDispatcher({ arena });
  failures = [];
});

afterEach(async () => {
  await disk.destroy();
  dispatcher.destroy();
  arena.destroy();
});

function begin(options: Partial<HelpersOptions> = {}): void {
  const faults = { latencyMilliseconds: 0, errorRate: 0, crashRate: 0 };
  const helperFailed = (why: string): void => void failures.push(why);
  disk = new HelpersDisk({ arena, dispatcher, helpers: 4, ...faults, entry: ENTRY, helperFailed, ...options });
}

type Ask = 'open' | 'look' | 'read' | 'warm' | 'list';
const NAMED = ['open', 'look', 'list'] as const;

/** An operation that remembers how often it was completed, and by what. */
class Asked extends DiskOperation {
  completions = 0;
  results: number[] = [];

  constructor(completed: (operation: Asked) => void = () => {}) {
    super({
      diskCompleted: (operation) => {
        this.completions++;
        this.results.push(operation.result);
        expect(asking).toBe(false);
        completed(this);
      },
    });
  }
}

let asking = false;

function ask(what: Ask, parts: Partial<DiskOperation>, completed?: (operation: Asked) => void): Asked {
  const operation = Object.assign(new Asked(completed), { root }, parts);
  asking = true;
  expect(disk[what](operation)).toBe(PENDING);
  asking = false;
  return operation;
}

/** Turns the dispatcher, and Node's loop beside it. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('What was waited for has not come.');
    dispatcher.turn(5);
    await nodesTurn();
  }
}

async function done(...operations: Asked[]): Promise<void> {
  await until(() => operations.every(({ completions }) => completions > 0));
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('every operation', () => {
  const names = ['a.txt', 'sub', '.', 'sub/ünïcode €.txt', 'nothing', 'a.txt/x', 'out', '../secret', 'x'.repeat(300)];
  it.each(NAMED)('%s gives what the blocking disk gives', async (what) => {
    begin();
    for (const name of names) {
      const expected = Object.assign(new Asked(), { root, name });
      blocking[what](expected);
      const operation = ask(what, { name });
      await done(operation);
      expect(Math.sign(operation.result), name).toBe(Math.sign(expected.result));
      if (what === 'open' && expected.result >= 0) {
        blocking.close(expected.result);
        const again = Object.assign(new Asked(), { root, name });
        disk.status(operation.result, again.status);
        expect(again.status.equals(operation.status), name).toBe(true);
        disk.close(operation.result);
      } else {
        expect(operation.result, name).toBe(expected.result);
      }
      expect({ ...operation.status }, name).toEqual({ ...expected.status });
      expect(operation.entries, name).toEqual(expected.entries);
      expect(operation.completions, name).toBe(1);
    }
  });

  it.each([
    ['from the beginning', 0, 100],
    ['from the middle, across the end', LARGE_BYTES - 10, 100],
    ['behind the end', LARGE_BYTES + 5, 100],
    ['far behind the end', 2 ** 40, 100],
    ['all of it', 0, LARGE_BYTES],
  ])('reads %s, as the blocking disk does', async (_, position, length) => {
    begin();
    const opened = ask('open', { name: 'large' });
    await done(opened);
    const parts = { file: opened.result, position, length, offset: MEBIBYTE };
    const expected = Object.assign(new Asked(), parts, { offset: 0 });
    blocking.read(expected);
    const operation = ask('read', parts);
    await done(operation);
    expect(operation.result).toBe(expected.result);
    const found = arena.bytes.subarray(MEBIBYTE, MEBIBYTE + length);
    const right = blockingArena.bytes.subarray(0, length);
    expect(Buffer.compare(found.subarray(0, expected.result), right.subarray(0, expected.result))).toBe(0);
    disk.close(opened.result);
  });

  it('warms what there is, and no more', async () => {
    begin();
    const opened = ask('open', { name: 'large' });
    await done(opened);
    const file = opened.result;
    const ranges = [0, 10, LARGE_BYTES, 2 ** 33].map((length) => ask('warm', { file, position: 7, length }));
    const failing = ask('warm', { file: 1_000_000, length: 1 });
    await done(...ranges, failing);
    expect(ranges.map(({ result }) => result)).toEqual([0, 0, 0, 0]);
    expect(failing.result).toBe(-EBADF);
    disk.close(file);
  });

  it('errors are those of the kernel', async () => {
    begin();
    const operations = [
      ask('open', { name: 'nothing' }),
      ask('list', { name: 'a.txt' }),
      ask('read', { file: 1_000_000, length: 5 }),
    ];
    await done(...operations);
    expect(operations.map(({ result }) => result)).toEqual([-ENOENT, -ENOTDIR, -EBADF]);
    expect(dispatcher.counts.diskReads).toBe(3);
  });

  it('a name that is longer than any path is refused at once', async () => {
    begin();
    for (const name of ['x'.repeat(4096), '€'.repeat(1366)]) {
      for (const what of NAMED) {
        const operation = Object.assign(new Asked(), { root, name });
        expect([disk[what](operation), operation.result]).toEqual([-ENAMETOOLONG, -ENAMETOOLONG]);
      }
    }
    const longest = ask('open', { name: '€'.repeat(1365) });
    await done(longest);
    expect(longest.result).toBe(-ENAMETOOLONG);
  });

  it('a file that is removed after it was opened can be read', async () => {
    begin();
    writeFileSync(join(parent, 'root/removed'), 'still here');
    const opened = ask('open', { name: 'removed' });
    await done(opened);
    rmSync(join(parent, 'root/removed'));
    const operation = ask('read', { file: opened.result, length: 100, offset: MEBIBYTE });
    await done(operation);
    expect(Buffer.from(arena.bytes.subarray(MEBIBYTE, MEBIBYTE + operation.result)).toString()).toBe('still here');
    disk.close(opened.result);
  });
});

describe('many at once', () => {
  it('ten thousand reads complete, each once, in bounded memory', async () => {
    begin();
    const opened = ask('open', { name: 'large' });
    await done(opened);
    let completed = 0;
    const before = process.memoryUsage().rss;
    const operations = Array.from({ length: 10_000 }, (_, index) => {
      const parts = { file: opened.result, position: index, length: 16, offset: MEBIBYTE + index * 16 };
      return ask('read', parts, () => completed++);
    });
    await until(() => completed === operations.length);
    for (let turn = 0; turn < 5; turn++) dispatcher.turn(1);
    expect(completed).toBe(operations.length);
    expect(operations.every(({ result, completions }) => result === 16 && completions === 1)).toBe(true);
    const text = 'large'.repeat(5);
    const wrong = operations.filter(({ position, offset }) => {
      const found = Buffer.from(arena.bytes.subarray(offset, offset + 16)).toString();
      return found !== text.slice(position % 5, (position % 5) + 16);
    });
    expect(wrong).toEqual([]);
    expect(disk.alive).toBeLessThanOrEqual(4);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEBIBYTE);
    disk.close(opened.result);
  });

  it('has as many helpers as it needs, and they do things at the same time', async () => {
    begin({ helpers: 8, latencyMilliseconds: 100 });
    await done(ask('look', { name: '.' }));
    expect(disk.alive).toBe(1);
    await done(...Array.from({ length: 8 }, () => ask('look', { name: '.' })));
    expect(disk.alive).toBe(8);
    const began = performance.now();
    await done(...Array.from({ length: 16 }, () => ask('look', { name: '.' })));
    const took = performance.now() - began;
    expect(took).toBeGreaterThanOrEqual(190);
    expect(took).toBeLessThan(1500);
    expect(disk.alive).toBe(8);
  });

  it('a helper that sleeps is woken at once, and so is the loop', async () => {
    begin({ helpers: 1 });
    await done(ask('look', { name: '.' }));
    const began = performance.now();
    // With a wake-up lost now and then, each would cost a second.
    for (let i = 0; i < 300; i++) {
      const operation = ask('look', { name: '.' });
      while (operation.completions === 0) dispatcher.turn(2000);
    }
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('who is answered may ask again, also while others wait', async () => {
    begin({ helpers: 2 });
    let rounds = 0;
    const again = (operation: Asked): void => {
      if (rounds++ < 2000) expect(disk.look(operation)).toBe(PENDING);
    };
    for (let i = 0; i < 400; i++) ask('look', { name: 'a.txt' }, again);
    await until(() => rounds === 2400);
    expect(dispatcher.counts.diskReads).toBe(2400);
  });

  it("a helper that loses the processor while it takes a request stands in nobody else's way", async () => {
    // The first helper gets its turn to take, and takes only much later; the others are helpers as they should be.
    const text = `
      const { base, helpers, number, eventfd } = workerData;
      if (number === 1) {
        const [puts, takes, cells] = [64, 80, 96];
        const words = new Int32Array(view(base, 4096));
        const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
        Atomics.add(words, takes, 1);
        pause(700);
        const slot = words[cells + 1];
        Atomics.store(words, cells, 256);
        new HelperMemory(base, helpers).complete(slot, WARM, { result: 77 }, eventfd);
      }
      await import('${ENTRY}');`;
    const imports = {
      'linux/library.js': 'view',
      'disk/helper-memory.js': 'HelperMemory, WARM',
      'node:worker_threads': 'workerData',
    };
    begin({ helpers: 2, entry: script(parent, 'stalls', imports, text) });
    const stalled = ask('warm', { file: 1_000_000, length: 1 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    let rounds = 0;
    const again = (operation: Asked): void => {
      if (rounds++ < 3000) disk.look(operation);
    };
    for (let i = 0; i < 64; i++) ask('look', { name: '.' }, again);
    await until(() => rounds === 3064 && stalled.completions === 1);
    expect(stalled.result).toBe(77);
  });

  it('an asker that throws does not keep the others from being told', async () => {
    begin({ helpers: 1 });
    const thrower = ask('look', { name: '.' }, () => {
      throw new Error('thrown by an asker');
    });
    const others = [ask('look', { name: '.' }), ask('list', { name: '.' }), ask('look', { name: 'nothing' })];
    const end = performance.now() + 10_000;
    let thrown = 0;
    while (others.some(({ completions }) => completions === 0) && performance.now() < end) {
      try {
        dispatcher.turn(5);
      } catch {
        thrown++;
      }
      await nodesTurn();
    }
    expect([thrown, thrower.completions]).toEqual([1, 1]);
    expect(others.map(({ result }) => result)).toEqual([0, 0, -ENOENT]);
  });
});

describe('faults', () => {
  it('errors that are injected are errors of their operations', async () => {
    begin({ errorRate: 0.5 });
    const operations = Array.from({ length: 400 }, (_, index) => ask(index % 2 ? 'look' : 'list', { name: '.' }));
    await done(...operations);
    const failed = operations.filter(({ result }) => result === -EIO).length;
    expect(operations.filter(({ result }) => result === 0).length).toBe(400 - failed);
    expect(failed).toBeGreaterThan(100);
    expect(failed).toBeLessThan(300);
    expect(failures).toEqual([]);
  });

  it('helpers that crash take only their own operations with them', async () => {
    begin({ crashRate: 0.2 });
    const before = descriptors();
    const opened: number[] = [];
    const keep = ({ result }: Asked): void => void (result >= 0 && opened.push(result));
    const operations = Array.from({ length: 120 }, (_, index) => {
      if (index % 3 === 0) return ask('open', { name: 'a.txt' }, keep);
      return ask(index % 3 === 1 ? 'list' : 'look', { name: 'sub' });
    });
    await done(...operations);
    const failed = operations.filter(({ result }) => result === -EIO).length;
    expect(operations.every(({ completions, result }) => completions === 1 && (result >= 0 || result === -EIO))).toBe(
      true,
    );
    expect(failed).toBeGreaterThan(5);
    expect(failed).toBeLessThan(60);
    expect(failures).toHaveLength(failed);
    for (const file of opened) disk.close(file);
    await disk.destroy();
    // The eventfd is gone as well.
    expect(descriptors()).toBe(before - 1);
  });

  it('each helper may crash with the first thing it does', async () => {
    begin({ crashRate: 1, helpers: 2 });
    const operations = Array.from({ length: 20 }, () => ask('look', { name: '.' }));
    await done(...operations);
    expect(operations.every(({ result, completions }) => result === -EIO && completions === 1)).toBe(true);
  });

  it.each([
    ['is not there', () => pathToFileURL(join(parent, 'nothing.mjs'))],
    [
      'throws before it takes anything',
      () => {
        writeFileSync(join(parent, 'throws.mjs'), "throw new Error('thrown at the start');");
        return pathToFileURL(join(parent, 'throws.mjs'));
      },
    ],
  ])('a helper whose script %s fails what was asked, and does not hang it', async (_, entry) => {
    begin({ entry: entry() });
    const operations = Array.from({ length: 600 }, () => ask('look', { name: '.' }));
    await done(...operations);
    expect(operations.every(({ result, completions }) => result === -EIO && completions === 1)).toBe(true);
    expect(disk.alive).toBe(0);
    expect(failures.length).toBeGreaterThan(0);
    // And again: each question is a new try.
    const later = ask('look', { name: '.' });
    await done(later);
    expect(later.result).toBe(-EIO);
  });
});

describe('the end', () => {
  it('tells everybody once, and gives all descriptors back', async () => {
    const before = descriptors();
    begin({ latencyMilliseconds: 20 });
    const warmUp = ask('look', { name: '.' });
    await done(warmUp);
    const operations = Array.from({ length: 600 }, () => ask('open', { name: 'a.txt' }));
    await until(() => operations.some(({ completions }) => completions > 0));
    // Time for some to be completed that nobody has been told of.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ending = disk.destroy();
    expect(disk.destroy()).toBe(ending);
    for (let turn = 0; turn < 20; turn++) dispatcher.turn(1);
    await ending;
    for (let turn = 0; turn < 20; turn++) dispatcher.turn(1);
    expect(operations.every(({ completions }) => completions === 1)).toBe(true);
    const opened = operations.filter(({ result }) => result >= 0);
    expect(operations.filter(({ result }) => result === -ECANCELED).length).toBe(600 - opened.length);
    expect(opened.length).toBeLessThan(600);
    for (const { result } of opened) blocking.close(result);
    expect(disk.alive).toBe(0);
    expect(descriptors()).toBe(before);
  });

  it('can be called by who is answered, and before anything was asked', async () => {
    const before = descriptors();
    begin();
    await disk.destroy();
    expect(descriptors()).toBe(before);
    begin();
    const ending = new Promise<void>((resolve) => {
      ask('look', { name: '.' }, () => resolve(disk.destroy()));
    });
    const others = [ask('look', { name: '.' }), ask('list', { name: '.' })];
    await until(() => dispatcher.counts.diskReads > 0 || others.some(({ completions }) => completions > 0));
    for (let turn = 0; turn < 20 && disk.alive > 0; turn++) {
      dispatcher.turn(5);
      await nodesTurn();
    }
    await ending;
    expect(descriptors()).toBe(before);
  });

  it('can come while helpers are being started', async () => {
    const before = descriptors();
    begin();
    const operations = Array.from({ length: 10 }, () => ask('open', { name: 'a.txt' }));
    await disk.destroy();
    expect(operations.every(({ completions }) => completions === 1)).toBe(true);
    for (const { result } of operations) if (result >= 0) blocking.close(result);
    expect(descriptors()).toBe(before);
  });

  it('does not keep a process that ends without it', async () => {
    const text = `
      const arena = new Arena(4194304);
      const dispatcher = new EpollDispatcher({ arena });
      const faults = { latencyMilliseconds: 0, errorRate: 0, crashRate: 0 };
      const disk = new HelpersDisk({ arena, dispatcher, helpers: 4, ...faults });
      const root = disk.openRoot('/');
      let completed = 0;
      for (let i = 0; i < 8; i++) {
        const operation = new DiskOperation({ diskCompleted: () => completed++ });
        disk.look(Object.assign(operation, { root, name: '.' }));
      }
      while (completed < 8) dispatcher.turn(100);
      // Time for all of them to fall asleep.
      setTimeout(() => process.stdout.write(String(performance.timeOrigin + performance.now())), 300);`;
    const imports = {
      'memory/arena.js': 'Arena',
      'dispatcher/epoll.js': 'EpollDispatcher',
      'disk/disk.js': 'DiskOperation',
      'disk/helpers.js': 'HelpersDisk',
    };
    const path = fileURLToPath(script(parent, 'leaves', imports, text));
    const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
    const took = performance.timeOrigin + performance.now() - Number(said);
    expect(took).toBeLessThan(900);
  });

  it('does not wait for injected latency', async () => {
    begin({ latencyMilliseconds: 60_000 });
    ask('look', { name: '.' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    await disk.destroy();
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
