/** Access logs made again: how long it takes, what is refused, what is expected of each request, and where the log is. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimate } from '../../src/compare/compare.js';
import { requestsIn } from '../../src/compare/measurement/access-log.js';
import { plansFor } from '../../src/compare/measurement/load-plans.js';
import { expectFiles } from '../../src/compare/measurement/logged-files.js';
import { planComparison, type Wishes } from '../../src/compare/plan-comparison.js';
import { replaySeconds, spanOf } from '../../src/compare/replay.js';
import { readWorkload } from '../../src/compare/workloads/read-workload.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-replay-'));
const site = join(folder, 'site');
afterAll(() => rmSync(folder, { recursive: true }));

const line = (time: string, request: string, status: number): string =>
  `127.0.0.1 - - [10/Oct/2000:${time} +0000] "${request} HTTP/1.1" ${status} 1\n`;

/** From its first request to its last there are so many seconds. */
function logOf(name: string, ...times: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, times.map((time) => line(time, 'GET /index.html', 200)).join(''));
  return file;
}

beforeAll(() => {
  mkdirSync(join(site, 'docs'), { recursive: true });
  for (const [name, text] of [
    ['index.html', 'hello'],
    ['docs/index.html', 'the docs'],
    ['docs/ü x.txt', 'abc'],
    ['.secret', 'x'],
  ]) {
    writeFileSync(join(site, name as string), text as string);
  }
});

const NOTHING: Wishes = {
  ...{ directory: site, workloads: [], architectures: ['event/epoll'], others: [], suites: [], pace: 'usual' },
};

describe('each request of a log is expected', () => {
  const expected = (request: string, status: number) =>
    expectFiles(requestsIn(line('00:00:00', request, status)), site);
  const target = (request: string, status: number) => expected(request, status).targets[0];

  it.each([
    ['GET /', 200, 5],
    ['GET /index.html?x=1', 304, 5],
    ['HEAD /docs/', 200, 8],
    ['GET /docs/%c3%bc%20x.txt', 206, 3],
    // It is there now, whatever there was then.
    ['GET /docs/index.html', 404, 8],
  ])('%s, logged as %i: as the file that is there', (request, status, length) => {
    expect(target(request, status)).toMatchObject({ status: 200, length });
    expect(target(request, status)?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(expected(request, status)).toMatchObject({ absent: 0, bytes: length });
  });

  it.each([
    ['GET /absent', 404, 404],
    ['GET /absent', 403, 404],
    ['GET /absent', 500, 404],
    ['GET /old', 301, 301],
    ['GET /docs', 301, 301],
    ['GET /.secret', 403, 403],
    ['GET /%zz', 400, 404],
  ])('%s, logged as %i: with %i', (request, status, wanted) => {
    expect(target(request, status)).toEqual({ path: request.split(' ')[1], method: 'GET', status: wanted });
  });

  it('to be there where it was, and it is said how many are not', () => {
    const log = requestsIn(
      line('00:00:00', 'GET /gone', 200) + line('00:00:01', 'GET /gone', 200) + line('00:00:01', 'GET /', 200),
    );
    expect(expectFiles(log, site)).toMatchObject({
      absent: 2,
      targets: [{ path: '/gone', status: 200 }, { length: 5 }],
    });
  });
});

describe('a log takes', () => {
  it('as long as it is, from its first request to its last, at its speed', () => {
    const { requests, ...log } = requestsIn(['00:00:00', '00:01:40'].map((time) => line(time, 'GET /', 200)).join(''));
    expect([spanOf({ requests, ...log }, 1), spanOf({ requests, ...log }, 10)]).toEqual([100, 10]);
  });

  it('that long in each repetition, which is what is said and estimated', () => {
    const log = logOf('short.log', '00:00:00', '00:00:20');
    const plan = planComparison({ ...NOTHING, log, repetitions: 4 });
    expect(plan.matches[0]).toMatchObject({ workload: { name: 'trace', log }, times: { secondsEach: 20 } });
    expect(estimate(plan)).toBeGreaterThan(80);
    expect(planComparison({ ...NOTHING, log, logSpeed: 10 }).matches[0]?.times.secondsEach).toBe(2);
  });

  it('no longer than is said, and asks only for what is due by then', () => {
    const log = logOf('day.log', '00:00:00', '00:00:01', '12:00:00', '23:59:00');
    const [match] = planComparison({ ...NOTHING, log, seconds: 3 }).matches;
    expect(match?.times.secondsEach).toBe(3);
    const expected = expectFiles(
      requestsIn(['00:00:00', '00:00:01', '12:00:00'].map((time) => line(time, 'GET /', 200)).join('')),
      site,
    );
    const moment = { url: 'http://127.0.0.1:1', seconds: 3, cores: [], seed: 1 };
    const { measured } = plansFor(
      match!.workload,
      { targets: expected.targets, coldTargets: [], log: expected },
      moment,
    );
    expect(measured).toMatchObject({ seconds: 3, order: { kind: 'trace', requests: [[0, 0], [1000, 0]] } }); // biome-ignore format: pairs
  });

  it('is refused when it would take longer than anybody waits, with the speed that is needed', () => {
    const log = logOf('hour.log', '00:00:00', '01:00:00');
    const wishes = { ...NOTHING, log };
    let sentence = '';
    try {
      planComparison(wishes);
    } catch (error) {
      sentence = (error as Error).message;
    }
    expect(sentence).toMatch(/hour\.log takes 60 min, and 5 measurements of it would take 5 h: --log-speed 31 /);
    expect(sentence).toContain('--seconds 120s takes only its beginning.');
    // What it says is so.
    expect(planComparison({ ...wishes, logSpeed: 31 }).matches[0]?.times.secondsEach).toBeLessThanOrEqual(120);
    expect(planComparison({ ...wishes, seconds: 120 }).matches[0]?.times.secondsEach).toBe(120);
    expect(planComparison({ ...wishes, pace: 'full', logSpeed: 10 }).matches[0]?.times.secondsEach).toBe(360);
  });

  it('names no speed that there is not', () => {
    const requests = [[0, 0], [1e13, 0]] as const; // biome-ignore format: pairs
    const log = { targets: [], requests, skipped: 0 };
    const workload = { ...readWorkload('trace'), logSpeed: 1 };
    expect(() => replaySeconds(log, workload, { measurements: 5, most: 600 })).toThrow(/ h: --seconds 120s takes/);
  });
});

describe('of a log it is said', () => {
  it('how many lines are left out, and how many requests ask for what is gone', () => {
    const log = join(folder, 'mixed.log');
    writeFileSync(
      log,
      line('00:00:00', 'GET /', 200) + line('00:00:01', 'POST /form', 200) + line('00:00:01', 'GET /gone', 200),
    );
    expect(planComparison({ ...NOTHING, log }).remarks).toEqual([
      `1 of 3 lines of ${log} were left out: only GET and HEAD can be made again.`,
      `1 of 2 requests of ${log} had content when it was written, and ask for no file that is there now.`,
    ]);
  });

  it('that the workload trace needs one, and that a speed does', () => {
    expect(() => planComparison({ ...NOTHING, workloads: ['trace'] })).toThrow(/--log FILE says of which\.$/);
    expect(() => planComparison({ ...NOTHING, logSpeed: 2 })).toThrow(/^--log-speed goes with requests/);
  });

  it('where it does not go', () => {
    const log = logOf('any.log', '00:00:00');
    expect(() => planComparison({ ...NOTHING, workloads: ['idle'], log })).toThrow(
      '--log does not go with the workload idle: log goes with "files": "given" only.',
    );
    expect(() => planComparison({ ...NOTHING, workloads: ['handler'], log })).toThrow(
      '--log does not go with the workload handler: log goes with files only, not with a handler.',
    );
  });
});

it('a log that a workload names lies beside the file of the workload', () => {
  const file = join(folder, 'mine.json');
  writeFileSync(file, '{ "log": "logs/mine.log" }');
  expect(readWorkload(file).log).toBe(join(folder, 'logs/mine.log'));
});
