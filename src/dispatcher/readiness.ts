/**
 * Completions made of readiness, for select, poll and epoll: try the call at once; when it would block, wait until the
 * descriptor is ready and try again.
 *
 * What differs between the three is how descriptors are watched: their files implement the five methods at the end of
 * this one. A backend only collects what is ready; dispatching is done here, after the wait.
 */
// By its module: as a property of the global object it would be looked up at each reading.
import { performance } from 'node:perf_hooks';
import { EAGAIN, EINTR, ENOBUFS, ENOMEM } from '../linux/errno.js';
import * as sockets from '../linux/sockets.js';
import { MSG_NOSIGNAL, SHUT_WR } from '../linux/sockets.js';
import type { Arena } from '../memory/arena.js';
import { grown } from '../memory/growing.js';
import {
  ACCEPT,
  NOTHING,
  RECEIPT,
  ROOM_TO_SEND,
  SENT,
  TIMER,
  WAIT_FOR_EVENTS,
  WAKE_UP,
} from '../metrics/trace/kinds.js';
import { type Traced, UNTRACED } from '../metrics/trace/tracing.js';
import { Deadlines } from './deadlines.js';
import {
  type Acceptor,
  type Dispatcher,
  type DispatcherName,
  type Endpoint,
  RECEIVE_BYTES_PER_TURN,
  type WakeUp,
} from './dispatcher.js';
import { BLOCKED, DONE, FileTransfer, TurnShare } from './file-transfer.js';
import { Handlers } from './handlers.js';
import { acceptWaiting, type Listener, Listeners, takeQueue } from './listeners.js';

/** The system calls that move data, so that a test can put faults in their place. */
export type SocketCalls = Pick<typeof sockets, 'accept4' | 'recv' | 'send' | 'sendfile' | 'shutdown' | 'close'>;

export interface ReadinessOptions {
  readonly arena: Arena;
  readonly calls?: SocketCalls;
}

export const READABLE = 1;
export const WRITABLE = 2;

// The state of a descriptor, as bits.
const OPEN = 1 << 0;
const PAUSED = 1 << 1;
const SENDING = 1 << 2;
const SENDING_FILE = 1 << 3;
/** The peer has ended its side, or the socket failed: there is nothing more to receive. */
const ENDED = 1 << 5;
const LISTENING = 1 << 6;
const WATCHED = 1 << 7;
/** A send has ended and its completion is yet to be delivered. */
const DELIVERABLE = 1 << 8;

export abstract class ReadinessDispatcher implements Dispatcher {
  abstract readonly name: DispatcherName;
  now = Date.now();
  tracing: Traced = UNTRACED;
  readonly #handlers = new Handlers();
  readonly counts = this.#handlers.counts;
  readonly queued = sockets.queuedBytes;

  protected readonly arena: Arena;
  readonly #calls: SocketCalls;
  /** One buffer for all: what is received is consumed, or copied, before the next receive. */
  readonly #receiveOffset: number;
  /** Eight bytes for sendfile's position. */
  readonly #positionOffset: number;
  /** Milliseconds of a clock that nobody sets: what deadlines and pauses are measured with. */
  clock = performance.now();
  away = new Float64Array(1);
  readonly #deadlines = new Deadlines(this.clock);
  readonly #listeners = new Listeners();
  readonly #watched = new Map<number, WakeUp>();
  readonly #transfers = new Map<number, FileTransfer>();
  #endpoints: (Endpoint | undefined)[] = [];
  #states = new Uint16Array(1024);
  /** What each descriptor is watched for: READABLE, WRITABLE, both or 0. */
  #interests = new Uint8Array(1024);
  // Of each send under way: where the bytes left begin, how many they are, and how many have gone out.
  #sendOffsets = new Int32Array(1024);
  #sendLeft = new Int32Array(1024);
  #sendDone = new Int32Array(1024);
  /** Sends that have ended, with their results: delivered by the turn, never inside `send`. */
  #done: number[] = [];
  #doneResults: number[] = [];
  #spareDone: number[] = [];
  #spareResults: number[] = [];
  /** Files that had their share of a turn, or have yet to begin. */
  readonly #share = new TurnShare();
  #unfinished: number[] = [];
  #closing: number[] = [];
  /** Listeners that have been stopped, whose acceptors are yet to be told. */
  readonly #stopped: { readonly listener: number; readonly acceptor: Acceptor; readonly forAll: boolean }[] = [];
  readonly #expire = (socket: number): void => {
    this.tracing.trace?.enter(TIMER, socket);
    this.#handlers.expired(this.#endpoints[socket]);
  };

  constructor(options: ReadinessOptions) {
    this.arena = options.arena;
    this.#calls = options.calls ?? sockets;
    this.#receiveOffset = options.arena.reserve(RECEIVE_BYTES_PER_TURN, 4096);
    this.#positionOffset = options.arena.reserve(8);
  }

  // --- Accepting ---

  accept(listener: number, acceptor: Acceptor): void {
    this.#makeRoom(listener);
    this.#listeners.add(listener, acceptor);
    this.#states[listener] = LISTENING;
    this.#interest(listener, READABLE);
  }

  stopAccepting(listener: number, forAll = false): void {
    const record = this.#listeners.get(listener);
    if (record === undefined) return;
    this.#listeners.remove(listener);
    this.#states[listener] = 0;
    this.#interest(listener, 0);
    this.#stopped.push({ listener, acceptor: record.acceptor, forAll });
  }

  pauseAccepting(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined) return;
    record.paused = true;
    this.#interest(listener, 0);
  }

  resumeAccepting(listener: number): void {
    const record = this.#listeners.get(listener);
    if (record === undefined) return;
    record.paused = false;
    if (record.backOffUntil === 0) this.#interest(listener, READABLE);
  }

  #acceptReady(listener: number): void {
    if (acceptWaiting(listener, this.#listeners, this.#handlers, this.#calls, this.clock)) this.#interest(listener, 0);
  }

  #tellStopped(): void {
    for (let stopped = this.#stopped[0]; stopped !== undefined; stopped = this.#stopped[0]) {
      const { listener, acceptor, forAll } = stopped;
      // Should a handler throw, the others in the queue have the next turn.
      if (forAll) {
        this.tracing.trace?.enter(ACCEPT, listener);
        takeQueue(listener, acceptor, this.#handlers, this.#calls);
      }
      this.#stopped.shift();
      acceptor.acceptingEnded(listener);
    }
  }

  readonly #endBackOff = (listener: number, record: Listener): void => {
    if (!record.paused) this.#interest(listener, READABLE);
  };

  // --- Connections ---

  add(socket: number, endpoint: Endpoint): void {
    this.#makeRoom(socket);
    this.#states[socket] = OPEN;
    try {
      this.#interest(socket, READABLE);
    } catch (error) {
      this.#states[socket] = 0;
      this.#interests[socket] = 0;
      throw error;
    }
    this.#endpoints[socket] = endpoint;
  }

  pause(socket: number): void {
    if (!this.#isOpen(socket)) return;
    this.#states[socket] = (this.#states[socket] as number) | PAUSED;
    this.#interest(socket, (this.#interests[socket] as number) & ~READABLE);
  }

  resume(socket: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0 || (state & PAUSED) === 0) return;
    this.#states[socket] = state & ~PAUSED;
    if ((state & ENDED) === 0) this.#interest(socket, (this.#interests[socket] as number) | READABLE);
  }

  send(socket: number, offset: number, length: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0) return;
    this.#states[socket] = state | SENDING;
    this.#share.othersSend();
    this.#sendOffsets[socket] = offset;
    this.#sendLeft[socket] = length;
    this.#sendDone[socket] = 0;
    this.#trySend(socket);
  }

  #trySend(socket: number): void {
    for (;;) {
      const offset = this.#sendOffsets[socket] as number;
      const left = this.#sendLeft[socket] as number;
      const result = this.#calls.send(socket, this.arena.base + offset, left, MSG_NOSIGNAL);
      if (result === left) {
        this.#sendEnded(socket, (this.#sendDone[socket] as number) + result);
        return;
      }
      if (result > 0) {
        this.#sendOffsets[socket] = offset + result;
        this.#sendLeft[socket] = left - result;
        this.#sendDone[socket] = (this.#sendDone[socket] as number) + result;
      } else if (result === -EAGAIN || result === -ENOBUFS) {
        this.#interest(socket, (this.#interests[socket] as number) | WRITABLE);
        return;
      } else if (result !== -EINTR) {
        this.#sendEnded(socket, result);
        return;
      }
    }
  }

  #sendEnded(socket: number, result: number): void {
    this.#states[socket] = ((this.#states[socket] as number) & ~(SENDING | SENDING_FILE)) | DELIVERABLE;
    const interest = this.#interests[socket] as number;
    if ((interest & WRITABLE) !== 0) this.#interest(socket, interest & ~WRITABLE);
    this.#done.push(socket);
    this.#doneResults.push(result);
  }

  sendFile(socket: number, head: number, headLength: number, file: number, position: number, length: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0) return;
    this.#states[socket] = state | SENDING | SENDING_FILE;
    this.#transfers.set(socket, new FileTransfer(head, headLength, file, position, length));
    this.#continueFile(socket);
  }

  #continueFile(socket: number): void {
    const transfer = this.#transfers.get(socket);
    if (transfer === undefined) return;
    const { trace } = this.tracing;
    const state = transfer.advance(socket, this.#calls, this.arena, this.#positionOffset, this.#share, trace);
    const interest = this.#interests[socket] as number;
    if (state === DONE) {
      this.#transfers.delete(socket);
      this.#sendDone[socket] = transfer.gone;
      this.#sendEnded(socket, transfer.result);
    } else if (state === BLOCKED) {
      this.#interest(socket, interest | WRITABLE);
    } else {
      this.#interest(socket, interest & ~WRITABLE);
      this.#unfinished.push(socket);
    }
  }

  progress(socket: number): number {
    return this.#transfers.get(socket)?.result ?? 0;
  }

  taken(socket: number): number {
    return this.#transfers.get(socket)?.gone ?? (this.#sendDone[socket] as number);
  }

  finish(socket: number): void {
    if (this.#isOpen(socket)) this.#calls.shutdown(socket, SHUT_WR);
  }

  close(socket: number): boolean {
    if (!this.#isOpen(socket)) return true;
    if (((this.#states[socket] as number) & DELIVERABLE) !== 0) this.#forgetDone(socket);
    this.#endpoints[socket] = undefined;
    this.#transfers.delete(socket);
    this.#deadlines.clear(socket);
    this.#states[socket] = 0;
    this.#interest(socket, 0);
    this.#closing.push(socket);
    return true;
  }

  deadline(socket: number, milliseconds: number): void {
    if (!this.#isOpen(socket)) return;
    if (milliseconds === 0) this.#deadlines.clear(socket);
    else this.#deadlines.set(socket, this.clock + milliseconds);
  }

  #isOpen(socket: number): boolean {
    return ((this.#states[socket] as number) & OPEN) !== 0;
  }

  #makeRoom(descriptor: number): void {
    if (descriptor < this.#states.length) return;
    const size = Math.max(descriptor + 1, this.#states.length * 2);
    this.#states = grown(this.#states, size);
    this.#interests = grown(this.#interests, size);
    this.#sendOffsets = grown(this.#sendOffsets, size);
    this.#sendLeft = grown(this.#sendLeft, size);
    this.#sendDone = grown(this.#sendDone, size);
  }

  #interest(descriptor: number, interest: number): void {
    const before = this.#interests[descriptor] as number;
    if (before === interest) return;
    this.#interests[descriptor] = interest;
    if (before === 0) this.watchFor(descriptor, interest);
    else if (interest === 0) this.forget(descriptor, before);
    else this.change(descriptor, interest, before);
  }

  // --- Wake-ups ---

  watch(descriptor: number, wakeUp: WakeUp): void {
    this.#makeRoom(descriptor);
    this.#watched.set(descriptor, wakeUp);
    this.#states[descriptor] = WATCHED;
    this.#interest(descriptor, READABLE);
  }

  unwatch(descriptor: number): void {
    if (!this.#watched.delete(descriptor)) return;
    this.#states[descriptor] = 0;
    this.#interest(descriptor, 0);
  }

  // --- The turn ---

  measure(...histograms: Parameters<Dispatcher['measure']>): void {
    this.#handlers.measure(...histograms);
  }

  tellTime(told: (now: number) => void): void {
    this.#handlers.tellTime(told);
  }

  turn(timeout: number): number {
    // What was closed between turns must not stay open for as long as nothing happens.
    if (this.#closing.length !== 0) this.#closeAll();
    const { trace } = this.tracing;
    trace?.enter(WAIT_FOR_EVENTS);
    this.away[0] = 0;
    const ready = this.wait(this.#waitTime(timeout));
    trace?.waited(ready);
    this.now = Date.now();
    this.away[0] = this.clock = performance.now();
    this.#handlers.turnBegins(this.now);
    let events = ready;
    this.#share.renew(this.clock);
    // Before the batch: files that begin in it have had their share of this turn.
    if (this.#unfinished.length !== 0) events += this.#continueFiles();
    for (let index = 0; index < ready; index++) this.#dispatch(this.readyDescriptor(index), this.readyFor(index));
    if (this.#done.length !== 0) events += this.#deliver();
    if (this.#stopped.length !== 0) this.#tellStopped();
    this.#deadlines.advance(this.clock, this.#expire);
    trace?.enter(NOTHING);
    this.#listeners.endBackOffs(this.clock, this.#endBackOff);
    if (this.#closing.length !== 0) this.#closeAll();
    this.#handlers.turnEnds(events);
    return events;
  }

  #waitTime(timeout: number): number {
    if (timeout === 0 || this.#unfinished.length !== 0 || this.#done.length !== 0 || this.#stopped.length !== 0)
      return 0;
    const wait = this.#listeners.boundWait(this.#deadlines.next(this.clock));
    return wait < 0 || (timeout >= 0 && timeout < wait) ? timeout : wait;
  }

  /** Looks the descriptor up anew: an earlier handler of this batch may have closed it or stopped what it waited for. */
  #dispatch(descriptor: number, ready: number): void {
    const state = this.#states[descriptor] as number;
    if ((state & OPEN) !== 0) {
      const wanted = ready & (this.#interests[descriptor] as number);
      if ((wanted & WRITABLE) !== 0) {
        this.tracing.trace?.enter(ROOM_TO_SEND, descriptor);
        if ((state & SENDING_FILE) !== 0) this.#continueFile(descriptor);
        else this.#trySend(descriptor);
      }
      if ((wanted & READABLE) !== 0) this.#receive(descriptor);
    } else if ((state & LISTENING) !== 0) {
      this.tracing.trace?.enter(ACCEPT, descriptor);
      this.#acceptReady(descriptor);
    } else if ((state & WATCHED) !== 0) {
      this.tracing.trace?.enter(WAKE_UP, descriptor);
      this.#handlers.wokenUp(this.#watched.get(descriptor), descriptor);
    }
  }

  #receive(socket: number): void {
    this.tracing.trace?.enter(RECEIPT, socket);
    const offset = this.#receiveOffset;
    const result = this.#calls.recv(socket, this.arena.base + offset, RECEIVE_BYTES_PER_TURN, 0);
    if (result === -EAGAIN || result === -EINTR || result === -ENOBUFS || result === -ENOMEM) return;
    if (result <= 0) {
      this.#states[socket] = (this.#states[socket] as number) | ENDED;
      this.#interest(socket, (this.#interests[socket] as number) & ~READABLE);
    }
    this.#handlers.received(this.#endpoints[socket] as Endpoint, offset, result);
  }

  #continueFiles(): number {
    const sockets = this.#unfinished;
    this.#unfinished = [];
    let next = 0;
    while (next < sockets.length && this.#share.left > 0) {
      const socket = sockets[next++] as number;
      if (((this.#states[socket] as number) & SENDING_FILE) !== 0) this.#continueFile(socket);
    }
    // Those for whom nothing was left are first in the next turn.
    if (next < sockets.length) this.#unfinished = [...sockets.slice(next), ...this.#unfinished];
    return next;
  }

  /**
   * Delivers the sends that had ended when this began. What their handlers send is delivered in the next turn, so that
   * a peer that has sent many requests at once gets one answer a turn, like everybody else.
   */
  #deliver(): number {
    const sockets = this.#done;
    const results = this.#doneResults;
    this.#done = this.#spareDone;
    this.#doneResults = this.#spareResults;
    const count = sockets.length;
    let index = 0;
    try {
      while (index < count) {
        const socket = sockets[index] as number;
        const result = results[index++] as number;
        const endpoint = this.#endpoints[socket];
        if (endpoint === undefined) continue;
        this.#states[socket] = (this.#states[socket] as number) & ~DELIVERABLE;
        this.tracing.trace?.enter(SENT, socket);
        this.#handlers.sent(endpoint, result);
      }
    } finally {
      // Where a handler has thrown, the others are told in the next turn; but not whom a handler had closed: by then its
      // number may mean another one.
      for (; index < count; index++) {
        const socket = sockets[index] as number;
        if (((this.#states[socket] as number) & DELIVERABLE) === 0) continue;
        this.#done.push(socket);
        this.#doneResults.push(results[index] as number);
      }
      sockets.length = 0;
      results.length = 0;
      this.#spareDone = sockets;
      this.#spareResults = results;
    }
    return count;
  }

  /** A completion for a socket that is closed: its number may soon mean another one. */
  #forgetDone(socket: number): void {
    const index = this.#done.indexOf(socket);
    if (index >= 0) this.#done[index] = -1;
  }

  #closeAll(): void {
    for (const socket of this.#closing) this.#calls.close(socket);
    this.#closing.length = 0;
  }

  destroy(): void {
    for (let socket = 0; socket < this.#states.length; socket++) {
      if (((this.#states[socket] as number) & OPEN) !== 0) this.close(socket);
    }
    this.#closeAll();
    this.#listeners.clear();
    this.#watched.clear();
    this.release();
  }

  // --- What a backend is ---

  /** Begin to watch a descriptor for READABLE, WRITABLE or both. */
  protected abstract watchFor(descriptor: number, interest: number): void;
  protected abstract change(descriptor: number, interest: number, before: number): void;
  protected abstract forget(descriptor: number, before: number): void;
  /** Waits for at most `timeout` milliseconds (-1: for ever) and collects what is ready; gives the number of descriptors. */
  protected abstract wait(timeout: number): number;
  protected abstract readyDescriptor(index: number): number;
  /** What it is ready for. Errors and hang-ups are both: the call that follows tells. */
  protected abstract readyFor(index: number): number;
  /** Gives back what the backend has of the kernel's. */
  protected abstract release(): void;
}
