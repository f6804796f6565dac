/** Wake-ups: called while a descriptor is readable, again until somebody has read it, never after `unwatch`. */
import { expect } from 'vitest';
import { Bell } from '../peers.js';
import type { Case } from './cases.js';

export function wakeUpCases(test: Case): void {
  test('wakes while the descriptor is readable, and no longer', (fixture) => {
    const bell = new Bell();
    let woken = 0;
    fixture.dispatcher.watch(bell.descriptor, (descriptor) => {
      expect(descriptor).toBe(bell.descriptor);
      woken++;
    });
    fixture.settle();
    expect(woken).toBe(0);
    bell.ring();
    fixture.until(() => woken >= 3);
    bell.silence();
    fixture.settle();
    const before = woken;
    fixture.settle();
    expect(woken).toBe(before);
    bell.ring();
    fixture.until(() => woken > before);
    expect(fixture.dispatcher.counts.wakeUps).toBe(woken);
    fixture.dispatcher.unwatch(bell.descriptor);
    bell.close();
  });

  test('ends a wait without a timeout', (fixture) => {
    const bell = new Bell();
    let woken = 0;
    fixture.dispatcher.watch(bell.descriptor, () => {
      woken++;
      bell.silence();
    });
    fixture.settle();
    bell.ring();
    while (woken === 0) fixture.dispatcher.turn(-1);
    fixture.settle();
    expect(woken).toBe(1);
    fixture.dispatcher.unwatch(bell.descriptor);
    bell.close();
  });

  test('several descriptors, each with its own', (fixture) => {
    const woken: number[] = [];
    const bells = Array.from({ length: 8 }, (_, index) => {
      const bell = new Bell();
      fixture.dispatcher.watch(bell.descriptor, () => {
        woken.push(index);
        bell.silence();
      });
      return bell;
    });
    bells[6]?.ring();
    bells[1]?.ring();
    fixture.until(() => woken.length === 2);
    fixture.settle();
    expect(woken.sort()).toEqual([1, 6]);
    for (const bell of bells) {
      fixture.dispatcher.unwatch(bell.descriptor);
      bell.close();
    }
  });

  test('a handler may unwatch, itself and another in the same batch', (fixture) => {
    const woken: number[] = [];
    const bells = Array.from({ length: 5 }, () => new Bell());
    for (const [index, bell] of bells.entries()) {
      fixture.dispatcher.watch(bell.descriptor, () => {
        woken.push(index);
        for (const other of bells) fixture.dispatcher.unwatch(other.descriptor);
      });
    }
    fixture.settle();
    for (const bell of bells) bell.ring();
    fixture.until(() => woken.length > 0);
    fixture.settle();
    expect(woken).toHaveLength(1);
    for (const bell of bells) bell.close();
  });

  test('an unwatched descriptor that stays readable does not keep the dispatcher turning', (fixture) => {
    const bell = new Bell();
    let woken = 0;
    fixture.dispatcher.watch(bell.descriptor, () => woken++);
    bell.ring();
    fixture.until(() => woken > 0);
    fixture.dispatcher.unwatch(bell.descriptor);
    fixture.settle();
    const before = woken;
    const { turns } = fixture.dispatcher.counts;
    const end = Date.now() + 60;
    while (Date.now() < end) fixture.dispatcher.turn(20);
    expect(fixture.dispatcher.counts.turns - turns).toBeLessThan(10);
    expect(woken).toBe(before);
    bell.close();
  });

  test('the number of an unwatched descriptor may become a connection’s', (fixture) => {
    for (let round = 0; round < 5; round++) {
      const bell = new Bell();
      let woken = 0;
      fixture.dispatcher.watch(bell.descriptor, () => woken++);
      bell.ring();
      fixture.until(() => woken > 0);
      fixture.dispatcher.unwatch(bell.descriptor);
      bell.close();
      const before = woken;
      const connections = [fixture.connect(), fixture.connect()];
      for (const connection of connections) {
        fixture.echo(connection);
        connection.peer.write('hello');
      }
      fixture.until(() => connections.every(({ peer }) => peer.read().text === 'hello'));
      expect(woken).toBe(before);
      for (const { ours, peer } of connections) {
        fixture.dispatcher.close(ours);
        peer.close();
      }
      fixture.settle();
    }
  });
}
