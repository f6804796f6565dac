/**
 * The kinds of value that say where paths lead: a base path, patterns, redirects, rewrites and error pages. On the command
 * line a rule is one text with spaces between its parts; the library and configuration files have objects (site/settings.ts).
 */
import { namePattern, PatternError } from '../site/path-pattern.js';
import { checkRule } from '../site/route.js';
import type { RedirectRule, RewriteRule, SiteSettings } from '../site/settings.js';
import { type Schema, textMatching } from './json-schema.js';
import { type Kind, list, orNone, text } from './option-kinds.js';

const STATUSES: readonly unknown[] = [301, 302, 303, 307, 308];
/** Those that a request may come to and that are not the protocol's: after those the connection closes. */
const PAGE_STATUSES: readonly string[] = ['400', '403', '404', '500'];
const TEXT = { type: 'string', minLength: 1 };

/** '' or a path with a slash in front and none at its end, as it is when it is decoded. */
export const basePath = orNone(
  text(
    'PATH',
    "a path such as /docs, with a slash in front and without '.', '..' or any of \\ % ? # ;",
    isBasePath,
    (value) => value.replace(/\/$/, ''),
  ),
);

function isBasePath(value: string): boolean {
  if (!value.startsWith('/') || /[\\%?#;]/.test(value) || hasControl(value)) return false;
  return value
    .slice(1)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** Patterns of names or paths. */
export const patterns = list(
  text('PATTERN', 'a pattern of names such as *.map, or of paths such as /private/**', (value) => isPattern(value)),
  null,
);

/** `FROM TO [STATUS]`, several times. */
export const redirects = list<RedirectRule>(
  {
    placeholder: 'RULE',
    expected:
      "'FROM TO' or 'FROM TO STATUS': a pattern of paths, a path or an http(s) address, and 301, 302, 303, 307 or 308 (such as '/old/** /new/** 301')",
    read: readRedirect,
    accepts: (value): value is RedirectRule =>
      hasFields(value, ['from', 'to', 'status']) && STATUSES.includes(value.status) && isRule(value, false),
    write: ({ from, to, status }) => `${from} ${to} ${status}`,
    schema: { anyOf: [TEXT, ruleSchema({ status: { enum: STATUSES, default: 301 } })] },
    fromJson(json) {
      if (typeof json === 'string') return readRedirect(json);
      return typeof json === 'object' && json !== null ? ({ status: 301, ...json } as RedirectRule) : undefined;
    },
  },
  null,
);

/** `FROM TO`, several times. */
export const rewrites = list<RewriteRule>(
  {
    placeholder: 'RULE',
    expected: "'FROM TO': a pattern of paths, and a path (such as '/app/** /app/index.html')",
    read: readRewrite,
    accepts: (value): value is RewriteRule => hasFields(value, ['from', 'to']) && isRule(value, true),
    write: ({ from, to }) => `${from} ${to}`,
    schema: { anyOf: [TEXT, ruleSchema({})] },
    fromJson: (json) => (typeof json === 'string' ? readRewrite(json) : (json as RewriteRule)),
  },
  null,
);

type ErrorPages = SiteSettings['errorPages'];

/** `STATUS FILE`, several times; the later one counts for a status. */
export const errorPages: Kind<ErrorPages> = {
  placeholder: 'PAGE',
  expected: `'STATUS FILE': one of ${PAGE_STATUSES.join(', ')}, and a file beneath DIR (such as '404 /404.html')`,
  read: (written) => errorPages.readAll?.([written]),
  readAll(texts) {
    const pages = texts.filter((written) => written !== '').map((written) => written.trim().split(/\s+/));
    if (pages.some((parts) => parts.length !== 2)) return undefined;
    return Object.fromEntries(pages) as ErrorPages;
  },
  accepts: (value): value is ErrorPages =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([status, file]) => PAGE_STATUSES.includes(status) && isFile(file)),
  write: (value) =>
    Object.entries(value)
      .map(([status, file]) => `${status} ${file}`)
      .join(', '),
  schema: {
    type: 'object',
    properties: Object.fromEntries(PAGE_STATUSES.map((status) => [status, TEXT])),
    additionalProperties: false,
  },
};

function readRedirect(written: string): RedirectRule | undefined {
  const [from, to, status = '301', ...more] = written.trim().split(/\s+/);
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  return { from, to, status: Number(status) as RedirectRule['status'] };
}

function readRewrite(written: string): RewriteRule | undefined {
  const [from, to, ...more] = written.trim().split(/\s+/);
  return from === undefined || to === undefined || more.length > 0 ? undefined : { from, to };
}

/** Of a rule, with what it has besides its two parts. */
function ruleSchema(others: Schema): Schema {
  const properties = { from: textMatching('^/'), to: { type: 'string', minLength: 1 }, ...others };
  return { type: 'object', properties, required: ['from', 'to'], additionalProperties: false };
}

function hasFields(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const own = Object.keys(value);
  return own.length === names.length && names.every((name) => own.includes(name));
}

function isRule({ from, to }: Record<string, unknown>, rewrites: boolean): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  return isNoError(() => checkRule(from, to, rewrites));
}

function isPattern(pattern: string): boolean {
  return pattern !== '' && isNoError(() => namePattern(pattern) !== null);
}

function isNoError(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}

function isFile(value: unknown): boolean {
  if (typeof value !== 'string' || hasControl(value) || /\/$/.test(value)) return false;
  const segments = value.replace(/^\//, '').split('/');
  return segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

function hasControl(value: string): boolean {
  for (let at = 0; at < value.length; at++)
    if (value.charCodeAt(at) < 0x20 || value.charCodeAt(at) === 0x7f) return true;
  return false;
}
