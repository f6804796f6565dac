/** How far a comparison is, and how long the rest of it takes, for who waits. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProgressLine } from '../../src/cli/progress-line.js';
import { readConfiguration } from '../../src/compare/configuration.js';
import { amped } from '../../src/compare/contestant.js';
import { Timetable } from '../../src/compare/timetable.js';
import { readWorkload } from '../../src/compare/workloads/read-workload.js';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** One of 80 columns, and what it has been told last. */
function terminal() {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) > 0 };
  return { stream, last: () => written.at(-1) ?? '' };
}

/** What a line says of the time that is left, in seconds. */
function secondsLeft(line: string): number {
  const [, minutes = '0', seconds = ''] = /(?:(\d+) min )?(\d+) s left/.exec(line) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

it('says the time that is left rightly also while servers are warmed up, which takes longer than turns', () => {
  const contestants = ['event/epoll', 'event/poll'].map((name) => amped(readConfiguration(name)));
  const times = { warmUpSeconds: 4, secondsEach: 0.5, repetitions: 5 };
  const table = new Timetable({ workload: readWorkload('site'), contestants, times });
  const { stream, last } = terminal();
  const line = new ProgressLine(stream, table.seconds);
  const said = [0, 1, 2, 3, 4, 5].flatMap((repetition) =>
    contestants.map((_, contestant) => {
      const before = table.before(0, contestant, repetition);
      vi.setSystemTime(before * 1000);
      line.show('site', before / table.seconds);
      return secondsLeft(last()) - (table.seconds - before);
    }),
  );
  for (const error of said) expect(Math.abs(error)).toBeLessThan(1);
});

it('says it at every tenth where there is no terminal, and in minutes where it is long', () => {
  const lines: string[] = [];
  const line = new ProgressLine({ write: (text: string) => lines.push(text) > 0 }, 200);
  for (let share = 0; share < 1; share += 0.01) line.show('site', share);
  expect(lines).toHaveLength(10);
  const { stream, last } = terminal();
  new ProgressLine(stream, 200).show('site', 0);
  expect(last()).toContain('3 min 20 s left');
});
