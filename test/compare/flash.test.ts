/** The suite flash: what it measures, and when a published shape counts as seen. */
import { describe, expect, it } from 'vitest';
import type { WorkloadResults } from '../../src/compare/results/results.js';
import { flashMatches, judgeFlash } from '../../src/compare/suites/flash.js';
import { configuration } from './sample-results.js';

const TIMES = { warmUpSeconds: 0, secondsEach: 1, repetitions: 1 };
const matches = flashMatches(() => TIMES, true);

/** Results of one of its workloads: the rate of each contestant at each value. */
function measured(name: string, rate: (contestant: string, value: number) => number): WorkloadResults {
  const { workload, contestants } = matches.find((match) => match.workload.name === name)!;
  const values = workload.values.length > 0 ? workload.values : [undefined];
  return {
    workload,
    times: TIMES,
    files: { count: 1, bytes: 1 },
    points: values.map((value) => ({
      ...(value !== undefined && { value }),
      configurations: contestants.map((one) =>
        configuration(one.name, { requestsPerSecond: rate(one.name, value ?? 0) }),
      ),
    })),
  };
}

const findings = (results: readonly WorkloadResults[]) =>
  Object.fromEntries(judgeFlash(results).shapes.map(({ id, finding }) => [id, finding]));

describe('the experiments', () => {
  it('are four, and three where the memory of a server cannot be limited', () => {
    const names = ['flash-single-file', 'flash-data-set', 'flash-clients', 'flash-caches'];
    expect(matches.map(({ workload }) => workload.name)).toEqual(names);
    expect(flashMatches(() => TIMES, false).map(({ workload }) => workload.name)).toEqual(
      names.filter((name) => name !== 'flash-data-set'),
    );
  });

  it('leave nobody out who is to be compared', () => {
    for (const { workload, contestants } of matches) {
      const most = {
        ...workload,
        connections: Math.max(workload.connections, ...workload.values.filter((value) => value <= 400)),
      };
      for (const contestant of contestants) expect(contestant.whyNot(most)).toBeUndefined();
    }
  });

  it('go past memory, past 200 clients, and switch the caches off', () => {
    const [, set, clients, caches] = matches;
    expect(set!.workload.fileBytes * Math.max(...set!.workload.values)).toBeGreaterThan(
      1.5 * set!.workload.memoryBytes,
    );
    expect(Math.max(...clients!.workload.values)).toBeGreaterThan(200);
    expect(caches!.contestants.map((one) => one.typed(caches!.workload, 'd'))).toEqual([
      'amped d --dispatcher epoll --disk helpers',
      'amped d --dispatcher epoll --disk helpers --cached-file-bytes 0',
      'amped d --dispatcher epoll --disk helpers --cached-file-bytes 0 --open-files 1',
    ]);
  });
});

describe('the published shapes', () => {
  const declining = (name: string, clients: number) => {
    if (clients <= 200 || name.startsWith('event')) return 1000;
    return name === 'thread' ? 800 : 600;
  };
  const cached = (name: string) => (name === 'all caches' ? 1000 : name === 'no caches' ? 500 : 700);

  it('are seen where the numbers have them', () => {
    const found = findings([
      measured('flash-single-file', (name) => (name.startsWith('event') ? 1000 : 900)),
      measured('flash-data-set', (name) => (name.endsWith('blocking') ? 100 : 1000)),
      measured('flash-clients', declining),
      measured('flash-caches', cached),
    ]);
    expect(new Set(Object.values(found))).toEqual(new Set(['reproduced']));
  });

  it('are not where they have not', () => {
    const found = findings([
      measured('flash-single-file', (name) => (name.startsWith('event') ? 1000 : 200)),
      measured('flash-data-set', (name) => (name === 'thread' ? 1000 : 500)),
      measured('flash-clients', () => 1000),
      measured('flash-caches', () => 1000),
    ]);
    expect(new Set(Object.values(found))).toEqual(new Set(['not reproduced']));
  });

  it('cannot be told where nothing was measured', () => {
    expect(new Set(Object.values(findings([])))).toEqual(new Set(['cannot be told']));
  });
});
