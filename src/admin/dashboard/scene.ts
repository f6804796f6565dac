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
  ['sends', 'send done'],
  ['diskReads', 'disk read'],
  ['timers', 'timer'],
  ['wakeUps', 'wake-up'],
] as const;

const ACROSS_FROM = 760;
const GAP = 8;
const PADDING = 12;
const HEADER = 34;
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
    { x: kernel.x + GAP, y: kernel.y + HEADER, width: side - 2 * GAP, height: Math.min(420, kernel.height - HEADER - GAP) },
    3,
  ) as [Box, Box, Box];
  const storeX = width - side - 1;
  const [cache, disk] = column({ x: storeX, y: 1, width: side, height: Math.min(420, inner.height) }, 2, 28) as [Box, Box];
  const clients = { x: 1, y: Math.min(height, 420) / 2 - 42, width: clientsWidth, height: 84 };
  const workers = { x: workersX, y: 1, width: workersWidth, height: inner.height };
  return { width, height, across: true, clients, kernel, backlog, sockets, waits, workers, cache, disk, ...inner.parts };
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
  return { width, height, across: false, clients, kernel, backlog, sockets, waits, workers, cache, disk, ...inner.parts };
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
  const cellHeight = Math.min(Math.max(usual, space / rows - GAP), isLoop ? 140 : usual * 1.5);
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

function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** The point of a box where a line from before, or to behind, meets it. */
export function side(scene: Scene, box: Box, which: 'before' | 'behind'): Point {
  const { x, y } = middle(box);
  if (scene.across) return point(which === 'before' ? box.x : box.x + box.width, y);
  return point(x, which === 'before' ? box.y : box.y + box.height);
}

/** From one point to another, leaving and arriving in the direction of the whole, as the rest of a path in SVG. */
export function bend(scene: Scene, from: Point, to: Point): string {
  const { x, y } = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return scene.across
    ? `C${x} ${from.y} ${x} ${to.y} ${to.x} ${to.y}`
    : `C${from.x} ${y} ${to.x} ${y} ${to.x} ${to.y}`;
}

/** Where requests pass through what the kernel is waited with: beside its words. */
function gateOf({ across, waits }: Scene): readonly [Point, Point] {
  const { x, y, width, height } = waits;
  if (across) return [point(x, y + height - 19), point(x + width, y + height - 19)];
  return [point(x + width - 17, y), point(x + width - 17, y + height)];
}

/** Lines that requests pass along, as paths in SVG; those to the disk are taken rarely. */
export function wiresOf(scene: Scene, isLoop: boolean): { readonly path: string; readonly rare: boolean }[] {
  const [before, behind] = gateOf(scene);
  const start = side(scene, scene.clients, 'behind');
  const wire = (from: Point, to: Point, rare = false) => ({ path: `M${text(from)}${bend(scene, from, to)}`, rare });
  const ends = isLoop
    ? scene.places.map((place) => ringEdges(scene, place))
    : [...new Map(scene.places.map((place) => [laneOf(scene, place), lanesEnds(scene, place)])).values()];
  const goals = [
    { to: side(scene, scene.cache, 'before'), rare: false },
    { to: side(scene, scene.disk, 'before'), rare: true },
  ];
  return [
    wire(start, before),
    ...ends.flatMap(([first, last]) => [
      wire(behind, first),
      // Behind the one ring stand its handlers.
      ...goals.map(({ to, rare }) => wire(isLoop ? side(scene, scene.workers, 'behind') : last, to, rare)),
    ]),
  ];
}

/** The way of a request through a worker to where its file is, and back to its client, as a path in SVG. */
export function wayOf(scene: Scene, place: Place, goal: 'cache' | 'disk', shape: Shape): string {
  const lane = scene.across ? point(0, 6) : point(6, 0);
  const there = ({ x, y }: Point): Point => point(x - lane.x, y - lane.y);
  const back = ({ x, y }: Point): Point => point(x + lane.x, y + lane.y);
  const start = side(scene, scene.clients, 'behind');
  const [before, behind] = gateOf(scene);
  const end = side(scene, scene[goal], 'before');
  const [out, home] = shape.who === 'loop' ? betweenHandlers(scene, goal) : [[], []];
  const { first, through, last, again } = stationsOf(scene, place, shape);
  return [
    `M${text(there(start))}`,
    ...throughAll(scene, there(start), [there(before), there(behind), first]),
    through,
    ...throughAll(scene, last, [...out, there(end)]),
    `L${text(back(end))}`,
    ...throughAll(scene, back(end), [...home, last]),
    again,
    ...throughAll(scene, first, [back(behind), back(before), back(start)]),
  ].join('');
}

/** Where a request comes to a worker and where it leaves, and the ways between the two, there and back. */
function stationsOf(scene: Scene, place: Place, { who }: Shape) {
  const { across } = scene;
  const { radius, centre } = place;
  const arc = (to: Point): string => `A${radius} ${radius} 0 0 1 ${text(to)}`;
  const [ringBefore, ringBehind] = ringEdges(scene, place);
  if (who === 'loop') return { first: ringBefore, through: arc(ringBehind), last: ringBehind, again: arc(ringBefore) };
  const [first, last] = lanesEnds(scene, place);
  const lane = laneOf(scene, place);
  const line = (...points: readonly Point[]): string => points.map((to) => `L${text(to)}`).join('');
  const onLane = (along: number): Point => (across ? point(along, lane) : point(lane, along));
  if (who === 'loops') {
    const reach = radius + 8;
    const along = across ? centre.x : centre.y;
    const [enter, leave] = [onLane(along - reach), onLane(along + reach)];
    return {
      ...{ first, last },
      through: `${line(enter, ringBefore)}${arc(ringBehind)}${line(leave, last)}`,
      again: `${line(leave, ringBehind)}${arc(ringBefore)}${line(enter, first)}`,
    };
  }
  // Beside the words of the cell.
  const inside = across
    ? point(place.x + place.width - 12, place.y + place.height / 2)
    : point(place.x + place.width / 2, place.y + place.height - 7);
  const door = onLane(across ? inside.x : inside.y);
  return { first, last, through: line(door, inside, door, last), again: line(door, inside, door, first) };
}

/** Between the rows of workers, or on a phone between the columns, there is a lane for requests. */
function laneOf({ across }: Scene, place: Place): number {
  return (across ? place.y : place.x) - GAP / 2;
}

function lanesEnds(scene: Scene, place: Place): readonly [Point, Point] {
  const { x, y, width, height } = scene.workers;
  const lane = laneOf(scene, place);
  return scene.across ? [point(x, lane), point(x + width, lane)] : [point(lane, y), point(lane, y + height)];
}

/** The gaps between the handlers of a loop that a request takes on its way out and home, so that it covers no words. */
function betweenHandlers({ across, handlers }: Scene, goal: 'cache' | 'disk'): readonly [Point[], Point[]] {
  const names = HANDLERS.map(([name]) => name);
  const receipt = handlers[names.indexOf('receipts')];
  const last = handlers[names.indexOf(goal === 'cache' ? 'sends' : 'diskReads')];
  if (!across || receipt === undefined || last === undefined) return [[], []];
  const above = receipt.y - GAP / 2;
  const below = last.y + last.height + GAP / 2;
  const right = receipt.x + receipt.width;
  return [[point(receipt.x, above), point(right, above)], [point(right, below), point(receipt.x, below)]];
}

function throughAll(scene: Scene, from: Point, points: readonly Point[]): string[] {
  return points.map((to, index) => bend(scene, points[index - 1] ?? from, to));
}

function ringEdges({ across }: Scene, { centre, radius }: Place): readonly [Point, Point] {
  return across
    ? [point(centre.x - radius, centre.y), point(centre.x + radius, centre.y)]
    : [point(centre.x, centre.y - radius), point(centre.x, centre.y + radius)];
}

function point(x: number, y: number): Point {
  return { x, y };
}

function text({ x, y }: Point): string {
  return `${x} ${y}`;
}
