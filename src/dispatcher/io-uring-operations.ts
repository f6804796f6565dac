/**
 * What the dispatcher asks of io_uring, an operation a method: each fills one submission entry (io_uring_enter(2)).
 * Nothing is handed over before the ring is: all entries of a turn go in one system call.
 *
 * There is no shutdown(2) here: io_uring gives that to a worker thread, which looks the descriptor up when it gets to it,
 * and by then the number may be another connection's. The dispatcher calls it directly.
 *
 * The user data of an entry, which comes back with its completion, is what the completion is of (low word) and the
 * descriptor (high word).
 */
import { EBUSY, ENOBUFS, ENOMEM } from '../linux/errno.js';
import {
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_CLOSE,
  IORING_OP_POLL_ADD,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_RECV_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
  type Ring,
} from '../linux/io-uring.js';
import { MSG_NOSIGNAL, MSG_WAITALL } from '../linux/sockets.js';
import { ACCEPT, DISK_READ, RECEIPT, ROOM_TO_SEND, SENT, WAKE_UP } from '../metrics/trace/kinds.js';

/** Submissions a turn; when a turn wants more it makes one more system call. */
export const SUBMISSIONS = 1024;
/** Completions a turn; generous, since what does not fit costs the kernel an allocation each. */
export const COMPLETIONS = 8192;

export const OF_ACCEPT = 1;
export const OF_RECEIVE = 2;
export const OF_SEND = 3;
export const OF_WRITABLE = 4;
export const OF_WATCH = 5;
/** Of operations that are not the dispatcher's: the high word of their user data is a number of their owner's. */
export const OF_GUEST = 7;
/** Completions nobody waits for: of cancellations and closes that failed. */
const OF_NOTHING = 6;

const POLLIN = 1;
const POLLOUT = 4;

// The words of struct io_uring_sqe that are used: see linux/io-uring.ts.
const DESCRIPTOR = 1;
const ADDRESS = 4;
const LENGTH = 6;
const FLAGS = 7;
const USER_DATA = 8;

/** What a completion is in a trace. */
export const KIND_IN_TRACE: Readonly<Record<number, number>> = {
  [OF_RECEIVE]: RECEIPT,
  [OF_SEND]: SENT,
  [OF_ACCEPT]: ACCEPT,
  [OF_WRITABLE]: ROOM_TO_SEND,
  [OF_WATCH]: WAKE_UP,
  [OF_GUEST]: DISK_READ,
};

export class Operations {
  readonly #ring: Ring;

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  /** One completion when somebody waits to be accepted. */
  acceptable(listener: number): void {
    this.#ring.entries[this.#prepare(IORING_OP_POLL_ADD, listener, OF_ACCEPT) + FLAGS] = POLLIN;
  }

  /** Receive into buffers of group 0 until cancelled, or until none is left: a completion for each buffer. */
  receive(socket: number): void {
    this.#prepare(IORING_OP_RECV | IOSQE_BUFFER_SELECT | IORING_RECV_MULTISHOT, socket, OF_RECEIVE);
  }

  /** Send all bytes (MSG_WAITALL). */
  send(socket: number, address: number, length: number): void {
    const entry = this.#prepare(IORING_OP_SEND, socket, OF_SEND);
    const entries = this.#ring.entries;
    entries[entry + ADDRESS] = address | 0;
    entries[entry + ADDRESS + 1] = (address / 4294967296) | 0;
    entries[entry + LENGTH] = length;
    entries[entry + FLAGS] = MSG_NOSIGNAL | MSG_WAITALL;
  }

  /** One completion when the socket takes bytes again. */
  writable(socket: number): void {
    this.#ring.entries[this.#prepare(IORING_OP_POLL_ADD, socket, OF_WRITABLE) + FLAGS] = POLLOUT;
  }

  /** One completion when the descriptor is readable. */
  readable(descriptor: number): void {
    this.#ring.entries[this.#prepare(IORING_OP_POLL_ADD, descriptor, OF_WATCH) + FLAGS] = POLLIN;
  }

  /** close(2); no completion. */
  close(descriptor: number): void {
    this.#prepare(IORING_OP_CLOSE | IOSQE_CQE_SKIP_SUCCESS, descriptor, OF_NOTHING);
  }

  /** Cancel the operation of a descriptor: it completes with ECANCELED, if it has not completed already. */
  cancel(of: number, descriptor: number): void {
    const entry = this.#prepare(IORING_OP_ASYNC_CANCEL | IOSQE_CQE_SKIP_SUCCESS, -1, OF_NOTHING);
    this.#ring.entries[entry + ADDRESS] = of;
    this.#ring.entries[entry + ADDRESS + 1] = descriptor;
  }

  #prepare(operation: number, descriptor: number, of: number): number {
    const entry = this.#ring.next();
    const entries = this.#ring.entries;
    entries[entry] = operation;
    entries[entry + DESCRIPTOR] = descriptor;
    entries[entry + USER_DATA] = of;
    entries[entry + USER_DATA + 1] = descriptor;
    return entry;
  }
}

/** The kernel could not take a batch (out of memory, completions held back): what is ready is dispatched, the rest tried again. */
export function survive(result: number): void {
  if (result !== -ENOMEM && result !== -ENOBUFS && result !== -EBUSY)
    throw new Error(`io_uring_enter failed with error ${-result}`);
}
