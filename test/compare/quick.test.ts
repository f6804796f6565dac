/**
 * A whole comparison as a user runs it (`npm run compare:quick`), with real servers: its JSON is as its schema says, its numbers are sane, and the client
 * and the servers have counted the same.
 */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/compare/results/results.js';
import { METRIC_NAMES } from '../../src/compare/results/results.js';
import { processTree } from '../../src/metrics/proc-tree.js';
import { type Ended, run } from '../cli/command.js';

const FILE = join(tmpdir(), `amped-compare-test-${process.pid}.json`);
const MARKDOWN = `${FILE}.md`;
const CSV = `${FILE}.csv`;

let ended: Ended;
let results: Results;

beforeAll(async () => {
  const outputs = ['--json', FILE, '--markdown', MARKDOWN, '--csv', CSV];
  // What it does before, the build, has been done.
  const words = ['run', '--silent', '--ignore-scripts', 'compare:quick', '--', ...outputs];
  ended = await new Promise((resolve) => {
    execFile('npm', words, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
  expect([ended.code, ended.stderr.split('\n').filter((line) => !/^ *\d+ %/.test(line))]).toEqual([0, ['']]);
  results = JSON.parse(readFileSync(FILE, 'utf8'));
}, 60_000);

afterAll(() => {
  for (const file of [FILE, MARKDOWN, CSV]) rmSync(file, { force: true });
});

describe('the results', () => {
  it('are as their schema says', () => {
    const schema = JSON.parse(readFileSync('compare-results.schema.json', 'utf8'));
    const accepts = new Ajv2020({ strict: true, allowUnionTypes: true, strictTuples: false }).compile(schema);
    expect(accepts(results), JSON.stringify(accepts.errors)).toBe(true);
    const { files } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(files).toContain('compare-results.schema.json');
    expect(schema.$defs.sample.properties.metrics.properties).toEqual(
      // Older results have one more.
      Object.fromEntries([...METRIC_NAMES, 'memoryPerConnection'].map((name) => [name, { type: 'number' }])),
    );
  });

  it('have every architecture, and nothing has gone wrong', () => {
    expect(results.complete).toBe(true);
    const [workload] = results.workloads;
    const configurations = workload!.points[0]!.configurations;
    expect(configurations.map(({ name }) => name.split(/[/:]/)[0])).toEqual(
      expect.arrayContaining(['event', 'thread', 'process']),
    );
    for (const { name, remarks, samples, warm } of configurations) {
      // So short a warm-up says of itself that it was.
      const cold = remarks.filter((remark) => /requests in [\d.]+ s of warm-up, too few/.test(remark));
      expect([warm, remarks], name).toEqual([cold.length === 0, cold]);
      expect(samples, name).toHaveLength(results.method.repetitions);
    }
  });

  it('agree between client and server to the request', () => {
    for (const { name, samples } of results.workloads[0]!.points[0]!.configurations) {
      for (const { requests, serverRequests } of samples) expect([name, serverRequests]).toEqual([name, requests]);
    }
  });

  it('are numbers that can be', () => {
    for (const { name, samples } of results.workloads[0]!.points[0]!.configurations) {
      for (const { requests, metrics, distribution, seconds } of samples) {
        expect(requests, name).toBeGreaterThan(0);
        const { p50 = 0, p90 = 0, p99 = 0, p999 = 0, longest = 0, cpu = 0, cpuUser = 0, cpuSystem = 0 } = metrics;
        const ascending = [0, p50, p90, p99, p999, longest];
        expect([...ascending].sort((one, other) => one - other)).toEqual(ascending);
        expect(cpu).toBeCloseTo(cpuUser + cpuSystem, 9);
        expect(cpu).toBeGreaterThan(1e-6);
        expect(metrics.memory).toBeGreaterThan(5e6);
        expect(metrics.fairness).toBeGreaterThan(0);
        expect(metrics.fairness).toBeLessThanOrEqual(1.000001);
        expect(metrics.errors).toBe(0);
        expect(requests).toBeGreaterThanOrEqual((metrics.requestsPerSecond ?? 0) * seconds * 0.99);
        const shares = distribution.map(([, share]) => share);
        expect(shares).toEqual([...shares].sort((one, other) => one - other));
      }
    }
  });

  it('have a verdict that names only what was run, and for how many processors', () => {
    const { verdict, points } = results.workloads[0]!;
    const { configurations } = points[0]!;
    expect(verdict!.ranking.map(({ name }) => name).sort()).toEqual(configurations.map(({ name }) => name).sort());
    expect(verdict!.ranking[0]).toMatchObject({ rank: 1, behind: 1 });
    expect(configurations.map(({ command }) => command)).toContain(verdict!.recommended!.command);
    expect(verdict!.recommended).toMatchObject({ cores: 1 });
  });

  it('judge every claim, each with its rule and its number', () => {
    expect(results.claims.length).toBeGreaterThan(12);
    for (const { rule, measured, finding } of results.claims) {
      expect(rule).toMatch(/^Holds if[ ,]/);
      expect(measured).not.toBe('');
      expect(['holds', 'does not hold here', 'cannot be told']).toContain(finding);
    }
    const memory = results.claims.find(({ id }) => id === 'event-memory');
    expect(memory?.finding).not.toBe('cannot be told');
  });
});

it('the terminal has a table with bars, the verdict, and the claims', () => {
  expect(ended.stdout).toMatch(/^event\/epoll .* (#+|[█▏▎▍▌▋▊▉]+)$/m);
  expect(ended.stdout).toMatch(/ is best: /);
  expect(ended.stdout).toMatch(/For this workload on one processor: /);
  expect(ended.stdout.replace(/\s+/g, ' ')).toContain('Two are tied when');
  expect(ended.stdout).toMatch(/^[+-?] (holds|does not hold here|cannot be told): /m);
});

it('the Markdown and the CSV have the same configurations', () => {
  const markdown = readFileSync(MARKDOWN, 'utf8');
  const lines = readFileSync(CSV, 'utf8').trimEnd().split('\r\n');
  const { configurations } = results.workloads[0]!.points[0]!;
  for (const { name } of configurations) expect(markdown).toContain(`| ${name} `);
  expect(lines).toHaveLength(1 + configurations.length * results.method.repetitions);
  const widths = lines.map((line) => line.split(',').length);
  expect(new Set(widths).size).toBe(1);
});

it('what has not changed is no change, and what has is told', async () => {
  const same = await run(['compare', '--from', FILE, '--against', FILE]);
  expect(same.stdout).toMatch(/^Against .*: \d\d+ numbers compared, 0 changed\./m);
});

it('no server is left', () => {
  expect(processTree(process.pid)).toHaveLength(1);
});
