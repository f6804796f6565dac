/**
 * Where a name leads, by the settings alone and without the disk: somewhere else, or to steps that are tried in order until
 * one of them answers. What they find is the site's business (static-site.ts).
 *
 * Every name has one canonical form, and every other form of it leads there with one redirect: with clean URLs it has
 * neither `.html` nor `index.html`, and it ends with a slash as the slash policy says. What is canonical is never led on by
 * these rules again, so they make no loop; a rule of the owner's that would lead a path to itself is not applied.
 */
import { Destination } from './destination.js';
import { type Match, namePattern, PathPattern } from './path-pattern.js';
import type { SiteSettings } from './settings.js';
import { nameOfTarget, pathOfName } from './target.js';

export const INDEX = 'index.html';
const HTML = '.html';

/** The file is the answer. */
export const FILE = 0;
/** If the file is there, its place is elsewhere: at `location`. */
export const MOVED = 1;
/** To the same with a slash. */
export const SLASH = 2;
/** What is in the directory is the answer. */
export const LIST = 3;

export interface Step {
  readonly kind: typeof FILE | typeof MOVED | typeof SLASH | typeof LIST;
  /** Of the file or the directory beneath the root. */
  readonly name: string;
  /** MOVED, SLASH: where to, escaped. */
  readonly location: string;
  /** Only if a file that was asked for before has turned out to be a directory. */
  readonly ifDirectory: boolean;
}

export interface Redirect {
  readonly status: number;
  /** Escaped, without the query of the request. */
  readonly location: string;
}

/** A status is what becomes of a name that leads nowhere. */
export type Route = number | Redirect | readonly Step[];

interface Rule {
  readonly pattern: PathPattern;
  readonly destination: Destination;
  readonly status: number;
}

type RoutingSettings = Pick<
  SiteSettings,
  | 'basePath'
  | 'cleanUrls'
  | 'dotfiles'
  | 'errorPages'
  | 'listing'
  | 'redirects'
  | 'rewrites'
  | 'single'
  | 'trailingSlash'
  | 'unlisted'
>;

const NOT_FOUND = 404;
const MOVED_PERMANENTLY = 301;
const WELL_KNOWN = '.well-known';

export class Router {
  readonly #settings: RoutingSettings;
  /** Without a slash in front; '' or with one at its end. */
  readonly #base: string;
  readonly #redirects: readonly Rule[];
  readonly #rewrites: readonly Rule[];
  readonly #unlisted: readonly PathPattern[];
  readonly #errorPages: ReadonlyMap<number, string>;

  /** Throws PatternError for a rule that is none. */
  constructor(settings: RoutingSettings) {
    this.#settings = settings;
    this.#base = settings.basePath === '' ? '' : `${settings.basePath.slice(1)}/`;
    this.#redirects = settings.redirects.map(({ from, to, status }) => ruleOf(from, to, status));
    this.#rewrites = settings.rewrites.map(({ from, to }) => ruleOf(from, to, 0));
    this.#unlisted = settings.unlisted.map(namePattern);
    // As on most hosts of static sites, a page of this name at the root is the one for what does not exist.
    const pages = Object.entries({ 404: '404.html', ...settings.errorPages });
    this.#errorPages = new Map(pages.map(([status, name]) => [Number(status), name.replace(/^\/+/, '')]));
  }

  /** `name` is that of a request: from `nameOfTarget`. */
  route(name: string): Route {
    const own = this.#beneathBase(name);
    if (own === null) return NOT_FOUND;
    if (own !== name && `${name}/` === this.#base)
      return { status: MOVED_PERMANENTLY, location: pathOfName(this.#base) };
    const redirect = this.#redirectOf(own);
    if (redirect !== null) return redirect;
    const canonical = this.canonical(own);
    if (canonical !== own) return { status: MOVED_PERMANENTLY, location: this.pathOf(canonical) };
    return this.#stepsOf(own);
  }

  /** The path of a file or, with a slash at its end, of a directory: canonical, escaped, beneath the base path. */
  pathOf(name: string): string {
    return pathOfName(this.#base + this.canonical(name));
  }

  /** The path of a directory as people read it. */
  readablePath(name: string): string {
    return `/${this.#base}${name}`;
  }

  /** The page that is the content of an error, if there is to be one. */
  errorPage(status: number): string | undefined {
    return this.#errorPages.get(status);
  }

  /** Whether a directory's list has a name that is in it: `directory` is '' or ends with a slash. */
  lists(directory: string, name: string): boolean {
    // What no request can name is not there for anybody.
    for (let at = 0; at < name.length; at++) {
      const unit = name.charCodeAt(at);
      if (unit < 0x20 || unit === 0x7f || unit === 0x5c || unit === 0xfffd) return false;
    }
    // Beneath a base path there are no well-known addresses: they begin at the root of a host (RFC 8615).
    const wellKnown = name === WELL_KNOWN && directory === '' && this.#base === '';
    if (name.startsWith('.') && !this.#settings.dotfiles && !wellKnown) return false;
    return !this.#unlisted.some((pattern) => pattern.test(`/${directory}${name}`));
  }

  /** The one form of a name beneath the base path. */
  canonical(name: string): string {
    const { cleanUrls, trailingSlash } = this.#settings;
    let canonical = name;
    for (let before = ''; before !== canonical; ) {
      before = canonical;
      // The root always has its slash.
      if (trailingSlash === 'never' && canonical.endsWith('/')) canonical = canonical.slice(0, -1);
      if (cleanUrls) canonical = withoutHtml(canonical);
    }
    if (trailingSlash !== 'always' || canonical === '' || canonical.endsWith('/')) return canonical;
    // What has a dot is taken for the name of a file.
    return lastSegment(canonical).includes('.') ? canonical : `${canonical}/`;
  }

  /** The name without the base path; null: it is not beneath it. */
  #beneathBase(name: string): string | null {
    const base = this.#base;
    if (base === '') return name;
    if (name.startsWith(base)) return name.slice(base.length);
    return `${name}/` === base ? '' : null;
  }

  #redirectOf(name: string): Redirect | null {
    for (const { pattern, destination, status } of this.#redirects) {
      const match = matchOf(pattern, name);
      if (match === null) continue;
      const address = destination.of(match);
      if (destination.origin !== '') return { status, location: address };
      if (nameOfAddress(address, true) === name) continue;
      return { status, location: pathOfName(this.#base).slice(0, -1) + address };
    }
    return null;
  }

  #stepsOf(name: string): Step[] {
    const { cleanUrls, trailingSlash, listing, single } = this.#settings;
    const steps: Step[] = [];
    const directory = name === '' || name.endsWith('/');
    const bare = name.endsWith('/') ? name.slice(0, -1) : name;
    if (directory) steps.push(file(name + INDEX));
    else steps.push(file(name));
    if (cleanUrls && bare !== '') steps.push(this.#pageAt(name, bare));
    // A file without an extension, where every such path ends with a slash.
    if (directory && bare !== '' && this.canonical(bare) === name) steps.push(file(bare));
    if (!directory && trailingSlash === 'never') steps.push(file(`${name}/${INDEX}`, true));
    if (!directory && trailingSlash !== 'never') {
      steps.push({ kind: SLASH, name, location: pathOfName(`${this.#base}${name}/`), ifDirectory: true });
    }
    steps.push(...this.#rewritten(name));
    if (listing && (directory || trailingSlash === 'never')) {
      steps.push({ kind: LIST, name: bare === '' ? '' : `${bare}/`, location: '', ifDirectory: !directory });
    }
    if (single && name !== '') steps.push(file(INDEX));
    return steps;
  }

  /** The page `bare` + .html: here if this is its canonical name, else there. */
  #pageAt(name: string, bare: string): Step {
    const page = bare + HTML;
    if (this.canonical(page) === name) return file(page);
    return { kind: MOVED, name: page, location: this.pathOf(page), ifDirectory: false };
  }

  /** What the first rule that is about the name has in its place. */
  #rewritten(name: string): Step[] {
    for (const { pattern, destination } of this.#rewrites) {
      const match = matchOf(pattern, name);
      if (match === null) continue;
      const target = nameOfAddress(destination.of(match), this.#settings.dotfiles);
      if (target === null) return [];
      if (target === '' || target.endsWith('/')) return [file(target + INDEX)];
      const pages = this.#settings.cleanUrls ? [file(target + HTML)] : [];
      return [file(target), ...pages, file(`${target}/${INDEX}`, true)];
    }
    return [];
  }
}

/** Throws PatternError. */
function ruleOf(from: string, to: string, status: number): Rule {
  const pattern = new PathPattern(from);
  return { pattern, destination: new Destination(to, pattern), status };
}

/** Throws PatternError where a rule is none; a rewrite leads to a path. */
export function checkRule(from: string, to: string, rewrites: boolean): boolean {
  const { destination } = ruleOf(from, to, 0);
  return from.startsWith('/') && !(rewrites && destination.origin !== '');
}

/** A directory is meant also where its slash is missing in the pattern. */
function matchOf(pattern: PathPattern, name: string): Match | null {
  const match = pattern.match(`/${name}`);
  return match === null && name.endsWith('/') ? pattern.match(`/${name.slice(0, -1)}`) : match;
}

/** The name that an escaped address of this site means, its query left out; null: it means none. */
function nameOfAddress(address: string, dotfiles: boolean): string | null {
  const bytes = Buffer.from(address.split(/[?#]/, 1)[0]!, 'latin1');
  const name = nameOfTarget(bytes, 0, bytes.length, dotfiles);
  return typeof name === 'number' ? null : name;
}

function file(name: string, ifDirectory = false): Step {
  return { kind: FILE, name, location: '', ifDirectory };
}

/** Without `index.html` or `.html` at its end, as often as it is there. */
function withoutHtml(name: string): string {
  let clean = name;
  for (;;) {
    const last = lastSegment(clean);
    if (last === INDEX) clean = clean.slice(0, -INDEX.length);
    else if (last.endsWith(HTML) && last !== HTML) clean = clean.slice(0, -HTML.length);
    else return clean;
  }
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
