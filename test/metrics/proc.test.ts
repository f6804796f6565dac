/** What the kernel says of processes, compared with what processes know of themselves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { threadIdentifier } from '../../src/linux/process.js';
import { RUSAGE_SELF, RUSAGE_THREAD, readUsage, Usage } from '../../src/linux/usage.js';
import {
  descriptorsOf,
  proportionalOf,
  residentOf,
  threadsOf,
  usageOfProcess,
  usageOfThread,
} from '../../src/metrics/proc.js';
import { processTree, usageOfTree } from '../../src/metrics/proc-tree.js';
import { ProcessMeter } from '../../src/metrics/process-meter.js';

let children: ChildProcess[] = [];
afterEach(async () => {
  const ended = children.map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await Promise.all(ended);
});

/** A process that does something and then waits; it speaks when it has done it. */
async function started(script: string): Promise<{ pid: number; said: string }> {
  const child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1e6)`]);
  children.push(child);
  const said = await new Promise<string>((resolve) => child.stdout?.once('data', (text) => resolve(String(text))));
  return { pid: child.pid as number, said };
}

const BUSY = 'const end = process.cpuUsage().user + 60000; while (process.cpuUsage().user < end);';

describe('a process', () => {
  it('has used what it says itself', async () => {
    const { pid, said } = await started(
      `${BUSY} const memory = Buffer.alloc(50e6, 1); console.log(JSON.stringify([process.resourceUsage(), memory.length]))`,
    );
    const [own] = JSON.parse(said) as [NodeJS.ResourceUsage];
    const usage = usageOfProcess(pid);
    expect(usage?.cpuUser).toBeGreaterThanOrEqual(0.05);
    const cpu = (usage?.cpuUser ?? 0) + (usage?.cpuSystem ?? 0);
    // It may have done a little more since.
    expect(cpu).toBeGreaterThanOrEqual((own.userCPUTime + own.systemCPUTime) / 1e6 - 0.02);
    expect(usage?.minorFaults).toBeGreaterThanOrEqual(own.minorPageFault);
    expect(usage?.minorFaults).toBeGreaterThan(50e6 / 65_536);
    expect(usage?.majorFaults).toBeGreaterThanOrEqual(own.majorPageFault);
    expect(usage?.voluntarySwitches).toBeGreaterThanOrEqual(1);
    expect(usage?.rss).toBeGreaterThan(50e6);
    expect(usage?.pss).toBeGreaterThan(50e6);
    expect(usage?.pss).toBeLessThanOrEqual(usage?.rss ?? 0);
    expect(usage?.threads).toBe(threadsOf(pid).length);
    expect(usage?.descriptors).toBeGreaterThanOrEqual(3);
  });

  it('is nothing when it has ended', async () => {
    const { pid } = await started('console.log(1)');
    const [child] = children;
    children = [];
    child?.kill('SIGKILL');
    await new Promise((resolve) => child?.once('close', resolve));
    expect(usageOfProcess(pid)).toBeUndefined();
    expect(usageOfThread(pid, pid)).toBeUndefined();
    expect([proportionalOf(pid), residentOf(pid), descriptorsOf(pid)]).toEqual([0, 0, 0]);
    expect(threadsOf(pid)).toEqual([]);
  });
});

it('a thread is what getrusage(2) says of it', () => {
  const before = new Usage();
  const after = new Usage();
  expect(readUsage(RUSAGE_THREAD, before)).toBe(0);
  const usage = usageOfThread(process.pid, threadIdentifier());
  expect(readUsage(RUSAGE_THREAD, after)).toBe(0);
  // Nanoseconds are brought up to date at each tick of the kernel only.
  const cpu = (usage?.cpuUser ?? 0) + (usage?.cpuSystem ?? 0);
  expect(cpu).toBeGreaterThan(before.user + before.system - 0.02);
  expect(cpu).toBeLessThan(after.user + after.system + 0.02);
  expect(usage?.voluntarySwitches).toBeGreaterThanOrEqual(before.voluntarySwitches);
  expect(usage?.voluntarySwitches).toBeLessThanOrEqual(after.voluntarySwitches);
  expect(usage?.involuntarySwitches).toBeGreaterThanOrEqual(before.involuntarySwitches);
  expect(usage?.involuntarySwitches).toBeLessThanOrEqual(after.involuntarySwitches);
});

it('getrusage(2) says what Node says', () => {
  const usage = new Usage();
  const before = process.resourceUsage();
  expect(readUsage(RUSAGE_SELF, usage)).toBe(0);
  const after = process.resourceUsage();
  expect(usage.minorFaults).toBeGreaterThanOrEqual(before.minorPageFault);
  expect(usage.minorFaults).toBeLessThanOrEqual(after.minorPageFault);
  expect(usage.voluntarySwitches).toBeGreaterThanOrEqual(before.voluntaryContextSwitches);
  expect(usage.voluntarySwitches).toBeLessThanOrEqual(after.voluntaryContextSwitches);
  expect(usage.user * 1e6).toBeGreaterThanOrEqual(before.userCPUTime);
  expect(usage.user * 1e6).toBeLessThanOrEqual(after.userCPUTime + 1);
});

describe('a tree', () => {
  it('is a process and its descendants', async () => {
    const { pid, said } = await started(
      "const { spawn } = require('node:child_process'); const child = spawn('sleep', ['1000']); console.log(child.pid)",
    );
    try {
      expect(processTree(pid)).toEqual([pid, Number(said)]);
      const [both, alone] = [usageOfTree(pid), usageOfProcess(pid)];
      expect(both.threads).toBe((alone?.threads ?? 0) + 1);
      expect(both.rss).toBeGreaterThan(alone?.rss ?? 0);
    } finally {
      process.kill(Number(said), 'SIGKILL');
    }
  });

  it('keeps what those who have ended have used', async () => {
    const meter = new ProcessMeter();
    const { pid } = await started(`${BUSY} console.log(1)`);
    const living = meter.read([pid]);
    const [child] = children;
    children = [];
    child?.kill('SIGKILL');
    await new Promise((resolve) => child?.once('close', resolve));
    const ended = meter.read([]);
    expect(ended.cpuUser).toBeGreaterThanOrEqual(living.cpuUser);
    expect(ended.minorFaults).toBeGreaterThanOrEqual(living.minorFaults);
    expect(ended.rss).toBeLessThan(living.rss);
  });
});
