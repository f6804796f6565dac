/**
 * Cache-Control of files. `auto`: what has a hash of its contents in its name never changes, and is kept for a year without
 * asking; all else is kept too, but asked about each time it is used (no-cache), which costs a 304.
 *
 * What looks like a hash is decided with care: a file that is taken for immutable by mistake stays old in every browser that
 * has it, one that is missed costs a question. So a date, a number, a word or a version is no hash, and a UUID is none
 * either: it names a thing, not its contents. Of real hashes of 8 characters about one in four is missed.
 */

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Where a password is asked for: caches that many share must not have it (RFC 9111 3.5). */
const IMMUTABLE_FOR_ONE = 'private, max-age=31536000, immutable';
const REVALIDATED = 'no-cache';

/** Where build tools put only what is named by its contents: SvelteKit's, and Next.js's, which says the same of it. */
const IMMUTABLE_DIRECTORY = /(?:^|\/)(?:_app\/immutable|_next\/static)\//;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
/** webpack, Parcel, Rails, Django: hexadecimal digits between points or hyphens. */
const HEXADECIMAL = /^[0-9a-f]{8,64}$/;
/** A name that is nothing but a hash must be longer. */
const LONE_HASH_LENGTH = 16;
/** Rollup and Vite: 8 characters of base64url, last before the extension; letters of both cases, or it may be a number of goods. */
const BASE64 = /[.-](?=[A-Z0-9_-]*[a-z])(?=[a-z0-9_-]*[A-Z])([A-Za-z0-9_-]{8})\.[A-Za-z0-9]+(?:\.map)?$/;
/** esbuild: 8 characters of base32, with a digit; capitals and digits name other things too, so only in names of code. */
const BASE32 = /[.-](?=[A-Z]*[2-7])[A-Z2-7]{8}\.(?:js|mjs|css)(?:\.map)?$/;

/** How often digits and letters must take turns in hexadecimal digits: never in a date, once in `cafe2024`. */
const HEXADECIMAL_CHANGES = 2;
/** How often digits, capitals and small letters must take turns in base64url: 3 times in `iPhone15`. */
const BASE64_CHANGES = 4;

/** The value of the field for a file, or null where it has none. `setting` is the option's value; `guarded`: not all may read it. */
export function cacheControlOf(setting: string, name: string, guarded = false): string | null {
  if (setting === 'none') return null;
  if (setting !== 'auto') return setting;
  if (!isImmutable(name)) return REVALIDATED;
  return guarded ? IMMUTABLE_FOR_ONE : IMMUTABLE;
}

/** Whether a file's name says that its contents never change. */
export function isImmutable(name: string): boolean {
  if (IMMUTABLE_DIRECTORY.test(name)) return true;
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (UUID.test(base)) return false;
  const parts = base.split(/[.-]/);
  // The last one is the extension.
  for (let index = 0; index < parts.length - 1; index++) {
    const part = parts[index]!;
    const long = index > 0 || part.length >= LONE_HASH_LENGTH;
    if (long && HEXADECIMAL.test(part) && changesIn(part) >= HEXADECIMAL_CHANGES) return true;
  }
  const base64 = BASE64.exec(base)?.[1];
  if (base64 !== undefined && changesIn(base64) >= BASE64_CHANGES) return true;
  return BASE32.test(base);
}

/** How often small letters, capitals and digits take turns; hyphens and underscores are neither. */
function changesIn(text: string): number {
  let changes = 0;
  let last = '';
  for (const character of text) {
    if (character === '-' || character === '_') continue;
    const kind = /[0-9]/.test(character) ? 'digit' : /[a-z]/.test(character) ? 'small' : 'capital';
    if (last !== '' && kind !== last) changes++;
    last = kind;
  }
  return changes;
}
