/** What a site keeps: what is remembered, how changes are noticed, what goes when memory or descriptors run out. */
import { readdirSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockingDisk } from '../../src/disk/blocking.js';
import type { DiskOperation } from '../../src/disk/disk.js';
import type { Arena } from '../../src/memory/arena.js';
import type { Heap } from '../../src/memory/heap.js';
import { CACHE_BYTES, CACHE_EVICTIONS, CACHE_HITS, CACHE_MISSES, COUNTS } from '../../src/metrics/counts.js';
import type { ContentCache } from '../../src/site/content-cache.js';
import { SiteCounter } from '../../src/site/site-counter.js';
import { Asking, headOf } from './asking.js';
import { OLD, Tree } from './tree.js';

/** Counts what is asked for, and lets a test act just before a read is answered. */
class SpyDisk extends BlockingDisk {
  looks = 0;
  opens = 0;
  beforeRead: (operation: DiskOperation) => void = () => {};
  override look(operation: DiskOperation): number {
    this.looks++;
    return super.look(operation);
  }
  override open(operation: DiskOperation): number {
    this.opens++;
    return super.open(operation);
  }
  override read(operation: DiskOperation): number {
    this.beforeRead(operation);
    return super.read(operation);
  }
}

let tree: Tree;
let asking: Asking;
let disk: SpyDisk;
const makeDisk = (arena: Arena) => {
  disk = new SpyDisk(arena);
  return disk;
};
const openDescriptors = () => readdirSync('/proc/self/fd').length;

beforeEach(() => {
  tree = new Tree({ 'a.txt': 'first', 'large.bin': 'x'.repeat(3000), 'b.txt': 'bbb' });
  asking = new Asking(tree.root, { cachedFileBytes: 2000, makeDisk });
});
afterEach(() => {
  asking.end();
  tree.remove();
});

describe('what is remembered', () => {
  it('an equal head gets the same answer, without the disk', () => {
    const head = headOf('/a.txt');
    const first = asking.answer(head);
    expect(head.remembered).toBe(first);
    expect(asking.answer(head)).toBe(first);
    expect([disk.opens, disk.looks]).toEqual([1, 0]);
    expect(asking.site.counts).toMatchObject({ hits: 1, misses: 1, entries: 1 });
  });

  it('another head with the same path gets the same answer', () => {
    const first = asking.answer(headOf('/a.txt'));
    const other = headOf('/a.txt?x', ['Cookie: a=b']);
    expect(asking.answer(other)).toBe(first);
    expect(other.remembered).toBe(first);
    expect(asking.answer(headOf('/%61.txt'))).toBe(first);
    expect(disk.opens).toBe(1);
  });

  it('a head that must close now is not given what it was given before', () => {
    const head = headOf('/a.txt');
    asking.answer(head);
    head.persistent = false;
    expect(asking.take(asking.answer(head)).fields.connection).toBe('close');
    head.persistent = true;
    expect(asking.take(asking.answer(head)).fields.connection).toBeUndefined();
  });

  it('what holds for GET does not for others', () => {
    asking.ask('/a.txt');
    expect(asking.ask('/a.txt', [], 'HEAD').body).toBe('');
    expect(asking.ask('/a.txt', [], 'POST').status).toBe(405);
    expect(asking.ask('/a.txt', ['Range: bytes=0-1']).body).toBe('fi');
  });

  it('conditional answers are remembered too, errors and parts are not', () => {
    const conditional = headOf('/a.txt', ['If-None-Match: *']);
    expect(asking.answer(conditional)).toBe(asking.answer(conditional));
    expect(conditional.remembered).not.toBeNull();
    for (const head of [
      headOf('/nothing'),
      headOf('/a.txt', ['Range: bytes=0-0']),
      headOf('/a.txt', ['If-Match: "x"']),
    ]) {
      asking.take(asking.answer(head));
      expect(head.remembered).toBeNull();
    }
  });
});

describe('the Date', () => {
  it('is patched in place where nobody holds the answer', () => {
    const head = headOf('/a.txt');
    const first = asking.answer(head);
    asking.wait();
    const second = asking.answer(head);
    expect(second).toBe(first);
    expect(asking.take(second).fields.date).toBe(new Date(asking.now).toUTCString());
  });

  it.each(['/a.txt', '/large.bin', '/nothing'])('never changes in a block that is held: %s', (target) => {
    const head = headOf(target);
    const held = asking.answer(head);
    held.acquire();
    const text = asking.text(held);
    asking.wait();
    const fresh = asking.answer(head);
    expect(fresh).not.toBe(held);
    expect(asking.text(held)).toBe(text);
    expect(asking.take(fresh).fields.date).toBe(new Date(asking.now).toUTCString());
    expect(asking.text(fresh).length).toBe(text.length);
    const both = asking.heap.used;
    held.release();
    expect(asking.heap.used).toBeLessThan(both);
    asking.site.close();
    expect(asking.heap.used).toBe(0);
  });

  it('in a new block, the contents are taken from there from then on', () => {
    const held = asking.answer(headOf('/a.txt'));
    held.acquire();
    asking.wait();
    asking.ask('/a.txt');
    const { offset, length } = held;
    held.release();
    asking.arena.bytes.fill(0x21, offset, offset + length);
    expect(asking.ask('/a.txt', ['Range: bytes=1-2']).body).toBe('ir');
    expect(asking.ask('/a.txt', ['Connection: close']).body).toBe('first');
  });

  it('is old rather than missing where no memory is left', () => {
    asking.end();
    asking = new Asking(tree.root, { heapBytes: 8 * 256 + 2048, cachedFileBytes: 2000, makeDisk });
    tree.write('fills.txt', 'f'.repeat(1600));
    const held = asking.answer(headOf('/fills.txt'));
    held.acquire();
    asking.wait();
    expect(asking.answer(headOf('/fills.txt'))).toBe(held);
    held.release();
  });
});

describe('changes', () => {
  it('are looked for once a second', () => {
    for (let time = 0; time < 3; time++) {
      for (let again = 0; again < 3; again++) asking.ask('/a.txt');
      asking.wait();
    }
    expect([disk.opens, disk.looks]).toEqual([1, 2]);
  });

  const expectChange = (target: string, change: () => void, after: string) => {
    const before = asking.ask(target);
    const head = headOf(target);
    asking.answer(head);
    change();
    asking.wait();
    const response = asking.take(asking.answer(head));
    expect(response.body).toBe(after);
    expect(response.fields['content-length']).toBe(String(after.length));
    expect(response.fields.etag).not.toBe(before.fields.etag);
    expect(asking.ask(target, [`If-None-Match: ${before.fields.etag}`]).status).toBe(200);
  };

  for (const [target, length] of [
    ['/a.txt', 5],
    ['/large.bin', 3000],
  ] as const) {
    const name = target.slice(1);
    it(`${name}: written anew`, () =>
      expectChange(target, () => writeFileSync(tree.path(name), 'y'.repeat(length + 1)), 'y'.repeat(length + 1)));
    it(`${name}: truncated`, () =>
      expectChange(target, () => truncateSync(tree.path(name), 2), asking.ask(target).body.slice(0, 2)));
    it(`${name}: emptied`, () => expectChange(target, () => truncateSync(tree.path(name), 0), ''));
    it(`${name}: replaced by one of the same size and time`, () =>
      expectChange(
        target,
        () => {
          tree.write('new', 'z'.repeat(length));
          renameSync(tree.path('new'), tree.path(name));
        },
        'z'.repeat(length),
      ));
    it(`${name}: written in place, its time put back`, () =>
      expectChange(
        target,
        () => {
          writeFileSync(tree.path(name), 'w'.repeat(length));
          utimesSync(tree.path(name), OLD, OLD);
        },
        'w'.repeat(length),
      ));
    it(`${name}: removed, and back again`, () => {
      const head = headOf(target);
      asking.answer(head);
      rmSync(tree.path(name));
      asking.wait();
      expect(asking.take(asking.answer(head)).status).toBe(404);
      tree.write(name, 'back');
      expect(asking.take(asking.answer(head)).body).toBe('back');
    });
  }

  it('a small file becomes a large one and a directory, and what was held stays', () => {
    const held = asking.answer(headOf('/a.txt'));
    held.acquire();
    tree.write('a.txt', 'L'.repeat(2500));
    asking.wait();
    expect(asking.ask('/a.txt').body).toBe('L'.repeat(2500));
    rmSync(tree.path('a.txt'));
    tree.write('a.txt/index.html', 'index');
    asking.wait();
    expect(asking.ask('/a.txt').fields.location).toBe('/a.txt/');
    expect(asking.ask('/a.txt/').body).toBe('index');
    expect(asking.read(held).body).toBe('first');
    held.release();
  });

  it('a file that was written just now is read again, since its time stamps may not tell', () => {
    asking.end();
    asking = new Asking(tree.root, { makeDisk, now: Date.now() });
    tree.write('fresh.txt', 'one');
    asking.ask('/fresh.txt');
    asking.wait();
    asking.ask('/fresh.txt');
    expect([disk.opens, disk.looks]).toEqual([2, 0]);
  });

  it('are noticed at once when somebody tells', () => {
    const head = headOf('/a.txt');
    asking.answer(head);
    writeFileSync(tree.path('a.txt'), 'told');
    asking.site.changed('b.txt');
    expect(asking.take(asking.answer(head)).body).toBe('first');
    asking.site.changed('a.txt');
    expect(asking.take(asking.answer(head)).body).toBe('told');
    writeFileSync(tree.path('a.txt'), 'anything');
    asking.site.changed(null);
    expect(asking.take(asking.answer(head)).body).toBe('anything');
  });

  it('of an open large file show in `unchanged`', () => {
    const answer = asking.answer(headOf('/large.bin'));
    expect(answer.unchanged()).toBe(true);
    truncateSync(tree.path('large.bin'), 2999);
    expect(answer.unchanged()).toBe(false);
    const part = asking.answer(headOf('/large.bin', ['Range: bytes=0-5']));
    expect(part.unchanged()).toBe(false);
    part.acquire();
    part.release();
  });
});

describe('a file that changes while it is read', () => {
  it('is read once more', () => {
    disk.beforeRead = () => {
      disk.beforeRead = () => {};
      writeFileSync(tree.path('a.txt'), 'second version');
    };
    expect(asking.ask('/a.txt')).toMatchObject({ body: 'second version', fields: { 'content-length': '14' } });
    expect(disk.opens).toBe(2);
  });

  it('and changes each time is sent from the open file, whose changes the connection will see', () => {
    const before = openDescriptors();
    let version = 0;
    disk.beforeRead = () => writeFileSync(tree.path('a.txt'), 'v'.repeat(10 + ++version));
    const answer = asking.answer(headOf('/a.txt'));
    expect(answer.file).toBeGreaterThan(2);
    expect(asking.read(answer)).toMatchObject({
      status: 200,
      fields: { 'content-length': '12' },
      body: 'v'.repeat(12),
    });
    answer.acquire();
    expect(openDescriptors()).toBe(before + 1);
    answer.release();
    expect(openDescriptors()).toBe(before);
    expect(asking.site.counts.entries).toBe(0);
  });

  it('and becomes shorter is never padded', () => {
    disk.beforeRead = () => truncateSync(tree.path('b.txt'), 1);
    expect(asking.ask('/b.txt')).toMatchObject({ body: 'b', fields: { 'content-length': '1' } });
  });
});

describe('limits', () => {
  it('when the heap is full, what was used longest ago goes', () => {
    asking.end();
    for (let index = 0; index < 20; index++) tree.write(`f${index}`, `${index}`.repeat(1000).slice(0, 1000));
    asking = new Asking(tree.root, { heapBytes: 10_240, makeDisk });
    for (let index = 0; index < 20; index++) {
      expect(asking.ask(`/f${index}`).body).toHaveLength(1000);
      asking.ask('/f0');
      asking.wait();
    }
    expect(disk.opens).toBe(20);
    const { evictions, entries, bytes } = asking.site.counts;
    expect(evictions).toBeGreaterThan(10);
    expect(entries).toBeLessThan(9);
    expect(bytes).toBeLessThanOrEqual(10_240);
    const { opens } = disk;
    asking.ask('/f0');
    asking.ask('/f19');
    expect(disk.opens).toBe(opens);
    asking.ask('/f1');
    expect(disk.opens).toBe(opens + 1);
  });

  it('entries are bounded in number', () => {
    asking.end();
    asking = new Asking(tree.root, { entries: 3, makeDisk });
    for (let index = 0; index < 10; index++) {
      tree.write(`f${index}`, `${index}`);
      expect(asking.ask(`/f${index}`).body).toBe(`${index}`);
    }
    expect(asking.site.counts).toMatchObject({ entries: 3, evictions: 7 });
  });

  it('what is counted is where others can read it, and a site that takes over goes on with it', () => {
    asking.end();
    const counts = new Float64Array(COUNTS);
    for (let site = 1; site <= 2; site++) {
      asking = new Asking(tree.root, { entries: 3, counts, makeDisk });
      for (let index = 0; index < 10; index++) {
        tree.write(`f${index}`, `${index}`);
        asking.ask(`/f${index}`);
      }
      asking.ask('/f9');
      const { hits, misses, evictions, bytes } = asking.site.counts;
      expect([hits, misses, evictions]).toEqual([1, 10, 7]);
      const told = [CACHE_HITS, CACHE_MISSES, CACHE_EVICTIONS, CACHE_BYTES].map((at) => counts[at]);
      expect(told).toEqual([site * hits, site * misses, site * evictions, bytes]);
      if (site === 1) asking.end();
    }
    expect(counts[CACHE_BYTES]).toBeGreaterThan(0);
    asking.site.close();
    expect(counts[CACHE_BYTES]).toBe(0);
  });

  it('evictions never fall while a site that was replaced still counts beside the new one', () => {
    const counts = new Float64Array(COUNTS);
    const heap = { used: 0 } as Heap;
    const [old, young] = [{ evictions: 5 }, { evictions: 0 }] as [ContentCache, ContentCache];
    const former = new SiteCounter(counts);
    former.look(old, heap);
    const current = new SiteCounter(counts);
    const seen: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      young.evictions += 2;
      current.look(young, heap);
      seen.push(counts[CACHE_EVICTIONS] as number);
      old.evictions += 1;
      former.look(old, heap);
      seen.push(counts[CACHE_EVICTIONS] as number);
    }
    expect(seen).toEqual([7, 8, 10, 11, 13, 14]);
  });

  it('what is being sent stays, also when its entry has gone', () => {
    asking.end();
    tree.write('big.txt', 'B'.repeat(3500));
    asking = new Asking(tree.root, { heapBytes: 8192, makeDisk });
    const held = asking.answer(headOf('/big.txt'));
    held.acquire();
    for (let index = 0; index < 10; index++) {
      tree.write(`f${index}`, 'f'.repeat(1000));
      expect(asking.ask(`/f${index}`).status).toBe(200);
    }
    expect(asking.read(held).body).toBe('B'.repeat(3500));
    held.release();
    const { opens } = disk;
    asking.ask('/big.txt');
    expect(disk.opens).toBe(opens);
  });

  it('a file for which no memory is left is sent from where it is; without any memory the answer is 503', () => {
    asking.end();
    asking = new Asking(tree.root, { heapBytes: 4096, makeDisk });
    tree.write('c.txt', 'c'.repeat(1200));
    const before = openDescriptors();
    const held = asking.answer(headOf('/c.txt'));
    held.acquire();
    const taken: number[] = [];
    for (let offset = asking.heap.allocate(512); offset >= 0; offset = asking.heap.allocate(512)) taken.push(offset);
    asking.heap.free(taken.pop() as number, 512);
    const other = asking.answer(headOf('/large.bin'));
    expect(other).toMatchObject({ status: 200, fileLength: 3000 });
    asking.take(other);
    const whole = [asking.heap.allocate(256), asking.heap.allocate(256)];
    expect(asking.ask('/b.txt')).toMatchObject({ status: 503, body: '503 Service Unavailable\n' });
    expect(asking.take(asking.site.refuse(404)).status).toBe(503);
    for (const offset of whole) if (offset >= 0) asking.heap.free(offset, 256);
    held.release();
    expect(asking.ask('/b.txt').status).toBe(200);
    expect(openDescriptors()).toBe(before);
  });

  it('so many large files are kept open, and one is closed only when nobody sends it', () => {
    asking.end();
    const before = openDescriptors();
    asking = new Asking(tree.root, { cachedFileBytes: 2000, openFiles: 2, makeDisk });
    for (let index = 0; index < 5; index++) tree.write(`l${index}`, `${index}`.repeat(3000));
    const held = asking.answer(headOf('/l0'));
    held.acquire();
    for (let index = 1; index < 5; index++) expect(asking.ask(`/l${index}`).body[0]).toBe(`${index}`);
    expect(asking.site.counts.openFiles).toBe(2);
    // The root, two that are kept, and one that is being sent.
    expect(openDescriptors()).toBe(before + 4);
    expect(asking.read(held).body).toBe('0'.repeat(3000));
    held.release();
    expect(openDescriptors()).toBe(before + 3);
    asking.site.close();
    expect(openDescriptors()).toBe(before);
  });

  it('everything is given back in the end', () => {
    const empty = asking.heap.used;
    for (const target of ['/a.txt', '/large.bin', '/b.txt']) {
      asking.ask(target);
      asking.ask(target, ['Connection: close']);
      asking.ask(target, ['Range: bytes=1-2']);
      asking.ask(target, ['If-None-Match: *']);
      asking.ask(target, [], 'HEAD');
    }
    expect(asking.heap.used).toBeGreaterThan(empty);
    asking.site.close();
    // The answers that were there from the start too.
    expect(asking.heap.used).toBe(0);
  });
});
