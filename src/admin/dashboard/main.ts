/** The page: what the poller hears goes to the numbers, the charts, the picture and the table. */
import type { Polled } from '../../metrics/polled.js';
import { ratesBetween } from '../../metrics/rates.js';
import { Chart, groupOf, placeGroups } from './chart.js';
import { whenRecoloured } from './colours.js';
import { element } from './elements.js';
import { History } from './history.js';
import { Now } from './now.js';
import { groupsFor, type Moment } from './panels.js';
import { Picture } from './picture.js';
import { Poller } from './poller.js';
import { StateLine } from './state.js';
import { prepareTrace } from './trace-button.js';
import { Workers } from './workers.js';

const picture = new Picture(element('picture'), element('architecture-words'), element('picture-key'));
const now = new Now(element('now'));
const workers = new Workers();
const state = new StateLine();

let last: Polled | undefined;
let history: History;
let charts: readonly Chart[] = [];
let span = 60;

/** The one clock of what the charts show: the page's own. */
function pageSeconds(): number {
  return performance.now() / 1000;
}

/** Another server needs other charts, and its numbers do not go on from those of the one before. */
function begin(polled: Polled): void {
  for (const chart of charts) chart.destroy();
  const groups = groupsFor(polled);
  history = new History(groups.flatMap(({ panels }) => panels));
  const made = groups.map(({ title, panels }) => ({ title, charts: panels.map((panel) => new Chart(panel, history)) }));
  charts = made.flatMap((group) => group.charts);
  placeGroups(made.map((group) => groupOf(group.title, group.charts)));
  for (const chart of charts) {
    chart.show();
    chart.span = span;
  }
}

function show(moment: Moment): void {
  history.add(moment, pageSeconds());
  now.show(moment);
  picture.show(moment);
  workers.show(moment);
  for (const chart of charts) chart.update();
}

const poller = new Poller({
  heard(polled) {
    state.heard(polled);
    if (last?.startedAt !== polled.startedAt) begin(polled);
    const rates = ratesBetween(last ?? polled, polled);
    last = polled;
    if (rates !== undefined) show({ polled, rates });
  },
  silent() {
    const isAlone = last?.model === 'event' && (last.loops ?? last.workers ?? 1) === 1;
    state.silent(isAlone);
    if (isAlone) picture.stall();
  },
  unreachable(why) {
    state.unreachable(why);
    picture.still();
    if (last === undefined) return;
    history.interrupt(pageSeconds());
    for (const chart of charts) chart.update();
  },
});

element('spans').addEventListener('change', (event) => {
  span = Number((event.target as HTMLInputElement).value);
  for (const chart of charts) chart.span = span;
});

element('pause').addEventListener('click', ({ currentTarget }) => {
  const button = currentTarget as HTMLButtonElement;
  const paused = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(paused));
  state.paused = paused;
  picture.held = paused;
  poller.paused = paused;
});

prepareTrace(element('trace'));
whenRecoloured(() => {
  for (const chart of charts) chart.recolour();
});
poller.start();
