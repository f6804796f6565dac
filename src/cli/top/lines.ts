/** What `amped top` writes into a pipe: a line each time, beneath a line that says what is in it. */
import { bytesText, countText, secondsText, shareText } from '../../metrics/readable.js';
import { aRequest, type Moment, switchesOf, usedBy } from './summary.js';

/** The line that says what is in the others comes again after so many of them: a screenful. */
export const LINES_A_HEADING = 20;

interface Column {
  readonly name: string;
  readonly width: number;
  text(moment: Moment): string;
}

const COLUMNS: readonly Column[] = [
  { name: 'time', width: 8, text: ({ polled }) => clock(polled.at ?? 0) },
  { name: 'requests/s', width: 10, text: ({ rates }) => countText(rates.requests) },
  { name: 'bytes out/s', width: 11, text: ({ rates }) => bytesText(rates.bytesOut) },
  { name: 'p50', width: 8, text: ({ rates }) => secondsText(rates.latency?.p50) },
  { name: 'p99', width: 8, text: ({ rates }) => secondsText(rates.latency?.p99) },
  { name: 'CPU', width: 6, text: (moment) => shareText(usedBy(moment)) },
  { name: 'a request', width: 9, text: (moment) => secondsText(aRequest(moment, usedBy(moment))) },
  { name: 'memory', width: 8, text: ({ polled }) => bytesText(polled.process?.pss ?? polled.process?.rss) },
  { name: 'open', width: 6, text: ({ polled }) => countText(polled.connectionsOpen) },
  { name: 'backlog', width: 7, text: ({ polled }) => countText(polled.waiting) },
  { name: 'switches/s', width: 10, text: (moment) => countText(switchesOf(moment)) },
  { name: 'longest turn', width: 12, text: ({ rates }) => secondsText(rates.away?.most) },
];

export function heading(): string {
  return COLUMNS.map(({ name, width }) => name.padStart(width)).join(' ');
}

/** What does not apply is a dash, so that every line has as many columns. */
export function lineOf(moment: Moment): string {
  const line = COLUMNS.map(({ text, width }) => text(moment).padStart(width)).join(' ');
  return moment.polled.ready ? line : `${line} draining`;
}

/** The time of the day where the user is. */
function clock(milliseconds: number): string {
  const time = new Date(milliseconds);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
