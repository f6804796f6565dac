/**
 * One chart of the page: its title, what it means, its numbers now, its lines, and the same as a table for those who do not
 * see lines.
 */
import uPlot from 'uplot';
import { cssColour } from './colours.js';
import { element, made, say } from './elements.js';
import type { History, Values } from './history.js';
import type { Panel, Series } from './panels.js';

const HEIGHT = 150;
/** The table has so many rows, of the latest polls. */
const ROWS = 10;
const POWERS_OF_TWO = Array.from({ length: 48 }, (_, power) => 2 ** power);
const AXIS_FONT = '11px system-ui, sans-serif';
/** Charts whose cursors move together. */
const TOGETHER = uPlot.sync('charts');

export class Chart {
  readonly card: HTMLElement;
  readonly #panel: Panel;
  readonly #history: History;
  readonly #numbers: HTMLElement[];
  readonly #figure: HTMLElement;
  readonly #rows: HTMLTableSectionElement;
  readonly #table: HTMLDetailsElement;
  readonly #watch = new ResizeObserver(() => this.#plot?.setSize({ width: this.#figure.clientWidth, height: HEIGHT }));
  #plot: uPlot | undefined;
  #span = 60;

  constructor(panel: Panel, history: History) {
    this.#panel = panel;
    this.#history = history;
    this.#numbers = panel.series.map(() => made('dd'));
    this.#figure = made('div', { class: 'plot', role: 'img' });
    this.#rows = made('tbody');
    this.#table = made(
      'details',
      { class: 'values' },
      made('summary', {}, 'Values', made('span', { class: 'unseen' }, ` of ${panel.title}`)),
      this.#tableOf(),
    );
    this.#table.addEventListener('toggle', () => this.#fillTable());
    const title = `${panel.id}-title`;
    this.card = made(
      'article',
      { class: 'card', id: panel.id, 'aria-labelledby': title },
      made('h3', { id: title }, panel.title),
      made('p', { class: 'meaning' }, panel.meaning),
      made('dl', { class: 'numbers' }, ...panel.series.map((series, index) => this.#number(series, index))),
      this.#figure,
      this.#table,
    );
  }

  /** The card is in the page: it has a width. */
  show(): void {
    this.#plot = new uPlot(this.#options(), this.#data(), this.#figure);
    this.#watch.observe(this.#figure);
  }

  /** It leaves the page, and nothing keeps it: not its observer, and not the charts whose cursors moved with its own. */
  destroy(): void {
    this.#watch.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  /** How many seconds it shows. */
  set span(seconds: number) {
    this.#span = seconds;
    this.update();
  }

  update(): void {
    this.#plot?.setData(this.#data());
    this.#tell();
    this.#fillTable();
  }

  /** The colours of the page have changed. */
  recolour(): void {
    this.#plot?.redraw(false, true);
  }

  /** The numbers beside their names: those under the cursor, or else the latest. */
  #tell(): void {
    const lists = this.#history.of(this.#panel);
    const texts = lists.map((values) => this.#panel.text(values.at(this.#cursor()) ?? undefined));
    for (const [index, text] of texts.entries()) say(this.#numbers[index] as HTMLElement, text);
    const said = this.#panel.series.map(({ label }, index) => `${label} ${texts[index]}`).join(', ');
    this.#figure.setAttribute('aria-label', `${this.#panel.title}: ${said}`);
  }

  /** Which of the polls the cursor is at; -1 is the latest. */
  #cursor(): number {
    return this.#plot?.cursor.idx ?? -1;
  }

  #number({ label, colour }: Series, index: number): HTMLElement {
    const swatch = made('span', { class: `swatch ${colour}`, 'aria-hidden': 'true' });
    return made('div', {}, made('dt', {}, swatch, label), this.#numbers[index] as HTMLElement);
  }

  #tableOf(): HTMLElement {
    const heads = this.#panel.series.map(({ label }) => made('th', { scope: 'col' }, label));
    const head = made('thead', {}, made('tr', {}, made('th', { scope: 'col' }, 'seconds ago'), ...heads));
    return made(
      'table',
      {},
      made('caption', { class: 'unseen' }, `${this.#panel.title}: the latest`),
      head,
      this.#rows,
    );
  }

  #fillTable(): void {
    if (!this.#table.open) return;
    const { times } = this.#history;
    const lists = this.#history.of(this.#panel);
    const now = times.at(-1) ?? 0;
    const latest = times.slice(-ROWS).reverse();
    for (const [index, time] of latest.entries()) {
      const texts = lists.map((values) => this.#panel.text(values.at(-1 - index) ?? undefined));
      const { cells } = this.#rows.rows[index] ?? this.#addRow();
      for (const [at, text] of [String(Math.round(now - time)), ...texts].entries()) say(cells[at] as Element, text);
    }
  }

  /** Rows stay where they are and are told what to say: who reads one is not thrown out of it. */
  #addRow(): HTMLTableRowElement {
    const row = made('tr', {}, made('th', { scope: 'row' }), ...this.#panel.series.map(() => made('td')));
    this.#rows.append(row);
    return row;
  }

  /** Stacked lines are sums: each of itself and of those that follow. */
  #data(): uPlot.AlignedData {
    const lists = this.#history.of(this.#panel);
    const { times } = this.#history;
    if (this.#panel.stacked !== true) {
      const drawn = lists.map((values, index) => {
        const skips = this.#panel.logarithmic === true || this.#panel.series[index]?.quiet === true;
        return skips ? values.map((value) => value || null) : values;
      });
      return [times, ...drawn];
    }
    const sums = lists.map((_values, first) =>
      times.map((_time, at) => {
        const above = lists.slice(first).map((values) => values[at] ?? null);
        return above.every((value) => value === null)
          ? null
          : above.reduce<number>((sum, value) => sum + (value ?? 0), 0);
      }),
    );
    return [times, ...(sums as Values[])];
  }

  #options(): uPlot.Options {
    const { series, text, stacked = false, logarithmic = false, binary = false, most } = this.#panel;
    const soft = (): string => cssColour('soft');
    const lines = { stroke: () => cssColour('grid'), width: 1 };
    const axis = { stroke: soft, font: AXIS_FONT, ticks: { show: false }, grid: lines };
    return {
      width: this.#figure.clientWidth,
      height: HEIGHT,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: TOGETHER.key },
        points: { size: 7 },
      },
      hooks: { setCursor: [() => this.#tell()] },
      scales: {
        x: { time: false, range: (_plot, _from, to) => [to - this.#span, to] },
        y: logarithmic
          ? { distr: 3, range: (_plot, low, high) => decades(low, high) }
          : { range: (_plot, _low, high) => [0, most ?? uPlot.rangeNum(0, high || 1, 0.1, true)[1] ?? 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 24,
          splits: (_plot, _index, _from, to) => [0, 1, 2, 3, 4].map((part) => to - (this.#span * part) / 4).reverse(),
          values: (plot, splits) => splits.map((split) => ago((plot.scales.x?.max ?? 0) - split)),
        },
        {
          ...axis,
          size: 62,
          space: 34,
          ...(binary && { incrs: POWERS_OF_TWO }),
          ...(logarithmic && {
            splits: (_plot, _index, from, to) => powersOfTen(from, to),
            filter: (_plot, splits) => splits,
          }),
          values: (_plot, splits) => splits.map((split) => (split === null ? null : shortened(text(split)))),
        },
      ],
      series: [
        {},
        ...series.map(({ colour }, index) => ({
          stroke: () => cssColour(colour),
          width: 1.75,
          points: { show: false },
          spanGaps: logarithmic,
          ...((stacked || index === 0) &&
            !logarithmic && { fill: () => cssColour(stacked ? `${colour}-fill` : `${colour}-faint`) }),
        })),
      ],
    };
  }
}

/** Whole powers of ten around what is there. */
function decades(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !(low > 0)) return [1e-5, 1e-2];
  const from = Math.floor(Math.log10(low));
  return [10 ** from, 10 ** Math.max(from + 1, Math.ceil(Math.log10(high)))];
}

/** Few enough that their names have room. */
function powersOfTen(from: number, to: number): number[] {
  const first = Math.round(Math.log10(from));
  const count = Math.round(Math.log10(to)) - first;
  const step = Math.max(1, Math.ceil(count / 4));
  return Array.from({ length: Math.floor(count / step) + 1 }, (_, index) => 10 ** (first + index * step));
}

function ago(seconds: number): string {
  if (seconds < 1) return 'now';
  return seconds % 60 === 0
    ? `${seconds / 60} min`
    : seconds < 60
      ? `${seconds} s`
      : `${(seconds / 60).toFixed(1)} min`;
}

/** An axis has no room for the words behind a number. */
function shortened(text: string): string {
  return text.replace(' a request', '');
}

/** All charts of the panels of a group under its title. */
export function groupOf(title: string, charts: readonly Chart[]): HTMLElement {
  const id = `${title.toLowerCase().replace(/\W+/g, '-')}-group`;
  const cards = charts.map(({ card }) => card);
  return made(
    'section',
    { class: 'group', 'aria-labelledby': id },
    made('h2', { id }, title),
    made('div', { class: 'cards' }, ...cards),
  );
}

/** Where the groups go. */
export function placeGroups(groups: readonly HTMLElement[]): void {
  element('charts').replaceChildren(...groups);
}
