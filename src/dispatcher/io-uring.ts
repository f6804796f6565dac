/**
 * The dispatcher on io_uring(7), which delivers completions by itself: one system call a turn hands over everything
 * that was asked for and brings everything that has happened.
 *
 * Receiving is asked for once and completes many times (multishot). Receive buffers are provided to the
 * kernel in a ring and go back as soon as the handler returns, so that no connection holds any between turns. The
 * kernel takes about 33 of them for one socket in a turn, and up to a hundred in the turn that begins to receive; when
 * they run out, the receive ends with ENOBUFS and is asked for again: nothing is lost, and a neighbour waits a turn.
 *
 * A socket is closed in the kernel only when none of its operations is under way: what a descriptor number means
 * never changes while a completion for it may still come.
 */
// By its module: as a property of the global object it would be looked up at each reading.
import { performance } from 'node:perf_hooks';
import { EAGAIN, ECANCELED, EINTR, ENOBUFS } from '../linux/errno.js';
import {
  COMPLETION_WORDS,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  Ring,
} from '../linux/io-uring.js';
import { queuedBytes, SHUT_RDWR, SHUT_WR, shutdown } from '../linux/sockets.js';
import type { Arena } from '../memory/arena.js';
import { grown } from '../memory/growing.js';
import { NOTHING, SENT, TIMER, WAIT_FOR_EVENTS } from '../metrics/trace/kinds.js';
import { type Traced, UNTRACED } from '../metrics/trace/tracing.js';
import { Deadlines } from './deadlines.js';
import type { Acceptor, Dispatcher, Endpoint, RingCompletion, WakeUp } from './dispatcher.js';
import { BLOCKED, DONE, FileTransfer, TRANSFER_CALLS, TurnShare } from './file-transfer.js';
import { Handlers } from './handlers.js';
import { Accepting } from './io-uring-accepting.js';
import {
  COMPLETIONS,
  KIND_IN_TRACE,
  OF_ACCEPT,
  OF_GUEST,
  OF_RECEIVE,
  OF_SEND,
  OF_WATCH,
  OF_WRITABLE,
  Operations,
  SUBMISSIONS,
  survive,
} from './io-uring-operations.js';
import {
  CANCELLING,
  CLOSING,
  ENDED,
  FILE_SENT,
  OPEN,
  PAUSED,
  RECEIVING,
  SENDING,
  SENDING_FILE,
  STARVED,
  WATCHED,
} from './io-uring-states.js';
import { type IoUringOptions, ReceiveBuffers } from './receive-buffers.js';

export class IoUringDispatcher implements Dispatcher {
  readonly name = 'io_uring';
  now = Date.now();
  tracing: Traced = UNTRACED;
  readonly #handlers = new Handlers();
  readonly counts = this.#handlers.counts;
  readonly queued = queuedBytes;
  readonly #arena: Arena;
  readonly #ring: Ring;
  readonly #operations: Operations;
  readonly #buffers: ReceiveBuffers;
  /** Eight bytes that the kernel reads and writes: sendfile's position. */
  readonly #positionOffset: number;
  /** Milliseconds of a clock that nobody sets: what deadlines and pauses are measured with. */
  clock = performance.now();
  away = new Float64Array(1);
  readonly #deadlines = new Deadlines(this.clock);
  readonly #accepting: Accepting;
  readonly #watched = new Map<number, WakeUp>();
  #guest: RingCompletion = () => {};
  readonly #transfers = new Map<number, FileTransfer>();
  #endpoints: (Endpoint | undefined)[] = [];
  #states = new Uint16Array(1024);
  /** Of each send under way: where its bytes begin and how many there are, and how many have gone out. */
  #sendOffsets = new Int32Array(1024);
  #sendLengths = new Int32Array(1024);
  #sendDone = new Int32Array(1024);
  /** Descriptors whose wake-up must be asked for again: not before Node's loop could read what was there. */
  #rewatch: number[] = [];
  /** Transfers that had their share of the turn that ended. */
  readonly #share = new TurnShare();
  #unfinished: number[] = [];
  /** Sockets whose receive ended for want of buffers: asked for again when the batch has given its buffers back. */
  #starved: number[] = [];
  readonly #expire = (socket: number): void => {
    this.tracing.trace?.enter(TIMER, socket);
    this.#handlers.expired(this.#endpoints[socket]);
  };

  /** Throws SystemError where the kernel does not let us have a ring, UnsuitableKernelError where it is too old. */
  constructor({ arena, ring = Ring, receive }: IoUringOptions) {
    this.#arena = arena;
    const scratch = arena.reserve(64);
    this.#ring = new ring(SUBMISSIONS, COMPLETIONS, {
      address: arena.base + scratch,
      words: arena.words.subarray(scratch / 4, scratch / 4 + 16),
    });
    this.#operations = new Operations(this.#ring);
    this.#accepting = new Accepting(this.#operations, this.#handlers);
    this.#positionOffset = arena.reserve(8);
    try {
      this.#buffers = new ReceiveBuffers(arena, this.#ring, receive);
    } catch (error) {
      this.#ring.destroy();
      throw error;
    }
  }

  // --- Accepting ---

  accept(listener: number, acceptor: Acceptor): void {
    this.#accepting.begin(listener, acceptor);
  }

  stopAccepting(listener: number, forAll = false): void {
    this.#accepting.stop(listener, forAll);
  }

  pauseAccepting(listener: number): void {
    this.#accepting.pause(listener);
  }

  resumeAccepting(listener: number): void {
    this.#accepting.resume(listener);
  }

  // --- Connections ---

  add(socket: number, endpoint: Endpoint): void {
    if (socket >= this.#states.length) this.#growStates(socket);
    this.#endpoints[socket] = endpoint;
    this.#states[socket] = OPEN;
    this.#armReceive(socket);
  }

  #growStates(socket: number): void {
    const size = Math.max(socket + 1, this.#states.length * 2);
    this.#states = grown(this.#states, size);
    this.#sendOffsets = grown(this.#sendOffsets, size);
    this.#sendLengths = grown(this.#sendLengths, size);
    this.#sendDone = grown(this.#sendDone, size);
  }

  #armReceive(socket: number): void {
    this.#states[socket] = (this.#states[socket] as number) | RECEIVING;
    this.#operations.receive(socket);
  }

  pause(socket: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0 || (state & PAUSED) !== 0) return;
    if ((state & RECEIVING) !== 0 && (state & CANCELLING) === 0) {
      this.#states[socket] = state | PAUSED | CANCELLING;
      this.#operations.cancel(OF_RECEIVE, socket);
    } else {
      this.#states[socket] = state | PAUSED;
    }
  }

  resume(socket: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0 || (state & PAUSED) === 0) return;
    this.#states[socket] = state & ~PAUSED;
    // While its cancellation is under way the receive ends by itself, and is then asked for again.
    if ((state & (RECEIVING | ENDED | STARVED)) === 0) this.#armReceive(socket);
  }

  send(socket: number, offset: number, length: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0) return;
    this.#states[socket] = state | SENDING;
    this.#share.othersSend();
    this.#sendOffsets[socket] = offset;
    this.#sendLengths[socket] = length;
    this.#sendDone[socket] = 0;
    this.#operations.send(socket, this.#arena.base + offset, length);
  }

  sendFile(socket: number, head: number, headLength: number, file: number, position: number, length: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0) return;
    this.#states[socket] = state | SENDING | SENDING_FILE;
    this.#transfers.set(socket, new FileTransfer(head, headLength, file, position, length));
    this.#continueFile(socket);
  }

  progress(socket: number): number {
    return this.#transfers.get(socket)?.result ?? 0;
  }

  taken(socket: number): number {
    return this.#transfers.get(socket)?.gone ?? (this.#sendDone[socket] as number);
  }

  finish(socket: number): void {
    if (((this.#states[socket] as number) & OPEN) !== 0) shutdown(socket, SHUT_WR);
  }

  close(socket: number): boolean {
    const state = this.#states[socket] as number;
    if ((state & OPEN) === 0) return true;
    this.#deadlines.clear(socket);
    if ((state & SENDING_FILE) !== 0) this.#transfers.delete(socket);
    const letGo = (state & SENDING) === 0 || (state & SENDING_FILE) !== 0;
    if (letGo) this.#endpoints[socket] = undefined;
    if ((state & (RECEIVING | SENDING)) === 0) {
      this.#states[socket] = 0;
      this.#operations.close(socket);
    } else {
      this.#states[socket] = (state & ~OPEN) | CLOSING;
      shutdown(socket, SHUT_RDWR);
    }
    return letGo;
  }

  /** An operation of a socket being closed has ended: close it when that was the last. */
  #operationEnded(socket: number, state: number): void {
    this.#states[socket] = state;
    if ((state & (RECEIVING | SENDING)) !== 0) return;
    this.#states[socket] = 0;
    this.#operations.close(socket);
  }

  deadline(socket: number, milliseconds: number): void {
    if (((this.#states[socket] as number) & OPEN) === 0) return;
    if (milliseconds === 0) this.#deadlines.clear(socket);
    else this.#deadlines.set(socket, this.clock + milliseconds);
  }

  // --- Wake-ups ---

  watch(descriptor: number, wakeUp: WakeUp): void {
    if (descriptor >= this.#states.length) this.#growStates(descriptor);
    this.#watched.set(descriptor, wakeUp);
    if (this.#states[descriptor] !== WATCHED) this.#armWatch(descriptor);
  }

  unwatch(descriptor: number): void {
    if (!this.#watched.delete(descriptor)) return;
    if (this.#states[descriptor] === WATCHED) this.#operations.cancel(OF_WATCH, descriptor);
  }

  #armWatch(descriptor: number): void {
    this.#states[descriptor] = WATCHED;
    this.#operations.readable(descriptor);
  }

  #woken(descriptor: number): void {
    // After `unwatch` the number may already mean a socket: that one is none of ours.
    if (this.#states[descriptor] === WATCHED) this.#states[descriptor] = 0;
    const wakeUp = this.#watched.get(descriptor);
    if (wakeUp === undefined) return;
    this.#rewatch.push(descriptor);
    this.#handlers.wokenUp(wakeUp, descriptor);
  }

  measure(...histograms: Parameters<Dispatcher['measure']>): void {
    this.#handlers.measure(...histograms);
  }

  tellTime(told: (now: number) => void): void {
    this.#handlers.tellTime(told);
  }

  lendRing(completed: RingCompletion): Ring {
    this.#guest = completed;
    return this.#ring;
  }

  // --- The turn ---

  turn(timeout: number): number {
    if (this.#rewatch.length !== 0) this.#watchAgain();
    this.tracing.trace?.enter(WAIT_FOR_EVENTS);
    this.away[0] = 0;
    const result = this.#ring.submitAndWait(this.#waitTime(timeout));
    this.tracing.trace?.waited(this.#ring.ready());
    if (result < 0 && result !== -EAGAIN && this.#ring.ready() === 0) survive(result);
    this.now = Date.now();
    this.away[0] = this.clock = performance.now();
    this.#handlers.turnBegins(this.now);
    let events = this.#dispatch();
    if (this.#accepting.due) this.#accepting.tellStopped();
    if (this.#starved.length !== 0) this.#feed();
    // Here, so that those who go on have their share before those who begin in the next turn.
    this.#share.renew(this.clock);
    if (this.#unfinished.length !== 0) events += this.#continueFiles();
    this.#deadlines.advance(this.clock, this.#expire);
    this.tracing.trace?.enter(NOTHING);
    this.#accepting.endBackOffs(this.clock);
    this.#handlers.turnEnds(events);
    return events;
  }

  #waitTime(timeout: number): number {
    if (timeout === 0 || this.#unfinished.length !== 0 || this.#accepting.due) return 0;
    const wait = this.#accepting.boundWait(this.#deadlines.next(this.clock));
    return wait < 0 || (timeout >= 0 && timeout < wait) ? timeout : wait;
  }

  #watchAgain(): void {
    const rewatch = this.#rewatch;
    this.#rewatch = [];
    for (const descriptor of rewatch) {
      if (this.#watched.has(descriptor) && this.#states[descriptor] !== WATCHED) this.#armWatch(descriptor);
    }
  }

  #dispatch(): number {
    const ring = this.#ring;
    const completions = ring.completions;
    const mask = ring.completionMask;
    const base = ring.completionBase;
    const first = ring.completionHead();
    const count = ring.ready();
    let number = 0;
    try {
      while (number < count) {
        const index = base + ((first + number) & mask) * COMPLETION_WORDS;
        number++;
        this.#complete(
          completions[index] as number,
          completions[index + 1] as number,
          completions[index + 2] as number,
          completions[index + 3] as number,
        );
      }
    } finally {
      // Also where a handler has thrown: what has been dispatched must not be dispatched again.
      ring.advance((first + number) | 0);
      this.#buffers.publish();
    }
    return count;
  }

  #complete(of: number, descriptor: number, result: number, flags: number): void {
    this.tracing.trace?.enter(KIND_IN_TRACE[of] ?? NOTHING, descriptor);
    if (of === OF_RECEIVE) this.#received(descriptor, result, flags);
    else if (of === OF_SEND) this.#sendCompleted(descriptor, result);
    else if (of === OF_ACCEPT) this.#accepting.completed(descriptor, result, this.clock);
    else if (of === OF_WRITABLE) this.#writable(descriptor);
    else if (of === OF_WATCH) this.#woken(descriptor);
    else if (of === OF_GUEST) this.#handlers.completed(this.#guest, descriptor, result);
  }

  #received(socket: number, result: number, flags: number): void {
    let state = this.#states[socket] as number;
    if ((flags & IORING_CQE_F_MORE) === 0) {
      state &= ~(RECEIVING | CANCELLING);
      this.#states[socket] = state;
    }
    if ((state & OPEN) !== 0) {
      if (result > 0) {
        const offset = this.#buffers.offsetOf(flags >>> IORING_CQE_BUFFER_SHIFT);
        this.#handlers.received(this.#endpoints[socket] as Endpoint, offset, result);
      } else if (result === -ENOBUFS) {
        this.#states[socket] = state | STARVED;
        this.#starved.push(socket);
      } else if (result !== -ECANCELED && result !== -EAGAIN && result !== -EINTR) {
        this.#states[socket] = state | ENDED;
        this.#handlers.received(this.#endpoints[socket] as Endpoint, 0, result);
      }
    }
    if ((flags & IORING_CQE_F_MORE) === 0) this.#receiveAgain(socket);
    if ((flags & IORING_CQE_F_BUFFER) !== 0) this.#buffers.give(flags >>> IORING_CQE_BUFFER_SHIFT);
  }

  /** A receive has ended: ask again, unless the peer has ended too, or it is paused, closed meanwhile, or waiting for buffers. */
  #receiveAgain(socket: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) !== 0) {
      if ((state & (PAUSED | RECEIVING | ENDED | STARVED)) === 0) this.#armReceive(socket);
    } else if ((state & CLOSING) !== 0) {
      this.#operationEnded(socket, state);
    }
  }

  #feed(): void {
    const starved = this.#starved;
    this.#starved = [];
    for (const socket of starved) {
      // Closed meanwhile, and perhaps somebody else's: then there is nothing to go on with.
      if (((this.#states[socket] as number) & STARVED) === 0) continue;
      this.#states[socket] = (this.#states[socket] as number) & ~STARVED;
      this.#receiveAgain(socket);
    }
  }

  /** The kernel tries to send all (MSG_WAITALL), but may be interrupted: what is left is asked for again. */
  #sendCompleted(socket: number, result: number): void {
    const done = (this.#sendDone[socket] as number) + Math.max(result, 0);
    const left = (this.#sendLengths[socket] as number) - done;
    const interrupted = (result > 0 && left > 0) || result === -EINTR || result === -EAGAIN;
    const state = this.#states[socket] as number;
    if (interrupted && (state & OPEN) !== 0) {
      this.#sendDone[socket] = done;
      this.#operations.send(socket, this.#arena.base + (this.#sendOffsets[socket] as number) + done, left);
    } else {
      this.#sent(socket, result < 0 ? result : done);
    }
  }

  #sent(socket: number, result: number): void {
    const state = (this.#states[socket] as number) & ~SENDING;
    this.#states[socket] = state;
    if ((state & OPEN) !== 0) {
      this.#handlers.sent(this.#endpoints[socket] as Endpoint, result);
    } else if ((state & CLOSING) !== 0) {
      const endpoint = this.#endpoints[socket];
      this.#endpoints[socket] = undefined;
      this.#operationEnded(socket, state);
      endpoint?.released();
    }
  }

  #writable(socket: number): void {
    const state = this.#states[socket] as number;
    if ((state & OPEN) !== 0) this.#continueFile(socket);
    else if ((state & CLOSING) !== 0) this.#operationEnded(socket, state & ~(SENDING | SENDING_FILE));
  }

  // --- Files: io_uring has no sendfile, so the call is made here and the ring waits for room ---

  #continueFile(socket: number): void {
    const transfer = this.#transfers.get(socket);
    if (transfer === undefined) return;
    const { trace } = this.tracing;
    const state = transfer.advance(socket, TRANSFER_CALLS, this.#arena, this.#positionOffset, this.#share, trace);
    if (state === BLOCKED) {
      this.#operations.writable(socket);
    } else {
      if (state === DONE) this.#states[socket] = (this.#states[socket] as number) | FILE_SENT;
      this.#unfinished.push(socket);
    }
  }

  /** Goes on with the files that had their share, and delivers the completions of those that have gone out. */
  #continueFiles(): number {
    const unfinished = this.#unfinished;
    this.#unfinished = [];
    const left: number[] = [];
    let next = 0;
    try {
      while (next < unfinished.length) {
        const socket = unfinished[next++] as number;
        const state = this.#states[socket] as number;
        if ((state & SENDING_FILE) === 0) continue;
        if ((state & OPEN) === 0) this.#operationEnded(socket, state & ~(SENDING | SENDING_FILE | FILE_SENT));
        else if ((state & FILE_SENT) !== 0) this.#fileSent(socket, state);
        else if (this.#share.left > 0) this.#continueFile(socket);
        else left.push(socket);
      }
    } finally {
      // Those for whom nothing was left are first in the next turn, and where a handler has thrown, those behind it.
      if (next < unfinished.length) left.push(...unfinished.slice(next));
      if (left.length !== 0) this.#unfinished = [...left, ...this.#unfinished];
    }
    return unfinished.length;
  }

  #fileSent(socket: number, state: number): void {
    this.tracing.trace?.enter(SENT, socket);
    const { result, gone } = this.#transfers.get(socket) as FileTransfer;
    this.#transfers.delete(socket);
    this.#sendDone[socket] = gone;
    this.#states[socket] = state & ~(SENDING_FILE | FILE_SENT);
    this.#sent(socket, result);
  }

  destroy(): void {
    this.#accepting.destroy();
    for (let socket = 0; socket < this.#states.length; socket++) {
      if (((this.#states[socket] as number) & (OPEN | CLOSING)) === 0) continue;
      shutdown(socket, SHUT_RDWR);
      this.#operations.close(socket);
    }
    this.#ring.submitAndWait(0);
    this.#ring.destroy();
    this.#watched.clear();
    this.#endpoints = [];
  }
}
