/** The heap: pieces that never overlap, and that are one block again when all have come back. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Arena } from '../../src/memory/arena.js';
import { GRANULE_BYTES, Heap } from '../../src/memory/heap.js';

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
