/** The command line of amped compare: its help, and what is refused before anything is measured. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run as compareRun } from '../../src/cli/compare.js';
import { compareHelp, listText, wishesOf } from '../../src/cli/compare-wishes.js';
import { COMPARE_FLAGS } from '../../src/config/compare-flags.js';
import { readFlags } from '../../src/config/subcommand-flags.js';

const empty = mkdtempSync(join(tmpdir(), 'amped-empty-'));
const written = mkdtempSync(join(tmpdir(), 'amped-written-'));
afterAll(() => {
  for (const folder of [empty, written]) rmSync(folder, { recursive: true });
});

it('the help has every flag, and no line is too long', () => {
  const help = compareHelp();
  for (const name of Object.keys(COMPARE_FLAGS)) expect(help).toContain(`--${name}`);
  expect(help.split('\n').filter((line) => line.length > 110)).toEqual([]);
});

it('the list has the workloads and the servers', () => {
  const text = listText();
  for (const name of ['site', 'trace', 'wan', 'nginx', 'apache-prefork', 'lighttpd', 'node-http', 'serve']) {
    expect(text).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  }
  // What stands behind the names begins in one column.
  const columns = text.match(/^ {2}\S+ +/gm)!.map((start) => start.length);
  expect(new Set(columns).size).toBe(1);
});

it('what is asked for is understood', () => {
  const words =
    '. --workload site,idle --architectures thread:4 --with nginx --suite descriptors --seconds 2s --processors 3 --full --log x --log-speed 2.5';
  expect(wishesOf(readFlags('compare', COMPARE_FLAGS, words.split(' ')))).toEqual({
    ...{ directory: '.', workloads: ['site', 'idle'], architectures: ['thread:4'], others: ['nginx'] },
    ...{ suites: ['descriptors'], pace: 'full', seconds: 2, processors: 3, log: 'x', logSpeed: 2.5 },
  });
});

describe('one sentence says what is wrong with', () => {
  it.each([
    [['nowhere'], 'DIR must be a directory, not "nowhere".'],
    [['package.json'], 'DIR must be a directory, not "package.json".'],
    [['.', '..'], 'amped compare takes one directory, not 2 (., ..).'],
    [['--quik'], 'There is no option --quik of amped compare; did you mean --quick?'],
    [['--seconds'], /^--seconds needs a value: a time from 100ms to 1h/],
    [['--seconds', '3'], /^--seconds must be a time .*, not "3"\.$/],
    [['--log-speed', '0'], '--log-speed must be a number from 0.01 to 100000, not "0".'],
    [['--log-speed', '2'], /^--log-speed goes with requests that are made when a log says: /],
    [
      ['--workload', 'trace'],
      /^The workload trace makes the requests of an access log again: --log FILE says of which\.$/,
    ],
    [['--repetitions', '0'], '--repetitions must be a whole number from 1 to 1000, not "0".'],
    [['--processors', '0'], '--processors must be a whole number from 1 to 1024, not "0".'],
    [
      ['--processors', '1024'],
      /^--processors must be at most \d+, the number of those that may be used here, not 1024\.$/,
    ],
    [['--quick', '--full'], '--quick and --full do not go together.'],
    [['--suite', 'swich'], 'There is no suite swich; did you mean switch?'],
    [['--workload', 'stie'], 'There is no workload stie; did you mean site?'],
    [['--architectures', 'event/kqueue'], /"event\/kqueue" is no architecture: the dispatchers are/],
    [['--with', 'ngnix'], '--with knows no ngnix; did you mean nginx?'],
    [['--against', 'nowhere.json'], 'The results nowhere.json cannot be read: there is no such file.'],
    [['--from', 'nowhere.json'], 'The results nowhere.json cannot be read: there is no such file.'],
    [['--json', '/nowhere/at/all.json'], /^\/nowhere\/at\/all\.json cannot be written: /],
    [
      ['--from', 'docs/results/site.json', '--json', '/nowhere/at/all.json'],
      /^\/nowhere\/at\/all\.json cannot be written: /,
    ],
    [['--workload', ''], '--workload needs a value: a list of workloads, each by its name (--list) or its file.'],
    [['--architectures='], /^--architectures needs a value: /],
    [['--with', ''], '--with needs a value: a list of servers (--list).'],
    [['--suite', ''], '--suite needs a value: a list of switch, descriptors, flash.'],
    [
      ['--workload', 'trace', '--log', 'nowhere.log'],
      /^The access log .*\/nowhere\.log cannot be read: it does not exist\.$/,
    ],
  ])('%j', async (words, sentence) => {
    await expect(compareRun(words)).rejects.toThrow(sentence);
  });

  it('what is refused leaves no file behind, and one that was there as it was', async () => {
    const [fresh, old] = ['fresh.json', 'old.json'].map((name) => join(written, name)) as [string, string];
    writeFileSync(old, 'old');
    const words = ['--json', fresh, '--csv', old, '--workload', 'nonsense'];
    await expect(compareRun(words)).rejects.toThrow('There is no workload nonsense;');
    expect(readdirSync(written)).toEqual(['old.json']);
    expect(readFileSync(old, 'utf8')).toBe('old');
  });

  it('a directory without a file to ask for', async () => {
    await expect(compareRun([empty])).rejects.toThrow(`There is no file to ask for in ${empty}`);
  });
});
