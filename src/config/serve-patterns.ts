/**
 * The patterns of serve.json in our own (site/path-pattern.ts): globs as minimatch has them, and segments like `:id` as
 * path-to-regexp has them.
 *
 * What says 'not', 'maybe' or 'one of these characters' has nothing that it could become.
 */

/** Alternatives in parentheses, in which there are none: @(a|b), (a|b). */
const ALTERNATIVES = /@?\(([^(){}]*)\)/;
/** What has no counterpart. A brace that is not closed has none either. */
const FOREIGN = /[?+![\]()\\^$|]|\{[^{}]*$|^[^{}]*\}/;

/**
 * Our pattern for what a source of serve.json matches, or undefined when there is none. `of`: whether it is one of paths that
 * are asked for, of files, or of mere names of files.
 */
export function patternOf(source: string, of: 'path' | 'file' | 'name'): string | undefined {
  let pattern = of === 'name' ? source : `/${source.replace(/^\/+/, '')}`;
  // Of a path that is asked for the first star reaches across slashes too.
  if (of === 'path') pattern = pattern.replace(/(^|[^*.])\*(?![*(])/, '$1**');
  for (let found = ALTERNATIVES.exec(pattern); found !== null; found = ALTERNATIVES.exec(pattern)) {
    const [whole, inside = ''] = found;
    // ':id(\d+)' and '*(a|b)' are no alternatives.
    if (/[:*?+!]\w*$/.test(pattern.slice(0, found.index))) return undefined;
    const braces = inside === '.*' ? '**' : `{${inside.replaceAll('|', ',')}}`;
    pattern = pattern.slice(0, found.index) + braces + pattern.slice(found.index + whole.length);
  }
  return FOREIGN.test(pattern) ? undefined : pattern;
}
