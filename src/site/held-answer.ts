/**
 * The answers of a static site: a block of the heap with the head (and, behind it, a small file's contents), and perhaps
 * an open file.
 *
 * A block in the kernel's hands never changes: it is written before the answer is given out, its Date is patched only
 * while nobody holds it, and it is freed when it is retired and the last holder has let go.
 */
import type { DiskOperation } from '../disk/disk.js';
import { writeDate } from '../http/http-date.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Answer } from './answer.js';
import type { OpenFile } from './open-file.js';

export class HeldAnswer implements Answer {
  readonly offset: number;
  readonly length: number;
  readonly headLength: number;
  readonly status: number;
  readonly persistent: boolean;
  readonly file: number;
  readonly filePosition: number;
  readonly fileLength: number;
  /**
   * The second (since the epoch) in which this answer may be given out: its Date says so, and what it shows was looked at
   * in it. -1: in none.
   */
  second: number;
  /** Whether an entry keeps it, and takes its second away when the file changes: only then may it be remembered. */
  kept = false;
  following: HeldAnswer | null = null;
  readonly #arena: Arena;
  readonly #heap: Heap;
  /** Where in it the Date is, from its beginning on, or -1. */
  readonly dateAt: number;
  readonly #openFile: OpenFile | null;
  #holds = 0;
  #retired = false;

  /**
   * Takes over `length` bytes that the heap has at `offset`. `dateAt`: where in them the Date is, or -1.
   * With `openFile`, of which it holds a reference, `fileLength` bytes from `filePosition` on follow.
   */
  constructor(
    arena: Arena,
    heap: Heap,
    offset: number,
    length: number,
    headLength: number,
    dateAt: number,
    status: number,
    persistent: boolean,
    openFile: OpenFile | null,
    filePosition: number,
    fileLength: number,
  ) {
    this.#arena = arena;
    this.#heap = heap;
    this.offset = offset;
    this.length = length;
    this.headLength = headLength;
    this.dateAt = dateAt;
    this.status = status;
    this.persistent = persistent;
    this.#openFile = openFile;
    this.file = openFile === null ? -1 : openFile.descriptor;
    this.filePosition = filePosition;
    this.fileLength = fileLength;
    this.second = -1;
    openFile?.hold();
  }

  /** Whether a send may be reading it. */
  get held(): boolean {
    return this.#holds > 0;
  }

  acquire(): void {
    this.#holds++;
  }

  release(): void {
    if (--this.#holds === 0 && this.#retired) this.#dispose();
  }

  unchanged(): boolean {
    return this.#openFile === null || this.#openFile.unchanged();
  }

  warm(operation: DiskOperation): number {
    return this.#openFile === null ? 0 : this.#openFile.warm(operation);
  }

  /** Gives the Date of `second` where nobody holds it; false where somebody does. */
  redate(second: number): boolean {
    if (this.#holds > 0) return false;
    if (this.dateAt >= 0) writeDate(this.#arena.bytes, this.offset + this.dateAt, second);
    return true;
  }

  /** The same answer with the Date of `second`, in a block of its own; `offset` is where the heap has room for it. */
  copy(offset: number, second: number): HeldAnswer {
    this.#arena.bytes.copyWithin(offset, this.offset, this.offset + this.length);
    const copy = new HeldAnswer(
      this.#arena,
      this.#heap,
      offset,
      this.length,
      this.headLength,
      this.dateAt,
      this.status,
      this.persistent,
      this.#openFile,
      this.filePosition,
      this.fileLength,
    );
    copy.redate(second);
    return copy;
  }

  /** It will not be given out again: its memory is freed as soon as nobody holds it. */
  retire(): void {
    this.second = -1;
    if (this.#retired) return;
    this.#retired = true;
    if (this.#holds === 0) this.#dispose();
  }

  /** It is given out once: to be called before, and its memory is freed when its holder lets go. */
  giveOnce(): this {
    this.#retired = true;
    return this;
  }

  /** `next` is sent after it, as part of the same response, and held for as long as it is. */
  precede(next: HeldAnswer): void {
    next.acquire();
    this.following = next;
  }

  #dispose(): void {
    this.#heap.free(this.offset, this.length);
    this.#openFile?.drop();
    this.following?.release();
  }
}
