/** How handlers are called: what is counted, and what lies between two of them. */
import { describe, expect, it } from 'vitest';
import type { Acceptor, Endpoint } from '../../src/dispatcher/dispatcher.js';
import { Handlers } from '../../src/dispatcher/handlers.js';
import { distributionOf, HISTOGRAM_BUCKETS, HISTOGRAM_HEAD, Histogram } from '../../src/metrics/histogram.js';

function histogram(): Histogram {
  return new Histogram(new Float64Array(HISTOGRAM_HEAD), new Float64Array(HISTOGRAM_BUCKETS));
}

function recorder(): { heard: string[]; endpoint: Endpoint; acceptor: Acceptor } {
  const heard: string[] = [];
  const note =
    (what: string) =>
    (...values: number[]): void => {
      heard.push([what, ...values].join(' '));
    };
  return {
    heard,
    endpoint: {
      received: note('received'),
      sent: note('sent'),
      expired: note('expired'),
      released: note('released'),
    },
    acceptor: { accepted: note('accepted'), acceptFailed: note('failed'), acceptingEnded: note('ended') },
  };
}

/** One event of each type. */
function oneTurn(handlers: Handlers, { endpoint, acceptor }: ReturnType<typeof recorder>): void {
  handlers.turnBegins(1000);
  handlers.accepted(acceptor, 7);
  handlers.received(endpoint, 64, 100);
  handlers.sent(endpoint, 200);
  handlers.expired(endpoint);
  handlers.wokenUp((descriptor) => endpoint.sent(-descriptor), 3);
  handlers.turnEnds(5);
}

describe('the handler of an event', () => {
  it('is called with what belongs to it, and the event is counted', () => {
    const handlers = new Handlers();
    const recorded = recorder();
    oneTurn(handlers, recorded);
    expect(recorded.heard).toEqual(['accepted 7', 'received 64 100', 'sent 200', 'expired', 'sent -3']);
    expect(handlers.counts).toEqual({
      ...{ turns: 1, accepts: 1, receipts: 1, sends: 1, diskReads: 0, timers: 1, wakeUps: 1 },
    });
  });
});

it('a guest hears of its operation, and counts by itself', () => {
  const handlers = new Handlers();
  const heard: number[][] = [];
  handlers.completed((...values) => heard.push(values), 7, -5);
  expect(heard).toEqual([[7, -5]]);
  expect(handlers.counts.diskReads).toBe(0);
});

describe('what is measured', () => {
  it('is nothing until it is asked for', () => {
    const handlers = new Handlers();
    const recorded = recorder();
    for (let turn = 0; turn < 1000; turn++) oneTurn(handlers, recorded);
    const [events, changes] = [histogram(), histogram()];
    handlers.measure(events, changes);
    expect(distributionOf([events, changes], 1).count).toBe(0);
  });

  it('is each turn, by its events, and the changes between handlers in one turn of 64', () => {
    const handlers = new Handlers();
    const recorded = recorder();
    const [events, changes] = [histogram(), histogram()];
    handlers.measure(events, changes);
    for (let turn = 0; turn < 640; turn++) oneTurn(handlers, recorded);
    expect(distributionOf([events], 1)).toMatchObject({ count: 640, sum: 3200, p50: 5, max: 5 });
    // Between five handlers there are four.
    expect(distributionOf([changes], 1).count).toBe(40);
  });

  it('is the time from one to the next, and no handler', () => {
    const handlers = new Handlers();
    const { endpoint } = recorder();
    const changes = histogram();
    handlers.measure(histogram(), changes);
    const pause = (milliseconds: number): void => {
      for (const end = performance.now() + milliseconds; performance.now() < end; );
    };
    for (let turn = 0; turn < 64; turn++) {
      handlers.turnBegins(1000);
      const slow: Endpoint = { ...endpoint, sent: () => (turn === 63 ? pause(30) : undefined) };
      handlers.sent(slow, 1);
      if (turn === 63) pause(3);
      handlers.sent(slow, 1);
      handlers.turnEnds(2);
    }
    const { count, sum } = distributionOf([changes], 1e-9);
    expect(count).toBe(1);
    expect(sum).toBeGreaterThanOrEqual(0.0029);
    // Not the two handlers, which took 60 ms.
    expect(sum).toBeLessThan(0.06);
  });
});
