/**
 * Patterns of paths: `*` is anything within a segment, `**` anything at all, `{a,b}` one or the other. A pattern without a
 * slash is about names in any directory.
 *
 * All that a pattern may have matched so far is followed at once, so a path takes time in proportion to its length, whatever
 * the pattern is.
 */

const SEGMENT = 0;
const ANYTHING = 1;
/** Whole segments, or none: the pattern `**` with its slash. */
const DIRECTORIES = 2;

type Piece = string | typeof SEGMENT | typeof ANYTHING | typeof DIRECTORIES;

/** More alternatives than this are no pattern. */
const ALTERNATIVES = 256;

export function compilePattern(pattern: string): { test(path: string): boolean } {
  const rooted = pattern.startsWith('/') ? pattern : pattern.includes('/') ? `/${pattern}` : `/**/${pattern}`;
  const alternatives = expand(rooted).map(piecesOf);
  return { test: (path) => alternatives.some((pieces) => matches(pieces, path)) };
}

/** The pattern once for each choice of its braces. Throws RangeError when that is too often. */
function expand(pattern: string): string[] {
  const open = pattern.lastIndexOf('{');
  const close = open < 0 ? -1 : pattern.indexOf('}', open);
  if (close < 0) return [pattern];
  const expanded = pattern
    .slice(open + 1, close)
    .split(',')
    .flatMap((choice) => expand(pattern.slice(0, open) + choice + pattern.slice(close + 1)));
  if (expanded.length > ALTERNATIVES) throw new RangeError('the pattern has too many alternatives');
  return expanded;
}

function piecesOf(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; at++) {
    if (pattern.startsWith('**/', at) && pattern[at - 1] === '/') {
      pieces.push(DIRECTORIES);
      at += 2;
    } else if (pattern.startsWith('**', at)) {
      pieces.push(ANYTHING);
      at++;
    } else pieces.push(pattern[at] === '*' ? SEGMENT : pattern[at]!);
  }
  return pieces;
}

function matches(pieces: readonly Piece[], path: string): boolean {
  let current = new Uint8Array(pieces.length + 1);
  let next = new Uint8Array(pieces.length + 1);
  reach(pieces, current, 0);
  for (let at = 0; at < path.length; at++) {
    const character = path[at]!;
    next.fill(0);
    for (let state = 0; state < pieces.length; state++) {
      if (current[state] === 0) continue;
      const piece = pieces[state]!;
      if (piece === character) reach(pieces, next, state + 1);
      else if (piece === ANYTHING || (piece === SEGMENT && character !== '/')) reach(pieces, next, state);
      else if (piece === DIRECTORIES) next[state] = 1;
      // Behind a slash another segment may begin, or what follows.
      if (piece === DIRECTORIES && character === '/') reach(pieces, next, state + 1);
    }
    [current, next] = [next, current];
  }
  return current[pieces.length] === 1;
}

/** The state, and those behind it that are reached without a character. */
function reach(pieces: readonly Piece[], states: Uint8Array, from: number): void {
  states[from] = 1;
  for (let state = from; state < pieces.length && typeof pieces[state] === 'number'; state++) states[state + 1] = 1;
}
