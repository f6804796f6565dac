/** The rows of `amped top` beneath its heading: each number that a server tells of itself, the most telling ones first. */
import { hasStalled } from '../../metrics/rates.js';
import { bytesText, countText, secondsText, shareText } from '../../metrics/readable.js';
import { aRequest, type Moment, switchesOf, usedBy } from './summary.js';

export interface Row {
  readonly name: string;
  readonly text: string;
  /** What the strip behind it shows. */
  of?(moment: Moment): number | undefined;
  readonly alarming?: boolean;
}

/** What one looks at first. */
export function rowsOf(moment: Moment): Row[] {
  const { polled, rates } = moment;
  const { latency, statuses, away, eventsPerTurn, collections } = rates;
  const { waiting, connectionsOpen, connectionsIdle, cache, lock, helpers } = polled;
  const failed = ['4xx', '5xx'].map((name) => `${countText(statuses[name])}/s ${name}`).join(', ');
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

/** What one looks at next: where the time goes, and what is rare. */
export function furtherRowsOf(moment: Moment): Row[] {
  const { polled, rates } = moment;
  const { helperWait, handlerChange, events, time } = rates;
  const { cache, lock, helpers, process } = polled;
  const part = (name: string): string => `${name} ${secondsText(partOf(moment, name))}`;
  const some = (kinds: readonly (readonly [kind: string, name: string])[]): string =>
    kinds.map(([kind, name]) => `${countText(events[kind])}/s ${name}`).join(', ');
  return [
    ...when(polled.latency !== undefined, () => [
      row('a request', ['queue', 'parse', 'handle'].map(part).join(', ')),
      row('', ['disk', 'send'].map(part).join(', '), (one) => partOf(one, 'disk')),
    ]),
    row(
      'in progress',
      `${countText(polled.requestsInProgress)} requests, at most ${countText(polled.requestsInProgressMost)}`,
      (one) => one.polled.requestsInProgress,
    ),
    row(
      'time',
      `handling ${shareText(time.handlers)}, waiting ${shareText(time.waiting)}, stalled ${shareText(time.stalled)}`,
      (one) => one.rates.time.handlers,
    ),
    ...when(polled.events !== undefined, () => [
      row('events', some(KINDS.slice(0, 2)), (one) => one.rates.events.receipts),
      row('', some(KINDS.slice(2, 4)), (one) => one.rates.events.diskReads),
      row('', some(KINDS.slice(4)), (one) => one.rates.events.wakeUps),
    ]),
    ...when(polled.handlerChange !== undefined, () => [
      row(
        'next handler',
        `p50 ${secondsText(handlerChange?.p50)}, p90 ${secondsText(handlerChange?.p90)}, p99 ${secondsText(handlerChange?.p99)}`,
        (one) => one.rates.handlerChange?.p99,
      ),
    ]),
    row('system calls', `${countText(callsARequest(moment))} a request`, callsARequest),
    row(
      'turned away',
      `${countText(polled.connectionsRefused)} refused, ${countText(polled.connectionsTimedOut)} timed out, in all`,
    ),
    row('backlog', `${countText(polled.backlogOverflows)} found it full, in all`),
    ...when(cache !== undefined, () => [
      row('evictions', `${countText(rates.evictions)}/s`, (one) => one.rates.evictions),
    ]),
    ...when(lock !== undefined, () => [
      row('lock waits', `${secondsText(rates.lockWaited)} each second`, (one) => one.rates.lockWaited),
    ]),
    ...when(helpers !== undefined, () => [
      row(
        'helper wait',
        `p50 ${secondsText(helperWait?.p50)}, p99 ${secondsText(helperWait?.p99)}`,
        (one) => one.rates.helperWait?.p99,
      ),
    ]),
    row(
      'page faults',
      `${countText(rates.minorFaults)}/s minor, ${countText(rates.majorFaults)}/s major`,
      (one) => one.rates.minorFaults,
    ),
    row('processes', `${countText(process?.threads)} threads, ${countText(process?.descriptors)} descriptors`),
    row('replaced', `${countText(polled.workersReplaced)} workers, in all`),
  ];
}

const KINDS = [
  ['receipts', 'receipts'],
  ['sends', 'sends'],
  ['diskReads', 'disk reads'],
  ['accepts', 'accepts'],
  ['timers', 'timers'],
  ['wakeUps', 'wake-ups'],
] as const;

function row(name: string, text: string, of?: Row['of'], alarming = false): Row {
  return { name, text, alarming, ...(of && { of }) };
}

function when(there: boolean, rows: () => Row[]): Row[] {
  return there ? rows() : [];
}

/** Of the average request: parts that are rare count little. */
function partOf({ rates: { parts, latency } }: Moment, name: string): number | undefined {
  const measured = parts[name];
  if (latency === undefined) return undefined;
  return measured === undefined ? 0 : (measured.mean * measured.perSecond) / latency.perSecond;
}

function callsARequest(moment: Moment): number | undefined {
  const calls = Object.values(moment.rates.systemCalls).reduce((sum, count) => sum + count, 0);
  return moment.polled.systemCalls === undefined ? undefined : aRequest(moment, calls);
}
