/**
 * The numbers that a server of ours tells of itself (`/metrics.json`), as far as a comparison needs them: what has changed
 * between two readings, divided by the requests.
 */
import type { Stalls } from '../../metrics/stall-meter.js';
import type { MetricName } from '../results/results.js';

interface Counted {
  readonly count: number;
  readonly sum: number;
}

/** What of it is used here. All but the requests may be absent: not every architecture has everything. */
export interface ServerNumbers {
  readonly requests: number;
  readonly systemCalls?: Readonly<Record<string, number>>;
  readonly lock?: { readonly acquisitions: number; readonly contended: number; readonly waitedMilliseconds: number };
  readonly stalls?: Stalls;
  readonly eventsPerTurn?: Counted;
  readonly handlerChange?: Counted;
  readonly requestsInProgressMost?: number;
}

const READ_MILLISECONDS = 5_000;
/** A request is counted when its last byte has gone out, which its client may see first. */
const SETTLE_ATTEMPTS = 40;
const SETTLE_MILLISECONDS = 25;

/** Reads them; undefined where the server tells none. */
export async function readNumbers(adminUrl: string | undefined): Promise<ServerNumbers | undefined> {
  if (adminUrl === undefined) return undefined;
  try {
    const response = await fetch(new URL('metrics.json', adminUrl), { signal: AbortSignal.timeout(READ_MILLISECONDS) });
    return (await response.json()) as ServerNumbers;
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`The server does not tell its numbers: ${cause instanceof Error ? cause.message : message}.`);
  }
}

/** Reads them once the server has counted `requests` more than before, or does not any more. */
export async function readSettled(
  adminUrl: string | undefined,
  before: ServerNumbers | undefined,
  requests: number,
): Promise<ServerNumbers | undefined> {
  let numbers = await readNumbers(adminUrl);
  for (let attempt = 1; attempt < SETTLE_ATTEMPTS; attempt++) {
    if (numbers === undefined || before === undefined || numbers.requests - before.requests >= requests) break;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    numbers = await readNumbers(adminUrl);
  }
  return numbers;
}

/** What happened in between, for each of `requests`. */
export function numbersBetween(
  before: ServerNumbers,
  after: ServerNumbers,
  requests: number,
): Partial<Record<MetricName, number>> {
  const between: Partial<Record<MetricName, number>> = {};
  const calls = total(after.systemCalls) - total(before.systemCalls);
  if (calls > 0) between.systemCalls = calls / requests;
  if (after.lock !== undefined && before.lock !== undefined) {
    const taken = after.lock.acquisitions - before.lock.acquisitions;
    between.lockAcquisitions = taken / requests;
    between.lockContended = taken === 0 ? 0 : (after.lock.contended - before.lock.contended) / taken;
    between.lockWait = (after.lock.waitedMilliseconds - before.lock.waitedMilliseconds) / 1000 / requests;
  }
  const stall = longestBetween(before.stalls, after.stalls);
  if (stall !== undefined) between.longestStall = stall;
  const perTurn = meanBetween(before.eventsPerTurn, after.eventsPerTurn);
  if (perTurn !== undefined) between.eventsPerTurn = perTurn;
  const change = meanBetween(before.handlerChange, after.handlerChange);
  if (change !== undefined) between.handlerChange = change;
  if (after.requestsInProgressMost !== undefined) between.requestsAtOnce = after.requestsInProgressMost;
  return between;
}

function total(counts: Readonly<Record<string, number>> | undefined): number {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
}

function meanBetween(before: Counted | undefined, after: Counted | undefined): number | undefined {
  if (before === undefined || after === undefined || after.count === before.count) return undefined;
  return (after.sum - before.sum) / (after.count - before.count);
}

/** The upper bound of the highest bucket that has had one more: no longer stall is known of this time. */
function longestBetween(
  before: ServerNumbers['stalls'] | undefined,
  after: ServerNumbers['stalls'] | undefined,
): number | undefined {
  if (before === undefined || after === undefined || after.count === 0) return undefined;
  if (after.longest > before.longest) return after.longest;
  const counts = new Map(before.buckets.map(({ atMost, count }) => [atMost, count]));
  const grown = after.buckets.filter(({ atMost, count }) => count > (counts.get(atMost) ?? 0));
  const bound = grown.at(-1)?.atMost ?? 0;
  // JSON has no infinity: the bound of the last bucket is null.
  return Math.min(bound ?? after.longest, after.longest);
}
