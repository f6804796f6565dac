/** Every asynchronous strategy beside every dispatcher: real files, completions through a real dispatcher. */
import { renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AutoDisk } from '../../src/disk/auto.js';
import { BlockingDisk } from '../../src/disk/blocking.js';
import { type AsynchronousDisk, FileStatus, PENDING } from '../../src/disk/disk.js';
import { HelpersDisk } from '../../src/disk/helpers.js';
import { InjectedAsynchronousDisk } from '../../src/disk/injected.js';
import { IoUringDisk } from '../../src/disk/io-uring.js';
import { chooseDispatcher, probeDispatcher } from '../../src/dispatcher/choose.js';
import { DISPATCHER_NAMES, type Dispatcher } from '../../src/dispatcher/dispatcher.js';
import { EBADF, ECANCELED, EIO, ENAMETOOLONG, ENOENT } from '../../src/linux/errno.js';
import { Arena } from '../../src/memory/arena.js';
import { DIST } from '../models/scripts.js';
import { type Asked, ask, descriptors, done, LARGE_BYTES, NAMES, Tree, until } from './asking.js';

const MEBIBYTE = 1024 * 1024;
const ENTRY = new URL('disk/helper.js', DIST);
const HELPERS = { helpers: 3, latencyMilliseconds: 0, errorRate: 0, crashRate: 0, entry: ENTRY };
const NO_FAULTS = { latencyMilliseconds: 0, errorRate: 0 };

type Make = (arena: Arena, dispatcher: Dispatcher) => AsynchronousDisk;
const STRATEGIES: Readonly<Record<string, Make>> = {
  io_uring: (arena, dispatcher) => new IoUringDisk(arena, dispatcher),
  helpers: (arena, dispatcher) => new HelpersDisk({ ...HELPERS, arena, dispatcher }),
  'auto over io_uring': (arena, dispatcher) => new AutoDisk(arena, new IoUringDisk(arena, dispatcher)),
  'auto over helpers': (arena, dispatcher) => new AutoDisk(arena, new HelpersDisk({ ...HELPERS, arena, dispatcher })),
  'io_uring with faults': (arena, dispatcher) =>
    new InjectedAsynchronousDisk(new IoUringDisk(arena, dispatcher), NO_FAULTS, dispatcher),
};

/** What this kernel refuses cannot be tested here. */
const hasRing = probeDispatcher('auto').name === 'io_uring';
const CASES = DISPATCHER_NAMES.flatMap((dispatcher) =>
  Object.keys(STRATEGIES).map((strategy) => [strategy, dispatcher] as const),
).filter(([strategy, dispatcher]) => hasRing || (dispatcher !== 'io_uring' && !strategy.includes('io_uring')));

let tree: Tree;
let blocking: BlockingDisk;
let blockingArena: Arena;
let root = -1;

beforeAll(() => {
  tree = new Tree();
  blockingArena = new Arena(MEBIBYTE);
  blocking = new BlockingDisk(blockingArena);
  root = blocking.openRoot(tree.root);
});

afterAll(() => {
  blocking.close(root);
  blockingArena.destroy();
  tree.remove();
});

describe.each(CASES)('%s beside %s', (strategy, name) => {
  let arena: Arena;
  let dispatcher: Dispatcher;
  let disk: AsynchronousDisk;

  // One for all cases, of which the last one ends it: helpers take their time to start.
  beforeAll(() => {
    arena = new Arena(64 * MEBIBYTE);
    dispatcher = chooseDispatcher(name, arena).dispatcher;
    disk = (STRATEGIES[strategy] as Make)(arena, dispatcher);
  });

  afterAll(async () => {
    await disk.destroy();
    dispatcher.destroy();
    arena.destroy();
  });

  const open = async (path: string): Promise<number> => {
    const operation = ask(disk, 'open', { root, name: path });
    await done(dispatcher, operation);
    return operation.result;
  };

  it('finds, and refuses, what the blocking disk does', async () => {
    for (const path of NAMES) {
      for (const what of ['open', 'look', 'list'] as const) {
        const expected = ask(blocking, what, { root, name: path });
        const operation = ask(disk, what, { root, name: path });
        await done(dispatcher, operation);
        if (what !== 'open' || expected.result < 0)
          expect([what, path, operation.result]).toEqual([what, path, expected.result]);
        if (expected.result < 0) continue;
        if (what === 'list') expect(operation.entries).toEqual(expected.entries);
        else expect(operation.status.equals(expected.status)).toBe(true);
        if (what !== 'open') continue;
        const status = new FileStatus();
        expect(disk.status(operation.result, status)).toBe(0);
        expect(status.equals(expected.status)).toBe(true);
        blocking.close(expected.result);
        disk.close(operation.result);
      }
    }
  });

  it('reads at a position, up to the end', async () => {
    const file = await open('large');
    for (const [position, length, count] of [
      [0, 10, 10],
      [7, 100_000, 100_000],
      [LARGE_BYTES - 5, 100, 5],
      [LARGE_BYTES, 100, 0],
      [LARGE_BYTES * 2, 100, 0],
    ] as const) {
      const operation = ask(disk, 'read', { file, position, length, offset: 40 * MEBIBYTE });
      await done(dispatcher, operation);
      expect(operation.result).toBe(count);
      const read = Buffer.from(arena.bytes.subarray(40 * MEBIBYTE, 40 * MEBIBYTE + count));
      expect(read.equals(Buffer.alloc(LARGE_BYTES, 'large').subarray(position, position + count))).toBe(true);
    }
    disk.close(file);
  });

  it('warms a range, also one that reaches beyond the end', async () => {
    const file = await open('large');
    for (const [position, length] of [
      [0, LARGE_BYTES],
      [LARGE_BYTES - 1, 10],
      [0, 4 * LARGE_BYTES],
      [LARGE_BYTES, 1],
    ] as const) {
      const operation = ask(disk, 'warm', { file, position, length });
      await done(dispatcher, operation);
      expect(operation.result).toBe(0);
    }
    disk.close(file);
  });

  it('gives errors as results', async () => {
    const directory = await open('sub');
    const operations = [
      ask(disk, 'read', { file: directory, length: 10, offset: 4096 }),
      ask(disk, 'warm', { file: directory, length: 10 }),
      ask(disk, 'read', { file: 99_999, length: 10, offset: 4096 }),
      ask(disk, 'open', { root: 99_999, name: 'a.txt' }),
      ask(disk, 'look', { root, name: 'x/'.repeat(5000) }),
      ask(disk, 'open', { root, name: '€'.repeat(1366) }),
    ];
    await done(dispatcher, ...operations);
    expect(operations.map(({ result }) => result < 0)).toEqual(operations.map(() => true));
    expect(operations.slice(2).map(({ result }) => result)).toEqual([-EBADF, -EBADF, -ENAMETOOLONG, -ENAMETOOLONG]);
    disk.close(directory);
  });

  it('reads on in a file that has been removed', async () => {
    const path = join(tree.root, 'removed');
    writeFileSync(path, 'still here');
    const file = await open('removed');
    unlinkSync(path);
    const operation = ask(disk, 'read', { file, length: 100, offset: 40 * MEBIBYTE });
    const gone = ask(disk, 'open', { root, name: 'removed' });
    await done(dispatcher, operation, gone);
    expect([operation.result, gone.result]).toEqual([10, -ENOENT]);
    disk.close(file);
  });

  it('answers while names change', async () => {
    writeFileSync(join(tree.root, 'old'), 'old');
    let changing = true;
    const rename = (): void => {
      renameSync(join(tree.root, 'old'), join(tree.root, 'sub/new'));
      renameSync(join(tree.root, 'sub/new'), join(tree.root, 'old'));
      if (changing) setImmediate(rename);
    };
    rename();
    const operations = Array.from({ length: 300 }, () => ask(disk, 'look', { root, name: 'sub/../old' }));
    await done(dispatcher, ...operations);
    changing = false;
    expect(operations.every(({ result }) => result === 0 || result === -ENOENT)).toBe(true);
  });

  it('does 2,000 reads that are asked for at once, each once, and keeps them apart', async () => {
    const before = descriptors();
    const file = await open('large');
    const operations = Array.from({ length: 2_000 }, (_, index) =>
      ask(disk, 'read', { file, position: index, length: 16, offset: 40 * MEBIBYTE + index * 16 }),
    );
    await done(dispatcher, ...operations);
    const pattern = Buffer.alloc(LARGE_BYTES, 'large');
    for (let index = 0; index < operations.length; index++) {
      expect(operations[index]?.result).toBe(16);
      const offset = 40 * MEBIBYTE + index * 16;
      if (pattern.compare(arena.bytes, offset, offset + 16, index, index + 16) !== 0) throw new Error(`read ${index}`);
    }
    expect(operations.every(({ completions }) => Math.abs(completions) === 1)).toBe(true);
    disk.close(file);
    // A helper has descriptors of its own.
    if (!strategy.includes('helpers')) expect(descriptors()).toBe(before);
  });

  it('is asked again by who is answered, for as long as one likes', async () => {
    let asked = 0;
    const again = (operation: Asked): void => {
      expect(operation.result).toBe(0);
      while (++asked < 2000 && disk.look(operation) !== PENDING);
    };
    const operation = ask(disk, 'look', { root, name: 'a.txt' }, again);
    if (operation.completions !== 0) again(operation);
    await until(dispatcher, () => asked >= 2000);
  });

  it('goes on when an asker throws', async () => {
    const thrown = ask(disk, 'read', { file: -1, length: 1, offset: 4096 }, () => {
      throw new Error('thrown by an asker');
    });
    const operations = Array.from({ length: 20 }, () => ask(disk, 'read', { file: -1, length: 1, offset: 4096 }));
    await expect(until(dispatcher, () => thrown.completions > 1)).rejects.toThrow('thrown by an asker');
    await done(dispatcher, ...operations);
    expect(operations.every(({ result, completions }) => result === -EBADF && completions === 1)).toBe(true);
  });

  it('at the end everybody is told once, nothing is asked any more, and no descriptor is left', async () => {
    const before = descriptors();
    const opened: number[] = [];
    const keep = ({ result }: Asked): void => void (result >= 0 && opened.push(result));
    const operations = Array.from({ length: 1000 }, () => ask(disk, 'open', { root, name: 'a.txt' }, keep));
    for (const { completions, result } of operations) if (completions < 0) opened.push(result);
    await disk.destroy();
    expect(operations.every(({ completions }) => Math.abs(completions) === 1)).toBe(true);
    for (const { result } of operations) expect(result >= 0 || result === -ECANCELED).toBe(true);
    for (const file of opened) disk.close(file);
    for (const what of ['read', 'warm'] as const) {
      const late = ask(disk, what, { file: -1, length: 1, offset: 4096 });
      expect(late.completions).toBe(-1);
      expect(late.result).toBe(-ECANCELED);
    }
    // Those of the disk itself are gone too.
    expect(descriptors()).toBeLessThanOrEqual(before);
    await disk.destroy();
  });
});

describe('faults', () => {
  let arena: Arena;
  let dispatcher: Dispatcher;
  let disk: InjectedAsynchronousDisk;

  beforeEach(() => {
    arena = new Arena(64 * MEBIBYTE);
    dispatcher = chooseDispatcher('auto', arena).dispatcher;
  });

  afterEach(async () => {
    await disk.destroy();
    dispatcher.destroy();
    arena.destroy();
  });

  const begin = (faults: Partial<typeof NO_FAULTS>): void => {
    const inner = hasRing ? new IoUringDisk(arena, dispatcher) : new HelpersDisk({ ...HELPERS, arena, dispatcher });
    disk = new InjectedAsynchronousDisk(inner, { ...NO_FAULTS, ...faults }, dispatcher);
  };

  it('a slow disk makes operations wait side by side, and not the loop', async () => {
    begin({ latencyMilliseconds: 50 });
    const operations = Array.from({ length: 100 }, () => ask(disk, 'look', { root, name: '.' }));
    const turns = dispatcher.counts.turns;
    const began = performance.now();
    await done(dispatcher, ...operations);
    expect(performance.now() - began).toBeGreaterThan(45);
    expect(performance.now() - began).toBeLessThan(2500);
    expect(dispatcher.counts.turns - turns).toBeGreaterThan(5);
  });

  it('so many fail as are to', async () => {
    begin({ errorRate: 0.5 });
    const operations = Array.from({ length: 1000 }, () => ask(disk, 'look', { root, name: '.' }));
    await done(dispatcher, ...operations);
    const failed = operations.filter(({ result }) => result === -EIO).length;
    expect(operations.filter(({ result }) => result === 0).length).toBe(1000 - failed);
    expect(failed).toBeGreaterThan(400);
    expect(failed).toBeLessThan(600);
  });

  it('the end does not wait for a slow disk', async () => {
    begin({ latencyMilliseconds: 60_000 });
    const operation = ask(disk, 'look', { root, name: '.' });
    await disk.destroy();
    expect([operation.completions, operation.result]).toEqual([1, -ECANCELED]);
  });
});
