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

  it('by p99 or on a slow disk stays with that, and says of whom the client was the limit', () => {
    const limited = [
      configuration('event/io_uring', { p99: 0.002, requestsPerSecond: 1000, cpu: 1 }, { bottleneck: 'client' }),
      configuration('thread', { p99: 0.004, requestsPerSecond: 900, cpu: 2 }),
    ];
    const { verdict } = workload('blocking', [[undefined, limited]]);
    expect(verdict).toMatchObject({
      criterion: 'p99',
      criterionReason:
        'Ranked by p99: 99 of 100 requests took at most so long. But of event/io_uring the load client could not ask for more, so that what the client took is in the latency.',
    });
    expect(blocking().verdict?.criterionReason).toMatch(/at most so long\.$/);
    expect(workload('data-set', [[100, limited]]).verdict).toMatchObject({
      criterion: 'requestsPerSecond',
      criterionReason: expect.stringMatching(/But of event\/io_uring .* so that theirs says how fast the client is\.$/),
    });
  });

  it('does not blame what somebody does more for what is slow because it was cold', () => {
    const { verdict } = point([
      configuration('event/epoll', { requestsPerSecond: 40_000, voluntarySwitches: 0.01 }),
      configuration('thread', { requestsPerSecond: 1520, voluntarySwitches: 2 }, { warm: false }),
    ]);
    expect(verdict?.ranking[1]?.sentence).toBe(
      'thread is behind by a factor of 26.3: 1,520 requests/s; not all of its code was compiled yet.',
    );
  });

  it('recommends without what made the disk slow or the memory scarce', () => {
    const { verdict } = point([
      {
        ...configuration('event/epoll', { requestsPerSecond: 1000 }),
        command: 'amped DIRECTORY --dispatcher epoll --inject disk-latency=20ms --cache-bytes 67108864 --open-files 1',
      },
    ]);
    expect(verdict?.recommended?.command).toBe('amped DIRECTORY --dispatcher epoll --open-files 1');
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
    // By throughput it would be who had the luckier client.
    const limited = [
      configuration('event/epoll', { requestsPerSecond: 99, cpu: 1e-6 }, { bottleneck: 'client' }),
      configuration('thread', { requestsPerSecond: 200, cpu: 2e-6 }),
    ];
    expect(workload('single-file', [[0, limited], at(1024, 300, 200)]).verdict?.summary).toBe(
      'Best by requests/s, by file size: 0 B: event/epoll, by CPU/request; 1 KiB: event/epoll.',
    );
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
          configuration('process', { cpu: 60e-6, memory: 140, voluntarySwitches: 0.1 }),
          configuration('process/shared', { cpu: 50e-6, memory: 140 }),
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

  const judged = (workloads: readonly WorkloadResults[], suites = {}) => {
    const all = judgeClaims({ workloads, suites });
    return (id: string) => all.find((claim) => claim.id === id)!;
  };

  it('cannot be told where two are tied', () => {
    const claim = judged([
      workload('site', [
        [
          undefined,
          [
            configuration('process', { cpu: 127e-6, memory: 200 }, { noise: 0.3 }),
            configuration('process/shared', { cpu: 126e-6, memory: 200 }, { noise: 0.2 }),
          ],
        ],
      ]),
    ]);
    expect(claim('process-state')).toMatchObject({
      finding: 'cannot be told',
      measured: 'they are tied: 126 us with a shared cache against 127 us',
    });
    const alike = judged([
      workload('site', [
        [
          undefined,
          [
            configuration('thread', { memory: 170 }, { noise: 0.1 }),
            configuration('process', { memory: 200 }, { noise: 0.1 }),
          ],
        ],
      ]),
    ]);
    expect(alike('thread-memory').finding).toBe('cannot be told');
  });

  it('have one yardstick for switches between threads and between processes', () => {
    // Neither takes a thirtieth of a request, though one of a thread costs a little more.
    const [first] = SUITES.switch!.rows;
    const like = (median: number) => ({ ...first!.thread!, median });
    const rows = [{ workingSet: 16_384, thread: like(3.28e-6), process: like(3.24e-6) }];
    const site = (cpu: number) =>
      workload('site', [
        [
          undefined,
          [
            configuration('thread', { cpu, voluntarySwitches: 1 }),
            configuration('process', { cpu, voluntarySwitches: 1 }),
          ],
        ],
      ]);
    const of = (cpu: number) => {
      const claim = judged([site(cpu)], { switch: { rows, remarks: [] } });
      return [claim('thread-switches').finding, claim('process-switches').finding];
    };
    expect(of(120e-6)).toEqual(['holds', 'does not hold here']);
    expect(of(20e-6)).toEqual(['does not hold here', 'holds']);
  });

  it('are about the last point of a sweep with all architectures, and not about a later one without some', () => {
    const event = configuration('event/epoll', { cpu: 1e-6, memory: 45, voluntarySwitches: 0 });
    const both = [
      configuration('thread', { memory: 150, voluntarySwitches: 1 }),
      configuration('process', { memory: 200 }),
    ];
    const none = both.map((one) => ({ ...one, samples: [], summaries: {} }));
    const sweep = workload('connections', [
      [1, [event, ...both]],
      [64, [configuration('event/epoll', { memory: 50, voluntarySwitches: 0 }), ...both]],
      [10_000, [configuration('event/epoll', { memory: 900 }), ...none]],
    ]);
    const claim = judged([sweep]);
    expect(claim('event-memory')).toMatchObject({ finding: 'holds', measured: '50 B; threads 150 B, processes 200 B' });
    for (const id of ['process-memory', 'thread-memory', 'event-switches']) expect(claim(id).finding).toBe('holds');
  });

  it('take another event loop where the usual ones were not compared, and name it', () => {
    const claim = judged([
      workload('site', [
        [
          undefined,
          [
            { ...configuration('event/epoll/auto:2', { memory: 1, voluntarySwitches: 0 }), workers: 2 },
            { ...configuration('event/epoll/helpers', { memory: 50, voluntarySwitches: 0 }), workers: 1 },
            configuration('thread', { memory: 150, voluntarySwitches: 1 }),
            configuration('process', { memory: 200 }),
          ],
        ],
      ]),
    ]);
    expect(claim('event-memory')).toMatchObject({
      finding: 'holds',
      measured: '50 B (event/epoll/helpers); threads 150 B, processes 200 B',
    });
    expect(claim('event-synchronisation').finding).toBe('holds');
    expect(claim('event-switches').measured).toMatch(/^0 a request \(event\/epoll\/helpers\)/);
  });

  it('do not rest on the processor time and latency of engines that were cold', () => {
    const cold = { warm: false };
    const site = workload('site', [
      [
        undefined,
        [
          configuration('process', { cpu: 100e-6, voluntarySwitches: 1 }, cold),
          configuration('process/shared', { cpu: 200e-6 }),
        ],
      ],
    ]);
    const slow = (p99: number) =>
      workload('blocking', [
        [
          undefined,
          [
            configuration('event/epoll/blocking', { p99: 0.3, longestStall: 0.06 }),
            configuration('thread', { p99 }, cold),
          ],
        ],
      ]);
    const claim = judged([site, slow(0.2)], SUITES);
    for (const id of ['process-state', 'process-switches', 'event-blocked']) {
      expect(claim(id)).toMatchObject({
        finding: 'cannot be told',
        measured: expect.stringContaining('not compiled yet'),
      });
    }
    // The switches of SUITES are a larger part of less.
    const sure = workload('site', [
      [undefined, [configuration('process', { cpu: 50e-6, voluntarySwitches: 1 }, cold)]],
    ]);
    expect(judged([sure], SUITES)('process-switches').finding).toBe('holds');
    // Even so they were as much faster as it takes.
    expect(judged([slow(0.01)])('event-blocked').finding).toBe('holds');
  });
});
