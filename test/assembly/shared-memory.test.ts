/** What lies where in the memory that the original process and its workers share. */
import { closeSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  inputBytesOf,
  ownAnswerBytesOf,
  SharedMemory,
  sharesCache,
  workersOf,
} from '../../src/assembly/shared-memory.js';
import { OptionError } from '../../src/config/option-error.js';
import { completeOptions, type ServerOptions } from '../../src/config/options.js';
import { Heap } from '../../src/memory/heap.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { CONNECTIONS, REQUESTS } from '../../src/metrics/counts.js';
import { ABORT, WorkerSlots } from '../../src/metrics/worker-slots.js';

const MEBIBYTE = 1_048_576;

let made: SharedMemory[] = [];
afterEach(() => {
  for (const memory of made) memory.region.destroy();
  made = [];
});

function create(some: Partial<ServerOptions>): { memory: SharedMemory; options: ServerOptions } {
  const options = completeOptions({ cacheBytes: MEBIBYTE, cachedFileBytes: 65_536, ...some });
  const memory = SharedMemory.create(options);
  made.push(memory);
  return { memory, options };
}

/** The next descriptor that would be given. */
function nextDescriptor(): number {
  const descriptor = openSync('/dev/null', 'r');
  closeSync(descriptor);
  return descriptor;
}

describe('rings for traces', () => {
  it.each([
    [{ model: 'event' }, 65_536],
    [{ model: 'event', traceEvents: 1024 }, 1024],
    [{ model: 'event', traceEvents: 524_288 }, 520_000],
    [{ model: 'thread', workers: 16 }, 32_000],
    [{ model: 'process', workers: 512 }, 800],
  ] as const)('of %j, one for each slot, hold %i events or so and overlap nothing', (some, events) => {
    const { memory } = create(some);
    memory.traceSwitch.on = true;
    const rings = memory.slots.slots.map((_, slot) => memory.traceRingOf(slot));
    for (const [slot, ring] of rings.entries()) {
      expect(Math.abs(ring.capacity - events)).toBeLessThan(events / 4);
      // Where there is room for all of them, no fewer than were asked for.
      if (rings.length <= 2 && events <= 65_536) expect(ring.capacity).toBeGreaterThanOrEqual(events);
      ring.words.fill(slot + 1);
    }
    for (const [slot, ring] of rings.entries()) expect(ring.words.every((word) => word === slot + 1)).toBe(true);
    expect(memory.traceSwitch.on).toBe(true);
    expect(memory.slots.slots.every(({ state }) => state === 0)).toBe(true);
  });
});

describe('rings for the access log', () => {
  it.each([
    [{ model: 'event' }, 4 * MEBIBYTE],
    [{ model: 'event', loops: 64 }, 2 * MEBIBYTE],
    [{ model: 'process', workers: 5 }, 131_072],
    [{ model: 'thread', workers: 512 }, 131_072],
  ] as const)('of %j, one for each slot, overlap nothing', (some, bytes) => {
    const { memory } = create({ ...some, accessLog: 'common' });
    const { slots } = memory.slots;
    const rings = slots.map((_, slot) => memory.ringOf(slot));
    const ends = rings.map((ring) => {
      expect(ring?.reserve(1)).toBe(true);
      return ring?.at ?? 0;
    });
    expect(ends[0]).toBeGreaterThanOrEqual(WorkerSlots.bytes(slots.length));
    for (let slot = 1; slot < ends.length; slot++) expect(ends[slot]! - ends[slot - 1]!).toBe(bytes);
    expect(memory.region.size).toBeGreaterThanOrEqual(WorkerSlots.bytes(slots.length) + slots.length * bytes);
  });

  it('are not there where nothing is logged', () => {
    expect(create({ model: 'event' }).memory.ringOf(0)).toBeUndefined();
  });
});

describe('who shares what', () => {
  it.each([
    [{ model: 'event' }, 1, false],
    [{ model: 'event', loops: 3 }, 3, false],
    [{ model: 'process', workers: 5 }, 5, false],
    [{ model: 'process', workers: 5, sharedCache: true }, 5, true],
    [{ model: 'thread', workers: 7 }, 7, true],
  ] as const)('%j', (some, workers, shares) => {
    const { memory, options } = create(some);
    expect(workersOf(options)).toBe(workers);
    expect(sharesCache(options)).toBe(shares);
    // A worker that is being replaced lives beside its replacement.
    expect(memory.slots.slots).toHaveLength(2 * workers);
  });

  it('takes no more than the slots and the rings for traces where no cache is shared, whatever the cache', () => {
    const sizes = [1, 1024].map(
      (mebibytes) => create({ model: 'process', workers: 100, cacheBytes: mebibytes * MEBIBYTE }).memory.region.size,
    );
    expect(sizes[0]).toBe(sizes[1]);
    expect(sizes[0]).toBeLessThanOrEqual(Math.ceil(WorkerSlots.bytes(200) / 4096) * 4096 + 32 * MEBIBYTE);
  });
});

describe('the places in the memory', () => {
  const some = { model: 'thread', workers: 3 } as const;

  /** Writes all over the slots, in ways that somebody could read. */
  function paintSlots(memory: SharedMemory): void {
    for (const [index, slot] of memory.slots.slots.entries()) {
      slot.order = ABORT;
      slot.occupy(index + 1, index + 101);
      slot.counts[CONNECTIONS] = index + 0.5;
      slot.counts[REQUESTS] = index + 0.25;
    }
  }

  function slotsAsPainted(memory: SharedMemory): boolean {
    return memory.slots.slots.every(
      ({ order, process, thread, counts }, index) =>
        order === ABORT &&
        process === index + 1 &&
        thread === index + 101 &&
        counts[CONNECTIONS] === index + 0.5 &&
        counts[REQUESTS] === index + 0.25,
    );
  }

  it('do not overlap: slots, the cache, and what each worker has alone', () => {
    const { memory, options } = create(some);
    const { bytes, size } = memory.region;
    paintSlots(memory);
    const cache = memory.cacheOf(0);
    const path = Buffer.from('/a/path');
    const text = Buffer.from('HTTP/1.1 200 OK\r\n\r\ncontents');
    const users = memory.slots.slots.map((_, slot) => memory.privateArena(slot));
    const pieces = users.map((arena) => ({ arena, from: arena.reserve(1, 4096) }));
    // All that is a worker's alone is painted with its number.
    const length = (pieces[1]?.from as number) - (pieces[0]?.from as number);
    for (const [slot, { from }] of pieces.entries()) {
      expect(from % 4096).toBe(0);
      expect(from + length).toBeLessThanOrEqual(size);
      bytes.fill(slot + 1, from, from + length);
    }
    for (const [slot, { from }] of pieces.entries()) {
      expect(bytes.subarray(from, from + length).every((byte) => byte === slot + 1)).toBe(true);
    }
    // The last bytes of the memory are the last worker's: nothing lies behind them.
    expect((pieces.at(-1)?.from as number) + length).toBe(size);
    expect(slotsAsPainted(memory)).toBe(true);
    expect(cache.find(path, 0, path.length, 0, 1)).toBe(false);
    expect(options.cacheBytes).toBe(MEBIBYTE);
    expect(text.length).toBeLessThan(length);
    expect(slotsAsPainted(memory)).toBe(true);
  });

  it('have room for all that a worker reserves, at the largest and the smallest sizes', () => {
    for (const cachedFileBytes of [0, 16 * MEBIBYTE]) {
      const { memory, options } = create({ ...some, cachedFileBytes, cacheBytes: 64 * MEBIBYTE });
      const arena = memory.privateArena(5);
      new Heap(arena, ownAnswerBytesOf(options));
      new Heap(arena, inputBytesOf(options));
      // The receive buffer, and what a site and a disk need for themselves.
      arena.reserve(65_536, 4096);
      arena.reserve(65_536);
      const before = memory.region.size;
      expect(() => arena.reserve(before)).toThrow(RangeError);
    }
  });

  it('are the same for a worker that has inherited the memory', () => {
    const { memory, options } = create(some);
    paintSlots(memory);
    const inherited = SharedMemory.of(options, SharedRegion.inherited(memory.region.descriptor, memory.region.size));
    expect(slotsAsPainted(inherited)).toBe(true);
    const offset = memory.privateArena(2).reserve(16);
    expect(inherited.privateArena(2).reserve(16)).toBe(offset);
    memory.region.bytes.fill(9, offset, offset + 16);
    expect(inherited.region.bytes[offset]).toBe(9);
  });

  it('are addressed from the one beginning, by JavaScript and by the kernel', () => {
    const { memory } = create(some);
    const arena = memory.privateArena(1);
    expect(arena.base).toBe(memory.region.base);
    expect(arena.bytes).toBe(memory.region.bytes);
  });
});

describe('more than can be addressed', () => {
  it.each([
    [{ workers: 512, cachedFileBytes: 4 * MEBIBYTE, cacheBytes: 64 * MEBIBYTE }],
    [{ workers: 64, cachedFileBytes: 16 * MEBIBYTE, cacheBytes: 64 * MEBIBYTE }],
    [{ workers: 512, cacheBytes: 1024 * MEBIBYTE }],
  ] as const)('is refused with a sentence, and takes nothing: %j', (some) => {
    const before = nextDescriptor();
    expect(() => create({ ...some, model: 'thread' })).toThrow(OptionError);
    expect(() => create({ ...some, model: 'thread' })).toThrow(/2 GiB.*\.$/);
    expect(nextDescriptor()).toBe(before);
  });

  it('does not concern workers that share no cache', () => {
    create({ model: 'process', workers: 512, cachedFileBytes: 16 * MEBIBYTE, cacheBytes: 1024 * MEBIBYTE });
  });

  it('is not what the most workers need with the sizes that everything has by default', () => {
    const { memory } = create({ model: 'thread', workers: 512, cacheBytes: 128 * MEBIBYTE });
    expect(memory.region.size).toBeLessThan(2 ** 31);
  });
});
