/** The system calls that name a file, of all threads of some processes while they run: strace(1), attached and let go again. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './server-process.js';

const ATTACH_MILLISECONDS = 15_000;

/** Why there can be no trace here; undefined where there can. */
export function whyNoTrace(): string | undefined {
  const { error, stderr } = spawnSync('strace', ['-e', 'trace=none', 'true'], { encoding: 'utf8' });
  if (error !== undefined) return 'strace is missing: apt-get install strace';
  return /ptrace|not permitted/i.test(stderr) ? `strace may not trace here: ${stderr.trim()}` : undefined;
}

/** What the processes call while the work is done, a line each as strace writes it, with the paths of descriptors. */
export async function fileCallsDuring(pids: readonly number[], work: () => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-strace-'));
  // A file for each thread, so that no call is written in two pieces.
  const options = [
    '-ff',
    '-y',
    '-s',
    '9000',
    '-e',
    'trace=%file,openat2,open_by_handle_at',
    '-o',
    join(folder, 'calls'),
  ];
  const tracer = spawn('strace', [...options, ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
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
    return readdirSync(folder)
      .flatMap((name) => readFileSync(join(folder, name), 'latin1').split('\n'))
      .filter((line) => /^\w+\(/.test(line));
  } finally {
    tracer.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
