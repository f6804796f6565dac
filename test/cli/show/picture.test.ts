/** What `amped show` makes of a trace: who was at what, drawn in cells, and sentences that hold. */
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Exhibit } from '../../../src/cli/show/exhibit.js';
import { findingsOf } from '../../../src/cli/show/findings.js';
import { type Picture, pictureOf } from '../../../src/cli/show/picture.js';
import { legendOf, timelineOf } from '../../../src/cli/show/timeline.js';
import { completeOptions } from '../../../src/config/options.js';

/** Name, category, from and to in milliseconds, and whose request: 1 is A, 2 is B. */
type Drawn = readonly [name: string, category: string, from: number, to: number, request?: number];

/** Of two requests that were sent at 0: A for a file on disk, B for one in memory. */
function pictured(threads: Readonly<Record<string, readonly Drawn[]>>, answered: readonly [number, number]): Picture {
  const traceEvents = Object.entries(threads).flatMap(([name, drawn], index) => [
    { ph: 'M', name: 'thread_name', pid: 1, tid: index + 1, args: { name } },
    ...drawn.map(([what, cat, from, to, request]) => ({
      ...{ ph: 'X', name: what, cat, pid: 1, tid: index + 1, ts: from * 1000, dur: (to - from) * 1000 },
      args: request === undefined ? {} : { request, ...(cat === 'handler' && { target: `/${' AB'[request]}.txt` }) },
    })),
  ]);
  const began = 5_000_000_000n;
  const exhibit: Exhibit = {
    options: completeOptions({}),
    dispatcher: 'epoll',
    disk: 'blocking',
    requests: answered.map((at, index) => ({
      ...{ letter: 'AB'[index] as string, path: `/${'AB'[index]}.txt`, cold: index === 0 },
      ...{ sent: began, answered: began + BigInt(at * 1e6) },
    })),
    trace: JSON.stringify({ otherData: { beganAtNanoseconds: String(began) }, traceEvents }),
    switches: new Map([[1, { voluntary: 3, involuntary: 2 }]]),
  };
  return pictureOf(exhibit);
}

const BLOCKING = pictured(
  {
    'event loop (epoll)': [
      ['receipt of a request', 'event', 0, 58, 1],
      ['static site', 'handler', 1, 57, 1],
      ['open', 'disk', 8, 28, 1],
      ['read', 'disk', 30, 50, 1],
      ['receipt of a request', 'event', 58, 80, 2],
      ['static site', 'handler', 59, 60, 2],
      ['wait for events', 'wait', 80, 116],
    ],
  },
  [60, 116],
);

const HELPED = pictured(
  {
    'event loop (epoll)': [
      ['receipt of a request', 'event', 0, 2, 1],
      ['static site', 'handler', 0.5, 1, 1],
      ['receipt of a request', 'event', 2, 4, 2],
      ['static site', 'handler', 2.5, 3, 2],
      ['wait for events', 'wait', 4, 56],
      ['completion of a disk read', 'event', 56, 58, 1],
    ],
    'helper 1 of event loop (epoll)': [['read', 'disk', 2, 56, 1]],
  },
  [58, 4],
);

const WORKERS = pictured(
  {
    'worker thread 1': [
      ['wait for the lock', 'wait', 0, 4],
      ['receipt of a request', 'event', 4, 50, 1],
      ['static site', 'handler', 4, 50, 1],
      ['read', 'disk', 10, 50, 1],
      ['receipt of a request', 'event', 50, 58, 2],
      ['static site', 'handler', 50, 58, 2],
    ],
  },
  [50, 58],
);

const plain = picocolors.createColors(false);
const rows = (picture: Picture): string[] =>
  timelineOf(picture, plain).map((line) => line.trim().replace(/ {2,}/g, ' '));

describe('a picture', () => {
  it('says what is innermost at each moment, and about whose request', () => {
    expect(BLOCKING.tracks[0]?.spans.map(({ from, to, doing, letter }) => [from, to, doing, letter])).toEqual([
      [0, 1, 'run', 'A'],
      [1, 8, 'run', 'A'],
      [8, 28, 'disk', 'A'],
      [28, 30, 'run', 'A'],
      [30, 50, 'disk', 'A'],
      [50, 57, 'run', 'A'],
      [57, 58, 'run', 'A'],
      [58, 59, 'run', 'B'],
      [59, 60, 'run', 'B'],
      [60, 80, 'run', 'B'],
      [80, 116, 'idle', ''],
    ]);
  });

  it('names helpers and workers shortly, helpers last', () => {
    expect(HELPED.tracks.map(({ name, kind }) => [name, kind])).toEqual([
      ['event loop', 'loop'],
      ['helper 1', 'helper'],
    ]);
  });

  it('has what the kernel reads for a ring where there is nobody else who reads', () => {
    const { tracks } = pictured(
      {
        'event loop (io_uring)': [
          ['static site', 'handler', 0, 1, 1],
          ['ask for open', 'disk', 0.2, 0.4, 1],
          ['completion of a disk read', 'event', 20, 21, 1],
          ['ask for read', 'disk', 20.2, 20.4, 1],
          ['completion of a disk read', 'event', 40, 41, 1],
        ],
      },
      [42, 1],
    );
    const kernel = tracks.filter(({ kind }) => kind === 'kernel');
    expect(kernel.map(({ spans }) => spans.map(({ from, to, letter }) => [from, to, letter]))).toEqual([
      [
        [0.4, 20, 'A'],
        [20.4, 40, 'A'],
      ],
    ]);
  });
});

describe('a timeline', () => {
  it('draws who runs in capitals, who waits for the disk in small letters', () => {
    // 2 ms a cell.
    expect(rows(BLOCKING)).toEqual([
      '|0 116 ms|',
      'event loop AAAAaaaaaaaaaaAaaaaaaaaaaAAAABBBBBBBBBBB..................',
      'hands back ^',
      '',
      'A, on disk AAAAaaaaaaaaaaAaaaaaaaaaaAAAA-',
      `B, in memory ${'-'.repeat(29)}BBBBBBBBBBB${'-'.repeat(18)}`,
    ]);
  });

  it('draws a short run where there is nothing but a wait beside it, and waits for a lock', () => {
    expect(rows(HELPED)[1]).toBe(`event loop AABB${'.'.repeat(52)}AA`);
    expect(rows(WORKERS)[1]).toMatch(/^worker thread 1 !!!!A+a+B+$/);
    expect(legendOf(timelineOf(WORKERS, plain))).toContain('! waits for the lock');
    expect(legendOf(timelineOf(HELPED, plain))).not.toContain('lock');
  });

  it('marks where a loop hands control back, also for a wait that is shorter than a cell', () => {
    const picture = pictured(
      {
        'event loop (epoll)': [
          ['wait for events', 'wait', -5, 1],
          ['receipt of a request', 'event', 1, 20, 1],
          ['static site', 'handler', 1, 2, 1],
          ['wait for events', 'wait', 20, 20.1],
          ['receipt of a request', 'event', 20.1, 58, 2],
          ['static site', 'handler', 21, 22, 2],
          ['wait for events', 'wait', 57.9, 90],
        ],
      },
      [20, 58],
    );
    const [, loop, marks] = timelineOf(picture, plain);
    expect(loop?.slice(19)).toBe(`.${'A'.repeat(19)}${'B'.repeat(38)}`);
    expect(marks).toBe(`    hands back     ${' '.repeat(20)}^${' '.repeat(36)}^`);
    expect(legendOf(timelineOf(picture, plain))).toContain('^ hands control back to the dispatcher');
    expect(findingsOf(picture).join()).toContain('to wait for events, 2 times.');
    expect(legendOf(timelineOf(WORKERS, plain))).not.toContain('hands control back');
  });

  it('has colours where they are welcome: a block for who runs', () => {
    const coloured = timelineOf(HELPED, picocolors.createColors(true)).join('\n');
    expect(coloured).toContain('\x1b[7m\x1b[36mA\x1b[39m\x1b[27m');
    expect(coloured).toContain('\x1b[36ma\x1b[39m');
  });
});

describe('findings', () => {
  it('tell of requests that were held up by the disk of another', () => {
    expect(findingsOf(BLOCKING)).toEqual([
      'While the event loop itself waited for the disk (A: 40 ms), it served nobody: B, whose file was in memory, had to wait too, 116 ms.',
      'The event loop, one thread of control, had 2 requests in progress at once.',
      'Control was handed back to the dispatcher, to wait for events, once.',
      "Context switches of these threads: 3 voluntary (one waited), 2 involuntary (another's turn).",
    ]);
  });

  it('tell of requests that were answered meanwhile, and not that anybody was held up', () => {
    const findings = findingsOf(HELPED);
    expect(findings[0]).toBe('B was answered after 4.0 ms, while the file of A was being read by helpers.');
    expect(findings.join()).not.toContain('served nobody');
  });

  it('tell of workers that were not free, and of the lock', () => {
    const [first, second] = findingsOf(WORKERS);
    expect(first).toBe(
      'The one thread has one request in hand at a time, and waits for the disk itself. For B there was none free for 50 ms.',
    );
    expect(second).toBe('Workers waited once for the lock of the shared cache, 4.0 ms in all.');
  });
});
