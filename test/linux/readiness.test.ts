/** select, poll and epoll as the kernel has them: the layout of what they read and write, and high descriptors. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_DATA_OFFSET,
  EPOLL_EVENT_BYTES,
  EPOLLIN,
  EPOLLOUT,
  epollControl,
  epollCreate,
  epollWait,
} from '../../src/linux/epoll.js';
import { EBADF, EEXIST, ENOENT } from '../../src/linux/errno.js';
import { descriptorLimit } from '../../src/linux/limits.js';
import { POLLFD_BYTES, POLLIN, POLLNVAL, POLLOUT, poll } from '../../src/linux/poll.js';
import { select } from '../../src/linux/select.js';
import { close } from '../../src/linux/sockets.js';
import { Arena } from '../../src/memory/arena.js';
import { Bell, duplicate } from '../dispatcher/peers.js';

let arena: Arena;
let quiet: Bell;
let rung: Bell;
const HIGH = Math.min(3_000, descriptorLimit() - 10);
let high = -1;

beforeEach(() => {
  arena = new Arena(65_536);
  quiet = new Bell();
  rung = new Bell();
  rung.ring();
  high = duplicate(rung.descriptor, HIGH);
});
afterEach(() => {
  close(high);
  quiet.close();
  rung.close();
  arena.destroy();
});

describe('epoll', () => {
  const EVENTS = 1024;
  let epoll = -1;
  const control = (operation: number, descriptor: number, events: number): number => {
    arena.words[0] = events;
    arena.words[EPOLL_DATA_OFFSET >> 2] = descriptor;
    return epollControl(epoll, operation, descriptor, arena.base);
  };
  const wait = (): [number, number][] => {
    const count = epollWait(epoll, arena.base + EVENTS, 16, 0);
    return Array.from({ length: count }, (_, index) => {
      const at = EVENTS + index * EPOLL_EVENT_BYTES;
      return [arena.words[(at + EPOLL_DATA_OFFSET) >> 2] as number, arena.words[at >> 2] as number];
    });
  };
  beforeEach(() => {
    epoll = epollCreate();
  });
  afterEach(() => {
    close(epoll);
  });

  it('tells which descriptors are ready, and for what', () => {
    expect(control(EPOLL_CTL_ADD, quiet.descriptor, EPOLLIN)).toBe(0);
    expect(control(EPOLL_CTL_ADD, rung.descriptor, EPOLLIN)).toBe(0);
    expect(control(EPOLL_CTL_ADD, high, EPOLLIN | EPOLLOUT)).toBe(0);
    const ready = wait().sort(([a], [b]) => a - b);
    expect(ready).toEqual([
      [rung.descriptor, EPOLLIN],
      [high, EPOLLIN | EPOLLOUT],
    ]);
    expect(control(EPOLL_CTL_MOD, quiet.descriptor, EPOLLOUT)).toBe(0);
    expect(control(EPOLL_CTL_DEL, high, 0)).toBe(0);
    expect(wait()).toHaveLength(2);
  });

  it('gives error numbers', () => {
    expect(control(EPOLL_CTL_ADD, quiet.descriptor, EPOLLIN)).toBe(0);
    expect(control(EPOLL_CTL_ADD, quiet.descriptor, EPOLLIN)).toBe(-EEXIST);
    expect(control(EPOLL_CTL_DEL, rung.descriptor, 0)).toBe(-ENOENT);
    expect(epollWait(-1, arena.base, 1, 0)).toBe(-EBADF);
  });
});

describe('poll', () => {
  it('fills in what each descriptor is ready for', () => {
    const wanted: readonly [number, number][] = [
      [quiet.descriptor, POLLIN],
      [rung.descriptor, POLLIN | POLLOUT],
      [high, POLLIN],
      [9_999_999, POLLIN],
    ];
    for (const [index, [descriptor, events]] of wanted.entries()) {
      arena.words[(index * POLLFD_BYTES) >> 2] = descriptor;
      arena.words[((index * POLLFD_BYTES) >> 2) + 1] = events;
    }
    expect(poll(arena.base, wanted.length, 0)).toBe(3);
    const returned = wanted.map((_, index) => (arena.words[((index * POLLFD_BYTES) >> 2) + 1] as number) >>> 16);
    expect(returned).toEqual([0, POLLIN | POLLOUT, POLLIN, POLLNVAL]);
  });
});

describe('select', () => {
  const WRITABLE = 8_192;
  const TIME = 16_384;
  const mark = (bitmap: number, descriptor: number): void => {
    const byte = bitmap + (descriptor >> 3);
    arena.bytes[byte] = (arena.bytes[byte] as number) | (1 << (descriptor & 7));
  };
  const marked = (bitmap: number): number[] =>
    Array.from({ length: HIGH + 64 }, (_, descriptor) => descriptor).filter(
      (descriptor) => ((arena.bytes[bitmap + (descriptor >> 3)] as number) & (1 << (descriptor & 7))) !== 0,
    );

  it('marks what is ready, also far above FD_SETSIZE', () => {
    expect(HIGH > 1_024 || descriptorLimit() < 1_100).toBe(true);
    for (const descriptor of [quiet.descriptor, rung.descriptor, high]) mark(0, descriptor);
    mark(WRITABLE, high);
    expect(select(high + 1, arena.base, arena.base + WRITABLE, arena.base + TIME)).toBe(3);
    expect(marked(0)).toEqual([rung.descriptor, high]);
    expect(marked(WRITABLE)).toEqual([high]);
  });

  it('waits for as long as the timeout says', () => {
    mark(0, quiet.descriptor);
    arena.words[TIME >> 2] = 0;
    arena.words[(TIME >> 2) + 2] = 30_000;
    const start = performance.now();
    expect(select(quiet.descriptor + 1, arena.base, arena.base + WRITABLE, arena.base + TIME)).toBe(0);
    expect(performance.now() - start).toBeGreaterThan(29);
  });

  it('gives error numbers', () => {
    mark(0, 2_000);
    expect(select(2_001, arena.base, arena.base + WRITABLE, arena.base + TIME)).toBe(-EBADF);
  });
});
