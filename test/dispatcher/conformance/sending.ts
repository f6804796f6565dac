/** Sending: all of it or an error, and one completion for each send, delivered by a turn. */
import { expect } from 'vitest';
import { ECONNRESET, EPIPE } from '../../../src/linux/errno.js';
import { numbered, shrinkBuffers } from '../peers.js';
import type { Case } from './cases.js';

export function sendingCases(test: Case): void {
  test('echoes', (fixture) => {
    const connection = fixture.connect();
    fixture.echo(connection);
    connection.peer.write('over loopback');
    fixture.until(() => connection.peer.read().text === 'over loopback');
    fixture.until(() => connection.endpoint.completions.length > 0);
    expect(connection.endpoint.completions).toEqual(['over loopback'.length]);
  });

  test('tells of a completion in a turn, never inside send', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const { offset, length } = fixture.place('now');
    fixture.dispatcher.send(ours, offset, length);
    expect(endpoint.events).toEqual([]);
    fixture.until(() => endpoint.completions.length > 0);
    expect(endpoint.events).toEqual(['sent']);
    fixture.until(() => peer.read().text === 'now');
  });

  test('does not wait when a send made between turns has ended', (fixture) => {
    const { ours, endpoint } = fixture.connect();
    fixture.settle();
    const { offset, length } = fixture.place('now');
    fixture.dispatcher.send(ours, offset, length);
    const start = Date.now();
    fixture.dispatcher.turn(3_000);
    expect(Date.now() - start).toBeLessThan(1_000);
    expect(endpoint.completions).toEqual([length]);
  });

  test('eight mebibytes reach a slow reader intact, as one send', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(8 * 1024 * 1024);
    const { offset, length } = fixture.place(bytes);
    fixture.dispatcher.send(ours, offset, length);
    let turns = 0;
    fixture.until(() => {
      if (turns++ % 2 === 0) peer.read(150_000);
      return peer.length === bytes.length;
    });
    expect(peer.bytes.equals(bytes)).toBe(true);
    fixture.settle();
    expect(endpoint.completions).toEqual([length]);
  });

  test('goes on with others while one peer does not read', (fixture) => {
    const slow = fixture.connect();
    const others = Array.from({ length: 20 }, () => fixture.connect());
    for (const other of others) fixture.echo(other);
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    fixture.dispatcher.send(slow.ours, offset, length);
    fixture.settle();
    expect(slow.endpoint.completions).toEqual([]);
    for (const { peer } of others) peer.write('hello');
    fixture.until(() => others.every(({ peer }) => peer.read().text === 'hello'));
    // Nor does it turn in vain: the other has no room.
    fixture.settle();
    const { turns } = fixture.dispatcher.counts;
    const end = Date.now() + 60;
    while (Date.now() < end) fixture.dispatcher.turn(20);
    expect(fixture.dispatcher.counts.turns - turns).toBeLessThan(10);
    fixture.until(() => slow.peer.read().length === length);
    expect(slow.peer.bytes.equals(numbered(length))).toBe(true);
    fixture.until(() => slow.endpoint.completions.length === 1);
    expect(slow.endpoint.completions).toEqual([length]);
  });

  test('receives while a send waits for room', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    fixture.dispatcher.send(ours, offset, length);
    fixture.settle();
    peer.write('still here');
    fixture.until(() => endpoint.text === 'still here');
    fixture.dispatcher.pause(ours);
    fixture.until(() => peer.read().length === length);
    fixture.until(() => endpoint.completions.length === 1);
    peer.write('!');
    fixture.dispatcher.resume(ours);
    fixture.until(() => endpoint.text === 'still here!');
  });

  test('a handler sends the next when the last has gone', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const answers = Array.from({ length: 16 }, (_, index) => fixture.place(`answer ${index};`));
    const expected = Array.from({ length: 16 }, (_, index) => `answer ${index};`).join('');
    let next = 0;
    const sendNext = (): void => {
      const answer = answers[next++];
      if (answer !== undefined) fixture.dispatcher.send(ours, answer.offset, answer.length);
    };
    endpoint.onReceived = sendNext;
    endpoint.onSent = sendNext;
    peer.write('sixteen requests');
    fixture.until(() => peer.read().length === expected.length);
    expect(peer.text).toBe(expected);
    fixture.settle();
    expect(endpoint.completions).toEqual(answers.map(({ length }) => length));
  });

  test('one that sends without end ends no turn late and keeps nobody waiting', (fixture) => {
    const endless = fixture.connect();
    const { offset, length } = fixture.place('more');
    endless.endpoint.onSent = () => fixture.dispatcher.send(endless.ours, offset, length);
    fixture.dispatcher.send(endless.ours, offset, length);
    const other = fixture.connect();
    fixture.echo(other);
    other.peer.write('and me');
    let turns = 0;
    while (other.peer.read().length < 6 && turns < 50) {
      fixture.dispatcher.turn(5);
      endless.peer.read();
      turns++;
    }
    expect(other.peer.text).toBe('and me');
    expect(turns).toBeLessThan(10);
  });

  test('a send to a peer that has gone fails, once', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    fixture.settle();
    peer.reset();
    fixture.until(() => endpoint.ends.length > 0);
    const { offset, length } = fixture.place('anybody there?');
    fixture.dispatcher.send(ours, offset, length);
    fixture.until(() => endpoint.completions.length > 0);
    fixture.settle();
    expect(endpoint.completions).toHaveLength(1);
    expect([-EPIPE, -ECONNRESET]).toContain(endpoint.completions[0]);
  });

  test('a send that waits for room fails when its peer goes', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    fixture.dispatcher.send(ours, offset, length);
    fixture.settle();
    expect(endpoint.completions).toEqual([]);
    peer.reset();
    fixture.until(() => endpoint.completions.length > 0);
    fixture.settle();
    expect(endpoint.completions).toHaveLength(1);
    expect([-EPIPE, -ECONNRESET]).toContain(endpoint.completions[0]);
  });

  test('a paused connection is told that its send has failed', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    fixture.dispatcher.pause(ours);
    const { offset, length } = fixture.place(numbered(12 * 1024 * 1024));
    fixture.dispatcher.send(ours, offset, length);
    fixture.settle();
    peer.reset();
    fixture.until(() => endpoint.completions.length > 0);
    expect([-EPIPE, -ECONNRESET]).toContain(endpoint.completions[0]);
  });

  test('finish ends our side only', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    fixture.settle();
    fixture.dispatcher.finish(ours);
    fixture.until(() => peer.read().ended);
    peer.write('I still have something');
    peer.end();
    fixture.until(() => endpoint.ends.length > 0);
    expect(endpoint.text).toBe('I still have something');
    expect(endpoint.ends).toEqual([0]);
  });

  test('a peer that has ended its side is still answered', (fixture) => {
    const connection = fixture.connect();
    fixture.echo(connection);
    connection.peer.write('answer me');
    connection.peer.end();
    fixture.until(() => connection.peer.read().text === 'answer me');
    fixture.until(() => connection.endpoint.ends.length > 0);
    expect(connection.endpoint.ends).toEqual([0]);
  });

  test('many connections with small buffers get their own bytes', (fixture) => {
    const connections = Array.from({ length: 40 }, (_, index) => {
      const connection = fixture.connect();
      shrinkBuffers(connection.ours);
      shrinkBuffers(connection.peer.descriptor);
      const bytes = numbered(100_000 + index).map((byte) => byte ^ index);
      const { offset, length } = fixture.place(bytes);
      fixture.dispatcher.send(connection.ours, offset, length);
      return { ...connection, bytes };
    });
    fixture.until(() => {
      for (const { peer } of connections) peer.read(5_000);
      return connections.every(({ peer, bytes }) => peer.length === bytes.length);
    });
    const wrong = connections.filter(({ peer, bytes }) => !peer.bytes.equals(bytes));
    expect(wrong).toEqual([]);
    fixture.until(() => connections.every(({ endpoint }) => endpoint.completions.length === 1));
  });
}
