/** A file on its way to a socket: sendfile(2) in shares, so that one large file does not keep the others waiting. */
import { EAGAIN, EINTR, ENOBUFS } from '../linux/errno.js';
import type { Arena } from '../memory/arena.js';
import { SEND_FILE_BYTES_PER_TURN } from './dispatcher.js';

/** The call that moves the bytes: sendfile of linux/sockets.ts, or a fault in its place. */
export type SendFile = (socket: number, file: number, position: number, count: number) => number;

/** All of it has gone, or the file had no more, or the socket failed: see `result`. */
export const DONE = 0;
/** The socket takes no more now: go on when it is writable. */
export const BLOCKED = 1;
/** It had its share of this turn. */
export const UNFINISHED = 2;

export class FileTransfer {
  /** Bytes that have gone out, or -errno. */
  result = 0;
  readonly #file: number;
  #position: number;
  #left: number;

  constructor(file: number, position: number, length: number) {
    this.#file = file;
    this.#position = position;
    this.#left = length;
  }

  /** Sends up to one turn's share; `scratch` is the offset of eight bytes of the arena. Gives DONE, BLOCKED or UNFINISHED. */
  advance(socket: number, sendFile: SendFile, arena: Arena, scratch: number): number {
    let share = SEND_FILE_BYTES_PER_TURN;
    while (share > 0) {
      arena.words[scratch >> 2] = this.#position | 0;
      arena.words[(scratch >> 2) + 1] = Math.floor(this.#position / 4294967296);
      const asked = Math.min(this.#left, share);
      const sent = sendFile(socket, this.#file, arena.base + scratch, asked);
      if (sent === -EINTR) continue;
      if (sent === -EAGAIN || sent === -ENOBUFS) return BLOCKED;
      if (sent < 0) this.result = sent;
      if (sent <= 0) return DONE;
      this.result += sent;
      this.#position += sent;
      this.#left -= sent;
      share -= sent;
      if (this.#left === 0) return DONE;
    }
    return UNFINISHED;
  }
}
