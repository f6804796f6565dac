/**
 * Makes the answers about files: 200, 206, 304 and 416.
 *
 * A small file's answer is one block, head and contents, so that it is sent with one call; a large file's is a head and a
 * range of the open file. Null everywhere: there is no memory for it now.
 */
import { type ByteRange, contentRange, unsatisfiedRange } from '../http/range.js';
import { reasonPhrase } from '../http/status.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { ContentCache } from './content-cache.js';
import { type Entry, HEAD_ONLY, type Kind, NOT_CHANGED, WHOLE } from './entry.js';
import { type HeadWriter, PERSISTENT, type Variant } from './head-writer.js';
import { HeldAnswer } from './held-answer.js';

/** Memory of the heap with a head in it, and behind the head room for the contents that are being read. */
export interface Block {
  readonly offset: number;
  readonly length: number;
  readonly headLength: number;
  readonly dateAt: number;
}

export class FileAnswers {
  readonly #arena: Arena;
  readonly #heap: Heap;
  readonly #cache: ContentCache;
  readonly #writer: HeadWriter;

  constructor(arena: Arena, heap: Heap, cache: ContentCache, writer: HeadWriter) {
    this.#arena = arena;
    this.#heap = heap;
    this.#cache = cache;
    this.#writer = writer;
  }

  /**
   * The entry's answer of this kind, with the Date of `second`. It is the entry's own, or given once where the entry is
   * not in the cache. It keeps an old Date where a new one would need memory that there is not.
   */
  get(entry: Entry, kind: Kind, variant: Variant, second: number): HeldAnswer | null {
    const slot = kind + variant;
    const known = entry.answers[slot] ?? null;
    let answer = known ?? this.#make(entry, kind, variant, second);
    if (answer === null) return null;
    if (known === null) {
      if (!entry.cached) return answer.giveOnce();
      entry.put(slot, answer);
    } else if (answer.second !== second && !answer.redate(second)) {
      const offset = this.#cache.allocate(answer.length, entry);
      if (offset >= 0) {
        answer = answer.copy(offset, second);
        entry.put(slot, answer);
      }
    }
    answer.second = entry.checked;
    return answer;
  }

  /** One range (RFC 9110 15.3.7). */
  part(entry: Entry, range: ByteRange, variant: Variant, second: number): HeldAnswer | null {
    const length = range.last - range.first + 1;
    this.#representation(206, entry, length, variant, second);
    this.#writer.field('Content-Range', contentRange(range, entry.size)).end();
    return this.#withContent(entry, range.first, length)?.giveOnce() ?? null;
  }

  /** No range of those asked for exists (RFC 9110 15.5.17). */
  unsatisfied(entry: Entry, variant: Variant, second: number): HeldAnswer | null {
    const text = `416 ${reasonPhrase(416)}\n`;
    const writer = this.#writer.begin(416, variant, second);
    writer.field('Content-Type', 'text/plain; charset=utf-8').field('Content-Length', text.length);
    writer.field('Content-Range', unsatisfiedRange(entry.size)).field('X-Content-Type-Options', 'nosniff').end();
    return this.#withText(text, entry);
  }

  /** Memory for a small file with the head of its plain answer; its contents are to be read to offset + headLength. */
  reserve(entry: Entry, second: number): Block | null {
    this.#representation(200, entry, entry.size, PERSISTENT, second);
    this.#writer.end();
    const headLength = this.#writer.length;
    const length = headLength + entry.size;
    const offset = this.#allocate(length, null);
    return offset < 0 ? null : { offset, length, headLength, dateAt: this.#writer.dateAt };
  }

  /** Gives back what `reserve` gave. */
  free(block: Block): void {
    this.#heap.free(block.offset, block.length);
  }

  /** The contents are there: `block` becomes the entry's plain answer. */
  adopt(entry: Entry, block: Block): void {
    const { offset, length, headLength, dateAt } = block;
    const answer = new HeldAnswer(this.#arena, this.#heap, offset, length, headLength, dateAt, 200, true, null, 0, 0);
    entry.answers[WHOLE + PERSISTENT] = answer;
    entry.body = answer;
  }

  #make(entry: Entry, kind: Kind, variant: Variant, second: number): HeldAnswer | null {
    if (kind === NOT_CHANGED) {
      const writer = this.#writer.begin(304, variant, second);
      if (entry.lastModifiedText !== '') writer.field('Last-Modified', entry.lastModifiedText);
      writer.field('ETag', entry.entityTag).end();
      return this.#headAlone(entry);
    }
    this.#representation(200, entry, entry.size, variant, second);
    this.#writer.end();
    return kind === HEAD_ONLY ? this.#headAlone(entry) : this.#withContent(entry, 0, entry.size);
  }

  #representation(status: number, entry: Entry, length: number, variant: Variant, second: number): void {
    const writer = this.#writer.begin(status, variant, second);
    writer.field('Content-Type', entry.mediaType).field('Content-Length', length);
    if (entry.lastModifiedText !== '') writer.field('Last-Modified', entry.lastModifiedText);
    writer.field('ETag', entry.entityTag).field('Accept-Ranges', 'bytes');
  }

  #headAlone(entry: Entry): HeldAnswer | null {
    const { length } = this.#writer;
    const offset = this.#allocate(length, entry);
    return offset < 0 ? null : this.#answer(offset, length, null, 0, 0);
  }

  #withContent(entry: Entry, first: number, length: number): HeldAnswer | null {
    const headLength = this.#writer.length;
    if (entry.file !== null) {
      const offset = this.#allocate(headLength, entry);
      return offset < 0 ? null : this.#answer(offset, headLength, entry, first, length);
    }
    const offset = this.#allocate(headLength + length, entry);
    if (offset < 0) return null;
    const body = entry.body!;
    const from = body.offset + body.headLength + first;
    this.#arena.bytes.copyWithin(offset + headLength, from, from + length);
    return this.#answer(offset, headLength + length, null, 0, 0);
  }

  #withText(text: string, keep: Entry | null): HeldAnswer | null {
    const headLength = this.#writer.length;
    const offset = this.#allocate(headLength + text.length, keep);
    if (offset < 0) return null;
    const { bytes } = this.#arena;
    for (let at = 0; at < text.length; at++) bytes[offset + headLength + at] = text.charCodeAt(at);
    return this.#answer(offset, headLength + text.length, null, 0, 0).giveOnce();
  }

  /** Memory with the head that was written last at its beginning, or -1. */
  #allocate(length: number, keep: Entry | null): number {
    const offset = this.#cache.allocate(length, keep);
    if (offset >= 0) this.#arena.bytes.set(this.#writer.bytes.subarray(0, this.#writer.length), offset);
    return offset;
  }

  #answer(offset: number, length: number, sent: Entry | null, position: number, fileLength: number): HeldAnswer {
    const writer = this.#writer;
    return new HeldAnswer(
      this.#arena,
      this.#heap,
      offset,
      length,
      writer.length,
      writer.dateAt,
      writer.status,
      writer.persistent,
      sent === null ? null : sent.file,
      position,
      fileLength,
    );
  }
}
