/**
 * Answers that do not depend on a file: errors with a short text, and 204 to OPTIONS. Made when first needed, then kept.
 */
import { hasNoContent, reasonPhrase } from '../http/status.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Additions } from './additions.js';
import type { ContentCache } from './content-cache.js';
import { type HeadWriter, VARIANTS, type Variant } from './head-writer.js';
import { HeldAnswer } from './held-answer.js';

/** The methods that files answer (RFC 9110 10.2.1). */
const ALLOW = 'GET, HEAD, OPTIONS';
/** After how many seconds a client that was told 503 may come again. */
const RETRY_AFTER_SECONDS = 1;
/** What a client that gets 401 is to do (RFC 7617 2 and 2.1). */
const CHALLENGE = 'Basic realm="amped", charset="UTF-8"';
/** Variants are fewer, of all audiences together. */
const MOST_VARIANTS = 1024;

export class ErrorAnswers {
  readonly #arena: Arena;
  readonly #heap: Heap;
  readonly #cache: ContentCache;
  readonly #writer: HeadWriter;
  readonly #answers = new Map<number, HeldAnswer>();

  /** 503 is made at once: it must be there when there is no memory for anything. Throws RangeError when the heap is too small. */
  constructor(arena: Arena, heap: Heap, cache: ContentCache, writer: HeadWriter, second: number) {
    this.#arena = arena;
    this.#heap = heap;
    this.#cache = cache;
    this.#writer = writer;
    for (let variant = 0; variant < VARIANTS; variant++) {
      for (const headOnly of [false, true]) {
        if (this.#make(503, variant as Variant, headOnly, second) === null)
          throw new RangeError('the heap is too small');
      }
    }
  }

  /** The answer with this status; without its content for HEAD. When memory is short, 503 instead, or with an old Date. */
  get(status: number, variant: Variant, headOnly: boolean, second: number): HeldAnswer {
    const known = this.#answers.get(keyOf(status, variant, headOnly));
    if (known !== undefined) return this.#current(known, keyOf(status, variant, headOnly), second);
    const made = this.#make(status, variant, headOnly, second);
    if (made !== null) return made;
    // For nobody in particular, which has been made at the start.
    return this.get(503, variant % VARIANTS, headOnly, second);
  }

  /** The answer to a preflight: 204, made for it alone. Null: there is no memory for it. */
  preflight(variant: Variant, second: number, additions: Additions): HeldAnswer | null {
    const writer = this.#writer.begin(204, variant, second, 0, additions);
    writer.field('Allow', ALLOW).end();
    const offset = this.#cache.allocate(writer.length, null);
    return offset < 0 ? null : this.#answer(offset, '').giveOnce();
  }

  /** None is given out any more: their memory is free as soon as nobody holds them. */
  clear(): void {
    for (const answer of this.#answers.values()) answer.retire();
    this.#answers.clear();
  }

  #current(answer: HeldAnswer, key: number, second: number): HeldAnswer {
    if (answer.second === second) return answer;
    let current = answer;
    if (!answer.redate(second)) {
      const offset = this.#cache.allocate(answer.length, null);
      if (offset < 0) return answer;
      current = answer.copy(offset, second);
      this.#answers.set(key, current);
      answer.retire();
    }
    current.second = second;
    return current;
  }

  #make(status: number, variant: Variant, headOnly: boolean, second: number): HeldAnswer | null {
    const writer = this.#writer.begin(status, variant, second);
    let text = '';
    if (!hasNoContent(status)) {
      text = `${status} ${reasonPhrase(status)}\n`;
      writer.field('Content-Type', 'text/plain; charset=utf-8').field('Content-Length', text.length);
      writer.field('X-Content-Type-Options', 'nosniff');
    }
    if (status === 204 || status === 405) writer.field('Allow', ALLOW);
    if (status === 401) writer.field('WWW-Authenticate', CHALLENGE);
    if (status === 503) writer.field('Retry-After', RETRY_AFTER_SECONDS);
    writer.end();
    const content = headOnly ? '' : text;
    const offset = this.#cache.allocate(writer.length + content.length, null);
    if (offset < 0) return null;
    const answer = this.#answer(offset, content);
    answer.second = second;
    this.#answers.set(keyOf(status, variant, headOnly), answer);
    return answer;
  }

  /** The head that was written last and its content, at `offset`, where the heap has room for them. */
  #answer(offset: number, content: string): HeldAnswer {
    const { bytes: head, length: headLength, dateAt, status, persistent } = this.#writer;
    const { bytes } = this.#arena;
    bytes.set(head.subarray(0, headLength), offset);
    const length = headLength + content.length;
    for (let at = headLength; at < length; at++) bytes[offset + at] = content.charCodeAt(at - headLength);
    return new HeldAnswer(this.#arena, this.#heap, offset, length, headLength, dateAt, status, persistent, null, 0, 0);
  }
}

function keyOf(status: number, variant: Variant, headOnly: boolean): number {
  return (status * MOST_VARIANTS + variant) * 2 + (headOnly ? 1 : 0);
}
