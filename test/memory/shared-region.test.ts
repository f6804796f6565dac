/** Shared memory: the same bytes for all who map it, zero at first, gone when nobody has it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Arena } from '../../src/memory/arena.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { startProcess, startThread } from './sharing.js';

let regions: SharedRegion[] = [];

afterEach(() => {
  for (const region of regions) region.destroy();
  regions = [];
});

function create(size: number): SharedRegion {
  const region = SharedRegion.create(size);
  regions.push(region);
  return region;
}

/** The mappings of memory files of this process. */
const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').split('memfd:amped').length - 1;

/** The descriptors of memory files that this process has. */
function descriptorsOfRegions(): string[] {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith('/memfd:amped');
    } catch {
      return false;
    }
  });
}

describe('SharedRegion', () => {
  it('is zeroed memory in whole pages, of which all views are one', () => {
    const region = create(4097);
    expect(region.size).toBe(8192);
    expect(region.bytes.length).toBe(8192);
    expect(region.words.every((word) => word === 0)).toBe(true);
    region.words[2] = 0x01020304;
    expect([...region.bytes.subarray(8, 12)]).toEqual([4, 3, 2, 1]);
    region.doubles[8] = 1.5;
    expect(region.words[17]).toBe(0x3ff80000);
  });

  it.each([
    ['thread', startThread],
    ['process', startProcess],
  ] as const)('a %s sees what this one writes, and is seen', async (_, start) => {
    const region = create(4096);
    const task = { owner: 3, lockAt: 64, counterAt: 512, times: 5, dies: false };
    region.words[512] = 37;
    await start(import.meta.url, './lock-user.mjs', region, task).result;
    expect(region.words[512]).toBe(42);
  });

  it('is given back: the mapping and the descriptor', () => {
    const before = mappings();
    const region = SharedRegion.create(4096);
    expect(mappings()).toBe(before + 1);
    expect(descriptorsOfRegions()).toContain(String(region.descriptor));
    const { descriptor } = region;
    region.destroy();
    expect(mappings()).toBe(before);
    expect(descriptorsOfRegions()).not.toContain(String(descriptor));
  });

  it('has one address in all threads of a process', () => {
    const one = create(4096);
    const other = SharedRegion.ofProcess(one.descriptor, one.base, one.size);
    one.bytes[100] = 7;
    expect(other.bytes[100]).toBe(7);
    expect(other.base).toBe(one.base);
  });

  it('an arena within it gives pieces of its part only, and leaves the memory alone at its end', () => {
    const region = create(8192);
    const arena = Arena.within(region, 4096, 4096 + 512);
    expect(arena.reserve(256)).toBe(4096);
    expect(arena.reserve(256)).toBe(4096 + 256);
    expect(() => arena.reserve(1)).toThrow(RangeError);
    arena.bytes[4096] = 9;
    arena.destroy();
    expect(region.bytes[4096]).toBe(9);
  });
});
