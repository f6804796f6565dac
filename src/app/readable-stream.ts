/**
 * ReadableStream as programs make it. One that is only given for a body is sent by direct-stream.ts; with the first use of it
 * for anything else it becomes one of Node's, and stays it.
 *
 * What it keeps true: whoever looks at it sees one of Node's. It has Node's prototype, and the inner properties that Node's
 * code asks its own streams for are found at once: they are those of the stream that it becomes then.
 */
import { DirectStream, type UnderlyingSource } from './direct-stream.js';
import { NativeReadableStream } from './native.js';

const isLocked = Object.getOwnPropertyDescriptor(NativeReadableStream.prototype, 'locked')?.get;

class LazyReadableStream {
  readonly #direct: DirectStream | undefined;
  #native: ReadableStream<unknown> | undefined;

  constructor(source: UnderlyingSource = {}, strategy?: unknown) {
    // Streams of bytes, and those that say themselves how much they hold, are for whoever reads them.
    if (strategy !== undefined || !isSimple(source)) {
      // biome-ignore lint/correctness/noConstructorReturn: Node's own stream, with the prototype of this class.
      return Reflect.construct(NativeReadableStream, [source, strategy], new.target) as LazyReadableStream;
    }
    this.#direct = new DirectStream(source);
  }

  /** Of a stream that can be sent, and that nobody has begun to read. */
  static directOf(stream: object): DirectStream | undefined {
    if (!(#direct in stream) || stream.#native !== undefined) return undefined;
    return stream.#direct?.isTaken === true ? undefined : stream.#direct;
  }

  static nativeOf(stream: object): ReadableStream<unknown> | undefined {
    if (!(#direct in stream) || stream.#direct === undefined) return undefined;
    stream.#native ??= stream.#direct.isTaken ? lockedStream() : stream.#direct.handOver();
    return stream.#native;
  }

  get locked(): boolean {
    const isDirect = #direct in this && this.#direct !== undefined && this.#native === undefined;
    return isDirect ? this.#direct.isTaken : (isLocked?.call(this) as boolean);
  }
}

/** What was given to the constructor is for a stream of whatever chunks, and of the right kind. */
function isSimple(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return false;
  const { type, start, pull, cancel } = source as { readonly [name: string]: unknown };
  return type === undefined && [start, pull, cancel].every((one) => one === undefined || typeof one === 'function');
}

/** Stands for one that is being read: nobody else can read it. */
export function lockedStream<Chunk>(): ReadableStream<Chunk> {
  const stream = new NativeReadableStream<Chunk>();
  stream.getReader();
  return stream;
}

Object.setPrototypeOf(LazyReadableStream, NativeReadableStream);
Object.setPrototypeOf(LazyReadableStream.prototype, NativeReadableStream.prototype);
Object.defineProperty(LazyReadableStream, 'name', { value: 'ReadableStream', configurable: true });
// The streams that Node makes are instances, too; those of a class that a program has derived are its own.
Object.defineProperty(LazyReadableStream, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    const isInstance = Function.prototype[Symbol.hasInstance] as (this: unknown, value: unknown) => boolean;
    return isInstance.call(this === LazyReadableStream ? NativeReadableStream : this, value);
  },
});
for (const name of Object.getOwnPropertySymbols(new NativeReadableStream())) {
  Object.defineProperty(LazyReadableStream.prototype, name, {
    configurable: true,
    get(this: object): unknown {
      const native = LazyReadableStream.nativeOf(this);
      return native === undefined ? undefined : (native as unknown as Record<symbol, unknown>)[name];
    },
    // By Node's constructor.
    set(this: object, value: unknown) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}

/** The global of programs. */
export const ReadableStreamOfPrograms = LazyReadableStream as unknown as typeof ReadableStream;

/** What sends it without detours; undefined for a stream of another kind, and for one that somebody reads already. */
export const directOf = LazyReadableStream.directOf;
