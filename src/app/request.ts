/**
 * Request of the Fetch standard (https://fetch.spec.whatwg.org/#request-class). One that came over the wire makes its
 * strings when they are asked for; what matters to browsers only (mode, cache, credentials) has its initial value.
 */
import { Body, type BodyInit, type BodySource, extract, includeBody, type KeptSource, type WithBody } from './body.js';
import type { HandlerContext } from './context.js';
import { Headers, type HeadersSource, headersOver } from './headers.js';
import type { IncomingBody } from './incoming-body.js';
import { exposeInterface } from './interface.js';
import { NativeRequest } from './native.js';
import { exposeReceived, type Received } from './received.js';
import { RequestFacts } from './request-facts.js';

export interface RequestInit {
  method?: string;
  headers?: HeadersSource;
  body?: BodyInit | null;
  signal?: AbortSignal | null;
  duplex?: 'half';
  redirect?: 'follow' | 'error' | 'manual';
  mode?: string;
  credentials?: string;
  cache?: string;
  referrer?: string;
  referrerPolicy?: string;
  integrity?: string;
  keepalive?: boolean;
  window?: null;
}

/** What a request that came over the wire has behind it. */
export interface RequestOrigin {
  readonly body: IncomingBody | null;
  readonly signal: AbortSignal;
  /** What its handler gets beside it. */
  readonly context: HandlerContext | null;
}

/** The methods that are written in upper case whatever the case they are given in. */
const USUAL_METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
const FORBIDDEN_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK']);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const INITIALLY = {
  redirect: 'follow',
  mode: 'cors',
  credentials: 'same-origin',
  cache: 'default',
  referrer: 'about:client',
  referrerPolicy: '',
  integrity: '',
  keepalive: false,
} as const;

/** Those that have few values. */
const VALUES: { readonly [Name in keyof typeof INITIALLY]?: readonly string[] } = {
  redirect: ['follow', 'error', 'manual'],
  mode: ['navigate', 'same-origin', 'no-cors', 'cors'],
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  referrerPolicy: [
    ...['', 'no-referrer', 'no-referrer-when-downgrade', 'same-origin', 'origin', 'strict-origin'],
    ...['origin-when-cross-origin', 'strict-origin-when-cross-origin', 'unsafe-url'],
  ],
};

/** What a copy is made of. */
class Parts {
  constructor(
    readonly method: string,
    readonly url: string,
    readonly headers: Headers,
    readonly signal: AbortSignal,
    readonly settings: Settings,
    readonly body: Body | null,
  ) {}
}

type Settings = { [Name in keyof typeof INITIALLY]: string | boolean };

/** What its body was made of, if it has one: nobody can read it afterwards. */
export let takeBody: (request: Request) => BodySource | null;
/** Whether it is one of ours, and not of Node's. */
export let isOwnRequest: (value: unknown) => value is Request;

const isOfClass = Function.prototype[Symbol.hasInstance];

export interface Request extends WithBody, Received {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: includeBody and exposeReceived give it what the interface says.
export class Request {
  readonly #body: Body | null;
  readonly #facts: RequestFacts | null = null;
  readonly #origin: RequestOrigin | null = null;
  readonly #method: string = 'GET';
  readonly #url: string = '';
  #headers: Headers | null = null;
  #signal: AbortSignal | null = null;
  readonly #settings: Settings = INITIALLY;

  static {
    takeBody = (request) => request.#body?.take() ?? null;
    includeBody(Request.prototype, (request) => request.#body);
    exposeInterface(Request.prototype);
    exposeReceived(Request.prototype, (request) => request.#origin?.context);
    isOwnRequest = (value): value is Request => typeof value === 'object' && value !== null && #url in value;
  }

  /** `origin` is for the server: then `input` is what has come over the wire. */
  constructor(input: string | URL | Request | RequestFacts | Parts, init?: RequestInit | RequestOrigin) {
    if (input instanceof RequestFacts) {
      const origin = init as RequestOrigin;
      this.#body = origin.body === null ? null : new Body(origin.body);
      this.#facts = input;
      this.#origin = origin;
      this.#method = input.method;
      return;
    }
    if (input instanceof Parts) {
      this.#body = input.body;
      this.#method = input.method;
      this.#url = input.url;
      this.#headers = input.headers;
      this.#signal = input.signal;
      this.#settings = input.settings;
      return;
    }
    const given = (init ?? {}) as RequestInit;
    if (typeof given !== 'object' && typeof given !== 'function')
      throw new TypeError('What a request is made with is an object.');
    if (given.duplex !== undefined && String(given.duplex) !== 'half') {
      throw new TypeError(`The duplex of a request is half, not ${JSON.stringify(String(given.duplex))}.`);
    }
    const from = typeof input === 'object' && isRequest(input) ? input : null;
    const method = given.method === undefined ? (from?.method ?? 'GET') : methodOf(given.method);
    const headers = new Headers(given.headers ?? from?.headers);
    const source = bodyOf(given, from, method, headers);
    this.#body = source === null ? null : new Body(source);
    this.#url = from === null ? urlOf(String(input)) : from.url;
    this.#method = method;
    this.#headers = headers;
    this.#signal = signalFrom(given.signal === undefined ? from?.signal : given.signal);
    const settings: Record<string, unknown> = { ...INITIALLY };
    for (const name of Object.keys(INITIALLY) as (keyof Settings)[]) {
      const value = given[name] ?? from?.[name];
      if (value !== undefined) settings[name] = settingOf(name, value);
    }
    if (given.mode === 'navigate') throw new TypeError('A script makes no request with the mode navigate.');
    if (settings.cache === 'only-if-cached' && settings.mode !== 'same-origin') {
      throw new TypeError("The cache 'only-if-cached' goes with the mode 'same-origin' only.");
    }
    if (given.window !== undefined && given.window !== null) throw new TypeError('The window of a request is null.');
    this.#settings = settings as Settings;
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#facts === null ? this.#url : (this.#facts.url as string);
  }

  get headers(): Headers {
    this.#headers ??= headersOver((this.#facts as RequestFacts).fields);
    return this.#headers;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#origin === null ? new AbortController().signal : this.#origin.signal;
    return this.#signal;
  }

  get redirect(): string {
    return this.#settings.redirect as string;
  }

  get mode(): string {
    return this.#settings.mode as string;
  }

  get credentials(): string {
    return this.#settings.credentials as string;
  }

  get cache(): string {
    return this.#settings.cache as string;
  }

  get referrer(): string {
    return this.#settings.referrer as string;
  }

  get referrerPolicy(): string {
    return this.#settings.referrerPolicy as string;
  }

  get integrity(): string {
    return this.#settings.integrity as string;
  }

  get keepalive(): boolean {
    return this.#settings.keepalive as boolean;
  }

  get destination(): string {
    return '';
  }

  get isReloadNavigation(): boolean {
    return false;
  }

  get isHistoryNavigation(): boolean {
    return false;
  }

  get duplex(): 'half' {
    return 'half';
  }

  clone(): Request {
    const body = this.#body === null ? null : this.#body.copy();
    return new Request(
      new Parts(
        this.#method,
        this.url,
        new Headers(this.headers),
        signalFrom(this.signal) as AbortSignal,
        this.#settings,
        body,
      ),
    );
  }

  get [Symbol.toStringTag](): string {
    return 'Request';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    const { method, url, headers } = this;
    return Object.assign(Object.create({ constructor: Request }), { method, url, headers });
  }

  /** Node's own are requests too. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: classes that extend this one have their own.
    return isOfClass.call(this, value) || (this === Request && value instanceof NativeRequest);
  }
}

/** A signal of the request's own that follows the one that was given. */
function signalFrom(given: AbortSignal | null | undefined): AbortSignal | null {
  if (given === null || given === undefined) return null;
  if (!(given instanceof AbortSignal)) throw new TypeError('The signal of a request is an AbortSignal.');
  return AbortSignal.any([given]);
}

function settingOf(name: keyof Settings, value: unknown): string | boolean {
  if (name === 'keepalive') return Boolean(value);
  const text = String(value);
  const allowed: readonly string[] | undefined = VALUES[name];
  if (allowed !== undefined && !allowed.includes(text)) {
    throw new TypeError(`The ${name} of a request is one of ${allowed.join(', ')}, not ${JSON.stringify(text)}.`);
  }
  return text;
}

function isRequest(value: object): value is Request {
  return value instanceof Request;
}

function methodOf(given: string): string {
  const method = String(given);
  const upper = method.toUpperCase();
  if (!TOKEN.test(method) || FORBIDDEN_METHODS.has(upper)) {
    throw new TypeError(`${JSON.stringify(method)} is no method of a request.`);
  }
  return USUAL_METHODS.has(upper) ? upper : method;
}

function urlOf(text: string): string {
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new TypeError('The URL of a request has no user and no password.');
  return url.href;
}

function bodyOf(given: RequestInit, from: Request | null, method: string, headers: Headers): KeptSource | null {
  // The standard takes null for what is not given: the body of the other request stays.
  const own = given.body ?? null;
  const hasBody = own !== null || (from !== null && from.body !== null);
  if (!hasBody) return null;
  if (method === 'GET' || method === 'HEAD') throw new TypeError(`A request with the method ${method} has no body.`);
  if (own === null) return isOwnRequest(from) ? takeBody(from) : (from as unknown as Request).body;
  const { source, type } = extract(own);
  if (source instanceof ReadableStream && !(own instanceof FormData) && given.duplex !== 'half') {
    throw new TypeError("A request whose body is a stream needs duplex: 'half'.");
  }
  if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
  return source;
}
