/** The heap: pieces that never overlap, and that are one block again when all have come back. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Arena } from '../../src/memory/arena.js';
import { GRANULE_BYTES, Heap } from '../../src/memory/heap.js';
import { SharedRegion } from '../../src/memory/shared-region.js';

const arena = new Arena(64 * 1024 * 1024);
afterAll(() => arena.destroy());

/** A heap in an arena of its own place. */
function heapOf(granules: number): Heap {
  return new Heap(arena, granules * GRANULE_BYTES);
}

describe('Heap', () => {
  it('gives pieces rounded up to granules, and counts them', () => {
    const heap = heapOf(16);
    expect(heap.capacity).toBe(16 * 256);
    expect(heap.used).toBe(0);
    const one = heap.allocate(1);
    const two = heap.allocate(257);
    expect(heap.used).toBe(3 * 256);
    heap.free(one, 1);
    heap.free(two, 257);
    expect(heap.used).toBe(0);
  });

  it('gives -1 when nothing is large enough, and goes on', () => {
    const heap = heapOf(4);
    expect(heap.allocate(4 * 256 + 1)).toBe(-1);
    const all = heap.allocate(4 * 256);
    expect(all).toBeGreaterThanOrEqual(0);
    expect(heap.allocate(1)).toBe(-1);
    heap.free(all, 4 * 256);
    expect(heap.allocate(1)).toBe(all);
  });

  it('gives the tail of a power of two to others', () => {
    const heap = heapOf(8);
    const five = heap.allocate(5 * 256);
    const rest = [heap.allocate(256), heap.allocate(512)];
    expect(rest).not.toContain(-1);
    expect(heap.used).toBe(heap.capacity);
    heap.free(five, 5 * 256);
    expect(heap.allocate(4 * 256)).toBe(five);
  });

  it('uses all of a heap that is no power of two', () => {
    const heap = heapOf(13);
    const pieces = Array.from({ length: 13 }, () => heap.allocate(256));
    expect(new Set(pieces).size).toBe(13);
    expect(pieces).not.toContain(-1);
    expect(heap.allocate(1)).toBe(-1);
  });

  it('refuses sizes that are none, and heaps without room', () => {
    const heap = heapOf(4);
    expect(heap.allocate(-1)).toBe(-1);
    expect(heap.allocate(Number.NaN)).toBe(-1);
    expect(heap.allocate(2 ** 40)).toBe(-1);
    expect(() => new Heap(arena, 255)).toThrow(RangeError);
    expect(() => new Heap(arena, 2 ** 30)).toThrow(RangeError);
  });

  it('keeps pieces apart and joins them again, whatever the order', () => {
    const arenas: Arena[] = [];
    const step = fc.record({ size: fc.integer({ min: 0, max: 9 * 256 }), free: fc.nat(), give: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 67 }), fc.array(step, { maxLength: 120 }), (granules, steps) => {
        const own = new Arena(granules * 256);
        arenas.push(own);
        const heap = new Heap(own, granules * 256);
        const held: { offset: number; size: number }[] = [];
        for (const { size, free, give } of steps) {
          if (give && held.length > 0) {
            const [piece] = held.splice(free % held.length, 1);
            heap.free(piece!.offset, piece!.size);
          } else {
            const offset = heap.allocate(size);
            if (offset >= 0) held.push({ offset, size });
          }
          const spans = held
            .map(({ offset, size }) => [offset, offset + Math.max(1, Math.ceil(size / 256)) * 256] as const)
            .sort((a, b) => a[0] - b[0]);
          spans.forEach(([start, end], index) => {
            expect(start % 256).toBe(0);
            expect(end).toBeLessThanOrEqual(granules * 256);
            if (index > 0) expect(start).toBeGreaterThanOrEqual(spans[index - 1]![1]);
          });
          expect(heap.used).toBe(spans.reduce((sum, [start, end]) => sum + end - start, 0));
        }
        for (const { offset, size } of held) heap.free(offset, size);
        expect(heap.used).toBe(0);
        // The largest power of two that fits is one block again.
        const largest = 2 ** Math.floor(Math.log2(granules));
        expect(heap.allocate(largest * 256)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 150 },
    );
    for (const own of arenas) own.destroy();
  });
});

describe('Heap with shared bookkeeping', () => {
  const GRANULES = 37;
  const BYTES = GRANULES * GRANULE_BYTES;
  const BOOKS_AT = 12;

  /** A region with one heap, and as many views of it as are asked for. */
  function share(use: (viewOf: () => Heap, region: SharedRegion) => void): void {
    const region = SharedRegion.create(16_384);
    const heapAt = region.size - BYTES;
    expect(BOOKS_AT + Heap.bookkeepingBytes(BYTES)).toBeLessThanOrEqual(heapAt);
    try {
      use(() => new Heap(Arena.within(region, heapAt, region.size), BYTES, { region, offset: BOOKS_AT }), region);
    } finally {
      region.destroy();
    }
  }

  it('is one heap, whoever looks at it', () => {
    share((viewOf) => {
      const one = viewOf();
      one.initialise();
      const other = viewOf();
      const first = one.allocate(1000);
      const second = other.allocate(1000);
      expect(Math.abs(first - second)).toBeGreaterThanOrEqual(1024);
      expect([one.used, other.used]).toEqual([2048, 2048]);
      // What one allocated another may free.
      one.free(second, 1000);
      other.free(first, 1000);
      expect([one.used, other.used]).toEqual([0, 0]);
      expect(other.allocate(32 * 256)).toBeGreaterThanOrEqual(0);
    });
  });

  it('keeps its bookkeeping within the bytes that it says, and out of the heap', () => {
    share((viewOf, region) => {
      const heap = viewOf();
      const end = BOOKS_AT + Heap.bookkeepingBytes(BYTES);
      const around = [...region.bytes.keys()].filter((at) => at < BOOKS_AT || at >= end);
      for (const at of around) region.bytes[at] = 0xee;
      heap.initialise();
      const pieces = Array.from({ length: GRANULES }, () => heap.allocate(1));
      expect(pieces).not.toContain(-1);
      for (const piece of pieces) heap.free(piece, 1);
      heap.reset();
      expect(around.every((at) => region.bytes[at] === 0xee)).toBe(true);
    });
  });

  it('can be begun anew, whatever is in it', () => {
    share((viewOf, region) => {
      const heap = viewOf();
      heap.initialise();
      for (let index = 0; index < 5; index++) heap.allocate(300);
      region.bytes.fill(0xab, BOOKS_AT, BOOKS_AT + Heap.bookkeepingBytes(BYTES));
      heap.reset();
      expect(heap.used).toBe(0);
      const pieces = Array.from({ length: GRANULES }, () => heap.allocate(1));
      expect(new Set(pieces).size).toBe(GRANULES);
      expect(pieces).not.toContain(-1);
      expect(heap.allocate(1)).toBe(-1);
    });
  });

  it('takes memory only where it is used', () => {
    const large = 512 * 1024 * 1024;
    const before = process.memoryUsage.rss();
    const own = new Arena(large);
    const heap = new Heap(own, large);
    heap.allocate(1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(8 * 1024 * 1024);
    own.destroy();
  });
});
