/**
 * Makes a coded representation of one file: its contents are taken from the cache, or read a piece at a time, then compressed,
 * and the outcome kept like the contents of any small file. Everybody who wants the same meanwhile waits for it.
 *
 * What it keeps true: the outcome is that of one version of the file, the one that the plain entry is of. If that has left
 * the cache meanwhile, or its open file has changed, there is no outcome.
 */
import { type Disk, type DiskAsker, DiskOperation, PENDING } from '../disk/disk.js';
import type { Coding } from '../http/accept-encoding.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Compressor } from './compressor.js';
import type { ContentCache } from './content-cache.js';
import type { Entry } from './entry.js';
import type { OpenFile } from './open-file.js';
import type { Question } from './question.js';

/** Read at a time, in bytes. */
const PIECE_BYTES = 65_536;

/** What a compression is made for, and who hears of its end. */
export interface CompressionHost {
  readonly arena: Arena;
  readonly heap: Heap;
  readonly disk: Disk;
  readonly cache: ContentCache;
  readonly compressor: Compressor;
  /** Nobody wants the outcome any more. */
  readonly closed: boolean;
  /** It has ended: the coded bytes, or null where there are none. Called once, perhaps inside `start`. */
  compressed(compression: Compression, coded: Uint8Array | null): void;
}

export class Compression implements DiskAsker {
  readonly plain: Entry;
  readonly coding: Coding;
  readonly questions: Question[] = [];
  /** It has ended. */
  done = false;
  readonly #host: CompressionHost;
  readonly #contents: Uint8Array;
  readonly #operation = new DiskOperation(this);
  #file: OpenFile | null = null;
  #filled = 0;

  constructor(host: CompressionHost, plain: Entry, coding: Coding) {
    this.#host = host;
    this.plain = plain;
    this.coding = coding;
    this.#contents = new Uint8Array(plain.size);
  }

  start(): void {
    const { arena, cache } = this.#host;
    const { body, file, size } = this.plain;
    if (file === null) {
      const from = (body?.offset ?? 0) + (body?.headLength ?? 0);
      if (body === null) this.#end(null);
      else {
        this.#contents.set(arena.bytes.subarray(from, from + size));
        this.#compress();
      }
      return;
    }
    const offset = cache.allocate(PIECE_BYTES, this.plain);
    if (offset < 0) {
      this.#end(null);
      return;
    }
    file.hold();
    this.#file = file;
    this.#operation.file = file.descriptor;
    this.#operation.offset = offset;
    this.#goOn(this.#read());
  }

  /** Whether the disk works for it. */
  get reading(): boolean {
    return this.#file !== null;
  }

  diskCompleted(operation: DiskOperation): void {
    this.#goOn(operation.result);
  }

  #read(): number {
    const operation = this.#operation;
    operation.position = this.#filled;
    operation.length = Math.min(PIECE_BYTES, this.#contents.length - this.#filled);
    return this.#host.disk.read(operation);
  }

  #goOn(first: number): void {
    const { bytes } = this.#host.arena;
    const { offset } = this.#operation;
    let result = first;
    while (result > 0) {
      this.#contents.set(bytes.subarray(offset, offset + result), this.#filled);
      this.#filled += result;
      if (this.#filled === this.#contents.length) break;
      result = this.#read();
    }
    if (result === PENDING) return;
    const whole = result > 0 && (this.#file as OpenFile).unchanged();
    this.#host.heap.free(offset, PIECE_BYTES);
    this.#file?.drop();
    this.#file = null;
    if (whole && !this.#host.closed) this.#compress();
    else this.#end(null);
  }

  #compress(): void {
    this.#host.compressor.compress(this.coding, this.#contents, (coded) => this.#end(coded));
  }

  #end(coded: Uint8Array | null): void {
    this.done = true;
    this.#host.compressed(this, coded);
  }
}
