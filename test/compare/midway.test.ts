/** What goes wrong midway, with real servers: one that dies, and somebody who has seen enough. Nobody is left behind. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/compare/results/results.js';
import { processTree } from '../../src/metrics/proc-tree.js';
import { run, spawnCommand } from '../cli/command.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-midway-'));
const json = join(folder, 'results.json');
/** So few requests that a busy machine has time for all else. */
const easy = join(folder, 'easy.json');
writeFileSync(easy, JSON.stringify({ name: 'easy', files: 'given', arrivals: 'poisson', requestsPerSecond: 200 }));
/** The same, beside one at the end of a slow line; where there can be none it is paced. */
const far = join(folder, 'far.json');
const slow = { slowConnections: 1, slowBytesPerSecond: '1MiB', slowLines: 'shaped' };
writeFileSync(far, JSON.stringify({ ...JSON.parse(readFileSync(easy, 'utf8')), name: 'far', ...slow }));
afterAll(() => rmSync(folder, { recursive: true }));

const results = (): Results => JSON.parse(readFileSync(json, 'utf8')) as Results;
/** Folders of comparisons, by the processes that made them. */
const leftFolders = (pid: number | undefined): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`amped-compare-${pid}-`));

/** The networks in which there are processes, each once. */
function networks(): string[] {
  const all = readdirSync('/proc').flatMap((entry) => {
    try {
      return /^\d+$/.test(entry) ? [readlinkSync(`/proc/${entry}/ns/net`)] : [];
    } catch {
      // It has ended, or is not ours to look at.
      return [];
    }
  });
  return [...new Set(all)];
}

function groupOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')')).split(' ')[3];
}

/** Servers beneath a comparison: what it has started with a port. */
function serversOf(pid: number): number[] {
  return processTree(pid).filter((each) => {
    try {
      return readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('\0--port\0');
    } catch {
      return false;
    }
  });
}

describe('a comparison', () => {
  it('goes on without a server that dies, keeps what it had, and says so', async () => {
    const words = `--architectures event/epoll,event/poll --workload ${easy} --seconds 200ms --warm-up 0s --repetitions 4`;
    const comparison = spawnCommand(['compare', 'examples/site', '--json', json, ...words.split(' ')], {});
    const pid = comparison.process.pid as number;
    let killed = 0;
    comparison.process.stderr?.on('data', (text: string) => {
      // Both have been measured once; the first one started dies.
      if (killed !== 0 || !/, 2 of 4|, 3 of 4/.test(text)) return;
      killed = serversOf(pid)[0] as number;
      process.kill(killed, 'SIGKILL');
    });
    const { code, stdout } = await comparison.ended;
    expect(killed).toBeGreaterThan(0);
    expect(stdout).toMatch(/event\/epoll: The server was ended by SIGKILL/);
    expect(stdout).toMatch(/event\/epoll comes behind the others, since it failed: .*\([123] of 4 repetitions\)/);
    expect(stdout).toContain('In the workload easy not all could be measured of event/epoll.');
    expect(stdout).toMatch(/For this workload on \w+ processor: event\/poll\./);
    expect(code).toBe(1);
    expect(results()).toMatchObject({ complete: false });
    const [first, second] = results().workloads[0]!.points[0]!.configurations;
    expect(first!.samples.length).toBeGreaterThanOrEqual(1);
    expect(first!.samples.length).toBeLessThan(4);
    expect(second!.samples).toHaveLength(4);
    expect(leftFolders(pid)).toEqual([]);
  }, 60_000);

  it('that is interrupted tells what it has, and leaves nobody behind', async () => {
    const words = `--architectures event/epoll --workload ${far} --seconds 200ms --warm-up 0s --repetitions 40`;
    const comparison = spawnCommand(['compare', 'examples/site', '--json', json, ...words.split(' ')], {});
    const pid = comparison.process.pid as number;
    let servers: number[] = [];
    let network = '';
    comparison.process.stderr?.on('data', (text: string) => {
      // A tenth of 40 repetitions has been measured.
      if (servers.length > 0 || !/^ *1\d %/m.test(text)) return;
      servers = processTree(pid).filter((each) => each !== pid);
      network = readlinkSync(`/proc/${serversOf(pid)[0]}/ns/net`);
      comparison.process.kill('SIGINT');
    });
    const { code, stdout, stderr } = await comparison.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Stopping: what has been measured so far follows');
    expect(stdout).toContain('It was interrupted: what had been measured by then is here.');
    expect(stdout).toMatch(/event\/epoll is best/);
    expect(results()).toMatchObject({ complete: false });
    expect(results().workloads[0]!.points[0]!.configurations[0]!.samples.length).toBeGreaterThan(2);
    expect(servers.length).toBeGreaterThan(0);
    // Those that have been told to end may take a moment.
    await expect.poll(() => servers.filter((server) => existsSync(`/proc/${server}`)), { timeout: 5000 }).toEqual([]);
    const shaped = results().workloads[0]!.slowLines?.includes('shaped in a network namespace') === true;
    expect(network !== readlinkSync('/proc/self/ns/net')).toBe(shaped);
    if (shaped) expect(networks()).not.toContain(network);
    expect(leftFolders(pid)).toEqual([]);
  }, 60_000);

  it('of suites that is interrupted tells the rows that it has', async () => {
    const comparison = spawnCommand(['compare', 'examples/site', '--suite', 'switch,descriptors', '--json', json], {});
    let told = false;
    comparison.process.stderr?.on('data', (text: string) => {
      // A tenth of both: the first working set has been measured.
      if (told || !/^ *1\d %/m.test(text)) return;
      told = true;
      comparison.process.kill('SIGINT');
    });
    const { code, stdout } = await comparison.ended;
    expect(code).toBe(130);
    expect(stdout).toContain('What a change costs');
    expect(results()).toMatchObject({ complete: false });
    const { rows } = results().suites.switch!;
    expect(rows[0]!.thread!.count).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(6);
    expect(results().suites).not.toHaveProperty('descriptors');
  }, 60_000);

  /** Until it has measured something: its servers, and other processes of it. */
  async function underWay(...outputs: string[]) {
    const words = `--architectures event/epoll --workload ${easy} --seconds 200ms --warm-up 0s --repetitions 40`;
    const comparison = spawnCommand(['compare', 'examples/site', ...outputs, ...words.split(' ')], {});
    const pid = comparison.process.pid as number;
    const text = await new Promise<string>((resolve) => {
      comparison.process.stderr?.on('data', (text: string) => {
        if (/^ *1\d %/m.test(text)) resolve(text);
      });
      void comparison.ended.then(({ stderr }) => resolve(stderr));
    });
    const servers = serversOf(pid);
    expect(servers, text).toHaveLength(1);
    expect(leftFolders(pid)).toHaveLength(1);
    const all = processTree(pid).filter((each) => each !== pid);
    return { comparison, pid, all };
  }

  /** Those that have been told to end may take a moment. */
  const leavesNothing = async (pid: number, all: readonly number[]): Promise<void> => {
    const left = (): unknown[] => [...all.filter((each) => existsSync(`/proc/${each}`)), ...leftFolders(pid)];
    try {
      await expect.poll(left, { timeout: 10_000 }).toEqual([]);
    } finally {
      for (const each of all.filter((one) => existsSync(`/proc/${one}`))) process.kill(each, 'SIGKILL');
    }
  };

  it('whose terminal is closed writes what it has, and leaves nobody behind', async () => {
    const { comparison, pid, all } = await underWay('--json', json);
    comparison.process.stdout?.destroy();
    comparison.process.stderr?.destroy();
    // The terminal says so to the whole group, the load client among them.
    const group = processTree(pid).filter((one) => groupOf(one) === groupOf(pid));
    expect(group.length).toBeGreaterThan(1);
    for (const each of group) process.kill(each, 'SIGHUP');
    const { code } = await comparison.ended;
    await leavesNothing(pid, all);
    expect(code).toBe(129);
    expect(results()).toMatchObject({ complete: false });
    expect(results().workloads[0]!.points[0]!.configurations[0]!.samples.length).toBeGreaterThan(2);
  }, 60_000);

  it('that is killed leaves nobody behind, and no folder', async () => {
    const { comparison, pid, all } = await underWay();
    comparison.process.kill('SIGKILL');
    await leavesNothing(pid, all);
    await comparison.ended;
  }, 60_000);

  it('in which everything is answered wrongly has no winner, and says so', async () => {
    const log = join(folder, 'access.log');
    const line = (second: number): string =>
      `127.0.0.1 - - [10/Oct/2026:13:55:0${second} +0000] "GET /gone${second} HTTP/1.1" 200 5\n`;
    writeFileSync(log, line(0) + line(1));
    const gone = join(folder, 'gone.json');
    writeFileSync(gone, JSON.stringify({ ...JSON.parse(readFileSync(easy, 'utf8')), log }));
    const words = `--architectures event/epoll --workload ${gone} --seconds 200ms --warm-up 0s --repetitions 1`;
    const { code, stdout } = await run(['compare', 'examples/site', '--json', json, ...words.split(' ')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/event\/epoll comes last, whatever its /);
    expect(stdout).not.toMatch(/is best|For this workload/);
    expect(results()).toMatchObject({ complete: false });
    expect(results().remarks).toContain(
      'In the workload easy more than one in a thousand requests went wrong with event/epoll.',
    );
  }, 30_000);

  it('says why a server does not start, and measures the others', async () => {
    writeFileSync(join(folder, 'index.html'), 'hello');
    writeFileSync(join(folder, 'serve.json'), '{ "nonsense": ');
    const words = `--architectures event/epoll --workload ${easy} --seconds 100ms --warm-up 0s --repetitions 1`;
    const { code, stdout } = await run(['compare', folder, ...words.split(' ')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/event\/epoll: The server ended with exit code 1: .*serve\.json/);
    expect(stdout).toContain('Nothing was measured.');
  }, 30_000);
});
