/** The numbers at the top: how it goes, at a glance. */
import { bytesText, countText, secondsText, shareText } from '../../metrics/readable.js';
import { made, say } from './elements.js';
import type { Moment } from './panels.js';

interface Figure {
  readonly label: string;
  readonly meaning: string;
  text(moment: Moment): string;
}

const FIGURES: readonly Figure[] = [
  { label: 'requests a second', meaning: 'answers that have gone out', text: ({ rates }) => countText(rates.requests) },
  {
    label: 'latency, p99',
    meaning: 'only 1 request in 100 takes longer',
    text: ({ rates }) => secondsText(rates.latency?.p99),
  },
  {
    label: 'CPU',
    meaning: '100 % is one processor, always busy',
    text: ({ rates }) => shareText(sum(rates.user, rates.system)),
  },
  {
    label: 'CPU a request',
    meaning: 'what one costs, the kernel included',
    text: ({ rates }) => {
      const used = sum(rates.user, rates.system);
      return secondsText(used === undefined || rates.requests < 1 ? undefined : used / rates.requests);
    },
  },
  {
    label: 'memory',
    meaning: 'PSS of all processes',
    text: ({ polled }) => bytesText(polled.process?.pss ?? polled.process?.rss),
  },
  {
    label: 'switches a request',
    meaning: 'context switches, of both kinds',
    text: ({ rates }) => {
      const switches = sum(rates.voluntary, rates.involuntary);
      return countText(switches === undefined || rates.requests < 1 ? undefined : switches / rates.requests);
    },
  },
];

export class Now {
  readonly #numbers = FIGURES.map(() => made('dd', {}, '–'));

  constructor(where: HTMLElement) {
    const figures = FIGURES.map(({ label, meaning }, index) =>
      made(
        'div',
        {},
        made('dt', {}, label),
        this.#numbers[index] as HTMLElement,
        made('dd', { class: 'meaning' }, meaning),
      ),
    );
    where.replaceChildren(...figures);
  }

  show(moment: Moment): void {
    for (const [index, { text }] of FIGURES.entries()) say(this.#numbers[index] as HTMLElement, text(moment));
  }
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
