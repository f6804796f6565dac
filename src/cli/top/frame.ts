/** What the screen of `amped top` shows: lines made from the last moments, as many and as wide as there is room for. */
import type { Colors } from 'picocolors/types.js';
import { hasStalled } from '../../metrics/rates.js';
import { ageText, bytesText, countText, secondsText, shareText } from '../../metrics/readable.js';
import { barParts, clipped, type Levels, sparkline } from './strips.js';
import { aRequest, type Moment, switchesOf, usedBy } from './summary.js';

export interface Look {
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colors;
  readonly levels: Levels;
}

const NAME_WIDTH = 13;
const TEXT_WIDTH = 46;
const BAR_WIDTH = 20;

interface Row {
  readonly name: string;
  readonly text: string;
  /** What the strip behind it shows. */
  of?(moment: Moment): number | undefined;
  readonly alarming?: boolean;
}

/** `note`: what there is to say of the server beside its numbers; '' is nothing. */
export function frameOf(moments: readonly Moment[], note: string, look: Look): string[] {
  const { columns, rows, colours, levels } = look;
  const moment = moments.at(-1);
  if (moment === undefined) return [clipped(note, columns)];
  const strip = Math.min(60, columns - NAME_WIDTH - TEXT_WIDTH - 2);
  const numbers = rowsOf(moment).map(({ name, text, of, alarming }) => {
    const told = text.padEnd(TEXT_WIDTH);
    const shown = of === undefined ? '' : colours.cyan(sparkline(moments.map(of), strip, levels));
    return `${colours.dim(name.padEnd(NAME_WIDTH))}${alarming === true ? colours.red(told) : told}  ${shown}`;
  });
  const head = [...headOf(moment, note, look), '', ...numbers, '', colours.dim(WORKER_HEADING)];
  const foot = colours.dim('q ends this');
  const room = Math.max(0, rows - head.length - 2);
  const workers = workersOf(moment, look);
  const more = workers.length - room;
  const seen = more > 0 ? [...workers.slice(0, Math.max(0, room - 1)), `and ${more + 1} more`] : workers;
  const lines = [...head, ...seen, '', foot].slice(0, rows);
  return lines.map((line) => clipped(line, columns));
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

function rowsOf(moment: Moment): Row[] {
  const { polled, rates } = moment;
  const { latency, statuses, away, eventsPerTurn, collections } = rates;
  const { waiting, connectionsOpen, connectionsIdle, cache, lock, helpers } = polled;
  const failed = ['4xx', '5xx'].map((name) => `${countText(statuses[name])}/s ${name}`).join(', ');
  const row = (name: string, text: string, of?: Row['of'], alarming = false): Row => ({
    ...{ name, text, alarming },
    ...(of && { of }),
  });
  return [
    row('requests', `${countText(rates.requests)}/s, of them ${failed}`, ({ rates: { requests } }) => requests),
    row('bytes', `out ${bytesText(rates.bytesOut)}/s, in ${bytesText(rates.bytesIn)}/s`, (one) => one.rates.bytesOut),
    row(
      'latency',
      `p50 ${secondsText(latency?.p50)}, p90 ${secondsText(latency?.p90)}, p99 ${secondsText(latency?.p99)}`,
      (one) => one.rates.latency?.p99,
    ),
    row(
      'CPU',
      `user ${shareText(rates.user)}, system ${shareText(rates.system)}, ${secondsText(aRequest(moment, usedBy(moment)))} a request`,
      usedBy,
    ),
    row(
      'memory',
      `PSS ${bytesText(polled.process?.pss)}, RSS ${bytesText(polled.process?.rss)}, cache ${bytesText(cache?.bytes)}`,
      (one) => one.polled.process?.pss,
    ),
    row(
      'connections',
      `${countText(connectionsOpen)} open, ${countText(connectionsIdle)} idle, ${countText(waiting)} in the backlog`,
      (one) => one.polled.connectionsOpen,
    ),
    row(
      'switches',
      `${countText(rates.voluntary)}/s voluntary, ${countText(rates.involuntary)}/s involuntary`,
      switchesOf,
    ),
    ...(polled.model === 'event'
      ? [
          row(
            'turns',
            `${countText(away?.perSecond)}/s, ${countText(eventsPerTurn?.mean)} events each, longest ${secondsText(away?.most)}`,
            (one) => one.rates.away?.most,
            hasStalled(rates),
          ),
        ]
      : [row('workers', `${countText(polled.busy)} of ${countText(polled.workers)} busy`, (one) => one.polled.busy)]),
    row('cache', `hits ${shareText(rates.hits)}`, (one) => one.rates.hits),
    ...(lock === undefined
      ? []
      : [row('lock', `${countText(rates.lockTaken)}/s, waited for ${countText(rates.lockContended)}/s`)]),
    ...(helpers === undefined
      ? []
      : [row('helpers', `${countText(helpers.queued)} reads wait`, (one) => one.polled.helpers?.queued)]),
    row('collections', `${countText(collections?.perSecond ?? 0)}/s, longest ${secondsText(collections?.most)}`),
  ];
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
    return [
      `${kind} ${slot} (${number ?? '-'})`.padEnd(22),
      state === 'busy' ? colours.yellow(told) : told,
      countText(measured?.requests).padStart(10),
      countText(connectionsOpen).padStart(8),
      countText(voluntary + involuntary).padStart(12),
      `  ${bar} ${shareText(user + system)}`,
    ].join('');
  });
}
