/** A real timer of the kernel's, watched by a real dispatcher. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EpollDispatcher } from '../../src/dispatcher/epoll.js';
import { EBADF } from '../../src/linux/errno.js';
import { closeFile } from '../../src/linux/files.js';
import { createTimer, drainTimer, setTimer } from '../../src/linux/timerfd.js';
import { Arena } from '../../src/memory/arena.js';

let arena: Arena;
let dispatcher: EpollDispatcher;
let timer: number;
let woken: number;

beforeEach(() => {
  arena = new Arena(1_048_576);
  dispatcher = new EpollDispatcher({ arena });
  timer = createTimer();
  woken = 0;
  dispatcher.watch(timer, () => {
    woken++;
    expect(drainTimer(timer)).toBe(0);
  });
});

afterEach(() => {
  dispatcher.unwatch(timer);
  dispatcher.destroy();
  closeFile(timer);
  arena.destroy();
});

it('is not readable before it is set, nor before its time has come', () => {
  dispatcher.turn(0);
  setTimer(timer, 60_000);
  dispatcher.turn(0);
  expect(woken).toBe(0);
  expect(drainTimer(timer)).toBe(0);
});

it.each([0, -5, 0.001, 10])('set to %d ms it is readable once, then and not earlier', (milliseconds) => {
  const began = performance.now();
  expect(setTimer(timer, milliseconds)).toBe(0);
  while (woken === 0 && performance.now() - began < 5000) dispatcher.turn(1000);
  expect(performance.now() - began).toBeGreaterThanOrEqual(milliseconds - 0.1);
  dispatcher.turn(20);
  expect(woken).toBe(1);
});

it('can be set anew', () => {
  setTimer(timer, 60_000);
  setTimer(timer, 1);
  dispatcher.turn(5000);
  expect(woken).toBe(1);
});

it('gives errors as results', () => {
  expect(setTimer(99_999, 1)).toBe(-EBADF);
  expect(drainTimer(99_999)).toBe(-EBADF);
});
