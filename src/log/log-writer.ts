/**
 * Writes the access log: takes the lines of all who serve from their rings, and writes them to one file. There is one
 * writer, in the original process, so that lines never mix, a file is opened anew in one place, and whoever serves neither
 * waits for the disk nor has a descriptor of the log.
 *
 * What it keeps true:
 * - Nothing here waits: files are written by threads of libuv's, pipes without blocking, and one write is under way at a time.
 * - Lines that cannot be written stay where they are and are tried again; when their ring is full those that come are
 *   dropped and counted. So a log that can be written again goes on where it was, with no line torn.
 * - A line has gone out, or is on its way, FLUSH_MILLISECONDS after it was put, however few there are.
 */
import { write } from 'node:fs';
import { EAGAIN } from '../linux/errno.js';
import { MSG_DONTWAIT, MSG_NOSIGNAL, send } from '../linux/sockets.js';
import type { LogCounts } from '../metrics/server-metrics.js';
import type { Say } from './error-log.js';
import type { LogRing } from './log-ring.js';
import { closeSink, type LogSink, openSink, STANDARD, whyNot } from './log-sink.js';

/** As long as nginx is often told to keep lines (access_log ... flush=1s), and shorter, for who watches a terminal. */
export const FLUSH_MILLISECONDS = 250;
/** A reader that is only slow takes something soon. */
const FIRST_PAUSE_MILLISECONDS = 4;
const LONGEST_PAUSE_MILLISECONDS = 250;
/** After a failure, and when a reader has taken nothing for as long, it is trouble. */
const TROUBLE_MILLISECONDS = 1000;
/** At the end lines that still wait are given so long. */
const END_MILLISECONDS = 1000;
const LINE_FEED = 10;

export class LogWriter {
  readonly #path: string;
  readonly #rings: readonly LogRing[];
  readonly #say: Say;
  readonly #memory: Buffer;
  #sink: LogSink;
  /** Opened anew: it takes the place of the other one when that is written to no more. */
  #next: LogSink | null = null;
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #writing = false;
  /** The ring whose turn it is. */
  #turn = 0;
  /** The last write ended within a line. */
  #torn = false;
  #skipping = false;
  /** Of lines that were put, but given up since. */
  #givenUp = 0;
  #pause = 0;
  /** When the sink first took nothing; 0 when it took something last. */
  #stuckSince = 0;
  #trouble = false;
  /** How many had been dropped when that was last told. */
  #droppedBefore = 0;
  /** There were more of them when it was last looked. */
  #droppedMore = false;
  #ending: Promise<boolean> | undefined;
  #ended = false;
  #whenIdle: (() => void) | undefined;

  /** `rings` lie in one memory. Throws an Error with a sentence for the user when the file cannot be opened. */
  constructor(path: string, rings: readonly LogRing[], say: Say) {
    this.#path = path;
    this.#rings = rings;
    this.#say = say;
    const { bytes } = (rings[0] as LogRing).memory;
    this.#memory = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      this.#sink = openSink(path, 1);
    } catch (error) {
      throw new Error(
        `The access log ${path} cannot be written: ${whyNot(error)}; choose another with --access-log-file.`,
      );
    }
    this.#timer = setInterval(this.#flush, FLUSH_MILLISECONDS);
  }

  get counts(): LogCounts {
    const rings = this.#rings;
    const put = rings.reduce((sum, ring) => sum + ring.put, 0);
    const waiting = rings.reduce((sum, ring) => sum + ring.linesWaiting(), 0);
    return { written: put - waiting - this.#givenUp, dropped: this.#dropped };
  }

  get #dropped(): number {
    return this.#rings.reduce((sum, ring) => sum + ring.dropped, this.#givenUp);
  }

  /** To be called when there are many lines, from any code. */
  readonly call = (): void => {
    // While the sink takes nothing the pause decides.
    if (!this.#writing && this.#stuckSince === 0) this.#writeMore();
  };

  /** Goes on in a new file of the same name, as when the old one has been renamed. */
  reopen(): void {
    if (this.#path === STANDARD || this.#ended) return;
    try {
      const sink = openSink(this.#path, 1);
      if (this.#next !== null) closeSink(this.#next);
      this.#next = sink;
    } catch (error) {
      this.#say(
        'error',
        `The access log ${this.#path} cannot be opened anew: ${whyNot(error)}. It goes on in the old file.`,
      );
      return;
    }
    if (!this.#writing) this.#change();
    this.call();
  }

  /** Writes what waits, for as long as that goes well; settles with whether the memory of the rings is no longer used. */
  end(): Promise<boolean> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<boolean> {
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MILLISECONDS);
      this.#whenIdle = resolve;
      if (!this.#writing) this.#writeMore();
    });
    clearTimeout(timer);
    this.#ended = true;
    clearTimeout(this.#again);
    this.#giveUp();
    if (this.#writing) return false;
    if (this.#next !== null) closeSink(this.#next);
    closeSink(this.#sink);
    return true;
  }

  readonly #flush = (): void => {
    this.call();
    this.#tellDropped();
  };

  /** Writes the next piece, if there is one. */
  #writeMore(): void {
    this.#writing = true;
    for (;;) {
      const ring = this.#nextRing();
      if (ring === undefined) {
        this.#writing = false;
        this.#whenIdle?.();
        return;
      }
      const length = this.#pieceOf(ring);
      if (length === 0) continue;
      const { at } = ring;
      const { descriptor, socket } = this.#sink;
      if (!socket) {
        write(descriptor, this.#memory, at, length, null, (error, written) => this.#written(ring, error, written));
        return;
      }
      const result = send(descriptor, ring.memory.base + at, length, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (!this.#took(ring, result, result < 0 ? `error ${-result}` : '', result === -EAGAIN)) return;
    }
  }

  /** A ring in which lines wait: one after the other; but a line that has been begun is ended first. */
  #nextRing(): LogRing | undefined {
    const rings = this.#rings;
    for (let tried = 0; tried < rings.length; tried++) {
      const ring = rings[this.#turn] as LogRing;
      ring.answerCall();
      if (ring.waiting() > 0) return ring;
      this.#turn = (this.#turn + 1) % rings.length;
    }
    return undefined;
  }

  /** How much of it is written next; the line that was torn when the file was changed is not ended in the new one. */
  #pieceOf(ring: LogRing): number {
    const length = ring.waiting();
    if (!this.#skipping) return length;
    this.#skipping = false;
    const end = this.#memory.indexOf(LINE_FEED, ring.at) + 1;
    this.#givenUp++;
    ring.taken(end - ring.at);
    return ring.waiting();
  }

  #written(ring: LogRing, error: NodeJS.ErrnoException | null, written: number): void {
    // The memory may be gone.
    if (this.#ended) return;
    const result = error === null ? written : -1;
    if (this.#took(ring, result, error?.code ?? '', error?.code === 'EAGAIN')) this.#writeMore();
  }

  /** What came of a write: whether to go on at once. */
  #took(ring: LogRing, result: number, why: string, full: boolean): boolean {
    if (result > 0) {
      this.#torn = this.#memory[ring.at + result - 1] !== LINE_FEED;
      ring.taken(result);
      if (!this.#torn) this.#turn = (this.#turn + 1) % this.#rings.length;
      this.#pause = 0;
      this.#stuckSince = 0;
      if (this.#next !== null) this.#change();
      if (this.#trouble) this.#recovered();
      return true;
    }
    this.#writing = false;
    const now = performance.now();
    if (this.#stuckSince === 0) this.#stuckSince = now;
    if (!full || now - this.#stuckSince >= TROUBLE_MILLISECONDS) this.#inTrouble(full ? 'its reader has stopped' : why);
    if (this.#next !== null) this.#change();
    this.#pause = full
      ? Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(FIRST_PAUSE_MILLISECONDS, 2 * this.#pause))
      : TROUBLE_MILLISECONDS;
    // At the end a failure is final, and a reader has what is left of the time.
    if (!full) this.#whenIdle?.();
    this.#again = setTimeout(() => {
      if (!this.#writing) this.#writeMore();
    }, this.#pause);
    return false;
  }

  #change(): void {
    closeSink(this.#sink);
    this.#sink = this.#next as LogSink;
    this.#next = null;
    this.#skipping = this.#torn;
    this.#torn = false;
    this.#stuckSince = 0;
    this.#say('debug', `The access log ${this.#path} has been opened anew.`);
  }

  #inTrouble(why: string): void {
    if (this.#trouble) return;
    this.#trouble = true;
    this.#say('error', `The access log cannot be written (${why}): lines that find no room in memory are dropped.`);
  }

  #recovered(): void {
    this.#trouble = false;
    const dropped = this.#dropped;
    this.#say('info', `The access log is written again; ${dropped - this.#droppedBefore} lines have been dropped.`);
    this.#droppedBefore = dropped;
  }

  /** Lines that were dropped although every write went well: there were too many of them. */
  #tellDropped(): void {
    if (this.#trouble || this.#stuckSince !== 0) return;
    const dropped = this.#dropped;
    if (dropped === this.#droppedBefore) return;
    // Not at once: what is being written may show that the file is what is wrong.
    this.#droppedMore = !this.#droppedMore;
    if (this.#droppedMore) return;
    const lines = dropped - this.#droppedBefore;
    this.#droppedBefore = dropped;
    this.#say('warn', `The access log is written too slowly: ${lines} lines have been dropped.`, 'access log too slow');
  }

  /** What still waits is dropped. */
  #giveUp(): void {
    for (const ring of this.#rings) {
      this.#givenUp += ring.linesWaiting();
      for (let length = ring.waiting(); length > 0; length = ring.waiting()) ring.taken(length);
    }
  }
}
