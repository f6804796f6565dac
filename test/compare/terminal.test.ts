/** How the results look in terminals of several widths, and where one finds what one looks for. */
import { describe, expect, it } from 'vitest';
import { terminalText } from '../../src/compare/report/terminal.js';
import { configuration, results, SUITES, workload } from './sample-results.js';

const LONG = 'event/io_uring/blocking';
const wide = () => {
  const numbers = {
    ...{ requestsPerSecond: 123_456, p50: 1e-3, p99: 2e-3, cpu: 6e-6, memory: 2 ** 28, voluntarySwitches: 1 },
    ...{ systemCalls: 2, lockWait: 1e-6, longestStall: 0.1, coldRequestsPerSecond: 100, errors: 0 },
  };
  const remarks = ['connections that ended before the whole answer had come: 20'];
  return workload('site', [
    [
      undefined,
      [
        configuration(LONG, numbers, { remarks, noise: 0.2 }),
        configuration('thread', { ...numbers, requestsPerSecond: 1 }),
      ],
    ],
  ]);
};
const at = (width: number, judgedBy: 'throughput' | 'p99' = 'throughput'): string[] => {
  const one = wide();
  const { workload: asked, ...rest } = one;
  const verdict = { ...rest.verdict!, criterion: judgedBy === 'p99' ? ('p99' as const) : rest.verdict!.criterion };
  const text = terminalText(results([{ ...rest, workload: asked, verdict }], SUITES), {
    width,
    coloured: false,
    blocks: true,
  });
  return text.split('\n');
};
const rowOf = (lines: readonly string[]): string => lines.find((line) => line.startsWith(`${LONG} `)) ?? '';

describe('the terminal', () => {
  it.each([72, 80, 100, 120, 200])('of %i columns has no line that is longer', (width) => {
    const long = at(width).filter((line) => line.length > width);
    expect(long).toEqual([]);
  });

  it.each([80, 200])('of %i columns has by what they are ranked beside the bar, and the bar', (width) => {
    expect(rowOf(at(width))).toMatch(/ 123,456 +±\d+ % +█+$/);
    expect(rowOf(at(width, 'p99'))).toMatch(/ 2 ms +±\d+ % +█+$/);
  });

  it('drops what is missed least, and says so', () => {
    const narrow = at(80).join('\n');
    expect(narrow.replace(/\n +/g, ' ')).toMatch(/Not shown for want of room .*: lock wait\/req\., longest stall,/);
    expect(narrow.replace(/\n +/g, ' ')).toContain(
      `${LONG}: connections that ended before the whole answer had come: 20`,
    );
    const table = at(80).find((line) => line.includes('requests/s') && line.includes('spread'));
    expect(table).toContain('p99');
    expect(table).not.toContain('lock wait');
    expect(at(200).join('\n')).not.toContain('Not shown');
  });

  it('has the command before the table, and again at its end', () => {
    const lines = at(100);
    const command = `  amped site --like ${LONG}`;
    expect(lines.indexOf(command)).toBeLessThan(6);
    expect(lines.indexOf(command)).toBeLessThan(lines.indexOf(rowOf(lines)));
    expect(lines.filter((line) => line !== '').at(-1)).toBe(command);
  });
});
