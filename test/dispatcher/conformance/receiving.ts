/** Receiving: everything in order, then the end or the error, once; pausing; nobody takes more than a share of a turn. */
import { expect } from 'vitest';
import { RECEIVE_BYTES_PER_TURN } from '../../../src/dispatcher/dispatcher.js';
import { ECONNRESET } from '../../../src/linux/errno.js';
import { descriptorLimit } from '../../../src/linux/limits.js';
import { duplicate, numbered } from '../peers.js';
import { Recorder } from '../recorder.js';
import type { Case } from './cases.js';

export function receivingCases(test: Case): void {
  test('delivers what was sent, then the end, then nothing', (fixture) => {
    const { peer, endpoint } = fixture.connect();
    peer.write('hello');
    fixture.until(() => endpoint.text === 'hello');
    expect(endpoint.ends).toEqual([]);
    peer.write(' world');
    peer.end();
    fixture.until(() => endpoint.ends.length > 0);
    expect(endpoint.text).toBe('hello world');
    fixture.settle();
    expect(endpoint.ends).toEqual([0]);
  });

  test('tells of the end once, also when paused and resumed after it', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    endpoint.onEnd = () => {
      fixture.dispatcher.pause(ours);
      fixture.dispatcher.resume(ours);
    };
    peer.end();
    fixture.until(() => endpoint.ends.length > 0);
    fixture.settle();
    fixture.dispatcher.pause(ours);
    fixture.settle();
    fixture.dispatcher.resume(ours);
    fixture.settle();
    expect(endpoint.ends).toEqual([0]);
  });

  test('delivers what came before it was added', (fixture) => {
    const { ours, peer } = fixture.pair();
    peer.write('early');
    peer.end();
    const endpoint = new Recorder(fixture.arena);
    fixture.dispatcher.add(ours, endpoint);
    expect(endpoint.events).toEqual([]);
    fixture.until(() => endpoint.ends.length > 0);
    expect(endpoint.text).toBe('early');
  });

  test('reports a reset once, as an error', (fixture) => {
    const { peer, endpoint } = fixture.connect();
    fixture.settle();
    peer.reset();
    fixture.until(() => endpoint.ends.length > 0);
    fixture.settle();
    expect(endpoint.ends).toEqual([-ECONNRESET]);
  });

  test('receives four million bytes in order', (fixture) => {
    const { peer, endpoint } = fixture.connect();
    const bytes = numbered(4_000_000);
    let written = 0;
    fixture.until(() => {
      if (written < bytes.length) written += peer.write(bytes.subarray(written, written + 300_000));
      return endpoint.length === bytes.length;
    });
    expect(endpoint.bytes.equals(bytes)).toBe(true);
  });

  test('receives at most a share of one connection a turn', (fixture) => {
    const { ours, peer } = fixture.pair();
    expect(peer.flood()).toBeGreaterThan(4 * RECEIVE_BYTES_PER_TURN);
    const endpoint = new Recorder(fixture.arena);
    fixture.dispatcher.add(ours, endpoint);
    let most = 0;
    for (let turn = 0; turn < 10; turn++) {
      const before = endpoint.length;
      fixture.dispatcher.turn(100);
      most = Math.max(most, endpoint.length - before);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(RECEIVE_BYTES_PER_TURN);
  });

  test('hears a quiet connection beside one that floods', (fixture) => {
    const flooding = fixture.connect();
    const quiet = fixture.connect();
    fixture.settle();
    flooding.peer.flood();
    quiet.peer.write('me too');
    for (let turn = 0; turn < 2; turn++) fixture.dispatcher.turn(100);
    expect(quiet.endpoint.text).toBe('me too');
  });

  test('hears a quiet connection beside thirty that flood', (fixture) => {
    const flooding = Array.from({ length: 30 }, () => fixture.connect());
    const quiet = fixture.connect();
    fixture.settle();
    for (const { peer } of flooding) peer.flood();
    quiet.peer.write('me too');
    let turns = 0;
    while (quiet.endpoint.length === 0 && turns < 100) {
      fixture.dispatcher.turn(100);
      turns++;
    }
    expect(quiet.endpoint.text).toBe('me too');
    expect(turns).toBeLessThanOrEqual(4);
    // And none of them is forgotten.
    fixture.until(() => flooding.every(({ endpoint }) => endpoint.length > 2 * RECEIVE_BYTES_PER_TURN));
  });

  test('a paused connection receives nothing until it is resumed', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    fixture.settle();
    fixture.dispatcher.pause(ours);
    fixture.settle();
    peer.write('while paused');
    peer.end();
    fixture.settle();
    expect(endpoint.events).toEqual([]);
    fixture.dispatcher.resume(ours);
    fixture.until(() => endpoint.ends.length > 0);
    expect(endpoint.text).toBe('while paused');
    expect(endpoint.ends).toEqual([0]);
  });

  test('a handler may pause its own connection; what was not received yet comes later', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(500_000);
    endpoint.onReceived = () => fixture.dispatcher.pause(ours);
    let written = 0;
    fixture.until(() => {
      if (written < bytes.length) written += peer.write(bytes.subarray(written));
      return endpoint.length > 0;
    });
    fixture.settle();
    // What was already under way still arrives, and then no more, however much there is.
    const before = endpoint.length;
    while (written < bytes.length) {
      const sent = peer.write(bytes.subarray(written));
      if (sent === 0) break;
      written += sent;
    }
    fixture.settle();
    expect(endpoint.length).toBe(before);
    fixture.until(() => {
      if (written < bytes.length) written += peer.write(bytes.subarray(written));
      fixture.dispatcher.resume(ours);
      return endpoint.length === bytes.length;
    });
    expect(endpoint.bytes.equals(bytes)).toBe(true);
  });

  test('pausing and resuming at once loses nothing', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const { dispatcher } = fixture;
    for (let round = 0; round < 30; round++) {
      peer.write(`<${round}>`);
      dispatcher.pause(ours);
      if (round % 3 === 0) dispatcher.turn(0);
      dispatcher.resume(ours);
      if (round % 2 === 0) dispatcher.turn(0);
      dispatcher.pause(ours);
      dispatcher.pause(ours);
      dispatcher.resume(ours);
      dispatcher.resume(ours);
    }
    const expected = Array.from({ length: 30 }, (_, round) => `<${round}>`).join('');
    fixture.until(() => endpoint.length >= expected.length);
    expect(endpoint.text).toBe(expected);
  });

  test('one handler may pause and resume the others', (fixture) => {
    const connections = Array.from({ length: 10 }, () => fixture.connect());
    const first = connections[0] as (typeof connections)[number];
    first.endpoint.onReceived = (text) => {
      for (const { ours } of connections.slice(1)) {
        if (text === 'pause') fixture.dispatcher.pause(ours);
        else fixture.dispatcher.resume(ours);
      }
    };
    first.peer.write('pause');
    fixture.settle();
    for (const { peer } of connections.slice(1)) peer.write('x');
    fixture.settle();
    expect(connections.slice(1).map(({ endpoint }) => endpoint.length)).toEqual(Array(9).fill(0));
    first.peer.write('resume');
    fixture.until(() => connections.slice(1).every(({ endpoint }) => endpoint.text === 'x'));
  });

  test('waits although a paused connection has bytes and an ended one stays open', (fixture) => {
    const paused = fixture.connect();
    const ended = fixture.connect();
    fixture.dispatcher.pause(paused.ours);
    paused.peer.write('unread');
    ended.peer.end();
    fixture.until(() => ended.endpoint.ends.length > 0);
    fixture.settle();
    const { turns } = fixture.dispatcher.counts;
    const end = Date.now() + 60;
    while (Date.now() < end) fixture.dispatcher.turn(20);
    expect(fixture.dispatcher.counts.turns - turns).toBeLessThan(10);
  });

  test('thousands of connections, ready at once, are each heard once', (fixture) => {
    const count = Math.min(3_000, Math.floor((descriptorLimit() - 200) / 2));
    const connections = Array.from({ length: count }, () => fixture.connect());
    fixture.settle();
    for (const [index, { peer }] of connections.entries()) peer.write(String(index));
    fixture.until(() => connections.every(({ endpoint }) => endpoint.length > 0));
    fixture.settle();
    const wrong = connections.filter(({ endpoint }, index) => endpoint.text !== String(index));
    expect(wrong).toEqual([]);
    expect(fixture.dispatcher.counts.receipts).toBe(count);
  });

  test('descriptors may be high numbers', (fixture) => {
    const numbers = [1_000, 1_023, 1_024, 1_025, 2_500, 4_097, 9_999].filter((least) => least < descriptorLimit());
    const endpoints = numbers.map((least) => {
      const { ours, peer } = fixture.pair();
      const high = duplicate(ours, least);
      expect(high).toBeGreaterThanOrEqual(least);
      const endpoint = new Recorder(fixture.arena);
      fixture.dispatcher.add(high, endpoint);
      fixture.echo({ ours: high, endpoint });
      peer.write(`over ${least}`);
      return { endpoint, peer, least };
    });
    fixture.until(() => endpoints.every(({ peer, least }) => peer.read().text === `over ${least}`));
  });

  test('counts events by name', (fixture) => {
    const connection = fixture.connect();
    fixture.echo(connection);
    for (let request = 0; request < 5; request++) {
      connection.peer.write('x');
      fixture.until(() => connection.peer.read().length === request + 1);
    }
    fixture.settle();
    expect(fixture.dispatcher.counts).toMatchObject({ receipts: 5, sends: 5, accepts: 0, timers: 0, wakeUps: 0 });
    expect(fixture.dispatcher.counts.turns).toBeGreaterThanOrEqual(5);
  });
}
