/** `amped show`, as one runs it, and what it makes of what it is told. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readShowArguments } from '../../src/cli/show/arguments.js';
import { run } from './command.js';

/** Sites that were made for a picture. */
const sites = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('amped-show-'));

const ARCHITECTURES: readonly [
  parameters: string,
  title: string,
  rows: readonly RegExp[],
  findings: readonly RegExp[],
][] = [
  [
    '--model event --disk blocking --dispatcher epoll',
    '--model event --dispatcher epoll --disk blocking',
    [/^ {2}event loop .*A?a{3}/m, /^ {2}A, on disk .*a{5}/m, /^ {2}B, in memory +[-bB]+/m],
    [
      /While the event loop itself waited for the disk \(A and C: \d+ ms\), it\s+served\s+nobody:\s+[BD]/,
      /handed back/,
    ],
  ],
  [
    '--disk helpers --dispatcher epoll',
    '--model event --dispatcher epoll --disk helpers',
    [/^ {2}event loop /m, /^ {4}hands back .*\^/m, /^ {2}helper \d +.*[ac]{3}/m],
    [/being\s+read by\s+helpers/, /requests\s+in progress\s+at once/],
  ],
  [
    '--disk io_uring',
    '--model event --dispatcher io_uring --disk io_uring',
    [/^ {2}kernel, read 1 +.*[ac]{3}/m, /^ {2}kernel, read 2 +.*[ac]{3}/m],
    [/being\s+read by\s+the\s+kernel/],
  ],
  [
    '--model thread',
    '--model thread --workers 2',
    [/^ {2}worker thread 1 .*[ac]{3}/m, /^ {2}worker thread 2 .*[ac]{3}/m],
    [/Each of the 2 threads has one request in hand at a time/],
  ],
  [
    '--model process --workers 1 --requests 2',
    '--model process --workers 1 --shared-cache',
    [/^ {2}worker process 1 .*a{3}/m, /^ {2}B, in memory +-+/m],
    [/The one process has one request in hand at a time/, /For B there was none free/],
  ],
  [
    '--loops 2 --disk blocking --requests 6 --dispatcher poll',
    '--model event --dispatcher poll --disk blocking --loops 2',
    [/^ {2}event loop \d .*[ace]{3}/m, /^ {2}F, in memory /m],
    [/Context\s+switches/],
  ],
];

describe.each(ARCHITECTURES)('amped show %s', (parameters, title, rows, findings) => {
  it('draws who ran and who waited within 80 columns, and says what one sees', async () => {
    const { code, stdout, stderr } = await run(['show', '--disk-latency', '60ms', ...parameters.split(' ')], {
      environment: { NO_COLOR: '1' },
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`\n  ${title}\n`);
    for (const row of rows) expect(stdout).toMatch(row);
    for (const finding of findings) expect(stdout).toMatch(finding);
    expect(stdout).toMatch(/Context\s+switches\s+of\s+these\s+threads:\s+\d+\s+voluntary/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain('\x1b');
  });
});

describe('afterwards', () => {
  it('nothing is left of its site', () => {
    expect(sites()).toEqual([]);
  });
});

describe('its arguments', () => {
  it('show every architecture when none is named', () => {
    const asked = readShowArguments([]);
    if (asked === 'help') throw new Error('no help was asked for');
    expect(asked.architectures.map(({ model, disk, loops }) => [model, disk, loops])).toEqual([
      ['process', 'blocking', 1],
      ['thread', 'blocking', 1],
      ['event', 'blocking', 1],
      ['event', 'helpers', 1],
      ['event', 'io_uring', 1],
      ['event', 'blocking', 2],
    ]);
    expect([asked.requests, asked.latencyMilliseconds, asked.named]).toEqual([4, 20, false]);
  });

  it.each([
    [['--model', 'fork'], '--model must be one of event, process, thread, not "fork".'],
    [['--requests', '0'], '--requests must be a whole number from 1 to 12, not "0".'],
    [['--disk-latency', '2s'], /--disk-latency must be a time from 1ms to 500ms/],
    [['--loops', '9'], '--loops must be at most 8 here, not 9: more are no picture.'],
    [['--workers'], '--workers needs a value; amped show --help says which.'],
    [['--modl', 'event'], 'There is no option --modl of amped show; did you mean --model?'],
    [['--model', 'thread', '--dispatcher', 'epoll'], /^--dispatcher goes with --model event only/],
    [['public'], 'amped show makes a site of its own and takes no public; amped show --help says more.'],
  ])('%j are refused in one sentence', (parameters, sentence) => {
    expect(() => readShowArguments(parameters)).toThrow(sentence);
  });

  it('may ask for help', async () => {
    const { code, stdout } = await run(['show', '--help']);
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'Usage: amped show [OPTIONS]']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
