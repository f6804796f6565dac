/** How many system calls a server makes for a request: counted by strace(1), under load of its own, since it slows the server down. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { temporaryFolder } from './files.js';
import { findProgram } from './find-program.js';
import { processTree } from './process-tree.js';
import { type Load, runWrk } from './wrk.js';

const ATTACH_MILLISECONDS = 1_000;
const LOAD_SECONDS = 2;

/** System calls of all processes and threads of the server, divided by the requests; undefined where there is no strace. */
export async function systemCallsPerRequest(pid: number, port: number, load: Load): Promise<number | undefined> {
  const strace = findProgram('strace');
  if (strace === undefined) return undefined;
  const folder = temporaryFolder();
  try {
    const output = join(folder.path, 'strace');
    const processes = processTree(pid).flatMap((each) => ['--attach', String(each)]);
    const child = spawn(strace, ['--summary-only', '--follow-forks', '--output', output, ...processes], {
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    const done = onceAtEnd(() => child.kill('SIGKILL'));
    await sleep(ATTACH_MILLISECONDS);
    const { requests } = await runWrk(port, load, LOAD_SECONDS);
    child.kill('SIGINT');
    await ended;
    done();
    const total = /^\s*100[.,]00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total/m.exec(readFileSync(output, 'utf8'));
    return total === null || requests === 0 ? undefined : Number(total[1]) / requests;
  } finally {
    folder.remove();
  }
}
