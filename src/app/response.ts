/**
 * Response of the Fetch standard (https://fetch.spec.whatwg.org/#response-class). One that a handler makes of text is text
 * until it is sent: no stream is made of it, and no Headers unless somebody asks for them.
 */
import { hasNoContent } from '../http/status.js';
import { Body, type BodyInit, type BodySource, cloneBody, extract } from './body.js';
import { type FieldList, fieldsOf, Headers, type HeadersSource, headersOver } from './headers.js';
import { NativeResponse } from './native.js';

export interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersSource;
}

type ResponseType = 'default' | 'error';

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const NO_FIELDS: FieldList = [];
/** The fields of what is made of a body alone, one list for each type. */
const TYPE_ALONE = new Map<string, FieldList>();
const MOST_TYPES = 64;
const JSON_TYPE = 'application/json';

/** The fields of a response as they are, made into no object. */
export let fieldsToSend: (response: Response) => FieldList;
/** Whether it is one of ours, and not of Node's. */
export let isOurs: (value: unknown) => value is Response;

export class Response extends Body {
  readonly #status: number = 200;
  readonly #statusText: string = '';
  readonly #fields: FieldList = NO_FIELDS;
  #headers: Headers | null = null;
  #type: ResponseType = 'default';
  #immutable = false;

  static {
    fieldsToSend = (response) => (response.#headers === null ? response.#fields : fieldsOf(response.#headers));
    isOurs = (value): value is Response => typeof value === 'object' && value !== null && #immutable in value;
  }

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    if (body instanceof Parts) {
      super(body.source);
      this.#status = body.status;
      this.#statusText = body.statusText;
      this.#fields = body.fields;
      this.#immutable = body.immutable;
      this.#type = body.type;
      return;
    }
    const extracted = body === undefined || body === null ? null : extract(body);
    super(extracted === null ? null : extracted.source);
    const type = extracted === null ? null : extracted.type;
    if (init === undefined || init === null) {
      if (type !== null) this.#fields = fieldsOfType(type);
      return;
    }
    const { status, statusText, headers } = init;
    if (status !== undefined) this.#status = statusOf(status);
    if (statusText !== undefined) this.#statusText = reasonOf(statusText);
    if (extracted !== null && hasNoContent(this.#status)) {
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
    const source = cloneBody(this);
    return new Response(
      new Parts(this.#status, this.#statusText, [...fieldsToSend(this)], this.#type, this.#immutable, source) as never,
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
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw new TypeError('What has no form in JSON is no body.');
    const made = new Response(text, init);
    const given = init?.headers !== undefined && new Headers(init.headers).has('content-type');
    if (given) return made;
    if (init?.headers === undefined) {
      return new Response(
        new Parts(made.#status, made.#statusText, fieldsOfType(JSON_TYPE), 'default', false, text) as never,
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

  protected override contentType(): string | null {
    return this.headers.get('content-type');
  }

  /** Node's own, which its fetch gives, are responses too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOurs(value) || value instanceof NativeResponse;
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
    readonly source: BodySource | null,
  ) {}
}

/** A response of Node's, such as its fetch gives, as one of ours. Its content has been decoded already. */
export function ofNative(native: globalThis.Response): Response {
  const headers = new Headers(native.headers as unknown as HeadersSource);
  if (headers.has('content-encoding')) {
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  if (native.bodyUsed) throw new TypeError('The body has been read already.');
  const source = native.body as ReadableStream<Uint8Array> | null;
  return new Response(
    new Parts(native.status, native.statusText, fieldsOf(headers), 'default', false, source) as never,
  );
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
