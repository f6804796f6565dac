/** Draws a scene, and remembers the parts of it that will change. */
import { drawn } from './elements.js';
import { type Box, HANDLERS, type Place, type Scene } from './scene.js';
import type { Shape } from './shape.js';
import type { Signs } from './signs.js';
import { wiresOf } from './ways.js';

/** As many squares as the backlog shows, and dots as a loop shows of its requests in progress. */
const SQUARES = 10;
const DOTS = 48;
const DISKS = { blocking: 'Disk: blocking', helpers: 'Disk: helper threads', io_uring: 'Disk: io_uring' } as const;

export interface Parts {
  readonly lines: ReadonlyMap<keyof Signs, readonly SVGTextElement[]>;
  readonly squares: readonly SVGElement[];
  readonly full: SVGRectElement;
  readonly lock: SVGElement | undefined;
  readonly places: ReadonlyMap<number, PlaceParts>;
  readonly handlers: readonly { readonly all: SVGElement; readonly number: SVGTextElement }[];
  readonly dots: readonly SVGElement[];
}

/** Of a place that is too small for words there is only the whole. */
export interface PlaceParts {
  readonly all: SVGElement;
  readonly number: SVGTextElement | undefined;
  /** What its worker is called, which changes when another takes its place. */
  readonly name: { readonly text: SVGTextElement; readonly before: string } | undefined;
}

export class Drawing {
  readonly parts: Parts;
  readonly #svg: SVGSVGElement;
  readonly #scene: Scene;
  readonly #lines = new Map<keyof Signs, SVGTextElement[]>();

  constructor(svg: SVGSVGElement, scene: Scene, shape: Shape) {
    this.#svg = svg;
    this.#scene = scene;
    this.#box(scene.kernel, 'kernel', 'Linux');
    this.#box(scene.workers, shape.apart ? 'apart' : 'process', titleOf(shape));
    for (const { path, rare } of wiresOf(scene, shape.who === 'loop')) {
      svg.append(drawn('path', { class: rare ? 'wire rare' : 'wire', d: path }));
    }
    this.#box(scene.clients, 'part', 'Clients', 'clients', 2);
    this.#box(scene.backlog, 'part', 'Backlog', 'backlog', 1);
    this.#box(scene.sockets, 'part', 'Connections', 'sockets', 2);
    this.#box(scene.waits, 'part strong', shape.waits, 'waits', 1);
    if (shape.hidden > 0)
      this.#text(
        scene.workers.x + 12,
        scene.workers.y + scene.workers.height - 10,
        'detail',
        `and ${shape.hidden} more`,
      );
    const isLoop = shape.who === 'loop' || shape.who === 'loops';
    const dots: SVGElement[] = [];
    const handlers = scene.handlers.map((box, index) =>
      this.#handler(box, HANDLERS[index]?.[1] ?? '', scene.places[0] as Place),
    );
    const places = new Map(
      scene.places.map((place) => [
        place.worker.slot,
        isLoop ? this.#ring(place, shape, dots) : this.#cell(place, shape),
      ]),
    );
    const ownCaches = shape.apart || shape.who === 'loops';
    const cacheTitle = shape.locks ? 'Shared cache' : ownCaches ? 'Caches, one each' : 'Cache of files';
    this.#box(scene.cache, 'part', cacheTitle, 'cache', 3);
    this.#box(scene.disk, 'part', DISKS[shape.disk], 'disk', 3);
    this.parts = {
      ...{ lines: this.#lines, handlers, places, dots },
      squares: this.#squares(),
      full: this.#bar(),
      lock: shape.locks ? this.#lock() : undefined,
    };
  }

  #box(box: Box, kind: string, title: string, name?: keyof Signs, count = 0): void {
    const { x, y, width, height } = box;
    this.#svg.append(drawn('rect', { class: kind, x, y, width, height, rx: 10 }));
    this.#text(x + 12, y + 21, 'title', title);
    if (name === undefined) return;
    const lines = Array.from({ length: count }, (_, index) => this.#text(x + 12, y + 40 + 17 * index, 'detail', ''));
    this.#lines.set(name, lines);
  }

  #text(x: number, y: number, kind: string, text: string): SVGTextElement {
    const one = drawn('text', { x, y, class: kind }, text);
    this.#svg.append(one);
    return one;
  }

  #squares(): SVGElement[] {
    const { x, y, width, height } = this.#scene.backlog;
    const size = Math.max(1, Math.min(11, (width - 24) / SQUARES - 3));
    return Array.from({ length: SQUARES }, (_, index) => {
      const square = drawn('rect', {
        ...{ class: 'square', x: x + 12 + index * (size + 3), y: y + height - size - 10 },
        ...{ width: size, height: size, rx: 2 },
      });
      this.#svg.append(square);
      return square;
    });
  }

  #bar(): SVGRectElement {
    const { x, y, width, height } = this.#scene.cache;
    const bar = { x: x + 12, y: y + height - 16, width: width - 24, height: 6, rx: 3 };
    const full = drawn('rect', { class: 'full', ...bar });
    this.#svg.append(drawn('rect', { class: 'empty', ...bar }), full);
    return full;
  }

  #lock(): SVGElement {
    const { x, y, width } = this.#scene.cache;
    const lock = drawn(
      'g',
      { class: 'lock', transform: `translate(${x + width - 28} ${y + 8})` },
      drawn('path', { d: 'M4 8V5a4 4 0 0 1 8 0v3' }),
      drawn('rect', { x: 1, y: 8, width: 14, height: 10, rx: 2 }),
    );
    this.#svg.append(lock);
    return lock;
  }

  #handler(box: Box, name: string, { centre, radius }: Place): { all: SVGElement; number: SVGTextElement } {
    const { x, y, width, height } = box;
    const middle = y + height / 2;
    const isRight = x > centre.x;
    const from = { x: centre.x + (isRight ? radius + 12 : -radius - 12), y: centre.y };
    const to = isRight ? x : x + width;
    const half = (from.x + to) / 2;
    const number = drawn('text', { class: 'detail number', x: x + width - 10, y: middle + 4, 'text-anchor': 'end' });
    const all = drawn(
      'g',
      { class: 'handler' },
      drawn('path', { d: `M${from.x} ${from.y}C${half} ${from.y} ${half} ${middle} ${to} ${middle}` }),
      drawn('rect', { x, y, width, height, rx: 8 }),
      drawn('text', { class: 'detail', x: x + 10, y: middle + 4 }, name),
      number,
    );
    this.#svg.append(all);
    return { all, number };
  }

  #ring(place: Place, shape: Shape, dots: SVGElement[]): PlaceParts {
    const { centre, radius, worker, named } = place;
    const { x: cx, y: cy } = centre;
    const alone = shape.who === 'loop';
    const all = drawn('g', { class: 'ring' });
    if (shape.apart) {
      all.append(drawn('rect', { ...boxOf(place), class: 'process', rx: 10 }));
    }
    all.append(
      drawn('circle', { class: 'track', cx, cy, r: radius }),
      drawn('circle', { class: 'sweep', cx, cy, r: radius, pathLength: 100 }),
    );
    if (alone) {
      for (let index = 0; index < DOTS; index++) {
        const angle = (index / DOTS) * 2 * Math.PI - Math.PI / 2;
        const r = radius - 14;
        const dot = drawn('circle', {
          class: 'dot',
          cx: cx + r * Math.cos(angle),
          cy: cy + r * Math.sin(angle),
          r: 2.6,
        });
        dots.push(dot);
        all.append(dot);
      }
      all.append(drawn('text', { class: 'title', x: cx, y: cy - 6, 'text-anchor': 'middle' }, 'dispatcher'));
    }
    const number = named
      ? drawn('text', { class: 'detail number', x: cx, y: alone ? cy + 13 : cy + 4, 'text-anchor': 'middle' })
      : undefined;
    if (number !== undefined) all.append(number);
    this.#svg.append(all);
    if (!named || alone) return { all, number, name: undefined };
    const before = shape.apart ? 'process ' : 'thread ';
    const text = drawn(
      'text',
      { class: 'detail', x: cx, y: place.y + place.height - 8, 'text-anchor': 'middle' },
      `${before}${worker.name}`,
    );
    all.append(text);
    return { all, number, name: { text, before } };
  }

  #cell(place: Place, shape: Shape): PlaceParts {
    const { x, y, width, worker, named } = place;
    const all = drawn('g', { class: 'cell' }, drawn('rect', { ...boxOf(place), rx: shape.apart ? 10 : 6 }));
    this.#svg.append(all);
    if (!named) return { all, number: undefined, name: undefined };
    const before = width < 100 ? '' : shape.apart ? 'process ' : 'thread ';
    const number = drawn('text', { class: 'detail number', x: x + 10, y: y + 33 });
    const text = drawn('text', { class: 'detail', x: x + 10, y: y + 17 }, `${before}${worker.name}`);
    all.append(text, number);
    return { all, number, name: { text, before } };
  }
}

function boxOf({ x, y, width, height }: Box): Record<'x' | 'y' | 'width' | 'height', number> {
  return { x, y, width, height };
}

function titleOf({ who, apart, workers, hidden }: Shape): string {
  const count = workers.length + hidden;
  switch (who) {
    case 'loop':
      return 'One thread of control';
    case 'loops':
      return apart ? `${count} processes, a loop each` : `One process, ${count} threads with a loop each`;
    case 'threads':
      return `One process, ${count} threads`;
    case 'processes':
      return `${count} processes`;
  }
}
