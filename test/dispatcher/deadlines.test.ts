/** The timing wheel, by itself and against a model that looks at every deadline each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines, TIMER_TICK_MILLISECONDS } from '../../src/dispatcher/deadlines.js';

const START = 1_700_000_000_000;
const ROUND = 512 * TIMER_TICK_MILLISECONDS;

function expiredBy(deadlines: Deadlines, now: number): number[] {
  const expired: number[] = [];
  deadlines.advance(now, (descriptor) => expired.push(descriptor));
  return expired.sort((a, b) => a - b);
}

describe('deadlines', () => {
  it('has nothing to wait for at the start', () => {
    const deadlines = new Deadlines(START);
    expect(deadlines.next(START)).toBe(-1);
    expect(expiredBy(deadlines, START + 10 * ROUND)).toEqual([]);
  });

  it('is never early, and late by at most a tick', () => {
    for (const after of [0, 1, 249, 250, 251, 1_000, 9_999, ROUND - 1, ROUND, ROUND + 1, 5 * ROUND + 7]) {
      for (const begun of [0, 1, 100, 249, 250, 12_345]) {
        const deadlines = new Deadlines(START);
        deadlines.advance(START + begun, () => {});
        const due = START + begun + after;
        deadlines.set(7, due);
        let now = START + begun;
        let expired: number[] = [];
        while (expired.length === 0) {
          const wait = deadlines.next(now);
          expect(wait).toBeGreaterThanOrEqual(0);
          now += wait;
          expired = expiredBy(deadlines, now);
        }
        expect(now).toBeGreaterThanOrEqual(due);
        expect(now).toBeLessThanOrEqual(due + TIMER_TICK_MILLISECONDS);
        expect(deadlines.next(now)).toBe(-1);
      }
    }
  });

  it('wakes once a round at most for a deadline that is far away', () => {
    const deadlines = new Deadlines(START);
    for (let descriptor = 0; descriptor < 10_000; descriptor++) deadlines.set(descriptor, START + 3_600_000);
    let wakes = 0;
    let expired = 0;
    for (let now = START; deadlines.next(now) >= 0; wakes++) {
      now += deadlines.next(now);
      deadlines.advance(now, () => expired++);
    }
    expect(expired).toBe(10_000);
    expect(wakes).toBeLessThanOrEqual(Math.ceil(3_600_000 / (ROUND - 1_000)) + 1);
  });

  it('wakes once for a deadline that was moved a thousand times', () => {
    const deadlines = new Deadlines(START);
    for (let request = 0; request < 1_000; request++) deadlines.set(3, START + 5_000 + request);
    expect(deadlines.next(START)).toBeLessThanOrEqual(5_000 + TIMER_TICK_MILLISECONDS);
    expect(expiredBy(deadlines, START + 5_000)).toEqual([]);
    expect(expiredBy(deadlines, START + 6_250)).toEqual([3]);
  });

  it('forgets what was cleared, also what was never set', () => {
    const deadlines = new Deadlines(START);
    deadlines.clear(5);
    deadlines.clear(1_000_000);
    deadlines.set(5, START + 100);
    deadlines.clear(5);
    deadlines.clear(5);
    expect(deadlines.next(START)).toBe(-1);
    expect(expiredBy(deadlines, START + 1_000)).toEqual([]);
  });

  it('keeps what it has when a high descriptor makes it grow', () => {
    const deadlines = new Deadlines(START);
    for (let descriptor = 1; descriptor < 1_000_000; descriptor *= 3) deadlines.set(descriptor, START + 1_000);
    const all = expiredBy(deadlines, START + 1_250);
    expect(all).toEqual(Array.from({ length: 13 }, (_, power) => 3 ** power));
  });

  it('lets what it calls set and clear any of them', () => {
    const deadlines = new Deadlines(START);
    for (let descriptor = 0; descriptor < 10; descriptor++) deadlines.set(descriptor, START + 100);
    const expired: number[] = [];
    deadlines.advance(START + 250, (descriptor) => {
      expired.push(descriptor);
      if (expired.length > 1) return;
      for (let other = 0; other < 10; other += 2) deadlines.clear(other);
      deadlines.set(3, START + 100_000);
      deadlines.set(descriptor, START + 250);
    });
    const first = expired[0] as number;
    expect(expired.slice(1).filter((descriptor) => descriptor % 2 === 0 || descriptor === 3)).toEqual([]);
    expect(new Set(expired).size).toBe(expired.length);
    expect(expiredBy(deadlines, START + 500)).toEqual([first]);
    expect(expiredBy(deadlines, START + 100_250)).toEqual([3]);
  });

  it('comes to an end when what it calls sets a deadline that has passed', () => {
    const deadlines = new Deadlines(START);
    deadlines.set(1, START + 10);
    let calls = 0;
    deadlines.advance(START + 100_000, (descriptor) => {
      calls++;
      deadlines.set(descriptor, START);
    });
    expect(calls).toBeGreaterThan(0);
    expect(deadlines.next(START + 100_000)).toBeGreaterThanOrEqual(0);
  });

  it('does not mind a clock that is set back', () => {
    const deadlines = new Deadlines(START);
    deadlines.advance(START + 50_000, () => {});
    deadlines.set(1, START + 40_000);
    expect(expiredBy(deadlines, START + 45_000)).toEqual([]);
    expect(expiredBy(deadlines, START + 50_500)).toEqual([1]);
  });
});

type Step =
  | { readonly do: 'set'; readonly descriptor: number; readonly after: number }
  | { readonly do: 'clear'; readonly descriptor: number }
  | { readonly do: 'pass'; readonly milliseconds: number }
  | { readonly do: 'wait' };

const descriptor = fc.integer({ min: 0, max: 12 });
const milliseconds = fc.oneof(
  fc.integer({ min: 0, max: 1_000 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: ROUND - 1_000, max: 3 * ROUND }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), descriptor, after: milliseconds }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), descriptor }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), milliseconds }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
);

describe('deadlines and their model', () => {
  it('agree after any steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, setsAnew) => {
        const deadlines = new Deadlines(START);
        const model = new Map<number, number>();
        let now = START;
        const advance = (): void => {
          const anew: [number, number][] = [];
          deadlines.advance(now, (expired) => {
            const due = model.get(expired);
            if (due === undefined) throw new Error(`${expired} was not set`);
            if (due > now) throw new Error(`${expired} expired ${due - now} ms early`);
            model.delete(expired);
            if (!setsAnew || expired % 3 !== 0) return;
            deadlines.set(expired, now + 700);
            anew.push([expired, now + 700]);
          });
          for (const [which, due] of anew) model.set(which, due);
          for (const [which, due] of model) {
            if (due + TIMER_TICK_MILLISECONDS <= now) throw new Error(`${which} is ${now - due} ms late`);
          }
        };
        for (const one of steps) {
          if (one.do === 'set') {
            deadlines.set(one.descriptor, now + one.after);
            model.set(one.descriptor, now + one.after);
          } else if (one.do === 'clear') {
            deadlines.clear(one.descriptor);
            model.delete(one.descriptor);
          } else {
            now += one.do === 'pass' ? one.milliseconds : Math.max(0, deadlines.next(now));
            advance();
          }
          const next = deadlines.next(now);
          if (model.size === 0) expect(next).toBe(-1);
          else {
            expect(next).toBeGreaterThanOrEqual(0);
            const soonest = Math.min(...model.values());
            expect(now + next).toBeLessThan(soonest + TIMER_TICK_MILLISECONDS + 1);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
