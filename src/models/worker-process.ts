/**
 * The birth and the end of a worker that is a process: Node is started anew with the entry of a worker, and inherits the
 * listening sockets and the shared region by descriptor.
 *
 * What it keeps true: the worker dies with the process that keeps it, also when that is killed; and what it says on its
 * standard error before it serves is the reason for not serving, afterwards it is passed on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allowWaking, dieWithParent } from '../linux/process.js';
import type { Assignment, Worker } from './worker.js';

/** The descriptors of a worker, beside the standard output and error. */
const STANDARD_INPUT = 0;
const READY = 3;
const REGION = 4;
/** The listeners are this one and those after it. */
const FIRST_LISTENER = 5;

/** The environment variable that says that an assignment is on standard input. */
const ASSIGNED = 'AMPED_ASSIGNED';

/** Starts a process that serves as the assignment says. `entry`: the script of a worker; `flags`: for Node. */
export function startProcess<Options>(entry: URL, flags: readonly string[], assignment: Assignment<Options>): Worker {
  const { listeners, region } = assignment;
  const inherited = {
    ...assignment,
    listeners: listeners.map((_, index) => FIRST_LISTENER + index),
    region: { ...region, descriptor: REGION, base: 0 },
  };
  const child = spawn(process.execPath, [...flags, fileURLToPath(entry)], {
    env: { ...process.env, [ASSIGNED]: '1' },
    stdio: ['pipe', 'inherit', 'pipe', 'pipe', region.descriptor, ...listeners],
  });
  // Not in the environment: a variable has at most 128 KiB, and others may read it. One that has died already reads nothing.
  child.stdin?.on('error', () => {});
  child.stdin?.end(JSON.stringify(inherited));
  const said: Buffer[] = [];
  let serves = false;
  child.stderr?.on('data', (bytes: Buffer) => {
    if (serves) process.stderr.write(bytes);
    else said.push(bytes);
  });
  const ended = endOf(child);
  const ready = new Promise<void>((resolve, reject) => {
    child.stdio[READY]?.once('data', () => {
      serves = true;
      resolve();
    });
    void ended.then((reason) => {
      reject(
        new Error(
          Buffer.concat(said).toString().trim() ||
            `A worker process ended before it served (${reason ?? 'by itself'}).`,
        ),
      );
    });
  });
  // Whoever waits for it hears of it; nobody has to.
  ready.catch(() => {});
  return { ready, ended, kill: () => void child.kill('SIGKILL') };
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
  const assignment = JSON.parse(readFileSync(STANDARD_INPUT, 'utf8')) as Assignment<Options>;
  dieWithParent();
  // It may have died before that.
  if (process.ppid !== assignment.keeper) process.exit(0);
  allowWaking();
  // Ctrl+C reaches all processes of a terminal: the one that keeps this one says what is to be done.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  return assignment;
}

/** In the worker: it serves. */
export function processServes(): void {
  writeSync(READY, 'ready\n');
}
