/**
 * The birth and the end of a worker that is a process: Node is started anew with the entry of a worker, and inherits the
 * listening sockets and the shared region by descriptor.
 *
 * What it keeps true: the worker dies with the process that keeps it, also when that is killed; and what it says on its
 * standard error before it serves is the reason for not serving, afterwards it is passed on. Sentences with a level come by a
 * pipe of their own (worker-record.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { allowWaking, dieWithParent } from '../linux/process.js';
import { setBlocking } from '../linux/sockets.js';
import type { Say } from '../log/error-log.js';
import type { Assignment, Worker } from './worker.js';
import { RECORDS, readRecord } from './worker-record.js';

/** The descriptors of a worker, beside the standard output and error. */
const STANDARD_INPUT = 0;
const REGION = 4;
/** The listeners are this one and those after it. */
const FIRST_LISTENER = 5;

/** The environment variable that says that an assignment is on standard input. */
const ASSIGNED = 'AMPED_ASSIGNED';

/** So that SIGUSR1 does not start Node's debugger in a worker before it has come up; not every Node has it. */
const DEAF = ['--disable-sigusr1'].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag));

/** Starts a process that serves as the assignment says. `entry`: the script of a worker; `flags`: for Node; `say`: what it says. */
export function startProcess<Options>(
  entry: URL,
  flags: readonly string[],
  assignment: Assignment<Options>,
  say: Say,
): Worker {
  const { listeners, region } = assignment;
  const inherited = {
    ...assignment,
    listeners: listeners.map((_, index) => FIRST_LISTENER + index),
    region: { ...region, descriptor: REGION, base: 0 },
  };
  const child = spawn(process.execPath, [...DEAF, ...flags, fileURLToPath(entry)], {
    env: { ...process.env, [ASSIGNED]: '1' },
    stdio: ['pipe', 'inherit', 'pipe', 'pipe', region.descriptor, ...listeners],
  });
  // Not in the environment: a variable has at most 128 KiB, and others may read it. One that has died already reads nothing.
  child.stdin?.on('error', () => {});
  child.stdin?.end(JSON.stringify(inherited));
  let said = '';
  let serves = false;
  inLines(child.stderr as Readable, (lines) => {
    // Lines that came together belong together, as those of a trace do.
    const text = lines.filter((line) => line !== '').join('\n');
    if (text === '') return;
    if (serves) say('error', text);
    else said += `${text}\n`;
  });
  const ended = endOf(child);
  const ready = new Promise<void>((resolve, reject) => {
    const serving = (): void => {
      serves = true;
      resolve();
    };
    inLines(child.stdio[RECORDS] as Readable, (lines) => {
      for (const line of lines) readRecord(line, serving, say);
    });
    void ended.then((reason) => {
      reject(new Error(said.trim() || `A worker process ended before it served (${reason ?? 'by itself'}).`));
    });
  });
  // Whoever waits for it hears of it; nobody has to.
  ready.catch(() => {});
  return { ready, ended, kill: () => void child.kill('SIGKILL') };
}

/** Gives the lines that come, those that came together at once; the last need not be whole. */
function inLines(stream: Readable, tell: (lines: readonly string[]) => void): void {
  let begun = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (begun + text).split('\n');
    begun = lines.pop() as string;
    tell(lines);
  });
  stream.once('end', () => tell([begun]));
  // A worker that was killed may have reset it.
  stream.on('error', () => {});
}

function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (signal !== null) resolve(`killed by ${signal}`);
      else resolve(code === 0 ? undefined : `exit code ${code}`);
    });
  });
}

/** In the worker: what it is to do, when it was started by `startProcess`. */
export function assignmentOfProcess<Options>(): Assignment<Options> | undefined {
  if (process.env[ASSIGNED] === undefined) return undefined;
  delete process.env[ASSIGNED];
  // A keeper that is busy with others ends it later, and Node may have made it non-blocking.
  setBlocking(STANDARD_INPUT, true);
  const assignment = JSON.parse(readFileSync(STANDARD_INPUT, 'utf8')) as Assignment<Options>;
  dieWithParent();
  // It may have died before that.
  if (process.ppid !== assignment.keeper) process.exit(0);
  allowWaking();
  // Ctrl+C reaches all processes of a terminal: the one that keeps this one says what is to be done.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  // Without a listener Node would start its debugger.
  process.on('SIGUSR1', () => {});
  return assignment;
}
