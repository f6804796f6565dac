/**
 * The ways in which every parser is fed, so that no test depends on how bytes arrive: whole, byte by byte, split at each
 * byte, and with bytes of the next request after them.
 */
import { DEFAULT_HEAD_LIMITS, type HeadLimits } from '../../src/http/limits.js';
import { NEED_MORE, parseHead } from '../../src/http/parse-head.js';
import { RequestHead } from '../../src/http/request-head.js';

/** Latin-1 bytes of a text, at an offset that is not the beginning of the memory. */
export function latin1(text: string, offset = 0, after = 0): Uint8Array {
  const bytes = new Uint8Array(offset + text.length + after);
  for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index);
  return bytes;
}

/** What parsing came to, with everything that a head says as plain values. */
export interface Parsed {
  readonly result: number;
  readonly head: RequestHead;
}

/** Feeds prefixes that end at `ends` until one gives a result. */
export function feed(
  bytes: Uint8Array,
  start: number,
  ends: Iterable<number>,
  limits: HeadLimits = DEFAULT_HEAD_LIMITS,
): Parsed {
  const head = new RequestHead();
  let result = NEED_MORE;
  for (const end of ends) {
    result = parseHead(bytes, start, end, limits, head);
    if (result !== NEED_MORE) break;
  }
  return { result, head };
}

/** All that a parsed head says, by value, for comparing. */
export function meaning({ result, head }: Parsed): unknown {
  if (result <= 0) return result;
  const fields: Record<number, string | undefined> = {};
  for (let field = 0; field < 31; field++) {
    const text = head.fieldText(field);
    if (text !== undefined) fields[field] = text;
  }
  return {
    result,
    fields,
    method: head.method,
    methodText: head.methodText(),
    minorVersion: head.minorVersion,
    form: head.targetForm,
    target: head.targetText(),
    path: head.text(head.pathStart, head.pathEnd),
    query: head.queryStart < 0 ? null : head.text(head.queryStart, head.queryEnd),
    authority: head.authorityStart < 0 ? null : head.text(head.authorityStart, head.authorityEnd),
    persistent: head.persistent,
    contentLength: head.contentLength,
    chunked: head.chunked,
    expectContinue: head.expectContinue,
    mask: head.fields,
    repeated: head.repeated,
  };
}

function* upTo(first: number, last: number): Generator<number> {
  for (let end = first; end <= last; end++) yield end;
}

/**
 * Parses `text` in every way and throws when two of them disagree: whole, at each alignment, byte by byte, split once at
 * each byte, and followed by another request. Gives the result of the first.
 */
export function parseEveryWay(text: string, limits: HeadLimits = DEFAULT_HEAD_LIMITS): Parsed {
  const plain = latin1(text);
  const whole = feed(plain, 0, [text.length], limits);
  const expected = JSON.stringify(meaning(whole));
  const check = (way: string, parsed: Parsed): void => {
    const got = JSON.stringify(meaning(parsed));
    if (got !== expected) throw new Error(`${way}: ${got} instead of ${expected}`);
  };
  for (const offset of [1, 2, 3, 64]) {
    check(`at offset ${offset}`, feed(latin1(text, offset), offset, [offset + text.length], limits));
  }
  check('byte by byte', feed(plain, 0, upTo(0, text.length), limits));
  for (let split = 0; split <= text.length; split++) {
    check(`split at ${split}`, feed(plain, 0, [split, text.length], limits));
  }
  if (whole.result !== NEED_MORE) {
    const followed = latin1(`${text}GET /next HTTP/1.1\r\nHost: next\r\n\r\n`);
    check('with trailing bytes', feed(followed, 0, [followed.length], limits));
  }
  return whole;
}
