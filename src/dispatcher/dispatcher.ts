/**
 * The global event dispatcher: receives events, calls handlers. This file is the interface; each backend is one file.
 *
 * Completion-shaped: one asks for an operation, and its completion is an event. io_uring delivers completions;
 * the readiness backends emulate them (try the call; when it would block, wait until ready and try again).
 *
 * What every backend keeps true:
 * - No handler runs inside a wait, nor inside a call of these methods: events are collected, then dispatched in `turn`.
 * - Before each handler runs, its registration is looked up again, since an earlier handler may have closed it.
 * - A closed socket gets no further event, and its descriptor returns to the kernel only when no operation uses it
 *   and the batch being dispatched has ended, so that a reused number is never mistaken for its predecessor.
 * - Fair: at most RECEIVE_BYTES_PER_TURN of one connection, ACCEPTS_PER_TURN of one listener a turn.
 */
import type { Ring } from '../linux/io-uring.js';
import type { Histogram } from '../metrics/histogram.js';
import type { Traced } from '../metrics/trace/tracing.js';

/** What a connection is to the dispatcher: whom to tell about the events of one socket. */
export interface Endpoint {
  /**
   * Receipt of a request: `length` bytes lie at `offset` of the arena, valid until this returns.
   * Length 0: the peer has ended its side. Negative: -errno, and nothing more will be received.
   */
  received(offset: number, length: number): void;
  /** Completion of a send: the number of bytes sent, or -errno. Fewer bytes than asked for: the file had no more. */
  sent(result: number): void;
  /** The deadline set with `deadline` has passed. */
  expired(): void;
  /** After a `close` that gave false: the kernel has let go of the memory that was being sent. */
  released(): void;
}

/** Whom to tell about the connections of a listening socket. */
export interface Acceptor {
  /** A connection was accepted: a non-blocking, close-on-exec socket, now owned by the acceptor. */
  accepted(socket: number): void;
  /** Accepting failed with -errno (EMFILE, ENFILE, ENOBUFS, ENOMEM): it goes on by itself after a back-off. */
  acceptFailed(error: number): void;
  /** After `stopAccepting`: no connection of this listener will be handed over any more. */
  acceptingEnded(listener: number): void;
}

/** Called when a watched descriptor is readable. Level-triggered: it is called again until somebody has read it. */
export type WakeUp = (descriptor: number) => void;

/** An operation of a guest on a ring has completed: its number, and what it gave or -errno. */
export type RingCompletion = (number: number, result: number) => void;

/** The events that a dispatcher counts, by name. */
export interface EventCounts {
  turns: number;
  accepts: number;
  receipts: number;
  sends: number;
  diskReads: number;
  timers: number;
  wakeUps: number;
}

/** Counts at the start. */
export function noEvents(): EventCounts {
  return { turns: 0, accepts: 0, receipts: 0, sends: 0, diskReads: 0, timers: 0, wakeUps: 0 };
}

export interface Dispatcher {
  readonly name: DispatcherName;
  /** Milliseconds since the epoch, read once a turn. */
  readonly now: number;
  /** Milliseconds of performance.now(), as of the end of the last wait. */
  readonly clock: number;
  /** At 0: the clock as of the end of the last wait, and 0 during one: for another thread to see. */
  away: Float64Array;
  readonly counts: EventCounts;
  /** Whether this thread is being traced. Set once, before the first turn. */
  tracing: Traced;
  /** Has measured from now on how many events a turn dispatches, and how long it takes from one handler to the next. */
  measure(eventsPerTurn: Histogram, changes: Histogram): void;
  /** Has this told `now` in each turn from now on, after its wait and before its handlers. */
  tellTime(told: (now: number) => void): void;

  /** Accept connections on a listening, non-blocking socket until `stopAccepting`. */
  accept(listener: number, acceptor: Acceptor): void;
  /**
   * Accept no more. Whoever waits in the queue is left to those who go on accepting from the same socket; `forAll`: there is
   * nobody, so that they are handed over first. `acceptingEnded` of the acceptor follows, in a turn, when no more can come.
   */
  stopAccepting(listener: number, forAll?: boolean): void;
  /** Stop taking connections for now (too many are open); the kernel's backlog holds them. */
  pauseAccepting(listener: number): void;
  resumeAccepting(listener: number): void;

  /** Take over a connected, non-blocking socket and begin to receive from it. */
  add(socket: number, endpoint: Endpoint): void;
  /** Stop receiving: at most what was already under way still arrives. */
  pause(socket: number): void;
  resume(socket: number): void;
  /**
   * Send `length` bytes at `offset` of the arena, all of them; they must stay as they are until `sent`.
   * One send (or sendFile) of a socket at a time.
   */
  send(socket: number, offset: number, length: number): void;
  /**
   * Send `length` bytes of an open regular file from `position` on, with sendfile(2), behind `headLength` bytes at `head`
   * of the arena (0 for none). `sent` tells how many bytes of the file went out.
   */
  sendFile(socket: number, head: number, headLength: number, file: number, position: number, length: number): void;
  /** Bytes that have gone out of the file under way: whether a slow peer takes any. */
  progress(socket: number): number;
  /**
   * Bytes that the kernel has taken of the send or of the file (without its head) under way, or of the one whose end was
   * told last: what is known of one that has failed.
   */
  taken(socket: number): number;
  /** Bytes of a socket that the kernel holds and the peer has yet to take. */
  queued(socket: number): number;
  /** End our side of the connection (shutdown(2) with SHUT_WR); receiving goes on. */
  finish(socket: number): void;
  /**
   * Close. Operations under way are ended; their completions are not reported. Whether the kernel has let go of the
   * memory being sent: if not, the endpoint's `released` follows when it has, and until then it must stay as it is.
   */
  close(socket: number): boolean;
  /** Call `expired` in `milliseconds` from now unless set again; 0 for never. Costs O(1), precise to TIMER_TICK_MILLISECONDS. */
  deadline(socket: number, milliseconds: number): void;

  /** Call `wakeUp` whenever `descriptor` (an eventfd, a pipe, libuv's backend descriptor) is readable. */
  watch(descriptor: number, wakeUp: WakeUp): void;
  unwatch(descriptor: number): void;

  /**
   * Only the dispatcher on io_uring: its ring, for operations of somebody else, who fills entries with `OF_GUEST` and a
   * number as their user data. They are handed over with the next turn; `completed` is told each number and result.
   */
  lendRing?(completed: RingCompletion): Ring;

  /**
   * One turn: wait for at most `timeout` milliseconds (0: not at all, -1: for as long as it takes), then dispatch
   * what has happened. Gives the number of events dispatched.
   */
  turn(timeout: number): number;
  /** Give everything back to the kernel. Sockets still open are closed. */
  destroy(): void;
}

/**
 * What a connection asks for. A dispatcher answers with events, later; in the models that block, connection/blocking-calls.ts
 * does it at once.
 */
export type ConnectionCalls = Pick<
  Dispatcher,
  | 'clock'
  | 'add'
  | 'pause'
  | 'resume'
  | 'send'
  | 'sendFile'
  | 'progress'
  | 'taken'
  | 'queued'
  | 'finish'
  | 'close'
  | 'deadline'
>;

/**
 * At most so many bytes of one connection are received in one turn; the others come first then. With io_uring the kernel
 * decides: measured, 67,584 bytes a turn, and about 200,000 in the turn that begins to receive.
 */
export const RECEIVE_BYTES_PER_TURN = 65_536;
/** At most so many connections of one listener are accepted in one turn (readiness backends); as nginx's multi_accept, but bounded. */
export const ACCEPTS_PER_TURN = 64;
/** At most so many bytes of a file go to one socket in one turn; */
export const SEND_FILE_BYTES_PER_TURN = 2_097_152;
/** to all sockets together, so that a turn takes some milliseconds however many there are; */
export const FILE_BYTES_PER_TURN = 16_777_216;
/** and while others are sent something from memory: docs/benchmarks.md has what it gives and costs. */
export const FILE_BYTES_BESIDE_OTHERS = 262_144;
/** Pause before accepting again when the kernel has no descriptor or memory left. */
export const ACCEPT_BACK_OFF_MILLISECONDS = 100;

export const DISPATCHER_NAMES = ['select', 'poll', 'epoll', 'io_uring'] as const;
export type DispatcherName = (typeof DISPATCHER_NAMES)[number];
