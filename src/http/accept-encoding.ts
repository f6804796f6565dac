/**
 * Accept-Encoding (RFC 9110 12.5.3): which content codings a client takes, and which of them it would rather have.
 *
 * What is read is one small number, so that asking allocates nothing: up to three codings in the order in which they are to
 * be tried, two bits each, and whether the identity (no coding at all) is refused. An element that cannot be read is as if
 * it were not there.
 *
 * Of codings that a client likes as much as each other brotli comes first: it makes least of text. Then zstd, then gzip.
 */
import { ascii, COMMA, equalsIgnoringCase, HTAB, SPACE, TOKEN } from './characters.js';

export const BROTLI = 0;
export const ZSTD = 1;
export const GZIP = 2;
export type Coding = typeof BROTLI | typeof ZSTD | typeof GZIP;
/** Every coding, the one that is preferred first. */
export const CODINGS: readonly Coding[] = [BROTLI, ZSTD, GZIP];
/** As they stand in Accept-Encoding and Content-Encoding. */
export const CODING_NAMES: readonly string[] = ['br', 'zstd', 'gzip'];

/** What a client takes that says nothing of codings: in practice no coding, whatever the RFC would allow. */
export const IDENTITY_ONLY = 0;
/** Behind three places and the one that ends the list. */
const IDENTITY_REFUSED = 256;
/** Preferences are below this number. */
export const PREFERENCES = 512;

/** No coding stands there. */
export const NO_CODING = -1;

const IDENTITY = CODINGS.length;
const ANY = IDENTITY + 1;
const UNKNOWN = ANY + 1;
const NAMES = [...CODING_NAMES.map(ascii), ascii('identity')];
const X_GZIP = ascii('x-gzip');
const SEMICOLON = 0x3b;
const ASTERISK = 0x2a;
const ZERO = 0x30;

/** The weight given to each, in thousandths; -1: it is not mentioned. */
const weights = new Int16Array(UNKNOWN + 1);
/** Where the reader has come to: functions give one number only. */
let at = 0;

/** The coding to be tried at `place`, from 0 on; NO_CODING behind the last. */
export function codingAt(preference: number, place: number): Coding | typeof NO_CODING {
  return (((preference >> (2 * place)) & 3) - 1) as Coding | typeof NO_CODING;
}

/** Whether an answer without a coding is none for this client. */
export function refusesIdentity(preference: number): boolean {
  return (preference & IDENTITY_REFUSED) !== 0;
}

/** The preference that a field value, the bytes from `start` to `end`, expresses. */
export function preferenceOf(bytes: Uint8Array, start: number, end: number): number {
  weights.fill(-1);
  at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === SPACE || byte === HTAB) at++;
    else readElement(bytes, end);
  }
  return ordered();
}

/** One coding with its weight; afterwards `at` is behind it. */
function readElement(bytes: Uint8Array, end: number): void {
  const start = at;
  while (at < end && TOKEN[bytes[at]!] === 1) at++;
  const which = at === start ? UNKNOWN : indexOf(bytes, start, at);
  skipSpace(bytes, end);
  let weight = 1000;
  if (at < end && bytes[at] === SEMICOLON) {
    at++;
    weight = readWeight(bytes, end);
    skipSpace(bytes, end);
  }
  const whole = at === end || bytes[at] === COMMA;
  while (at < end && bytes[at] !== COMMA) at++;
  if (whole && weight > weights[which]!) weights[which] = weight;
}

/** RFC 9110 12.4.2: 0 to 1 with up to three digits after the point, in thousandths; -1 where it is none. */
function readWeight(bytes: Uint8Array, end: number): number {
  skipSpace(bytes, end);
  // 'q=' in either case, and a digit.
  if (at + 3 > end || (bytes[at]! | 0x20) !== 0x71 || bytes[at + 1] !== 0x3d) return -1;
  const whole = bytes[at + 2]! - ZERO;
  if (whole !== 0 && whole !== 1) return -1;
  at += 3;
  let weight = whole * 1000;
  if (at < end && bytes[at] === 0x2e) {
    at++;
    for (let unit = 100; at < end && unit >= 1; unit /= 10) {
      const digit = bytes[at]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      weight += digit * unit;
      at++;
    }
  }
  return weight > 1000 ? -1 : weight;
}

function skipSpace(bytes: Uint8Array, end: number): void {
  while (at < end && (bytes[at] === SPACE || bytes[at] === HTAB)) at++;
}

function indexOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1 && bytes[start] === ASTERISK) return ANY;
  for (let index = 0; index < NAMES.length; index++) {
    if (equalsIgnoringCase(bytes, start, end, NAMES[index]!)) return index;
  }
  // RFC 9110 8.4.1.3: the old name of the same coding.
  return equalsIgnoringCase(bytes, start, end, X_GZIP) ? GZIP : UNKNOWN;
}

/** The codings by weight, those with the same one by our own preference, and none that is liked less than the identity. */
function ordered(): number {
  const any = weights[ANY]!;
  const identity = weights[IDENTITY]! >= 0 ? weights[IDENTITY]! : any;
  let preference = identity === 0 ? IDENTITY_REFUSED : 0;
  let places = 0;
  let below = 1001;
  for (;;) {
    let best = 0;
    for (let coding = 0; coding < CODINGS.length; coding++) {
      const weight = weightOf(coding, any);
      if (weight > best && weight < below) best = weight;
    }
    if (best === 0 || best < identity) return preference;
    for (let coding = 0; coding < CODINGS.length; coding++) {
      if (weightOf(coding, any) === best) preference |= (coding + 1) << (2 * places++);
    }
    below = best;
  }
}

function weightOf(coding: number, any: number): number {
  const own = weights[coding]!;
  return own >= 0 ? own : any;
}
