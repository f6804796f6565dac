/** A site that answers each request with its path in brackets, or leaves it pending, and counts who holds its answers. */
import type { DiskOperation } from '../../src/disk/disk.js';
import type { RequestHead } from '../../src/http/request-head.js';
import type { Arena } from '../../src/memory/arena.js';
import type { Answer, Waiter } from '../../src/site/answer.js';
import type { Site } from '../../src/site/site.js';

export class TestAnswer implements Answer {
  readonly length: number;
  headLength = 0;
  file = -1;
  filePosition = 0;
  fileLength = 0;
  following: TestAnswer | null = null;
  holds = 0;
  current = true;
  warms: ((operation: DiskOperation) => number) | undefined;

  constructor(
    readonly offset: number,
    text: string,
    readonly persistent: boolean,
    readonly status: number,
  ) {
    this.length = text.length;
  }
  acquire(): void {
    this.holds++;
  }
  release(): void {
    this.holds--;
  }
  unchanged(): boolean {
    return this.current;
  }
  warm(operation: DiskOperation): number {
    return this.warms?.(operation) ?? 0;
  }
}

export class TestSite implements Site {
  readonly answers: TestAnswer[] = [];
  readonly forgotten: Waiter[] = [];
  pending: Waiter | undefined;
  pends = false;
  /** What follows each answer. */
  file: { descriptor?: number; position?: number; length: number } | undefined;
  /** What is sent after each answer as part of the same response. */
  follows: TestAnswer | null = null;
  /** What the disk says to a window of that file; undefined: it is in memory. */
  warms: ((operation: DiskOperation) => number) | undefined;
  /** How often the clock was told. */
  ticks = 0;
  readonly #arena: Arena;
  constructor(arena: Arena) {
    this.#arena = arena;
  }

  make(text: string, persistent: boolean, status = 200): TestAnswer {
    const offset = this.#arena.reserve(text.length);
    this.#arena.bytes.set(Buffer.from(text, 'latin1'), offset);
    const answer = new TestAnswer(offset, text, persistent, status);
    this.answers.push(answer);
    return answer;
  }
  answer(request: RequestHead, waiter: Waiter): Answer | null {
    if (this.pends) {
      this.pending = waiter;
      return null;
    }
    const path = request.text(request.pathStart, request.pathEnd);
    const answer = this.make(`[${path}]`, request.persistent);
    answer.following = this.follows;
    if (this.file !== undefined) {
      answer.file = this.file.descriptor ?? 9;
      answer.filePosition = this.file.position ?? 5;
      answer.fileLength = this.file.length;
      answer.warms = this.warms;
    }
    return answer;
  }
  refuse(status: number): Answer {
    return this.make(`<${status}>`, false, status);
  }
  forget(waiter: Waiter): void {
    this.forgotten.push(waiter);
  }
  tick(): void {
    this.ticks++;
  }
  close(): void {}
}
