/**
 * Entity tags (RFC 9110 8.8.3) and the lists of them in If-Match and If-None-Match (13.1.1 and 13.1.2).
 *
 * A tag is handled as its text: `"x"` is strong, `W/"x"` is weak.
 */

/** A list of entity tags, or any. */
export type EntityTags = '*' | readonly string[];

/** Whether `text` is one entity tag: visible characters but '"', and obs-text, in quotes. */
export function isEntityTag(text: string): boolean {
  return text.length >= 2 && tagEnd(text, 0) === text.length;
}

/** The tags of a field value, `*`, or undefined where it is neither. Empty list elements are skipped (RFC 9110 5.6.1.2). */
export function parseEntityTags(value: string): EntityTags | undefined {
  if (value === '*') return '*';
  const tags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < value.length && isListSpace(value, at)) at++;
    if (at === value.length) return tags.length > 0 ? tags : undefined;
    const end = tagEnd(value, at);
    if (end < 0) return undefined;
    tags.push(value.slice(at, end));
    at = end;
    while (at < value.length && isWhiteSpace(value, at)) at++;
    if (at < value.length && value[at] !== ',') return undefined;
  }
}

/** Strong comparison: both are strong and equal (RFC 9110 8.8.3.2). */
export function equalStrongly(one: string, other: string): boolean {
  return one === other && !one.startsWith('W/');
}

/** Weak comparison: equal but for being weak (RFC 9110 8.8.3.2). */
export function equalWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}

/** Where the tag that begins at `start` ends, or -1 where none begins. */
function tagEnd(text: string, start: number): number {
  let at = text.startsWith('W/', start) ? start + 2 : start;
  if (text[at] !== '"') return -1;
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code <= 0x20 || code === 0x7f || code > 0xff) return -1;
  }
  return -1;
}

/** Space or tab (RFC 9110 5.6.3). */
export function isWhiteSpace(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

function isListSpace(text: string, at: number): boolean {
  return text[at] === ',' || isWhiteSpace(text, at);
}
