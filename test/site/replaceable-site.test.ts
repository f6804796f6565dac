/** One site takes the place of another while requests are answered: who waits is told, and nothing stays. */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DirectoryChanges } from '../../src/disk/changes.js';
import { PENDING } from '../../src/site/answer.js';
import { ReplaceableSite } from '../../src/site/replaceable-site.js';
import { StaticSite } from '../../src/site/static-site.js';
import { Asking, headOf, LATER, Waiting } from './asking.js';
import { SlowDisk } from './slow-disk.js';
import { Tree } from './tree.js';

let former: Tree;
let later: Tree;
let asking: Asking;
let disk: SlowDisk;
let site: ReplaceableSite<StaticSite>;
const openDescriptors = () => readdirSync('/proc/self/fd').length;

beforeEach(() => {
  former = new Tree({ 'a.txt': 'former a', 'b.txt': 'former b', 'large.bin': 'x'.repeat(3000) });
  later = new Tree({ 'a.txt': 'later a' });
  asking = new Asking(former.root, {
    cachedFileBytes: 2000,
    makeDisk: (arena) => {
      disk = new SlowDisk(arena);
      return disk;
    },
  });
  site = new ReplaceableSite(asking.site);
});

afterEach(() => {
  site.close();
  asking.end();
  former.remove();
  later.remove();
});

function another(root = later.root): StaticSite {
  return new StaticSite({ root, arena: asking.arena, heap: asking.heap, disk, now: LATER });
}

/** Asks, and gives who waits for the answer. */
function pend(target: string): Waiting {
  const waiter = new Waiting();
  expect(site.answer(headOf(target), waiter)).toBe(PENDING);
  return waiter;
}

function told(waiter: Waiting): string[] {
  return waiter.answers.splice(0).map((answer) => {
    const { body } = asking.read(answer);
    answer.release();
    return body;
  });
}

it('who asks from now on is answered by the new one, who waits by the former', () => {
  const [first, second] = [pend('/a.txt'), pend('/b.txt')];
  site.replace(another());
  const third = pend('/a.txt');
  disk.completeAll();
  expect([first, second, third].map(told)).toEqual([['former a'], ['former b'], ['later a']]);
  expect(site.current.root).not.toBe(asking.site.root);
});

it('the former is closed when nobody waits for it any more', () => {
  const before = openDescriptors();
  const waiter = pend('/a.txt');
  site.replace(another());
  site.tick(LATER);
  expect(openDescriptors()).toBe(before + 1);
  disk.completeAll();
  site.tick(LATER);
  expect(openDescriptors()).toBe(before);
  expect(told(waiter)).toEqual(['former a']);
});

it('who has gone is forgotten by whichever site he waited for', () => {
  const [gone, stays] = [pend('/a.txt'), pend('/a.txt')];
  site.replace(another());
  const [also] = [pend('/a.txt')];
  site.forget(gone);
  site.forget(also);
  disk.completeAll();
  expect(gone.answers).toHaveLength(0);
  expect(also.answers).toHaveLength(0);
  expect(told(stays)).toEqual(['former a']);
});

it('closed at once where nobody waits, with what it is still looking for given back', () => {
  const before = openDescriptors();
  const waiter = pend('/large.bin');
  site.forget(waiter);
  site.replace(another());
  // The root of the former stays open until the disk has let go of it.
  expect(openDescriptors()).toBe(before + 1);
  disk.completeAll();
  expect(openDescriptors()).toBe(before);
});

it('all memory of the former is free when its last answer has been let go', () => {
  const used = () => asking.heap.used;
  const fresh = used();
  const held = pend('/a.txt');
  const large = pend('/large.bin');
  disk.completeAll();
  for (const status of [400, 404, 405]) site.refuse(status);
  asking.site.empty();
  site.replace(another());
  const [answer] = held.answers;
  expect(asking.read(answer!).body).toBe('former a');
  expect(used()).toBeGreaterThan(fresh);
  told(held);
  expect(told(large)).toEqual(['x'.repeat(3000)]);
  expect(used()).toBe(fresh);
});

it('a site that cannot be opened takes nothing', () => {
  const used = asking.heap.used;
  const descriptors = openDescriptors();
  expect(() => another('/nowhere/at/all')).toThrow(/ENOENT|no such/i);
  expect(asking.heap.used).toBe(used);
  expect(openDescriptors()).toBe(descriptors);
  const waiter = pend('/a.txt');
  disk.completeAll();
  expect(told(waiter)).toEqual(['former a']);
});

it('one that is retired watches nothing any more, also when a file comes late', () => {
  const changes = DirectoryChanges.open() as DirectoryChanges;
  const watching = new StaticSite({
    root: former.root,
    arena: asking.arena,
    heap: asking.heap,
    disk,
    changes,
    now: LATER,
  });
  const watched = new ReplaceableSite(watching);
  const waiter = new Waiting();
  watched.answer(headOf('/a.txt'), waiter);
  const next = another();
  watched.replace(next);
  watching.retire();
  disk.completeAll();
  expect(told(waiter)).toEqual(['former a']);
  expect(watching.watcher?.watches('a.txt')).toBe(false);
  watched.close();
  changes.close();
});
