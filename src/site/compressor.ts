/**
 * Compresses: in libuv's threads where a loop must not wait, in place where a worker waits anyway.
 *
 * How hard it tries is chosen for what is compressed once and then kept for as long as the file stays as it is: a level at
 * which each coding makes most of a few milliseconds a file (nginx and Caddy, which compress anew for each request, take
 * lower ones).
 */

import * as zlib from 'node:zlib';
import { constants, type InputType } from 'node:zlib';
import { BROTLI, type Coding, GZIP, ZSTD } from '../http/accept-encoding.js';

/** The coded bytes; null: it failed. */
export type Compressed = (coded: Uint8Array | null) => void;

export interface Compressor {
  /** What coded bytes depend on beside what they are made of: other versions of a library make other bytes. */
  stampOf(coding: Coding): string;
  /** Whether this coding can be made at all. */
  makes(coding: Coding): boolean;
  /** Whether it can be made of so many bytes now. */
  admits(coding: Coding, bytes: number): boolean;
  /** Calls `done`, perhaps before it returns. */
  compress(coding: Coding, bytes: Uint8Array, done: Compressed): void;
}

/** Compressed at once: half of libuv's threads, so that whoever needs one for something else gets it. */
const AT_ONCE = 2;
/** What may wait, in bytes and in number: about half a second's work. Whoever comes then is sent the file as it is. */
const MOST_WAITING_BYTES = 16_777_216;
const MOST_WAITING = 256;

const BROTLI_LEVEL = 5;
const GZIP_LEVEL = 6;
const ZSTD_LEVEL = 9;

type Callback = (error: Error | null, coded: Uint8Array) => void;

/** Node's function for a coding, in both forms. */
interface Library {
  readonly later: (bytes: InputType, options: object, callback: Callback) => void;
  readonly now: (bytes: InputType, options: object) => Uint8Array;
  readonly options: (bytes: number) => object;
  readonly version: string;
}

/** zstd: from Node.js 22.15 on, and unknown to the types of older ones. */
interface WithZstd {
  readonly zstdCompress?: Library['later'];
  readonly zstdCompressSync?: Library['now'];
  readonly constants: { readonly ZSTD_c_compressionLevel?: number };
}

const { zstdCompress, zstdCompressSync, constants: zstdConstants } = zlib as unknown as WithZstd;

const LIBRARIES: Readonly<Record<Coding, Library | undefined>> = {
  [BROTLI]: {
    later: zlib.brotliCompress,
    now: zlib.brotliCompressSync,
    options: (bytes) => ({
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_LEVEL,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes,
      },
    }),
    version: `${process.versions.brotli}.${BROTLI_LEVEL}`,
  },
  [ZSTD]:
    zstdCompress === undefined || zstdCompressSync === undefined
      ? undefined
      : {
          later: zstdCompress,
          now: zstdCompressSync,
          options: () => ({ params: { [zstdConstants.ZSTD_c_compressionLevel ?? 100]: ZSTD_LEVEL } }),
          version: `${process.versions.zstd ?? ''}.${ZSTD_LEVEL}`,
        },
  [GZIP]: {
    later: zlib.gzip,
    now: zlib.gzipSync,
    options: () => ({ level: GZIP_LEVEL }),
    version: `${process.versions.zlib}.${GZIP_LEVEL}`,
  },
};

abstract class LibraryCompressor {
  /** In an entity tag only letters and digits of the version are wanted. */
  stampOf(coding: Coding): string {
    return (LIBRARIES[coding]?.version ?? '').replace(/[^A-Za-z0-9]/g, '');
  }

  makes(coding: Coding): boolean {
    return LIBRARIES[coding] !== undefined;
  }
}

/** For workers that block: each compresses what it is about to send. */
export class BlockingCompressor extends LibraryCompressor implements Compressor {
  admits(coding: Coding): boolean {
    return this.makes(coding);
  }

  compress(coding: Coding, bytes: Uint8Array, done: Compressed): void {
    const { now, options } = LIBRARIES[coding]!;
    let coded: Uint8Array | null = null;
    try {
      coded = now(bytes, options(bytes.length));
    } catch {
      // Out of memory: the file is sent as it is.
    }
    done(coded);
  }
}

interface Job {
  readonly coding: Coding;
  readonly bytes: Uint8Array;
  readonly done: Compressed;
}

/** For event loops: some at a time, in libuv's threads; the others wait in their order, up to a bound. */
export class BackgroundCompressor extends LibraryCompressor implements Compressor {
  readonly #waiting: Job[] = [];
  #running = 0;
  #waitingBytes = 0;

  admits(coding: Coding, bytes: number): boolean {
    if (!this.makes(coding)) return false;
    return this.#waiting.length < MOST_WAITING && this.#waitingBytes + bytes <= MOST_WAITING_BYTES;
  }

  compress(coding: Coding, bytes: Uint8Array, done: Compressed): void {
    this.#waiting.push({ coding, bytes, done });
    this.#waitingBytes += bytes.length;
    this.#begin();
  }

  #begin(): void {
    while (this.#running < AT_ONCE) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      const { coding, bytes, done } = job;
      const { later, options } = LIBRARIES[coding]!;
      this.#running++;
      later(bytes, options(bytes.length), (error, coded) => {
        this.#running--;
        this.#waitingBytes -= bytes.length;
        this.#begin();
        done(error === null ? coded : null);
      });
    }
  }
}
