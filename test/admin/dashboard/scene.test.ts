/** The picture of each architecture: its shape, and that everything in it has its place, at any width. */
import { describe, expect, it } from 'vitest';
import { type Box, type Scene, sceneOf } from '../../../src/admin/dashboard/scene.js';
import { type Shape, sameShape, shapeOf, wordsFor } from '../../../src/admin/dashboard/shape.js';
import { wayOf, wiresOf } from '../../../src/admin/dashboard/ways.js';
import { fakePoll, type Kind } from './fake-polls.js';

const WIDTHS = [296, 500, 760, 1200];

function shaped(kind: Kind, workers: number): Shape {
  const polled = fakePoll(kind, 1);
  return shapeOf({ ...polled, each: [], workersMost: workers, loops: workers });
}

describe('the shape', () => {
  it.each([
    ['event', 'loop', 'io_uring', 1],
    ['loops', 'loops', 'epoll', 4],
    ['thread', 'threads', 'accept, recv, send', 16],
    ['process', 'processes', 'accept, recv, send', 16],
  ] as const)('of %s is %s, waited with %s', (kind, who, waits, workers) => {
    const shape = shapeOf(fakePoll(kind, 1));
    expect(shape).toMatchObject({ who, waits, hidden: 0 });
    expect(shape.workers).toHaveLength(workers);
    expect(wordsFor(shape)).toMatch(/^(Event-driven|Multi-threaded|Multi-process)[:,] /);
  });

  it.each([
    ['blocking', 'blocking'],
    ['helpers (4 threads)', 'helpers'],
    ['io_uring', 'io_uring'],
    ['auto (in memory: at once; else io_uring)', 'io_uring'],
    ['auto (in memory: at once; else helpers)', 'helpers'],
  ])('reads files by %s: %s', (disk, strategy) => {
    expect(shapeOf(fakePoll('event', 1, { disk })).disk).toBe(strategy);
  });

  it('is the same for other processes of the same number, and another for fewer', () => {
    const polled = fakePoll('process', 1);
    const replaced = { ...polled, each: polled.each?.map((worker) => ({ ...worker, process: 99 })) ?? [] };
    expect(sameShape(shapeOf(polled), shapeOf(replaced))).toBe(true);
    expect(sameShape(shapeOf(polled), shaped('process', 3))).toBe(false);
  });

  it('tells of loops in processes, and of what is shared', () => {
    const polled = fakePoll('loops', 1);
    const apart = { ...polled, each: polled.each?.map((worker) => ({ ...worker, process: worker.slot })) ?? [] };
    expect([shapeOf(polled).apart, shapeOf(apart).apart]).toEqual([false, true]);
    expect([shapeOf(fakePoll('thread', 1)).locks, shapeOf(fakePoll('process', 1)).locks]).toEqual([true, false]);
  });
});

describe.each([
  ['event', 1],
  ['loops', 2],
  ['loops', 64],
  ['thread', 3],
  ['thread', 40],
  ['process', 16],
  ['process', 1000],
] as const)('the scene of %s, %d', (kind, workers) => {
  const shape = shaped(kind, workers);

  it.each(WIDTHS)('is all in the picture, and nothing covers another, at %d pixels', (width) => {
    const scene = sceneOf(shape, width);
    const apart = [scene.clients, scene.kernel, scene.workers, scene.cache, scene.disk];
    const inner = [...scene.places, ...scene.handlers];
    for (const box of [...apart, scene.backlog, scene.sockets, scene.waits, ...inner])
      expect(within(box, scene)).toBe(true);
    expect(overlaps(apart)).toEqual([]);
    expect(overlaps(inner)).toEqual([]);
    expect(scene.places).toHaveLength(Math.min(workers, 128));
    expect(Math.min(...scene.places.map(({ radius }) => radius))).toBeGreaterThan(0);
  });

  it.each(WIDTHS)('has ways without a gap, at %d pixels', (width) => {
    const scene = sceneOf(shape, width);
    const ways = scene.places.flatMap((place) => [
      wayOf(scene, place, 'cache', shape),
      wayOf(scene, place, 'disk', shape),
    ]);
    for (const way of [...ways, ...wiresOf(scene, shape.who === 'loop').map(({ path }) => path)]) {
      expect(way).toMatch(/^M[\d.]+ [\d.]+([CLA][\d. ]+)+$/);
    }
  });
});

function within({ x, y, width, height }: Box, scene: Scene): boolean {
  return x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= scene.width && y + height <= scene.height;
}

function overlaps(boxes: readonly Box[]): [Box, Box][] {
  const meet = (a: Box, b: Box): boolean =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
  return boxes.flatMap((one, index) =>
    boxes.slice(index + 1).flatMap((other): [Box, Box][] => (meet(one, other) ? [[one, other]] : [])),
  );
}
