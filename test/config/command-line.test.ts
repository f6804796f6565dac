/** Arguments and environment in, options or one sentence out. */
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommandLine, resolveOptions } from '../../src/config/command-line.js';
import { helpText } from '../../src/config/help.js';
import type { Option } from '../../src/config/option.js';
import { OptionError } from '../../src/config/option-error.js';
import { defaultOptions, GROUPS, OPTION_NAMES, OPTIONS } from '../../src/config/options.js';

const LISTEN =
  'PORT, HOST:PORT, [IPV6]:PORT or unix:/PATH?mode=MODE (such as 8080, 0.0.0.0:8080, [::1]:8080 or unix:/run/amped.sock?mode=660)';

describe('the command line', () => {
  it('serves the current directory when nothing is said', () => {
    expect(readCommandLine([], {})).toMatchObject({
      command: 'serve',
      configuration: undefined,
      options: { ...defaultOptions(), root: process.cwd() },
    });
  });

  it.each([
    [['--port', '8080'], { port: 8080 }],
    [['--port=8080'], { port: 8080 }],
    [['-p', '8080'], { port: 8080 }],
    [['-p8080'], { port: 8080 }],
    [['-p', '1', '-p', '2'], { port: 2 }],
    [['--host', '[::1]'], { host: '::1' }],
    [['-l', '8080'], { listen: ['8080'] }],
    [['-l', '8080', '--host', '::'], { host: '::', listen: ['8080'] }],
    [
      ['-l', '0.0.0.0:0', '--listen', 'unix:/a,b?mode=660', '-l0.0.0.0:0'],
      { listen: ['0.0.0.0:0', 'unix:/a,b?mode=660', '0.0.0.0:0'] },
    ],
    [['--user', 'www-data:www-data'], { user: 'www-data:www-data' }],
    [['--min-body-rate', '1KiB', '--min-send-rate', '0'], { minBodyRate: 1024, minSendRate: 0 }],
    [
      ['--model', 'event', '--dispatcher', 'io_uring', '--disk', 'blocking'],
      { dispatcher: 'io_uring', disk: 'blocking' },
    ],
    [['--cache-bytes', '64MiB', '--cached-file-bytes', '1MiB'], { cacheBytes: 67_108_864, cachedFileBytes: 1_048_576 }],
    [
      ['--header-timeout', '500ms', '--drain-timeout', '0'],
      { headerTimeoutMilliseconds: 500, drainTimeoutMilliseconds: 0 },
    ],
    [[tmpdir()], { root: tmpdir() }],
    [['-p', '1', tmpdir()], { root: tmpdir(), port: 1 }],
    [[tmpdir(), '-p', '1'], { root: tmpdir(), port: 1 }],
    [['--', tmpdir()], { root: tmpdir() }],
  ])('%j means %o', (argv, options) => {
    expect(resolveOptions(argv, {})).toEqual({ ...defaultOptions(), root: process.cwd(), ...options });
  });

  it('wins over the environment, which wins over the defaults', () => {
    expect(resolveOptions([], { PORT: '81', HOST: '::' })).toMatchObject({ port: 81, host: '::' });
    expect(resolveOptions(['-p', '82'], { PORT: '81', HOST: '::' })).toMatchObject({ port: 82, host: '::' });
    expect(resolveOptions(['-l', '[::1]:83'], { PORT: '81', HOST: '::' })).toMatchObject({
      port: 81,
      listen: ['[::1]:83'],
    });
    expect(resolveOptions([], { PORT: '', HOST: '' })).toMatchObject({ port: 3000, host: '127.0.0.1' });
  });

  it.each([
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['-v'], 'version'],
    [['--version'], 'version'],
    [['nowhere', '--port', 'x', '--help'], 'help'],
  ])('%j asks for %s, whatever else it says', (argv, command) => {
    expect(readCommandLine(argv, { PORT: 'x' })).toEqual({ command });
  });

  it.each([
    [['--port', 'http'], '--port must be a whole number from 0 to 65535, not "http".'],
    [['-p', '65536'], '--port must be a whole number from 0 to 65535, not "65536".'],
    [['--port='], '--port must be a whole number from 0 to 65535, not "".'],
    [['--port=-1'], '--port must be a whole number from 0 to 65535, not "-1".'],
    [['--port'], '--port needs a value: a whole number from 0 to 65535.'],
    [['-p'], '--port needs a value: a whole number from 0 to 65535.'],
    [['--port', '--host', '::'], '--port needs a value: a whole number from 0 to 65535.'],
    [['--listen'], `--listen needs a value: ${LISTEN}.`],
    [['-l', 'here'], `--listen must be ${LISTEN}, not "here".`],
    [['-l', '80', '-l', 'unix:here'], `--listen must be ${LISTEN}, not "unix:here".`],
    [['-l', '[::]:80', '-l', '80', '-l', '[::]:80'], '--listen names [::]:80 twice.'],
    [
      ['--user', 'a b'],
      '--user must be a user, or a user and a group (such as www-data or www-data:www-data), not "a b".',
    ],
    [['--host', '1.2.3'], '--host must be an IP address or a host name, not "1.2.3".'],
    [['--model', 'fiber'], '--model must be one of event, process, thread, not "fiber".'],
    [['--loops', 'many'], '--loops must be a whole number from 1 to 256, or auto, not "many".'],
    [['--shared-cache=yes'], '--shared-cache takes no value.'],
    [
      ['--inject', 'rain=1s'],
      '--inject must be a list of worker-throw=TIME, disk-latency=TIME, disk-error=PERCENT and helper-crash=PERCENT (such as disk-latency=20ms,disk-error=1%), not "rain=1s".',
    ],
    [
      ['--model', 'thread', '--dispatcher', 'auto'],
      '--dispatcher goes with --model event only; the workers of the thread model wait in blocking system calls and always share one cache.',
    ],
    [['--dispatcher', 'kqueue'], '--dispatcher must be one of auto, select, poll, epoll, io_uring, not "kqueue".'],
    [['--disk', 'fast'], '--disk must be one of auto, blocking, helpers, io_uring, not "fast".'],
    [
      ['--cache-bytes', '12XB'],
      '--cache-bytes must be a number of bytes from 1MiB to 1GiB (such as 65536, 64KiB or 1MiB), not "12XB".',
    ],
    [
      ['--cache-bytes', '1MiB', '--cached-file-bytes', '2MiB'],
      '--cached-file-bytes must be at most 1MiB, which is --cache-bytes, not 2MiB.',
    ],
    [
      ['--header-timeout', '20'],
      '--header-timeout must be a time from 1ms to 1h with its unit (such as 500ms, 20s or 5min), not "20".',
    ],
    [['--max-connections', '0'], '--max-connections must be a whole number from 1 to 1048576, not "0".'],
    [['--prot', '80'], 'There is no option --prot; did you mean --port?'],
    [['--max-header-byte', '80'], 'There is no option --max-header-byte; did you mean --max-header-bytes?'],
    [['--toString'], 'There is no option --toString; amped --help lists them all.'],
    [['--__proto__'], 'There is no option --__proto__; amped --help lists them all.'],
    [['-z'], 'There is no option -z; amped --help lists them all.'],
    [['--help=yes'], '--help takes no value.'],
    [['a', 'b'], 'amped serves one directory, not 2 (a, b).'],
    [[''], 'DIR must be an existing directory, not "".'],
    [['/dev/null'], 'DIR must be an existing directory, not "/dev/null".'],
  ])('%j is refused', (argv, sentence) => {
    expect(() => readCommandLine(argv, {})).toThrow(new OptionError(sentence));
  });

  it('names the variable when the environment is wrong', () => {
    const sentence = 'The environment variable PORT must be a whole number from 0 to 65535, not "http".';
    expect(() => resolveOptions([], { PORT: 'http' })).toThrow(new OptionError(sentence));
    expect(resolveOptions(['-p', '80'], { PORT: 'http' }).port).toBe(80);
  });

  it('is options or one sentence, whatever it says', () => {
    const flags = OPTION_NAMES.map((name) => `--${OPTIONS[name].flag}`);
    const word = fc.oneof(
      fc.constantFrom(...flags, '-p', '-l', '-h', '--', '-', '.'),
      fc.string(),
      fc.nat().map(String),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        try {
          expect(['serve', 'help', 'version']).toContain(readCommandLine(argv, {}).command);
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
          expect((error as Error).message).toMatch(/[.?]$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the help text', () => {
  /** The lines that tell of a flag. */
  const about = (names: string): string => {
    const [, entry = ''] = helpText().split(new RegExp(`\\n(?=[^\\n]*${names.replace(/[[\]]/g, '\\$&')}(?: |$))`, 'm'));
    return (entry.split(/\n(?! {30})/)[0] as string).replace(/\s+/g, ' ');
  };

  it('tells of every option, with its letter, variable and default, under the heading of its group', () => {
    for (const { heading, names } of GROUPS) {
      const [, group = ''] = helpText().split(`\n\n${heading}:\n`);
      for (const name of names.filter((candidate) => candidate !== 'root')) {
        const { flag, short, environment, kind, initial }: Option<unknown> = OPTIONS[name];
        const names = `--${flag}${kind.placeholder === '' ? '' : ` ${kind.placeholder}`}`;
        const said = about(names);
        expect(group.split('\n\n')[0]).toContain(names);
        if (kind.placeholder !== '' && kind.write(initial) !== '') expect(said).toContain(`(${kind.write(initial)}`);
        if (short !== undefined) expect(said).toContain(` -${short}, `);
        if (environment !== undefined) expect(said).toContain(`$${environment}`);
      }
    }
    for (const names of ['-l, --listen ADDRESS', '-c, --config FILE', '-h, --help', '-v, --version']) {
      expect(helpText()).toContain(`\n  ${names} `);
    }
  });

  it('fits a terminal of 100 columns, with the descriptions in one column', () => {
    const lines = helpText().split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    const starts = lines.filter((line) => /^ {2,6}-\S+ .* {2}\w/.test(line)).map((line) => line.search(/(?<= {2})\w/));
    expect(new Set(starts).size).toBe(1);
  });
});
