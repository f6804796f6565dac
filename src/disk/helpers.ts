/**
 * The disk strategy `helpers`: threads that wait for the disk, so that an event-driven loop does not have to. The loop
 * hands requests over in shared memory and hears of completions as events, by an eventfd that its dispatcher watches. This
 * is what the AMPED architecture adds to an event-driven server (Pai, Druschel and Zwaenepoel, Flash, 1999).
 *
 * What it keeps true:
 * - Helpers are started when there is more to do than there are helpers, and one that ends takes only its own operation
 *   with it, which fails with EIO. Nothing that was asked is ever left without an answer.
 * - Answers are given in a turn of the dispatcher, never inside a call that asks, and so many at a time that connections
 *   have their turn too.
 * - Memory is bounded: operations beyond the slots wait as what they are, objects of their askers.
 * - After `destroy` helpers finish what they have in hand; the rest fails. Memory and descriptors are given back when the
 *   last helper has ended.
 */
import type { Dispatcher } from '../dispatcher/dispatcher.js';
import { ECANCELED, EIO, ENAMETOOLONG, errorFrom } from '../linux/errno.js';
import { createEventfd, drainEventfd, signalEventfd } from '../linux/eventfd.js';
import { closeFile, type FileStatus } from '../linux/files.js';
import { mapAnonymous, unmap } from '../linux/memory.js';
import type { Arena } from '../memory/arena.js';
import { Fifo } from '../memory/fifo.js';
import { BlockingDisk } from './blocking.js';
import { type AsynchronousDisk, type DiskOperation, PENDING } from './disk.js';
import {
  HelperMemory,
  type Kind,
  LIST,
  type Listed,
  LOOK,
  NAME_BYTES,
  OPEN,
  READ,
  SLOTS,
  WARM,
} from './helper-memory.js';
import { commonClock, type HelperMeter } from './helper-meter.js';
import { HelperThreads } from './helper-threads.js';

/** Also where this file has become part of another in assembly/. */
const ENTRY = new URL('../disk/helper.js', import.meta.url);

export interface HelpersOptions {
  /** What is read goes there. It must stay until `destroy` is through. */
  readonly arena: Pick<Arena, 'base'>;
  /** Completions are events of this dispatcher. */
  readonly dispatcher: Pick<Dispatcher, 'watch' | 'unwatch' | 'counts'> & Partial<Pick<Dispatcher, 'tracing'>>;
  /** There are at most so many helpers. */
  readonly helpers: number;
  /** Faults that are injected on purpose: each operation takes so much longer; */
  readonly latencyMilliseconds: number;
  /** it fails with EIO, at a probability from 0 to 1; */
  readonly errorRate: number;
  /** it ends its helper, at a probability from 0 to 1. */
  readonly crashRate: number;
  /** The script of a helper. */
  readonly entry?: URL;
  /** Counts what waits and what is done. */
  readonly meter?: HelperMeter | undefined;
  /** A helper has ended by an error, in words. */
  readonly helperFailed?: (why: string) => void;
}

interface Waiting {
  readonly kind: Kind;
  readonly operation: DiskOperation;
  /** By the clock that is the same in all threads; 0: nobody wants to know. */
  readonly asked: number;
}

export class HelpersDisk implements AsynchronousDisk {
  readonly name = 'helpers';
  readonly #options: HelpersOptions;
  /** For what does not wait. */
  readonly #direct: BlockingDisk;
  readonly #base: number;
  readonly #memory: HelperMemory;
  readonly #eventfd: number;
  /** Of each helper, where somebody wants to know. */
  readonly #calls: readonly Float64Array[];

  /** By slot: what is with the helpers. */
  readonly #operations: (DiskOperation | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #asked = new Float64Array(SLOTS);
  readonly #freeSlots: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  /** They are not with the helpers yet. */
  readonly #waiting = new Fifo<Waiting>();
  /** They have their results, and their askers are yet to be told. */
  readonly #answered = new Fifo<DiskOperation>();

  readonly #threads: HelperThreads;
  #ending: Promise<void> | undefined;
  #ended = (): void => {};

  /** Throws SystemError when there is no memory or no descriptor left. */
  constructor(options: HelpersOptions) {
    this.#options = options;
    this.#direct = new BlockingDisk(options.arena);
    this.#base = mapAnonymous(HelperMemory.size(options.helpers));
    this.#memory = new HelperMemory(this.#base, options.helpers);
    this.#eventfd = createEventfd();
    if (this.#eventfd < 0) {
      unmap(this.#base, HelperMemory.size(options.helpers));
      throw errorFrom(this.#eventfd, 'eventfd');
    }
    const places = options.meter === undefined ? 0 : options.helpers;
    this.#calls = Array.from({ length: places }, (_, place) => this.#memory.calls(place));
    const { helpers, latencyMilliseconds, errorRate, crashRate } = options;
    this.#threads = new HelperThreads({
      entry: options.entry ?? ENTRY,
      task: { base: this.#base, helpers, eventfd: this.#eventfd, latencyMilliseconds, errorRate, crashRate },
      listed: this.#listed,
      exited: this.#exited,
      failed: (why) => options.helperFailed?.(why),
    });
    options.dispatcher.watch(this.#eventfd, this.#wakeUp);
    process.once('exit', this.#stop);
  }

  openRoot(path: string): number {
    return this.#direct.openRoot(path);
  }

  open(operation: DiskOperation): number {
    return this.#askByName(OPEN, operation);
  }

  look(operation: DiskOperation): number {
    return this.#askByName(LOOK, operation);
  }

  read(operation: DiskOperation): number {
    return this.#ask(READ, operation);
  }

  warm(operation: DiskOperation): number {
    return this.#ask(WARM, operation);
  }

  list(operation: DiskOperation): number {
    return this.#askByName(LIST, operation);
  }

  status(file: number, status: FileStatus): number {
    return this.#direct.status(file, status);
  }

  close(file: number): void {
    this.#direct.close(file);
  }

  /** How many helpers there are now. */
  get alive(): number {
    return this.#threads.alive;
  }

  /** Ends the helpers, which takes as long as what they have in hand. */
  destroy(): Promise<void> {
    if (this.#ending !== undefined) return this.#ending;
    this.#ending = new Promise((resolve) => {
      this.#ended = resolve;
    });
    this.#options.dispatcher.unwatch(this.#eventfd);
    process.off('exit', this.#stop);
    this.#memory.stop();
    // Their end gives the memory back, so it must be heard of.
    this.#threads.ref();
    // Not in the batch of events that may be being dispatched: it may hold one of this descriptor.
    if (this.#threads.alive === 0) setImmediate(this.#giveBack);
    return this.#ending;
  }

  // --- Asking ---

  #askByName(kind: Kind, operation: DiskOperation): number {
    const { name } = operation;
    // No character has more than three bytes for each of its units.
    if (name.length * 3 > NAME_BYTES && Buffer.byteLength(name) > NAME_BYTES) {
      operation.result = -ENAMETOOLONG;
      return operation.result;
    }
    return this.#ask(kind, operation);
  }

  #ask(kind: Kind, operation: DiskOperation): number {
    if (this.#ending !== undefined) {
      operation.result = -ECANCELED;
      return operation.result;
    }
    operation.result = PENDING;
    const { meter } = this.#options;
    meter?.asked();
    this.#waiting.put({ kind, operation, asked: meter === undefined ? 0 : commonClock() });
    this.#request();
    return PENDING;
  }

  /** Hands what waits over to the helpers, as far as there is room. Each slot that comes back makes room again. */
  #request(): void {
    while (this.#ending === undefined) {
      const next = this.#waiting.first;
      const slot = this.#freeSlots.at(-1);
      if (next === undefined || slot === undefined) return;
      const { kind, operation, asked } = next;
      if (!this.#memory.request(slot, kind, operation, this.#options.arena.base + operation.offset)) return;
      this.#waiting.take();
      this.#freeSlots.pop();
      this.#operations[slot] = operation;
      this.#asked[slot] = asked;
      this.#startIfTooFew();
    }
  }

  // --- Answering ---

  /** Told by the dispatcher that helpers, or this thread itself, have signalled. */
  readonly #wakeUp = (): void => {
    drainEventfd(this.#eventfd);
    this.#memory.listen();
    let answers = 0;
    let all = false;
    try {
      while (this.#ending === undefined && answers++ < SLOTS) {
        const operation = this.#answered.take() ?? this.#completed();
        if (operation === undefined) {
          all = true;
          break;
        }
        this.#options.dispatcher.counts.diskReads++;
        this.#options.dispatcher.tracing?.trace?.diskCompleted(operation.request);
        this.#options.meter?.answered();
        operation.asker.diskCompleted(operation);
      }
    } finally {
      this.#hearCalls();
      // Also when an asker has thrown: the others are told in the next turn.
      if (!all && this.#ending === undefined) signalEventfd(this.#eventfd);
    }
  };

  #hearCalls(): void {
    for (let place = 0; place < this.#calls.length; place++) {
      this.#options.meter?.hear(place, this.#calls[place] as Float64Array);
    }
  }

  /** The next one that a helper has completed. */
  #completed(): DiskOperation | undefined {
    const slot = this.#memory.completions.take();
    if (slot === -1) return undefined;
    this.#memory.readAnswer(slot, this.#operations[slot] as DiskOperation);
    return this.#takeBack(slot);
  }

  /** Its slot is free for the next one. */
  #takeBack(slot: number): DiskOperation {
    const operation = this.#operations[slot] as DiskOperation;
    const trace = this.#options.dispatcher.tracing?.trace ?? null;
    if (trace !== null && operation.request !== 0) this.#memory.record(slot, trace);
    const taken = this.#memory.takenAt(slot);
    if (taken > 0) this.#options.meter?.took(taken - (this.#asked[slot] as number));
    this.#operations[slot] = undefined;
    this.#memory.takeBack(slot);
    this.#freeSlots.push(slot);
    this.#request();
    return operation;
  }

  #answer(operation: DiskOperation, result: number): void {
    operation.result = result;
    this.#answered.put(operation);
    signalEventfd(this.#eventfd);
  }

  /** There is nobody to do what has been asked. */
  #failAll(): void {
    // Those without a slot first: they would be handed over when slots become free.
    const late: DiskOperation[] = [];
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) late.push(next.operation);
    const requests = this.#memory.requests;
    for (let slot = requests.take(); slot !== -1; slot = requests.take()) this.#answer(this.#takeBack(slot), -EIO);
    for (const operation of late) this.#answer(operation, -EIO);
  }

  /** What a directory holds comes as a message, which is its completion. */
  readonly #listed = ({ slot, entries }: Listed): void => {
    const operation = this.#takeBack(slot);
    operation.entries = entries;
    this.#answer(operation, 0);
  };

  // --- Helpers ---

  /** One more if there is more to do than there are helpers, each of which does one thing at a time. */
  #startIfTooFew(): void {
    const { alive, full } = this.#threads;
    if (full || alive >= SLOTS - this.#freeSlots.length) return;
    if (!this.#threads.start() && alive === 0) this.#failAll();
  }

  readonly #exited = (number: number, place: number): void => {
    const tookPlace = this.#memory.tookPlace(place);
    if (this.#ending !== undefined) {
      if (this.#threads.alive === 0) this.#giveBack();
      return;
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#memory.inHand(slot, number)) this.#answer(this.#takeBack(slot), -EIO);
    }
    // Where helpers cannot so much as begin, another one would end as soon.
    if (tookPlace) this.#startIfTooFew();
    else if (this.#threads.alive === 0) this.#failAll();
  };

  /** Also when nobody has called `destroy`: Node waits for threads, and each would sleep on for up to a second. */
  readonly #stop = (): void => this.#memory.stop();

  readonly #giveBack = (): void => {
    const late: DiskOperation[] = [];
    for (let next = this.#answered.take(); next !== undefined; next = this.#answered.take()) late.push(next);
    for (let slot = 0; slot < SLOTS; slot++) {
      const operation = this.#operations[slot];
      if (operation === undefined) continue;
      if (this.#memory.completed(slot)) this.#memory.readAnswer(slot, operation);
      else operation.result = -ECANCELED;
      late.push(operation);
    }
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) {
      next.operation.result = -ECANCELED;
      late.push(next.operation);
    }
    this.#options.meter?.end();
    closeFile(this.#eventfd);
    unmap(this.#base, HelperMemory.size(this.#options.helpers));
    try {
      for (const operation of late) operation.asker.diskCompleted(operation);
    } finally {
      this.#ended();
    }
  };
}
