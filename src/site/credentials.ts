/**
 * Who may read: names and passwords as they come in Authorization (RFC 7617), compared with hashes.
 *
 * What it keeps true:
 * - A name that nobody has takes as long as one that somebody has: its password is compared with a hash that no password has.
 * - Checking a password is expensive, so what came of it is remembered, by a hash under a key of this process: never the
 *   password itself. What was right is remembered for longer than what was wrong, each within bounds and in a place of its
 *   own, so that nobody can make us forget the others by guessing.
 * - So many passwords are checked at once, and so many wait. Whoever is known already does not wait for them.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { type PasswordHash, parsePasswordHash, type Verify } from './password-hash.js';
import type { User } from './settings.js';

export const RIGHT = 1;
export const WRONG = 2;
/** Too many are being checked. */
export const BUSY = 3;
/** It is being checked: the callback is called. */
export const CHECKING = 4;
export type Verdict = typeof RIGHT | typeof WRONG | typeof BUSY | typeof CHECKING;
export type Told = (verdict: typeof RIGHT | typeof WRONG) => void;

/** Checked at once: half of libuv's threads, with 16 MiB each. */
const AT_ONCE = 2;
/** So many different ones wait, some ten seconds at worst; others are told to come again. */
const MOST_WAITING = 64;
const REMEMBERED = 1_024;
const RIGHT_MILLISECONDS = 600_000;
const WRONG_MILLISECONDS = 10_000;
/** Longer ones are no names and passwords. */
const MOST_BYTES = 4_096;

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;
const COLON = 0x3a;

interface Check {
  readonly key: string;
  readonly password: Uint8Array;
  readonly hash: PasswordHash;
  /** The name is that of a user: else no password is right. */
  readonly known: boolean;
  readonly told: Told[];
}

export class Credentials {
  readonly #users: ReadonlyMap<string, PasswordHash>;
  /** What the password of a name that nobody has is compared with. */
  readonly #nobody: PasswordHash;
  readonly #verify: Verify;
  readonly #secret = randomBytes(32);
  /** Until when each is remembered. */
  readonly #right = new Map<string, number>();
  readonly #wrong = new Map<string, number>();
  readonly #checks = new Map<string, Check>();
  readonly #waiting: Check[] = [];
  #running = 0;

  /** Throws RangeError when there is nobody, or when a hash is none. */
  constructor(users: readonly User[], verify: Verify) {
    const hashes = new Map<string, PasswordHash>();
    for (const { name, hash } of users) {
      const parsed = parsePasswordHash(hash);
      if (parsed === undefined) throw new RangeError(`the hash of the password of ${name} is none`);
      hashes.set(name, parsed);
    }
    const [any] = hashes.values();
    if (any === undefined) throw new RangeError('there are no users');
    this.#users = hashes;
    this.#nobody = { ...any, salt: randomBytes(any.salt.length), hash: randomBytes(any.hash.length) };
    this.#verify = verify;
  }

  /** Whether the value of Authorization lets somebody in; `told` is called, later, where the verdict is CHECKING. */
  check(authorization: string | undefined, now: number, told: Told): Verdict {
    const credentials = decode(authorization);
    if (credentials === undefined) return WRONG;
    const key = createHmac('sha256', this.#secret).update(credentials).digest('base64');
    if (lasts(this.#right, key, now)) return RIGHT;
    if (lasts(this.#wrong, key, now)) return WRONG;
    let check = this.#checks.get(key);
    if (check === undefined) {
      if (this.#waiting.length >= MOST_WAITING) return BUSY;
      const colon = credentials.indexOf(COLON);
      const hash = this.#users.get(credentials.toString('utf8', 0, colon));
      const password = credentials.subarray(colon + 1);
      check = { key, password, hash: hash ?? this.#nobody, known: hash !== undefined, told: [] };
      this.#checks.set(key, check);
      this.#waiting.push(check);
      this.#begin(now);
      // A worker that blocks knows by now.
      if (lasts(this.#right, key, now)) return RIGHT;
      if (lasts(this.#wrong, key, now)) return WRONG;
    }
    check.told.push(told);
    return CHECKING;
  }

  #begin(now: number): void {
    while (this.#running < AT_ONCE) {
      const check = this.#waiting.shift();
      if (check === undefined) return;
      this.#running++;
      this.#verify(check.password, check.hash, (equal) => {
        this.#running--;
        this.#ended(check, equal && check.known, now);
      });
    }
  }

  #ended(check: Check, right: boolean, now: number): void {
    this.#checks.delete(check.key);
    if (right) remember(this.#right, check.key, now + RIGHT_MILLISECONDS);
    else remember(this.#wrong, check.key, now + WRONG_MILLISECONDS);
    for (const told of check.told) told(right ? RIGHT : WRONG);
    this.#begin(now);
  }
}

/** The name and the password with a colon between; undefined: they are not to be had. */
function decode(authorization: string | undefined): Buffer | undefined {
  const encoded = authorization === undefined ? undefined : BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const credentials = Buffer.from(encoded, 'base64');
  const good = credentials.length <= MOST_BYTES && credentials.includes(COLON) && !credentials.some(isControl);
  return good ? credentials : undefined;
}

/** RFC 7617 2 has none; and scrypt takes a password for the same one with zeros behind it. */
function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f;
}

function lasts(times: ReadonlyMap<string, number>, key: string, now: number): boolean {
  return (times.get(key) ?? 0) > now;
}

/** What was remembered first goes first. */
function remember(times: Map<string, number>, key: string, until: number): void {
  times.delete(key);
  times.set(key, until);
  if (times.size <= REMEMBERED) return;
  const [oldest] = times.keys();
  if (oldest !== undefined) times.delete(oldest);
}
