/**
 * The birth and the end of a worker that is a thread of this process, with a JavaScript engine of its own and the shared
 * region in one address space.
 *
 * What it keeps true: a thread whose code throws ends alone, and its error is told in words; a thread that waits in a
 * system call cannot be ended from outside, only woken (linux/process.ts), so `kill` is for one that computes.
 */
import { isMainThread, parentPort, type ResourceLimits, Worker as Thread, workerData } from 'node:worker_threads';
import type { Level, Say } from '../log/error-log.js';
import { inWords, messageOf } from '../log/in-words.js';
import type { Assignment, Worker } from './worker.js';

/** What a thread tells: that it serves, or a sentence with its level. */
type Message = 'ready' | [level: Level, text: string, kind?: string | undefined];

/** Starts a thread that serves as the assignment says. `entry`: the script of a worker; `say`: what it says. */
export function startThread<Options>(
  entry: URL,
  resourceLimits: ResourceLimits,
  assignment: Assignment<Options>,
  say: Say,
): Worker {
  const thread = new Thread(entry, { workerData: assignment, resourceLimits });
  let thrown: unknown;
  let threw = false;
  const ended = new Promise<string | undefined>((resolve) => {
    thread.once('error', (error: unknown) => {
      thrown = error;
      threw = true;
    });
    thread.once('exit', (code) => {
      if (threw) resolve(inWords(thrown));
      else resolve(code === 0 ? undefined : `exit code ${code}`);
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    thread.on('message', (message: Message) => {
      if (message === 'ready') resolve();
      else say(...message);
    });
    void ended.then((why) => {
      // What fails before it serves is a reason not to serve, and a sentence.
      const sentence = threw ? messageOf(thrown) : undefined;
      reject(new Error(sentence ?? `A worker thread ended before it served (${why ?? 'by itself'}).`));
    });
  });
  // Whoever waits for it hears of it; nobody has to.
  ready.catch(() => {});
  return { ready, ended, kill: () => void thread.terminate() };
}

/** In the worker: what it is to do, when it was started by `startThread`. */
export function assignmentOfThread<Options>(): Assignment<Options> | undefined {
  return isMainThread ? undefined : (workerData as Assignment<Options>);
}

/**
 * In the worker: what it has thrown, as something that crosses to whoever keeps it. Most that is no plain error loses on the way
 * what it says.
 */
export function thrownInThread(thrown: unknown): Error {
  const told = new Error(messageOf(thrown));
  told.stack = inWords(thrown);
  return told;
}

/** In the worker: it serves. */
export function threadServes(): void {
  tell('ready');
}

/** In the worker: says something to whoever keeps it. */
export const threadSays: Say = (...said) => tell(said);

function tell(message: Message): void {
  parentPort?.postMessage(message);
}
