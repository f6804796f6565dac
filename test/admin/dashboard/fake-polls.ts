/** What /metrics.json of a server could say, second after second: for the page without a server. */
import type { Polled, PolledDistribution } from '../../../src/metrics/polled.js';

export type Kind = 'event' | 'loops' | 'thread' | 'process';

const STARTED = 1_790_000_000_000;
/** Requests a second. */
const RATE = 12_345;

/** Around a middle, as latencies are: most near it, some far above. */
function distribution(count: number, middle: number): PolledDistribution {
  const parts = [0.05, 0.2, 0.3, 0.25, 0.12, 0.05, 0.02, 0.0095, 0.0005];
  const buckets = parts.map((part, index) => ({
    atMost: middle * 1.4 ** (index - 2),
    count: Math.round(part * count),
  }));
  return {
    count: buckets.reduce((sum, bucket) => sum + bucket.count, 0),
    sum: Math.round(count) * middle * 1.1,
    buckets,
  };
}

/** How it stands after so many seconds. `changes` are laid over it. */
export function fakePoll(kind: Kind, seconds: number, changes: Partial<Polled> = {}): Polled {
  const wave = (period: number): number => 1 + 0.15 * Math.sin(seconds / period) + 0.05 * Math.sin(seconds * 3);
  // Total of a rate that goes up and down.
  const total = (rate: number, period = 7): number =>
    rate * (seconds - 0.15 * period * (Math.cos(seconds / period) - 1) - (0.05 / 3) * (Math.cos(seconds * 3) - 1));
  const requests = Math.round(total(RATE));
  const isEventDriven = kind === 'event' || kind === 'loops';
  const count = { event: 1, loops: 4, thread: 16, process: 16 }[kind];
  const each = Array.from({ length: count }, (_, slot) => ({
    ...{
      slot,
      kind: isEventDriven ? 'loop' : kind,
      process: kind === 'process' ? 4712 + slot : 4711,
      thread: 4712 + slot,
    },
    state: isEventDriven || Math.sin(seconds * 1.7 + slot * 2.1) > -0.3 ? 'busy' : 'idle',
    ...{ connections: 4, connectionsOpen: isEventDriven ? 64 / count : 1, requests: Math.round(requests / count) },
    ...{ requestsInProgress: 1, cpuUser: total(0.05), cpuSystem: total(0.09) },
    ...{ voluntarySwitches: Math.round(total(RATE / count)), involuntarySwitches: Math.round(total(3)) },
  }));
  const switches = isEventDriven ? RATE * 0.03 : RATE;
  return {
    ...{
      version: '0.1.0',
      model: isEventDriven ? 'event' : kind,
      startedAt: STARTED,
      at: STARTED + seconds * 1000,
      ready: true,
    },
    ...(isEventDriven && { dispatcher: kind === 'event' ? 'io_uring' : 'epoll' }),
    disk: isEventDriven ? 'auto (in memory: at once; else io_uring)' : 'blocking',
    ...{ cores: 2, loops: isEventDriven ? count : 0, workersMost: count, workers: count, workersReplaced: 0 },
    busy: each.filter(({ state }) => state === 'busy').length,
    ...{ waiting: isEventDriven ? 0 : Math.max(0, Math.round(6 * Math.sin(seconds / 4))), connections: 64 + seconds },
    ...{
      requests,
      connectionsOpen: 64,
      connectionsIdle: Math.round(20 * wave(5)),
      requestsInProgress: isEventDriven ? Math.round(26 * wave(3)) : 12,
    },
    ...{ bytesIn: Math.round(total(RATE * 90)), bytesOut: Math.round(total(RATE * 1400)) },
    requestsByStatus: { '2xx': requests, '3xx': 0, '4xx': Math.round(total(120, 3)), '5xx': 0 },
    ...(isEventDriven && {
      events: {
        ...{ turns: Math.round(total(900)), accepts: seconds, receipts: requests, sends: requests },
        ...{ diskReads: Math.round(total(240)), timers: seconds, wakeUps: seconds },
      },
      eventsPerTurn: distribution(total(900), 13),
      handlerChange: distribution(total(RATE), 4e-7),
      stalls: distribution(total(900), 0.0006),
    }),
    ...{ requestsInProgressMost: 40, connectionsRefused: 3, connectionsTimedOut: 2, backlogOverflows: 1 },
    time: { handlers: total(0.16), waiting: total(0.8), stalled: isEventDriven ? total(0.01) : 0 },
    systemCalls: isEventDriven ? { io_uring_enter: total(900) } : { recv: requests, send: requests, accept: seconds },
    latency: {
      total: distribution(total(RATE / 64), 0.0009),
      queue: distribution(total(RATE / 64), 0.0003),
      parse: distribution(total(RATE / 64), 0.0001),
      handle: distribution(total(RATE / 64), 0.0001),
      disk: distribution(total(4), 0.008),
      send: distribution(total(RATE / 64), 0.0003),
    },
    ...(kind === 'thread' && { lock: { acquisitions: requests, contended: total(40), waitedMilliseconds: seconds } }),
    cache: {
      hits: Math.round(total(RATE * 0.97)),
      misses: Math.round(total(RATE * 0.03)),
      bytes: 5.2e7 * wave(20),
      evictions: Math.round(total(2)),
      capacity: 134_217_728,
    },
    process: {
      ...{
        cpuUser: total(isEventDriven ? 0.06 : 0.5),
        cpuSystem: total(isEventDriven ? 0.11 : 0.9, 5),
        threads: 12,
        descriptors: 90,
      },
      ...{
        pss: (isEventDriven ? 4.7e7 : 4e8) * wave(30),
        rss: (isEventDriven ? 7e7 : 9e8) * wave(25),
        minorFaults: Math.round(total(30)),
        majorFaults: 0,
      },
      ...{ voluntarySwitches: Math.round(total(switches)), involuntarySwitches: Math.round(total(12, 3)) },
    },
    collections: distribution(total(0.4), 0.0012),
    each,
    ...changes,
  };
}
