/**
 * Keeps workers alive, whatever they are: starts them, replaces those that die, follows the load with their number,
 * replaces all of them without losing a request, and ends them in time.
 *
 * What it keeps true:
 * - A slot is used again only when what its last worker held has been given back.
 * - A worker that dies young is not replaced at once: what killed it may kill the next one too.
 * - After `stop` or `abort` no worker is left, and none is started.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { wake as wakeThread } from '../linux/process.js';
import type { Say } from '../log/error-log.js';
import {
  ABORT,
  BUSY,
  IDLE,
  type Order,
  RETIRE,
  STARTING,
  STOP,
  THROW,
  type WorkerSlots,
} from '../metrics/worker-slots.js';
import type { Worker } from './worker.js';

/** A worker that has lived so long was well; its end says nothing about the next one. */
const YOUTH_MILLISECONDS = 1000;
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 10_000;
/** A wake-up that comes just before the system call is lost: it is repeated. */
const WAKE_MILLISECONDS = 50;
/** A thread that is ended from outside cannot give back what it has: first it is told to do so itself. */
const KILL_MILLISECONDS = 500;
/** How many are replaced at a time by `roll`. */
const AT_A_TIME = 4;
const GROWING_MILLISECONDS = 100;
const SHRINKING_MILLISECONDS = 1000;
/** Apache's prefork too starts 1, then 2, then 4 workers, at most 32 at once. */
const MOST_STARTED_AT_ONCE = 32;

/** That those who are replaced wait for further requests for a while only. */
export interface Handover {
  /** Connections that have had no request for so long close, so that the next one is a new worker's. */
  readonly idleMilliseconds: number;
  /** The new ones have all taken their places, and so have had the requests that come from now on. */
  done(): void;
}

export interface PoolOptions {
  /** At least twice as many as there may be workers: a replacement lives beside the one that it replaces. */
  readonly slots: WorkerSlots;
  /** The most workers, and the number of places. */
  readonly size: number;
  /** How many idle ones there shall be; without it all `size` workers are there from the start. */
  readonly spare?: { readonly least: number; readonly most: number } | undefined;
  start(place: number, slot: number): Worker;
  /** A worker has ended: what it held is to be given back. */
  buried(slot: number): void;
  readonly say: Say;
  readonly wake?: (process: number, thread: number) => number;
}

export interface PoolCounts {
  /** Workers that serve, or will. */
  readonly workers: number;
  readonly busy: number;
  readonly idle: number;
  /** Workers that died and were replaced. */
  readonly replaced: number;
  readonly started: number;
}

interface Member {
  readonly worker: Worker;
  readonly place: number;
  readonly slot: number;
  readonly born: number;
  /** It has been told to end. */
  leaving: boolean;
  serves: boolean;
  /** Another one is starting, or serves already, in its place. */
  succeeded: boolean;
}

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #wake: (process: number, thread: number) => number;
  readonly #members = new Set<Member>();
  /** Of each place: the pause before the next replacement, in milliseconds; 0 for none. */
  readonly #pauses: number[];
  /** Places whose replacement is due later. */
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #sizing: NodeJS.Timeout | undefined;
  #growth = 1;
  #shrunk = 0;
  #replaced = 0;
  #started = 0;
  #starting = false;
  #ending = false;
  #rolling: Promise<void> | undefined;
  #rollsAgain: Promise<void> | undefined;
  /** Of the round after that: what was asked for last. */
  #next: { timeout: number; handover: Handover | undefined } | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#wake = options.wake ?? wakeThread;
    this.#pauses = new Array<number>(options.size).fill(0);
  }

  get counts(): PoolCounts {
    const staying = [...this.#members].filter((member) => !member.leaving);
    const inState = (state: number): number => staying.filter(({ slot }) => this.#state(slot) === state).length;
    return {
      workers: staying.length,
      busy: inState(BUSY),
      idle: inState(IDLE),
      replaced: this.#replaced,
      started: this.#started,
    };
  }

  /** Settles when the first workers serve; rejects with the reason of the first one that does not, when none is left. */
  async start(): Promise<void> {
    const { size, spare } = this.#options;
    const first = spare === undefined ? size : Math.max(1, spare.least);
    this.#starting = true;
    const members = Array.from({ length: first }, (_, place) => this.#add(place));
    try {
      await Promise.all(members.map(({ worker }) => worker.ready));
    } catch (error) {
      await this.abort();
      throw error;
    } finally {
      this.#starting = false;
    }
    if (spare !== undefined && !this.#ending) this.#sizing = setInterval(() => this.#resize(), GROWING_MILLISECONDS);
  }

  /**
   * Replaces every worker, a few at a time: the new one serves before the old one is told to end. Settles when all old
   * ones have ended; one that has not `timeout` milliseconds after it was told is ended. While this is under way another call asks for one more round, at most,
   * whose promise all of those get.
   * Connections that the old ones have wait for one more request, or, with a `handover`, for as long as that says.
   */
  roll(timeout: number, handover?: Handover): Promise<void> {
    if (this.#rolling === undefined) {
      this.#rolling = this.#replaceAll(timeout, handover).finally(() => {
        this.#rolling = undefined;
      });
      return this.#rolling;
    }
    // Who waits for a handover waits for it whoever else asks.
    this.#next = { timeout, handover: handover ?? this.#next?.handover };
    this.#rollsAgain ??= this.#rolling
      .catch(() => {})
      .then(() => {
        const next = this.#next;
        this.#rollsAgain = undefined;
        this.#next = undefined;
        return this.roll(next?.timeout ?? timeout, next?.handover);
      });
    return this.#rollsAgain;
  }

  /** Ends all: each finishes what it has, those left after `timeout` milliseconds do not. */
  stop(timeout: number): Promise<void> {
    return this.#end(STOP, timeout);
  }

  /** Ends all, at once. */
  abort(): Promise<void> {
    return this.#end(ABORT, 0);
  }

  /** Has one of the workers throw an error: a fault for tests. @param random from 0 up to, but not including, 1. */
  throwIn(random: number): void {
    const serving = [...this.#members].filter((member) => member.serves && !member.leaving);
    const chosen = serving[Math.floor(random * serving.length)];
    if (chosen !== undefined) this.#order(chosen, THROW);
  }

  /** Ends the worker in this slot, which does not come back to hear an order, and replaces it. @param why in a sentence, for people. */
  kill(slot: number, why: string): void {
    const stuck = [...this.#members].find((member) => member.slot === slot);
    if (stuck === undefined) return;
    this.#options.say('error', why);
    stuck.worker.kill();
  }

  // --- Births and deaths ---

  #add(place: number): Member {
    const slot = this.#vacantSlot();
    this.#options.slots.at(slot).state = STARTING;
    const worker = this.#options.start(place, slot);
    const member = { worker, place, slot, born: performance.now(), leaving: false, serves: false, succeeded: false };
    this.#members.add(member);
    this.#started++;
    worker.ready.then(
      () => {
        member.serves = true;
      },
      () => {},
    );
    void worker.ended.then((reason) => this.#bury(member, reason));
    return member;
  }

  #bury(member: Member, reason: string | undefined): void {
    const { place, slot } = member;
    this.#members.delete(member);
    this.#options.buried(slot);
    this.#options.slots.at(slot).vacate();
    // Whoever waits for the start hears why.
    if (member.leaving || this.#ending || (this.#starting && !member.serves)) return;
    this.#replaced++;
    const [why, ...trace] = (reason ?? 'by itself').split('\n');
    const pause = member.succeeded ? 0 : this.#pauseAfter(member);
    const when = pause === 0 ? 'now' : `in ${pause} ms`;
    this.#options.say('error', [`A worker has ended (${why}); another takes its place ${when}.`, ...trace].join('\n'));
    // One that was about to be replaced has its successor already.
    if (!member.succeeded) this.#replace(place, pause);
  }

  /** How long to wait before another one is started in the place of a worker that has died. */
  #pauseAfter({ place, born }: Member): number {
    const old = performance.now() - born >= YOUTH_MILLISECONDS;
    const longer = Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(FIRST_PAUSE_MILLISECONDS, 2 * this.#pauses[place]!));
    this.#pauses[place] = old ? 0 : longer;
    return this.#pauses[place];
  }

  #replace(place: number, pause: number): void {
    if (pause === 0) {
      this.#add(place);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(place);
      this.#add(place);
    }, pause);
    this.#timers.set(place, timer);
  }

  /** The first slot that nobody has. */
  #vacantSlot(): number {
    const taken = new Set([...this.#members].map((member) => member.slot));
    return this.#options.slots.slots.findIndex((_, slot) => !taken.has(slot));
  }

  #state(slot: number): number {
    return this.#options.slots.at(slot).state;
  }

  // --- Orders ---

  /** Tells a worker what to do, again and again until it has heard; it hears for sure that it shall abort. */
  #order(member: Member, order: Order): void {
    const slot = this.#options.slots.at(member.slot);
    if (order !== THROW) member.leaving = true;
    slot.order = order;
    const wake = (): void => {
      if (slot.thread !== 0) this.#wake(slot.process, slot.thread);
    };
    wake();
    const timer = setInterval(wake, WAKE_MILLISECONDS);
    void member.worker.ended.then(() => clearInterval(timer));
  }

  async #replaceAll(timeout: number, handover: Handover | undefined): Promise<void> {
    const old = [...this.#members].filter((member) => !member.leaving);
    for (let first = 0; first < old.length && !this.#ending; first += AT_A_TIME) {
      const some = old.slice(first, first + AT_A_TIME).filter((member) => this.#members.has(member));
      const successions = await Promise.allSettled(some.map((member) => this.#succeed(member, timeout)));
      const failed = successions.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
      if (failed !== undefined) throw failed.reason;
    }
    if (handover !== undefined) await this.#handOver(old, handover);
    // Until they are gone there is no slot for another round.
    await Promise.all(old.map(({ worker }) => worker.ended));
  }

  /** A new worker for the place of another. Rejects when it cannot be had: then the old one stays. */
  async #succeed(member: Member, timeout: number): Promise<void> {
    const successor = this.#add(member.place);
    // Should it fail, it is not to be replaced: the old one is there.
    successor.leaving = true;
    member.succeeded = true;
    try {
      await successor.worker.ready;
    } catch (error) {
      member.succeeded = false;
      if (!this.#members.has(member) && !this.#ending) this.#replace(member.place, this.#pauseAfter(successor));
      throw error;
    }
    successor.leaving = this.#ending;
    if (this.#ending || !this.#members.has(member)) return;
    this.#order(member, RETIRE);
    const timer = setTimeout(() => this.#force(member), timeout);
    void member.worker.ended.then(() => clearTimeout(timer));
  }

  /** They accept no more, so that a connection of theirs which is idle then has been so for as long as is waited here. */
  async #handOver(old: readonly Member[], { idleMilliseconds, done }: Handover): Promise<void> {
    await pause(idleMilliseconds);
    if (this.#ending) return;
    for (const member of old) if (this.#members.has(member)) this.#order(member, STOP);
    done();
  }

  /** Has it close everything and end; and when it does not, which only one does that computes, ends it from outside. */
  #force(member: Member): void {
    this.#order(member, ABORT);
    const timer = setTimeout(() => member.worker.kill(), KILL_MILLISECONDS);
    void member.worker.ended.then(() => clearTimeout(timer));
  }

  async #end(order: Order, timeout: number): Promise<void> {
    this.#ending = true;
    clearInterval(this.#sizing);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const member of this.#members) this.#order(member, order);
    const forceAll = (): void => {
      for (const member of this.#members) this.#force(member);
    };
    const timer = setTimeout(forceAll, timeout);
    await Promise.all([...this.#members].map(({ worker }) => worker.ended));
    clearTimeout(timer);
  }

  // --- The number of workers ---

  /** Called ten times a second where the number of workers follows the load. */
  #resize(): void {
    const { size, spare } = this.#options;
    if (spare === undefined || this.#ending || this.#rolling !== undefined) return;
    const staying = [...this.#members].filter((member) => !member.leaving);
    const idle = staying.filter(({ slot }) => this.#state(slot) !== BUSY);
    const room = size - staying.length - this.#timers.size;
    if (idle.length < spare.least && room > 0) {
      for (let number = Math.min(this.#growth, room); number > 0; number--) this.#add(this.#vacantPlace());
      this.#growth = Math.min(2 * this.#growth, MOST_STARTED_AT_ONCE);
      return;
    }
    this.#growth = 1;
    const now = performance.now();
    const youngest = idle.filter((member) => member.serves).at(-1);
    if (idle.length <= spare.most || youngest === undefined || now - this.#shrunk < SHRINKING_MILLISECONDS) return;
    this.#shrunk = now;
    this.#order(youngest, RETIRE);
  }

  #vacantPlace(): number {
    const taken = new Set([...this.#members].filter(({ leaving }) => !leaving).map(({ place }) => place));
    return this.#pauses.findIndex((_, place) => !taken.has(place) && !this.#timers.has(place));
  }
}
