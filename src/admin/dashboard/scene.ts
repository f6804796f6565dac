/**
 * Where everything is in the picture of the architecture: a scene for a shape and a width, from left to right where there is
 * room, else from top to bottom. Sizes are pixels, so that text is as large on a phone as on a desk.
 */
import type { Drawn, Shape } from './shape.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A worker: a loop is a ring, one that blocks is a cell. */
export interface Place extends Box {
  readonly worker: Drawn;
  readonly centre: Point;
  /** Of its ring. */
  readonly radius: number;
  /** It is large enough for its name and its number. */
  readonly named: boolean;
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  /** From left to right. */
  readonly across: boolean;
  readonly clients: Box;
  readonly kernel: Box;
  readonly backlog: Box;
  readonly sockets: Box;
  readonly waits: Box;
  readonly workers: Box;
  readonly places: readonly Place[];
  /** What the dispatcher of the one loop calls, in the order of HANDLERS. */
  readonly handlers: readonly Box[];
  readonly cache: Box;
  readonly disk: Box;
}

/** What the dispatcher of a loop tells its handlers of, by the name of its count. */
export const HANDLERS = [
  ['accepts', 'accept'],
  ['receipts', 'receipt'],
  ['sends', 'send'],
  ['diskReads', 'disk read'],
  ['timers', 'timer'],
  ['wakeUps', 'wake-up'],
] as const;

const ACROSS_FROM = 760;
/** Between boxes of a kind. */
export const GAP = 8;
const PADDING = 12;
const HEADER = 40;
const LEAST_HEIGHT = 348;

export function sceneOf(shape: Shape, width: number): Scene {
  return width >= ACROSS_FROM ? sceneAcross(shape, width) : sceneDown(shape, width);
}

function sceneAcross(shape: Shape, width: number): Scene {
  const side = Math.min(190, Math.max(150, width * 0.165));
  const between = Math.min(64, Math.max(36, width * 0.045));
  const clientsWidth = side * 0.72;
  const kernelX = clientsWidth + between;
  const workersX = kernelX + side + between;
  const workersWidth = width - workersX - between - side - 1;
  const inner = workersIn(shape, workersX, 1, workersWidth, LEAST_HEIGHT);
  const height = inner.height + 2;
  const kernel = { x: kernelX, y: 1, width: side, height: inner.height };
  const [backlog, sockets, waits] = column(
    {
      x: kernel.x + GAP,
      y: kernel.y + HEADER,
      width: side - 2 * GAP,
      height: Math.min(420, kernel.height - HEADER - GAP),
    },
    3,
  ) as [Box, Box, Box];
  const storeX = width - side - 1;
  const [cache, disk] = column({ x: storeX, y: 1, width: side, height: Math.min(420, inner.height) }, 2, 28) as [
    Box,
    Box,
  ];
  const clients = { x: 1, y: Math.min(height, 420) / 2 - 42, width: clientsWidth, height: 84 };
  const workers = { x: workersX, y: 1, width: workersWidth, height: inner.height };
  return {
    width,
    height,
    across: true,
    clients,
    kernel,
    backlog,
    sockets,
    waits,
    workers,
    cache,
    disk,
    ...inner.parts,
  };
}

function sceneDown(shape: Shape, width: number): Scene {
  const across = width - 2;
  const between = 30;
  const clients = { x: 1, y: 1, width: across, height: 72 };
  const kernel = { x: 1, y: clients.y + clients.height + between, width: across, height: 192 };
  const within = { x: kernel.x + GAP, y: kernel.y + HEADER, width: across - 2 * GAP, height: 78 };
  const [backlog, sockets] = row(within, 2, GAP) as [Box, Box];
  const waits = { ...within, y: within.y + within.height + GAP, height: 56 };
  const workersY = kernel.y + kernel.height + between;
  const inner = workersIn(shape, 1, workersY, across, 0);
  const workers = { x: 1, y: workersY, width: across, height: inner.height };
  const storeY = workersY + inner.height + between;
  const [cache, disk] = row({ x: 1, y: storeY, width: across, height: 112 }, 2, GAP) as [Box, Box];
  const height = storeY + 113;
  return {
    width,
    height,
    across: false,
    clients,
    kernel,
    backlog,
    sockets,
    waits,
    workers,
    cache,
    disk,
    ...inner.parts,
  };
}

interface Inner {
  readonly height: number;
  readonly parts: Pick<Scene, 'places' | 'handlers'>;
}

function workersIn(shape: Shape, x: number, y: number, width: number, least: number): Inner {
  return shape.who === 'loop' ? oneLoop(shape, x, y, width, least) : grid(shape, x, y, width, least);
}

function oneLoop(shape: Shape, x: number, y: number, width: number, least: number): Inner {
  const height = Math.max(least, 270);
  const isWide = least > 0;
  const handlersWidth = isWide ? 168 : 118;
  const radius = Math.min(92, (width - handlersWidth - 4 * PADDING) / 2 - 12, (height - HEADER) / 2 - 26);
  const room = width - handlersWidth - PADDING;
  // On a phone requests come from the right: there they pass beside the title.
  const centre = { x: isWide ? x + room / 2 : x + width - room / 2, y: y + HEADER + (height - HEADER) / 2 - 4 };
  const handlersX = isWide ? x + width - handlersWidth - PADDING : x + PADDING;
  const handlers = column(
    { x: handlersX, y: y + HEADER + 6, width: handlersWidth, height: height - HEADER - PADDING - 6 },
    HANDLERS.length,
  );
  const worker = shape.workers[0] as Drawn;
  const box = { x: centre.x - radius, y: centre.y - radius, width: 2 * radius, height: 2 * radius };
  return { height, parts: { places: [{ ...box, worker, centre, radius, named: true }], handlers } };
}

/** Cells as large as they can be, in rows. */
function grid(shape: Shape, x: number, y: number, width: number, least: number): Inner {
  const { workers, who, hidden } = shape;
  const isLoop = who === 'loops';
  const count = workers.length;
  const named = count <= 32;
  const wanted = isLoop ? (named ? 116 : 52) : named ? (count <= 8 ? 118 : 82) : count <= 64 ? 46 : 30;
  const room = width - 2 * PADDING + GAP;
  const most = Math.max(1, Math.min(count, Math.floor(room / (wanted + GAP))));
  const rows = Math.ceil(count / most);
  // As full as the last row can be.
  const columns = Math.ceil(count / rows);
  const cellWidth = Math.min(isLoop ? 150 : 140, room / columns - GAP);
  const space = Math.max(0, least - HEADER - PADDING - (hidden > 0 ? 18 : 0));
  const usual = isLoop ? (named ? 116 : 52) : named ? 46 : count <= 64 ? 34 : 26;
  const cellHeight = Math.min(Math.max(usual, space / rows - GAP), isLoop ? 140 : usual * 1.9);
  const indent = (room - columns * (cellWidth + GAP)) / 2;
  const places = workers.map((worker, index): Place => {
    const left = x + PADDING + indent + (index % columns) * (cellWidth + GAP);
    const top = y + HEADER + Math.floor(index / columns) * (cellHeight + GAP);
    const radius = Math.min(cellWidth, cellHeight - (named ? 18 : 0)) / 2 - 10;
    const centre = { x: left + cellWidth / 2, y: top + (cellHeight - (isLoop && named ? 18 : 0)) / 2 };
    return { x: left, y: top, width: cellWidth, height: cellHeight, worker, centre, radius, named };
  });
  const height = Math.max(least, HEADER + rows * (cellHeight + GAP) + PADDING - GAP + (hidden > 0 ? 18 : 0));
  return { height, parts: { places, handlers: [] } };
}

function column(box: Box, count: number, gap: number = GAP): Box[] {
  const height = (box.height - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, index) => ({ ...box, y: box.y + index * (height + gap), height }));
}

function row(box: Box, count: number, gap: number): Box[] {
  const width = (box.width - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, index) => ({ ...box, x: box.x + index * (width + gap), width }));
}
