/** Every kind of workload, of suite and of other servers, once and briefly, with real servers: it runs, and its numbers agree. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PEERS } from '../../src/compare/peers/find-others.js';
import { findProgram } from '../../src/compare/peers/peer.js';
import type { Results } from '../../src/compare/results/results.js';
import { run } from '../cli/command.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-kinds-'));
const json = join(folder, 'results.json');
afterAll(() => rmSync(folder, { recursive: true }));

/** Enough to be measured, and little to do for who measures. */
const EASY = { arrivals: 'poisson', requestsPerSecond: 200 };
const BRIEFLY = ['--seconds', '200ms', '--warm-up', '0s', '--repetitions', '1', '--json', json];

async function compared(words: readonly string[]): Promise<Results> {
  const { code, stderr } = await run(['compare', 'examples/site', ...words, ...BRIEFLY]);
  expect([code, stderr.split('\n').filter((line) => !/^ *\d+ %|^$/.test(line))]).toEqual([0, []]);
  return JSON.parse(readFileSync(json, 'utf8')) as Results;
}

function written(name: string, workload: object): string {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify({ name, ...workload }));
  return path;
}

it('every kind of workload runs, and client and server agree on its requests', async () => {
  const log = join(folder, 'access.log');
  const line = (second: number, path: string, status: number): string =>
    `127.0.0.1 - - [10/Oct/2000:13:55:0${second} +0000] "GET ${path} HTTP/1.1" ${status} 1\n`;
  writeFileSync(log, line(0, '/index.html', 200) + line(1, '/absent', 403) + line(2, '/index.html', 304));
  const workloads = [
    written('swept', {
      files: 'made',
      fileCount: 3,
      sweep: 'fileBytes',
      values: [0, '100KiB'],
      order: 'uniform',
      ...EASY,
    }),
    written('idle', { files: 'made', idleConnections: 50, keepAlive: false, connections: 2, ...EASY }),
    written('blocking', {
      ...{
        files: 'made',
        fileBytes: '1MiB',
        coldConnections: 2,
        coldFiles: 4,
        coldBytes: '16KiB',
        disk: '1ms',
        judgedBy: 'p99',
      },
      ...{ slowConnections: 2, slowBytesPerSecond: '4MiB', ...EASY },
    }),
    written('cold', { files: 'made', coldConnections: 1, coldFiles: 4, coldBytes: '16KiB', ...EASY }),
    written('trace', { log, arrivals: 'recorded', logSpeed: 10 }),
    written('handler', { handlerCpu: '1ms', handlerWait: '1ms' }),
  ];
  const { workloads: results } = await compared(['--workload', workloads.join(), '--architectures', 'event/epoll']);
  expect(results.map(({ workload }) => workload.name)).toEqual([
    ...['swept', 'idle', 'blocking', 'cold', 'trace', 'handler'],
  ]);
  for (const { workload, points } of results) {
    for (const { configurations } of points) {
      const [{ remarks, samples } = { remarks: ['nobody'], samples: [] }] = configurations;
      expect([workload.name, remarks, samples.length]).toEqual([workload.name, [], 1]);
      const { requests = 0, serverRequests, metrics } = samples[0]!;
      // Slow readers are in the middle of an answer at the end, which the server may have sent.
      const atMost = requests + workload.slowConnections;
      expect(serverRequests, workload.name).toBeGreaterThanOrEqual(requests);
      expect(serverRequests, workload.name).toBeLessThanOrEqual(atMost);
      if (workload.coldConnections > 0) expect(metrics.coldRequestsPerSecond).toBeGreaterThan(0);
    }
  }
  const command = (name: string): string | undefined =>
    results.find(({ workload }) => workload.name === name)?.verdict?.recommended?.command;
  for (const made of ['swept', 'idle', 'blocking', 'cold']) {
    expect(command(made)).toBe('amped DIRECTORY --dispatcher epoll');
  }
  expect(command('handler')).toBe('amped app.js --dispatcher epoll');
  expect(command('trace')).toMatch(/^amped \/.*examples\/site --dispatcher epoll$/);
  const trace = results.find(({ workload }) => workload.name === 'trace');
  expect(trace?.points[0]?.configurations[0]?.samples[0]?.requests).toBe(3);
  const fast = results.find(({ workload }) => workload.name === 'handler')?.points[0]?.configurations[0];
  expect(fast?.summaries.cpu?.median).toBeGreaterThan(0.0003);
}, 60_000);

it('the suites measure what they are about', async () => {
  const { suites, claims } = await compared(['--suite', 'switch,descriptors', '--quick']);
  const rows = suites.switch!.rows;
  expect(rows.map(({ workingSet }) => workingSet)).toEqual([0, 65_536, 1_048_576]);
  for (const { thread, process: other } of rows) expect([thread?.count, other?.count]).toEqual([3, 3]);
  // No call into the kernel is as cheap as none.
  expect(rows[0]!.handler!.median).toBeLessThan(rows[0]!.process!.median);
  const at = (dispatcher: string, watched: number): number | undefined =>
    suites.descriptors!.rows.find((row) => row.dispatcher === dispatcher && row.watched === watched)?.seconds.median;
  expect(at('select', 1_000)).toBeGreaterThan(at('epoll', 1_000) as number);
  expect(at('poll', 1_000)).toBeGreaterThan(at('epoll', 1_000) as number);
  expect(claims.find(({ id }) => id === 'epoll-scales')?.measured).not.toBe('');
}, 60_000);

describe('other servers', () => {
  const there = PEERS.filter(({ program, programs }) => program !== undefined || findProgram(programs) !== undefined);

  it(`are measured beside ours, those that are installed: ${there.map(({ name }) => name).join(', ')}`, async () => {
    const names = PEERS.map(({ name }) => name);
    const workload = written('small', { files: 'made', connections: 2, ...EASY });
    const words = ['--workload', workload, '--architectures', 'event/epoll', '--with', names.join()];
    const { workloads, testbed, remarks } = await compared(words);
    const { configurations } = workloads[0]!.points[0]!;
    expect(configurations.map(({ name }) => name)).toEqual(['event/epoll', ...there.map(({ name }) => name)]);
    for (const { name, remarks, samples } of configurations)
      expect([name, remarks, samples.length]).toEqual([name, [], 1]);
    expect(Object.keys(testbed.others).sort()).toEqual(there.map(({ name }) => name).sort());
    expect(remarks.filter((remark) => remark.includes('not installed'))).toHaveLength(names.length - there.length);
  }, 60_000);
});
