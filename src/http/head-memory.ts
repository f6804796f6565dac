/**
 * What is remembered of earlier request heads, in one bounded table.
 *
 * Keep-alive clients repeat themselves, and a head with equal bytes has an equal meaning: comparing is cheaper than
 * parsing, and what the site keeps with a remembered head saves the look-ups too. A recalled head has been compared byte
 * for byte; the hash only says where to look.
 *
 * Heads that never repeat (a cookie that changes with each request) must cost little: a head is remembered when it is
 * seen for the second time, and one that is recalled often is not displaced by the first newcomer.
 */
import { RequestHead } from './request-head.js';

/** Heads that are remembered unless told otherwise. */
export const DEFAULT_HEADS = 256;
/** Longer heads are not remembered; a browser's has about 700 bytes. */
export const DEFAULT_BYTES_PER_HEAD = 1024;

/** At most so many words of a head are hashed, evenly spread over it. */
const HASHED_WORDS = 32;
/** For each head that is remembered, so many fingerprints of heads seen once. */
const FINGERPRINTS_PER_HEAD = 8;
/**
 * Remembering is paid for: a recall earns one, remembering costs REMEMBERING, and whoever has nothing left remembers one
 * head in POOR_ONE_IN only. So heads that the hash takes for repeated ones, but are not, cost little.
 */
const CREDIT = 1024;
const REMEMBERING = 4;
const POOR_ONE_IN = 64;
/** So many newcomers are turned away by a head that is recalled often. */
const PATIENCE = 7;

export class HeadMemory {
  readonly capacity: number;
  readonly bytesPerHead: number;
  readonly #mask: number;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** Of each remembered head: its length (0: none), hash, and how many newcomers it still turns away. */
  readonly #lengths: Int32Array;
  readonly #hashes: Int32Array;
  readonly #patience: Uint8Array;
  readonly #heads: (RequestHead | null)[];
  /** Hashes of heads seen once. A mistake here costs a copy, never a wrong answer. */
  readonly #seen: Int32Array;
  #credit = CREDIT;
  #turnedAway = 0;
  /** The hash made by the last recall that failed, and what it was made of. */
  #missStart = -1;
  #missLength = -1;
  #missHash = 0;

  /** `capacity` heads, a power of two, of at most `bytesPerHead` bytes, a multiple of 4. Throws RangeError otherwise. */
  constructor(capacity = DEFAULT_HEADS, bytesPerHead = DEFAULT_BYTES_PER_HEAD) {
    if (capacity < 1 || (capacity & (capacity - 1)) !== 0) throw new RangeError('capacity must be a power of two');
    if (bytesPerHead < 4 || bytesPerHead % 4 !== 0) throw new RangeError('bytesPerHead must be a multiple of 4');
    this.capacity = capacity;
    this.bytesPerHead = bytesPerHead;
    this.#mask = capacity - 1;
    const memory = new ArrayBuffer(capacity * bytesPerHead);
    this.#bytes = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
    this.#lengths = new Int32Array(capacity);
    this.#hashes = new Int32Array(capacity);
    this.#patience = new Uint8Array(capacity);
    this.#heads = new Array<RequestHead | null>(capacity).fill(null);
    this.#seen = new Int32Array(capacity * FINGERPRINTS_PER_HEAD);
  }

  /**
   * The index of the remembered head that is exactly the `length` bytes at `start`, or -1: also when more bytes follow the
   * head (a pipelined request), or when `start` is not a multiple of 4. These are parsed.
   *
   * `words` and `bytes` view the same memory. `hint` is the index last used by the connection, or -1.
   */
  recall(words: Int32Array, bytes: Uint8Array, start: number, length: number, hint: number): number {
    if ((start & 3) !== 0) return -1;
    if (hint >= 0 && this.#equal(words, bytes, start, length, hint)) {
      this.#earn(hint);
      return hint;
    }
    if (length > this.bytesPerHead) return -1;
    const hash = hashWords(words, start >> 2, length);
    const index = hash & this.#mask;
    if (this.#hashes[index] === hash && index !== hint && this.#equal(words, bytes, start, length, index)) {
      this.#earn(index);
      return index;
    }
    this.#missStart = start;
    this.#missLength = length;
    this.#missHash = hash;
    return -1;
  }

  /**
   * The remembered head at `index`, as given by `recall` or `remember`. Its bytes are the memory's own.
   * It holds until the next call of `remember`, which may put another head in its place: whoever waits for something in
   * between copies what it needs (RequestHead.copyFrom).
   */
  head(index: number): RequestHead {
    return this.#heads[index]!;
  }

  /**
   * Takes note of a head that has just been parsed, and remembers it when it has been seen before and promises no
   * content. Gives its index, or -1. What the site keeps with it begins as null.
   */
  remember(parsed: RequestHead): number {
    const { start, length } = parsed;
    if (length > this.bytesPerHead || parsed.chunked || parsed.contentLength > 0 || parsed.expectContinue) return -1;
    const hash =
      start === this.#missStart && length === this.#missLength
        ? this.#missHash
        : hashBytes(parsed.bytes, start, length);
    this.#missStart = -1;

    const index = hash & this.#mask;
    if (this.#hashes[index] === hash && this.#equalBytes(parsed.bytes, start, length, index)) return index;

    const fingerprint = (hash >>> 8) & (this.#seen.length - 1);
    if (this.#seen[fingerprint] !== hash) {
      this.#seen[fingerprint] = hash;
      return -1;
    }
    if (this.#patience[index]! > 0) {
      this.#patience[index]!--;
      return -1;
    }
    if (this.#credit < REMEMBERING) {
      if (++this.#turnedAway < POOR_ONE_IN) return -1;
      this.#turnedAway = 0;
    } else {
      this.#credit -= REMEMBERING;
    }
    this.#seen[fingerprint] = 0;

    const to = index * this.bytesPerHead;
    const own = this.#bytes;
    const { bytes } = parsed;
    for (let at = 0; at < length; at++) own[to + at] = bytes[start + at]!;
    this.#lengths[index] = length;
    this.#hashes[index] = hash;
    let head = this.#heads[index]!;
    if (head === null) {
      head = new RequestHead();
      this.#heads[index] = head;
    }
    head.copyFrom(parsed, own, to);
    return index;
  }

  /** Forgets everything, as when what the site keeps with the heads is no longer true. */
  clear(): void {
    this.#lengths.fill(0);
    this.#hashes.fill(0);
    this.#patience.fill(0);
    this.#seen.fill(0);
    for (const head of this.#heads) {
      if (head !== null) head.remembered = null;
    }
  }

  #earn(index: number): void {
    if (this.#patience[index]! < PATIENCE) this.#patience[index]!++;
    if (this.#credit < CREDIT) this.#credit++;
  }

  /** Whether the `length` bytes at the aligned `start` are the head at `index`. */
  #equal(words: Int32Array, bytes: Uint8Array, start: number, length: number, index: number): boolean {
    if (length !== this.#lengths[index]) return false;
    const own = this.#words;
    const to = (index * this.bytesPerHead) >> 2;
    const from = start >> 2;
    const whole = length >> 2;
    let next = 0;
    // Four words at once: one branch instead of four.
    for (; next + 4 <= whole; next += 4) {
      const a = from + next;
      const b = to + next;
      const different =
        (words[a]! ^ own[b]!) |
        (words[a + 1]! ^ own[b + 1]!) |
        (words[a + 2]! ^ own[b + 2]!) |
        (words[a + 3]! ^ own[b + 3]!);
      if (different !== 0) return false;
    }
    for (; next < whole; next++) {
      if (words[from + next] !== own[to + next]) return false;
    }
    for (let at = whole << 2; at < length; at++) {
      if (bytes[start + at] !== this.#bytes[(to << 2) + at]) return false;
    }
    return true;
  }

  #equalBytes(bytes: Uint8Array, start: number, length: number, index: number): boolean {
    if (length !== this.#lengths[index]) return false;
    const own = this.#bytes;
    const to = index * this.bytesPerHead;
    for (let at = 0; at < length; at++) {
      if (bytes[start + at] !== own[to + at]) return false;
    }
    return true;
  }
}

/** Multiplier of Knuth's multiplicative hashing: 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e3779b1;

/** A hash of the length and of words spread over the head; bytes after its last whole word are left to the comparison. */
function hashWords(words: Int32Array, from: number, length: number): number {
  const whole = length >> 2;
  const step = Math.ceil(whole / HASHED_WORDS);
  let hash = length;
  for (let at = 0; at < whole; at += step) hash = Math.imul(hash ^ words[from + at]!, GOLDEN) ^ (hash >>> 15);
  return hash ^ (hash >>> 16);
}

/** The same hash where words cannot be read, because the head is not aligned. Little-endian, as x64 and arm64 are. */
function hashBytes(bytes: Uint8Array, start: number, length: number): number {
  const whole = length >> 2;
  const step = Math.ceil(whole / HASHED_WORDS);
  let hash = length;
  for (let at = 0; at < whole; at += step) {
    const byte = start + at * 4;
    const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
    hash = Math.imul(hash ^ word, GOLDEN) ^ (hash >>> 15);
  }
  return hash ^ (hash >>> 16);
}
