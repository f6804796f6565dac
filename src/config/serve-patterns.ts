/**
 * The patterns of serve.json in our own: globs as minimatch has them, and segments like `:id` as path-to-regexp has them.
 *
 * Alternatives (`@(jpg|png)`, `{jpg,png}`) become a pattern each. What says 'not', 'maybe' or 'one of these characters' has
 * nothing that it could become.
 */

/** How our patterns say 'anything, slashes included', and 'anything in one segment'. */
const ANYTHING = '*';
const SEGMENT = '*';

/** A source of so many alternatives is a mistake, or an attack. */
const MOST_PATTERNS = 256;

/** Alternatives in brackets, those inside of others first: @(a|b), (a|b) or {a,b}. */
const ALTERNATIVES = /@?\(([^(){}]*)\)|\{([^(){}]*,[^(){}]*)\}/;
/** What is left of glob and path-to-regexp that has no counterpart. */
const FOREIGN = /[?+![\](){}\\^$|]/;

/**
 * Our patterns that together match what a source of serve.json matches, or undefined when there are none.
 * `against`: whether it is matched with the path that is asked for, with the path of a file, or with the mere name of one.
 */
export function patternsOf(source: string, against: 'path' | 'file' | 'name'): readonly string[] | undefined {
  const patterns: string[] = [];
  const rest = [slashed(source)];
  for (let glob = rest.pop(); glob !== undefined; glob = rest.pop()) {
    const found = ALTERNATIVES.exec(glob);
    if (found === null) {
      if (FOREIGN.test(glob)) return undefined;
      patterns.push(...translate(glob, against));
    } else {
      const before = glob.slice(0, found.index);
      const inside = found[1] ?? found[2] ?? '';
      // ':id(\d+)' and '*(a|b)' are no alternatives.
      if (/[:*?+!][\w]*$/.test(before)) return undefined;
      const after = glob.slice(found.index + found[0].length);
      const words = inside === '.*' ? [ANYTHING] : inside.split(found[1] === undefined ? ',' : '|');
      rest.push(...words.map((word) => before + word + after).reverse());
    }
    if (rest.length + patterns.length > MOST_PATTERNS) return undefined;
  }
  return [...new Set(patterns)];
}

function slashed(source: string): string {
  return `/${source.replace(/^\/+/, '')}`;
}

function translate(glob: string, against: 'path' | 'file' | 'name'): string[] {
  // In redirects and rewrites the first star of a source reaches across slashes too.
  const first = against === 'path' ? glob.replace(/(^|[^*])\*(?!\*)/, '$1**') : glob;
  const written = (some: string): string => some.replaceAll(/\*+/g, (stars) => (stars === '*' ? SEGMENT : ANYTHING));
  // '/**/x' is x in the root too.
  const inRoot = first.startsWith('/**/') ? [written(first.slice('/**'.length))] : [];
  const anywhere = against === 'name' ? [written(`/**${first}`)] : [];
  return [...inRoot, written(first), ...anywhere];
}
