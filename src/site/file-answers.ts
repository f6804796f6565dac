/**
 * Makes the answers about files: 200, 206 of one range, 304 and 416.
 *
 * A small file's answer is one block, head and contents, so that it is sent with one call; a large file's is a head and a
 * range of the open file. Null everywhere: there is no memory for it now.
 */
import { CODING_NAMES, NO_CODING } from '../http/accept-encoding.js';
import { closeDelimiter, multipartType, partHead } from '../http/multipart.js';
import { type ByteRange, contentRange, unsatisfiedRange } from '../http/range.js';
import { reasonPhrase } from '../http/status.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { ContentCache } from './content-cache.js';
import { type Entry, HEAD_ONLY, type Kind, NOT_CHANGED, slotOf, WHOLE } from './entry.js';
import { audienceOf, type HeadWriter, PERSISTENT, type Variant } from './head-writer.js';
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
    const slot = slotOf(kind, variant);
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
    this.#representation(206, entry, entry.description.mediaType, length, variant, second);
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
    this.#representation(200, entry, entry.description.mediaType, entry.size, PERSISTENT, second);
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
    entry.put(slotOf(WHOLE, PERSISTENT), answer);
    entry.body = answer;
  }

  /** Contents that lie elsewhere become those of `entry`, which is not in the cache yet; false: there is no memory for them. */
  keep(entry: Entry, contents: Uint8Array, second: number): boolean {
    const block = this.reserve(entry, second);
    if (block === null) return false;
    this.#arena.bytes.set(contents, block.offset + block.headLength);
    this.adopt(entry, block);
    return true;
  }

  #make(entry: Entry, kind: Kind, variant: Variant, second: number): HeldAnswer | null {
    if (kind === NOT_CHANGED) {
      const additions = entry.description.profile.notModified(audienceOf(variant));
      const writer = this.#writer.begin(304, variant, second, 0, additions);
      if (entry.lastModifiedText !== '') writer.field('Last-Modified', entry.lastModifiedText);
      writer.field('ETag', entry.entityTag).end();
      return this.#headAlone(entry);
    }
    this.#representation(200, entry, entry.description.mediaType, entry.size, variant, second);
    this.#writer.end();
    return kind === HEAD_ONLY ? this.#headAlone(entry) : this.#withContent(entry, 0, entry.size);
  }

  /** The head of a response with contents of a file, but for its end. */
  #representation(
    status: number,
    entry: Entry,
    mediaType: string,
    length: number,
    variant: Variant,
    second: number,
  ): void {
    const { coding, profile } = entry.description;
    const writer = this.#writer.begin(status, variant, second, 0, profile.whole(audienceOf(variant)));
    writer.field('Content-Type', mediaType);
    if (coding !== NO_CODING) writer.field('Content-Encoding', CODING_NAMES[coding]!);
    writer.field('Content-Length', length);
    if (entry.lastModifiedText !== '') writer.field('Last-Modified', entry.lastModifiedText);
    writer.field('ETag', entry.entityTag).field('Accept-Ranges', 'bytes');
  }

  /**
   * Several ranges (RFC 9110 15.3.7.2). Of a file in memory one block; of a large file an answer for each part, which has the
   * head of the part and a range of the file, and one for the end.
   */
  parts(entry: Entry, ranges: readonly ByteRange[], variant: Variant, second: number): HeldAnswer | null {
    const boundary = newBoundary();
    const { mediaType } = entry.description;
    const heads = ranges.map((range, index) => partHead(boundary, index === 0, mediaType, range, entry.size));
    const end = closeDelimiter(boundary);
    let length = end.length;
    for (const { first, last } of ranges) length += last - first + 1;
    for (const head of heads) length += head.length;
    this.#representation(206, entry, multipartType(boundary), length, variant, second);
    this.#writer.end();
    return entry.file === null
      ? this.#partsInMemory(entry, ranges, heads, end, length)
      : this.#partsOfFile(entry, ranges, heads, end);
  }

  #partsInMemory(
    entry: Entry,
    ranges: readonly ByteRange[],
    heads: readonly string[],
    end: string,
    length: number,
  ): HeldAnswer | null {
    const headLength = this.#writer.length;
    const offset = this.#allocate(headLength + length, entry);
    if (offset < 0) return null;
    const body = entry.body!;
    const from = body.offset + body.headLength;
    let at = offset + headLength;
    ranges.forEach(({ first, last }, index) => {
      at = this.#write(heads[index]!, at);
      this.#arena.bytes.copyWithin(at, from + first, from + last + 1);
      at += last - first + 1;
    });
    this.#write(end, at);
    return this.#answer(offset, headLength + length, null, 0, 0).giveOnce();
  }

  #partsOfFile(entry: Entry, ranges: readonly ByteRange[], heads: readonly string[], end: string): HeldAnswer | null {
    let start: HeldAnswer | null = null;
    let before: HeldAnswer | null = null;
    for (let index = 0; index <= ranges.length; index++) {
      const range = ranges[index];
      const text = heads[index] ?? end;
      const headLength = index === 0 ? this.#writer.length : 0;
      const offset = this.#allocate(headLength + text.length, entry, headLength);
      if (offset < 0) {
        // Nobody has held it yet: so what there is of it is given back.
        start?.acquire();
        start?.release();
        return null;
      }
      this.#write(text, offset + headLength);
      const length = headLength + text.length;
      const answer =
        range === undefined
          ? this.#answer(offset, length, null, 0, 0, headLength)
          : this.#answer(offset, length, entry, range.first, range.last - range.first + 1, headLength);
      answer.giveOnce();
      before?.precede(answer);
      start ??= answer;
      before = answer;
    }
    return start;
  }

  /** Writes Latin-1 text; where it ends. */
  #write(text: string, offset: number): number {
    const { bytes } = this.#arena;
    for (let at = 0; at < text.length; at++) bytes[offset + at] = text.charCodeAt(at);
    return offset + text.length;
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
    this.#write(text, offset + headLength);
    return this.#answer(offset, headLength + text.length, null, 0, 0).giveOnce();
  }

  /** Memory with the head that was written last at its beginning (or with `headLength` bytes of it), or -1. */
  #allocate(length: number, keep: Entry | null, headLength = this.#writer.length): number {
    const offset = this.#cache.allocate(length, keep);
    if (offset >= 0) this.#arena.bytes.set(this.#writer.bytes.subarray(0, headLength), offset);
    return offset;
  }

  #answer(
    offset: number,
    length: number,
    sent: Entry | null,
    position: number,
    fileLength: number,
    headLength = this.#writer.length,
  ): HeldAnswer {
    const writer = this.#writer;
    return new HeldAnswer(
      this.#arena,
      this.#heap,
      offset,
      length,
      headLength,
      writer.dateAt,
      writer.status,
      writer.persistent,
      sent === null ? null : sent.file,
      position,
      fileLength,
    );
  }
}

/** What separates parts: of chance, so that no file can have it in it but by chance (RFC 2046 5.1.1). */
function newBoundary(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
