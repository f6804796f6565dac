/** How many processors a server gets, who shares them, and what is said of it: by hand, and of a real comparison. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/compare/configuration.js';
import { verdictOn } from '../../src/compare/judgement/verdict.js';
import { allowedCores, areShared, chooseCores } from '../../src/compare/measurement/cores.js';
import { orderOf, processorRemarks } from '../../src/compare/processors.js';
import type { Results } from '../../src/compare/results/results.js';
import { testbedText } from '../../src/compare/results/testbed.js';
import { run } from '../cli/command.js';
import { configuration, TESTBED, workload } from './sample-results.js';

describe('the processors of servers and client', () => {
  it.each([
    [1, [0, 1, 2, 3], [0], [3]],
    [3, [0, 1, 2, 3], [0, 1, 2], [3]],
    [4, [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]],
    [2, [4, 6], [4, 6], [4, 6]],
    [1, [5], [5], [5]],
  ])('%i of %j', (processors, allowed, server, client) => {
    expect(chooseCores(processors, allowed, true)).toEqual({ server, client });
  });

  it('are refused where there are fewer, or none can be kept for somebody', () => {
    expect(() => chooseCores(3, [0, 1], true)).toThrow(
      '--processors must be at most 2, the number of those that may be used here, not 3.',
    );
    expect(() => chooseCores(2, [0, 1], false)).toThrow(/^--processors needs taskset/);
    expect(chooseCores(1, [0, 1], false)).toEqual({ server: [], client: [] });
  });

  it('are shared where the client has none of its own', () => {
    expect(areShared({ server: [0, 1], client: [0, 1] })).toBe(true);
    expect(areShared({ server: [0, 1], client: [2] })).toBe(false);
    expect(areShared({ server: [], client: [] })).toBe(false);
  });
});

describe('what is said of them', () => {
  const remarks = (server: number[], client: number[], asked?: number, names: string[] = []): string[] =>
    processorRemarks({
      ...{ cores: { server, client }, usable: 4, asked },
      configurations: names.map(readConfiguration),
    });

  it('who shares them, who has fewer than there are, and who has more loops than these', () => {
    expect(remarks([0, 1, 2, 3], [0, 1, 2, 3], 4)).toEqual([
      'Servers and load client shared all 4 processors: what the client took the servers did not have.',
    ]);
    expect(remarks([0], [3])).toEqual([
      'Each server had one of 4 processors: --processors 3 compares with more of them, and with loops.',
    ]);
    expect(remarks([0], [3], 1, ['event/epoll', 'event/epoll/auto:2', 'thread:16'])).toEqual([
      'event/epoll/auto:2 had 2 loops on one processor: --processors says how many processors each server gets.',
    ]);
    expect(remarks([0, 1], [3], 2, ['event/epoll:2'])).toEqual([]);
  });

  it('how they were measured', () => {
    expect(orderOf({ server: [0], client: [1] })).toMatch(
      /^Each server was started fresh and had a processor of its own;/,
    );
    expect(orderOf({ server: [0, 1], client: [2] })).toMatch(/ and had 2 processors of its own;/);
    expect(orderOf({ server: [0, 1], client: [0, 1] })).toMatch(/ and had 2 processors, which the load client shared;/);
    expect(orderOf({ server: [], client: [] })).toMatch(/^Each server was started fresh; then/);
  });

  it('the testbed', () => {
    expect(testbedText(TESTBED)).toContain('the server had processor 0, the client 1');
    const several = { ...TESTBED, serverCores: [0, 1], clientCores: [0, 1] };
    expect(testbedText(several)).toContain('server and client shared processors 0, 1');
  });
});

describe('the verdict', () => {
  const results = (bottleneck: 'client' | 'server') =>
    workload('site', [
      [
        undefined,
        [
          configuration('event/epoll:2', { requestsPerSecond: 1010, cpu: 7e-6 }, { noise: 0.02, bottleneck }),
          configuration('event/epoll', { requestsPerSecond: 1000, cpu: 6e-6 }, { noise: 0.02, bottleneck }),
        ],
      ],
    ]);
  const on = (serverCores: number[], clientCores: number[], bottleneck: 'client' | 'server' = 'server') =>
    verdictOn(results(bottleneck), { ...TESTBED, processors: 8, serverCores, clientCores });

  it('is for as many processors as the servers had', () => {
    expect(on([0, 1], [7])?.recommended).toMatchObject({
      cores: 2,
      sentence: expect.stringMatching(/^For this workload on 2 processors: /),
    });
    expect(on([0, 1], [0, 1])?.recommended).toMatchObject({
      cores: 2,
      sentence: expect.stringMatching(/^For this workload on 2 processors that the load client shared: /),
    });
    expect(on([], [])?.recommended).toMatchObject({ cores: 8 });
  });

  it('of those that are tied it has the one without a number of loops', () => {
    expect(on([0, 1], [7])?.recommended?.command).toBe('amped site --like event/epoll');
  });

  it('where the client could not ask for more it says what that does not show', () => {
    const not = 'What 2 processors are worth this does not show: one loop uses one of them.';
    expect(on([0, 1], [7], 'client')?.criterionReason).toContain(not);
    expect(on([0], [7], 'client')?.criterionReason).not.toContain('worth');
    expect(on([0, 1], [7])?.criterionReason).not.toContain('worth');
  });
});

it('a comparison with all processors compares as many loops, and says that the client shared them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'amped-processors-'));
  const json = join(folder, 'results.json');
  const easy = join(folder, 'easy.json');
  const all = allowedCores();
  writeFileSync(easy, JSON.stringify({ name: 'easy', arrivals: 'constant', requestsPerSecond: 100 }));
  const words = `--workload ${easy} --processors ${all.length} --quick --seconds 100ms --warm-up 0s --repetitions 1`;
  const { stdout } = await run(['compare', 'examples/site', '--json', json, ...words.split(' ')], {});
  const { testbed, workloads, command } = JSON.parse(readFileSync(json, 'utf8')) as Results;
  rmSync(folder, { recursive: true });
  expect(testbed).toMatchObject({ serverCores: all, clientCores: all });
  expect(command).toContain(`--processors ${all.length}`);
  const [{ points, verdict } = { points: [], verdict: undefined }] = workloads;
  const loops = points.flatMap(({ configurations }) => configurations.map(({ workers }) => workers));
  expect(Math.max(...loops)).toBeGreaterThanOrEqual(all.length);
  expect(verdict?.recommended?.cores).toBe(all.length);
  expect(stdout).toMatch(/that\s+the\s+load\s+client\s+shared/);
});
