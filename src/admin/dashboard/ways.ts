/**
 * The ways that requests take through a scene: from their client through the kernel to a worker, to where their file is, and
 * home again, beside the words of the picture.
 */
import { type Box, GAP, HANDLERS, type Place, type Point, type Scene } from './scene.js';
import type { Shape } from './shape.js';

/** The point of a box where a line from before, or to behind, meets it. */
function side(scene: Scene, box: Box, which: 'before' | 'behind'): Point {
  const { x, y } = middle(box);
  if (scene.across) return point(which === 'before' ? box.x : box.x + box.width, y);
  return point(x, which === 'before' ? box.y : box.y + box.height);
}

/** From one point to another, leaving and arriving in the direction of the whole, as the rest of a path in SVG. */
function bend(scene: Scene, from: Point, to: Point): string {
  const { x, y } = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return scene.across ? `C${x} ${from.y} ${x} ${to.y} ${to.x} ${to.y}` : `C${from.x} ${y} ${to.x} ${y} ${to.x} ${to.y}`;
}

/** Where requests pass through what the kernel is waited with: beside its words. */
function gateOf({ across, waits }: Scene): readonly [Point, Point] {
  const { x, y, width, height } = waits;
  if (across) return [point(x, y + height - 19), point(x + width, y + height - 19)];
  return [point(x + width - 17, y), point(x + width - 17, y + height)];
}

/** Where requests leave their clients: on a phone above the gate, beside what stands between. */
function startOf(scene: Scene): Point {
  const { x, y } = side(scene, scene.clients, 'behind');
  return scene.across ? point(x, y) : point(gateOf(scene)[0].x, y);
}

/** Where they leave the process of the one loop: behind its handlers, or on a phone beneath its ring. */
function exitOf(scene: Scene): Point {
  const { x, y } = side(scene, scene.workers, 'behind');
  return scene.across ? point(x, y) : point((scene.places[0] as Place).centre.x, y);
}

/** Lines that requests pass along, as paths in SVG; those to the disk are taken rarely. */
export function wiresOf(scene: Scene, isLoop: boolean): { readonly path: string; readonly rare: boolean }[] {
  const [before, behind] = gateOf(scene);
  const start = startOf(scene);
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
      ...goals.map(({ to, rare }) => wire(isLoop ? exitOf(scene) : last, to, rare)),
    ]),
  ];
}

/** The way of a request through a worker to where its file is, and back to its client, as a path in SVG. */
export function wayOf(scene: Scene, place: Place, goal: 'cache' | 'disk', shape: Shape): string {
  const lane = scene.across ? point(0, 6) : point(6, 0);
  const there = ({ x, y }: Point): Point => point(x - lane.x, y - lane.y);
  const back = ({ x, y }: Point): Point => point(x + lane.x, y + lane.y);
  const start = startOf(scene);
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
function betweenHandlers(scene: Scene, goal: 'cache' | 'disk'): readonly [Point[], Point[]] {
  const { across, handlers } = scene;
  const names = HANDLERS.map(([name]) => name);
  const receipt = handlers[names.indexOf('receipts')];
  const last = handlers[names.indexOf(goal === 'cache' ? 'sends' : 'diskReads')];
  if (receipt === undefined || last === undefined) return [[], []];
  if (!across) return [[exitOf(scene)], [exitOf(scene)]];
  const above = receipt.y - GAP / 2;
  const below = last.y + last.height + GAP / 2;
  const right = receipt.x + receipt.width;
  return [
    [point(receipt.x, above), point(right, above)],
    [point(right, below), point(receipt.x, below)],
  ];
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

function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}
