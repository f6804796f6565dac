/** The verdict and the claims: what follows from numbers. */
import { describe, expect, it } from 'vitest';
import { judgeClaims } from '../../src/compare/judgement/claims-table.js';
import type { WorkloadResults } from '../../src/compare/results/results.js';
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

  it('says of two the same distance in every sentence', () => {
    const { verdict } = point([
      { ...configuration('nginx', { requestsPerSecond: 1440 }), kind: 'other' },
      configuration('event/epoll', { requestsPerSecond: 1000 }),
    ]);
    expect(verdict?.ranking[1]?.sentence).toMatch(/^event\/epoll is 44 % behind: /);
    expect(verdict?.recommended?.sentence).toMatch(/nginx is better here by 44 %\./);
    const { verdict: far } = point([
      { ...configuration('nginx', { p99: 1e-3, cpu: 1e-6, requestsPerSecond: 20_000 }), kind: 'other' },
      configuration('event/epoll', { requestsPerSecond: 1000 }),
    ]);
    expect(far?.ranking[1]?.sentence).toMatch(/^event\/epoll is behind by a factor of 20/);
    expect(far?.recommended?.sentence).toMatch(/nginx is better here by a factor of 20/);
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
