/**
 * An application: a site that a handler answers for, perhaps with static files before it.
 *
 * A handler is called when the head of its request has come. One that gives a response is answered at once; one that gives a
 * promise has handed control back, and its answer comes when the promise settles. What it throws is told in the log and
 * nowhere else. The static site, where there is one, is asked first; what it does not find is the handler's.
 */
import { FORM_ASTERISK, METHOD_GET, METHOD_HEAD, METHOD_TRACE, type RequestHead } from '../http/request-head.js';
import { reasonPhrase } from '../http/status.js';
import type { Say } from '../log/error-log.js';
import { inWords, messageOf } from '../log/in-words.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import { type Answer, PENDING, type Waiter } from '../site/answer.js';
import type { Site } from '../site/site.js';
import { AnswerWriter, CHUNKED, mayHaveContent, TO_THE_END } from './answer-writer.js';
import type { KeptSource } from './body.js';
import { BodyMemory } from './body-memory.js';
import type { Client } from './client.js';
import { HandlerContext } from './context.js';
import { Exchange } from './exchange.js';
import type { FetchHandler } from './fetch-handler.js';
import { IncomingBody } from './incoming-body.js';
import { PiecedText } from './json-text.js';
import { LongLived, STREAM } from './long-lived.js';
import { NativeResponse } from './native.js';
import { FORBIDDEN_METHOD, nativeRequestOf } from './native-request.js';
import { mayBeWhole, readAtOnce } from './native-response.js';
import { clientGone, saysNobodyWaits, serverEnds, tookTooLong } from './nobody-waits.js';
import { OutgoingStream, type StreamEnd } from './outgoing-stream.js';
import { Request } from './request.js';
import { RequestFacts } from './request-facts.js';
import { bodyOf, fieldsToSend, isLikeResponse, isOurs, ofLike, ofNative, type Response } from './response.js';
import { type StallReporting, StallReports } from './stall-reports.js';

export interface AppSiteOptions {
  readonly handler: FetchHandler;
  /** Its requests are Node's own. */
  readonly native?: boolean | undefined;
  readonly arena: Arena;
  /** Where answers lie. */
  readonly heap: Heap;
  /** Asked before the handler; what it answers 404 is the handler's. */
  readonly files?: Site | undefined;
  /** How long a handler may take to give a response, in milliseconds; 0: for ever. */
  readonly timeout: number;
  /** Takes what people are told, with stacks. */
  readonly say: Say;
  /** In an event loop that is watched: how it is told of handlers that block it. */
  readonly stalls?: StallReporting | undefined;
  /** Told when much lives for long, and when little does again: long-lived.ts. */
  readonly muchLives?: ((much: boolean) => void) | undefined;
  /** Called when the site closes. */
  readonly closed?: (() => void) | undefined;
  /** Milliseconds since the epoch, until the first `tick`. */
  readonly now?: number;
}

/** How often a time is looked at that has passed: such a part of it, but not less often than once in so many milliseconds. */
const LOOKS_PER_TIMEOUT = 8;
const LONGEST_LOOK_MILLISECONDS = 1000;
const NOT_FOUND = 404;
const TYPE_OF_ERRORS = ['content-type', 'text/plain; charset=utf-8', 'x-content-type-options', 'nosniff'];

export class AppSite implements Site, StreamEnd<Exchange> {
  readonly #handler: FetchHandler;
  readonly #native: boolean;
  readonly #writer: AnswerWriter;
  readonly #bodies: BodyMemory;
  readonly #files: Site | undefined;
  readonly #timeout: number;
  readonly #say: Say;
  /** Those that wait for an answer or send one that is not whole yet, the oldest first. */
  readonly #open = new Map<Waiter, Exchange>();
  /** Those that wait for the static site, and who waits there in their place. */
  readonly #asking = new Map<Waiter, Waiter>();
  readonly #stalls: StallReports | null;
  readonly #longLived: LongLived;
  readonly #background = new Set<Promise<unknown>>();
  readonly #closed: (() => void) | undefined;
  #now: number;
  #timer: NodeJS.Timeout | undefined;
  #ran = false;

  constructor(options: AppSiteOptions) {
    const { handler, arena, heap, files, timeout, say, stalls } = options;
    this.#handler = handler;
    this.#native = options.native === true;
    this.#writer = new AnswerWriter(arena, heap);
    this.#longLived = new LongLived(options.muchLives ?? (() => {}));
    this.#bodies = new BodyMemory(arena, heap, this.#longLived);
    this.#files = files;
    this.#timeout = timeout;
    this.#say = say;
    this.#closed = options.closed;
    this.#stalls = stalls === undefined ? null : new StallReports(stalls, this.#open);
    this.#now = options.now ?? Date.now();
    this.#writer.second = Math.floor(this.#now / 1000);
  }

  get readsBodies(): boolean {
    return true;
  }

  answer(request: RequestHead, client: Client): Answer | null {
    let facts = request.remembered as RequestFacts | null;
    if (facts === null) {
      facts = new RequestFacts(request);
      request.remembered = facts;
    }
    const files = this.#files;
    const reads = request.method === METHOD_GET || request.method === METHOD_HEAD;
    if (files === undefined || !reads) return this.#ask(facts, request, client);
    return this.#askFiles(files, facts, request, client);
  }

  /**
   * Whether handlers have run since it was last asked, or are under way: what the connection tells their bodies and their
   * streams goes on in Node's own loop.
   */
  ranHandlers(): boolean {
    const ran = this.#ran || this.#open.size > 0;
    this.#ran = false;
    return ran;
  }

  refuse(status: number): Answer {
    const of = { status, statusText: '', fields: TYPE_OF_ERRORS, minorVersion: 1, persistent: false, headOnly: false };
    return this.#writer.text(of, `${status} ${reasonPhrase(status)}\n`);
  }

  forget(client: Waiter): void {
    const asking = this.#asking.get(client);
    if (asking !== undefined) {
      this.#asking.delete(client);
      this.#files?.forget(asking);
    }
    const exchange = this.#open.get(client);
    if (exchange === undefined) return;
    this.#open.delete(client);
    if (exchange.stream !== null) this.#longLived.ends(STREAM);
    this.#ran = true;
    exchange.leave(clientGone());
  }

  /** The client sends no more; an answer may be under way. */
  ended(client: Waiter): void {
    const exchange = this.#open.get(client);
    if (exchange === undefined) return;
    this.#ran = true;
    exchange.signalEnd();
    // A stream may say nothing for long, and nobody would notice that its client has gone.
    if (exchange.stream !== null) exchange.client.abandon();
  }

  /** The loop is back after so long away from its dispatcher. */
  cameBack(milliseconds: number): void {
    this.#stalls?.cameBack(milliseconds, this.#now);
  }

  tick(now: number): void {
    this.#now = now;
    this.#writer.second = Math.floor(now / 1000);
    this.#longLived.tick(now);
    this.#files?.tick(now);
  }

  /** Settles when what handlers went on with has ended, and after so many milliseconds at the latest. */
  async finished(milliseconds: number): Promise<void> {
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        over = true;
        resolve();
      }, milliseconds);
    });
    while (this.#background.size > 0 && !over) await Promise.race([Promise.allSettled(this.#background), late]);
    clearTimeout(timer);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const exchange of this.#open.values()) exchange.leave(serverEnds());
    this.#open.clear();
    this.#writer.closed = true;
    this.#bodies.close();
    this.#longLived.close();
    this.#stalls?.close();
    this.#files?.close();
    this.#closed?.();
  }

  #askFiles(files: Site, facts: RequestFacts, request: RequestHead, client: Client): Answer | null {
    const { minorVersion, persistent, method } = request;
    // Each keeps something of its own with the head.
    request.remembered = facts.ofFiles;
    const asking: Waiter = {
      answered: (answered) => {
        this.#asking.delete(client);
        const given = answered.status === NOT_FOUND ? begin(answered) : answered;
        if (given !== PENDING) client.answered(given);
      },
    };
    const begin = (notFound: Answer): Answer | null => {
      notFound.acquire();
      notFound.release();
      return this.#begin(facts, minorVersion, persistent, method === METHOD_HEAD, client, null);
    };
    const answer = files.answer(request, asking);
    facts.ofFiles = request.remembered;
    request.remembered = facts;
    if (answer === PENDING) this.#asking.set(client, asking);
    if (answer === PENDING || answer.status !== NOT_FOUND) return answer;
    return this.#ask(facts, request, client);
  }

  #ask(facts: RequestFacts, request: RequestHead, client: Client): Answer | null {
    const { minorVersion, persistent, method } = request;
    let body: IncomingBody | null = null;
    if (request.chunked || request.contentLength > 0) {
      body = new IncomingBody(client, request.chunked ? -1 : request.contentLength, this.#bodies);
      client.takeBody(body);
    }
    const headOnly = method === METHOD_HEAD;
    if (method === METHOD_TRACE || request.targetForm === FORM_ASTERISK) {
      const exchange = new Exchange(facts, client, body, minorVersion, persistent, headOnly, this.#now);
      return this.#error(exchange, method === METHOD_TRACE ? 501 : 204);
    }
    return this.#begin(facts, minorVersion, persistent, headOnly, client, body);
  }

  /** Calls the handler. */
  #begin(
    facts: RequestFacts,
    minorVersion: number,
    persistent: boolean,
    headOnly: boolean,
    client: Client,
    body: IncomingBody | null,
  ): Answer | null {
    this.#ran = true;
    const exchange = new Exchange(facts, client, body, minorVersion, persistent, headOnly, this.#now);
    if (facts.url === undefined) return this.#error(exchange, 400);
    if (this.#native && facts.method === FORBIDDEN_METHOD) return this.#error(exchange, 501);
    const context = new HandlerContext(client, this);
    exchange.context = context;
    const stalls = this.#stalls;
    if (stalls !== null) {
      stalls.latest = exchange;
      stalls.latestAt = this.#now;
      stalls.inside = true;
    }
    let given: unknown;
    try {
      const handler = this.#handler;
      const request = this.#native ? nativeRequestOf(facts, exchange) : new Request(facts, exchange);
      given = handler(request as globalThis.Request, context, context);
    } catch (error) {
      return this.#failed(exchange, error);
    } finally {
      if (stalls !== null) stalls.inside = false;
    }
    if (isOurs(given)) return this.#give(exchange, given);
    this.#open.set(client, exchange);
    if (this.#timeout > 0) this.#startLooking();
    this.#await(exchange, given);
    return PENDING;
  }

  #await(exchange: Exchange, given: unknown): void {
    Promise.resolve(given).then(
      (response) => this.#settle(exchange, response),
      (error) => {
        if (!exchange.settled) exchange.client.answered(this.#failed(exchange, error));
        else this.#tell(exchange, error);
      },
    );
  }

  #settle(exchange: Exchange, response: unknown): void {
    if (this.#stalls !== null) {
      this.#stalls.latest = exchange;
      this.#stalls.latestAt = this.#now;
    }
    if (exchange.settled) {
      letGoOf(response);
      return;
    }
    if (mayBeWhole(response)) this.#await(exchange, readAtOnce(response));
    else exchange.client.answered(this.#give(exchange, response));
  }

  /** The answer that a response is. */
  #give(exchange: Exchange, given: unknown): Answer {
    try {
      let response: Response;
      if (isOurs(given)) response = given;
      else if (given instanceof NativeResponse) response = ofNative(given);
      else if (isLikeResponse(given)) response = ofLike(given);
      else throw new TypeError(`The handler gave ${describe(given)}, not a Response.`);
      exchange.status = response.status;
      exchange.statusText = response.statusText;
      exchange.fields = fieldsToSend(response);
      if (exchange.status === 0) throw new TypeError('The handler gave a Response.error().');
      return this.#written(exchange, bodyOf(response)?.takeToSend() ?? null);
    } catch (error) {
      return this.#failed(exchange, error);
    }
  }

  #written(exchange: Exchange, source: KeptSource | null): Answer {
    if (
      source !== null &&
      typeof source !== 'string' &&
      !(source instanceof Uint8Array || source instanceof PiecedText)
    ) {
      return this.#streamed(exchange, source);
    }
    const answer = source === null ? this.#withoutBody(exchange) : this.#whole(exchange, source);
    this.#settled(exchange);
    return answer;
  }

  #whole(exchange: Exchange, source: string | Uint8Array | PiecedText): Answer {
    if (!mayHaveContent(exchange.status)) return this.#withoutBody(exchange);
    if (source instanceof PiecedText) return this.#writer.pieced(exchange, source);
    return typeof source === 'string' ? this.#writer.text(exchange, source) : this.#writer.bytes(exchange, source);
  }

  #withoutBody(exchange: Exchange): Answer {
    const none = !exchange.headOnly && mayHaveContent(exchange.status);
    return this.#writer.head(exchange, none ? 0 : null, null) ?? this.#writer.busy;
  }

  #streamed(exchange: Exchange, source: Exclude<KeptSource, string | Uint8Array | PiecedText>): Answer {
    const stream = source instanceof ReadableStream ? source : source.stream();
    const framing = source instanceof Blob ? source.size : framingOf(exchange);
    if (exchange.headOnly || !mayHaveContent(exchange.status)) {
      stream.cancel().catch(() => {});
      const size = exchange.headOnly && source instanceof Blob ? source.size : null;
      this.#settled(exchange);
      return this.#writer.head(exchange, size, null) ?? this.#writer.busy;
    }
    if (framing === TO_THE_END) exchange.persistent = false;
    const outgoing = new OutgoingStream(this.#writer, exchange, stream, framing, this);
    if (outgoing.failed) return this.#error(exchange, 500);
    const answer = this.#writer.head(exchange, framing, outgoing);
    if (answer === null) {
      outgoing.cancel(new Error('There is no memory for the response.'));
      this.#settled(exchange);
      return this.#writer.busy;
    }
    exchange.settled = true;
    exchange.stream = outgoing;
    this.#open.set(exchange.client, exchange);
    this.#longLived.begins(STREAM);
    return answer;
  }

  streamFailed(exchange: Exchange, failure: unknown): void {
    this.streamEnded(exchange);
    this.#tell(exchange, failure);
  }

  streamEnded(exchange: Exchange): void {
    // One that has failed before it could be sent is not among them.
    if (exchange.stream !== null) this.#longLived.ends(STREAM);
    exchange.stream = null;
    this.#open.delete(exchange.client);
  }

  /** It has all of its answer. */
  #settled(exchange: Exchange): void {
    exchange.settled = true;
    const { body } = exchange;
    if (body !== null && !body.wanted) body.discard();
    if (this.#open.size > 0) this.#open.delete(exchange.client);
  }

  #failed(exchange: Exchange, error: unknown): Answer {
    this.#tell(exchange, error);
    return this.#error(exchange, 500);
  }

  #error(exchange: Exchange, status: number): Answer {
    exchange.status = status;
    exchange.statusText = '';
    exchange.fields = status === 204 ? [] : TYPE_OF_ERRORS;
    const answer =
      status === 204 ? this.#withoutBody(exchange) : this.#writer.text(exchange, `${status} ${reasonPhrase(status)}\n`);
    this.#settled(exchange);
    return answer;
  }

  #tell(exchange: Exchange, error: unknown): void {
    const { method, target } = exchange.facts;
    // It passes on what it was told: clients that go away are no failure, and their number is up to them.
    if (saysNobodyWaits(error)) {
      this.#say('debug', `Nobody waits for ${method} ${target} any more: ${messageOf(error)}`, 'nobody waits');
      return;
    }
    this.#say('error', `The application failed on ${method} ${target}: ${inWords(error)}`);
  }

  // --- Time ---

  #startLooking(): void {
    if (this.#timer !== undefined) return;
    const every = Math.max(1, Math.min(LONGEST_LOOK_MILLISECONDS, Math.floor(this.#timeout / LOOKS_PER_TIMEOUT)));
    this.#timer = setInterval(() => this.#look(), every);
  }

  /** Answers those whose handlers have taken too long. */
  #look(): void {
    const now = Date.now();
    let waiting = false;
    for (const exchange of [...this.#open.values()]) {
      if (exchange.settled) continue;
      if (now - exchange.began < this.#timeout) {
        waiting = true;
        continue;
      }
      const { method, target } = exchange.facts;
      this.#say('error', `The application has not answered ${method} ${target} within ${this.#timeout} ms.`);
      this.#open.delete(exchange.client);
      const { client } = exchange;
      exchange.persistent = false;
      const answer = this.#error(exchange, 503);
      exchange.leave(tookTooLong());
      client.answered(answer);
    }
    if (waiting) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  // --- Background ---

  add(promise: Promise<unknown>): void {
    const settled = promise.catch((error: unknown) => {
      if (saysNobodyWaits(error)) return;
      this.#say('error', `What the application waits for after its answer has failed: ${inWords(error)}`);
    });
    this.#background.add(settled);
    void settled.then(() => this.#background.delete(settled));
  }
}

/** How the end of a stream is told: by the length that the handler gave, by chunks, or by the end of the connection. */
function framingOf({ fields, minorVersion }: Exchange): number | typeof CHUNKED | typeof TO_THE_END {
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] === 'content-length' && /^\d{1,15}$/.test(fields[at + 1] as string)) return Number(fields[at + 1]);
  }
  return minorVersion === 0 ? TO_THE_END : CHUNKED;
}

/** Nobody waits for it: its stream need not go on. */
function letGoOf(response: unknown): void {
  if (!isOurs(response) && !(response instanceof NativeResponse)) return;
  try {
    if (response.body !== null && !response.body.locked) response.body.cancel().catch(() => {});
  } catch {
    // A class of the application's own may do anything.
  }
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  return `a ${value.constructor?.name ?? 'thing without a name'}`;
}
