/**
 * Hashes of passwords: scrypt (RFC 7914), written `$scrypt$ln=14,r=8,p=5$SALT$HASH` as passlib and others write it, with salt
 * and hash in base64 without padding.
 *
 * Making one takes a quarter of a second and 16 MiB on purpose: whoever has stolen the file with the hashes needs as much for
 * each guess.
 */
import { randomBytes, type ScryptOptions, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';

export interface PasswordHash {
  /** The base-two logarithm of the cost, the block size, and the parallelisation. */
  readonly logarithm: number;
  readonly block: number;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** One of the choices that OWASP's Password Storage Cheat Sheet holds to be equally strong; the one with least memory but one. */
const LOGARITHM = 14;
const BLOCK = 8;
const PARALLEL = 5;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** What a file may ask for: more would let one request take all memory, or minutes. */
const MOST_MEMORY_BYTES = 268_435_456;
const MOST_PARALLEL = 64;
const MOST_HASH_BYTES = 128;
const LEAST_HASH_BYTES = 16;

const WRITTEN = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{1,172})\$([A-Za-z0-9+/]{1,172})$/;

/** What is written, or undefined where it is no hash, or one that takes too much. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const parts = WRITTEN.exec(text);
  if (parts === null) return undefined;
  const [, logarithm, block, parallel] = parts.map(Number) as [number, number, number, number];
  const salt = Buffer.from(parts[4]!, 'base64');
  const hash = Buffer.from(parts[5]!, 'base64');
  if (logarithm < 1 || block < 1 || parallel < 1 || parallel > MOST_PARALLEL) return undefined;
  if (128 * 2 ** logarithm * block > MOST_MEMORY_BYTES) return undefined;
  if (hash.length < LEAST_HASH_BYTES || hash.length > MOST_HASH_BYTES) return undefined;
  return { logarithm, block, parallel, salt, hash };
}

/** A new hash of a password, with a salt of its own. */
export function hashPassword(password: Uint8Array): string {
  const salt = randomBytes(SALT_BYTES);
  const form = { logarithm: LOGARITHM, block: BLOCK, parallel: PARALLEL };
  const hash = scryptSync(password, salt, HASH_BYTES, optionsOf(form));
  return `$scrypt$ln=${LOGARITHM},r=${BLOCK},p=${PARALLEL}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Whether a hash is that of a password; tells it to `done`, in another thread's time. */
export type Verify = (password: Uint8Array, hash: PasswordHash, done: (right: boolean) => void) => void;

/** In one of libuv's threads: an event loop goes on meanwhile. */
export const verifyLater: Verify = (password, expected, done) => {
  const { salt, hash } = expected;
  scrypt(password, salt, hash.length, optionsOf(expected), (error, made) => {
    done(error === null && timingSafeEqual(made, hash));
  });
};

/** In place, where a worker waits anyway. */
export const verifyNow: Verify = (password, expected, done) => {
  const { salt, hash } = expected;
  let right = false;
  try {
    right = timingSafeEqual(scryptSync(password, salt, hash.length, optionsOf(expected)), hash);
  } catch {
    // No memory for it: nobody is let in unchecked.
  }
  done(right);
};

function optionsOf({
  logarithm,
  block,
  parallel,
}: Pick<PasswordHash, 'logarithm' | 'block' | 'parallel'>): ScryptOptions {
  const N = 2 ** logarithm;
  // What the algorithm needs, and a little for the library.
  return { N, r: block, p: parallel, maxmem: 128 * block * (N + parallel) + 1_048_576 };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
