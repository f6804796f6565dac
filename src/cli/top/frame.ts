/** What the screen of `amped top` shows: lines made from the last moments, as many and as wide as there is room for. */
import type { Colors } from 'picocolors/types.js';
import { hasStalled } from '../../metrics/rates.js';
import { ageText, countText, shareText } from '../../metrics/readable.js';
import { furtherRowsOf, type Row, rowsOf } from './rows.js';
import { barParts, clipped, type Levels, sparkline } from './strips.js';
import type { Moment } from './summary.js';

export interface Look {
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colors;
  readonly levels: Levels;
}

const NAME_WIDTH = 13;
const TEXT_WIDTH = 46;
const BAR_WIDTH = 20;

/** The first has the workers, the second what there is no room for beside them. */
export type Page = 'first' | 'second';

/** `note`: what there is to say of the server beside its numbers; '' is nothing. */
export function frameOf(moments: readonly Moment[], note: string, page: Page, look: Look): string[] {
  const { columns, rows, colours } = look;
  const moment = moments.at(-1);
  if (moment === undefined) return [clipped(note, columns)];
  const head = [...headOf(moment, note, look), ''];
  const further = furtherRowsOf(moment).map((row) => numbersIn(row, moments, look));
  const lines =
    page === 'second'
      ? [...head, ...further.slice(0, Math.max(0, rows - head.length - 2)), '', colours.dim('p goes back, q ends this')]
      : firstPage(moments, head, further, look);
  return lines.slice(0, rows).map((line) => clipped(line, columns));
}

/** With the further rows too, where they and all workers have room. */
function firstPage(moments: readonly Moment[], head: string[], further: string[], look: Look): string[] {
  const { rows, colours } = look;
  const moment = moments.at(-1) as Moment;
  const numbers = rowsOf(moment).map((row) => numbersIn(row, moments, look));
  const workers = workersOf(moment, look);
  const beside = [...head, ...numbers, '', colours.dim(WORKER_HEADING)];
  const all = beside.length + further.length + workers.length + 2 <= rows;
  const above = all ? [...head, ...numbers, ...further, '', colours.dim(WORKER_HEADING)] : beside;
  const room = Math.max(0, rows - above.length - 2);
  const more = workers.length - room;
  const seen = more > 0 ? [...workers.slice(0, Math.max(0, room - 1)), `and ${more + 1} more`] : workers;
  return [...above, ...seen, '', colours.dim(all ? 'q ends this' : 'p shows more, q ends this')];
}

function numbersIn({ name, text, of, alarming }: Row, moments: readonly Moment[], look: Look): string {
  const { columns, colours, levels } = look;
  const strip = Math.min(60, columns - NAME_WIDTH - TEXT_WIDTH - 2);
  const told = text.padEnd(TEXT_WIDTH);
  const shown = of === undefined ? '' : colours.cyan(sparkline(moments.map(of), strip, levels));
  return `${colours.dim(name.padEnd(NAME_WIDTH))}${alarming === true ? colours.red(told) : told}  ${shown}`;
}

function headOf({ polled }: Moment, note: string, { columns, colours }: Look): string[] {
  const { version, model, dispatcher, disk, workersMost = 1, ready, startedAt, at = startedAt } = polled;
  const many = workersMost > 1 ? `, ${workersMost} ${model === 'event' ? 'loops' : 'workers'}` : '';
  const facts = [`${model}${many}`, ...(dispatcher === undefined ? [] : [dispatcher]), `disk ${disk.split(' ')[0]}`];
  const state = ready ? 'serving' : 'draining';
  const age = `${state}, up ${ageText((at - startedAt) / 1000)}`;
  const left = `Amped ${version}  ${facts.join(', ')}`;
  const gap = ' '.repeat(Math.max(2, columns - left.length - age.length));
  const title = `${colours.bold(`Amped ${version}`)}${left.slice(`Amped ${version}`.length)}`;
  const head = `${title}${gap}${ready ? colours.green(age) : colours.yellow(age)}`;
  return note === '' ? [head] : [head, colours.red(note)];
}

const WORKER_HEADING = `${'worker'.padEnd(22)}${'state'.padEnd(10)}${'requests/s'.padStart(10)}${'open'.padStart(8)}${'switches/s'.padStart(12)}  CPU`;

function workersOf({ polled, rates }: Moment, { colours }: Look): string[] {
  return (polled.each ?? []).map(({ slot, kind = 'worker', process, thread, state = '', connectionsOpen }) => {
    const measured = rates.workers.find((worker) => worker.slot === slot);
    const { user = 0, system = 0, voluntary = 0, involuntary = 0 } = measured ?? {};
    const number = kind === 'process' || !thread ? process : thread;
    const [ours = 0, kernels = 0] = barParts([user, system], BAR_WIDTH);
    const rest = '.'.repeat(BAR_WIDTH - ours - kernels);
    const bar = `${colours.cyan('#'.repeat(ours))}${colours.yellow('='.repeat(kernels))}${colours.dim(rest)}`;
    const told = state.padEnd(10);
    const name = `${kind} ${slot} (${number ?? '-'})`.padEnd(22);
    return [
      measured !== undefined && hasStalled(measured) ? colours.red(name) : name,
      state === 'busy' ? colours.yellow(told) : told,
      countText(measured?.requests).padStart(10),
      countText(connectionsOpen).padStart(8),
      countText(voluntary + involuntary).padStart(12),
      `  ${bar} ${shareText(user + system)}`,
    ].join('');
  });
}
