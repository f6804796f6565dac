/**
 * Requests as dots that pass through the picture: from their client through the kernel to a worker, to where their file is,
 * and back. What is sent is what was counted: each worker gets its share, and a dot may stand for many requests.
 *
 * What it keeps true: who prefers less motion sees none, and no more dots are alive than a browser draws at ease, also while the
 * page is not seen and nothing is drawn.
 */
import { drawn } from './elements.js';
import type { Moment } from './panels.js';
import type { Place, Scene } from './scene.js';
import type { Shape } from './shape.js';
import type { Signs } from './signs.js';
import { wayOf } from './ways.js';

const JOURNEY_MILLISECONDS = 2600;
/** Dots of one poll. */
const MOST_DOTS = 40;
/** Of all polls together. */
const MOST_ALIVE = 200;
const INTERVAL_MILLISECONDS = 1000;
/** A dot stands for 1, 2, 5, 10, 20... requests. */
const STEPS = [1, 2, 5];

interface Traveller {
  readonly dot: SVGCircleElement;
  readonly way: SVGPathElement;
  readonly length: number;
  readonly start: number;
}

const still = matchMedia('(prefers-reduced-motion: reduce)');

export class Travellers {
  #layer: SVGGElement | undefined;
  #scene: Scene | undefined;
  #shape: Shape | undefined;
  readonly #ways = new Map<string, SVGPathElement>();
  #alive: Traveller[] = [];
  #frame = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.clear();
    });
  }

  /** They pass through this picture from now on. */
  moveTo(svg: SVGSVGElement, scene: Scene, shape: Shape): void {
    this.clear();
    this.#ways.clear();
    this.#scene = scene;
    this.#shape = shape;
    this.#layer = drawn('g', { class: 'travellers' });
    svg.append(this.#layer);
  }

  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    for (const { dot } of this.#alive) dot.remove();
    this.#alive = [];
  }

  /** Sends those of a moment on their way, and says what a dot is. */
  send({ polled, rates }: Moment, shape: Shape, signs: Signs): string {
    const requests = rates.requests * rates.seconds;
    const unit = unitFor(requests);
    const one = unit === 1 ? 'a request' : `${unit.toLocaleString('en')} requests`;
    const rings = shape.who === 'loop' ? ' A point in the ring is a request in progress.' : ' A lit worker is busy.';
    if (still.matches) return rings.trim();
    // Where nothing is drawn none would arrive.
    const room = document.hidden ? 0 : MOST_ALIVE - this.#alive.length;
    const count = requests === 0 ? 0 : Math.min(room, Math.max(1, Math.round(requests / unit)));
    const misses =
      rates.hits === undefined ? (shape.disk === 'blocking' || polled.cache !== undefined ? 0 : 1) : 1 - rates.hits;
    const now = performance.now();
    for (let index = 0; index < count; index++) {
      const place = this.#placeOf(signs, (index + 0.5) / count);
      const toDisk = Math.floor((index + 1) * misses) > Math.floor(index * misses);
      if (place !== undefined)
        this.#start(place, toDisk, now + ((index + Math.random()) / count) * INTERVAL_MILLISECONDS);
    }
    if (this.#alive.length > 0 && this.#frame === 0) this.#frame = requestAnimationFrame((time) => this.#move(time));
    return `A moving dot is ${one}.${rings}`;
  }

  /** The worker at this part of all requests, so that each gets its share. */
  #placeOf(signs: Signs, part: number): Place | undefined {
    const places = this.#scene?.places ?? [];
    const shares = places.map(({ worker }) => signs.workers.get(worker.slot)?.requests ?? 0);
    const total = shares.reduce((sum, share) => sum + share, 0);
    if (total === 0) return places[0];
    let upTo = 0;
    return places.find((_place, index) => {
      upTo += shares[index] as number;
      return upTo >= part * total;
    });
  }

  #start(place: Place, toDisk: boolean, start: number): void {
    const layer = this.#layer as SVGGElement;
    const way = this.#wayOf(place, toDisk);
    const dot = drawn('circle', { class: toDisk ? 'traveller cold' : 'traveller', r: 3.6, visibility: 'hidden' });
    layer.append(dot);
    this.#alive.push({ dot, way, length: way.getTotalLength(), start });
  }

  #wayOf(place: Place, toDisk: boolean): SVGPathElement {
    const scene = this.#scene as Scene;
    const key = `${place.worker.slot} ${toDisk}`;
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    const way = drawn('path', { d: wayOf(scene, place, toDisk ? 'disk' : 'cache', this.#shape as Shape) });
    this.#ways.set(key, way);
    return way;
  }

  #move(time: number): void {
    this.#alive = this.#alive.filter(({ dot, way, length, start }) => {
      const part = (time - start) / JOURNEY_MILLISECONDS;
      if (part < 0) return true;
      if (part >= 1) {
        dot.remove();
        return false;
      }
      const { x, y } = way.getPointAtLength(part * length);
      dot.setAttribute('cx', x.toFixed(1));
      dot.setAttribute('cy', y.toFixed(1));
      dot.setAttribute('visibility', 'visible');
      return true;
    });
    this.#frame = this.#alive.length === 0 ? 0 : requestAnimationFrame((next) => this.#move(next));
  }
}

/** For how many requests a dot stands, so that there are not too many. */
function unitFor(requests: number): number {
  for (let power = 1; ; power *= 10) {
    const step = STEPS.find((candidate) => requests / (candidate * power) <= MOST_DOTS);
    if (step !== undefined) return step * power;
  }
}
