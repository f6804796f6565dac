/** What the charts show: for each series its values, one a poll, for as long as the page keeps them. */
import type { Moment, Panel } from './panels.js';

/** Fifteen minutes. */
const MOST = 900;

export type Values = (number | null)[];

export class History {
  /** When each was heard, in seconds by the clock of this page, which never goes back: that of a server may. */
  readonly times: number[] = [];
  readonly #values = new Map<string, Values[]>();
  readonly #panels: readonly Panel[];

  constructor(panels: readonly Panel[]) {
    this.#panels = panels;
    for (const { id, series } of panels) {
      this.#values.set(
        id,
        series.map(() => []),
      );
    }
  }

  /** Of a panel: the values of each of its series, in the order of `times`. */
  of({ id }: Panel): readonly Values[] {
    return this.#values.get(id) ?? [];
  }

  add(moment: Moment, seconds: number): void {
    this.#push(seconds, ({ series }) =>
      series.map((one) => {
        const value = one.of(moment);
        return value === undefined || !Number.isFinite(value) ? null : value;
      }),
    );
  }

  /** Nothing was heard: lines are broken here. */
  interrupt(seconds: number): void {
    this.#push(seconds, ({ series }) => series.map(() => null));
  }

  #push(seconds: number, valuesOf: (panel: Panel) => (number | null)[]): void {
    this.times.push(seconds);
    for (const panel of this.#panels) {
      const lists = this.of(panel);
      for (const [index, value] of valuesOf(panel).entries()) lists[index]?.push(value);
    }
    if (this.times.length <= MOST) return;
    this.times.shift();
    for (const panel of this.#panels) for (const list of this.of(panel)) list.shift();
  }
}
