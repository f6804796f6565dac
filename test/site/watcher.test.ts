/** Changes noticed at once: real directories, real events of the kernel. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DirectoryChanges } from '../../src/disk/changes.js';
import { Watcher } from '../../src/site/watcher.js';
import { Asking } from './asking.js';
import { Tree } from './tree.js';

let tree: Tree;
let changes: DirectoryChanges;
let asking: Asking;
beforeEach(() => {
  tree = new Tree({ 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c.txt': 'c' });
  symlinkSync('sub', tree.path('link'));
  const opened = DirectoryChanges.open();
  if (opened === null) throw new Error('no inotify instance is left');
  changes = opened;
  asking = new Asking(tree.root, { changes });
  // The first request watches, the second finds what is cached.
  for (const target of ['/a.txt', '/sub/b.txt', '/sub/deep/c.txt', '/link/b.txt']) {
    asking.ask(target);
    asking.ask(target);
  }
});
afterEach(() => {
  asking.end();
  changes.close();
  tree.remove();
});

const body = (target: string) => {
  changes.read(asking.site.watcher!);
  return asking.ask(target).body;
};

it('a file that is written, in a directory or a link to it', () => {
  writeFileSync(tree.path('a.txt'), 'aa');
  expect(body('/a.txt')).toBe('aa');
  writeFileSync(tree.path('sub/b.txt'), 'bb');
  expect([body('/sub/b.txt'), body('/link/b.txt')]).toEqual(['bb', 'bb']);
});

it('a file that is replaced, removed, made again', () => {
  writeFileSync(tree.path('new'), 'new');
  renameSync(tree.path('new'), tree.path('a.txt'));
  expect(body('/a.txt')).toBe('new');
  rmSync(tree.path('a.txt'));
  expect(body('/a.txt')).toBe('404 Not Found\n');
  writeFileSync(tree.path('a.txt'), 'again');
  expect(body('/a.txt')).toBe('again');
});

it('a directory that is replaced', () => {
  renameSync(tree.path('sub/deep'), tree.path('sub/old'));
  expect(body('/sub/deep/c.txt')).toBe('404 Not Found\n');
  mkdirSync(tree.path('sub/deep'));
  writeFileSync(tree.path('sub/deep/c.txt'), 'cc');
  expect(body('/sub/deep/c.txt')).toBe('cc');
  writeFileSync(tree.path('sub/deep/c.txt'), 'ccc');
  expect(body('/sub/deep/c.txt')).toBe('ccc');
});

it('without a change nothing is looked at again', () => {
  changes.read(asking.site.watcher!);
  const { misses } = asking.site.counts;
  expect([body('/a.txt'), body('/sub/b.txt')]).toEqual(['a', 'b']);
  writeFileSync(tree.path('sub/other.txt'), 'other');
  expect(body('/sub/b.txt')).toBe('b');
  expect(asking.site.counts.misses).toBe(misses);
});

it('lost events make everything doubtful', () => {
  const doubts: (string | null)[] = [];
  const told = {
    changed: (name: string | null) => doubts.push(name),
    directoryChanged: (name: string) => doubts.push(`${name}*`),
  };
  const watcher = new Watcher({ watch: () => 7, unwatch: () => {} }, -1, told);
  watcher.watch('d/x.txt');
  watcher.watch('d/y.txt');
  watcher.lost();
  watcher.changed(7, 'z.txt', false);
  watcher.changed(7, 'e', true);
  watcher.changed(8, 'unknown', false);
  watcher.gone(7, true);
  expect(doubts).toEqual(['d/x.txt', null, 'd/z.txt', 'd/e/*', 'd/*']);
});

it('a directory that cannot be watched is asked for once', () => {
  let asked = 0;
  const watcher = new Watcher(
    {
      watch: () => {
        asked++;
        return -28;
      },
      unwatch: () => {},
    },
    -1,
    { changed: () => {}, directoryChanged: () => {} },
  );
  watcher.watch('d/x');
  watcher.watch('d/y');
  expect(asked).toBe(1);
});
