/**
 * Writes response heads: first into scratch memory, because how long a head is decides how much of the heap it needs,
 * then into the heap, followed by the body.
 */
import { ResponseHead } from '../http/response-head.js';
import { type Additions, NO_ADDITIONS } from './additions.js';

/**
 * What an answer's head depends on beside what it is about: how the connection goes on, and, where CORS makes a difference,
 * for which audience it is (cors.ts). The two make one number: `VARIANTS * audience` and one of the three.
 */
export type Variant = number;
/** How the connection goes on after an answer; each needs another head. */
export const PERSISTENT = 0;
/** A HTTP/1.0 client that asked for keep-alive must be told. */
export const KEEP_ALIVE = 1;
export const CLOSING = 2;
export const VARIANTS = 3;

/** The variant for a request of nobody in particular. */
export function variantOf(minorVersion: number, persistent: boolean): Variant {
  return !persistent ? CLOSING : minorVersion === 0 ? KEEP_ALIVE : PERSISTENT;
}

/** The audience that a variant is for. */
export function audienceOf(variant: Variant): number {
  return Math.floor(variant / VARIANTS);
}

/** Room for every head but a redirect to a long name, and but for additions. */
const SCRATCH_BYTES = 1024;
const SERVER = 'amped';

const nothing = (): Additions => NO_ADDITIONS;

export class HeadWriter {
  bytes = new Uint8Array(SCRATCH_BYTES);
  /** Of the head written last: its length, where its Date is, its status and variant. */
  length = 0;
  dateAt = -1;
  status = 0;
  variant: Variant = PERSISTENT;
  readonly #head = new ResponseHead();
  readonly #general: (audience: number) => Additions;
  #additions: Additions = NO_ADDITIONS;
  /** The names that were written, in lower case, where something may be added. */
  readonly #written: string[] = [];

  /** `general`: what is added to heads for an audience unless other additions are given. */
  constructor(general: (audience: number) => Additions = nothing) {
    this.#general = general;
  }

  /**
   * Begins a head: status line, Server, Date of `second`, Connection where it is needed. `extra`: bytes of unusually long
   * fields; `additions`: what is added at its end, or said instead.
   */
  begin(
    status: number,
    variant: Variant,
    second: number,
    extra = 0,
    additions: Additions = this.#general(audienceOf(variant)),
  ): this {
    const room = SCRATCH_BYTES + extra + additions.bytes;
    if (this.bytes.length < room) this.bytes = new Uint8Array(room);
    const head = this.#head;
    this.#additions = additions;
    this.#written.length = 0;
    head.begin(this.bytes, 0, status);
    this.field('Server', SERVER);
    head.date(second * 1000);
    const persistence = variant % VARIANTS;
    head.persistence(persistence === KEEP_ALIVE ? 0 : 1, persistence !== CLOSING);
    this.dateAt = head.dateOffset;
    this.status = status;
    this.variant = variant;
    return this;
  }

  field(name: string, value: string | number): this {
    if (this.#additions !== NO_ADDITIONS) {
      const lower = name.toLowerCase();
      if (this.#additions.replaced.has(lower)) return this;
      this.#written.push(lower);
    }
    this.#head.field(name, value);
    return this;
  }

  /** Whether the head written last leaves the connection open. */
  get persistent(): boolean {
    return this.variant % VARIANTS !== CLOSING;
  }

  end(): void {
    const { lines, defaults } = this.#additions;
    for (const { name, value } of lines) this.#head.field(name, value);
    for (const { name, value } of defaults) {
      if (!this.#written.includes(name.toLowerCase())) this.#head.field(name, value);
    }
    this.length = this.#head.end();
  }
}
