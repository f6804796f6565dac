/**
 * The load client: one thread of control over one dispatcher, as the event-driven server is. It assigns requests to
 * connections by the order and the pace of the plan, and counts what comes back.
 *
 * What it keeps true:
 * - Nothing is allocated for a request or for an answer.
 * - In an open loop a request is due when it is due: a server that is slow does not get fewer of them, and what waits for a
 *   free connection waits on the clock.
 * - With a number of requests exactly so many are answered after the warm-up, and none is under way at the end.
 */
import type { Dispatcher } from '../../dispatcher/dispatcher.js';
import { NodeLoopHost } from '../../dispatcher/node-loop.js';
import { close } from '../../linux/sockets.js';
import type { Arena } from '../../memory/arena.js';
import { AnswerCheck } from './answer-check.js';
import { type Arrivals, arrivalsOf } from './arrivals.js';
import type { CompletePlan } from './complete-plan.js';
import type { Connector } from './connector.js';
import { DelayQueue } from './delay-queue.js';
import { fairnessOf } from './fairness.js';
import { IdleConnections } from './idle-connections.js';
import { Latencies } from './latencies.js';
import { LoadConnection, type LoadService } from './load-connection.js';
import { type Order, orderOf } from './order.js';
import { PacedTurns } from './paced-turns.js';
import { Phases } from './phases.js';
import type { Requests } from './requests.js';
import type { LoadResult } from './result.js';
import { SameHead } from './same-head.js';
import { SlowReaders } from './slow-readers.js';
import { type ErrorKind, Tally } from './tally.js';

/** How often time-outs are looked for. */
const SWEEP_MILLISECONDS = 100;
/** After a connection that could not be made. */
const RETRY_MILLISECONDS = 100;
/** Nobody is there any more when every connection has been refused, and nothing has come for so long. */
const UNREACHABLE_MILLISECONDS = 1000;
/** So many failures in a row, without one answer between them, and nothing will come of it: at least this, and for each connection so many. */
const HOPELESS_FAILURES = 1000;
const HOPELESS_FAILURES_PER_CONNECTION = 10;
/** Where a number of requests is to be answered: nothing will come any more after so many time-outs. */
const HOPELESS_TIMEOUTS = 3;

/** With more of them their heads are not remembered: most would have another Date when they come again. */
const REMEMBERED_TARGETS = 1024;

export interface LoadParts {
  readonly arena: Arena;
  readonly dispatcher: Dispatcher;
  readonly requests: Requests;
  readonly connector: Connector;
  /** How many bytes a connection may put together. */
  readonly batchBytes: number;
}

/** Sockets that are connected already. */
export interface Connected {
  readonly busy: readonly number[];
  readonly idle: readonly number[];
}

export class LoadClient implements LoadService {
  readonly dispatcher: Dispatcher;
  readonly arena: Arena;
  readonly requests: Requests;
  readonly connector: Connector;
  readonly check: AnswerCheck;
  readonly sameHeads: readonly SameHead[];
  readonly tally = new Tally();
  readonly keepAlive: boolean;
  readonly depth: number;
  readonly batchBytes: number;
  readonly phases: Phases;
  readonly latencies = new Latencies();
  readonly serviceTimes: Latencies | undefined;
  fairness: LoadResult['fairness'] = fairnessOf([]);
  readonly idle: IdleConnections;
  ended: LoadResult['ended'] = 'complete';
  reason: string | undefined;
  unanswered = 0;
  /** In an open loop: requests that were due in the measured time, and those of them that were never sent. */
  due = 0;
  unsent = 0;
  slowReaders: SlowReaders | undefined;
  readonly #plan: CompletePlan;
  /** Answers of each connection since the measuring began. */
  readonly #perConnection: Int32Array;
  readonly #order: Order;
  readonly #arrivals: Arrivals | undefined;
  readonly #limit: number;
  readonly #connections: readonly LoadConnection[];
  /** Connections with room for a request, in the order in which they had it: in an open loop, and when no more may be sent for now. */
  readonly #free: DelayQueue;
  #freeCount = 0;
  readonly #thinking: DelayQueue;
  readonly #retrying: DelayQueue;
  readonly #host: NodeLoopHost;
  /** What the due times of the arrivals count from. */
  #origin = 0;
  /** Assigned, and neither answered nor failed. */
  #underWay = 0;
  #failuresInARow = 0;
  #refusalsInARow = 0;
  /** When the phase ends by itself. */
  #phaseEnd = Number.POSITIVE_INFINITY;
  #finished = false;
  #settle: () => void = () => {};

  constructor(plan: CompletePlan, parts: LoadParts) {
    this.#plan = plan;
    this.dispatcher = parts.dispatcher;
    this.arena = parts.arena;
    this.requests = parts.requests;
    this.connector = parts.connector;
    this.batchBytes = parts.batchBytes;
    this.keepAlive = plan.keepAlive;
    this.depth = plan.pipeline;
    this.check = new AnswerCheck(plan.targets, parts.requests.headOnly, plan.hashSample, this.tally);
    const remembered = plan.targets.length <= REMEMBERED_TARGETS ? plan.targets : [];
    this.sameHeads = remembered.map(() => new SameHead(parts.arena));
    this.phases = new Phases(this.tally, plan.processor);
    this.#order = orderOf(plan.order, plan.targets, plan.seed);
    this.#arrivals = arrivalsOf(plan.pace, plan.order, this.#order, plan.seed);
    this.serviceTimes = this.#arrivals === undefined ? undefined : new Latencies();
    this.#limit = plan.requests ?? Number.POSITIVE_INFINITY;
    this.#perConnection = new Int32Array(plan.connections);
    this.#connections = Array.from({ length: plan.connections }, (_, slot) => new LoadConnection(slot, this));
    const places = plan.connections * plan.pipeline;
    this.#free = new DelayQueue(0, places);
    this.#thinking = new DelayQueue(plan.thinkMilliseconds, places);
    this.#retrying = new DelayQueue(RETRY_MILLISECONDS, plan.connections);
    this.idle = new IdleConnections(parts.dispatcher);
    const turns = new PacedTurns(
      parts.dispatcher,
      () => this.#nextDue(),
      (now) => this.#turned(now),
    );
    this.#host = new NodeLoopHost(turns, () => this.#finished);
  }

  /** Runs to its end. Never rejects: what goes wrong is counted, and told by `ended` and `reason`. */
  async run(connected: Connected): Promise<void> {
    const plan = this.#plan;
    if (this.#finished) {
      // Stopped before it had begun.
      for (const socket of [...connected.busy, ...connected.idle]) close(socket);
      return;
    }
    const finished = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    for (const socket of connected.idle) this.idle.adopt(socket);
    for (const [index, socket] of connected.busy.entries()) {
      const connection = this.#connections[index];
      if (connection === undefined) close(socket);
      else connection.adopt(socket);
    }
    if (plan.slowReaders !== undefined) {
      const order = plan.order.kind === 'trace' ? ({ kind: 'random' } as const) : plan.order;
      this.slowReaders = new SlowReaders(plan.slowReaders, this, orderOf(order, plan.targets, plan.seed + 1));
    }
    const sweep = setInterval(() => this.#sweep(performance.now()), SWEEP_MILLISECONDS);
    this.#host.start();
    await finished;
    clearInterval(sweep);
    this.#host.stop();
  }

  /** In the first turn, so that its time is the dispatcher's. */
  #begin(now: number): void {
    const { warmUpSeconds, thinkMilliseconds } = this.#plan;
    this.#origin = now;
    if (warmUpSeconds > 0) {
      this.phases.enter('warm-up', now);
      this.#phaseEnd = now + warmUpSeconds * 1000;
    } else {
      this.#measure(now);
    }
    const spread = thinkMilliseconds / this.#connections.length;
    for (let place = 0; place < this.depth; place++) {
      for (const connection of this.#connections) {
        if (this.#arrivals !== undefined) this.#park(connection);
        // Not all at once, or they would stay together.
        else if (spread > 0) this.#thinking.put(connection.slot, now + connection.slot * spread - thinkMilliseconds);
        else this.#ask(connection);
      }
    }
  }

  /** Ends it early: what is under way is given up. */
  stop(): void {
    this.#endEarly('stopped', undefined);
  }

  // --- What connections tell ---

  answered(connection: LoadConnection, index: number): void {
    const { slot } = connection;
    const due = connection.dues[index] as number;
    this.#underWay--;
    this.#failuresInARow = 0;
    this.#refusalsInARow = 0;
    this.#perConnection[slot] = (this.#perConnection[slot] as number) + 1;
    if (due < this.phases.measuresFrom) return;
    const now = this.dispatcher.clock;
    this.latencies.record(now - due);
    this.serviceTimes?.record(now - (connection.sentAts[index] as number));
  }

  failed(connection: LoadConnection, index: number, kind: ErrorKind): void {
    this.#underWay--;
    this.#failuresInARow++;
    if (kind === 'timeout') this.#waitedInVain(connection, index);
  }

  dropped(connection: LoadConnection, index: number): void {
    this.#underWay--;
    if ((connection.dues[index] as number) >= this.phases.measuresFrom) this.unsent++;
    this.#waitedInVain(connection, index);
    this.free(connection);
  }

  /** In an open loop a request that came to nothing has at least the latency that it waited: it must not look like none. */
  #waitedInVain(connection: LoadConnection, index: number): void {
    const due = connection.dues[index] as number;
    if (this.#arrivals !== undefined && due >= this.phases.measuresFrom) {
      this.latencies.record(this.dispatcher.clock - due);
    }
  }

  free(connection: LoadConnection): void {
    if (this.phases.phase === 'ending') return;
    if (this.#arrivals !== undefined || this.phases.phase === 'resting') this.#park(connection);
    else if (this.#plan.thinkMilliseconds > 0) this.#thinking.put(connection.slot, this.dispatcher.clock);
    else this.#ask(connection);
  }

  #ask(connection: LoadConnection): void {
    if (!this.#mayAsk()) {
      this.#park(connection);
      return;
    }
    this.#underWay++;
    connection.ask(this.#order.next());
  }

  #mayAsk(): boolean {
    const { phase } = this.phases;
    if (phase !== 'measuring') return phase === 'warm-up';
    return this.#limit === Number.POSITIVE_INFINITY || this.phases.answered + this.#underWay < this.#limit;
  }

  #park(connection: LoadConnection): void {
    this.#free.put(connection.slot, 0);
    this.#freeCount++;
  }

  #unpark(): LoadConnection {
    this.#freeCount--;
    return this.#connections[this.#free.take()] as LoadConnection;
  }

  connected(): void {
    this.#refusalsInARow = 0;
  }

  connectFailed(connection: LoadConnection): void {
    this.#refusalsInARow++;
    if (this.#sends) {
      this.#retrying.put(connection.slot, this.dispatcher.clock);
    } else {
      connection.drop();
      // It has nothing to connect for: it only stops waiting, so that its next request connects again.
      connection.retry();
    }
  }

  // --- The turn ---

  #nextDue(): number {
    if (this.phases.phase === 'connecting') return 0;
    let due = this.#phaseEnd;
    if (this.#freeCount > 0 && this.#arrivals !== undefined && this.#sends) {
      due = Math.min(due, this.#origin + this.#arrivals.due);
    }
    return Math.min(due, this.#thinking.due, this.#retrying.due);
  }

  /** Whether new requests are sent at all. */
  get #sends(): boolean {
    return this.phases.phase === 'measuring' || this.phases.phase === 'warm-up';
  }

  #turned(now: number): void {
    if (this.phases.phase === 'connecting') this.#begin(now);
    this.phases.turned(now);
    while (this.#retrying.due <= now) this.#connections[this.#retrying.take()]?.retry();
    while (this.#thinking.due <= now) this.#ask(this.#connections[this.#thinking.take()] as LoadConnection);
    if (now >= this.#phaseEnd) this.#phaseEnded(now);
    if (this.#freeCount > 0 && this.#sends) this.#askFree(now);
    if (this.#underWay === 0 || this.phases.phase === 'measuring') this.#endIfDone(now);
  }

  #askFree(now: number): void {
    const arrivals = this.#arrivals;
    if (arrivals === undefined) {
      while (this.#freeCount > 0 && this.#mayAsk()) this.#ask(this.#unpark());
      return;
    }
    while (this.#freeCount > 0 && this.#origin + arrivals.due <= now && this.#mayAsk()) {
      const due = this.#origin + arrivals.due;
      const target = arrivals.take();
      if (due >= this.phases.measuresFrom) this.due++;
      this.#underWay++;
      this.#unpark().askDue(target, due);
    }
  }

  #phaseEnded(now: number): void {
    this.#phaseEnd = Number.POSITIVE_INFINITY;
    if (this.phases.phase === 'warm-up' && this.#limit !== Number.POSITIVE_INFINITY) {
      this.phases.enter('resting', now);
      this.#dropUnsent();
    } else if (this.phases.phase === 'warm-up') this.#measure(now);
    else if (this.phases.phase === 'measuring') this.#end(now);
  }

  #measure(now: number): void {
    // After a rest those that were due meanwhile are due from now on.
    if (this.phases.phase === 'resting') this.#origin += now - this.phases.since;
    this.phases.measure(now);
    this.#perConnection.fill(0);
    const { seconds } = this.#plan;
    this.#phaseEnd = seconds === undefined ? Number.POSITIVE_INFINITY : now + seconds * 1000;
  }

  #endIfDone(now: number): void {
    const { phase } = this.phases;
    if (phase === 'ending') this.#finish();
    else if (phase === 'resting') {
      this.#measure(now);
      this.#askFree(now);
    } else if (phase === 'measuring' && (this.phases.answered >= this.#limit || this.#traceIsOver())) this.#end(now);
  }

  #traceIsOver(): boolean {
    return this.#underWay === 0 && this.#arrivals?.due === Number.POSITIVE_INFINITY;
  }

  /** The load ends; what has gone out may still be answered. */
  #end(now: number): void {
    if (this.#arrivals !== undefined && this.#limit === Number.POSITIVE_INFINITY) this.#countUnsent(now);
    this.phases.end(now);
    this.fairness = fairnessOf(this.#perConnection);
    this.#phaseEnd = Number.POSITIVE_INFINITY;
    this.#thinking.clear();
    this.#retrying.clear();
    this.unanswered += this.slowReaders?.end() ?? 0;
    this.#dropUnsent();
    if (this.#underWay === 0) this.#finish();
  }

  /** Requests that were due, and for which no connection was free. */
  #countUnsent(now: number): void {
    const arrivals = this.#arrivals as Arrivals;
    while (this.#origin + arrivals.due <= now) {
      const due = this.#origin + arrivals.due;
      arrivals.take();
      if (due < this.phases.measuresFrom) continue;
      this.due++;
      this.unsent++;
      this.latencies.record(now - due);
    }
  }

  #dropUnsent(): void {
    for (const connection of this.#connections) connection.drop();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    for (const connection of this.#connections) this.unanswered += connection.end();
    this.#settle();
  }

  #endEarly(ended: LoadResult['ended'], reason: string | undefined): void {
    if (this.#finished) return;
    if (this.ended === 'complete') {
      this.ended = ended;
      this.reason = reason;
    }
    if (this.phases.phase !== 'ending') this.#end(performance.now());
    this.#finish();
  }

  // --- What never ends by itself ---

  #sweep(now: number): void {
    const { timeoutMilliseconds } = this.#plan;
    for (const connection of this.#connections) connection.sweep(now, timeoutMilliseconds);
    if (this.#finished) return;
    if (this.phases.phase === 'ending') {
      if (this.#underWay === 0) this.#finish();
      return;
    }
    const reason = this.#whyHopeless(now);
    if (reason !== undefined) this.#endEarly('unreachable', reason);
  }

  #whyHopeless(now: number): string | undefined {
    const silence = this.phases.silence(now);
    const { url, connections, timeoutMilliseconds } = this.#plan;
    const seconds = (silence / 1000).toFixed(1);
    if (this.#refusalsInARow >= Math.max(3, connections) && silence > UNREACHABLE_MILLISECONDS) {
      return `Nobody can be reached at ${url} any more: nothing has come for ${seconds} s, and every new connection has failed.`;
    }
    if (this.#failuresInARow > Math.max(HOPELESS_FAILURES, HOPELESS_FAILURES_PER_CONNECTION * connections)) {
      const { malformed, reset } = this.tally.errors;
      const why = malformed > reset ? 'what comes is no HTTP/1.1' : 'connections end before an answer has come';
      return `${url} answers nothing any more: ${this.#failuresInARow} requests in a row have failed (${why}).`;
    }
    if (this.#limit !== Number.POSITIVE_INFINITY && silence > HOPELESS_TIMEOUTS * timeoutMilliseconds) {
      return `${url} answers nothing any more: nothing has come for ${seconds} s.`;
    }
    return undefined;
  }
}
