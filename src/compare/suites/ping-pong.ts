/**
 * Measures changes between threads, between processes and between handlers: a process of its own, on one processor, with a
 * thread and a child process as partners. The two that take turns share a word that says whose turn it is.
 *
 * What it keeps true: the partners sleep in the kernel while it is not their turn, and end when this process does.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { chooseDispatcher } from '../../dispatcher/choose.js';
import { createEventfd, signalEventfd } from '../../linux/eventfd.js';
import { futexWait, futexWake } from '../../linux/futex.js';
import { dieWithParent, exitNow } from '../../linux/process.js';
import { Arena } from '../../memory/arena.js';
import { SharedRegion } from '../../memory/shared-region.js';
import type { Change, SwitchLine, SwitchTask } from './switch.js';

const REGION_BYTES = 4096;
const ARENA_BYTES = 32 * 1024 * 1024;
/** Words of the region. */
const TURN = 0;
const WORKING_SET = 1;
/** On a line of its own, so that it disturbs nobody. */
const NOBODY = 32;
/** Whose turn it is. */
const OURS = 0;
const THEIRS = 1;
const OVER = 2;
/** A wake-up that was lost would cost no more than this. */
const WAIT_MILLISECONDS = 1_000;
const PROCESSOR_LINE_WORDS = 16;
const LARGEST_SET = 1024 * 1024;
const WARM_UP_CHANGES = 3_000;
const ROUNDS = 8;
const BATCH_MILLISECONDS = 1;
const FEWEST_BATCHES = 5;
/** As many handlers run in one turn of the dispatcher. */
const HANDLERS = 64;
/** Where a child process finds the region. */
const INHERITED = 3;

const ourSet = new Int32Array(LARGEST_SET / 4);
const theirSet = new Int32Array(LARGEST_SET / 4);

/** Changes a word in each line of the processor's cache that the set has. */
function touch(set: Int32Array, bytes: number): void {
  for (let word = 0; word < bytes / 4; word += PROCESSOR_LINE_WORDS) set[word] = (set[word] as number) + 1;
}

/** Takes turns until it is told that it is over. */
function answer(region: SharedRegion): void {
  const { words, base } = region;
  for (;;) {
    for (let turn = Atomics.load(words, TURN); turn !== THEIRS; turn = Atomics.load(words, TURN)) {
      if (turn === OVER) return;
      futexWait(base, turn, WAIT_MILLISECONDS);
    }
    touch(theirSet, Atomics.load(words, WORKING_SET));
    // It is over when the other says so meanwhile.
    if (Atomics.compareExchange(words, TURN, THEIRS, OURS) === OVER) return;
    futexWake(base, 1);
  }
}

function give(region: SharedRegion): void {
  const { words, base } = region;
  touch(ourSet, Atomics.load(words, WORKING_SET));
  Atomics.store(words, TURN, THEIRS);
  futexWake(base, 1);
  while (Atomics.load(words, TURN) === THEIRS) futexWait(base, THEIRS, WAIT_MILLISECONDS);
}

/** The same work by one alone, without a change: both sets, and two wake-ups of nobody. */
function alone(region: SharedRegion, nobody: number): void {
  const { words } = region;
  const bytes = Atomics.load(words, WORKING_SET);
  touch(ourSet, bytes);
  Atomics.store(words, NOBODY, THEIRS);
  futexWake(nobody, 1);
  touch(theirSet, bytes);
  Atomics.store(words, NOBODY, OURS);
  futexWake(nobody, 1);
}

/**
 * How long `work` takes, in seconds: in the fastest of some batches, since whatever else the machine does can only make it
 * slower.
 */
function timeOf(work: () => void, milliseconds: number): number {
  const began = performance.now();
  let fastest = Number.POSITIVE_INFINITY;
  for (let batches = 0; batches < FEWEST_BATCHES || performance.now() - began < milliseconds; batches++) {
    const start = performance.now();
    let rounds = 0;
    let passed = 0;
    while (passed < BATCH_MILLISECONDS) {
      for (let index = 0; index < ROUNDS; index++) work();
      rounds += ROUNDS;
      passed = performance.now() - start;
    }
    fastest = Math.min(fastest, passed / rounds / 1000);
  }
  return fastest;
}

class Partner {
  readonly region = SharedRegion.create(REGION_BYTES);

  /** Sleeps meanwhile: Node's own work, such as the start of the partner, has its turn. */
  async ready(): Promise<void> {
    Atomics.store(this.region.words, TURN, THEIRS);
    while (Atomics.load(this.region.words, TURN) === THEIRS) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let warm = 0; warm < WARM_UP_CHANGES; warm++) {
      give(this.region);
      alone(this.region, this.region.base + NOBODY * 4);
    }
  }

  /** Of one change, without what both do besides. */
  change(workingSet: number, milliseconds: number): number {
    Atomics.store(this.region.words, WORKING_SET, workingSet);
    const both = timeOf(() => give(this.region), milliseconds);
    const work = timeOf(() => alone(this.region, this.region.base + NOBODY * 4), milliseconds / 2);
    return Math.max(0, both - work) / 2;
  }

  end(): void {
    Atomics.store(this.region.words, TURN, OVER);
    futexWake(this.region.base, 1);
  }
}

/** From one handler to the next, in a turn of the dispatcher on epoll; the turn's system call is part of it. */
class Handlers {
  readonly #arena = new Arena(ARENA_BYTES);
  readonly #dispatcher = chooseDispatcher('epoll', this.#arena).dispatcher;
  #workingSet = 0;
  #odd = false;

  constructor() {
    for (let index = 0; index < HANDLERS; index++) {
      const descriptor = createEventfd();
      signalEventfd(descriptor);
      // It stays ready: nobody takes the signal.
      this.#dispatcher.watch(descriptor, () => {
        this.#odd = !this.#odd;
        touch(this.#odd ? ourSet : theirSet, this.#workingSet);
      });
    }
    for (let warm = 0; warm < WARM_UP_CHANGES / HANDLERS; warm++) this.#dispatcher.turn(0);
  }

  change(workingSet: number, milliseconds: number): number {
    this.#workingSet = workingSet;
    // A turn may not bring all that are ready.
    const handled = this.#dispatcher.turn(0);
    const turn = timeOf(() => this.#dispatcher.turn(0), milliseconds);
    const sets = timeOf(() => {
      touch(ourSet, workingSet);
      touch(theirSet, workingSet);
    }, milliseconds / 2);
    return Math.max(0, turn / handled - sets / 2);
  }
}

async function measure(task: SwitchTask): Promise<void> {
  const say = (line: SwitchLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  const thread = new Partner();
  const { descriptor, base, size } = thread.region;
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { descriptor, base, size } });
  await thread.ready();
  const other = new Partner();
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    stdio: ['ignore', 'ignore', 'inherit', other.region.descriptor],
  });
  await other.ready();
  const handlers = new Handlers();
  const change: Readonly<Record<Change, (workingSet: number, milliseconds: number) => number>> = {
    thread: (...given) => thread.change(...given),
    process: (...given) => other.change(...given),
    handler: (...given) => handlers.change(...given),
  };
  for (let repetition = 0; repetition < task.repetitions; repetition++) {
    for (const workingSet of task.workingSets) {
      for (const kind of ['thread', 'process', 'handler'] as const) {
        say({ change: kind, workingSet, seconds: change[kind](workingSet, task.milliseconds) });
      }
    }
  }
  thread.end();
  other.end();
  const ended = new Promise((resolve) => child.once('close', resolve));
  await Promise.all([ended, new Promise((resolve) => worker.once('exit', resolve))]);
}

if (!isMainThread) {
  const { descriptor, base, size } = workerData as { descriptor: number; base: number; size: number };
  answer(SharedRegion.ofProcess(descriptor, base, size));
} else if (process.argv[2] === undefined) {
  dieWithParent();
  answer(SharedRegion.inherited(INHERITED, REGION_BYTES));
  exitNow(0);
} else {
  await measure(JSON.parse(process.argv[2]) as SwitchTask);
  // The standard output is a pipe, whose last lines may still be on their way.
  process.stdout.end(() => process.exit(0));
}
