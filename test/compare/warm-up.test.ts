/** How servers are warmed up: by requests, as fast as they answer, and whoever had too few says so. */
import { expect, it } from 'vitest';
import type { Contestant } from '../../src/compare/contestant.js';
import type { LoadPlan } from '../../src/compare/load/plan.js';
import type { LoadResult } from '../../src/compare/load/result.js';
import { runWorkload } from '../../src/compare/measurement/run-workload.js';
import { freePort } from '../../src/compare/measurement/server-process.js';
import type { Workload } from '../../src/compare/workloads/fields.js';
import { readWorkload } from '../../src/compare/workloads/read-workload.js';

const SERVER = `require('node:http').createServer((_, response) => response.end()).listen(process.argv[1], '127.0.0.1')`;

function contestant(engines: number): Contestant {
  return {
    ...{ name: 'several engines', kind: 'amped', describe: () => '', typed: () => '', workers: () => engines },
    ...{ waiting: () => 0, whyNot: () => undefined },
    async launch({ scratch, path }) {
      const port = await freePort();
      const command = [process.execPath, '-e', SERVER, String(port)];
      return { command, url: `http://127.0.0.1:${port}`, path, directory: scratch };
    },
  };
}

/** What a server of so many engines is warmed up with when each load has so many answers; nothing is measured. */
async function warmedUp(engines: number, answered: number, changes: Partial<Workload> = {}) {
  const plans: LoadPlan[] = [];
  const workload = { ...readWorkload('single-file'), sweep: '', values: [], fileCount: 100, ...changes };
  const results = await runWorkload(workload, [contestant(engines)], {
    ...{ warmUpSeconds: 3, mostWarmUpSeconds: 20, secondsEach: 1, repetitions: workload.memoryBytes > 0 ? 1 : 0 },
    ...{ directory: '.', cores: { server: [], client: [] }, signal: new AbortController().signal, progress: () => {} },
    limit: () => ({ under: (command) => [...command], remove: async () => {} }),
    async runLoad(plan) {
      if ((plan.seed ?? 0) < 1000) throw new Error('Enough.');
      plans.push(plan);
      return { answered } as LoadResult;
    },
  });
  const { warm, remarks } = results.points[0]!.configurations[0]!;
  return { plans, warm, remarks };
}

const secondsOf = (plans: readonly LoadPlan[]) => plans.reduce((sum, { seconds = 0 }) => sum + seconds, 0);

it('goes on until every engine has had its requests, however many rounds that takes', async () => {
  const { plans, warm, remarks } = await warmedUp(16, 4000);
  expect([plans.length, warm, remarks]).toEqual([17, true, []]);
});

it('ends when it has had as long as it may take, and then says what is lacking', async () => {
  const { plans, warm, remarks } = await warmedUp(200, 100);
  expect([secondsOf(plans), warm]).toEqual([20, false]);
  expect(remarks).toEqual([
    'each of its 200 engines had about 10 requests in 20 s of warm-up, too few to compile its code (4,000 are enough)',
  ]);
});

it('waits neither for the time of a request nor for who thinks', async () => {
  const { plans } = await warmedUp(1, 10_000, { arrivals: 'poisson', requestsPerSecond: 1, thinkMilliseconds: 50 });
  expect(plans.length).toBeGreaterThan(3);
  for (const plan of plans) expect(plan).toMatchObject({ pace: { kind: 'closed' }, thinkMilliseconds: 0 });
});

it('of those that are started anew for each turn has few files first, and then all of them as long as was asked for', async () => {
  const { plans, warm, remarks } = await warmedUp(8, 4000, { memoryBytes: 1e9 });
  const files = plans.map(({ targets }) => targets.length);
  expect(files).toEqual([...Array(8).fill(16), ...Array(3).fill(100)]);
  expect([warm, remarks]).toEqual([true, ['Enough.']]);
});
