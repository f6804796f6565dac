/**
 * What a request head says, as the strings that scripts see: made once for a head that clients repeat, and only what is
 * asked for. Nothing of it changes, so all requests with the same head share it.
 */
import { CR, HTAB, SPACE } from '../http/characters.js';
import { METHOD_GET, METHOD_HEAD, type RequestHead } from '../http/request-head.js';
import type { FieldList } from './headers.js';

/**
 * A target that a URL says just as it is: nothing to escape, and no segment that begins with a dot, which may be one to resolve. To
 * a URL %2e is such a dot; and a query has no apostrophe.
 */
const PLAIN_TARGET =
  /^\/(?:[A-Za-z0-9\-_~!$&'()*+,;=:@/]|(?<!\/)\.|%(?!2[Ee])|(?<!\/)%(?=2[Ee]))*(?:\?[A-Za-z0-9\-._~!$&()*+,;=:@%/?]*)?$/;
/** A host that a URL says just as it is: its last label is no number, which would make it an address, and none is in Punycode. */
const PLAIN_AUTHORITY =
  /^(?!(?:[^.]*\.)*xn--)(?:[a-z0-9][a-z0-9-]*\.)*[a-z][a-z0-9-]*(?::[1-9]\d{0,3})?$|^127\.0\.0\.1(?::[1-9]\d{0,3})?$/;
const DEFAULT_PORT = /:80$/;

const METHODS = ['', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'] as const;

export class RequestFacts {
  readonly method: string;
  /** A whole head as Latin-1. */
  readonly #text: string;
  readonly #authority: string | undefined;
  readonly #target: string;
  /** The field lines begin here. */
  readonly #fieldsAt: number;
  #url: string | undefined;
  #fields: FieldList | undefined;
  /** What the site of static files keeps with the head, where there is one. */
  ofFiles: unknown = null;

  constructor(head: RequestHead) {
    const { bytes, start, length, targetEnd, authorityStart, authorityEnd } = head;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
    this.#text = text;
    this.method = METHODS[head.method] ?? text.slice(head.methodStart - start, head.methodEnd - start);
    this.#authority = authorityStart < 0 ? undefined : text.slice(authorityStart - start, authorityEnd - start);
    const path = text.slice(head.pathStart - start, head.pathEnd - start);
    const query = head.queryStart < 0 ? '' : `?${text.slice(head.queryStart - start, head.queryEnd - start)}`;
    this.#target = `${path === '' ? '/' : path}${query}`;
    this.#fieldsAt = text.indexOf('\n', targetEnd - start) + 1;
  }

  get hasNoBody(): boolean {
    return this.method === METHODS[METHOD_GET] || this.method === METHODS[METHOD_HEAD];
  }

  /** The URL that was asked for, or undefined when it is none. */
  get url(): string | undefined {
    this.#url ??= urlOf(this.#authority, this.#target);
    return this.#url;
  }

  /** The request target, for logs. */
  get target(): string {
    return this.#target;
  }

  get fields(): FieldList {
    this.#fields ??= fieldsIn(this.#text, this.#fieldsAt);
    return this.#fields;
  }
}

function urlOf(authority: string | undefined, target: string): string | undefined {
  // A HTTP/1.0 client need not say whom it asks.
  const host = authority === undefined || authority === '' ? 'localhost' : authority;
  if (PLAIN_AUTHORITY.test(host) && !DEFAULT_PORT.test(host) && PLAIN_TARGET.test(target)) {
    return `http://${host}${target}`;
  }
  try {
    return new URL(`http://${host}${target}`).href;
  } catch {
    return undefined;
  }
}

/** The field lines of a head that is known to be well formed. */
function fieldsIn(text: string, start: number): FieldList {
  const fields: string[] = [];
  let at = start;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) break;
    const next = end + 1;
    if (text.charCodeAt(end - 1) === CR) end--;
    if (end === at) break;
    const colon = text.indexOf(':', at);
    let from = colon + 1;
    while (from < end && isSpace(text.charCodeAt(from))) from++;
    while (end > from && isSpace(text.charCodeAt(end - 1))) end--;
    fields.push(text.slice(at, colon).toLowerCase(), text.slice(from, end));
    at = next;
  }
  return fields;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === HTAB;
}
