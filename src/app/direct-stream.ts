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
  for (const stream of streams) stream.deliver();
}

export class DirectStream implements ChunkSource {
  readonly #source: UnderlyingSource;
  readonly #controller: DirectController;
  readonly #chunks: unknown[] = [];
  #sink: ChunkSink | null = null;
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
    this.#source = source;
    this.#controller = new DirectController(this);
    const given = source.start?.(this.#controller);
    if (source.pull !== undefined || isThenable(given)) this.#waitFor(given);
  }

  /** Somebody sends it. */
  get isTaken(): boolean {
    return this.#sink !== null;
  }

  /** From now on the sink is told, when it has asked. */
  attach(sink: ChunkSink): ChunkSource {
    this.#sink = sink;
    return this;
  }

  /** The same as a stream of Node's, which has all from now on. */
  handOver(): ReadableStream<unknown> {
    const source = this.#source;
    const { pull, cancel } = source;
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
    this.#state = 'closed';
    this.#chunks.length = 0;
    try {
      const given = this.#source.cancel?.(reason);
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
    let taken = 0;
    while (this.#wanted && taken < this.#chunks.length) {
      this.#wanted = false;
      sink.hasChunk(this.#chunks[taken++]);
    }
    this.#isDelivering = false;
    if (taken > 0) this.#chunks.splice(0, taken);
    if (this.#wanted) this.#tellEnd(sink);
    this.#pull();
  }

  #tellEnd(sink: ChunkSink): void {
    if (this.#state === 'errored') {
      this.#wanted = false;
      sink.hasFailed(this.#reason);
    } else if (this.#closing && this.#state === 'readable') {
      this.#wanted = false;
      this.#state = 'closed';
      sink.hasEnded();
    }
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
    const { pull } = this.#source;
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
