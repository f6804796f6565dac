/**
 * Makes the answers that are made anew each time, and given out once: redirects, lists of directories, and error pages.
 * Null everywhere: there is no memory for it now.
 */
import { reasonPhrase } from '../http/status.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { ContentCache } from './content-cache.js';
import type { Entry } from './entry.js';
import type { HeadWriter, Variant } from './head-writer.js';
import { HeldAnswer } from './held-answer.js';
import { type ListPage, listPolicy } from './list-page.js';

const NOTHING = new Uint8Array(0);

export class MadeAnswers {
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

  redirect(status: number, location: string, headOnly: boolean, variant: Variant, second: number): HeldAnswer | null {
    const text = `${status} ${reasonPhrase(status)}\n`;
    const writer = this.#writer.begin(status, variant, second, location.length);
    writer.field('Content-Type', 'text/plain; charset=utf-8').field('Content-Length', text.length);
    writer.field('Location', location).field('X-Content-Type-Options', 'nosniff').end();
    return this.#withBytes(headOnly ? NOTHING : Buffer.from(text));
  }

  /** A directory's list. Whoever keeps it asks again each time: what is in a directory changes. */
  list(page: ListPage, headOnly: boolean, variant: Variant, second: number): HeldAnswer | null {
    const writer = this.#writer.begin(200, variant, second);
    writer.field('Content-Type', page.mediaType).field('Content-Length', page.bytes.length);
    writer.field('ETag', page.entityTag).field('Cache-Control', 'no-cache').field('Vary', 'Accept');
    writer.field('Content-Security-Policy', listPolicy()).field('X-Content-Type-Options', 'nosniff').end();
    return this.#withBytes(headOnly ? NOTHING : page.bytes);
  }

  /** The list is the one that the client has (RFC 9110 15.4.5). */
  listNotModified(page: ListPage, variant: Variant, second: number): HeldAnswer | null {
    const writer = this.#writer.begin(304, variant, second);
    writer.field('ETag', page.entityTag).field('Cache-Control', 'no-cache').field('Vary', 'Accept').end();
    return this.#withBytes(NOTHING);
  }

  /** An error with a file as its content. It has no validators: it is not that file which has been asked for. */
  errorPage(status: number, page: Entry, headOnly: boolean, variant: Variant, second: number): HeldAnswer | null {
    const writer = this.#writer.begin(status, variant, second);
    writer.field('Content-Type', page.description.mediaType).field('Content-Length', page.size);
    writer.field('X-Content-Type-Options', 'nosniff').end();
    if (headOnly) return this.#withBytes(NOTHING);
    if (page.file !== null) return this.#withBytes(NOTHING, page);
    const body = page.body!;
    const from = body.offset + body.headLength;
    // Making room must not take the page itself away.
    return this.#withBytes(this.#arena.bytes.subarray(from, from + page.size), page);
  }

  /** The head that was written last, and behind it these bytes, or the whole of an open file. */
  #withBytes(bytes: Uint8Array, page: Entry | null = null): HeldAnswer | null {
    const headLength = this.#writer.length;
    const length = headLength + bytes.length;
    const offset = this.#cache.allocate(length, page);
    if (offset < 0) return null;
    this.#arena.bytes.set(this.#writer.bytes.subarray(0, headLength), offset);
    this.#arena.bytes.set(bytes, offset + headLength);
    const file = page?.file ?? null;
    return new HeldAnswer(
      this.#arena,
      this.#heap,
      offset,
      length,
      headLength,
      this.#writer.dateAt,
      this.#writer.status,
      this.#writer.persistent,
      file,
      0,
      file === null ? 0 : page!.size,
    ).giveOnce();
  }
}
