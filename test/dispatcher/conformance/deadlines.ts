/** Deadlines and the time a turn takes: never early, at most a tick late, in order, once. */
import { expect } from 'vitest';
import { TIMER_TICK_MILLISECONDS } from '../../../src/dispatcher/deadlines.js';
import type { Case } from './cases.js';

/** What a busy machine may add. */
const SLACK_MILLISECONDS = 200;

export function deadlineCases(test: Case): void {
  test('a deadline passes once, not early and not late', (fixture) => {
    const { ours, endpoint } = fixture.connect();
    fixture.settle();
    fixture.dispatcher.turn(0);
    const start = Date.now();
    fixture.dispatcher.deadline(ours, 300);
    // No timeout: the deadline must end the wait.
    while (endpoint.expirations === 0) fixture.dispatcher.turn(-1);
    const took = Date.now() - start;
    expect(took).toBeGreaterThanOrEqual(295);
    expect(took).toBeLessThan(300 + TIMER_TICK_MILLISECONDS + SLACK_MILLISECONDS);
    for (let turn = 0; turn < 3; turn++) fixture.dispatcher.turn(100);
    expect(endpoint.expirations).toBe(1);
    expect(fixture.dispatcher.counts.timers).toBe(1);
  });

  test('handlers are called by the time that it is, however long nothing happened', (fixture) => {
    const { dispatcher } = fixture;
    const { peer, endpoint } = fixture.connect();
    fixture.settle();
    const told: number[] = [];
    dispatcher.tellTime((now) => told.push(now));
    let heard = 0;
    endpoint.onReceived = () => {
      heard = told.at(-1) ?? 0;
    };
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    const sent = Date.now();
    peer.write('hello');
    fixture.until(() => heard > 0);
    expect(heard).toBeGreaterThanOrEqual(sent);
  });

  test('a deadline that is extended does not pass, one that is cleared or closed neither', (fixture) => {
    const { dispatcher } = fixture;
    const [extended, cleared, closed, plain] = [
      fixture.connect(),
      fixture.connect(),
      fixture.connect(),
      fixture.connect(),
    ];
    for (const { ours } of [extended, cleared, closed, plain]) dispatcher.deadline(ours, 200);
    dispatcher.turn(0);
    dispatcher.deadline(extended.ours, 60_000);
    dispatcher.deadline(cleared.ours, 0);
    dispatcher.close(closed.ours);
    fixture.until(() => plain.endpoint.expirations > 0);
    for (let turn = 0; turn < 3; turn++) dispatcher.turn(TIMER_TICK_MILLISECONDS);
    expect(extended.endpoint.expirations).toBe(0);
    expect(cleared.endpoint.expirations).toBe(0);
    expect(closed.endpoint.expirations).toBe(0);
  });

  test('a deadline that comes nearer passes at the nearer time', (fixture) => {
    const { ours, endpoint } = fixture.connect();
    fixture.dispatcher.deadline(ours, 60_000);
    fixture.dispatcher.turn(0);
    fixture.dispatcher.deadline(ours, 50);
    const start = Date.now();
    while (endpoint.expirations === 0 && Date.now() - start < 5_000) fixture.dispatcher.turn(-1);
    expect(Date.now() - start).toBeLessThan(50 + TIMER_TICK_MILLISECONDS + SLACK_MILLISECONDS);
  });

  test('deadlines more than a tick apart pass in their order', (fixture) => {
    const order: number[] = [];
    const connections = [2, 0, 1].map((place) => {
      const connection = fixture.connect();
      connection.endpoint.onExpired = () => order.push(place);
      fixture.dispatcher.deadline(connection.ours, 20 + place * (TIMER_TICK_MILLISECONDS + 10));
      return connection;
    });
    fixture.until(() => order.length === connections.length);
    expect(order).toEqual([0, 1, 2]);
  });

  test('a handler may set its deadline anew', (fixture) => {
    const { ours, endpoint } = fixture.connect();
    endpoint.onExpired = () => {
      if (endpoint.expirations < 3) fixture.dispatcher.deadline(ours, 1);
    };
    fixture.dispatcher.deadline(ours, 1);
    fixture.until(() => endpoint.expirations === 3);
    for (let turn = 0; turn < 3; turn++) fixture.dispatcher.turn(TIMER_TICK_MILLISECONDS);
    expect(endpoint.expirations).toBe(3);
  });

  test('a handler may clear and close what is due at the same time', (fixture) => {
    const connections = Array.from({ length: 10 }, () => fixture.connect());
    for (const { endpoint, ours } of connections) {
      endpoint.onExpired = () => {
        for (const [index, other] of connections.entries()) {
          if (other.ours === ours) continue;
          if (index % 2 === 0) fixture.dispatcher.deadline(other.ours, 0);
          else fixture.dispatcher.close(other.ours);
        }
      };
    }
    for (const { ours } of connections) fixture.dispatcher.deadline(ours, 30);
    fixture.until(() => connections.some(({ endpoint }) => endpoint.expirations > 0));
    for (let turn = 0; turn < 2; turn++) fixture.dispatcher.turn(TIMER_TICK_MILLISECONDS);
    expect(connections.filter(({ endpoint }) => endpoint.expirations > 0)).toHaveLength(1);
  });

  test('a deadline of a closed connection is nobody else’s, set before the close or after', (fixture) => {
    const { dispatcher } = fixture;
    const before = fixture.connect();
    const after = fixture.connect();
    fixture.settle();
    dispatcher.deadline(before.ours, 1);
    for (const { ours } of [before, after]) dispatcher.close(ours);
    dispatcher.deadline(after.ours, 1);
    // The clients' numbers too: the next clients take those, and our ends ours.
    for (const { peer } of [before, after]) peer.close();
    fixture.settle();
    const next = Array.from({ length: 6 }, () => fixture.connect());
    const numbers = next.map(({ ours }) => ours);
    expect(numbers).toContain(before.ours);
    expect(numbers).toContain(after.ours);
    for (let turn = 0; turn < 3; turn++) dispatcher.turn(TIMER_TICK_MILLISECONDS);
    expect(next.map(({ endpoint }) => endpoint.expirations)).toEqual(Array(6).fill(0));
  });

  test('many idle connections with far deadlines wake nobody', (fixture) => {
    const connections = Array.from({ length: 1_000 }, () => fixture.connect());
    for (const { ours } of connections) fixture.dispatcher.deadline(ours, 75_000);
    fixture.settle();
    const { turns } = fixture.dispatcher.counts;
    const end = Date.now() + 600;
    while (Date.now() < end) fixture.dispatcher.turn(end - Date.now());
    expect(fixture.dispatcher.counts.turns - turns).toBeLessThan(5);
  });

  test('a turn waits as long as it may, and not at all when it must not', (fixture) => {
    fixture.connect();
    fixture.settle();
    let start = performance.now();
    fixture.dispatcher.turn(60);
    expect(performance.now() - start).toBeGreaterThan(55);
    expect(performance.now() - start).toBeLessThan(60 + SLACK_MILLISECONDS);
    start = performance.now();
    for (let turn = 0; turn < 20; turn++) expect(fixture.dispatcher.turn(0)).toBe(0);
    expect(performance.now() - start).toBeLessThan(SLACK_MILLISECONDS);
  });

  test('now is the time of the turn', (fixture) => {
    fixture.dispatcher.turn(20);
    const { now } = fixture.dispatcher;
    expect(Math.abs(Date.now() - now)).toBeLessThan(SLACK_MILLISECONDS);
    const until = Date.now() + 5;
    while (Date.now() < until);
    expect(fixture.dispatcher.now).toBe(now);
  });
}
