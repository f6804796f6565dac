/** What has changed since an earlier comparison, and what must be known beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Against, changesBetween, changesText, namesIn, requireCommon } from '../../src/compare/report/changes.js';
import { markdownText } from '../../src/compare/report/markdown.js';
import { terminalText } from '../../src/compare/report/terminal.js';
import type { Results, Suites, WorkloadResults } from '../../src/compare/results/results.js';
import { judgeFlash } from '../../src/compare/suites/flash.js';
import { run } from '../cli/command.js';
import { blocking, configuration, results, SUITES, usual, workload } from './sample-results.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-changes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LOOK = { width: 100, coloured: false, blocks: false };
const site = (...rates: readonly (readonly [name: string, rate: number])[]): WorkloadResults =>
  workload('site', [[undefined, rates.map(([name, requestsPerSecond]) => configuration(name, { requestsPerSecond }))]]);
const before = results([site(['event/epoll', 1000], ['thread', 500])]);
const against = (earlier: Results, later: Results): Against => ({
  file: 'old.json',
  changes: changesBetween(earlier, later),
});

describe('what was not alike is said', () => {
  const [only] = before.workloads;
  const other = (changes: Partial<WorkloadResults>, whole: Partial<Results> = {}): readonly string[] =>
    changesBetween(before, { ...before, ...whole, workloads: [{ ...only!, ...changes }] }).differences;

  it('nothing, where nothing was', () => {
    expect(other({})).toEqual([]);
  });

  it('of what was asked, of what was served, and for how long', () => {
    expect(other({ workload: { ...only!.workload, connections: 64, thinkMilliseconds: 5 } })).toEqual([
      'site: connections was 16 and is 64',
      'site: think was 0 and is 5',
    ]);
    expect(other({ files: { count: 4, bytes: 2048 } })).toEqual([
      'site: what was served was 3 files of 2.93 KiB and is 4 files of 2 KiB',
    ]);
    expect(other({ times: { ...only!.times, repetitions: 2 } })[0]).toMatch(
      /^site: its measurement was 5 .* and is 2 rep/,
    );
    expect(other({ slowLines: 'Paced.' })).toEqual(['site: slow lines was none and is Paced.']);
  });

  it('of versions and of the testbed', () => {
    const testbed = { ...before.testbed, memoryBytes: 2 ** 34, others: { nginx: '1.24' } };
    const earlier = { ...before, testbed: { ...before.testbed, others: { nginx: '1.22', serve: '14' } } };
    const { differences } = changesBetween(earlier, { ...before, version: '0.2.0', testbed });
    expect(differences).toEqual([
      'Amped was 0.1.0 and is 0.2.0',
      'memory was 8 GiB and is 16 GiB',
      'nginx was 1.22 and is 1.24',
    ]);
  });
});

describe('what only one of them has is said', () => {
  it('workloads, configurations and suites', () => {
    const after = results([site(['event/epoll', 1000], ['process', 500]), blocking()], SUITES);
    const { onlyBefore, onlyAfter } = changesBetween(before, after);
    expect(onlyBefore).toEqual(['site with thread']);
    expect(onlyAfter).toEqual(['site with process', 'blocking', 'suite switch', 'suite descriptors']);
    expect(changesText(changesBetween(before, after), 'old.json')).toContain('  Only before: site with thread.\n');
  });
});

describe('what is concluded otherwise is said', () => {
  const findings = (later: readonly WorkloadResults[], suites: Suites = {}, earlier = before): readonly string[] =>
    changesBetween(earlier, results(later, suites)).findings;

  it('who is best, and who is recommended', () => {
    expect(findings([site(['event/epoll', 500], ['thread', 1000])])).toEqual([
      'The best of site was event/epoll and is thread.',
      'For site event/epoll was recommended, and thread is.',
    ]);
    expect(findings([site(['event/epoll', 1000], ['thread', 1001])])).toEqual([]);
    expect(findings([workload('site', [[undefined, []]])])[0]).toBe('site had a verdict and has none.');
  });

  it('by what they are ranked', () => {
    const limited = workload('site', [
      [undefined, [configuration('event/epoll', { requestsPerSecond: 1000, cpu: 1e-6 }, { bottleneck: 'client' })]],
    ]);
    expect(findings([limited])[0]).toBe('site was ranked by requests/s and is by CPU/request.');
  });

  it('claims, and shapes of Flash', () => {
    const flash = { flash: judgeFlash([]) };
    const shape = { ...flash.flash.shapes[0]!, finding: 'reproduced' as const };
    const earlier = results([usual()], { flash: { shapes: [shape] } });
    expect(findings([usual()], flash, earlier)).toEqual([`${shape.published} Was: reproduced; is: cannot be told.`]);
    const claims = before.claims.map((claim) => ({ ...claim, finding: 'holds' as const }));
    expect(findings([before.workloads[0]!], {}, { ...before, claims })).toEqual(
      expect.arrayContaining([expect.stringMatching(/Was: holds; is: cannot be told\.$/)]),
    );
  });
});

it('the numbers of suites are compared as well', () => {
  const slower = structuredClone(SUITES) as { switch: { rows: { thread: { median: number } }[] } } & Suites;
  Object.assign(slower.switch.rows[0]!.thread, { median: 9e-6, lower: 9e-6, upper: 9e-6 });
  const { compared, changed } = changesBetween(results([], SUITES), results([], slower));
  expect(compared).toBe(9 + 16);
  expect(changed).toMatchObject([{ workload: 'switch', at: '0 B', configuration: 'thread', better: false }]);
  expect(changesText(changesBetween(results([], SUITES), results([], slower)), 'old.json')).toMatch(
    / {2}worse {3}switch, 0 B, thread: one change 500 ns -> 9 us \(\+1700 %\)/,
  );
});

describe('where nothing is common', () => {
  it('that is refused, with what there is', () => {
    expect(() => requireCommon(before, 'old.json', namesIn(results([blocking()])))).toThrow(
      '--against old.json: nothing of it is measured here, so that nothing can be compared. It has site (event/epoll, thread).',
    );
    expect(() => requireCommon(results([]), 'old.json', namesIn(before))).toThrow(/It has nothing\.$/);
    expect(() => requireCommon(before, 'old.json', namesIn(results([usual()])))).not.toThrow();
    expect(() => requireCommon(results([], SUITES), 'o', namesIn(results([usual()], SUITES)))).not.toThrow();
  });

  it('before anything is measured', async () => {
    const file = join(folder, 'blocking.json');
    writeFileSync(file, JSON.stringify(results([blocking()])));
    const words = ['compare', 'examples/site', '--workload', 'site', '--against', file];
    const { code, stdout, stderr } = await run(words);
    expect([code === 0, stdout]).toEqual([false, '']);
    expect(stderr).toContain('nothing of it is measured here');
  });
});

describe('it is told', () => {
  const later = results([site(['event/epoll', 2000], ['thread', 500])]);

  it('in the terminal before the command, which comes last', () => {
    const text = terminalText(later, LOOK, against(before, later));
    expect(text.indexOf('Against old.json: 2 numbers compared, 1 changed.')).toBeGreaterThan(
      text.indexOf('Measured on'),
    );
    expect(text.trimEnd().endsWith('For the workload site:\n  amped site --like event/epoll')).toBe(true);
  });

  it('in the Markdown', () => {
    const text = markdownText(later, against(before, later));
    expect(text).toContain('## What has changed');
    expect(text).toMatch(/^\| site, event\/epoll \| requests\/s \| +1,000 \| 2,000 \| \+100 % \| better \|$/m);
    expect(markdownText(later)).not.toContain('## What has changed');
  });

  it('also where the standard output is taken by something else', async () => {
    const [old, now] = ['old.json', 'now.json'].map((name) => join(folder, name)) as [string, string];
    writeFileSync(old, JSON.stringify(before));
    writeFileSync(now, JSON.stringify(later));
    const csv = await run(['compare', '--from', now, '--against', old, '--csv', '-']);
    expect(csv.stdout).toMatch(/^workload,/);
    expect(csv.stderr).toContain('2 numbers compared, 1 changed.');
    const markdown = await run(['compare', '--from', now, '--against', old, '--markdown', '-']);
    expect([markdown.stdout.includes('## What has changed'), markdown.stderr]).toEqual([true, '']);
  });
});
