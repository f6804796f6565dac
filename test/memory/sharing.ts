/** Threads and processes that share memory with a test: plain JavaScript over the built modules, since they load no TypeScript. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SharedRegion } from '../../src/memory/shared-region.js';
import { DIST } from '../models/scripts.js';

/** Somebody who runs a script and says one thing at its end. */
export interface Sharer<Result> {
  readonly result: Promise<Result>;
  /** Settles when it is gone, however that came. */
  readonly ended: Promise<void>;
  kill(): void;
}

/** Where a process finds the memory. */
const REGION = 3;

/** A thread of this process that runs `script`, to be found in the folder of `from`. */
export function startThread<Result>(from: string, script: string, region: SharedRegion, task: object): Sharer<Result> {
  const { descriptor, base, size } = region;
  const workerData = { ...task, dist: DIST.href, region: { descriptor, base, size } };
  const thread = new Worker(new URL(script, from), { workerData });
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  const result = new Promise<Result>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    void ended.then(() => reject(new Error('A thread has ended without a word.')));
  });
  result.catch(() => {});
  return { result, ended, kill: () => void thread.terminate() };
}

/** As `startThread`: a process, which maps the memory again, at an address of its own. */
export function startProcess<Result>(from: string, script: string, region: SharedRegion, task: object): Sharer<Result> {
  const told = JSON.stringify({ ...task, dist: DIST.href, region: { descriptor: REGION, base: 0, size: region.size } });
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, from))], {
    env: { ...process.env, SHARING: told },
    stdio: ['ignore', 'pipe', 'inherit', region.descriptor],
  });
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const result = ended.then(() => JSON.parse(said) as Result);
  result.catch(() => {});
  return { result, ended, kill: () => void child.kill('SIGKILL') };
}
