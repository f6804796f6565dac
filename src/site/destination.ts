/**
 * Where a rule leads: the `to` of a redirect or a rewrite, with what the pattern of its `from` has matched put in its places.
 *
 * `:name` stands for what that name has matched, `$1` for what the first wildcard has, and each `*` for the next one. What
 * comes from a path is escaped, so it cannot become a query, a fragment, or another host: that stands in `to` itself,
 * with its scheme, and nothing that was matched may stand in it. Without one the result is a path with exactly one slash in
 * front and none doubled (CVE-2015-1164).
 */
import { type Match, type PathPattern, PatternError } from './path-pattern.js';

/** The scheme and the host, with perhaps a port, of an absolute address. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?/i;
const REFERENCE = /:([A-Za-z_]\w*)\*?|\$([1-9])|\*{1,2}/g;

/** A text as it is, a wildcard by its index, or a name. */
type Part = { readonly text: string } | { readonly wildcard: number } | { readonly name: string };

export class Destination {
  /** '' for a path of this site. */
  readonly origin: string;
  readonly #parts: readonly Part[];

  /** Throws PatternError where `to` is no address, or refers to what the pattern does not match. */
  constructor(to: string, pattern: PathPattern) {
    this.origin = ORIGIN.exec(to)?.[0] ?? '';
    const path = to.slice(this.origin.length);
    if (this.origin === '' ? !path.startsWith('/') : !/^(?:[/?#]|$)/.test(path)) {
      throw new PatternError('leads to neither a path, with a slash in front, nor an http or https address');
    }
    if (hasControl(to)) throw new PatternError('has a control character');
    this.#parts = partsOf(path, pattern);
  }

  /** The address, escaped. A path where there is no origin. */
  of(match: Match): string {
    const whole = this.#parts
      .map((part) => {
        if ('text' in part) return part.text;
        const matched = 'name' in part ? match.names.get(part.name) : match.wildcards[part.wildcard];
        return (matched ?? '').split('/').map(encodeURIComponent).join('/');
      })
      .join('');
    const end = whole.search(/[?#]/);
    const path = end < 0 ? whole : whole.slice(0, end);
    const rest = end < 0 ? '' : whole.slice(end);
    return this.origin + path.replace(/\/{2,}/g, '/') + rest;
  }
}

/** An address with the query of the request that is led there: behind its own, before its fragment. */
export function withQuery(address: string, query: string | undefined): string {
  if (query === undefined) return address;
  const hash = address.indexOf('#');
  const [before, fragment] = hash < 0 ? [address, ''] : [address.slice(0, hash), address.slice(hash)];
  return `${before}${before.includes('?') ? '&' : '?'}${query}${fragment}`;
}

function partsOf(path: string, pattern: PathPattern): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let next = 0;
  for (const found of path.matchAll(REFERENCE)) {
    const [reference, name, digit] = found;
    parts.push({ text: escaped(path.slice(at, found.index)) });
    at = found.index + reference.length;
    if (name !== undefined) {
      if (!pattern.names.has(name)) throw new PatternError(`has no :${name} to put into ${path}`);
      parts.push({ name });
    } else {
      const wildcard = digit === undefined ? next++ : Number(digit) - 1;
      if (wildcard >= pattern.wildcards) throw new PatternError(`has no wildcard for ${reference} in ${path}`);
      parts.push({ wildcard });
    }
  }
  parts.push({ text: escaped(path.slice(at)) });
  return parts;
}

/** What no address may have is escaped; escapes that are there stay. */
function escaped(text: string): string {
  try {
    return encodeURI(text.replaceAll('\\', '/')).replace(/%25([0-9A-Fa-f]{2})/g, '%$1');
  } catch {
    throw new PatternError('has half a character');
  }
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x20 || text.charCodeAt(at) === 0x7f) return true;
  return false;
}
