/** The site with a disk that answers later: everybody is told once, in whatever order the disk completes. */
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryChanges } from '../../src/disk/changes.js';
import { PENDING, type Waiter } from '../../src/site/answer.js';
import { Asking, headOf, LATER, Waiting } from './asking.js';
import { SlowDisk } from './slow-disk.js';
import { Tree } from './tree.js';

const EACCES = 13;
const EIO = 5;
const EMFILE = 24;

let tree: Tree;
let asking: Asking;
let disk: SlowDisk;
const begin = (setup: ConstructorParameters<typeof Asking>[1] = {}) => {
  asking = new Asking(tree.root, {
    cachedFileBytes: 2000,
    makeDisk: (arena) => {
      disk = new SlowDisk(arena);
      return disk;
    },
    ...setup,
  });
};
const openDescriptors = () => readdirSync('/proc/self/fd').length;

beforeEach(() => {
  tree = new Tree({
    'a.txt': 'first',
    'b.txt': 'bbb',
    'empty.txt': '',
    'large.bin': 'x'.repeat(3000),
    'sub/index.html': 's',
  });
  begin();
});
afterEach(() => {
  asking.end();
  tree.remove();
});

/** Asks, and gives who waits for the answer. */
function pend(target: string, fields: string[] = [], method = 'GET'): Waiting {
  const waiter = new Waiting();
  expect(asking.site.answer(headOf(target, fields, method), waiter)).toBe(PENDING);
  return waiter;
}

function told(waiter: Waiting): string {
  expect(waiter.answers).toHaveLength(1);
  const [answer] = waiter.answers;
  const { status, body } = asking.read(answer!);
  answer!.release();
  return `${status} ${body}`;
}

it('goes on where it was when the disk completes', () => {
  const waiter = pend('/a.txt');
  expect(disk.asked).toEqual(['open a.txt']);
  disk.complete();
  expect(disk.asked).toEqual(['read a.txt']);
  expect(waiter.answers).toHaveLength(0);
  expect(waiter.disk).toEqual([true]);
  disk.complete();
  expect(told(waiter)).toBe('200 first');
  expect(waiter.disk).toEqual([true, false]);
  expect(asking.ask('/a.txt').body).toBe('first');
});

it('errors, redirects, large and empty files come later too', () => {
  const waiters = ['/nothing', '/sub', '/large.bin', '/empty.txt', '/sub/'].map((target) => pend(target));
  disk.completeAll();
  expect(waiters.map(told).map((text) => text.slice(0, 7))).toEqual(['404 404', '301 301', '200 xxx', '200 ', '200 s']);
});

it('what needs no disk is answered at once', () => {
  expect(asking.ask('/%').status).toBe(400);
  expect(asking.ask('/a.txt', [], 'POST').status).toBe(405);
  expect(asking.ask('*', [], 'OPTIONS').status).toBe(204);
  expect(disk.asked).toEqual([]);
});

it('all who ask for the same name wait for the same load, each for its own answer', () => {
  const waiters = [
    pend('/a.txt'),
    pend('/a.txt', ['Range: bytes=1-2']),
    pend('/a.txt', ['If-None-Match: *']),
    pend('/%61.txt', [], 'HEAD'),
    pend('/a.txt', ['Connection: close']),
    pend('/a.txt', ['If-Match: "x"']),
  ];
  expect(disk.asked).toEqual(['open a.txt']);
  disk.completeAll();
  // Each of them has waited for the disk, also those that asked it for nothing.
  for (const waiter of waiters) expect(waiter.disk).toEqual([true, false]);
  expect(waiters[4]?.answers[0]?.persistent).toBe(false);
  expect(waiters.map(told)).toEqual([
    '200 first',
    '206 ir',
    '304 ',
    '200 ',
    '200 first',
    '412 412 Precondition Failed\n',
  ]);
});

it('who has been forgotten is not told, and the others are', () => {
  const first = pend('/a.txt');
  const second = pend('/a.txt');
  const alone = pend('/b.txt');
  asking.site.forget(first);
  asking.site.forget(alone);
  asking.site.forget(new Waiting());
  disk.completeAll();
  expect(first.answers).toHaveLength(0);
  expect(alone.answers).toHaveLength(0);
  expect(told(second)).toBe('200 first');
  expect(asking.ask('/b.txt').body).toBe('bbb');
});

it('who is forgotten while another is told is not told', () => {
  const later = new Waiting();
  const first: Waiter = {
    answered: (answer) => {
      answer.acquire();
      asking.site.forget(later);
      answer.release();
    },
  };
  asking.site.answer(headOf('/a.txt'), first);
  asking.site.answer(headOf('/a.txt'), later);
  disk.completeAll();
  expect(later.answers).toHaveLength(0);
});

it('a known file is looked at in the next second, and waited for', () => {
  pend('/a.txt');
  disk.completeAll();
  asking.wait();
  const waiter = pend('/a.txt');
  expect(disk.asked).toEqual(['look a.txt']);
  disk.complete();
  expect(told(waiter)).toBe('200 first');
  asking.wait();
  writeFileSync(tree.path('a.txt'), 'second');
  const after = pend('/a.txt');
  disk.completeAll();
  expect(told(after)).toBe('200 second');
});

it('the second may end while the disk is asked', () => {
  const waiter = pend('/a.txt');
  disk.complete();
  asking.wait();
  disk.complete();
  expect(asking.read(waiter.answers[0]!).fields.date).toBe(new Date(asking.now).toUTCString());
  expect(told(waiter)).toBe('200 first');
});

it('what changes while it is looked at or read is looked at again', () => {
  const waiter = pend('/a.txt');
  disk.complete();
  asking.site.changed('a.txt');
  disk.complete();
  expect(told(waiter)).toBe('200 first');
  pend('/a.txt');
  expect(disk.asked).toEqual(['look a.txt']);
});

it('a file that shrinks while it is read is read again, then sent from where it is', () => {
  const waiter = pend('/a.txt');
  disk.complete();
  truncateSync(tree.path('a.txt'), 3);
  disk.complete();
  expect(disk.asked).toEqual(['read a.txt']);
  disk.complete();
  expect(disk.asked).toEqual(['open a.txt']);
  disk.complete();
  truncateSync(tree.path('a.txt'), 2);
  disk.completeAll();
  expect(waiter.answers[0]).toMatchObject({ fileLength: 2 });
  expect(told(waiter)).toBe('200 fi');
});

it('short reads are continued, failing ones end in 500, and nothing leaks', () => {
  const before = openDescriptors();
  const waiter = pend('/a.txt');
  disk.complete();
  const { operation } = disk.waiting[0]!;
  operation.length = 2;
  disk.complete();
  expect(operation).toMatchObject({ position: 2, length: 3 });
  disk.complete(0, -EIO);
  expect(told(waiter)).toBe('500 500 Internal Server Error\n');
  expect(openDescriptors()).toBe(before);
  asking.site.close();
  expect(asking.heap.used).toBe(0);
});

it('when descriptors run out, an open large file is closed and the open tried again', () => {
  told(settle('/large.bin'));
  const waiter = pend('/a.txt');
  disk.complete(0, -EMFILE);
  expect(asking.site.counts.openFiles).toBe(0);
  disk.completeAll();
  expect(told(waiter)).toBe('200 first');
  const poor = pend('/b.txt');
  disk.complete(0, -EMFILE);
  expect(told(poor)).toBe('503 503 Service Unavailable\n');
});

function settle(target: string): Waiting {
  const waiter = pend(target);
  disk.completeAll();
  return waiter;
}

it('a file that may not be read is forbidden', () => {
  const waiter = pend('/a.txt');
  disk.complete(0, -EACCES);
  expect(told(waiter)).toBe('403 403 Forbidden\n');
});

it('closing while the disk works leaves nothing behind and tells nobody', () => {
  const before = openDescriptors();
  const waiters = ['/a.txt', '/large.bin', '/b.txt'].map((target) => pend(target));
  disk.complete(0);
  asking.site.close();
  disk.completeAll();
  expect(waiters.flatMap(({ answers }) => answers)).toEqual([]);
  expect(openDescriptors()).toBe(before - 1);
  expect(asking.heap.used).toBe(0);
});

it('what was loaded may be evicted by what is answered meanwhile: it is loaded again', () => {
  asking.end();
  begin({ entries: 1 });
  const first: Waiter = {
    answered: () => {
      asking.site.answer(headOf('/b.txt'), new Waiting());
      disk.completeAll();
    },
  };
  asking.site.answer(headOf('/a.txt'), first);
  const second = pend('/a.txt');
  disk.completeAll();
  expect(told(second)).toBe('200 first');
});

it('whatever the order, everybody who was not forgotten is told once, and what is told is true', () => {
  const targets = ['/a.txt', '/b.txt', '/large.bin', '/nothing', '/empty.txt', '/sub/', '/sub'];
  const starts: Record<string, string> = {
    '/a.txt': '200 first',
    '/b.txt': '200 bbb',
    '/large.bin': '200 xxx',
    '/nothing': '404 ',
    '/empty.txt': '200 ',
    '/sub/': '200 s',
    '/sub': '301 ',
  };
  const step = fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), target: fc.constantFrom(...targets) }),
    fc.record({ kind: fc.constant('complete' as const), index: fc.nat(99) }),
    fc.record({ kind: fc.constant('forget' as const), index: fc.nat(99) }),
    fc.record({ kind: fc.constant('wait' as const) }),
    fc.record({ kind: fc.constant('doubt' as const), target: fc.constantFrom(...targets) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, entries) => {
      asking.end();
      begin({ entries, openFiles: 1, heapBytes: 8192 });
      const asked: { waiter: Waiting; target: string; forgotten: boolean }[] = [];
      for (const action of steps) {
        if (action.kind === 'ask') {
          const waiter = new Waiting();
          const answer = asking.site.answer(headOf(action.target), waiter);
          if (answer !== null) waiter.answered(answer);
          asked.push({ waiter, target: action.target, forgotten: false });
        } else if (action.kind === 'complete') {
          if (disk.waiting.length > 0) disk.complete(action.index % disk.waiting.length);
        } else if (action.kind === 'forget') {
          const one = asked[action.index % asked.length];
          if (one !== undefined && one.waiter.answers.length === 0) {
            asking.site.forget(one.waiter);
            one.forgotten = true;
          }
        } else if (action.kind === 'wait') {
          asking.wait();
        } else {
          asking.site.changed(action.target.slice(1));
        }
      }
      disk.completeAll((count) => count - 1);
      for (const { waiter, target, forgotten } of asked) {
        expect(waiter.answers).toHaveLength(forgotten ? 0 : 1);
        if (forgotten) continue;
        const text = told(waiter);
        expect(text.startsWith(starts[target]!) || text.startsWith('503')).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

describe('a file that is looked at again', () => {
  let changes: DirectoryChanges;
  const second = (): void => {
    asking.now += 1000;
    asking.site.tick(asking.now);
  };

  beforeEach(() => {
    asking.end();
    changes = DirectoryChanges.open() as DirectoryChanges;
    begin({ changes, now: LATER });
    // The first request has its directory watched, and is therefore doubted.
    for (const content of ['first', 'first']) {
      const waiter = pend('/a.txt');
      disk.completeAll();
      expect(told(waiter)).toBe(`200 ${content}`);
    }
  });

  afterEach(() => changes.close());

  it('is given out while the disk looks, as it was a second ago', () => {
    second();
    for (let time = 0; time < 3; time++) expect(asking.ask('/a.txt').body).toBe('first');
    expect(disk.asked).toEqual(['look a.txt']);
    disk.completeAll();
    expect(asking.ask('/a.txt').body).toBe('first');
    expect(disk.asked).toEqual([]);
  });

  it('is waited for when it was not looked at a second ago', () => {
    second();
    second();
    const waiter = pend('/a.txt');
    disk.completeAll();
    expect(told(waiter)).toBe('200 first');
  });

  it('is waited for when something has been told of it', () => {
    second();
    writeFileSync(tree.path('a.txt'), 'second');
    changes.read(asking.site.watcher!);
    const waiter = pend('/a.txt');
    disk.completeAll();
    expect(told(waiter)).toBe('200 second');
  });

  it('is waited for when something is told of it while the disk looks, and is then what it has become', () => {
    second();
    expect(asking.ask('/a.txt').body).toBe('first');
    writeFileSync(tree.path('a.txt'), 'second');
    changes.read(asking.site.watcher!);
    const waiter = pend('/a.txt');
    // What the disk had seen before the change.
    disk.complete(0, 0);
    expect(waiter.answers).toHaveLength(0);
    disk.completeAll();
    expect(told(waiter)).toBe('200 second');
  });

  it('is what it has become when nobody told, as soon as the disk has said so', () => {
    second();
    writeFileSync(tree.path('a.txt'), 'second');
    expect(asking.ask('/a.txt').body).toBe('first');
    disk.completeAll();
    expect(asking.ask('/a.txt').body).toBe('second');
  });

  it('is gone when the disk cannot say', () => {
    second();
    expect(asking.ask('/a.txt').body).toBe('first');
    disk.complete(0, -EIO);
    const waiter = pend('/a.txt');
    disk.complete(0, -EIO);
    expect(told(waiter)).toBe('500 500 Internal Server Error\n');
  });
});
