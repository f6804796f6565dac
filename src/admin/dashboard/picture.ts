/**
 * The live picture of the architecture: drawn anew when its shape or the width of the page changes, else only told what to
 * show.
 */
import { countText, secondsText } from '../../metrics/readable.js';
import { Drawing, type Parts } from './drawing.js';
import { drawn, say } from './elements.js';
import type { Moment } from './panels.js';
import { sceneOf } from './scene.js';
import { type Shape, sameShape, shapeOf, wordsFor } from './shape.js';
import { type Signs, signsOf } from './signs.js';
import { Travellers } from './travellers.js';

/** In less there is nothing to be seen. */
const LEAST_WIDTH = 260;

export class Picture {
  readonly #where: HTMLElement;
  readonly #words: HTMLElement;
  readonly #key: HTMLElement;
  readonly #travellers = new Travellers();
  #shape: Shape | undefined;
  #width = 0;
  #parts: Parts | undefined;
  #moment: Moment | undefined;

  constructor(where: HTMLElement, words: HTMLElement, key: HTMLElement) {
    this.#where = where;
    this.#words = words;
    this.#key = key;
    new ResizeObserver(() => {
      if (this.#room !== this.#width && this.#moment !== undefined) this.#place(this.#moment);
    }).observe(where);
  }

  /** How wide the picture can be. */
  get #room(): number {
    return Math.max(LEAST_WIDTH, this.#where.clientWidth);
  }

  show(moment: Moment): void {
    this.#moment = moment;
    this.#where.classList.remove('still');
    const { shape, signs } = this.#place(moment);
    say(this.#key, this.#travellers.send(moment, shape, signs));
  }

  /** Nothing moves, until it goes on. */
  set held(held: boolean) {
    this.#where.classList.toggle('held', held);
    if (held) this.#travellers.clear();
  }

  /** What is known of a moment, without what moves. */
  #place(moment: Moment): { shape: Shape; signs: Signs } {
    const shape = shapeOf(moment.polled);
    const width = this.#room;
    if (this.#shape === undefined || !sameShape(shape, this.#shape) || width !== this.#width) this.#draw(shape, width);
    this.#shape = shape;
    const signs = signsOf(moment, shape);
    this.#tell(signs);
    for (const { slot, name } of shape.workers) {
      const label = this.#parts?.places.get(slot)?.name;
      if (label !== undefined) say(label.text, `${label.before}${name}`);
    }
    return { shape, signs };
  }

  /** Nothing is known of the server now. */
  still(): void {
    this.#travellers.clear();
    say(this.#key, '');
    this.#where.classList.add('still');
  }

  /** It does not answer, though it is there: an only loop answers for itself. */
  stall(): void {
    for (const { all } of this.#parts?.places.values() ?? []) all.classList.add('stalled');
  }

  #draw(shape: Shape, width: number): void {
    this.#width = width;
    const scene = sceneOf(shape, width);
    const words = wordsFor(shape);
    say(this.#words, words);
    const svg = drawn('svg', {
      width: scene.width,
      height: scene.height,
      viewBox: `0 0 ${scene.width} ${scene.height}`,
      role: 'img',
      'aria-label': words,
      'data-shape': shape.who,
    });
    this.#parts = new Drawing(svg, scene, shape).parts;
    this.#travellers.moveTo(svg, scene, shape);
    this.#where.replaceChildren(svg);
  }

  #tell(signs: Signs): void {
    const parts = this.#parts as Parts;
    for (const [name, lines] of parts.lines) {
      const texts = signs[name] as readonly string[];
      for (const [index, line] of lines.entries()) say(line, texts[index] ?? '');
    }
    for (const [index, square] of parts.squares.entries()) square.classList.toggle('lit', index < signs.waiting);
    for (const [index, dot] of parts.dots.entries()) dot.classList.toggle('lit', index < signs.inProgress);
    parts.full.style.transform = `scaleX(${signs.full})`;
    parts.lock?.classList.toggle('contended', signs.contended);
    const alone = parts.places.size === 1;
    for (const [slot, { all, number }] of parts.places) {
      const worker = signs.workers.get(slot);
      const requests = worker?.requests ?? 0;
      all.setAttribute('data-state', worker?.state ?? (alone ? 'idle' : 'vacant'));
      all.classList.toggle('stalled', alone ? signs.stalled !== undefined : worker?.stalled === true);
      all.classList.toggle('turning', signs.turns > 0 && (alone || requests > 0));
      (all as SVGElement).style.setProperty('--turn', `${paceOf(alone ? signs.turns : requests)}s`);
      if (number !== undefined)
        say(number, alone && this.#isEventDriven ? alonesNumber(signs) : `${countText(requests)}/s`);
    }
    const most = Math.max(1, ...signs.handlers);
    for (const [index, { all, number }] of parts.handlers.entries()) {
      const rate = signs.handlers[index] ?? 0;
      say(number, countText(rate));
      all.style.setProperty('--lit', String(rate === 0 ? 0 : 0.25 + 0.75 * (Math.log1p(rate) / Math.log1p(most))));
    }
  }

  get #isEventDriven(): boolean {
    return this.#shape?.who === 'loop' || this.#shape?.who === 'loops';
  }
}

function alonesNumber({ stalled, turns }: Signs): string {
  if (stalled === undefined) return `${countText(turns)} turns/s`;
  // The time of a stall without a bound says itself that it is longer.
  return Number.isFinite(stalled) ? `stalled \u2264 ${secondsText(stalled)}` : `stalled ${secondsText(stalled)}`;
}

/** Seconds for which the sign of a turning loop goes round: the busier, the faster, but never so fast that it flickers. */
function paceOf(rate: number): number {
  return Math.max(0.8, 6 - 1.2 * Math.log10(1 + rate));
}
