/**
 * The Range field with the unit `bytes` (RFC 9110 14.1.2 and 14.2).
 *
 * All positions are safe integers. Requests that ask for more work than the whole file would be are answered with the
 * whole file, as the RFC allows: too many ranges, or ranges that overlap so much that they add up to more than the file.
 */

/** Bytes `first` to `last`, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More ranges than this are answered with the whole file. Fewer than Apache's MaxRanges of 200. */
export const RANGES = 16;

/**
 * The satisfiable ranges of a file of `size` bytes, in the order asked for; an empty list where none is satisfiable (416);
 * undefined where the field is to be ignored: not in bytes, malformed, or asking for too much.
 */
export function parseRange(value: string, size: number, most = RANGES): ByteRange[] | undefined {
  const unit = value.indexOf('=');
  if (unit < 0 || value.slice(0, unit).toLowerCase() !== 'bytes') return undefined;
  const ranges: ByteRange[] = [];
  let asked = 0;
  let total = 0;
  for (const element of value.slice(unit + 1).split(',')) {
    const text = element.replace(/^[ \t]+|[ \t]+$/g, '');
    if (text === '') continue;
    const range = parseOne(text, size);
    if (range === undefined || ++asked > most) return undefined;
    if (range === null) continue;
    ranges.push(range);
    total += range.last - range.first + 1;
  }
  if (asked === 0 || total > size) return undefined;
  return ranges;
}

/**
 * The same ranges, those joined that overlap or touch, so that no byte is sent twice. Each stays in the place of the first
 * of those that it is made of (RFC 9110 15.3.7.2).
 */
export function coalesced(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const range of ranges) {
    let { first, last } = range;
    let place = joined.length;
    for (let index = joined.length - 1; index >= 0; index--) {
      const other = joined[index]!;
      if (other.first > last + 1 || first > other.last + 1) continue;
      first = Math.min(first, other.first);
      last = Math.max(last, other.last);
      joined.splice(index, 1);
      place = index;
    }
    joined.splice(place, 0, { first, last });
  }
  return joined;
}

/** Content-Range of a part (RFC 9110 14.4). */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.first}-${range.last}/${size}`;
}

/** Content-Range of a 416 response. */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}

/** One range; null where it is not satisfiable, undefined where it is malformed. */
function parseOne(text: string, size: number): ByteRange | null | undefined {
  const dash = text.indexOf('-');
  if (dash < 0) return undefined;
  const before = text.slice(0, dash);
  const after = text.slice(dash + 1);
  if (before === '') {
    const suffix = parsePosition(after);
    if (suffix === undefined) return undefined;
    if (suffix === 0 || size === 0) return null;
    return { first: Math.max(size - suffix, 0), last: size - 1 };
  }
  const first = parsePosition(before);
  if (first === undefined) return undefined;
  let last = size - 1;
  if (after !== '') {
    const asked = parsePosition(after);
    if (asked === undefined || asked < first) return undefined;
    last = Math.min(last, asked);
  }
  return first >= size ? null : { first, last };
}

/** 1*DIGIT; what is beyond the safe integers is the largest of them. */
function parsePosition(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}
