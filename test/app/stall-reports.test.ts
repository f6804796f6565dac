/** Who is blamed when several applications are in one thread, and what is left there when they have closed. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Exchange } from '../../src/app/exchange.js';
import { StallReports, UNDER_WAY } from '../../src/app/stall-reports.js';
import { LoopBeat } from '../../src/metrics/loop-beat.js';

const CULPRIT = { facts: { method: 'GET', target: '/culprit' } } as Exchange;
const INNOCENT = { facts: { method: 'GET', target: '/innocent' } } as Exchange;

let said: string[];
let first: StallReports;
let second: StallReports;
let beats: LoopBeat[];

beforeEach(() => {
  said = [];
  beats = [LoopBeat.create(), LoopBeat.create()];
  const reportsOf = (beat: LoopBeat | undefined, exchange: Exchange): StallReports => {
    const say = (_level: string, sentence: string): void => void said.push(sentence);
    return new StallReports({ beat: beat as LoopBeat, warnMilliseconds: 200, say }, new Map([[exchange, exchange]]));
  };
  first = reportsOf(beats[0], CULPRIT);
  second = reportsOf(beats[1], INNOCENT);
});

afterEach(() => {
  first.close();
  second.close();
});

/** What the watcher of a loop hears of its thread. */
function heard(beat: LoopBeat | undefined): string | undefined {
  const functions = Reflect.get(globalThis, Symbol.for(UNDER_WAY)) as Map<number, () => string> | undefined;
  return functions?.get(beat?.site ?? 0)?.();
}

it('each says what is under way in itself', () => {
  expect(beats.map(heard)).toEqual(['GET /culprit', 'GET /innocent']);
});

it('a handler that is being called is named for all of its thread, and afterwards too', () => {
  Object.assign(first, { latest: CULPRIT, latestAt: 1000, inside: true });
  expect(beats.map(heard)).toEqual(['GET /culprit', 'GET /culprit']);
  first.inside = false;
  second.cameBack(300, 900);
  expect(said).toEqual(['GET /culprit has blocked the event loop for 300 ms: nobody else was served meanwhile.']);
});

it('one that has closed says nothing, and the last leaves nothing behind', () => {
  first.close();
  expect(beats.map(heard)).toEqual([undefined, 'GET /innocent']);
  second.close();
  expect(Symbol.for(UNDER_WAY) in globalThis).toBe(false);
});
