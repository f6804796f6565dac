/**
 * Whether the server serves, drains, is silent or cannot be reached, or nobody asks: told once when it changes, so that a screen reader is
 * not kept talking.
 */

import type { Polled } from '../../metrics/polled.js';
import { ageText, countText } from '../../metrics/readable.js';
import { element, made, say } from './elements.js';

type State = 'connecting' | 'paused' | 'serving' | 'draining' | 'silent' | 'unreachable';

const LABELS: Readonly<Record<State, string>> = {
  connecting: 'Connecting',
  paused: 'Paused',
  serving: 'Serving',
  draining: 'Draining',
  silent: 'Silent',
  unreachable: 'Unreachable',
};

const FACTS = ['model', 'dispatcher', 'disk', 'processors', 'up'] as const;

export class StateLine {
  readonly #pill = element('state');
  readonly #notice = element('notice');
  readonly #facts = new Map(FACTS.map((name) => [name, made('dd', {}, '–')]));

  constructor() {
    const rows = FACTS.map((name) => made('div', {}, made('dt', {}, name), this.#facts.get(name) as HTMLElement));
    element('facts').replaceChildren(...rows);
  }

  heard(polled: Polled): void {
    const { sampled } = polled;
    if (polled.ready) this.#is('serving', sampled === 0 ? 'This server counts little (--metrics off).' : '');
    else this.#is('draining', 'The server drains: it takes no new connections, and ends with its last request.');
    const {
      version,
      model,
      dispatcher = '',
      disk,
      cores,
      workersMost = polled.workers,
      startedAt,
      at = Date.now(),
    } = polled;
    const count =
      workersMost === undefined || workersMost === 1
        ? ''
        : `, ${workersMost} ${model === 'event' ? 'loops' : 'workers'}`;
    const facts = {
      ...{
        version,
        model: `${model}${count}`,
        dispatcher,
        disk: disk.split(' ')[0] ?? disk,
        processors: countText(cores),
      },
      up: ageText((at - startedAt) / 1000),
    };
    say(element('version'), version);
    for (const name of FACTS) {
      const fact = this.#facts.get(name) as HTMLElement;
      say(fact, facts[name]);
      // A model that has no dispatcher has none to tell of.
      (fact.parentElement as HTMLElement).hidden = facts[name] === '';
    }
    document.title = `Amped: ${polled.ready ? model : 'draining'}`;
  }

  /** Nothing is asked, and nothing is known of the server until it is again. */
  set paused(paused: boolean) {
    this.#is(paused ? 'paused' : 'connecting', '');
  }

  silent(isAlone: boolean): void {
    const why = isAlone
      ? 'The server does not answer. One event loop serves, and answers this page too: something has stopped it.'
      : 'The server does not answer.';
    this.#is('silent', why);
  }

  unreachable(why: string): void {
    document.title = 'Amped: unreachable';
    this.#is('unreachable', `${why} It is asked again each second.`);
  }

  #is(state: State, notice: string): void {
    say(this.#pill, LABELS[state]);
    this.#pill.setAttribute('data-state', state);
    this.#notice.setAttribute('data-state', state);
    this.#notice.hidden = notice === '';
    say(this.#notice, notice);
  }
}
