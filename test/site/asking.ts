/** Asks a site as a connection does: heads parsed from text, answers held while they are read. */
import { readSync } from 'node:fs';
import { BlockingDisk } from '../../src/disk/blocking.js';
import type { Disk } from '../../src/disk/disk.js';
import { DEFAULT_HEAD_LIMITS } from '../../src/http/limits.js';
import { parseHead } from '../../src/http/parse-head.js';
import { RequestHead } from '../../src/http/request-head.js';
import { Arena } from '../../src/memory/arena.js';
import { Heap } from '../../src/memory/heap.js';
import type { Answer, Waiter } from '../../src/site/answer.js';
import { StaticSite } from '../../src/site/static-site.js';
import type { StaticSiteOptions } from '../../src/site/static-site-options.js';

export const MEBIBYTE = 1_048_576;
/** A time at which files that were just written are settled. */
export const LATER = (Math.floor(Date.now() / 1000) + 100) * 1000;

export interface Response {
  readonly status: number;
  readonly statusLine: string;
  readonly fields: Readonly<Record<string, string>>;
  /** The names of the fields, in order. */
  readonly names: readonly string[];
  readonly body: string;
  readonly persistent: boolean;
}

/** The head of a request, as bytes that were parsed. */
export function headOf(target: string, fields: readonly string[] = [], method = 'GET', version = '1.1'): RequestHead {
  const lines = [`${method} ${target} HTTP/${version}`, 'Host: h', ...fields, '', ''];
  const bytes = new Uint8Array(Buffer.from(lines.join('\r\n'), 'latin1'));
  const head = new RequestHead();
  const length = parseHead(bytes, 0, bytes.length, { ...DEFAULT_HEAD_LIMITS, requestLineBytes: 70_000 }, head);
  if (length !== bytes.length) throw new Error(`the head is refused: ${length}`);
  return head;
}

/** Somebody who waits, and keeps what comes. */
export class Waiting implements Waiter {
  readonly answers: Answer[] = [];
  /** What it has heard of waits for the disk: whether one begins. */
  readonly disk: boolean[] = [];
  waitsForDisk(waits: boolean): void {
    this.disk.push(waits);
  }
  answered(answer: Answer): void {
    answer.acquire();
    this.answers.push(answer);
  }
}

export interface SiteSetup extends Partial<Omit<StaticSiteOptions, 'disk' | 'heap' | 'arena'>> {
  readonly heapBytes?: number;
  readonly makeDisk?: (arena: Arena) => Disk;
}

/** A site with an arena of its own. */
export class Asking {
  readonly arena: Arena;
  readonly heap: Heap;
  readonly disk: Disk;
  readonly site: StaticSite;
  now: number;

  constructor(root: string, { heapBytes = MEBIBYTE, makeDisk, ...options }: SiteSetup = {}) {
    this.arena = new Arena(heapBytes);
    this.heap = new Heap(this.arena, heapBytes);
    this.disk = makeDisk?.(this.arena) ?? new BlockingDisk(this.arena);
    this.now = options.now ?? LATER;
    this.site = new StaticSite({
      ...options,
      root,
      arena: this.arena,
      heap: this.heap,
      disk: this.disk,
      now: this.now,
    });
  }

  /** Time goes by, in seconds. */
  wait(seconds = 1): void {
    this.now += seconds * 1000;
    this.site.tick(this.now);
  }

  /** The answer, not yet held. */
  answer(head: RequestHead): Answer {
    const answer = this.site.answer(head, new Waiting());
    if (answer === null) throw new Error('the answer is pending');
    return answer;
  }

  /** As `answer`, for a plain GET. */
  answerTo(target: string): Answer {
    return this.answer(headOf(target));
  }

  ask(target: string, fields: readonly string[] = [], method = 'GET', version = '1.1'): Response {
    return this.take(this.answer(headOf(target, fields, method, version)));
  }

  /** Holds an answer, reads it and lets it go. */
  take(answer: Answer): Response {
    answer.acquire();
    const response = this.read(answer);
    answer.release();
    return response;
  }

  read(answer: Answer): Response {
    const memory = this.text(answer);
    const end = memory.indexOf('\r\n\r\n');
    const [statusLine, ...lines] = memory.slice(0, end).split('\r\n') as [string, ...string[]];
    const pairs = lines.map((line) => line.split(': ', 2) as [string, string]);
    let body = memory.slice(end + 4);
    for (let part: Answer | null = answer; part !== null; part = part.following) {
      if (part !== answer) body += this.text(part);
      if (part.fileLength === 0) continue;
      const buffer = Buffer.alloc(part.fileLength);
      const length = readSync(part.file, buffer, 0, buffer.length, part.filePosition);
      body += buffer.toString('latin1', 0, length);
    }
    return {
      status: answer.status,
      statusLine,
      fields: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
      names: pairs.map(([name]) => name),
      body,
      persistent: answer.persistent,
    };
  }

  /** What is in memory of an answer. */
  text(answer: Answer): string {
    return Buffer.from(this.arena.bytes.subarray(answer.offset, answer.offset + answer.length)).toString('latin1');
  }

  end(): void {
    this.site.close();
    this.arena.destroy();
  }
}
