/**
 * Rules for the fields of answers. On the command line a rule is one field for all paths, as in `--header 'X-Robots-Tag: none'`;
 * a name with nothing behind the colon takes the field away.
 *
 * Refused: what would end a line or the head (CR, LF, NUL and other control characters), and fields that say how a message is
 * framed, what the connection does, or what only the server knows.
 */
import { compilePattern } from '../site/pattern.js';
import type { HeaderRule } from '../site/settings.js';
import type { Kind } from './option-kinds.js';

type Field = HeaderRule['fields'][number];

const ALL_PATHS = '**';
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
/** Tabs, spaces, visible ASCII and Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{1,8192}$/;

/** Not even taken away. */
const UNTOUCHABLE = [
  'Connection',
  'Content-Length',
  'Content-Range',
  'Date',
  'Keep-Alive',
  'Location',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'WWW-Authenticate',
];
/** What conditional requests and ranges are decided by: it may be taken away, but not be something else. */
const OWN = ['Accept-Ranges', 'ETag', 'Last-Modified'];
/** Without it caches and browsers would take one answer for another. */
const NEEDED = ['Content-Type', 'Vary'];

const NEVER = new Set([...UNTOUCHABLE, 'Proxy-Connection', 'TE', 'Allow'].map((name) => name.toLowerCase()));
const NOT_SET = new Set(OWN.map((name) => name.toLowerCase()));
const NOT_REMOVED = new Set(NEEDED.map((name) => name.toLowerCase()));

export const headerRule: Kind<HeaderRule> = {
  placeholder: 'FIELD',
  expected: `a field as NAME: VALUE in one line (nothing behind the colon takes it away), and none of ${UNTOUCHABLE.join(', ')}; ${OWN.join(', ')} can only be taken away, ${NEEDED.join(' and ')} only be set`,
  read: readField,
  accepts(value): value is HeaderRule {
    if (typeof value !== 'object' || value === null || Object.keys(value).sort().join() !== 'fields,for') return false;
    const { for: pattern, fields } = value as Record<string, unknown>;
    return isPattern(pattern) && Array.isArray(fields) && fields.every(isField);
  },
  schema: {
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'object',
        properties: {
          for: { type: 'string', minLength: 1 },
          fields: {
            type: 'array',
            items: {
              type: 'object',
              properties: { name: { type: 'string', minLength: 1 }, value: { type: ['string', 'null'] } },
              required: ['name', 'value'],
              additionalProperties: false,
            },
          },
        },
        required: ['for', 'fields'],
        additionalProperties: false,
      },
    ],
  },
  fromJson: (json) => (typeof json === 'string' ? readField(json) : (json as HeaderRule)),
  write: ({ fields }) => fields.map(({ name, value }) => `${name}: ${value ?? ''}`).join(', '),
};

function readField(text: string): HeaderRule | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const value = text.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  return { for: ALL_PATHS, fields: [{ name: text.slice(0, colon), value: value === '' ? null : value }] };
}

function isPattern(pattern: unknown): boolean {
  if (typeof pattern !== 'string' || pattern === '' || pattern.length > 1024) return false;
  try {
    compilePattern(pattern);
    return true;
  } catch {
    return false;
  }
}

function isField(field: unknown): field is Field {
  if (typeof field !== 'object' || field === null || Object.keys(field).sort().join() !== 'name,value') return false;
  const { name, value } = field as Record<string, unknown>;
  if (typeof name !== 'string' || !NAME.test(name)) return false;
  const lower = name.toLowerCase();
  if (NEVER.has(lower)) return false;
  if (value === null) return !NOT_REMOVED.has(lower);
  return typeof value === 'string' && VALUE.test(value) && !NOT_SET.has(lower);
}
