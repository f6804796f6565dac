/**
 * Writes response heads: first into scratch memory, because how long a head is decides how much of the heap it needs,
 * then into the heap, followed by the body.
 */
import { ResponseHead } from '../http/response-head.js';

/** How the connection goes on after an answer; each needs another head. */
export const PERSISTENT = 0;
/** A HTTP/1.0 client that asked for keep-alive must be told. */
export const KEEP_ALIVE = 1;
export const CLOSING = 2;
export const VARIANTS = 3;
export type Variant = typeof PERSISTENT | typeof KEEP_ALIVE | typeof CLOSING;

/** The variant for a request. */
export function variantOf(minorVersion: number, persistent: boolean): Variant {
  return !persistent ? CLOSING : minorVersion === 0 ? KEEP_ALIVE : PERSISTENT;
}

/** Room for every head but a redirect to a long name. */
const SCRATCH_BYTES = 1024;
const SERVER = 'amped';

export class HeadWriter {
  bytes = new Uint8Array(SCRATCH_BYTES);
  /** Of the head written last: its length, where its Date is, its status and variant. */
  length = 0;
  dateAt = -1;
  status = 0;
  variant: Variant = PERSISTENT;
  readonly #head = new ResponseHead();

  /** Begins a head: status line, Server, Date of `second`, Connection where it is needed. `extra`: bytes of unusually long fields. */
  begin(status: number, variant: Variant, second: number, extra = 0): this {
    if (this.bytes.length < SCRATCH_BYTES + extra) this.bytes = new Uint8Array(SCRATCH_BYTES + extra);
    const head = this.#head;
    head.begin(this.bytes, 0, status);
    head.field('Server', SERVER);
    head.date(second * 1000);
    head.persistence(variant === KEEP_ALIVE ? 0 : 1, variant !== CLOSING);
    this.dateAt = head.dateOffset;
    this.status = status;
    this.variant = variant;
    return this;
  }

  field(name: string, value: string | number): this {
    this.#head.field(name, value);
    return this;
  }

  /** Whether the head written last leaves the connection open. */
  get persistent(): boolean {
    return this.variant !== CLOSING;
  }

  end(): void {
    this.length = this.#head.end();
  }
}
