/** The screen of amped top: what is in it, at any size of a terminal, and the strips that it is made of. */
import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { frameOf, type Look } from '../../../src/cli/top/frame.js';
import { heading, lineOf } from '../../../src/cli/top/lines.js';
import { barParts, clipped, levelsFor, sparkline } from '../../../src/cli/top/strips.js';
import type { Moment } from '../../../src/cli/top/summary.js';
import type { Polled, PolledDistribution } from '../../../src/metrics/polled.js';
import { type Rates, ratesBetween } from '../../../src/metrics/rates.js';
import { fakePoll, type Kind } from '../../admin/dashboard/fake-polls.js';

const LOOK: Look = { columns: 100, rows: 30, colours: picocolors.createColors(false), levels: 'blocks' };

function moments(kind: Kind, changes: Partial<Polled> = {}, count = 20): Moment[] {
  const polls = Array.from({ length: count + 1 }, (_, second) => fakePoll(kind, second + 10, changes));
  return polls
    .slice(1)
    .map((polled, index) => ({ polled, rates: ratesBetween(polls[index] as Polled, polled) as Rates }));
}

describe('a frame', () => {
  it('has the numbers of the server and a row for each worker', () => {
    const frame = frameOf(moments('loops'), '', 'first', LOOK);
    expect(frame[0]).toMatch(/^Amped 0\.1\.0 {2}event, 4 loops, epoll, disk auto +serving, up 30 s$/);
    expect(frame.join('\n')).toMatch(/^requests +1\d(\.\d)? k\/s, of them 1\d\d\/s 4xx, 0\/s 5xx .*[▁-█]{20}$/m);
    expect(frame.join('\n')).toMatch(/^turns +[\d.]+ ?k?\/s, 14\.\d events each, longest \S+ ms/m);
    expect(frame.filter((line) => /^loop \d \(47\d\d\)/.test(line))).toHaveLength(4);
  });

  it('of a model that blocks tells of workers and their lock, and of no turns', () => {
    const text = frameOf(moments('thread'), '', 'first', { ...LOOK, rows: 40 }).join('\n');
    expect(text).toMatch(/^workers +\d+ of 16 busy/m);
    expect(text).toMatch(/^lock +[\d.]+ k\/s, waited for/m);
    expect(text).not.toMatch(/^turns/m);
  });

  it.each([
    [40, 10],
    [80, 24],
    [20, 3],
    [200, 12],
  ])('fits into %d columns and %d rows', (columns, rows) => {
    const colours = picocolors.createColors(true);
    for (const page of ['first', 'second'] as const) {
      const frame = frameOf(moments('process'), 'A note.', page, { ...LOOK, columns, rows, colours });
      expect(frame.length).toBeLessThanOrEqual(rows);
      for (const line of frame) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
    }
  });

  it.each(['event', 'thread'] as const)('of %s has everything that the page in a browser has', (kind) => {
    const helpers = { queued: 1, most: 4, wait: fakePoll(kind, 1).latency?.disk as PolledDistribution };
    const polls = [
      fakePoll(kind, 20),
      fakePoll(kind, 21, { helpers: { ...helpers, wait: fakePoll(kind, 9).latency?.disk as PolledDistribution } }),
    ] as const;
    const rates = ratesBetween({ ...polls[0], helpers }, polls[1]) as Rates;
    const frame = frameOf([{ polled: polls[1], rates }], '', 'second', LOOK);
    const text = frame.join('\n');
    const number = String.raw`[\d.]+( [a-zA-Z]+| %)?`;
    const lines = [
      `a request +queue ${number}, parse ${number}, handle ${number}`,
      ` +disk ${number}, send ${number}`,
      `in progress +${number} requests, at most 40`,
      `time +handling ${number}, waiting ${number}, stalled ${number}`,
      `system calls +${number} a request`,
      'turned away +3 refused, 2 timed out, in all',
      'backlog +1 found it full, in all',
      `evictions +${number}/s`,
      `helper wait +p50 ${number}, p99 ${number}`,
      `page faults +${number}/s minor, 0/s major`,
      'processes +12 threads, 90 descriptors',
      'replaced +0 workers, in all',
      ...(kind === 'event'
        ? [
            `events +${number}/s receipts, ${number}/s sends`,
            ` +${number}/s disk reads, ${number}/s accepts`,
            ` +${number}/s timers, ${number}/s wake-ups`,
            `next handler +p50 ${number}, p90 ${number}, p99 ${number}`,
          ]
        : [`lock waits +${number} each second`]),
    ];
    for (const line of lines) expect(text).toMatch(new RegExp(`^${line}`, 'm'));
    expect(frame.at(-1)).toBe('p goes back, q ends this');
  });

  it('has it all on one page where there is room', () => {
    const all = frameOf(moments('event'), '', 'first', { ...LOOK, rows: 60 });
    expect(all.some((line) => line.startsWith('page faults'))).toBe(true);
    expect(all.at(-1)).toBe('q ends this');
    expect(frameOf(moments('event'), '', 'first', LOOK).at(-1)).toBe('p shows more, q ends this');
  });

  it('shows which of several loops has stalled', () => {
    const stalls = (count: number) => ({ count, sum: 0, buckets: [{ atMost: 0.4, count }] });
    const poll = (second: number): Polled => {
      const polled = fakePoll('loops', second);
      const each = polled.each ?? [];
      return { ...polled, each: each.map((one) => ({ ...one, stalls: stalls(one.slot === 2 ? second : 1) })) };
    };
    const colours = picocolors.createColors(true);
    const moment = { polled: poll(21), rates: ratesBetween(poll(20), poll(21)) as Rates };
    const red = frameOf([moment], '', 'first', { ...LOOK, colours }).filter((line) => line.includes('\x1b[31mloop'));
    expect(red).toHaveLength(1);
    expect(red[0]).toContain('loop 2');
  });

  it('says of how many workers there is no room', () => {
    const frame = frameOf(moments('process'), '', 'first', { ...LOOK, rows: 20 });
    const shown = frame.filter((line) => line.startsWith('process')).length;
    expect(frame).toContain(`and ${16 - shown} more`);
  });

  it('says that the server drains, and what else there is to say', () => {
    const frame = frameOf(moments('event', { ready: false }), 'The server has not answered for 3 s.', 'first', LOOK);
    expect(frame[0]).toMatch(/draining, up 30 s$/);
    expect(frame[1]).toBe('The server has not answered for 3 s.');
  });

  it('has no colours where there should be none', () => {
    expect(frameOf(moments('event'), '', 'first', LOOK).join('')).not.toContain('\x1b');
  });
});

describe('a line', () => {
  it('has as many columns as its heading, whatever is missing', () => {
    const [moment] = moments('process', {}, 1) as [Moment];
    const bare = { ...moment, polled: { ...moment.polled, process: undefined } } as unknown as Moment;
    for (const one of [moment, bare]) expect(lineOf(one)).toHaveLength(heading().length);
    expect(lineOf({ ...moment, polled: { ...moment.polled, ready: false } })).toMatch(/ draining$/);
  });
});

describe('strips', () => {
  it.each([
    [[0, 1, 2, 4, 8], 5, ' ▁▂▄█'],
    [[1, 2], 4, '  ▄█'],
    [[9, 1, 2], 2, '▄█'],
    [[undefined, 0.001, 1], 3, ' ▁█'],
    [[0, 0], 2, '  '],
    [[1], 0, ''],
    [[1], -3, ''],
  ])('%j in %d columns is %j', (numbers, columns, strip) => {
    expect(sparkline(numbers, columns, 'blocks')).toBe(strip);
  });

  it.each([
    [
      [0.25, 0.5],
      [5, 10],
    ],
    [
      [0.9, 0.9],
      [18, 2],
    ],
    [
      [0, -1],
      [0, 0],
    ],
  ])('%j as a bar of 20', (parts, characters) => {
    expect(barParts(parts, 20)).toEqual(characters);
  });

  it('colours take no room', () => {
    expect(clipped('\x1b[31mabc\x1b[39mdef', 4)).toBe('\x1b[31mabc\x1b[39md');
  });

  it.each([
    [{ LANG: 'en_GB.UTF-8' }, 'blocks'],
    [{ LC_ALL: 'C', LANG: 'C.UTF-8' }, 'ascii'],
    [{}, 'ascii'],
  ])('%j shows %s', (environment, levels) => {
    expect(levelsFor(environment)).toBe(levels);
  });
});
