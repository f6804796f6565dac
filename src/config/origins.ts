/** Origins (RFC 6454), as browsers write them in the Origin field: `https://example.org`, `http://localhost:5173`, or `*` for all. */
import { type Kind, text } from './option-kinds.js';

export const ANY_ORIGIN = '*';

/** `null` is none: sandboxed frames and files of anybody's have that one. */
export const origin: Kind<string> = text(
  'ORIGIN',
  'an origin without a path (such as https://example.org or http://localhost:5173), or *',
  (value) => value === ANY_ORIGIN || isOrigin(value),
);

function isOrigin(value: string): boolean {
  try {
    const { origin: written, protocol } = new URL(value);
    return written === value && (protocol === 'http:' || protocol === 'https:');
  } catch {
    return false;
  }
}
