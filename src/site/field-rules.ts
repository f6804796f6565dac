/**
 * Which fields are added to which answers: the security headers, Cache-Control, CORS and Vary, and over all of these the
 * header rules, the later one over the earlier.
 *
 * - Answers about a file (200, 206, 304) get what belongs to its path, which is the name of the file beneath the root.
 * - Every other answer (errors, redirects, lists, preflights) gets what belongs to all paths, but nothing that describes a
 *   file's contents or for how long they may be kept; and a policy for its contents that the server itself has is kept.
 */
import { Additions, type FieldLine, NO_ADDITIONS } from './additions.js';
import { cacheControlOf } from './cache-control.js';
import type { Cors } from './cors.js';
import { compilePattern } from './pattern.js';
import { SECURITY_HEADERS } from './security-headers.js';
import type { HeaderRule, SiteSettings } from './settings.js';

/** What says something of a file: other answers do not say it. */
const ABOUT_FILES = new Set([
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'etag',
  'expires',
  'last-modified',
]);
/** What 304 leaves out: the client has it (RFC 9110 15.4.5). */
const NOT_IN_304 = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
]);
const CONTENT_TYPE = new Set(['content-type']);
/** Patterns of header rules that are for all paths. */
const ALL_PATHS: readonly string[] = ['**', '/**', '**/*', '/**/*'];
/** Different combinations of rules that are kept. */
const PROFILES = 1024;

/** What is added to answers about one kind of file. */
export class Profile {
  /** A rule says how its contents are coded: we do not. */
  readonly coded: boolean;
  /** The media type that a rule says it has. */
  readonly mediaType: string | undefined;
  readonly #make: (audience: number) => Additions;
  readonly #whole: Additions[] = [];
  readonly #notModified: Additions[] = [];

  constructor(coded: boolean, mediaType: string | undefined, make: (audience: number) => Additions) {
    this.coded = coded;
    this.mediaType = mediaType;
    this.#make = make;
  }

  /** To 200 and 206. */
  whole(audience: number): Additions {
    this.#whole[audience] ??= this.#make(audience);
    return this.#whole[audience];
  }

  /** To 304. */
  notModified(audience: number): Additions {
    this.#notModified[audience] ??= without(this.whole(audience), NOT_IN_304);
    return this.#notModified[audience];
  }
}

export const NO_PROFILE = new Profile(false, undefined, () => NO_ADDITIONS);

interface Rule {
  readonly rule: HeaderRule;
  readonly pattern: { test(path: string): boolean };
}

export class FieldRules {
  readonly #settings: SiteSettings;
  readonly #cors: Cors | null;
  readonly #rules: readonly Rule[];
  readonly #general: Additions[] = [];
  readonly #profiles = new Map<string, Profile>();

  constructor(settings: SiteSettings, cors: Cors | null) {
    this.#settings = settings;
    this.#cors = cors;
    this.#rules = settings.headers.map((rule) => ({ rule, pattern: compilePattern(rule.for) }));
  }

  /** What is added to answers that are about no file; `audience`: see cors.ts. */
  readonly general = (audience: number): Additions => {
    this.#general[audience] ??= this.#makeGeneral(audience);
    return this.#general[audience];
  };

  /** What is added to the answer to a preflight. */
  preflight(fields: readonly FieldLine[]): Additions {
    const vary = this.#cors?.varies ? ['Origin'] : [];
    return this.#compose(fields, [...vary, 'Access-Control-Request-Headers'], [], []);
  }

  /** What is added to answers about the file `name`; `negotiated`: they depend on Accept-Encoding. */
  profileOf(name: string, negotiated: boolean): Profile {
    const cacheControl = cacheControlOf(this.#settings.cacheControl, name, this.#settings.users.length > 0);
    const matching = this.#rules.filter(({ pattern }) => pattern.test(`/${name}`));
    const key = `${cacheControl} ${negotiated} ${matching.map((rule) => this.#rules.indexOf(rule)).join()}`;
    const known = this.#profiles.get(key);
    if (known !== undefined) return known;
    if (this.#profiles.size >= PROFILES) this.#profiles.clear();
    const rules = matching.map(({ rule }) => rule);
    const coded = lastSaid(rules, 'content-encoding') !== undefined;
    const caching = cacheControl === null ? [] : [{ name: 'Cache-Control', value: cacheControl }];
    const profile = new Profile(coded, lastSaid(rules, 'content-type'), (audience) => {
      const vary = [...(negotiated ? ['Accept-Encoding'] : []), ...(this.#cors?.varies ? ['Origin'] : [])];
      const lines = [...caching, ...(this.#cors?.fieldsFor(audience) ?? [])];
      // The media type is written as if it were the file's own: one part of several has it in its own head.
      return without(this.#compose(lines, vary, rules, this.#preset()), CONTENT_TYPE);
    });
    this.#profiles.set(key, profile);
    return profile;
  }

  #preset(): readonly FieldLine[] {
    return this.#settings.securityHeaders ? SECURITY_HEADERS : [];
  }

  #makeGeneral(audience: number): Additions {
    const rules = this.#settings.headers.filter((rule) => ALL_PATHS.includes(rule.for));
    const vary = this.#cors?.varies ? ['Origin'] : [];
    const all = without(this.#compose(this.#cors?.fieldsFor(audience) ?? [], vary, rules, this.#preset()), ABOUT_FILES);
    const isPolicy = ({ name }: FieldLine): boolean => name.toLowerCase() === 'content-security-policy';
    const replaced = new Set([...all.replaced].filter((name) => name !== 'content-security-policy'));
    return new Additions(
      all.lines.filter((line) => !isPolicy(line)),
      [...all.defaults, ...all.lines.filter(isPolicy)],
      replaced,
    );
  }

  /** `lines` with what the rules say, each name as the last of them has it; `preset` where none has. */
  #compose(
    lines: readonly FieldLine[],
    vary: readonly string[],
    rules: readonly HeaderRule[],
    preset: readonly FieldLine[],
  ): Additions {
    const byName = new Map<string, FieldLine[]>(lines.map((line) => [line.name.toLowerCase(), [line]]));
    const said = new Set<string>();
    for (const { fields } of rules) {
      const own = new Map<string, FieldLine[]>();
      for (const { name, value } of fields) {
        const lower = name.toLowerCase();
        if (!own.has(lower)) own.set(lower, []);
        if (value !== null) own.get(lower)?.push({ name, value });
      }
      for (const [lower, its] of own) {
        byName.set(lower, its);
        said.add(lower);
      }
    }
    const varies = [...new Set([...vary, ...(byName.get('vary') ?? []).map(({ value }) => value)])];
    byName.delete('vary');
    // Another Vary beside it is no other opinion but one more.
    said.delete('vary');
    const all = [...byName.values()].flat();
    if (varies.length > 0) all.push({ name: 'Vary', value: varies.join(', ') });
    return all.length === 0 && said.size === 0 && preset.length === 0
      ? NO_ADDITIONS
      : new Additions(
          all,
          preset.filter(({ name }) => !said.has(name.toLowerCase())),
          said,
        );
  }
}

/** What the last rule that speaks of a field, by its name in lower case, has it be. */
function lastSaid(rules: readonly HeaderRule[], lower: string): string | undefined {
  const said = rules.flatMap(({ fields }) => fields).findLast(({ name }) => name.toLowerCase() === lower);
  return said?.value ?? undefined;
}

function without(additions: Additions, names: ReadonlySet<string>): Additions {
  const kept = ({ name }: FieldLine): boolean => !names.has(name.toLowerCase());
  if (additions === NO_ADDITIONS) return additions;
  const replaced = new Set([...additions.replaced].filter((name) => !names.has(name)));
  return new Additions(additions.lines.filter(kept), additions.defaults.filter(kept), replaced);
}
