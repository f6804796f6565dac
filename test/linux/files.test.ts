/** Files through the kernel's interface, compared with what Node says about the same files. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EACCES, EBADF, ELOOP, ENOENT, ENOTDIR, EXDEV, errorName } from '../../src/linux/errno.js';
import {
  closeFile,
  type DirectoryEntry,
  FileStatus,
  fileStatus,
  O_DIRECTORY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  openBeneath,
  openDirectory,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  readAt,
  readDirectory,
} from '../../src/linux/files.js';
import { Arena } from '../../src/memory/arena.js';

const RESOLVE = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
let parent = '';
let root = -1;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'files-'));
  const path = join(parent, 'root');
  mkdirSync(join(path, 'sub'), { recursive: true });
  writeFileSync(join(path, 'a.txt'), 'contents of a');
  writeFileSync(join(path, 'sub', 'ü.txt'), 'u');
  writeFileSync(join(parent, 'outside.txt'), 'outside');
  symlinkSync('a.txt', join(path, 'inside'));
  symlinkSync('../outside.txt', join(path, 'out'));
  symlinkSync(join(path, 'a.txt'), join(path, 'absolute'));
  symlinkSync('loop', join(path, 'loop'));
  linkSync(join(path, 'a.txt'), join(path, 'hard'));
  execFileSync('mkfifo', [join(path, 'pipe')]);
  root = openDirectory(path);
});
afterAll(() => {
  closeFile(root);
  rmSync(parent, { recursive: true });
});

const open = (name: string, flags = O_RDONLY | O_NONBLOCK) => openBeneath(root, name, flags, RESOLVE);

it('reads at a position, to an address', () => {
  const arena = new Arena(4096);
  const file = open('a.txt');
  expect(file).toBeGreaterThan(2);
  expect(readAt(file, arena.base + 100, 1000, 9)).toBe(4);
  expect(Buffer.from(arena.bytes.subarray(100, 104)).toString()).toBe('of a'.slice(0, 4));
  expect(readAt(file, arena.base, 10, 1000)).toBe(0);
  expect(closeFile(file)).toBe(0);
  expect(readAt(file, arena.base, 10, 0)).toBe(-EBADF);
  arena.destroy();
});

it.each(['a.txt', 'sub', 'pipe', 'hard'])('the status of %s is what Node says, opened for reading or not', (name) => {
  const known = statSync(join(parent, 'root', name), { bigint: true });
  for (const flags of [O_RDONLY | O_NONBLOCK, O_PATH]) {
    const file = open(name, flags);
    const status = new FileStatus();
    expect(fileStatus(file, status)).toBe(0);
    expect(status).toMatchObject({
      regular: known.isFile(),
      directory: known.isDirectory(),
      size: Number(known.size),
      inode: Number(known.ino),
      modifiedSeconds: Number(known.mtimeNs / 1_000_000_000n),
      modifiedNanoseconds: Number(known.mtimeNs % 1_000_000_000n),
      changedSeconds: Number(known.ctimeNs / 1_000_000_000n),
      changedNanoseconds: Number(known.ctimeNs % 1_000_000_000n),
    });
    const copy = new FileStatus();
    copy.copyFrom(status);
    expect(copy).toEqual(status);
    expect(copy.equals(status)).toBe(true);
    copy.changedNanoseconds++;
    expect([copy.equals(status), copy.sameContent(status)]).toEqual([false, true]);
    closeFile(file);
  }
});

it('nothing leads out of the directory', () => {
  for (const [name, error] of [
    ['out', EXDEV],
    ['absolute', EXDEV],
    ['../outside.txt', EXDEV],
    ['/etc/passwd', EXDEV],
    ['sub/../../outside.txt', EXDEV],
    ['loop', ELOOP],
    ['nothing', ENOENT],
    ['a.txt/', ENOTDIR],
  ] as const) {
    expect(open(name), name).toBe(-error);
  }
  const inside = open('inside');
  expect(inside).toBeGreaterThan(2);
  closeFile(inside);
});

it('lists names', () => {
  const directory = open('.', O_RDONLY | O_DIRECTORY);
  const entries: DirectoryEntry[] = [];
  expect(readDirectory(directory, entries)).toBe(0);
  closeFile(directory);
  expect(entries.map(({ name }) => name).sort()).toEqual([
    'a.txt',
    'absolute',
    'hard',
    'inside',
    'loop',
    'out',
    'pipe',
    'sub',
  ]);
  expect(entries.find(({ name }) => name === 'sub')).toEqual({ name: 'sub', directory: true, regular: false });
  expect(entries.find(({ name }) => name === 'a.txt')).toMatchObject({ directory: false, regular: true });
});

it('lists more names than one call gives', () => {
  const many = join(parent, 'many');
  mkdirSync(many);
  const names = Array.from({ length: 500 }, (_, index) => `${'n'.repeat(index % 90)}-${index}`);
  for (const name of names) writeFileSync(join(many, name), '');
  const beneath = openDirectory(many);
  const directory = openBeneath(beneath, '.', O_RDONLY | O_DIRECTORY, RESOLVE);
  const entries: DirectoryEntry[] = [];
  expect(readDirectory(directory, entries)).toBe(0);
  expect(entries.map(({ name }) => name).sort()).toEqual(names.sort());
  closeFile(directory);
  closeFile(beneath);
});

it('errors are numbers with names', () => {
  expect(errorName(-EACCES)).toBe('EACCES');
  expect(openDirectory(join(parent, 'outside.txt'))).toBe(-ENOTDIR);
  expect(fileStatus(9999, new FileStatus())).toBe(-EBADF);
});
