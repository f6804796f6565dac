/**
 * JSON as it came over the wire, read: what JSON.parse makes of it.
 *
 * V8 looks at each character of a string by itself, and makes text of all bytes before it begins. Where nearly all of a
 * document is in a few long strings that need no unescaping (files in base64, documents, prompts), these are taken out
 * first, so that only the rest is parsed, and put back. Whatever is doubtful is parsed as a whole: it has the same meaning,
 * and the same errors, either way.
 */
import { isAscii } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { asciiText, decodeText, hasNoControls } from './ascii.js';

/** Strings that are taken out, in bytes: most documents are shorter as a whole. */
const LONG = 131_072;
/** Between two looks for one, which cost nothing where strings are short: one that is long is met by one of them. */
const STRIDE = LONG / 2;
/** What is left must be short: it is gone through once more. */
const LONGEST_REST = 65_536;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;
const SPACE = 0x20;

/** Stands for a string that was taken out, before its number. Nobody can guess it, so nobody's text is taken for one. */
const MARK = randomUUID();

/** Throws SyntaxError. */
export function parseJson(all: Uint8Array): unknown {
  const bytes = Buffer.from(all.buffer, all.byteOffset, all.length);
  if (!isAscii(bytes)) return JSON.parse(decodeText(bytes));
  if (bytes.length >= LONG) {
    const bounds = longStrings(bytes);
    const found = bounds.length === 0 ? undefined : parseAround(bytes, bounds);
    if (found !== undefined) return found;
  }
  return JSON.parse(asciiText(bytes, 0, bytes.length));
}

/** Where the contents of long strings begin and end, by turns. */
function longStrings(bytes: Buffer): number[] {
  const bounds: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(QUOTE, at);
    if (end < 0) break;
    if (end - at >= STRIDE) {
      const start = bytes.lastIndexOf(QUOTE, at) + 1;
      if (start > 0 && end - start >= LONG && isString(bytes, start, end)) bounds.push(start, end);
    }
    at = end - at >= STRIDE ? end + 1 : at + STRIDE;
  }
  return bounds;
}

/** Whether what is between two quotes may be a value of its own, with nothing in it that would have to be looked at. */
function isString(bytes: Buffer, start: number, end: number): boolean {
  const before = bytes[beforeSpace(bytes, start - 2)];
  if (before !== undefined && before !== COLON && before !== COMMA && before !== OPENING_BRACKET) return false;
  const after = bytes[afterSpace(bytes, end + 1)];
  if (after !== undefined && after !== COMMA && after !== CLOSING_BRACKET && after !== CLOSING_BRACE) return false;
  return !bytes.subarray(start, end).includes(BACKSLASH) && hasNoControls(bytes, start, end);
}

function beforeSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at >= 0 && bytes[at]! <= SPACE) at--;
  return at;
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at]! <= SPACE) at++;
  return at;
}

/** The document, of which what lies within the bounds was not parsed; undefined where it has to be parsed as a whole. */
function parseAround(bytes: Buffer, bounds: readonly number[]): unknown {
  let rest = '';
  let at = 0;
  for (let index = 0; index < bounds.length; index += 2) {
    const start = bounds[index]!;
    if (rest.length + start - at > LONGEST_REST) return undefined;
    rest += `${asciiText(bytes, at, start)}${MARK}${index}`;
    at = bounds[index + 1]!;
  }
  if (rest.length + bytes.length - at > LONGEST_REST) return undefined;
  try {
    return filled(JSON.parse(rest + asciiText(bytes, at, bytes.length)), bytes, bounds);
  } catch {
    // What is wrong is said of the document itself.
    return undefined;
  }
}

/** The same value with the strings that were taken out, each in its place. */
function filled(value: unknown, bytes: Buffer, bounds: readonly number[]): unknown {
  const textOf = (text: string): string => {
    if (!text.startsWith(MARK)) return text;
    const index = Number(text.slice(MARK.length));
    return asciiText(bytes, bounds[index]!, bounds[index + 1]!);
  };
  if (typeof value === 'string') return textOf(value);
  // No recursion: it may be as deep as it is long.
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    const holder = one as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      const held = holder[key];
      if (typeof held === 'string') holder[key] = textOf(held);
      else left.push(held);
    }
  }
  return value;
}
