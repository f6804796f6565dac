/**
 * The body of a request or a response (https://fetch.spec.whatwg.org/#body-mixin), kept as what it was made of until
 * somebody asks for it in another form: text that is only sent never becomes a stream.
 */
import * as streams from 'node:stream';
import type { IncomingBody } from './incoming-body.js';
import { NativeResponse } from './native.js';

/** What a body is made of. Bytes are the body's own and do not change. */
export type BodySource = string | Uint8Array | Blob | ReadableStream<Uint8Array> | IncomingBody;

/** What a script may give for a body. */
export type BodyInit = string | URLSearchParams | Blob | ArrayBuffer | ArrayBufferView | FormData | ReadableStream;

/** A body, and the Content-Type that it brings, if any. */
export interface Extracted {
  readonly source: BodySource;
  readonly type: string | null;
}

export const TEXT_TYPE = 'text/plain;charset=UTF-8';
const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

// Not in the types of Node 20, which has it.
const { isDisturbed } = streams as unknown as { isDisturbed(stream: ReadableStream): boolean };

const encoder = new TextEncoder();

/** What is given for a body, as a body. https://fetch.spec.whatwg.org/#concept-bodyinit-extract */
export function extract(init: unknown): Extracted {
  if (typeof init === 'string') return { source: init, type: TEXT_TYPE };
  if (init instanceof Uint8Array) return { source: init.slice(), type: null };
  if (init instanceof ReadableStream) {
    if (init.locked || isDisturbed(init)) throw new TypeError('A stream that has been read from is no body.');
    return { source: init, type: null };
  }
  if (init instanceof URLSearchParams) return { source: init.toString(), type: FORM_TYPE };
  if (init instanceof Blob) return { source: init, type: init.type === '' ? null : init.type };
  if (init instanceof FormData) {
    const encoded = new NativeResponse(init);
    return {
      source: encoded.body as ReadableStream<Uint8Array>,
      type: encoded.headers.get('content-type'),
    };
  }
  if (init instanceof ArrayBuffer) return { source: new Uint8Array(init.slice(0)), type: null };
  if (ArrayBuffer.isView(init)) {
    return { source: new Uint8Array(init.buffer, init.byteOffset, init.byteLength).slice(), type: null };
  }
  return { source: String(init), type: TEXT_TYPE };
}

/** What a body was made of, when it is taken to be sent: nobody can read it afterwards. Null: there is none. */
export let takeBody: (body: Body) => BodySource | null;
/** The same body once more, for a copy of its owner. */
export let cloneBody: (body: Body) => BodySource | null;

export abstract class Body {
  #source: BodySource | null;
  #stream: ReadableStream<Uint8Array> | null = null;
  #used = false;

  static {
    takeBody = (body) => body.#take();
    cloneBody = (body) => body.#clone();
  }

  constructor(source: BodySource | null) {
    this.#source = source;
  }

  /** The value of Content-Type, for those forms that depend on it. */
  protected abstract contentType(): string | null;

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#stream === null && this.#source !== null) this.#stream = streamOf(this.#source, this.#used);
    return this.#stream;
  }

  get bodyUsed(): boolean {
    return this.#used || (this.#stream !== null && isDisturbed(this.#stream));
  }

  async text(): Promise<string> {
    const source = this.#take();
    if (source === null) return '';
    if (typeof source === 'string') return textOf(source);
    return decode(await bytesOf(source));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.bytes();
    const whole = bytes.byteLength === bytes.buffer.byteLength;
    return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    const source = this.#take();
    return source === null ? new Uint8Array(0) : bytesOf(source);
  }

  async blob(): Promise<Blob> {
    const type = this.contentType() ?? '';
    return new Blob([await this.bytes()], { type });
  }

  async formData(): Promise<FormData> {
    const type = this.contentType();
    const bytes = await this.bytes();
    return new NativeResponse(bytes, type === null ? {} : { headers: { 'content-type': type } }).formData();
  }

  #take(): BodySource | null {
    const stream = this.#stream;
    if (this.#used || (stream !== null && (stream.locked || isDisturbed(stream)))) {
      throw new TypeError('The body has been read already.');
    }
    if (this.#source === null) return null;
    this.#used = true;
    return stream ?? this.#source;
  }

  #clone(): BodySource | null {
    if (this.bodyUsed || this.#stream?.locked === true) throw new TypeError('The body has been read already.');
    const source = this.#source;
    if (this.#stream === null && (source === null || !isFlowing(source))) return source;
    const [own, other] = (this.body as ReadableStream<Uint8Array>).tee();
    this.#stream = own;
    return other;
  }
}

/** Whether it can be read once only. */
function isFlowing(source: BodySource): source is ReadableStream<Uint8Array> | IncomingBody {
  return typeof source !== 'string' && !(source instanceof Uint8Array) && !(source instanceof Blob);
}

function streamOf(source: BodySource, used: boolean): ReadableStream<Uint8Array> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof Blob) return source.stream() as ReadableStream<Uint8Array>;
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) return source.stream();
  const bytes = typeof source === 'string' ? encoder.encode(source) : source.slice();
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      if (bytes.length > 0 && !used) controller.enqueue(bytes);
      controller.close();
    },
  }) as ReadableStream<Uint8Array>;
}

async function bytesOf(source: BodySource): Promise<Uint8Array> {
  if (typeof source === 'string') return encoder.encode(source);
  if (source instanceof Uint8Array) return source.slice();
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (source instanceof ReadableStream) return readAll(source);
  return source.bytes();
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(Buffer.concat(pieces));
    if (!(value instanceof Uint8Array)) throw new TypeError('The stream of a body gives bytes only.');
    pieces.push(value);
  }
}

/** What is left of text that was sent and received: no byte order mark, no half of a character. */
function textOf(text: string): string {
  const whole = isWellFormed(text) ? text : decode(encoder.encode(text));
  return whole.charCodeAt(0) === 0xfeff ? whole.slice(1) : whole;
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
