/** An eventfd is readable when it has been signalled, until somebody has taken the signals. */
import { readSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EBADF } from '../../src/linux/errno.js';
import { createEventfd, drainEventfd, signalEventfd } from '../../src/linux/eventfd.js';
import { closeFile } from '../../src/linux/files.js';

let eventfd = -1;
beforeEach(() => {
  eventfd = createEventfd();
  expect(eventfd).toBeGreaterThan(2);
});
afterEach(() => void closeFile(eventfd));

/** How many signals have come; taking them. */
function signals(): number {
  const counter = Buffer.alloc(8);
  try {
    readSync(eventfd, counter);
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
    return 0;
  }
  return Number(counter.readBigUInt64LE());
}

it('counts signals and never waits', () => {
  expect(signals()).toBe(0);
  expect([signalEventfd(eventfd), signalEventfd(eventfd)]).toEqual([0, 0]);
  expect(signals()).toBe(2);
  expect(signals()).toBe(0);
});

it('is not readable any more when it was drained', () => {
  expect(drainEventfd(eventfd)).toBe(0);
  signalEventfd(eventfd);
  signalEventfd(eventfd);
  expect(drainEventfd(eventfd)).toBe(0);
  expect(signals()).toBe(0);
});

it('says so when there is none', () => {
  expect([signalEventfd(1_000_000), drainEventfd(1_000_000)]).toEqual([-EBADF, -EBADF]);
});
