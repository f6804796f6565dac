/**
 * The answers of an application: a block of the heap with the head and, behind it, the content or the first of it. Each is
 * given out once, and its memory is freed when its holder lets go.
 */
import type { Heap } from '../memory/heap.js';
import type { Answer } from '../site/answer.js';
import type { Continuation } from './client.js';

/** What all of them have in common: there is no file behind them, and who holds them need not be counted. */
abstract class FilelessAnswer {
  readonly file = -1;
  readonly filePosition = 0;
  readonly fileLength = 0;
  readonly following: Answer | null = null;

  acquire(): void {}

  unchanged(): boolean {
    return true;
  }

  warm(): number {
    return 0;
  }
}

export class AppAnswer extends FilelessAnswer implements Answer {
  readonly offset: number;
  readonly length: number;
  readonly headLength: number;
  readonly status: number;
  readonly persistent: boolean;
  readonly more: Continuation | null;
  /** See site/answer.ts; `AnswerWriter.letSayClose` sets it. */
  sayClose: (() => void) | null = null;
  readonly #heap: Heap;

  /** Takes over `length` bytes that the heap has at `offset`; the first `headLength` of them are the head. */
  constructor(
    heap: Heap,
    offset: number,
    length: number,
    headLength: number,
    status: number,
    persistent: boolean,
    more: Continuation | null,
  ) {
    super();
    this.#heap = heap;
    this.offset = offset;
    this.length = length;
    this.headLength = headLength;
    this.status = status;
    this.persistent = persistent;
    this.more = more;
  }

  release(): void {
    this.#heap.free(this.offset, this.length);
  }
}

/** A part of content that lies in memory as a whole, which the parts behind it are sent after: none of them is left behind. */
export class PartAnswer extends AppAnswer {
  override readonly following: PartAnswer | null;
  #holders = 0;

  /** Takes over as AppAnswer does, and holds what follows. */
  constructor(
    heap: Heap,
    offset: number,
    length: number,
    headLength: number,
    status: number,
    persistent: boolean,
    following: PartAnswer | null,
  ) {
    super(heap, offset, length, headLength, status, persistent, null);
    this.following = following;
    following?.acquire();
  }

  override acquire(): void {
    this.#holders++;
  }

  override release(): void {
    if (--this.#holders > 0) return;
    super.release();
    this.following?.release();
  }
}

/**
 * What a stream sends, a piece at a time: the same object for all of them, since each has been let go before the next one is
 * asked for. Thousands of streams that say a little now and then leave less behind so.
 */
export class PieceAnswer extends FilelessAnswer implements Answer {
  readonly headLength = 0;
  readonly status: number;
  readonly persistent: boolean;
  offset = 0;
  length = 0;
  more: Continuation | null = null;
  readonly #heap: Heap;

  constructor(heap: Heap, status: number, persistent: boolean) {
    super();
    this.#heap = heap;
    this.status = status;
    this.persistent = persistent;
  }

  release(): void {
    this.#heap.free(this.offset, this.length);
  }
}

/** 503 for when there is no memory for anything else: it lies ready from the start, for all. */
export class ReadyAnswer extends FilelessAnswer implements Answer {
  readonly status = 503;
  readonly persistent = false;
  readonly more = null;
  readonly offset: number;
  readonly length: number;
  readonly headLength: number;

  constructor(offset: number, length: number, headLength: number) {
    super();
    this.offset = offset;
    this.length = length;
    this.headLength = headLength;
  }

  release(): void {}
}
