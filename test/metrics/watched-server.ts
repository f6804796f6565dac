/** The built server with an admin listener, and what it says of itself. Nothing of it is imported but its types. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerMetrics } from '../../src/metrics/server-metrics.js';
import type { Architecture } from '../conformance/architectures.js';
import { eventually, ServerProcess } from '../conformance/server-process.js';

const ATTACH_MILLISECONDS = 15_000;

export class WatchedServer {
  readonly server: ServerProcess;
  readonly admin: string;

  private constructor(server: ServerProcess, admin: string) {
    this.server = server;
    this.admin = admin;
  }

  static async start(name: string, root: string, ...options: string[]): Promise<WatchedServer> {
    const architecture = { name, options } as unknown as Architecture;
    const server = await ServerProcess.start(architecture, root, '--admin', '0');
    let admin: string | undefined;
    // The block comes in one piece most of the time.
    await eventually(() => {
      admin = /admin +(http:\S+)/.exec(server.stdout)?.[1];
      return admin !== undefined;
    });
    return new WatchedServer(server, admin as string);
  }

  async metrics(): Promise<ServerMetrics> {
    // A connection of its own each time: none stays in what the process has.
    const answer = await fetch(`${this.admin}metrics.json`, { headers: { connection: 'close' } });
    return (await answer.json()) as ServerMetrics;
  }

  /** What it says when that is so: an answer is there a moment before it is counted. The last, where it never is. */
  async metricsWhen(isSo: (metrics: ServerMetrics) => boolean): Promise<ServerMetrics> {
    let metrics = await this.metrics();
    await eventually(async () => {
      metrics = await this.metrics();
      return isSo(metrics);
    });
    return metrics;
  }
}

/** How often each system call was made by all threads of these processes while the work was done: strace(1). */
export async function systemCallsDuring(
  pids: readonly number[],
  work: () => Promise<void>,
): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'amped-metrics-strace-'));
  const counts = join(folder, 'counts');
  const tracer = spawn('strace', ['-f', '-c', '-o', counts, ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(tracer, 'exit');
  let said = '';
  tracer.stderr.on('data', (text) => {
    said += text;
  });
  try {
    const attached = (): boolean => pids.every((pid) => new RegExp(`Process ${pid} attached`).test(said));
    if (!(await eventually(attached, ATTACH_MILLISECONDS))) throw new Error(`strace did not attach: ${said}`);
    await work();
    tracer.kill('SIGINT');
    await exited;
    // % time, seconds, usecs/call, calls, perhaps errors, and the name.
    const rows = readFileSync(counts, 'latin1').matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm);
    return Object.fromEntries([...rows].map(([, count, name]) => [name, Number(count)]));
  } finally {
    tracer.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
