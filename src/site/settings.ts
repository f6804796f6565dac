/**
 * How a site answers, as its owner wants it: plain data, so that it can be handed to a worker as JSON. Each field is an option
 * of the same name (config/table/site.ts), where its default and its description are.
 *
 * Patterns are matched against the decoded, normalised path beneath the base path, with one slash in front.
 */

/** An answer of 3xx for paths that match `from`. What `:name` and `*` matched may be used in `to`. */
export interface RedirectRule {
  readonly from: string;
  readonly to: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
}

/** Paths that match `from` are answered as `to` would be, unless they name a file. */
export interface RewriteRule {
  readonly from: string;
  readonly to: string;
}

/** Fields that are added to answers for paths that match `for`; a value of null takes a field away. */
export interface HeaderRule {
  readonly for: string;
  readonly fields: readonly { readonly name: string; readonly value: string | null }[];
}

/** Who may read a site that asks for a password, and the hash of the password: `$scrypt$...` */
export interface User {
  readonly name: string;
  readonly hash: string;
}

export interface SiteSettings {
  /** '' or a path with a slash in front and none at its end: the site answers beneath it, and all else is 404. */
  readonly basePath: string;
  /** What names no file is answered with the root's index.html and 200. */
  readonly single: boolean;
  /** Directories without an index file are answered with a list of what is in them. */
  readonly listing: boolean;
  /** Patterns of what a list leaves out. */
  readonly unlisted: readonly string[];
  /** `/about` is answered with about.html, and `/about.html` leads to `/about`. */
  readonly cleanUrls: boolean;
  /** Where paths end with a slash: those of directories (the others lead there), all, or none. */
  readonly trailingSlash: 'directories' | 'always' | 'never';
  /** Names that begin with a dot are served and listed too. */
  readonly dotfiles: boolean;
  /** The file that is the content of an error, by status: { '404': '404.html' }. */
  readonly errorPages: Readonly<Record<string, string>>;
  readonly redirects: readonly RedirectRule[];
  readonly rewrites: readonly RewriteRule[];
  readonly headers: readonly HeaderRule[];
  readonly securityHeaders: boolean;
  /** `auto`: immutable for names with a hash in them, no-cache for the rest; `none`: no such field; else the value itself. */
  readonly cacheControl: string;
  /** Origins that scripts may read answers from; `*` alone for all; none: CORS is off. */
  readonly corsOrigins: readonly string[];
  readonly corsCredentials: boolean;
  /** Media types by extension, without its dot: before those that are known. */
  readonly mediaTypes: Readonly<Record<string, string>>;
  /** Siblings with the endings .zst, .br and .gz are sent to those who accept them. */
  readonly precompressed: boolean;
  /** Text is compressed for those who accept it, and kept so. */
  readonly compress: boolean;
  /** More ranges in one request are answered with the whole. */
  readonly maxRanges: number;
  /** None: everybody may read. */
  readonly users: readonly User[];
}

/** Of a site that was told nothing. */
export const DEFAULT_SITE_SETTINGS: SiteSettings = {
  basePath: '',
  single: false,
  listing: false,
  unlisted: [],
  cleanUrls: false,
  trailingSlash: 'directories',
  dotfiles: false,
  errorPages: {},
  redirects: [],
  rewrites: [],
  headers: [],
  securityHeaders: false,
  cacheControl: 'auto',
  corsOrigins: [],
  corsCredentials: false,
  mediaTypes: {},
  precompressed: false,
  compress: false,
  maxRanges: 16,
  users: [],
};
