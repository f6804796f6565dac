/** The verdict and the claims: what follows from numbers. */
import { describe, expect, it } from 'vitest';
import { judgeClaims } from '../../src/compare/judgement/claims-table.js';
import type { WorkloadResults } from '../../src/compare/results/results.js';
import { shortcomings } from '../../src/compare/results/soundness.js';
import { blocking, configuration, SUITES, usual, workload } from './sample-results.js';

describe('the verdict', () => {
  it('ranks by throughput, says by how much and why, and recommends what was run', () => {
    const { verdict } = usual();
    expect(verdict).toMatchObject({ criterion: 'requestsPerSecond' });
    expect(verdict?.ranking.map(({ name }) => name)).toEqual([
      ...['event/io_uring', 'event/epoll', 'process', 'thread', 'process/shared'],
    ]);
    const [best, second, third] = verdict!.ranking;
    expect(best).toMatchObject({ behind: 1, sentence: 'event/io_uring is best: 200,000 requests/s.' });
    expect(second?.sentence).toMatch(
      /^event\/epoll is 20 % behind: .*; 2 system calls a request, where the best makes 0\.03/,
    );
    expect(third?.sentence).toMatch(/1 context switches a request, where the best has 0\.02/);
    expect(verdict?.recommended).toMatchObject({ command: 'amped site --like event/io_uring', cores: 1 });
    expect(verdict?.recommended?.sentence).toBe('For this workload on one processor: event/io_uring.');
  });

  const point = (configurations: Parameters<typeof workload>[1][0][1]) =>
    workload('site', [[undefined, configurations]]);

  it('calls a tie a tie, and recommends the simplest of those that are tied', () => {
    const { verdict } = point([
      configuration('event/epoll/helpers', { requestsPerSecond: 1010 }, { noise: 0.02 }),
      configuration('event/epoll', { requestsPerSecond: 1000 }, { noise: 0.02 }),
      configuration('thread', { requestsPerSecond: 500 }, { noise: 0.02 }),
    ]);
    expect(verdict?.ranking[1]).toMatchObject({ name: 'event/epoll', tiedWithBest: true });
    expect(verdict?.ranking[2]).toMatchObject({ name: 'thread', tiedWithBest: false });
    expect(verdict?.recommended?.command).toBe('amped site --like event/epoll');
    expect(verdict?.recommended?.sentence).toMatch(/the simplest of 2 that are tied/);
  });

  it('falls back on processor time where the client could not ask for more, and says so', () => {
    const { verdict } = point([
      configuration('event/epoll', { requestsPerSecond: 1000, cpu: 6e-6 }, { bottleneck: 'client' }),
      configuration('thread', { requestsPerSecond: 1001, cpu: 20e-6 }),
    ]);
    expect(verdict?.criterion).toBe('cpu');
    expect(verdict?.criterionReason).toMatch(/of event\/epoll the load client could not ask for more/);
    expect(verdict?.ranking[0]?.name).toBe('event/epoll');
  });

  it('names a better server of another make, and still recommends one of ours', () => {
    const { verdict } = point([
      { ...configuration('nginx', { requestsPerSecond: 2000 }), kind: 'other' },
      configuration('event/epoll', { requestsPerSecond: 1000 }),
    ]);
    expect(verdict?.ranking[0]?.name).toBe('nginx');
    expect(verdict?.recommended?.command).toBe('amped site --like event/epoll');
    expect(verdict?.recommended?.sentence).toMatch(/nginx is better here by 100 %\./);
  });

  describe('on who did not do what was asked', () => {
    const wrong = (name: string, requestsPerSecond: number, errors: number) =>
      configuration(name, { requestsPerSecond, errors });

    it('puts it last with its errors, however fast, and recommends another', () => {
      const { verdict } = point([
        wrong('event/epoll', 9000, 2),
        { ...wrong('nginx', 8000, 1000), kind: 'other' },
        wrong('thread', 500, 1),
        wrong('process', 400, 0),
      ]);
      expect(verdict?.ranking.map(({ name, unsound }) => [name, unsound])).toEqual([
        ...[['thread', undefined] as const, ['process', undefined] as const],
        ...[['event/epoll', 'errors'] as const, ['nginx', 'errors'] as const],
      ]);
      expect(verdict?.ranking[0]?.sentence).toBe('thread is best: 500 requests/s; 5 errors in 5,000 requests.');
      expect(verdict?.ranking[2]?.sentence).toBe(
        'event/epoll comes last, whatever its 9,000 requests/s: 10 errors in 5,000 requests, where one in a thousand is the most.',
      );
      expect(verdict?.recommended?.sentence).toBe('For this workload on one processor: thread.');
    });

    it('calls nobody best when nobody did, and recommends nothing', () => {
      const results = point([wrong('event/epoll', 9000, 1000), wrong('thread', 500, 900)]);
      expect(results.verdict?.recommended).toBeUndefined();
      expect(results.verdict?.ranking.map(({ sentence }) => sentence).join()).not.toMatch(/is best|is tied/);
      expect(shortcomings(results)).toEqual([
        'In the workload site more than one in a thousand requests went wrong with event/epoll, thread.',
      ]);
    });

    it('puts it behind when it failed midway, and says how much of it there is', () => {
      const whole = wrong('event/poll', 9000, 0);
      const lost = { ...whole, failed: true as const, samples: whole.samples.slice(0, 1) };
      const results = point([lost, wrong('thread', 500, 0), wrong('process', 9000, 500)]);
      expect(results.verdict?.ranking.map(({ name }) => name)).toEqual(['thread', 'event/poll', 'process']);
      expect(results.verdict?.ranking[1]?.sentence).toBe(
        'event/poll comes behind the others, since it failed: 9,000 requests/s (1 of 5 repetitions).',
      );
      expect(results.verdict?.recommended?.command).toBe('amped site --like thread');
      expect(shortcomings(results)[1]).toBe('In the workload site not all could be measured of event/poll.');
    });

    it('does not let it decide by what the others are ranked', () => {
      const fast = configuration('thread', { requestsPerSecond: 9, cpu: 1, errors: 999 }, { bottleneck: 'client' });
      expect(point([wrong('event/epoll', 10, 0), fast]).verdict?.criterion).toBe('requestsPerSecond');
    });

    it('recommends nobody who answered wrongly at another value of what is swept', () => {
      const { verdict } = workload('single-file', [
        [0, [wrong('event/epoll', 900, 1000), wrong('thread', 500, 0)]],
        [1024, [wrong('event/epoll', 900, 0), wrong('thread', 500, 0)]],
      ]);
      expect(verdict?.ranking[0]?.name).toBe('event/epoll');
      expect(verdict?.recommended?.command).toBe('amped site --like thread');
      expect(verdict?.summary).toBe('Best by requests/s, by file size: 0 B: thread; 1 KiB: event/epoll.');
    });
  });

  it('of nothing is none', () => {
    const nobody = { ...configuration('event', {}), samples: [], summaries: {} };
    expect(point([nobody]).verdict).toBeUndefined();
  });

  it('of a sweep is about its end, and names the best along the way', () => {
    const at = (value: number, event: number, thread: number) =>
      [
        value,
        [
          configuration('event/epoll', { requestsPerSecond: event }),
          configuration('thread', { requestsPerSecond: thread }),
        ],
      ] as const;
    const { verdict } = workload('single-file', [at(0, 100, 200), at(1024, 300, 200)]);
    expect(verdict).toMatchObject({ at: 1024 });
    expect(verdict?.ranking[0]?.name).toBe('event/epoll');
    expect(verdict?.summary).toBe('Best by requests/s, by file size: 0 B: thread; 1 KiB: event/epoll.');
  });
});

describe('the claims', () => {
  const findings = (workloads: readonly WorkloadResults[], suites = {}) =>
    Object.fromEntries(judgeClaims({ workloads, suites }).map(({ id, finding }) => [id, finding]));

  it('hold where the numbers are as textbooks say', () => {
    const found = findings([usual(), blocking()], SUITES);
    for (const id of [
      ...['process-memory', 'process-switches', 'process-state', 'thread-switches', 'thread-memory'],
      ...['thread-synchronisation', 'event-memory', 'event-switches', 'event-synchronisation'],
      ...['event-blocked', 'event-asynchronous', 'epoll-scales'],
    ]) {
      expect([id, found[id]]).toEqual([id, 'holds']);
    }
  });

  it('do not hold where they are not', () => {
    const site = workload('site', [
      [
        undefined,
        [
          configuration('event/epoll', { cpu: 6e-6, memory: 100, voluntarySwitches: 0.9, lockAcquisitions: 1 }),
          configuration('thread', { cpu: 6e-6, memory: 150, voluntarySwitches: 1, lockAcquisitions: 0 }),
          configuration('process', { cpu: 60e-6, memory: 150, voluntarySwitches: 0.1 }),
          configuration('process/shared', { cpu: 60e-6, memory: 150 }),
        ],
      ],
    ]);
    const slow = workload('blocking', [
      [
        undefined,
        [
          configuration('event/epoll/blocking', { p99: 0.003, longestStall: 0.001 }),
          configuration('event/epoll/helpers', { p99: 0.003 }),
          configuration('thread', { p99: 0.003 }),
        ],
      ],
    ]);
    const [first] = SUITES.switch!.rows;
    const rows = [{ workingSet: 0, thread: first!.process!, process: first!.thread! }];
    const descriptors = {
      ...SUITES.descriptors!,
      rows: SUITES.descriptors!.rows.map((row) => ({ ...row, seconds: first!.thread! })),
    };
    const found = findings([site, slow], { switch: { rows, remarks: [] }, descriptors });
    for (const [id, finding] of Object.entries(found)) {
      if (['process-simple', 'thread-harder'].includes(id)) continue;
      expect([id, finding]).toEqual([id, 'does not hold here']);
    }
  });

  it('cannot be told where nothing was measured of it', () => {
    const found = findings([workload('site', [[undefined, [configuration('event/epoll', { cpu: 1e-6 })]]])]);
    for (const id of ['process-memory', 'thread-switches', 'event-blocked', 'epoll-scales', 'thread-memory']) {
      expect([id, found[id]]).toEqual([id, 'cannot be told']);
    }
  });

  it('compare the memory of as many threads and processes only', () => {
    const site = workload('site', [
      [undefined, [configuration('thread:4', { memory: 50 }), configuration('process:8', { memory: 200 })]],
    ]);
    expect(findings([site])['thread-memory']).toBe('cannot be told');
  });
});
