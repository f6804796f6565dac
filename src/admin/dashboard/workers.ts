/** The table of workers: a row for each that lives, with its share of the processor as a bar. */
import { countText, shareText } from '../../metrics/readable.js';
import { drawn, element, made, say } from './elements.js';
import type { Moment } from './panels.js';

const BAR_WIDTH = 120;

interface Row {
  readonly all: HTMLTableRowElement;
  readonly name: HTMLElement;
  readonly state: HTMLElement;
  readonly numbers: readonly HTMLElement[];
  readonly share: HTMLElement;
  readonly user: SVGRectElement;
  readonly system: SVGRectElement;
}

export class Workers {
  readonly #section = element('workers');
  readonly #body = element('worker-rows');
  readonly #rows = new Map<number, Row>();

  show({ polled, rates }: Moment): void {
    const each = polled.each ?? [];
    this.#section.hidden = each.length === 0;
    const gone = new Set(this.#rows.keys());
    for (const worker of each) {
      gone.delete(worker.slot);
      const row = this.#rowOf(worker.slot);
      const measured = rates.workers.find(({ slot }) => slot === worker.slot);
      const { user = 0, system = 0, voluntary, involuntary } = measured ?? {};
      const number = worker.kind === 'process' || (worker.thread ?? 0) === 0 ? worker.process : worker.thread;
      say(row.name, `${worker.kind ?? 'worker'} ${worker.slot} (${number ?? '–'})`);
      say(row.state, worker.state ?? '–');
      row.state.setAttribute('data-state', worker.state ?? '');
      const switches = voluntary === undefined || involuntary === undefined ? undefined : voluntary + involuntary;
      const texts = [worker.connectionsOpen, measured?.requests, switches].map(countText);
      for (const [index, text] of texts.entries()) say(row.numbers[index] as HTMLElement, text);
      const known = measured?.user !== undefined;
      say(row.share, known ? `${shareText(user)}, ${shareText(system)}` : '–');
      const used = Math.min(1, user);
      row.user.setAttribute('width', String(used * BAR_WIDTH));
      row.system.setAttribute('x', String(used * BAR_WIDTH));
      row.system.setAttribute('width', String(Math.min(1 - used, system) * BAR_WIDTH));
    }
    for (const slot of gone) {
      this.#rows.get(slot)?.all.remove();
      this.#rows.delete(slot);
    }
  }

  #rowOf(slot: number): Row {
    const known = this.#rows.get(slot);
    if (known !== undefined) return known;
    const [name, state, share] = [made('th', { scope: 'row' }), made('td', { class: 'worker-state' }), made('span')];
    const [connections, requests, switches] = [cell(), cell(), cell()];
    const [user, system] = ['user', 'system'].map((kind) => drawn('rect', { class: kind, height: 10, width: 0 }));
    const bar = drawn(
      'svg',
      { class: 'bar', width: BAR_WIDTH, height: 10, 'aria-hidden': 'true' },
      drawn('rect', { class: 'empty', width: BAR_WIDTH, height: 10 }),
      ...([user, system] as SVGRectElement[]),
    );
    const all = made(
      'tr',
      {},
      name,
      state,
      connections,
      requests,
      made('td', { class: 'share' }, bar, share),
      switches,
    );
    const numbers = [connections, requests, switches];
    const row = { all, name, state, numbers, share, user, system } as Row;
    this.#rows.set(slot, row);
    this.#body.append(all);
    return row;
  }
}

function cell(): HTMLElement {
  return made('td', { class: 'number' });
}
