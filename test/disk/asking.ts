/** What tests of an asynchronous disk need: a tree, operations that remember how often they were completed, and turns. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nodesTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { type AsynchronousDisk, type Disk, DiskOperation, PENDING } from '../../src/disk/disk.js';
import type { Dispatcher } from '../../src/dispatcher/dispatcher.js';

export type Ask = 'open' | 'look' | 'read' | 'warm' | 'list';

export const LARGE_BYTES = 300_000;

/** A directory with a few files and links in it, and another one beside it that must not be reached. */
export class Tree {
  readonly parent = mkdtempSync(join(tmpdir(), 'disk-'));
  readonly root = join(this.parent, 'root');

  constructor() {
    mkdirSync(join(this.root, 'sub'), { recursive: true });
    writeFileSync(join(this.root, 'a.txt'), '0123456789');
    writeFileSync(join(this.root, 'empty'), '');
    writeFileSync(join(this.root, 'sub/ünïcode €.txt'), 'other');
    writeFileSync(join(this.root, 'large'), Buffer.alloc(LARGE_BYTES, 'large'));
    writeFileSync(join(this.parent, 'secret'), 'secret');
    symlinkSync('../secret', join(this.root, 'out'));
    symlinkSync('/proc/self/root', join(this.root, 'magic'));
    symlinkSync('loop', join(this.root, 'loop'));
    symlinkSync('sub', join(this.root, 'in'));
  }

  remove(): void {
    rmSync(this.parent, { recursive: true });
  }
}

/** Names that are there, that are not, and that must not be reached. */
export const NAMES = [
  ...['a.txt', 'empty', 'sub', '.', 'in', 'sub/ünïcode €.txt', 'in/ünïcode €.txt'],
  ...['nothing', 'a.txt/x', 'loop', 'out', 'magic', '../secret', '..', '/etc/passwd', 'x'.repeat(300)],
  'sub/'.repeat(1100),
];

/** An operation that remembers how often it was completed. */
export class Asked extends DiskOperation {
  completions = 0;

  constructor(completed: (operation: Asked) => void = () => {}) {
    super({
      diskCompleted: () => {
        this.completions++;
        completed(this);
      },
    });
  }
}

/** Asks a disk, and checks that nobody is told inside the call that asks. */
export function ask(
  disk: Disk,
  what: Ask,
  parts: Partial<DiskOperation>,
  completed?: (operation: Asked) => void,
): Asked {
  const operation = Object.assign(new Asked(completed), parts);
  const result = disk[what](operation);
  expect(operation.completions).toBe(0);
  if (result !== PENDING) {
    expect(operation.result).toBe(result);
    operation.completions = -1;
  }
  return operation;
}

/** Turns the dispatcher, and Node's loop beside it. */
export async function until(dispatcher: Dispatcher, condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('What was waited for has not come.');
    dispatcher.turn(5);
    await nodesTurn();
  }
}

/** When all have their results. */
export async function done(dispatcher: Dispatcher, ...operations: readonly Asked[]): Promise<void> {
  await until(dispatcher, () => operations.every(({ completions }) => completions !== 0));
}

export const descriptors = (): number => readdirSync('/proc/self/fd').length;

export type { AsynchronousDisk };
