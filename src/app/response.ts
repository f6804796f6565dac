/**
 * Response of the Fetch standard (https://fetch.spec.whatwg.org/#response-class). One that a handler makes of text is text
 * until it is sent: no stream is made of it, and no Headers unless somebody asks for them.
 */
import { hasNoContent } from '../http/status.js';
import { Body, type BodyInit, extract, includeBody, type WithBody } from './body.js';
import { type FieldList, fieldsOf, Headers, type HeadersSource, headersOver } from './headers.js';
import { exposeInterface } from './interface.js';
import { jsonText } from './json-text.js';
import { NativeResponse } from './native.js';

export interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersSource;
}

type ResponseType = 'default' | 'error';

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** The standard lets it have no body, HTTP an empty one. */
const RESET_CONTENT = 205;
const NO_FIELDS: FieldList = [];
/** The fields of what is made of a body alone, one list for each type. */
const TYPE_ALONE = new Map<string, FieldList>();
const MOST_TYPES = 64;
const JSON_TYPE = 'application/json';

/** Its body, if it has one. */
export let bodyOf: (response: Response) => Body | null;
/** The fields of a response as they are, made into no object. */
export let fieldsToSend: (response: Response) => FieldList;
/** Whether it is one of ours, and not of Node's. */
export let isOurs: (value: unknown) => value is Response;

const isOfClass = Function.prototype[Symbol.hasInstance];

export interface Response extends WithBody {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: includeBody gives it what the interface says.
export class Response {
  readonly #body: Body | null;
  readonly #status: number = 200;
  readonly #statusText: string = '';
  readonly #fields: FieldList = NO_FIELDS;
  #headers: Headers | null = null;
  #type: ResponseType = 'default';
  #immutable = false;

  static {
    bodyOf = (response) => response.#body;
    includeBody(Response.prototype, bodyOf);
    exposeInterface(Response.prototype);
    fieldsToSend = (response) => (response.#headers === null ? response.#fields : fieldsOf(response.#headers));
    isOurs = (value): value is Response => typeof value === 'object' && value !== null && #immutable in value;
  }

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    if (body instanceof Parts) {
      this.#body = body.body;
      this.#status = body.status;
      this.#statusText = body.statusText;
      this.#fields = body.fields;
      this.#immutable = body.immutable;
      this.#type = body.type;
      return;
    }
    const extracted = body === undefined || body === null ? null : extract(body);
    this.#body = extracted === null ? null : new Body(extracted.source);
    const type = extracted === null ? null : extracted.type;
    if (init === undefined || init === null) {
      if (type !== null) this.#fields = fieldsOfType(type);
      return;
    }
    if (typeof init !== 'object' && typeof init !== 'function')
      throw new TypeError('What a response is made with is an object.');
    const { status, statusText, headers } = init;
    if (status !== undefined) this.#status = statusOf(status);
    if (statusText !== undefined) this.#statusText = reasonOf(statusText);
    if (extracted !== null && (hasNoContent(this.#status) || this.#status === RESET_CONTENT)) {
      throw new TypeError(`A response with the status ${this.#status} has no body.`);
    }
    if (headers === undefined) {
      if (type !== null) this.#fields = fieldsOfType(type);
      return;
    }
    const made = new Headers(headers);
    if (type !== null && !made.has('content-type')) made.append('content-type', type);
    this.#fields = fieldsOf(made);
  }

  get type(): ResponseType {
    return this.#type;
  }

  get url(): string {
    return '';
  }

  get redirected(): boolean {
    return false;
  }

  get status(): number {
    return this.#status;
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): Headers {
    this.#headers ??= headersOver(this.#fields, this.#immutable ? 'immutable' : 'none');
    return this.#headers;
  }

  clone(): Response {
    const body = this.#body === null ? null : this.#body.copy();
    return new Response(
      new Parts(this.#status, this.#statusText, [...fieldsToSend(this)], this.#type, this.#immutable, body) as never,
    );
  }

  static error(): Response {
    return new Response(new Parts(0, '', NO_FIELDS, 'error', true, null) as never);
  }

  static redirect(url: string | URL, status = 302): Response {
    const location = new URL(String(url)).href;
    if (!REDIRECTS.has(status)) throw new RangeError(`The status ${status} is no redirect.`);
    return new Response(new Parts(status, '', ['location', location], 'default', true, null) as never);
  }

  static json(data: unknown, init?: ResponseInit): Response {
    const text = jsonText(data);
    if (text === undefined) throw new TypeError('What has no form in JSON is no body.');
    const made = new Response(text as string, init);
    const given = init?.headers !== undefined && new Headers(init.headers).has('content-type');
    if (given) return made;
    if (init?.headers === undefined) {
      return new Response(
        new Parts(made.#status, made.#statusText, fieldsOfType(JSON_TYPE), 'default', false, new Body(text)) as never,
      );
    }
    made.headers.set('content-type', JSON_TYPE);
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'Response';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    const { status, statusText, headers } = this;
    return Object.assign(Object.create({ constructor: Response }), { status, statusText, headers });
  }

  /** Node's own, which its fetch gives, are responses too. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: classes that extend this one have their own.
    return isOfClass.call(this, value) || (this === Response && value instanceof NativeResponse);
  }
}

/** What a response is made of that no script made with `new`. */
class Parts {
  constructor(
    readonly status: number,
    readonly statusText: string,
    readonly fields: FieldList,
    readonly type: ResponseType,
    readonly immutable: boolean,
    readonly body: Body | null,
  ) {}
}

/** A response of Node's as one of ours. The content of what its fetch gives has been decoded already. */
export function ofNative(native: globalThis.Response): Response {
  const headers = new Headers(native.headers as unknown as HeadersSource);
  if (native.url !== '' && headers.has('content-encoding')) {
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  if (native.bodyUsed) throw new TypeError('The body has been read already.');
  const source = native.body as ReadableStream<Uint8Array> | null;
  return new Response(
    new Parts(
      native.status,
      native.statusText,
      fieldsOf(headers),
      'default',
      false,
      source && new Body(source),
    ) as never,
  );
}

/** Whether it can be taken for one: a framework's own class, which says of itself what a response says. */
export function isLikeResponse(value: unknown): value is globalThis.Response {
  if (typeof value !== 'object' || value === null) return false;
  const { status, headers, body } = value as Record<string, unknown>;
  const isBody = body === null || body instanceof ReadableStream;
  return typeof status === 'number' && typeof headers === 'object' && headers !== null && isBody;
}

/** What is like a response, as one of ours. */
export function ofLike(given: globalThis.Response): Response {
  // First: to make it may bring a Content-Type.
  const { body } = given;
  const { status, statusText, headers } = given;
  const init = { status, statusText: statusText ?? '', headers: headers as unknown as HeadersSource };
  return new Response(body as ReadableStream | null, init);
}

function fieldsOfType(type: string): FieldList {
  let fields = TYPE_ALONE.get(type);
  if (fields === undefined) {
    fields = ['content-type', type];
    if (TYPE_ALONE.size < MOST_TYPES) TYPE_ALONE.set(type, fields);
  }
  return fields;
}

function statusOf(given: number): number {
  const status = Number(given) & 0xffff;
  if (status < 200 || status > 599) throw new RangeError(`The status of a response is from 200 to 599, not ${given}.`);
  return status;
}

function reasonOf(given: string): string {
  const reason = String(given);
  if (!REASON.test(reason)) throw new TypeError('The status text has a character that none may have.');
  return reason;
}
