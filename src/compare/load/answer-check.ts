/**
 * Whether each answer is what it must be: its status, the length of its body, and of one in so many the hash of it.
 * An answer that is right costs a few comparisons.
 */
import { createHash, type Hash } from 'node:crypto';
import type { LoadTarget } from './plan.js';
import type { ResponseHead } from './response-head.js';
import type { Tally } from './tally.js';

/** Any. */
const ANY = -1;

export class AnswerCheck {
  readonly #tally: Tally;
  readonly #statuses: Int32Array;
  readonly #lengths: Float64Array;
  readonly #headOnly: Uint8Array;
  readonly #hashes: readonly (string | undefined)[];
  /** 0: none. */
  readonly #every: number;
  #answers = 0;

  constructor(targets: readonly LoadTarget[], headOnly: Uint8Array, every: number, tally: Tally) {
    this.#tally = tally;
    this.#statuses = Int32Array.from(targets, ({ status }) => status ?? ANY);
    this.#lengths = Float64Array.from(targets, ({ length }) => length ?? ANY);
    this.#headOnly = headOnly;
    this.#hashes = targets.map(({ sha256 }) => sha256?.toLowerCase());
    this.#every = this.#hashes.some((hash) => hash !== undefined) ? every : 0;
  }

  /** An answer begins: what is to be fed its body, if its hash is to be checked. */
  begin(target: number): Hash | undefined {
    if (this.#every === 0 || this.#answers++ % this.#every !== 0) return undefined;
    return this.#hashes[target] === undefined || this.#headOnly[target] === 1 ? undefined : createHash('sha256');
  }

  /** An answer has ended. */
  end(target: number, head: ResponseHead, bodyBytes: number, hash: Hash | undefined): void {
    const tally = this.#tally;
    const { status } = head;
    tally.status(status);
    const wanted = this.#statuses[target] as number;
    const right = wanted === ANY ? status >= 200 && status < 400 : status === wanted;
    if (!right) {
      tally.errors.wrongStatus++;
      // Of another answer the body is another one.
      return;
    }
    const length = this.#lengths[target] as number;
    if (length !== ANY && length !== (this.#headOnly[target] === 1 ? head.contentLength : bodyBytes)) {
      tally.errors.wrongLength++;
    }
    if (hash === undefined) return;
    tally.hashed++;
    if (hash.digest('hex') !== this.#hashes[target]) tally.errors.wrongHash++;
  }
}
