/** How long a comparison takes, before it is measured: the arithmetic of its plan. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { estimate } from '../../src/compare/compare.js';
import { readConfiguration } from '../../src/compare/configuration.js';
import { amped } from '../../src/compare/contestant.js';
import { WarmUpBudget } from '../../src/compare/measurement/warm-up-budget.js';
import { planComparison, type Wishes } from '../../src/compare/plan-comparison.js';
import { quickConfigurations, quickened } from '../../src/compare/quick.js';
import { START_SECONDS, Timetable, TURN_SECONDS, WORKER_SECONDS, within } from '../../src/compare/timetable.js';
import { isAlone, readWorkload, workloadNames } from '../../src/compare/workloads/read-workload.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-timetable-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOTHING: Wishes = {
  ...{ directory: 'examples/site', workloads: [], architectures: [], others: [], suites: [], pace: 'usual' },
};
const TWO = ['event/epoll', 'thread:4'].map((name) => amped(readConfiguration(name)));
const site = readWorkload('site');

describe('a timetable', () => {
  const times = { warmUpSeconds: 4, secondsEach: 0.5, repetitions: 2 };

  it('weighs each step by its seconds: starts and warm-ups first, then turns', () => {
    const table = new Timetable({ workload: site, contestants: TWO, times });
    const start = START_SECONDS + 4;
    const starts = 2 * start + 3 * WORKER_SECONDS;
    const turn = 0.5 + TURN_SECONDS;
    const before = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
    ].map(([contestant, repetition]) => table.before(0, contestant as number, repetition as number));
    const wanted = [0, start, starts, starts + turn, starts + 2 * turn, starts + 3 * turn];
    for (const [index, seconds] of wanted.entries()) expect(before[index]).toBeCloseTo(seconds, 9);
    expect(table.seconds).toBeCloseTo(starts + 4 * turn, 9);
  });

  it('counts neither who takes no part, nor a warm-up apart from the turn of who is alone', () => {
    const few = { ...site, mostWorkers: 1, connections: 9 };
    const [event, thread] = [readConfiguration('event/epoll'), readConfiguration('thread')].map((one) => amped(one));
    const with2 = new Timetable({ workload: few, contestants: [event!, thread!], times });
    expect(with2.seconds).toBe(new Timetable({ workload: few, contestants: [event!], times }).seconds);
    const alone = { ...site, files: 'made' as const, memoryBytes: 1 };
    expect(isAlone(alone)).toBe(true);
    const table = new Timetable({ workload: alone, contestants: [event!], times });
    expect(table.seconds).toBeCloseTo(2 * (START_SECONDS + 4 + 0.5 + TURN_SECONDS), 9);
  });

  it('has every point of a sweep', () => {
    const swept = { ...site, sweep: 'connections', values: [1, 2, 3] };
    const table = new Timetable({ workload: swept, contestants: [TWO[0]!], times });
    expect(table.before(2, 0, 0)).toBeCloseTo((2 * table.seconds) / 3, 9);
  });
});

describe('a run without options', () => {
  it('takes less than two minutes, for its warm-ups share what there is', () => {
    const plan = planComparison(NOTHING);
    expect(plan.matches.map(({ workload }) => workload.name)).toEqual(['site', 'blocking']);
    expect(plan.matches[0]?.times).toMatchObject({ mostWarmUpSeconds: 8, repetitions: 5 });
    expect(estimate(plan)).toBeLessThanOrEqual(112);
    expect(plan.matches[0]?.times.meanWarmUpSeconds).toBeGreaterThanOrEqual(1.5);
  });

  it('is estimated with as much as its warm-ups may take', () => {
    const [match] = planComparison(NOTHING).matches;
    const { times } = match!;
    const longer = { ...match!, times: { ...times, warmUpSeconds: times.meanWarmUpSeconds!, mostWarmUpSeconds: 99 } };
    expect(new Timetable(match!).seconds).toBeCloseTo(new Timetable(longer).seconds, 9);
  });
});

describe('where more take part than there is time for', () => {
  const [usual] = planComparison(NOTHING).matches;
  const match = { ...usual!, contestants: [...usual!.contestants, ...usual!.contestants.slice(0, 4)] };
  const { seconds } = new Timetable(match);

  it('their warm-ups share less, and all of it keeps to the time', () => {
    const [shorter, ...others] = within([match], seconds - 10);
    expect(others).toEqual([]);
    expect(shorter!.times.meanWarmUpSeconds).toBeLessThan(match.times.meanWarmUpSeconds!);
    const now = new Timetable(shorter!).seconds;
    expect(now).toBeLessThanOrEqual(seconds - 10);
    expect(now).toBeGreaterThan(seconds - 10 - 0.1 * match.contestants.length);
  });

  it('they have the least that was asked for all the same', () => {
    expect(within([match], 1)[0]!.times.meanWarmUpSeconds).toBe(0.5);
  });

  it('and where there is enough, nothing changes', () => {
    expect(within([match], seconds)).toEqual([match]);
    const fixed = { ...match, times: { warmUpSeconds: 1, secondsEach: 1, repetitions: 1 } };
    expect(within([fixed], 1)).toEqual([fixed]);
  });
});

describe('the budget of warm-ups', () => {
  it('is never exceeded, however much each takes of what it may have', () => {
    const budget = new WarmUpBudget(9, 3, 8);
    let sum = 0;
    for (let server = 0; server < 9; server++) {
      const { allowance } = budget;
      expect(allowance).toBeCloseTo(3, 9);
      sum += allowance;
      budget.take(allowance);
    }
    expect(sum).toBeCloseTo(27, 9);
    expect(budget.allowance).toBe(0);
  });

  it('gives those after it what one does not need, up to the most that one may have', () => {
    const budget = new WarmUpBudget(3, 3, 5);
    budget.take(1);
    expect(budget.allowance).toBe(4);
    budget.take(1);
    expect(budget.allowance).toBe(5);
  });

  it('takes from those after it what one had too much', () => {
    const budget = new WarmUpBudget(2, 3, 8);
    budget.take(7);
    expect(budget.allowance).toBe(0);
  });
});

describe('a quick run', () => {
  it.each(workloadNames().filter((name) => name !== 'trace'))('of %s takes half a minute at most', (name) => {
    const workload = quickened(readWorkload(name));
    expect(workload.values.length).toBeLessThanOrEqual(2);
    const named = quickConfigurations(workload);
    const contestants = (
      named.length > 0 ? named : ['event/io_uring', 'event/epoll', 'thread:4', 'process:4'].map(readConfiguration)
    ).map((one) => amped(one));
    expect(new Set(named.map(({ model }) => model)).size).toBe(named.length > 0 ? 3 : 0);
    const times = { warmUpSeconds: 0.3, secondsEach: 0.3, repetitions: 2 };
    expect(new Timetable({ workload, contestants, times }).seconds).toBeLessThanOrEqual(30);
  });

  it('has the ends of what is swept, with few clients', () => {
    expect(quickened(readWorkload('connections')).values).toEqual([1, 4]);
    expect(quickened(readWorkload('idle')).values).toEqual([0, 100]);
    expect(quickened(readWorkload('single-file')).values).toEqual([0, 1_048_576]);
    expect(quickened(readWorkload('data-set')).values).toEqual([512]);
    expect(quickened(site)).toMatchObject({ values: [], connections: 4 });
  });

  it('takes two seconds of a log, and a minute at most of the suite flash', () => {
    const log = join(folder, 'long.log');
    const line = (hour: string) => `h - - [10/Oct/2000:${hour}:00:00 +0000] "GET /index.html HTTP/1.1" 200 1\n`;
    writeFileSync(log, ['01', '02', '03'].map(line).join(''));
    const trace = planComparison({ ...NOTHING, pace: 'quick', log });
    expect(trace.matches[0]?.times.secondsEach).toBe(2);
    expect(estimate(trace)).toBeLessThanOrEqual(30);
    const flash = planComparison({ ...NOTHING, pace: 'quick', suites: ['flash'] });
    expect(estimate(flash)).toBeLessThanOrEqual(60);
    expect(flash.remarks.join(' ')).toContain('The data set past memory was left out');
  });
});
