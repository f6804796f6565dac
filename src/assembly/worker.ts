/**
 * What every worker runs, process or thread: finds its assignment, puts its parts together, serves until it is told to end.
 *
 * Whatever ends it, everything that it has is given back: a thread's descriptors and memory are its process's, and would
 * stay.
 */

import { threadId } from 'node:worker_threads';
import type { ServerOptions } from '../config/options.js';
import { threadIdentifier, wake } from '../linux/process.js';
import { AccessLog } from '../log/access-log.js';
import { type Say, sparingly } from '../log/error-log.js';
import { inWords, messageOf } from '../log/in-words.js';
import { SharedRegion } from '../memory/shared-region.js';
import { LoopBeat } from '../metrics/loop-beat.js';
import { serveInProcess } from '../models/multi-process.js';
import { serveInThread } from '../models/multi-threaded.js';
import type { Assignment } from '../models/worker.js';
import { assignmentOfProcess } from '../models/worker-process.js';
import { sayRecord } from '../models/worker-record.js';
import { assignmentOfThread, threadSays, thrownInThread } from '../models/worker-thread.js';
import { assembleBlockingWorker } from './blocking-worker.js';
import { watchedByThread, watchesLoops } from './loop-watching.js';
import { SharedMemory } from './shared-memory.js';

const ofThread = assignmentOfThread<ServerOptions>();
const assignment = ofThread ?? assignmentOfProcess<ServerOptions>();
if (assignment === undefined) throw new Error('This is started by Amped itself, not by hand.');
if (ofThread === undefined) process.title = `amped ${assignment.kind} ${assignment.place + 1}`;

const say: Say = sparingly(ofThread === undefined ? sayRecord : threadSays);

let finished = async (): Promise<void> => {};
let giveBack = async (): Promise<void> => {};
/** The same at once, as far as it can be. */
let abandon = (): void => {};
let leave = (): void => {};
/** What fails before that is a reason not to serve, and a sentence; what fails later is a mistake in the program. */
let serving = false;

// A process's own go with it, and it says itself what has happened. Of a thread it is told to the one that keeps it.
if (ofThread === undefined) {
  process.once('uncaughtException', (error: unknown) => {
    process.stderr.write(`${serving ? inWords(error) : messageOf(error)}\n`);
    process.exit(1);
  });
} else {
  process.once('uncaughtException', endThread);
  // An application may end its thread too.
  process.once('exit', () => abandon());
}

function endThread(error: unknown): void {
  // The first one counts: what fails beside it must not end the thread before all is given back.
  const beside = (): void => {};
  process.on('uncaughtException', beside);
  void giveBack().finally(() => {
    process.off('uncaughtException', beside);
    throw thrownInThread(error);
  });
  // What is given back later is waited for: after an error Node may have nothing else to do.
  setImmediate(() => {});
}

// A supervisor such as systemd sends it to all processes of a service, and the one that keeps this one says the same.
if (ofThread === undefined) process.on('SIGTERM', () => leave());

await serve(assignment);
await finished();
await giveBack();
if (ofThread === undefined) process.exit(0);

async function serve(assignment: Assignment<ServerOptions>): Promise<void> {
  const { kind, options, slot, region } = assignment;
  const memory = SharedMemory.of(
    options,
    kind === 'process' || region.base === 0
      ? SharedRegion.inherited(region.descriptor, region.size)
      : SharedRegion.ofProcess(region.descriptor, region.base, region.size),
  );
  const own = memory.slots.at(slot);
  own.occupy(process.pid, threadIdentifier());
  leave = () => own.leave();
  const accessLog = accessLogOf(assignment, memory);
  const tracing = memory.tracingOf(slot, assignment.place);
  if (kind === 'loop') {
    // A worker that blocks would carry the dispatchers for nothing: a MiB each.
    const [{ assembleLoop }, { serveInLoop }] = await Promise.all([
      import('./loop.js'),
      import('../models/event-loops.js'),
    ]);
    const inProcess = ofThread === undefined ? 1 : options.loops;
    const { listeners } = assignment;
    const beat = beatOf(assignment);
    const loop = await assembleLoop(
      options,
      listeners,
      own,
      options.loops,
      inProcess,
      say,
      accessLog,
      tracing,
      {},
      beat,
    );
    giveBack = loop.close;
    abandon = loop.abandon;
    finished = loop.finished;
    serving = true;
    return serveInLoop(loop.model);
  }
  const worker = await assembleBlockingWorker(assignment, memory, say, accessLog, tracing);
  let given = false;
  abandon = () => {
    if (!given) worker.close();
    given = true;
  };
  giveBack = async () => abandon();
  finished = worker.finished;
  serving = true;
  return kind === 'thread' ? serveInThread(worker.loop) : serveInProcess(worker.loop);
}

/** What this loop is watched by: its keeper, or, in a process of its own, a thread. */
function beatOf({ options, beat }: Assignment<ServerOptions>): LoopBeat | undefined {
  if (ofThread === undefined) return watchesLoops(options) ? watchedByThread(options, true).beat : undefined;
  if (beat === undefined) return undefined;
  const own = LoopBeat.of(beat);
  own.thread = threadId;
  return own;
}

/** Lines go into shared memory; whoever keeps this worker writes them, and is woken when there are many. */
function accessLogOf(
  { options, slot, keeper }: Assignment<ServerOptions>,
  memory: SharedMemory,
): AccessLog | undefined {
  const ring = memory.ringOf(slot);
  if (options.accessLog === 'off' || ring === undefined) return undefined;
  return new AccessLog(options.accessLog, ring, () => void wake(keeper, keeper));
}
