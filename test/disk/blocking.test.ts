/** The blocking disk: everything at once, beneath the root. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlockingDisk } from '../../src/disk/blocking.js';
import {
  DiskOperation,
  EXHAUSTED,
  FAILED,
  FileStatus,
  FORBIDDEN,
  failureOf,
  MISSING,
  PENDING,
} from '../../src/disk/disk.js';
import { EACCES, EIO, EMFILE, ENOENT, ENXIO, EXDEV, errorName } from '../../src/linux/errno.js';
import { Arena } from '../../src/memory/arena.js';

const arena = new Arena(65_536);
const disk = new BlockingDisk(arena);
let parent = '';
let root = -1;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'disk-'));
  mkdirSync(join(parent, 'root/sub'), { recursive: true });
  writeFileSync(join(parent, 'root/a.txt'), '0123456789');
  writeFileSync(join(parent, 'secret'), 'secret');
  symlinkSync('../secret', join(parent, 'root/out'));
  root = disk.openRoot(join(parent, 'root'));
});
afterAll(() => {
  disk.close(root);
  rmSync(parent, { recursive: true });
  arena.destroy();
});

function operationOf(name: string): DiskOperation {
  const operation = new DiskOperation({
    diskCompleted: () => {
      throw new Error('never PENDING');
    },
  });
  operation.root = root;
  operation.name = name;
  return operation;
}

it('opens, reads and closes', () => {
  const operation = operationOf('a.txt');
  const file = disk.open(operation);
  expect(file).toBeGreaterThan(2);
  expect(operation).toMatchObject({ result: file, status: { regular: true, directory: false, size: 10 } });
  Object.assign(operation, { file, position: 8, length: 100, offset: 50 });
  expect(disk.read(operation)).toBe(2);
  expect(Buffer.from(arena.bytes.subarray(50, 52)).toString()).toBe('89');
  const status = new FileStatus();
  expect(disk.status(file, status)).toBe(0);
  expect(status.equals(operation.status)).toBe(true);
  disk.close(file);
});

it('looks without leaving a descriptor open', () => {
  const before = readdirSync('/proc/self/fd').length;
  for (const name of ['a.txt', 'sub', 'nothing', 'out', '.']) {
    const operation = operationOf(name);
    const result = disk.look(operation);
    expect(result).toBe(operation.result);
    expect(result).not.toBe(PENDING);
    if (name === 'sub') expect(operation.status.directory).toBe(true);
    if (name === 'nothing') expect(result).toBe(-ENOENT);
    if (name === 'out') expect(result).toBe(-EXDEV);
  }
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

it('lists directories, and only these', () => {
  const operation = operationOf('.');
  expect(disk.list(operation)).toBe(0);
  expect(operation.entries.map(({ name }) => name).sort()).toEqual(['a.txt', 'out', 'sub']);
  expect(disk.list(operationOf('a.txt'))).toBeLessThan(0);
});

it('a root that is none is an error at the start', () => {
  expect(() => disk.openRoot(join(parent, 'none'))).toThrow(/ENOENT/);
  expect(() => disk.openRoot(join(parent, 'root/a.txt'))).toThrow(/ENOTDIR/);
});

it('errors come to what they mean for whoever asked', () => {
  expect([ENOENT, EXDEV, ENXIO].map((error) => failureOf(-error))).toEqual([MISSING, MISSING, MISSING]);
  expect(failureOf(-EACCES)).toBe(FORBIDDEN);
  expect(failureOf(-EMFILE)).toBe(EXHAUSTED);
  expect(failureOf(-EIO)).toBe(FAILED);
  expect(failureOf(-9999)).toBe(FAILED);
  expect(errorName(PENDING)).toBe('UNKNOWN');
});
