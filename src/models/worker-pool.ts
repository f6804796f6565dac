/**
 * Keeps workers alive, whatever they are: starts them, replaces those that die, follows the load with their number,
 * replaces all of them without losing a request, and ends them in time.
 *
 * What it keeps true:
 * - A slot is used again only when what its last worker held has been given back.
 * - A worker that dies young is not replaced at once: what killed it may kill the next one too.
 * - Nothing waits for ever for a worker that does not come up, nor for one that does not end.
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
/** One that has idle connections only ends sooner than that when it is told to stop. */
const STOPPING_MILLISECONDS = 2000;
/** How many are replaced at a time by `roll`. */
const AT_A_TIME = 4;
const GROWING_MILLISECONDS = 100;
const SHRINKING_MILLISECONDS = 1000;
/** A worker that is to take a place has so long to come up, or, where others have needed long, this many times as long as they. */
const START_MILLISECONDS = 60_000;
const TIMES_THE_SLOWEST = 4;
/** While another round waits it has that long; twice as long after each round that was given up, so that one is done at last. */
const PATIENCE_MILLISECONDS = 2000;
const LOOK_MILLISECONDS = 100;
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
  /** When it was told to end. */
  told: number | undefined;
  /** It has been told to close everything at once. */
  forced: boolean;
  /** Why it was ended before it came up. */
  givenUp: Error | undefined;
}

/** What a round has. */
interface Round {
  /** The former workers have so long, in milliseconds, before they close idle connections and their slots may be wanted for others. */
  timeout: number;
  /** They have so long to finish what is under way, as long as nobody wants their slots. */
  finish: number;
  handover: Handover | undefined;
}

/** A round has been given up, since its workers did not come up and another one waited. */
class Superseded extends Error {
  readonly by: Promise<void>;

  constructor(by: Promise<void>) {
    super('Workers are replaced once more.');
    this.by = by;
  }
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
  #next: Round | undefined;
  /** New workers are taking the places of others. */
  #replacing = false;
  #patience = PATIENCE_MILLISECONDS;
  /** The longest that a worker has taken to come up, in milliseconds. */
  #slowest = 0;

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
   * ones have ended, or soon after `timeout` milliseconds: connections of theirs that are idle then close, and what is
   * under way has until `finish`, or until another round needs their slots. While a round is under way another call asks for one
   * more, at most, whose promise all of those get; a round whose workers do not come up meanwhile is given up for it.
   * Connections that the old ones have wait for one more request, or, with a `handover`, for as long as that says.
   */
  roll(timeout: number, handover?: Handover, finish = timeout): Promise<void> {
    if (this.#rolling === undefined) {
      this.#rolling = this.#replaceAll({ timeout, finish, handover }).finally(() => {
        this.#rolling = undefined;
      });
      return this.#rolling.catch((error: unknown) => {
        if (error instanceof Superseded) return error.by;
        throw error;
      });
    }
    // Who waits for a handover waits for it whoever else asks.
    this.#next = { timeout, finish, handover: handover ?? this.#next?.handover };
    this.#rollsAgain ??= this.#rolling
      .catch(() => {})
      .then(() => {
        const next = this.#next as Round;
        this.#rollsAgain = undefined;
        this.#next = undefined;
        return this.roll(next.timeout, next.handover, next.finish);
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
    const member: Member = {
      ...{ worker, place, slot, born: performance.now() },
      ...{ leaving: false, serves: false, succeeded: false, told: undefined, forced: false, givenUp: undefined },
    };
    this.#members.add(member);
    this.#started++;
    // How long the first ones may take is for whoever started the server to judge.
    const looking = this.#starting ? undefined : setInterval(() => this.#giveUpLate(member), LOOK_MILLISECONDS);
    worker.ready.then(
      () => {
        clearInterval(looking);
        member.serves = true;
        this.#slowest = Math.max(this.#slowest, performance.now() - member.born);
      },
      () => {},
    );
    void worker.ended.then((reason) => {
      clearInterval(looking);
      this.#bury(member, reason);
    });
    return member;
  }

  /** Ends one that takes too long to come up: nobody is told of it, and it holds no connection. */
  #giveUpLate(member: Member): void {
    const { leaving, givenUp, born } = member;
    if (givenUp !== undefined || this.#ending) return;
    const age = performance.now() - born;
    const bound = Math.max(START_MILLISECONDS, TIMES_THE_SLOWEST * this.#slowest);
    if (age >= bound) {
      member.givenUp = new Error(`A new worker had not come up after ${Math.round(age / 1000)} s, and was ended.`);
    } else if (this.#rollsAgain !== undefined && leaving && age >= this.#patience) {
      member.givenUp = new Superseded(this.#rollsAgain);
    } else {
      return;
    }
    this.#force(member);
    // One that nobody stands beside is replaced.
    member.leaving = leaving;
  }

  #bury(member: Member, reason: string | undefined): void {
    const { place, slot } = member;
    this.#members.delete(member);
    this.#options.buried(slot);
    this.#options.slots.at(slot).vacate();
    // Whoever waits for the start hears why.
    if (member.leaving || this.#ending || (this.#starting && !member.serves)) return;
    this.#replaced++;
    const [why, ...trace] = (member.givenUp?.message ?? reason ?? 'by itself').split('\n');
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
    if (pause === 0 && this.#free > 0) {
      this.#add(place);
      return;
    }
    const again = (): void => {
      this.#timers.delete(place);
      this.#replace(place, 0);
    };
    this.#timers.set(place, setTimeout(again, pause === 0 ? FIRST_PAUSE_MILLISECONDS : pause));
  }

  /** How many slots nobody has, those not counted that are for replacements which are due. */
  get #free(): number {
    return this.#options.slots.slots.length - this.#members.size - this.#timers.size;
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
    if (order !== THROW) {
      member.leaving = true;
      member.told ??= performance.now();
    }
    slot.order = order;
    const wake = (): void => {
      if (slot.thread !== 0) this.#wake(slot.process, slot.thread);
    };
    wake();
    const timer = setInterval(wake, WAKE_MILLISECONDS);
    void member.worker.ended.then(() => clearInterval(timer));
  }

  async #replaceAll(round: Round): Promise<void> {
    const old = [...this.#members].filter((member) => !member.leaving);
    this.#replacing = true;
    try {
      for (let left: readonly Member[] = old; left.length > 0 && !this.#ending; ) {
        const count = Math.min(AT_A_TIME, await this.#room(round.timeout));
        await this.#succeedAll(left.slice(0, count), round);
        left = left.slice(count);
      }
    } catch (error) {
      if (error instanceof Superseded) {
        this.#patience *= 2;
        if (this.#next !== undefined) this.#next.handover ??= round.handover;
      }
      throw error;
    } finally {
      this.#replacing = false;
    }
    this.#patience = PATIENCE_MILLISECONDS;
    if (round.handover !== undefined) await this.#handOver(old, round.handover);
    await this.#awaitEnd(old, round);
  }

  /** How many slots are free, when any are: whoever has been told to end has had time enough after `timeout`. */
  async #room(timeout: number): Promise<number> {
    while (this.#free <= 0 && !this.#ending) {
      const leaving = [...this.#members].filter((member) => member.leaving);
      if (leaving.length === 0) break;
      const timers = leaving.map((member) =>
        setTimeout(() => this.#cutOff(member), Math.max(0, (member.told ?? 0) + timeout - performance.now())),
      );
      await Promise.race(leaving.map(({ worker }) => worker.ended));
      for (const timer of timers) clearTimeout(timer);
    }
    return Math.max(1, this.#free);
  }

  async #succeedAll(some: readonly Member[], round: Round): Promise<void> {
    // One that has died meanwhile has been replaced by one that is new enough.
    const left = this.#ending ? [] : some.filter((member) => this.#members.has(member));
    const successions = await Promise.allSettled(left.map((member) => this.#succeed(member, round)));
    const failed = successions.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
  }

  /** A new worker for the place of another. Rejects when it cannot be had: then the old one stays. */
  async #succeed(member: Member, round: Round): Promise<void> {
    const successor = this.#add(member.place);
    // Should it fail, it is not to be replaced: the old one is there.
    successor.leaving = true;
    member.succeeded = true;
    try {
      await successor.worker.ready;
    } catch (error) {
      member.succeeded = false;
      if (!this.#members.has(member) && !this.#ending) this.#replace(member.place, this.#pauseAfter(successor));
      throw successor.givenUp ?? error;
    }
    successor.leaving = this.#ending;
    if (this.#ending || !this.#members.has(member)) return;
    this.#retire(member, round);
  }

  #retire(member: Member, { timeout, finish }: Round): void {
    this.#order(member, RETIRE);
    // One that has not come up has no connections, and may never hear of it.
    const bound = member.serves ? finish : Math.min(finish, KILL_MILLISECONDS);
    const timers = [setTimeout(() => this.#cutOff(member), bound)];
    if (bound > timeout) timers.push(setTimeout(() => this.#order(member, STOP), timeout));
    void member.worker.ended.then(() => timers.forEach(clearTimeout));
  }

  /** Ends one that was told to end and still has connections. */
  #cutOff(member: Member): void {
    if (member.forced || this.#ending) return;
    if (member.serves) {
      const seconds = Math.round((performance.now() - (member.told ?? member.born)) / 1000);
      const sentence = `A worker had not finished ${seconds} s after it was told to end: its connections are closed.`;
      this.#options.say('warn', sentence);
    }
    this.#force(member);
  }

  /** Waits until they are gone, but for those who have longer than `timeout` and something under way. */
  async #awaitEnd(old: readonly Member[], { timeout, finish }: Round): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const ended: Promise<unknown>[] = [Promise.all(old.map(({ worker }) => worker.ended))];
    if (finish > timeout) {
      ended.push(
        new Promise((resolve) => {
          timer = setTimeout(resolve, timeout + STOPPING_MILLISECONDS);
        }),
      );
    }
    await Promise.race(ended);
    clearTimeout(timer);
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
    member.forced = true;
    this.#order(member, ABORT);
    const timer = setTimeout(() => member.worker.kill(), KILL_MILLISECONDS);
    void member.worker.ended.then(() => clearTimeout(timer));
  }

  /** One that has not come up has no connections, and may never hear of an order; whoever has just been born does, mostly. */
  #forceSoon(member: Member): void {
    const age = performance.now() - member.born;
    const timer = setTimeout(() => this.#force(member), Math.max(0, PATIENCE_MILLISECONDS - age));
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
    for (const member of this.#members) if (!member.serves) this.#forceSoon(member);
    await Promise.all([...this.#members].map(({ worker }) => worker.ended));
    clearTimeout(timer);
  }

  // --- The number of workers ---

  /** Called ten times a second where the number of workers follows the load. */
  #resize(): void {
    const { size, spare } = this.#options;
    if (spare === undefined || this.#ending || this.#replacing) return;
    const staying = [...this.#members].filter((member) => !member.leaving);
    const idle = staying.filter(({ slot }) => this.#state(slot) !== BUSY);
    const room = Math.min(size - staying.length - this.#timers.size, this.#free);
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
