/**
 * What a stream that a program makes and gives for a body does: chunks go from its controller to whoever sends them, without
 * the readers, promises and queues of the standard's streams between them. A server of events has thousands of them open.
 *
 * It behaves as https://streams.spec.whatwg.org/#rs-default-controller-class says of a stream with a high water mark of 1,
 * read by one reader. Chunks are taken in a microtask, as reads settle: several that are enqueued at once are sent as one.
 */
import type { ChunkSink, ChunkSource } from './chunk-source.js';
import { NativeReadableStream } from './native.js';

/** What a program gives to the constructor of a stream. */
export interface UnderlyingSource {
  start?(controller: DirectController): unknown;
  pull?(controller: DirectController): unknown;
  cancel?(reason: unknown): unknown;
}

type Successor = ReadableStreamDefaultController<unknown>;

const HIGH_WATER_MARK = 1;

/** Those of whom somebody waits for what has come. */
let ready: DirectStream[] = [];

function deliver(): void {
  const streams = ready;
  ready = [];
  for (const stream of streams) {
    try {
      stream.deliver();
    } catch (error) {
      // As if each had been told by itself: the others are.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

export class DirectStream implements ChunkSource {
  #source: UnderlyingSource;
  readonly #pullOfSource: UnderlyingSource['pull'];
  readonly #cancelOfSource: UnderlyingSource['cancel'];
  readonly #controller: DirectController;
  readonly #chunks: unknown[] = [];
  #sink: ChunkSink | null = null;
  #isTaken = false;
  #state: 'readable' | 'closed' | 'errored' = 'readable';
  #reason: unknown;
  /** It ends with the last of the chunks. */
  #closing = false;
  /** The sink has asked, and was not told anything since. */
  #wanted = false;
  #isReady = false;
  #isDelivering = false;
  #hasStarted = false;
  #isPulling = false;
  #pullAgain = false;
  /** Settles when start or pull has done what it does. */
  #busy: Promise<unknown> | null = null;
  /** Of the standard's stream that has taken its place. */
  #successor: Successor | null = null;

  /** Calls `start`, and throws what that throws. */
  constructor(source: UnderlyingSource) {
    const { start, pull, cancel } = source;
    this.#source = source;
    this.#pullOfSource = pull;
    this.#cancelOfSource = cancel;
    this.#controller = new DirectController(this);
    const given = start?.call(source, this.#controller);
    if (pull !== undefined || isThenable(given)) this.#waitFor(given);
  }

  /** Somebody sends it. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** From now on the sink is told, when it has asked. */
  attach(sink: ChunkSink): ChunkSource {
    this.#sink = sink;
    this.#isTaken = true;
    return this;
  }

  /** The same as a stream of Node's, which has all from now on. */
  handOver(): ReadableStream<unknown> {
    const source = this.#source;
    const [pull, cancel] = [this.#pullOfSource, this.#cancelOfSource];
    return new NativeReadableStream<unknown>({
      start: (successor) => {
        for (const chunk of this.#chunks.splice(0)) successor.enqueue(chunk);
        if (this.#state === 'errored') successor.error(this.#reason);
        else if (this.#closing) successor.close();
        this.#successor = successor;
        return this.#busy as Promise<undefined>;
      },
      ...(pull && { pull: () => pull.call(source, this.#controller) as Promise<void> }),
      ...(cancel && { cancel: (reason: unknown) => cancel.call(source, reason) as Promise<void> }),
    });
  }

  // --- Who sends it ---

  next(): void {
    this.#wanted = true;
    if (!this.#isDelivering) this.deliver();
  }

  cancel(reason: unknown): void {
    if (this.#isOver) return;
    const source = this.#source;
    this.#state = 'closed';
    this.#chunks.length = 0;
    this.#forget();
    try {
      const given = this.#cancelOfSource?.call(source, reason);
      // What the program says to that is nobody's concern any more.
      if (isThenable(given)) Promise.resolve(given).catch(() => {});
    } catch {}
  }

  /** Tells the sink what there is, as often as it asks. */
  deliver(): void {
    this.#isReady = false;
    const sink = this.#sink;
    if (sink === null) return;
    this.#isDelivering = true;
    let told = false;
    try {
      while (this.#wanted && this.#chunks.length > 0) {
        this.#wanted = false;
        told = true;
        sink.hasChunk(this.#chunks.shift());
      }
    } finally {
      this.#isDelivering = false;
    }
    if (this.#wanted) this.#tellEnd(sink);
    if (told) sink.rested();
    this.#pull();
  }

  #tellEnd(sink: ChunkSink): void {
    if (this.#state === 'errored') {
      this.#wanted = false;
      this.#forget();
      sink.hasFailed(this.#reason);
    } else if (this.#closing && this.#state === 'readable') {
      this.#wanted = false;
      this.#state = 'closed';
      this.#forget();
      sink.hasEnded();
    }
  }

  /** A program may keep its controller for long after the end. */
  #forget(): void {
    this.#sink = null;
    this.#source = {};
  }

  #schedule(): void {
    if (!this.#wanted || this.#isReady) return;
    this.#isReady = true;
    if (ready.push(this) === 1) queueMicrotask(deliver);
  }

  // --- The program ---

  get desiredSize(): number | null {
    if (this.#successor !== null) return this.#successor.desiredSize;
    if (this.#state === 'errored') return null;
    return this.#isOver ? 0 : HIGH_WATER_MARK - this.#queued;
  }

  enqueue(chunk: unknown): void {
    if (this.#successor !== null) {
      this.#successor.enqueue(chunk);
      return;
    }
    this.#requireOpen();
    this.#chunks.push(chunk);
    this.#schedule();
    this.#pull();
  }

  close(): void {
    if (this.#successor !== null) {
      this.#successor.close();
      return;
    }
    this.#requireOpen();
    this.#closing = true;
    this.#schedule();
  }

  error(reason: unknown): void {
    if (this.#successor !== null) {
      this.#successor.error(reason);
      return;
    }
    if (this.#isOver) return;
    this.#state = 'errored';
    this.#reason = reason;
    this.#chunks.length -= this.#queued;
    this.#schedule();
  }

  /** What somebody waits for has been given to them, though they have not been told yet. */
  get #queued(): number {
    const { length } = this.#chunks;
    return this.#wanted && length > 0 ? length - 1 : length;
  }

  get #isOver(): boolean {
    return this.#state !== 'readable' || (this.#closing && this.#queued === 0);
  }

  #requireOpen(): void {
    if (this.#state === 'readable' && !this.#closing) return;
    throw Object.assign(new TypeError('Invalid state: Controller is already closed'), { code: 'ERR_INVALID_STATE' });
  }

  // --- Asking the program for more ---

  #pull(): void {
    const pull = this.#pullOfSource;
    if (pull === undefined || !this.#hasStarted || this.#successor !== null) return;
    if (this.#state !== 'readable' || this.#closing) return;
    const isAwaited = this.#wanted && this.#chunks.length === 0;
    if (!isAwaited && this.#queued >= HIGH_WATER_MARK) return;
    if (this.#isPulling) {
      this.#pullAgain = true;
      return;
    }
    this.#isPulling = true;
    let given: unknown;
    try {
      given = pull.call(this.#source, this.#controller);
    } catch (error) {
      this.error(error);
      return;
    }
    this.#waitFor(given);
  }

  /** Until start or pull has done what it does, it is not called again. */
  #waitFor(given: unknown): void {
    this.#busy = Promise.resolve(given);
    this.#busy.then(this.#goOn, (reason) => this.error(reason));
  }

  readonly #goOn = (): void => {
    const more = !this.#hasStarted || this.#pullAgain;
    this.#hasStarted = true;
    this.#isPulling = false;
    this.#pullAgain = false;
    if (more) this.#pull();
  };
}

/** What the program has of its stream: https://streams.spec.whatwg.org/#rs-default-controller-class */
export class DirectController {
  readonly #stream: DirectStream;

  constructor(stream: DirectStream) {
    this.#stream = stream;
  }

  get desiredSize(): number | null {
    return this.#stream.desiredSize;
  }

  enqueue(chunk?: unknown): void {
    this.#stream.enqueue(chunk);
  }

  close(): void {
    this.#stream.close();
  }

  error(reason?: unknown): void {
    this.#stream.error(reason);
  }
}

Object.setPrototypeOf(DirectController.prototype, ReadableStreamDefaultController.prototype);

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
