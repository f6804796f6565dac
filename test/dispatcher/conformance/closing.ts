/** Closing: no further event, and the number means nothing else before the batch has ended. Handlers may close anything. */
import { closeSync, openSync } from 'node:fs';
import { expect } from 'vitest';
import { numbered, openSockets } from '../peers.js';
import { Recorder } from '../recorder.js';
import type { Case } from './cases.js';

export function closingCases(test: Case): void {
  test('a handler may close its own connection', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    endpoint.onReceived = () => fixture.dispatcher.close(ours);
    peer.write('x'.repeat(50_000));
    fixture.until(() => endpoint.length > 0);
    const heard = endpoint.events.length;
    peer.write('too late');
    fixture.until(() => {
      peer.read();
      return peer.ended || peer.error < 0;
    });
    fixture.settle();
    expect(endpoint.events).toHaveLength(heard);
  });

  test('a handler may close on the end, on an error, on a completion and on a deadline', (fixture) => {
    const { dispatcher } = fixture;
    const [ending, failing, sending, late] = [
      fixture.connect(),
      fixture.connect(),
      fixture.connect(),
      fixture.connect(),
    ];
    ending.endpoint.onEnd = () => dispatcher.close(ending.ours);
    failing.endpoint.onEnd = () => dispatcher.close(failing.ours);
    sending.endpoint.onSent = () => dispatcher.close(sending.ours);
    late.endpoint.onExpired = () => dispatcher.close(late.ours);
    fixture.settle();
    const { offset, length } = fixture.place('bye');
    ending.peer.end();
    failing.peer.reset();
    dispatcher.send(sending.ours, offset, length);
    dispatcher.deadline(late.ours, 1);
    fixture.until(() => ending.peer.read().ended && sending.peer.read().ended && late.peer.read().ended);
    fixture.settle();
    expect(ending.endpoint.events).toEqual(['received']);
    expect(failing.endpoint.events).toEqual(['received']);
    expect(sending.endpoint.events).toEqual(['sent']);
    expect(late.endpoint.events).toEqual(['expired']);
  });

  test('whom an earlier handler of the batch has closed hears nothing', (fixture) => {
    const connections = Array.from({ length: 20 }, () => fixture.connect());
    fixture.settle();
    let closed = false;
    for (const { endpoint, ours } of connections) {
      endpoint.onReceived = () => {
        if (closed) return;
        closed = true;
        for (const other of connections) if (other.ours !== ours) fixture.dispatcher.close(other.ours);
      };
    }
    for (const { peer } of connections) peer.write('x');
    fixture.until(() => connections.filter(({ peer }) => peer.read().ended || peer.error < 0).length === 19);
    fixture.settle();
    expect(connections.filter(({ endpoint }) => endpoint.length > 0)).toHaveLength(1);
  });

  test('whom an earlier completion has closed is told of none', (fixture) => {
    const connections = Array.from({ length: 20 }, () => fixture.connect());
    const { offset, length } = fixture.place('x');
    for (const { endpoint, ours } of connections) {
      endpoint.onSent = () => {
        for (const other of connections) if (other.ours !== ours) fixture.dispatcher.close(other.ours);
      };
    }
    for (const { ours } of connections) fixture.dispatcher.send(ours, offset, length);
    fixture.until(() => connections.some(({ endpoint }) => endpoint.completions.length > 0));
    fixture.settle();
    expect(connections.filter(({ endpoint }) => endpoint.completions.length > 0)).toHaveLength(1);
  });

  test('a completion that waits for delivery is not delivered after a close', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const { offset, length } = fixture.place('last words');
    fixture.dispatcher.send(ours, offset, length);
    const letGo = fixture.dispatcher.close(ours);
    expect(endpoint.events).toEqual([]);
    fixture.until(() => {
      peer.read();
      return peer.ended || peer.error < 0;
    });
    fixture.settle();
    expect(endpoint.events).toEqual(letGo ? [] : ['released']);
  });

  test('a close while a send waits for room lets go of its memory, at once or later', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    fixture.dispatcher.send(ours, offset, length);
    fixture.settle();
    const letGo = fixture.dispatcher.close(ours);
    expect(endpoint.events).toEqual([]);
    fixture.until(() => {
      peer.read();
      return peer.ended || peer.error < 0;
    });
    fixture.settle();
    expect(endpoint.events).toEqual(letGo ? [] : ['released']);
  });

  test('closing twice, and everything else after a close, is harmless', (fixture) => {
    const { dispatcher } = fixture;
    const { ours, peer, endpoint } = fixture.connect();
    const { offset, length } = fixture.place('x');
    expect(dispatcher.close(ours)).toBe(true);
    expect(dispatcher.close(ours)).toBe(true);
    dispatcher.pause(ours);
    dispatcher.resume(ours);
    dispatcher.send(ours, offset, length);
    dispatcher.sendFile(ours, offset, length, 0, 0, 1);
    dispatcher.finish(ours);
    fixture.until(() => peer.read().ended);
    fixture.settle();
    expect(peer.length).toBe(0);
    expect(endpoint.events).toEqual([]);
  });

  test('a number does not return to the kernel while its batch is dispatched', (fixture) => {
    const connections = Array.from({ length: 10 }, () => fixture.connect());
    fixture.settle();
    const taken: number[] = [];
    let closed: readonly number[] = [];
    for (const { endpoint, ours } of connections) {
      endpoint.onReceived = () => {
        if (closed.length > 0) return;
        closed = connections.map((connection) => connection.ours);
        for (const number of closed) fixture.dispatcher.close(number);
        for (let file = 0; file < 10; file++) taken.push(openSync('/dev/null', 'r'));
        expect(ours).toBeGreaterThan(0);
      };
    }
    for (const { peer } of connections) peer.write('x');
    fixture.until(() => closed.length > 0);
    fixture.settle();
    for (const file of taken) closeSync(file);
    expect(taken.filter((number) => closed.includes(number))).toEqual([]);
  });

  test('whoever has the number next gets nothing of its predecessor', (fixture) => {
    const { dispatcher } = fixture;
    const { offset, length } = fixture.place('for the old one');
    let reused = 0;
    const seen = new Set<number>();
    for (let round = 0; round < 100; round++) {
      const { ours, peer, endpoint } = fixture.connect();
      if (seen.has(ours)) reused++;
      seen.add(ours);
      dispatcher.turn(0);
      dispatcher.deadline(ours, 1);
      peer.write('old bytes');
      if (round % 2 === 0) dispatcher.send(ours, offset, length);
      if (round % 3 === 0) dispatcher.turn(0);
      dispatcher.close(ours);
      peer.close();
      for (let turn = 0; turn < 4; turn++) dispatcher.turn(1);
      const next = fixture.connect();
      if (next.ours === ours) reused++;
      const text = `new ${round}`;
      next.peer.write(text);
      fixture.until(() => next.endpoint.length >= text.length);
      expect(next.endpoint.text).toBe(text);
      expect(next.endpoint.events.filter((event) => event !== 'received')).toEqual([]);
      dispatcher.close(next.ours);
      next.peer.close();
      expect(endpoint.expirations).toBe(0);
    }
    fixture.settle();
    expect(reused).toBeGreaterThan(10);
  });

  test('a completion of its predecessor’s last send is not for it', (fixture) => {
    const { dispatcher } = fixture;
    const { offset, length } = fixture.place('one;');
    for (let round = 0; round < 10; round++) {
      const old = fixture.connect();
      // The second send ends at once on some backends, and its completion is then put off to the next turn.
      old.endpoint.onSent = () => {
        dispatcher.send(old.ours, offset, length);
        dispatcher.close(old.ours);
      };
      dispatcher.send(old.ours, offset, length);
      for (let turn = 0; old.endpoint.completions.length === 0 && turn < 100; turn++) dispatcher.turn(5);
      old.peer.close();
      // Whether one of them has the number depends on when the backend has closed it.
      const next = [fixture.connect(), fixture.connect(), fixture.connect()];
      fixture.settle();
      expect(next.flatMap(({ endpoint }) => endpoint.events)).toEqual([]);
      for (const { ours, peer } of next) {
        dispatcher.close(ours);
        peer.close();
      }
      fixture.settle();
    }
  });

  test('a paused and blocked predecessor leaves nothing behind', (fixture) => {
    const { dispatcher } = fixture;
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    for (let round = 0; round < 10; round++) {
      const old = fixture.connect();
      dispatcher.pause(old.ours);
      dispatcher.send(old.ours, offset, length);
      dispatcher.turn(1);
      dispatcher.close(old.ours);
      old.peer.close();
      fixture.settle();
      const next = fixture.connect();
      fixture.echo(next);
      next.peer.write('hello');
      fixture.until(() => next.peer.read().text === 'hello');
      dispatcher.close(next.ours);
      next.peer.close();
    }
  });

  test('a close between turns is not put off until something else happens', (fixture) => {
    const { ours, peer } = fixture.connect();
    fixture.settle();
    // The other end is in the same thread: its end of the stream is the only event there can be.
    let woken = 0;
    fixture.dispatcher.watch(peer.descriptor, () => {
      woken++;
      peer.read();
      fixture.dispatcher.unwatch(peer.descriptor);
    });
    fixture.settle();
    fixture.dispatcher.close(ours);
    const start = Date.now();
    while (woken === 0 && Date.now() - start < 5_000) fixture.dispatcher.turn(3_000);
    expect(Date.now() - start).toBeLessThan(2_000);
    expect(peer.ended).toBe(true);
  });

  test('a handler may add connections', (fixture) => {
    const first = fixture.connect();
    const added = Array.from({ length: 5 }, () => ({ ...fixture.pair(), endpoint: new Recorder(fixture.arena) }));
    for (const { peer } of added) peer.write('waiting');
    first.endpoint.onReceived = () => {
      for (const { ours, endpoint } of added) fixture.dispatcher.add(ours, endpoint);
    };
    first.peer.write('x');
    fixture.until(() => added.every(({ endpoint }) => endpoint.text === 'waiting'));
  });

  test('opens and closes hundreds of connections in one turn', (fixture) => {
    const before = openSockets().length;
    for (let round = 0; round < 3; round++) {
      const connections = Array.from({ length: 300 }, () => fixture.connect());
      for (const { ours, endpoint } of connections) endpoint.onReceived = () => fixture.dispatcher.close(ours);
      for (const { peer } of connections) peer.write('x');
      fixture.until(() => connections.every(({ peer }) => peer.read().ended || peer.error < 0));
      for (const { peer } of connections) peer.close();
    }
    fixture.settle();
    expect(openSockets().length).toBe(before);
  });

  test('destroy closes what is open and keeps nothing', (fixture) => {
    const connections = Array.from({ length: 5 }, () => fixture.connect());
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    for (const { ours } of connections.slice(0, 2)) fixture.dispatcher.send(ours, offset, length);
    fixture.settle();
    fixture.destroyDispatcher();
    const end = Date.now() + 3_000;
    const left = (): number => openSockets().filter((number) => connections.some(({ ours }) => ours === number)).length;
    while (left() > 0 && Date.now() < end);
    expect(left()).toBe(0);
    for (const { peer } of connections) peer.read();
    expect(connections.filter(({ peer }) => !peer.ended && peer.error === 0)).toEqual([]);
  });
}
