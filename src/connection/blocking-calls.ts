/**
 * What a dispatcher does for thousands of connections, done for one, and at once: each thing that the connection asks for
 * is a system call that waits, in the order in which it asks. There are no events to collect and nothing is in progress
 * beside it: the program counter says where the connection is.
 *
 * What it keeps true:
 * - A deadline is a time-out of the socket (SO_RCVTIMEO, SO_SNDTIMEO), set again only where it differs from the last. The
 *   clock is read only where a deadline spans several waits: for a request that comes in pieces, and for a file.
 * - Before each wait, and whenever one was cut short by a signal, the worker is asked whether it has orders; after each
 *   wait, before the connection hears what came of it, the worker looks at the clock.
 */
import type { ConnectionCalls, Endpoint } from '../dispatcher/dispatcher.js';
import { BLOCKED, DONE, FileTransfer, type TransferCalls, TurnShare } from '../dispatcher/file-transfer.js';
import { EAGAIN, EINTR, ENOBUFS, ENOMEM, EPIPE } from '../linux/errno.js';
import {
  close,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  queuedBytes,
  recv,
  SHUT_WR,
  send,
  sendfile,
  setReceiveTimeout,
  shutdown,
} from '../linux/sockets.js';
import type { Arena } from '../memory/arena.js';
import { RECEIPT, SENT, TIMER, WAIT_IN_RECV, WAIT_IN_SEND, WAIT_IN_SENDFILE } from '../metrics/trace/kinds.js';
import { type Traced, UNTRACED } from '../metrics/trace/tracing.js';
import type { WorkMark } from '../metrics/work-mark.js';
import type { NodeWait } from './node-wait.js';

/** Received at a time, in bytes: as the dispatchers receive in a turn. */
const RECEIVE_BYTES = 65_536;
/** With no time-out at all a signal would not end the call: signal(7). */
const NO_DEADLINE_MILLISECONDS = 3_600_000;

/** A connection, as its calls see it. */
export interface BlockingEndpoint extends Endpoint {
  /** What it waits for comes from an application, and so perhaps from Node's own loop. */
  readonly waitsForApplication?: boolean;
}

/** The worker, as its calls see it. */
export interface Waiting {
  /** Whether handlers have run since it was last asked: what they have begun goes on in Node's own loop. */
  ranHandlers?(): boolean;
  /** Called before a wait, and when a signal has ended one. It may close the connection, or throw. */
  before(): void;
  /** Called when a wait is over. */
  after(): void;
}

export class BlockingCalls implements ConnectionCalls {
  /** Node's own loop is to turn before anything more is received: see `run`. */
  nodeIsDue = false;
  readonly #arena: Arena;
  readonly #waiting: Waiting;
  readonly #tracing: Traced;
  readonly #mark: WorkMark | undefined;
  readonly #receiveOffset: number;
  readonly #positionOffset: number;
  /** The time-out that accepted sockets have from their listener. */
  readonly #inherited: number;
  readonly #transferCalls: TransferCalls;
  #socket = -1;
  #endpoint: BlockingEndpoint | null = null;
  /** Nothing is to be received: the connection has enough, or the peer has said its last. */
  #paused = false;
  #ended = false;
  /** Handlers run for this connection: it waits together with Node's own loop. */
  #hosted = false;
  /** What has been asked for: bytes of memory, or a file, or neither. */
  #offset = 0;
  #left = 0;
  #taken = 0;
  readonly #share = new TurnShare();
  #transfer: FileTransfer | null = null;
  /** The last call of a transfer ended because the peer had taken nothing for as long as it may. */
  #timedOut = false;
  /** The deadline asked for, in milliseconds, until the next wait begins. */
  #asked = 0;
  /** When the deadline is over, by performance.now(); 0 while the time-out of one wait says enough. */
  #over = 0;
  /** The connection has asked for something since the wait with Node's loop was decided on: it may be what was waited for. */
  #called = false;
  readonly #stillWaits = (): boolean => !this.#called;
  /** Nothing has been waited for yet. */
  #fresh = true;
  /** The time-out that the kernel has for this socket. */
  #timeout = 0;

  /**
   * @param inherited the receive time-out of the listener, in milliseconds, which is that of each accepted socket at first.
   * `mark`: where an application may work for too long.
   */
  constructor(arena: Arena, inherited: number, waiting: Waiting, tracing: Traced = UNTRACED, mark?: WorkMark) {
    this.#tracing = tracing;
    this.#mark = mark;
    this.#arena = arena;
    this.#inherited = inherited;
    this.#waiting = waiting;
    this.#receiveOffset = arena.reserve(RECEIVE_BYTES, 4096);
    this.#positionOffset = arena.reserve(8);
    this.#transferCalls = {
      send: (...call) => this.#interruptible(send(...call)),
      sendfile: (...call) => this.#interruptible(sendfile(...call)),
    };
  }

  /**
   * Does what the connection asks for, one thing after the other. True: it has closed. False: Node's own loop is due to turn
   * (`nodeIsDue`), or the next wait is for it too; `waitWith` does that. Then this goes on. Call it after `add`.
   */
  run(): boolean {
    // The first request may come in pieces whose first is late; those after it are only waited for once they have begun.
    if (this.#fresh && this.#left === 0 && this.#transfer === null) this.#over = performance.now() + this.#asked;
    this.#fresh = false;
    while (this.#endpoint !== null) {
      if (this.#left > 0) this.#send(this.#endpoint);
      else if (this.#transfer !== null) this.#sendFile(this.#endpoint, this.#transfer);
      else if (this.nodeIsDue || this.#waitsForNode(this.#endpoint)) return false;
      else this.#receive();
    }
    return true;
  }

  /** Waits for what the peer sends and for what Node's loop brings, whichever comes first. */
  async waitWith(node: NodeWait): Promise<void> {
    this.#waiting.before();
    if (this.#endpoint === null) return;
    if (this.#asked > 0) this.#over = this.#asked === NO_DEADLINE_MILLISECONDS ? 0 : performance.now() + this.#asked;
    this.#asked = 0;
    const left = this.#over === 0 ? -1 : Math.max(0, Math.ceil(this.#over - performance.now()));
    this.#called = false;
    const readable = await node.turn(this.#paused || this.#ended ? -1 : this.#socket, left, this.#stillWaits);
    // Code has run meanwhile that may have closed it or given an answer.
    const endpoint = this.#endpoint;
    if (endpoint === null) return;
    this.#waiting.after();
    if (this.#left > 0) return;
    if (readable) this.#receiveNow(endpoint);
    else if (left >= 0 && this.#asked === 0 && this.#over > 0 && performance.now() >= this.#over)
      this.#expire(endpoint);
  }

  #waitsForNode(endpoint: BlockingEndpoint): boolean {
    if (!this.#hosted && this.#waiting.ranHandlers?.() === true) this.#hosted = true;
    return this.#hosted || endpoint.waitsForApplication === true;
  }

  /** There is something to be received. */
  #receiveNow(endpoint: Endpoint): void {
    const offset = this.#receiveOffset;
    this.#tracing.trace?.enter(RECEIPT, this.#socket);
    const result = recv(this.#socket, this.#arena.base + offset, RECEIVE_BYTES, MSG_DONTWAIT);
    if (result === -EINTR || result === -EAGAIN || result === -ENOBUFS || result === -ENOMEM) return;
    if (result <= 0) this.#ended = true;
    endpoint.received(offset, result);
  }

  add(socket: number, endpoint: BlockingEndpoint): void {
    this.#mark?.serves(socket);
    this.#fresh = true;
    this.#paused = false;
    this.#ended = false;
    this.#hosted = false;
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#timeout = this.#inherited;
  }

  /** It matters where an application is waited for: while an answer is sent nothing is received anyway. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#called = true;
    this.#paused = false;
  }

  send(_socket: number, offset: number, length: number): void {
    this.#called = true;
    this.#offset = offset;
    this.#left = length;
    this.#taken = 0;
  }

  sendFile(_socket: number, head: number, headLength: number, file: number, position: number, length: number): void {
    this.#called = true;
    this.#transfer = new FileTransfer(head, headLength, file, position, length);
    this.#over = performance.now() + (this.#asked === 0 ? NO_DEADLINE_MILLISECONDS : this.#asked);
  }

  progress(): number {
    return this.#transfer?.result ?? 0;
  }

  queued(socket: number): number {
    return queuedBytes(socket);
  }

  get clock(): number {
    return performance.now();
  }

  taken(): number {
    return this.#transfer?.gone ?? this.#taken;
  }

  finish(socket: number): void {
    shutdown(socket, SHUT_WR);
  }

  close(socket: number): boolean {
    if (this.#endpoint === null) return true;
    this.#called = true;
    this.#endpoint = null;
    this.#left = 0;
    this.#transfer = null;
    this.#mark?.serves(-1);
    close(socket);
    return true;
  }

  deadline(_socket: number, milliseconds: number): void {
    this.#called = true;
    this.#asked = milliseconds === 0 ? NO_DEADLINE_MILLISECONDS : milliseconds;
    this.#over = 0;
  }

  #receive(): void {
    this.#waiting.before();
    const endpoint = this.#endpoint;
    if (endpoint === null) return;
    if (!this.#setTimeout()) {
      this.#expire(endpoint);
      return;
    }
    const offset = this.#receiveOffset;
    const { trace } = this.#tracing;
    trace?.enter(WAIT_IN_RECV, this.#socket);
    this.#mark?.waits();
    const result = recv(this.#socket, this.#arena.base + offset, RECEIVE_BYTES, 0);
    this.#mark?.works();
    trace?.enter(RECEIPT, this.#socket);
    // After EINTR the next round finds that there is an order.
    if (result === -EINTR || result === -ENOBUFS || result === -ENOMEM) return;
    if (result === -EAGAIN) {
      if (this.#timeout === NO_DEADLINE_MILLISECONDS) this.deadline(this.#socket, 0);
      else this.#expire(endpoint);
      return;
    }
    this.#waiting.after();
    endpoint.received(offset, result);
    // Nothing to answer yet: a wait for the rest follows, and maybe more of them.
    if (this.#left === 0 && this.#transfer === null && this.#asked > 0) this.#over = performance.now() + this.#asked;
  }

  /** The connection may give itself more time. */
  #expire(endpoint: Endpoint): void {
    this.#tracing.trace?.enter(TIMER, this.#socket);
    endpoint.expired();
    if (this.#asked > 0) this.#over = performance.now() + this.#asked;
  }

  /** Gives the kernel what is left of the time; false when nothing is. */
  #setTimeout(): boolean {
    let left = this.#asked;
    this.#asked = 0;
    if (left === 0) {
      // One more wait under the same deadline.
      const now = performance.now();
      if (this.#over === 0) this.#over = now + this.#timeout;
      left = Math.ceil(this.#over - now);
      if (left <= 0) return false;
    }
    if (left !== this.#timeout) {
      this.#timeout = left;
      setReceiveTimeout(this.#socket, left);
    }
    return true;
  }

  #send(endpoint: Endpoint): void {
    const { trace } = this.#tracing;
    while (this.#left > 0) {
      trace?.goOn(WAIT_IN_SEND, this.#socket);
      this.#mark?.waits();
      const result = send(this.#socket, this.#arena.base + this.#offset, this.#left, MSG_NOSIGNAL);
      this.#mark?.works();
      if (result > 0) {
        this.#taken += result;
        this.#offset += result;
        this.#left -= result;
        // Less than all: the time was over, or a signal came.
        if (this.#left > 0) this.#waiting.before();
      } else if (result === -EAGAIN) {
        // The peer has taken nothing for as long as it may.
        endpoint.expired();
        return;
      } else if (result === -EINTR) {
        this.#waiting.before();
      } else if (result !== -ENOBUFS) {
        this.#left = 0;
        endpoint.sent(result);
        return;
      }
    }
    trace?.goOn(SENT, this.#socket);
    if (this.#endpoint !== null) endpoint.sent(this.#taken);
  }

  #sendFile(endpoint: Endpoint, transfer: FileTransfer): void {
    this.#waiting.before();
    if (this.#endpoint === null) return;
    this.#timedOut = false;
    const { trace } = this.#tracing;
    trace?.goOn(WAIT_IN_SENDFILE, this.#socket);
    this.#mark?.waits();
    const state = transfer.advance(this.#socket, this.#transferCalls, this.#arena, this.#positionOffset, this.#share);
    this.#mark?.works();
    trace?.goOn(SENT, this.#socket);
    if (this.#endpoint === null) return;
    if (state === DONE) {
      this.#transfer = null;
      this.#taken = transfer.gone;
      endpoint.sent(transfer.result);
    } else if ((state === BLOCKED && this.#timedOut) || performance.now() >= this.#over) {
      // Nothing has gone out for as long as the peer may take nothing; or something has, and the connection looks how much.
      this.#expire(endpoint);
    }
  }

  /** The result of a call, or what shall be done instead: an order may have closed the connection meanwhile. */
  #interruptible(result: number): number {
    this.#timedOut = result === -EAGAIN;
    if (result !== -EINTR) return result;
    this.#waiting.before();
    return this.#endpoint === null ? -EPIPE : result;
  }
}
