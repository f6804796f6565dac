/** The system calls of all threads of some processes while they run: strace(1), attached and let go again. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './server-process.js';

const ATTACH_MILLISECONDS = 15_000;
/** Where strace writes; with `-ff` the number of the thread follows. */
const WRITTEN = 'calls';

/** Why there can be no trace here; undefined where there can. */
export function whyNoTrace(): string | undefined {
  const { error, stderr } = spawnSync('strace', ['-e', 'trace=none', 'true'], { encoding: 'utf8' });
  if (error !== undefined) return 'strace is missing: apt-get install strace';
  return /ptrace|not permitted/i.test(stderr) ? `strace may not trace here: ${stderr.trim()}` : undefined;
}

/** What the processes call while the work is done, a line each as strace writes it, with the paths of descriptors. */
export function fileCallsDuring(pids: readonly number[], work: () => Promise<void>): Promise<string[]> {
  // A file for each thread, so that no call is written in two pieces.
  const options = ['-ff', '-y', '-s', '9000', '-e', 'trace=%file,openat2,open_by_handle_at'];
  return underTrace(options, pids, work, (folder) =>
    readdirSync(folder)
      .flatMap((name) => readFileSync(join(folder, name), 'latin1').split('\n'))
      .filter((line) => /^\w+\(/.test(line)),
  );
}

/** How often each system call was made by all threads of these processes while the work was done. */
export function systemCallsDuring(pids: readonly number[], work: () => Promise<void>): Promise<Record<string, number>> {
  return underTrace(['-f', '-c'], pids, work, (folder) => {
    // % time, seconds, usecs/call, calls, perhaps errors, and the name.
    const counts = readFileSync(join(folder, WRITTEN), 'latin1');
    const rows = counts.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm);
    return Object.fromEntries([...rows].map(([, count, name]) => [name, Number(count)]));
  });
}

/** Does the work with strace attached to these processes; `read` is given the folder of what it has written. */
async function underTrace<Result>(
  options: readonly string[],
  pids: readonly number[],
  work: () => Promise<void>,
  read: (folder: string) => Result,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'amped-strace-'));
  const attaching = ['-o', join(folder, WRITTEN), ...pids.flatMap((pid) => ['-p', String(pid)])];
  const tracer = spawn('strace', [...options, ...attaching], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(tracer, 'exit');
  let said = '';
  tracer.stderr.on('data', (text) => {
    said += text;
  });
  try {
    const attached = () => pids.every((pid) => new RegExp(`Process ${pid} attached`).test(said));
    if (!(await eventually(attached, ATTACH_MILLISECONDS))) throw new Error(`strace did not attach: ${said}`);
    await work();
    tracer.kill('SIGINT');
    await exited;
    return read(folder);
  } finally {
    tracer.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
