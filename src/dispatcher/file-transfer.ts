/**
 * A file on its way to a socket, perhaps behind a head: send(2), and then sendfile(2) in shares, so that one large file
 * does not keep the others waiting.
 *
 * The head goes without MSG_MORE: holding it back to go in one segment with the file made 100 KiB cost 1.7 times the CPU
 * (docs/benchmarks.md).
 */
import { EAGAIN, EINTR, ENOBUFS } from '../linux/errno.js';
import { MSG_NOSIGNAL, send, sendfile } from '../linux/sockets.js';
import type { Arena } from '../memory/arena.js';
import { SEND_FILE } from '../metrics/trace/kinds.js';
import type { Tracer } from '../metrics/trace/tracer.js';
import { FILE_BYTES_BESIDE_OTHERS, FILE_BYTES_PER_TURN, SEND_FILE_BYTES_PER_TURN } from './dispatcher.js';

/** The calls that move the bytes, or faults in their place. */
export interface TransferCalls {
  readonly send: typeof send;
  readonly sendfile: typeof sendfile;
}

export const TRANSFER_CALLS: TransferCalls = { send, sendfile };

/** All of it has gone, or the file had no more, or the socket failed: see `result`. */
export const DONE = 0;
/** The socket takes no more now: go on when it is writable. */
export const BLOCKED = 1;
/** It had its share of this turn. */
export const UNFINISHED = 2;

/** After something else was sent: whoever got it is likely to ask again. */
const MODEST_MILLISECONDS = 10;

/**
 * What files may send in a turn. While others are sent something from memory, which takes microseconds, all files together
 * have a small share, so that those others do not wait for them; else each has a large one, which costs half as much,
 * within one for all, so that hundreds of them do not make one turn of half a second.
 */
export class TurnShare {
  #othersSend = false;
  #modestUntil = 0;
  /** For all together, and of it for one. */
  left = Number.POSITIVE_INFINITY;
  ofOne = SEND_FILE_BYTES_PER_TURN;

  /** Something is sent that is no file. */
  othersSend(): void {
    this.#othersSend = true;
  }

  /** A turn begins, at `clock` milliseconds. */
  renew(clock: number): void {
    if (this.#othersSend) this.#modestUntil = clock + MODEST_MILLISECONDS;
    this.#othersSend = false;
    this.left = clock < this.#modestUntil ? FILE_BYTES_BESIDE_OTHERS : FILE_BYTES_PER_TURN;
  }
}

export class FileTransfer {
  /** Bytes of the file that have gone out, or -errno. */
  result = 0;
  /** Bytes of it that have gone out, also when the socket failed then. */
  gone = 0;
  #head: number;
  #headLeft: number;
  readonly #file: number;
  #position: number;
  #left: number;

  /** @param head offset of the head in the arena, and its length: 0 for none. */
  constructor(head: number, headLength: number, file: number, position: number, length: number) {
    this.#head = head;
    this.#headLeft = headLength;
    this.#file = file;
    this.#position = position;
    this.#left = length;
  }

  /**
   * Sends up to one turn's share, of what is left of `turn`; `scratch` is the offset of eight bytes of the arena. Gives DONE,
   * BLOCKED or UNFINISHED.
   */
  advance(
    socket: number,
    calls: TransferCalls,
    arena: Arena,
    scratch: number,
    turn: TurnShare,
    trace: Tracer | null = null,
  ): number {
    let share = Math.min(turn.ofOne, turn.left);
    while (share > 0) {
      const head = this.#headLeft > 0;
      const asked = head ? this.#headLeft : Math.min(this.#left, share);
      const slice = head || trace === null ? 0 : trace.begin(SEND_FILE, socket);
      const sent = head
        ? calls.send(socket, arena.base + this.#head, asked, MSG_NOSIGNAL)
        : this.#sendFile(socket, calls, arena, scratch, asked);
      if (slice !== 0) trace?.end(slice);
      if (sent === -EINTR) continue;
      if (sent === -EAGAIN || sent === -ENOBUFS) return BLOCKED;
      if (sent < 0) this.result = sent;
      if (sent <= 0) return DONE;
      if (head) {
        this.#head += sent;
        this.#headLeft -= sent;
      } else {
        this.result += sent;
        this.gone += sent;
        this.#position += sent;
        this.#left -= sent;
        share -= sent;
        turn.left -= sent;
        if (this.#left === 0) return DONE;
      }
      // The socket took less than it was offered: it is full, and asking again would only say so.
      if (sent < asked) return BLOCKED;
    }
    return UNFINISHED;
  }

  #sendFile(socket: number, calls: TransferCalls, arena: Arena, scratch: number, count: number): number {
    arena.words[scratch >> 2] = this.#position | 0;
    arena.words[(scratch >> 2) + 1] = Math.floor(this.#position / 4294967296);
    return calls.sendfile(socket, this.#file, arena.base + scratch, count);
  }
}
