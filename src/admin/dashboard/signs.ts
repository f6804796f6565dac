/** What the picture tells of a moment: the words beside each part of it, and which workers are busy or stalled. */
import { hasStalled } from '../../metrics/rates.js';
import { bytesText, countText, secondsText, shareText } from '../../metrics/readable.js';
import type { Moment } from './panels.js';
import { HANDLERS } from './scene.js';
import type { Shape } from './shape.js';

export interface Signs {
  readonly clients: readonly string[];
  readonly backlog: readonly string[];
  readonly sockets: readonly string[];
  readonly waits: readonly string[];
  readonly cache: readonly string[];
  readonly disk: readonly string[];
  /** How full the cache is, of 1. */
  readonly full: number;
  readonly waiting: number;
  readonly inProgress: number;
  /** Turns a second, of all loops. */
  readonly turns: number;
  /** Events a second, in the order of HANDLERS. */
  readonly handlers: readonly number[];
  /** Somebody had to wait for the lock. */
  readonly contended: boolean;
  /** How long the longest stall was at most, where there was one. */
  readonly stalled: number | undefined;
  readonly workers: ReadonlyMap<number, WorkerSigns>;
}

export interface WorkerSigns {
  readonly state: string;
  readonly requests: number;
  /** Of a loop, where that is told of each. */
  readonly stalled: boolean;
}

export function signsOf({ polled, rates }: Moment, shape: Shape): Signs {
  const { connectionsOpen, connectionsIdle, waiting = 0, cache, helpers } = polled;
  const isEventDriven = shape.who === 'loop' || shape.who === 'loops';
  const turns = rates.events.turns ?? rates.away?.perSecond ?? 0;
  const calls = Object.values(rates.systemCalls).reduce((sum, count) => sum + count, 0);
  const contended = rates.lockContended ?? 0;
  return {
    clients: [`${countText(connectionsOpen)} connections`, `${countText(rates.requests)} requests/s`],
    backlog: [waiting === 0 ? 'nobody waits' : `${countText(waiting)} wait`],
    sockets: [`${countText(connectionsOpen)} open`, `${countText(connectionsIdle)} idle`],
    waits: isEventDriven
      ? [`${countText(rates.eventsPerTurn?.mean)} events a turn`]
      : [`${countText(rates.requests === 0 ? undefined : calls / rates.requests)} calls a request`],
    cache: [
      ...(cache === undefined ? [] : [`${bytesText(cache.bytes)} of ${bytesText(cache.capacity)}`]),
      `hits ${shareText(rates.hits)}`,
      ...(shape.locks ? [`lock: ${countText(contended)} waits/s`] : []),
    ],
    disk: [
      ...(helpers === undefined ? [] : [`${countText(helpers.queued)} reads wait`]),
      ...(rates.events.diskReads === undefined ? [] : [`${countText(rates.events.diskReads)} reads/s`]),
      ...((rates.parts.disk?.p99 ?? 0) === 0 ? [] : [`p99 ${secondsText(rates.parts.disk?.p99)}`]),
    ],
    full: cache === undefined || cache.capacity === 0 ? 0 : Math.min(1, cache.bytes / cache.capacity),
    waiting,
    inProgress: polled.requestsInProgress ?? 0,
    turns,
    handlers: HANDLERS.map(([name]) => rates.events[name] ?? 0),
    contended: contended > 0,
    stalled: isEventDriven && hasStalled(rates) ? rates.away?.most : undefined,
    workers: new Map(
      (polled.each ?? []).map(({ slot, state = 'idle' }) => {
        const measured = rates.workers.find((worker) => worker.slot === slot);
        const stalled = measured !== undefined && hasStalled(measured);
        return [slot, { state, requests: measured?.requests ?? 0, stalled }];
      }),
    ),
  };
}
