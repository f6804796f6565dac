/** The suite flash: what it measures, and when a published shape counts as seen. */
import { describe, expect, it } from 'vitest';
import type { WorkloadResults } from '../../src/compare/results/results.js';
import { flashMatches, judgeFlash } from '../../src/compare/suites/flash.js';
import { configuration, type Numbers } from './sample-results.js';

const TIMES = { warmUpSeconds: 0, secondsEach: 1, repetitions: 1 };
const matches = flashMatches(() => TIMES, true);

interface Circumstances {
  readonly bottleneck?: 'client' | 'server';
  readonly warm?: boolean;
}

/** Results of one of its workloads: what each contestant has at each value, its rate or all its numbers. */
function measured(
  name: string,
  of: (contestant: string, value: number) => number | (Numbers & Circumstances),
): WorkloadResults {
  const { workload, contestants } = matches.find((match) => match.workload.name === name)!;
  const values = workload.values.length > 0 ? workload.values : [undefined];
  return {
    workload,
    times: TIMES,
    files: { count: 1, bytes: 1 },
    points: values.map((value) => ({
      ...(value !== undefined && { value }),
      configurations: contestants.map((one) => {
        const given = of(one.name, value ?? 0);
        const { bottleneck, warm, ...numbers } = typeof given === 'number' ? { requestsPerSecond: given } : given;
        return configuration(one.name, numbers, { ...(bottleneck && { bottleneck }), ...(warm === false && { warm }) });
      }),
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

  it('give engines time to become warm where servers are started anew, unless somebody says how long', () => {
    const set = (all: typeof matches) => all.find(({ workload }) => workload.name === 'flash-data-set')!.times;
    expect(set(flashMatches(() => ({ ...TIMES, mostWarmUpSeconds: 8 }), true)).mostWarmUpSeconds).toBe(30);
    expect(set(matches).mostWarmUpSeconds).toBeUndefined();
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
      'amped DIRECTORY --dispatcher epoll --disk helpers',
      'amped DIRECTORY --dispatcher epoll --disk helpers --cached-file-bytes 0',
      'amped DIRECTORY --dispatcher epoll --disk helpers --cached-file-bytes 0 --open-files 1',
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

  const shape = (id: string, results: WorkloadResults) => judgeFlash([results]).shapes.find((one) => one.id === id)!;

  it('are judged by requests/s, and by processor time only where the client limited one of those that are compared', () => {
    // As it once was: event loops as fast as the client, threads and processes with many clients slow and getting slower.
    const clients = measured('flash-clients', (name, value) => {
      if (name.startsWith('event')) return { requestsPerSecond: 50_000, cpu: value / 1e7, bottleneck: 'client' };
      const [before, after, cpu] = name === 'thread' ? [2700, 1500, 0.92] : [880, 690, 0.73];
      return { requestsPerSecond: value <= 200 ? before : after, cpu: value <= 200 ? 5e-4 : 5e-4 / cpu };
    });
    expect(shape('clients', clients)).toMatchObject({
      finding: 'not reproduced',
      measured:
        'threads keep 56 %, processes 78 % (by requests/s); event-driven 50 % (by processor time a request, since of event/epoll/helpers the client could not ask for more)',
    });
    const sizes = measured('flash-single-file', (name, value) => {
      const event = name.startsWith('event');
      if (value > 8192) return event ? 1000 : 900;
      return event
        ? { requestsPerSecond: 800, cpu: 1e-5, bottleneck: 'client' }
        : { requestsPerSecond: 1000, cpu: 1.9e-5 };
    });
    expect(shape('close', sizes)).toMatchObject({
      finding: 'reproduced',
      measured:
        'at most 1.90 times as fast; threads or processes are ahead at 0 of 6 sizes (by processor time a request at 2 of 6 sizes, where the client could not ask for more, and else by requests/s)',
    });
    const onDisk = measured('flash-data-set', () => ({ requestsPerSecond: 500, cpu: 1, bottleneck: 'client' }));
    expect(shape('collapse', onDisk).measured).toBe(
      '100 % of it (by requests/s, though of event/epoll/blocking and event/epoll/helpers the client could not ask for more)',
    );
  });

  it('cannot be told where somebody who is compared was cold', () => {
    const set = measured('flash-data-set', (name) => ({ requestsPerSecond: 500, warm: name !== 'thread' }));
    expect(shape('asynchronous', set)).toMatchObject({
      finding: 'cannot be told',
      measured: 'thread had not compiled the code of all engines when measured (--warm-up gives it longer)',
    });
    expect(shape('collapse', set).finding).toBe('not reproduced');
    const clients = measured('flash-clients', (name, value) => ({
      requestsPerSecond: declining(name, value),
      warm: name.startsWith('event') || value < 400,
    }));
    expect(shape('clients', clients)).toMatchObject({
      finding: 'cannot be told',
      measured: expect.stringMatching(/^thread and process had not/),
    });
  });

  it('cannot be told where nothing was measured', () => {
    expect(new Set(Object.values(findings([])))).toEqual(new Set(['cannot be told']));
  });
});
