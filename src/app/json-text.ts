/**
 * A value as JSON: what JSON.stringify makes of it.
 *
 * V8 writes each character of a string by itself. Long strings that need no escaping, where they are easy to find (in a
 * plain object or an array, directly), are left out of that and stay as they are: the text is then several pieces one behind
 * the other, which are sent without having been put together. A getter of such an object is asked once more than needed.
 */
import { randomUUID } from 'node:crypto';
import { hasNoControls } from './ascii.js';

/** Strings that are left out, in characters: most answers are shorter as a whole. */
const LONG = 131_072;
/** What holds more is not looked through: most of that is short. */
const MOST_HELD = 32;
/** Stands for a string that was left out. Nobody can guess it, so nobody's text is taken for one. */
const MARK = randomUUID();

/** So much of a string is looked at in one go, as bytes. */
const LOOK = 65_536;
/** A character is three bytes at most. */
const looked = Buffer.allocUnsafeSlow(3 * LOOK);

/** Text in pieces. */
export class PiecedText {
  readonly pieces: readonly string[];

  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
  }

  get whole(): string {
    return this.pieces.join('');
  }
}

type Holder = Record<string, unknown>;

/** Undefined for what has no form in JSON. Throws as JSON.stringify does. */
export function jsonText(value: unknown): string | PiecedText | undefined {
  const pieced = typeof value === 'object' && value !== null && holdsLong(value) ? piecedText(value as Holder) : null;
  return pieced ?? JSON.stringify(value);
}

function holdsLong(value: object): boolean {
  if (Array.isArray(value)) {
    if (value.length > MOST_HELD || Object.getPrototypeOf(value) !== Array.prototype) return false;
    for (const held of value) if (isLong(held)) return true;
    return false;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let count = 0;
  for (const name in value) {
    if (isLong((value as Holder)[name])) return true;
    if (++count > MOST_HELD) return false;
  }
  return false;
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length >= LONG;
}

/** Null where it has to be written as a whole. */
function piecedText(value: Holder): PiecedText | null {
  if (typeof value.toJSON === 'function') return null;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Holder;
  const leftOut: string[] = [];
  for (const name of Object.keys(copy)) {
    const held = copy[name];
    if (!isLong(held) || !isWrittenAsItIs(held)) continue;
    leftOut.push(held);
    copy[name] = MARK;
  }
  if (leftOut.length === 0) return null;
  let between: string[];
  try {
    between = JSON.stringify(copy).split(MARK);
  } catch {
    // What is wrong is said of the value itself.
    return null;
  }
  const pieces = [between[0]!];
  for (const [index, text] of leftOut.entries()) pieces.push(text, between[index + 1]!);
  return new PiecedText(pieces);
}

/** Whether it is ASCII with nothing to escape. */
function isWrittenAsItIs(text: string): boolean {
  if (text.includes('"') || text.includes('\\')) return false;
  for (let at = 0; at < text.length; at += LOOK) {
    const part = text.slice(at, at + LOOK);
    if (looked.write(part, 'utf8') !== part.length || !hasNoControls(looked, 0, part.length)) return false;
  }
  return true;
}
