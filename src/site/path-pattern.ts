/**
 * Patterns of paths: `*` is anything within a segment, `**` anything at all, `:name` one segment or a part of it, `:name*` any
 * number of segments, `{a,b}` one or the other; everything else is itself. `/a/**` means `/a` too, and `/a/**` + `/b` also
 * `/a/b`.
 *
 * A path takes time in proportion to its length, whatever the pattern is: where the rest of a pattern can match the rest of
 * the path is found once for each place, from the end on, and what each wildcard has matched is then read off, the earlier
 * ones taking as much as they can. No regular expression is made of what anybody has typed.
 */

/** A pattern, or what is made of its matches, is none: the message says why, to follow the pattern. */
export class PatternError extends Error {}

/** What the wildcards of a pattern have matched, in order, and its named segments. */
export interface Match {
  readonly wildcards: readonly string[];
  readonly names: ReadonlyMap<string, string>;
}

const LITERAL = 0;
/** Within a segment. */
const SEGMENT = 1;
const ANYTHING = 2;
/** Whole segments with their slashes, or none. */
const DIRECTORIES = 3;
/** At least one character of a segment. */
const NAMED = 4;
/** At the end: a slash and anything, or nothing. */
const TAIL = 5;

interface Piece {
  readonly kind: typeof LITERAL | typeof SEGMENT | typeof ANYTHING | typeof DIRECTORIES | typeof NAMED | typeof TAIL;
  /** Of a literal, itself; else the name under which it is known, or ''. */
  readonly text: string;
}

/** A pattern has no more alternatives, its braces multiplied. */
const MOST_ALTERNATIVES = 256;
const MOST_CHARACTERS = 1024;
const WILDCARD = /:([A-Za-z_]\w*)(\*?)|\*{1,2}/y;
const SLASH = 0x2f;

export class PathPattern {
  /** The names that every match has. */
  readonly names: ReadonlySet<string>;
  /** How many wildcards without a name every match has. */
  readonly wildcards: number;
  readonly #alternatives: readonly (readonly Piece[])[];

  /** Throws PatternError. */
  constructor(pattern: string) {
    if (pattern.length > MOST_CHARACTERS) throw new PatternError(`is longer than ${MOST_CHARACTERS} characters`);
    this.#alternatives = expand(pattern).map(piecesOf);
    const names = this.#alternatives.map((pieces) =>
      pieces.filter(({ kind }) => kind !== LITERAL).map(({ text }) => text),
    );
    for (const own of names) {
      const given = own.filter((name) => name !== '');
      if (new Set(given).size < given.length) throw new PatternError('has a name twice');
    }
    this.names = new Set(names[0]!.filter((name) => name !== '' && names.every((others) => others.includes(name))));
    this.wildcards = Math.min(...names.map((own) => own.filter((name) => name === '').length));
  }

  test(path: string): boolean {
    return this.match(path) !== null;
  }

  match(path: string): Match | null {
    for (const pieces of this.#alternatives) {
      const match = matchOf(pieces, path);
      if (match !== null) return match;
    }
    return null;
  }
}

/** A pattern of what is in directories: without a slash it is about names in any of them. Throws PatternError. */
export function namePattern(pattern: string): PathPattern {
  return new PathPattern(pattern.startsWith('/') ? pattern : pattern.includes('/') ? `/${pattern}` : `/**/${pattern}`);
}

/** The pattern once for each choice of its braces. */
function expand(pattern: string): string[] {
  let expanded = [pattern];
  for (;;) {
    const next = expanded.flatMap(choices);
    if (next.length > MOST_ALTERNATIVES) throw new PatternError(`has more than ${MOST_ALTERNATIVES} alternatives`);
    if (next.length === expanded.length && next[0] === expanded[0]) return next;
    expanded = next;
  }
}

/** The choices of the innermost braces that begin last. */
function choices(pattern: string): string[] {
  const open = pattern.lastIndexOf('{');
  if (open < 0) return [pattern];
  const close = pattern.indexOf('}', open);
  if (close < 0) throw new PatternError('has a brace that is not closed');
  const [before, after] = [pattern.slice(0, open), pattern.slice(close + 1)];
  return pattern
    .slice(open + 1, close)
    .split(',')
    .map((choice) => before + choice + after);
}

function piecesOf(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  const put = (kind: Piece['kind'], text: string): void => {
    if (literal !== '') pieces.push({ kind: LITERAL, text: literal });
    literal = '';
    pieces.push({ kind, text });
  };
  for (let at = 0; at < pattern.length; ) {
    WILDCARD.lastIndex = at;
    const found = WILDCARD.exec(pattern);
    if (found === null) {
      literal += pattern[at++];
      continue;
    }
    at += found[0].length;
    const [, name = '', star] = found;
    if (found[0] === '*' || (name !== '' && star === '')) {
      put(name === '' ? SEGMENT : NAMED, name);
    } else if (literal.endsWith('/') && at === pattern.length) {
      literal = literal.slice(0, -1);
      put(TAIL, name);
    } else if (literal.endsWith('/') && pattern[at] === '/') {
      put(DIRECTORIES, name);
      at++;
    } else put(ANYTHING, name);
  }
  if (literal !== '') pieces.push({ kind: LITERAL, text: literal });
  return pieces;
}

function matchOf(pieces: readonly Piece[], path: string): Match | null {
  const [first] = pieces;
  // Most rules are not about most paths.
  if (first?.kind === LITERAL && !path.startsWith(first.text)) return null;
  const width = path.length + 1;
  const reach = reachOf(pieces, path);
  if (reach[0] === 0) return null;
  const wildcards: string[] = [];
  const names = new Map<string, string>();
  let at = 0;
  pieces.forEach(({ kind, text }, index) => {
    const end = kind === LITERAL ? at + text.length : endOf(kind, path, at, reach, (index + 1) * width);
    if (kind !== LITERAL) {
      const matched = path.slice(kind === TAIL ? Math.min(at + 1, end) : at, end);
      if (text === '') wildcards.push(matched);
      else names.set(text, matched);
    }
    at = end;
  });
  return { wildcards, names };
}

/** Whether the pieces from `index` on match the path from `at` on, at `index * (path.length + 1) + at`. */
function reachOf(pieces: readonly Piece[], path: string): Uint8Array {
  const { length } = path;
  const width = length + 1;
  const reach = new Uint8Array((pieces.length + 1) * width);
  reach[pieces.length * width + length] = 1;
  for (let index = pieces.length - 1; index >= 0; index--) {
    const { kind, text } = pieces[index]!;
    const own = index * width;
    const next = own + width;
    /** Behind a slash further on the rest matches. */
    let later = false;
    for (let at = length; at >= 0; at--) {
      const within = at < length && path.charCodeAt(at) !== SLASH;
      let can: boolean;
      if (kind === LITERAL) can = reach[next + at + text.length] === 1 && path.startsWith(text, at);
      else if (kind === NAMED) can = within && (reach[next + at + 1] === 1 || reach[own + at + 1] === 1);
      else if (kind === TAIL) can = at === length || !within;
      else {
        const longer = kind === ANYTHING ? at < length : kind === SEGMENT && within;
        can = reach[next + at] === 1 || (longer && reach[own + at + 1] === 1) || (kind === DIRECTORIES && later);
        later ||= at > 0 && path.charCodeAt(at - 1) === SLASH && reach[next + at] === 1;
      }
      if (can) reach[own + at] = 1;
    }
  }
  return reach;
}

/** The last place to which a piece can match from `at` on, so that the rest matches behind it: it is known that there is one. */
function endOf(kind: Piece['kind'], path: string, at: number, reach: Uint8Array, next: number): number {
  if (kind === TAIL) return path.length;
  let end = at;
  for (let place = kind === NAMED ? at + 1 : at; place <= path.length; place++) {
    const passed = place === at ? -1 : path.charCodeAt(place - 1);
    if (passed === SLASH && (kind === SEGMENT || kind === NAMED)) break;
    const whole = kind !== DIRECTORIES || place === at || passed === SLASH;
    if (whole && reach[next + place] === 1) end = place;
  }
  return end;
}
