/** System calls are counted where they are made, in the memory that the thread was told to count in. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEventfd, drainEventfd, signalEventfd } from '../../src/linux/eventfd.js';
import { close, recv } from '../../src/linux/sockets.js';
import {
  alsoMade,
  countSystemCallsIn,
  RECVFROM,
  SYSTEM_CALLS,
  stopCountingIn,
  WRITE,
} from '../../src/linux/system-calls.js';

let counts: Float64Array;

beforeEach(() => {
  counts = new Float64Array(SYSTEM_CALLS.length);
  countSystemCallsIn(counts);
});

afterEach(() => stopCountingIn(counts));

function made(): Record<string, number> {
  return Object.fromEntries(
    SYSTEM_CALLS.map((name, at) => [name, counts[at]!] as const).filter(([, count]) => count > 0),
  );
}

it('by their names, those that fail too', () => {
  const eventfd = createEventfd();
  for (let time = 0; time < 3; time++) signalEventfd(eventfd);
  drainEventfd(eventfd);
  drainEventfd(eventfd);
  expect(recv(-1, 0, 0, 0)).toBeLessThan(0);
  close(eventfd);
  expect(made()).toEqual({ write: 3, read: 2, recvfrom: 1, close: 1 });
});

it('and those that somebody else has made for this thread', () => {
  alsoMade(WRITE, 5);
  alsoMade(RECVFROM, 1);
  expect(made()).toEqual({ write: 5, recvfrom: 1 });
});

it('in one place at a time, and nowhere when that is over', () => {
  const others = new Float64Array(SYSTEM_CALLS.length);
  countSystemCallsIn(others);
  // It is not what is counted in: nothing changes.
  stopCountingIn(counts);
  recv(-1, 0, 0, 0);
  stopCountingIn(others);
  recv(-1, 0, 0, 0);
  expect([counts[RECVFROM], others[RECVFROM]]).toEqual([0, 1]);
});

it('names are in order, each once', () => {
  expect([...new Set(SYSTEM_CALLS)].sort()).toEqual([...SYSTEM_CALLS]);
});
