/**
 * Cross-origin resource sharing (the Fetch standard's CORS protocol): which other origins' scripts may read answers.
 *
 * Where every origin may, or a single one, each answer says the same, whoever asks, as the standard advises for caches.
 * Where several may, an answer names the one that asked and nobody else, and says that it depends on Origin. An audience
 * is a number: 0 for whoever is not told anything of its own, else 1 and more, the place of the origin in the list.
 */
import { ascii, TOKEN } from '../http/characters.js';
import {
  FIELD_ACCESS_CONTROL_REQUEST_HEADERS,
  FIELD_ACCESS_CONTROL_REQUEST_METHOD,
  FIELD_ORIGIN,
  METHOD_OPTIONS,
  type RequestHead,
} from '../http/request-head.js';
import type { FieldLine } from './additions.js';
import type { SiteSettings } from './settings.js';

/** Each audience has answers of its own in the cache. */
export const MOST_ORIGINS = 64;

const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';
/** What scripts may read beyond what they always may: what ranges and revalidation need. */
const EXPOSED = 'Accept-Ranges, Content-Encoding, Content-Range, ETag';
/** For how long a preflight holds. Chrome's longest. */
const MAX_AGE_SECONDS = 7200;
/** Names of fields in one preflight; with more it fails. */
const REQUESTED_FIELDS = 64;
const REQUESTED_BYTES = 4096;

const ORIGIN_BIT = 1 << FIELD_ORIGIN;
const PREFLIGHT_BITS = ORIGIN_BIT | (1 << FIELD_ACCESS_CONTROL_REQUEST_METHOD);

/** Whether a browser asks for a script's sake before it sends the request itself. */
export function isPreflight(request: RequestHead): boolean {
  return request.method === METHOD_OPTIONS && (request.fields & PREFLIGHT_BITS) === PREFLIGHT_BITS;
}

export class Cors {
  readonly #origins: readonly string[];
  readonly #bytes: readonly Uint8Array[];
  readonly #credentials: boolean;
  /** Whether answers depend on the origin. */
  readonly varies: boolean;

  /** At most MOST_ORIGINS origins, or `*` alone. */
  constructor({ corsOrigins, corsCredentials }: Pick<SiteSettings, 'corsOrigins' | 'corsCredentials'>) {
    this.#origins = corsOrigins;
    this.#bytes = corsOrigins.map(ascii);
    this.#credentials = corsCredentials;
    this.varies = corsOrigins.length > 1;
  }

  /** Whom an answer is for. */
  audienceOf(request: RequestHead): number {
    if (!this.varies || (request.fields & ORIGIN_BIT) === 0 || (request.repeated & ORIGIN_BIT) !== 0) return 0;
    const start = request.fieldStart[FIELD_ORIGIN]!;
    const end = request.fieldEnd[FIELD_ORIGIN]!;
    for (let index = 0; index < this.#bytes.length; index++) {
      if (equal(request.bytes, start, end, this.#bytes[index]!)) return index + 1;
    }
    return 0;
  }

  /** What every answer to an audience says, but for Vary. */
  fieldsFor(audience: number): readonly FieldLine[] {
    return this.#allowed(audience, [{ name: 'Access-Control-Expose-Headers', value: EXPOSED }]);
  }

  /** What the answer to a preflight says, but for Vary: nothing where it is not allowed. */
  preflight(request: RequestHead): readonly FieldLine[] {
    const methods = { name: 'Access-Control-Allow-Methods', value: ALLOWED_METHODS };
    const age = { name: 'Access-Control-Max-Age', value: String(MAX_AGE_SECONDS) };
    const names = requestedNames(request.fieldText(FIELD_ACCESS_CONTROL_REQUEST_HEADERS));
    const fields = names === '' ? [] : [{ name: 'Access-Control-Allow-Headers', value: names }];
    return this.#allowed(this.audienceOf(request), [methods, ...fields, age]);
  }

  #allowed(audience: number, more: readonly FieldLine[]): readonly FieldLine[] {
    const origin = this.#origins[this.varies ? audience - 1 : 0];
    if (origin === undefined) return [];
    const credentials = { name: 'Access-Control-Allow-Credentials', value: 'true' };
    return [
      { name: 'Access-Control-Allow-Origin', value: origin },
      ...(this.#credentials ? [credentials] : []),
      ...more,
    ];
  }
}

/** The names that a preflight asks for, written by ourselves: whatever is no list of names is not repeated. */
function requestedNames(value: string | undefined): string {
  if (value === undefined || value.length > REQUESTED_BYTES) return '';
  const names = value.split(',').map((name) => name.trim());
  const good = names.length <= REQUESTED_FIELDS && names.every((name) => name !== '' && isToken(name));
  return good ? names.join(', ') : '';
}

function isToken(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (TOKEN[text.charCodeAt(index)] !== 1) return false;
  return true;
}

function equal(bytes: Uint8Array, start: number, end: number, other: Uint8Array): boolean {
  if (end - start !== other.length) return false;
  for (let index = 0; index < other.length; index++) if (bytes[start + index] !== other[index]) return false;
  return true;
}
