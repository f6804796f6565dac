/**
 * Lines of the access log on their way from one who serves to the one who writes them: a bounded ring in memory that both
 * see, be they threads, processes, or one and the same. One puts, one takes, and nobody waits: a line that finds no room
 * is dropped and counted.
 *
 * What it keeps true: whoever puts and whoever takes have an object of this class each. A line lies in one piece and is seen only when it is whole, so that whoever is killed midway leaves
 * nothing torn. Each word has one writer.
 */

/** What it must be told of the memory: a SharedRegion is such. */
export interface RingMemory {
  /** Address of offset 0, for the kernel. */
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

/** Bytes before the lines. */
export const RING_HEADER_BYTES = 64;

/** Where the lines end: the next one is put there. */
const END = 0;
/** Where they begin: what has not been taken yet. */
const START = 1;
/** Where the lines end whose successor lies at the beginning again. */
const WRAP = 2;
/** Whoever takes has been called, and has not come yet. */
const CALLED = 3;
/** Counts, as doubles from the 32nd byte on: of lines put, and of those for which there was no room. */
const PUT = 4;
const DROPPED = 5;

/** Whoever takes is called when so much of the ring is full. */
const CALL_AT = 1 / 4;
const LINE_FEED = 10;

export class LogRing {
  readonly memory: RingMemory;
  /** Where a line that is being put may be written, after `reserve`; where those to be taken lie, after `waiting`. */
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #counts: Float64Array;
  readonly #first: number;
  readonly #capacity: number;
  readonly #word: number;

  /** `size` bytes of zeroed memory at `offset`, a multiple of 64. */
  constructor(memory: RingMemory, offset: number, size: number) {
    this.memory = memory;
    this.#bytes = memory.bytes;
    this.#words = memory.words;
    this.#counts = memory.doubles.subarray(offset / 8, (offset + RING_HEADER_BYTES) / 8);
    this.#word = offset / 4;
    this.#first = offset + RING_HEADER_BYTES;
    this.#capacity = size - RING_HEADER_BYTES;
  }

  /** Lines that have been put, and lines that found no room. */
  get put(): number {
    return this.#counts[PUT] as number;
  }

  get dropped(): number {
    return this.#counts[DROPPED] as number;
  }

  // --- Whoever puts ---

  /** Whether there is room for a line of at most `length` bytes: it is to be written at `at`, and then put. */
  reserve(length: number): boolean {
    const end = Atomics.load(this.#words, this.#word + END);
    const start = Atomics.load(this.#words, this.#word + START);
    if (end < start) {
      // Both in one place would mean that nothing waits.
      if (start - end <= length) return this.#drop();
      this.at = this.#first + end;
    } else if (this.#capacity - end >= length) {
      this.at = this.#first + end;
    } else {
      if (start <= length) return this.#drop();
      this.at = this.#first;
    }
    return true;
  }

  #drop(): false {
    this.#counts[DROPPED] = this.dropped + 1;
    return false;
  }

  /** The line at `at` is whole, `length` bytes long. Gives whether somebody should be called to take. */
  commit(length: number): boolean {
    const words = this.#words;
    const word = this.#word;
    const from = this.at - this.#first;
    const before = Atomics.load(words, word + END);
    if (from !== before) Atomics.store(words, word + WRAP, before);
    const end = from + length;
    this.#counts[PUT] = this.put + 1;
    Atomics.store(words, word + END, end);
    const start = Atomics.load(words, word + START);
    const used = end >= start ? end - start : this.#capacity - start + end;
    if (used < this.#capacity * CALL_AT || Atomics.load(words, word + CALLED) !== 0) return false;
    return Atomics.exchange(words, word + CALLED, 1) === 0;
  }

  // --- Whoever takes ---

  /** Whoever takes is there: from now on it may be called again. */
  answerCall(): void {
    Atomics.store(this.#words, this.#word + CALLED, 0);
  }

  /** How many bytes of whole lines lie at `at`, in one piece; 0 when nothing waits. */
  waiting(): number {
    const words = this.#words;
    const word = this.#word;
    let start = Atomics.load(words, word + START);
    const end = Atomics.load(words, word + END);
    let until = end;
    if (end < start) {
      until = Atomics.load(words, word + WRAP);
      if (start === until) {
        start = 0;
        until = end;
        Atomics.store(words, word + START, 0);
      }
    }
    this.at = this.#first + start;
    return until - start;
  }

  /** The first `length` of the waiting bytes are no longer needed. */
  taken(length: number): void {
    const word = this.#word + START;
    Atomics.store(this.#words, word, Atomics.load(this.#words, word) + length);
  }

  /** How many lines wait, those taken in part included. Counts them, so it is not for every line. */
  linesWaiting(): number {
    const start = Atomics.load(this.#words, this.#word + START);
    const end = Atomics.load(this.#words, this.#word + END);
    if (end >= start) return this.#lines(start, end);
    return this.#lines(start, Atomics.load(this.#words, this.#word + WRAP)) + this.#lines(0, end);
  }

  #lines(from: number, to: number): number {
    let lines = 0;
    const end = this.#first + to;
    for (let at = this.#first + from; at < end; at++) if (this.#bytes[at] === LINE_FEED) lines++;
    return lines;
  }
}
