/**
 * The body of a request or a response (https://fetch.spec.whatwg.org/#body-mixin), kept as what it was made of until
 * somebody asks for it in another form: text that is only sent never becomes a stream.
 */
import * as streams from 'node:stream';
import { MIMEType } from 'node:util';
import { decodeText } from './ascii.js';
import { IncomingBody } from './incoming-body.js';
import { parseJson } from './json-reading.js';
import { PiecedText } from './json-text.js';
import { NativeReadableStream, NativeResponse } from './native.js';
import { directOf, lockedStream } from './readable-stream.js';

/** What a body is made of. Bytes are the body's own and do not change. */
export type BodySource = string | Uint8Array | Blob | ReadableStream<Uint8Array> | IncomingBody;

/** What it is kept as: text in pieces is still that when it is sent. */
export type KeptSource = BodySource | PiecedText;

/** What a script may give for a body. */
export type BodyInit =
  | string
  | URLSearchParams
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | FormData
  | ReadableStream
  | AsyncIterable<Uint8Array | string>;

/** A body, and the Content-Type that it brings, if any. */
export interface Extracted {
  readonly source: KeptSource;
  readonly type: string | null;
}

export const TEXT_TYPE = 'text/plain;charset=UTF-8';
const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

// Not in the types of Node 20, which has it.
const { isDisturbed } = streams as unknown as { isDisturbed(stream: ReadableStream): boolean };

const encoder = new TextEncoder();
const nothing = (): void => {};

/** What is given for a body, as a body. https://fetch.spec.whatwg.org/#concept-bodyinit-extract */
export function extract(init: unknown): Extracted {
  if (typeof init === 'string') return { source: init, type: TEXT_TYPE };
  if (init instanceof PiecedText) return { source: init, type: TEXT_TYPE };
  if (init instanceof Uint8Array) return { source: init.slice(), type: null };
  if (init instanceof ReadableStream) {
    if (init.locked || hasBeenRead(init)) throw new TypeError('A stream that has been read from is no body.');
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
  // Beyond the standard, and as Node's own do: what generators and Node's streams are.
  if (isAsyncIterable(init)) return { source: streamOfIterable(init), type: null };
  return { source: String(init), type: TEXT_TYPE };
}

function isAsyncIterable(init: unknown): init is AsyncIterable<unknown> {
  return typeof init === 'object' && init !== null && Symbol.asyncIterator in init;
}

function streamOfIterable(iterable: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const iterator = iterable[Symbol.asyncIterator]();
  return new NativeReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : (value as Uint8Array));
      },
      async cancel(reason) {
        await iterator.return?.(reason);
        // Of a stream of Node's that nobody has begun to read: it may have a file open.
        (iterable as { destroy?(): void }).destroy?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** What requests and responses have of their bodies: the standard's mixin. */
export interface WithBody {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array>;
  blob(): Promise<Blob>;
  formData(): Promise<FormData>;
}

/** A request or a response: some forms of the body depend on its Content-Type. */
interface Owner {
  readonly headers: { get(name: string): string | null };
}

/** Of a request or a response that has a body at all. */
export class Body {
  readonly #source: KeptSource;
  #stream: ReadableStream<Uint8Array> | null = null;
  #used = false;

  constructor(source: KeptSource) {
    this.#source = source;
  }

  get stream(): ReadableStream<Uint8Array> {
    this.#stream ??= streamOf(whole(this.#source), this.#used);
    return this.#stream;
  }

  get used(): boolean {
    return this.#used || (this.#stream !== null && hasBeenRead(this.#stream));
  }

  /** What it was made of, to be read: nobody can read it afterwards. */
  take(): BodySource {
    return whole(this.takeToSend());
  }

  /** The same, to be sent. */
  takeToSend(): KeptSource {
    const stream = this.#stream ?? (this.#source instanceof ReadableStream ? this.#source : null);
    if (this.#used || (stream !== null && (stream.locked || hasBeenRead(stream)))) {
      throw new TypeError('The body has been read already.');
    }
    this.#used = true;
    return stream ?? this.#source;
  }

  /** The same once more. */
  copy(): Body {
    if (this.used || this.#stream?.locked === true) throw new TypeError('The body has been read already.');
    if (this.#stream === null && !isFlowing(this.#source)) return new Body(this.#source);
    const [own, other] = this.stream.tee();
    this.#stream = own;
    return new Body(other);
  }
}

/** The methods of bodies, as properties of a prototype itself: classes of their own stand on them. */
export function includeBody<Kind extends Owner>(prototype: Kind, bodyOf: (owner: Kind) => Body | null): void {
  const bytes = async (owner: Kind): Promise<Uint8Array<ArrayBuffer>> => {
    const body = bodyOf(owner);
    return (body === null ? new Uint8Array(0) : await bytesOf(body.take())) as Uint8Array<ArrayBuffer>;
  };
  const text = async (owner: Kind): Promise<string> => {
    const source = bodyOf(owner)?.take() ?? '';
    if (typeof source === 'string') return textOf(source);
    return source instanceof IncomingBody ? source.read(decodeText) : decodeText(await bytesOf(source));
  };
  const json = async (owner: Kind): Promise<unknown> => {
    const source = bodyOf(owner)?.take() ?? '';
    if (typeof source === 'string') return JSON.parse(textOf(source));
    return source instanceof IncomingBody ? source.read(parseJson) : parseJson(await bytesOf(source));
  };
  const arrayBuffer = async (owner: Kind): Promise<ArrayBuffer> => {
    const all = await bytes(owner);
    const isWhole = all.byteLength === all.buffer.byteLength;
    return isWhole ? all.buffer : all.slice().buffer;
  };
  const blob = async (owner: Kind): Promise<Blob> => {
    const type = mediaTypeOf(owner.headers.get('content-type'));
    return new Blob([await bytes(owner)], { type });
  };
  const formData = async (owner: Kind): Promise<FormData> => {
    const type = owner.headers.get('content-type');
    const all = await bytes(owner);
    return new NativeResponse(all, type === null ? {} : { headers: { 'content-type': type } }).formData();
  };
  // What a client sends, or that it goes away, may make them fail: nobody need wait for them.
  const heard = <Made>(made: Promise<Made>): Promise<Made> => {
    made.then(undefined, nothing);
    return made;
  };
  const methods: ThisType<Kind> & WithBody = {
    get body() {
      return bodyOf(this as unknown as Kind)?.stream ?? null;
    },
    get bodyUsed() {
      return bodyOf(this as unknown as Kind)?.used ?? false;
    },
    text() {
      return heard(text(this));
    },
    json() {
      return heard(json(this));
    },
    arrayBuffer() {
      return heard(arrayBuffer(this));
    },
    bytes() {
      return heard(bytes(this));
    },
    blob() {
      return heard(blob(this));
    },
    formData() {
      return heard(formData(this));
    },
  };
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(methods));
}

/** A media type as the MIME Sniffing standard writes it; empty for what is none. */
function mediaTypeOf(value: string | null): string {
  if (value === null) return '';
  try {
    return new MIMEType(value).toString();
  } catch {
    return '';
  }
}

function hasBeenRead(stream: ReadableStream): boolean {
  // To ask Node makes it one of Node's.
  return directOf(stream) === undefined && isDisturbed(stream);
}

/** Whether it can be read once only. */
function isFlowing(source: KeptSource): boolean {
  return source instanceof ReadableStream || source instanceof IncomingBody;
}

function whole(source: KeptSource): BodySource {
  return source instanceof PiecedText ? source.whole : source;
}

function streamOf(source: BodySource, used: boolean): ReadableStream<Uint8Array> {
  if (source instanceof ReadableStream) return source;
  // Whoever has taken it reads it.
  if (used && (source instanceof Blob || source instanceof IncomingBody)) return lockedStream();
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
  const sent = isWellFormed(text) ? text : decodeText(encoder.encode(text));
  return sent.charCodeAt(0) === 0xfeff ? sent.slice(1) : sent;
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
