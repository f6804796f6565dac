/**
 * serve.json, as the package `serve` reads it, in our own settings. What it asks for and cannot have is told in a note
 * each; what is no serve.json at all is refused.
 *
 * Clean URLs are on unless it says otherwise, as with `serve`: links are written for that. Directories are listed only if
 * it says so.
 */
import { resolve } from 'node:path';
import type { HeaderRule, RedirectRule, RewriteRule, SiteSettings } from '../site/settings.js';
import type { Given, Statements } from './configuration.js';
import type { Located } from './json-text.js';
import { OptionError } from './option-error.js';
import { type OptionName, refusal } from './options.js';
import { patternOf } from './serve-patterns.js';
import { nearest } from './spelling.js';

/** What one key comes to. */
interface Meaning {
  readonly settings?: Partial<SiteSettings>;
  readonly root?: string;
  /** What is not done as the key wants it, to follow its name. */
  readonly notes?: readonly string[];
}

/** What a key may be, in words, and what it means; undefined: it is none of that. */
interface Key {
  readonly expected: string;
  read(content: Located, where: Where): Meaning | undefined;
}

interface Where {
  /** What is served unless the file says otherwise. */
  readonly directory: string;
  readonly wrong: (content: Located, name: string, expected: string) => OptionError;
  readonly at: (line: number, message: string) => OptionError;
}

const BOOLEAN = 'true or false';
const BOOLEAN_OR_LIST = 'true, false or a list of patterns';

const KEYS: Readonly<Record<string, Key>> = {
  $schema: { expected: 'an address', read: () => ({}) },
  public: {
    expected: 'a directory',
    read: ({ value }, { directory }) => (isText(value) ? { root: resolve(directory, value) } : undefined),
  },
  cleanUrls: {
    expected: BOOLEAN_OR_LIST,
    read: ({ value }) =>
      ifListed(value, {
        settings: { cleanUrls: value !== false },
        listed: 'cannot be for some paths only: it is on for all',
      }),
  },
  rewrites: { expected: 'a list of rules with source and destination', read: readRewrites },
  redirects: { expected: 'a list of rules with source and destination', read: readRedirects },
  headers: { expected: 'a list of rules with source and headers', read: readHeaders },
  directoryListing: {
    expected: BOOLEAN_OR_LIST,
    read: ({ value }) =>
      ifListed(value, {
        settings: { listing: value === true },
        listed: 'cannot be for some paths only: no directory is listed',
      }),
  },
  unlisted: { expected: 'a list of patterns', read: readUnlisted },
  trailingSlash: {
    expected: BOOLEAN,
    read: ({ value }) =>
      ifBoolean(value, { settings: { trailingSlash: value === true ? ('always' as const) : ('never' as const) } }),
  },
  renderSingle: {
    expected: BOOLEAN,
    read: ({ value }) =>
      ifBoolean(value, value === true ? { notes: ['is not done: a directory shows its index.html or a list'] } : {}),
  },
  symlinks: {
    expected: BOOLEAN,
    read: ({ value }) =>
      ifBoolean(value, {
        notes: ['changes nothing: relative symbolic links are followed where they stay in the directory, others never'],
      }),
  },
  etag: {
    expected: BOOLEAN,
    read: ({ value }) =>
      ifBoolean(value, value === false ? { notes: ['is not done: every file has an ETag and a Last-Modified'] } : {}),
  },
};

/** What the file says; `directory` is the one that is served, beneath which it may name another. Throws OptionError, naming the file as `file`. */
export function readServeJson(root: Located, file: string, directory: string): Statements {
  const at = (line: number, message: string): OptionError => new OptionError(`${file}:${line}: ${message}`);
  if (root.members === undefined) throw at(root.line, 'There must be an object in braces.');
  const given = new Map<OptionName | keyof SiteSettings, Given>();
  const notes: string[] = [];
  const wrong: Where['wrong'] = ({ line, value }, name, expected) => at(line, refusal(name, expected, value).message);
  given.set('cleanUrls', { value: true, key: 'cleanUrls', line: root.line });
  for (const { key, line, content } of root.members) {
    const known = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (known === undefined) {
      const meant = nearest(key, Object.keys(KEYS));
      const advice =
        meant === undefined ? `there are ${Object.keys(KEYS).slice(1).join(', ')}.` : `did you mean ${meant}?`;
      throw at(line, `There is no ${key} in serve.json; ${advice}`);
    }
    const meaning = known.read(content, { directory, wrong, at });
    if (meaning === undefined) throw wrong(content, key, known.expected);
    for (const [name, value] of Object.entries(meaning.settings ?? {})) {
      given.set(name as keyof SiteSettings, { value, key, line });
    }
    if (meaning.root !== undefined) given.set('root', { value: meaning.root, key, line, beneathOperand: true });
    for (const note of meaning.notes ?? []) notes.push(`${file}:${line}: ${key} ${note}.`);
  }
  return { given, notes };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function ifBoolean(value: unknown, meaning: Meaning): Meaning | undefined {
  return typeof value === 'boolean' ? meaning : undefined;
}

function ifListed(
  value: unknown,
  { settings, listed }: { settings: Partial<SiteSettings>; listed: string },
): Meaning | undefined {
  if (typeof value === 'boolean') return { settings };
  return Array.isArray(value) && value.every(isText) ? { settings, notes: [listed] } : undefined;
}

function readUnlisted({ value }: Located): Meaning | undefined {
  if (!Array.isArray(value) || !value.every(isText)) return undefined;
  const { patterns, notes } = translate(
    value.map((source) => ({ source, index: 0 })),
    'name',
  );
  return { settings: { unlisted: patterns.map(({ pattern }) => pattern) }, notes };
}

function readRewrites(content: Located, where: Where): Meaning | undefined {
  const rules = content.items?.map((item, index) =>
    readRule(item, `rewrites[${index}]`, ['source', 'destination'], where),
  );
  if (rules === undefined) return undefined;
  const { patterns, notes } = translate(
    rules.map(({ source }, index) => ({ source, index })),
    'path',
  );
  const rewrites = patterns.map(
    ({ pattern, index }): RewriteRule => ({ from: pattern, to: target(rules[index]?.destination) }),
  );
  return { settings: { rewrites }, notes };
}

const REDIRECT_STATUSES = [301, 302, 303, 307, 308] as const;

function readRedirects(content: Located, where: Where): Meaning | undefined {
  const rules = content.items?.map((item, index) => {
    const name = `redirects[${index}]`;
    const rule = readRule(item, name, ['source', 'destination', 'type'], where);
    const type = item.members?.find(({ key }) => key === 'type')?.content;
    const status = REDIRECT_STATUSES.find((one) => one === (type === undefined ? 301 : type.value));
    if (status === undefined)
      throw where.wrong(type as Located, `${name}.type`, `one of ${REDIRECT_STATUSES.join(', ')}`);
    return { ...rule, status };
  });
  if (rules === undefined) return undefined;
  const { patterns, notes } = translate(
    rules.map(({ source }, index) => ({ source, index })),
    'path',
  );
  const redirects = patterns.map(({ pattern, index }): RedirectRule => {
    const { destination, status } = rules[index] as (typeof rules)[number];
    return { from: pattern, to: target(destination), status };
  });
  return { settings: { redirects }, notes };
}

function readHeaders(content: Located, where: Where): Meaning | undefined {
  const rules = content.items?.map((item, index) => {
    const name = `headers[${index}]`;
    const { source } = readRule(item, name, ['source', 'headers'], where);
    const fields = item.members
      ?.find(({ key }) => key === 'headers')
      ?.content.items?.map((field, number) => {
        const { key, value } = (field.value ?? {}) as { key?: unknown; value?: unknown };
        if (!isText(key) || (typeof value !== 'string' && value !== null)) {
          throw where.wrong(
            field,
            `${name}.headers[${number}]`,
            'an object with a key and a value, which is text or null',
          );
        }
        return { name: key, value };
      });
    if (fields === undefined) throw where.wrong(item, `${name}.headers`, 'a list of fields with key and value');
    return { source, fields };
  });
  if (rules === undefined) return undefined;
  const { patterns, notes } = translate(
    rules.map(({ source }, index) => ({ source, index })),
    'file',
  );
  const headers = patterns.map(
    ({ pattern, index }): HeaderRule => ({ for: pattern, fields: rules[index]?.fields ?? [] }),
  );
  return { settings: { headers }, notes };
}

/** The texts of a rule. Throws for one that lacks something or has something else. */
function readRule(
  item: Located,
  name: string,
  keys: readonly string[],
  { wrong, at }: Where,
): { source: string; destination: string } {
  const rule = item.value as Readonly<Record<string, unknown>>;
  const expected = `an object with ${keys.join(', ')}`;
  if (item.members === undefined) throw wrong(item, name, expected);
  const other = item.members.find(({ key }) => !keys.includes(key));
  if (other !== undefined) throw at(other.line, `There is no ${other.key} in ${name}; there are ${keys.join(', ')}.`);
  for (const key of ['source', 'destination'].filter((one) => keys.includes(one))) {
    const part = item.members.find((member) => member.key === key);
    if (part === undefined) throw at(item.line, `${name} lacks ${key}.`);
    if (!isText(part.content.value)) throw wrong(part.content, `${name}.${key}`, 'text');
  }
  return { source: rule.source as string, destination: (rule.destination as string | undefined) ?? '' };
}

/** Where a rule leads: as it is when it is an address, else with one slash in front. */
function target(destination = ''): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(destination) ? destination : `/${destination.replace(/^\/+/, '')}`;
}

interface Source {
  readonly source: string;
  readonly index: number;
}

/** Our patterns for what `serve` matches; what has none is noted. */
function translate(
  sources: readonly Source[],
  against: 'path' | 'file' | 'name',
): { patterns: { pattern: string; index: number }[]; notes: string[] } {
  const notes: string[] = [];
  const patterns = sources.flatMap(({ source, index }) => {
    const pattern = patternOf(source, against);
    if (pattern !== undefined) return [{ pattern, index }];
    notes.push(`leaves out '${source}', whose pattern Amped does not know`);
    return [];
  });
  return { patterns, notes };
}
