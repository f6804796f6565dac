/** How long somebody has waited for a disk that does not answer later. */
import { expect, it } from 'vitest';
import { type Disk, DiskOperation, FileStatus, PENDING } from '../../src/disk/disk.js';
import { DiskTimer, TimedDisk } from '../../src/disk/timed.js';

const TAKES = 5;

/** Takes so many milliseconds for everything, or answers later. */
function slowDisk(result: number): Disk & { asked: string[] } {
  const asked: string[] = [];
  const take = (what: string) => (): number => {
    asked.push(what);
    for (const end = performance.now() + TAKES; performance.now() < end; );
    return result;
  };
  return {
    ...{ name: 'slow', asked, openRoot: take('openRoot'), open: take('open'), look: take('look'), read: take('read') },
    ...{ warm: take('warm'), list: take('list'), status: take('status'), close: take('close') },
  };
}

const OPERATIONS = ['open', 'look', 'read', 'warm', 'list'] as const;
const operation = new DiskOperation({ diskCompleted: () => {} });

it('is the same disk, and says what each operation takes while somebody wants to know', () => {
  const disk = slowDisk(42);
  const timer = new DiskTimer();
  const timed = new TimedDisk(disk, timer);
  expect([timed.name, timed.openRoot('/')]).toEqual(['slow', 42]);
  for (const name of OPERATIONS) {
    expect(timed[name](operation)).toBe(42);
    timer.start();
    expect(timed[name](operation)).toBe(42);
    const took = timer.stop();
    expect(took).toBeGreaterThanOrEqual(TAKES);
    expect(took).toBeLessThan(10 * TAKES);
  }
  expect(timed.status(1, new FileStatus())).toBe(42);
  timed.close(1);
  expect(disk.asked).toEqual(['openRoot', ...OPERATIONS.flatMap((name) => [name, name]), 'status', 'close']);
});

it('adds up what one has waited, and counts nothing that is under way', () => {
  const timer = new DiskTimer();
  const timed = new TimedDisk(slowDisk(0), timer);
  timer.start();
  timed.look(operation);
  timed.read(operation);
  expect(timer.stop()).toBeGreaterThanOrEqual(2 * TAKES);
  const later = new TimedDisk(slowDisk(PENDING), timer);
  timer.start();
  expect(later.read(operation)).toBe(PENDING);
  expect(timer.stop()).toBe(0);
});
