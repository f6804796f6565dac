/**
 * From the path of a request target to the name of a file beneath the root.
 *
 * Decoded exactly once, then normalised; every later check sees the normalised name only. Refused with 400, because
 * somebody on the way may read them differently: escaped separators (`%2F`, `%5C`), NUL and control bytes, escapes that
 * are none, what is no UTF-8, and paths that climb above the root. Names that begin with a dot do not exist (404), save
 * for `.well-known` at the root (RFC 8615), unless the site serves them.
 */
import { HEXADECIMAL } from '../http/characters.js';

/** What becomes of a path that names nothing: -status. */
const BAD_REQUEST = -400;
const NOT_FOUND = -404;

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const DELETE = 0x7f;
const WELL_KNOWN = '.well-known';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The name that the path bytes from `start` to `end` mean: segments joined by '/', no slash in front, and one at the end
 * where the path means a directory; '' is the root. Or -400 or -404. `dotfiles`: names may begin with a dot.
 */
export function nameOfTarget(bytes: Uint8Array, start: number, end: number, dotfiles = false): string | number {
  const path = decodePath(bytes, start, end);
  if (path === undefined) return BAD_REQUEST;
  return normalise(path, dotfiles);
}

/** A name as the path of a URL: each segment escaped, so that whatever a file is called cannot mean anything else. */
export function pathOfName(name: string): string {
  return `/${name.split('/').map(encodeURIComponent).join('/')}`;
}

function decodePath(bytes: Uint8Array, start: number, end: number): string | undefined {
  const decoded = new Uint8Array(end - start);
  let length = 0;
  let plain = true;
  for (let at = start; at < end; at++) {
    let byte = bytes[at]!;
    if (byte === PERCENT) {
      if (at + 2 >= end) return undefined;
      const high = HEXADECIMAL[bytes[at + 1]!]!;
      const low = HEXADECIMAL[bytes[at + 2]!]!;
      if (high < 0 || low < 0) return undefined;
      byte = high * 16 + low;
      if (byte === SLASH) return undefined;
      at += 2;
    }
    if (byte < 0x20 || byte === DELETE || byte === BACKSLASH) return undefined;
    if (byte > DELETE) plain = false;
    decoded[length++] = byte;
  }
  if (plain) return Buffer.from(decoded.buffer, 0, length).toString('latin1');
  try {
    return utf8.decode(decoded.subarray(0, length));
  } catch {
    return undefined;
  }
}

function normalise(path: string, dotfiles: boolean): string | number {
  const segments: string[] = [];
  let directory = true;
  for (const segment of path.split('/')) {
    directory = segment === '' || segment === '.' || segment === '..';
    if (!directory) segments.push(segment);
    else if (segment === '..' && segments.pop() === undefined) return BAD_REQUEST;
  }
  for (let index = 0; index < segments.length && !dotfiles; index++) {
    const segment = segments[index]!;
    if (segment.startsWith('.') && !(index === 0 && segment === WELL_KNOWN)) return NOT_FOUND;
  }
  return directory && segments.length > 0 ? `${segments.join('/')}/` : segments.join('/');
}
