/**
 * The life of a connection, as a state machine. It is told what has happened (bytes received, a send done, an answer
 * ready, a deadline passed) and asks for what shall happen (receive, pause, send, send a file, close); it knows
 * neither sockets nor who waits for the events, so that every model can drive it.
 *
 * What it keeps true:
 * - Requests are answered in order, one at a time; what comes meanwhile waits in `input`, within bounds.
 * - A body that nobody wants is still read, within bounds, so that the connection stays in step with its peer.
 * - An answer is held from `acquire` to `release` for as long as the kernel may read it.
 * - A body never disagrees with its Content-Length: when a file falls short or changes midway, the connection closes.
 */
import type { BodyReceiver, Client, Continuation, PeerAddress } from '../app/client.js';
import type { Endpoint } from '../dispatcher/dispatcher.js';
import { parseHead } from '../http/parse-head.js';
import type { RequestHead } from '../http/request-head.js';
import { EIO } from '../linux/errno.js';
import { addressOfPeer } from '../linux/peer-address.js';
import { unreadBytes } from '../linux/sockets.js';
import { CONNECTIONS, REQUESTS } from '../metrics/counts.js';
import type { Answer } from '../site/answer.js';
import { FileSending, type SendsFiles } from './file-sending.js';
import { Input } from './input.js';
import { Pace } from './pace.js';
import { RequestBody } from './request-body.js';
import { RequestCount } from './request-count.js';
import { RequestLog } from './request-log.js';
import { RequestMeter } from './request-meter.js';
import { INTERIM_RESPONSE, type Service } from './service.js';
import {
  AWAITING_ANSWER,
  AWAITING_FILE,
  AWAITING_MORE,
  CLOSED,
  LINGER_MILLISECONDS,
  LINGERING,
  PIPELINE_BYTES,
  READING_BODY,
  READING_HEAD,
  REST_MILLISECONDS,
  SENDING,
  SENDING_FILE,
} from './states.js';

export class Connection implements Endpoint, Client, SendsFiles {
  readonly socket: number;
  readonly #service: Service;
  #state = READING_HEAD;
  /** Which remembered head came last: the next one is most likely the same. */
  #lastHead = -1;
  #answer: Answer | null = null;
  /** The answer is not the first of its response: the head has gone out. */
  #continued = false;
  #file: FileSending | null = null;
  #paced: Pace | null = null;
  readonly #requests: RequestCount;
  #peerEnded = false;
  #paused = false;
  /** The peer may have more to say than we have read: closing at once would take our answer from it. */
  #unread = false;
  #body: RequestBody | null = null;
  /** The request under way, by the number that it has in a trace; 0: it has none. */
  #traced = 0;
  /** 100 (Continue) is on its way. */
  #interim = false;
  #input: Input | null = null;
  readonly #log: RequestLog | null;
  readonly #meter: RequestMeter | null;

  constructor(socket: number, service: Service) {
    this.socket = socket;
    this.#service = service;
    this.#log = service.accessLog === undefined ? null : new RequestLog(service.accessLog, socket);
    this.#requests = new RequestCount(service);
    service.dispatcher.add(socket, this);
    service.open.add(this);
    service.counts[CONNECTIONS]! += 1;
    this.#meter = service.metering === undefined ? null : new RequestMeter(service.metering);
    service.dispatcher.deadline(socket, service.limits.headerTimeout);
  }

  /** What happens now is about the request under way. */
  #mark(): void {
    if (this.#traced !== 0) this.#service.tracing.trace?.mark(this.#traced);
  }

  /** Nothing has been received that is not answered, and nothing is being sent. */
  get idle(): boolean {
    return this.#state === READING_HEAD && this.#input === null;
  }

  /** What it waits for comes neither from its peer nor from the kernel alone: an application has yet to say something. */
  get waitsForApplication(): boolean {
    const state = this.#state;
    if (state < READING_BODY || state > AWAITING_MORE || state === AWAITING_FILE) return false;
    return this.#answer === null;
  }

  // --- Events ---

  received(offset: number, length: number): void {
    if (length <= 0) {
      this.#ended(length);
      return;
    }
    this.#meter?.received(length);
    if (this.#state === LINGERING) return;
    this.#mark();
    if (this.#input !== null) {
      if (!this.#keep(offset, offset + length)) return;
      const isHead = this.#state === READING_HEAD;
      if (!isHead || this.#input.mayCompleteHead(length, this.#service.limits.head)) this.#consumeInput();
    } else if (this.#state !== CLOSED) {
      const end = offset + length;
      const consumed = this.#consume(offset, end);
      if (consumed < end && this.#state < LINGERING) this.#keep(consumed, end);
    }
  }

  answered(answer: Answer): void {
    answer.acquire();
    // Whoever asked for it has gone meanwhile.
    if (this.#state >= LINGERING) {
      answer.release();
      return;
    }
    this.#mark();
    this.#answer = answer;
    this.#meter?.answered();
    this.#sendIfDue(answer);
  }

  waitsForDisk(waits: boolean): void {
    this.#meter?.waitsForDisk(waits);
  }

  sent(result: number): void {
    this.#mark();
    if (result < 0) {
      if (result === -EIO && this.#answer !== null) this.#service.fileFailed?.(this.#answer.file, result);
      this.#close();
      return;
    }
    if (this.#interim) {
      this.#interim = false;
      this.#meter?.interim(result);
      if (this.#answer !== null) this.#sendIfDue(this.#answer);
      return;
    }
    const answer = this.#answer as Answer;
    this.#meter?.sent(result + (this.#file?.headBefore(answer) ?? 0));
    if (answer.fileLength > 0 && this.#file?.windowSent(answer, result) === false) return;
    if (answer.following !== null) {
      this.#continue(answer, answer.following);
      return;
    }
    this.#answer = null;
    this.#continued = false;
    this.#log?.sent(answer);
    const { persistent, more, status } = answer;
    answer.release();
    if (more) {
      this.#sendMore(more);
      return;
    }
    this.#log?.end();
    this.#service.counts[REQUESTS]! += 1;
    this.#traced = 0;
    this.#meter?.ended(status);
    if (this.#body?.open === true) this.#unread = true;
    if (persistent && !this.#unread) this.#nextRequest();
    else this.#end();
  }

  expired(): void {
    const state = this.#state;
    if (state === SENDING_FILE && this.#pace.peerTakes(this.#file?.sent ?? 0)) return;
    if (state === READING_BODY && this.#answer?.sayClose) {
      this.leaveBody();
      return;
    }
    // Also beside an answer that has begun: a body that has come by now is not late.
    const reads = state === READING_BODY || (state === AWAITING_MORE && !this.#peerEnded);
    if (reads && (this.#body?.open !== true || this.#pace.bodyComes())) return;
    if (state !== LINGERING) this.#meter?.timedOut();
    // RFC 9110 section 15.5.9. A connection between requests, and one whose peer takes nothing, just closes.
    if (state === READING_BODY || (state === READING_HEAD && this.#input !== null)) this.#refuse(408);
    else this.#close();
  }

  released(): void {
    this.#letGo();
  }

  /** Closes now if idle, else after the answer under way. */
  drain(): void {
    if (this.idle) this.#close();
  }

  /** The peer has ended its side (0), or the connection has failed (-errno). */
  #ended(result: number): void {
    const answering = this.#state >= AWAITING_ANSWER && this.#state <= SENDING_FILE && this.#body?.isMissed !== true;
    if (result !== 0 || !answering) {
      this.#close();
      return;
    }
    this.#peerEnded = true;
    this.#body?.stop();
    if (this.#state === AWAITING_MORE) this.#service.dispatcher.deadline(this.socket, this.#patience);
    this.#service.site.ended?.(this);
  }

  /** How long more of an answer is waited for: a peer that has said its last may have gone, and only what it is sent would tell. */
  get #patience(): number {
    return this.#peerEnded ? this.#service.limits.writeTimeout : 0;
  }

  /** Made when it is first needed: most connections never move anything slowly. */
  get #pace(): Pace {
    this.#paced ??= new Pace(this.#service, this.socket);
    return this.#paced;
  }

  // --- Reading ---

  /** Consumes what it can of the bytes from `start` to `end`; gives the offset of the first one it could not. */
  #consume(start: number, end: number): number {
    let at = start;
    while (at < end) {
      let next = at;
      if (this.#state === READING_HEAD) next = this.#readHead(at, end);
      else if (this.#body?.flows === true) next = this.#readBody(this.#body, at, end);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  #readHead(start: number, end: number): number {
    const service = this.#service;
    const { bytes, words } = service.arena;
    const memory = service.memory;
    this.#meter?.begins(this.#input ?? service.dispatcher);
    const remembered = memory.recall(words, bytes, start, end - start, this.#lastHead);
    if (remembered >= 0) {
      this.#lastHead = remembered;
      this.#begin(memory.head(remembered), true);
      return end;
    }
    const head = service.head;
    const length = parseHead(bytes, start, end, service.limits.head, head);
    if (length === 0) {
      this.#meter?.falters();
      return start;
    }
    if (length < 0) {
      this.#log?.refused(bytes, start, end);
      this.#refuse(-length);
      return end;
    }
    const index = memory.remember(head);
    if (index >= 0) this.#lastHead = index;
    this.#begin(index >= 0 ? memory.head(index) : head, index >= 0);
    return start + length;
  }

  /** A whole request head has come. `kept`: it is a remembered one. */
  #begin(head: RequestHead, kept: boolean): void {
    const service = this.#service;
    this.#traced = service.tracing.trace?.beginRequest(head) ?? 0;
    this.#meter?.parsed(head.method);
    if (this.#log !== null) this.#log.begin(head, kept);
    const hasBody = head.chunked || head.contentLength > 0;
    if (hasBody && head.contentLength > service.limits.bodyBytes) {
      this.#refuse(413);
      return;
    }
    // A client that waits for 100 (Continue) is given its final answer at once; its body, which may come or not, is
    // not read, so the connection closes. RFC 9110 section 10.1.1. An application may read it, and then 100 is sent.
    const expects = hasBody && head.expectContinue;
    const reads = hasBody && (!expects || service.site.readsBodies === true);
    const { persistent } = head;
    if (expects || service.draining || this.#requests.isLast()) head.persistent = false;
    if (expects) this.#unread = true;
    if (reads) {
      this.#body ??= new RequestBody(this.#pace);
      this.#body.begin(head.contentLength, head.chunked, service.limits.bodyBytes, expects);
      this.#state = READING_BODY;
    } else {
      this.#state = AWAITING_ANSWER;
    }
    this.#meter?.asks();
    const { trace } = service.tracing;
    trace?.beginHandler(service.site.ranHandlers !== undefined);
    const answer = service.site.answer(head, this);
    trace?.handled();
    this.#meter?.asked();
    head.persistent = persistent;
    if (answer !== null) this.answered(answer);
    else if (this.#state === AWAITING_ANSWER) service.dispatcher.deadline(this.socket, 0);
  }

  #readBody(body: RequestBody, start: number, end: number): number {
    const at = body.read(this.#service.arena.bytes, start, end, this.#state < SENDING);
    if (body.error !== 0) {
      // Where an answer has begun there can be no other.
      if (this.#state > AWAITING_ANSWER) this.#close();
      else this.#refuse(body.error);
      return end;
    }
    if (body.open) {
      if (!body.flows && this.#answer !== null) this.#sendIfDue(this.#answer);
    } else if (this.#state === READING_BODY) {
      this.#state = AWAITING_ANSWER;
      if (this.#answer !== null) this.#sendIfDue(this.#answer);
      else this.#service.dispatcher.deadline(this.socket, 0);
    }
    return at;
  }

  // --- What an application asks for ---

  takeBody(receiver: BodyReceiver): void {
    this.#body?.giveTo(receiver);
  }

  readBody(): void {
    const body = this.#body;
    if (body === null || !body.open || this.#state === CLOSED || this.#state === LINGERING) return;
    if (body.expected) {
      this.#unread = false;
      // Where the answer has begun the client knows that it is listened to.
      if (this.#state === READING_BODY) {
        this.#interim = true;
        this.#service.dispatcher.send(this.socket, this.#service.interim ?? 0, INTERIM_RESPONSE.length);
      }
    } else if (body.flows) {
      return;
    }
    body.goOn(this.#state < SENDING);
    if (this.#input !== null) this.#consumeInput();
    else this.#limitWaiting();
  }

  skipBody(): void {
    if (this.#body?.expected === false) this.readBody();
  }

  leaveBody(): void {
    if (this.#body?.open !== true || this.#state >= LINGERING) return;
    this.#body.left = true;
    this.#unread = true;
    if (this.#answer !== null) this.#sendIfDue(this.#answer);
  }

  /** Closes now, whatever is under way. */
  abandon(): void {
    this.#close();
  }

  peerAddress(): PeerAddress | undefined {
    return this.#state === CLOSED ? undefined : addressOfPeer(this.socket);
  }

  /** Keeps bytes for later; false when there is no memory for them, and the connection has been refused. */
  #keep(start: number, end: number): boolean {
    const service = this.#service;
    if (this.#input === null) {
      this.#input = new Input(service.arena, service.inputs);
      if (this.#state === READING_HEAD) service.dispatcher.deadline(this.socket, service.limits.headerTimeout);
    }
    if (!this.#input.append(start, end, service.dispatcher)) {
      // While an answer is on its way there can be no other: the kernel may still be reading the first.
      if (this.#state >= AWAITING_FILE && this.#state <= SENDING_FILE) this.#close();
      else this.#refuse(503);
      return false;
    }
    this.#limitWaiting();
    return true;
  }

  /** Goes on with what was kept. */
  #consumeInput(): void {
    const input = this.#input as Input;
    const consumed = this.#consume(input.start, input.end);
    if (this.#input === null) return;
    input.start = consumed;
    if (input.length === 0) this.#dropInput();
    this.#limitWaiting();
  }

  #dropInput(): void {
    this.#input?.release();
    this.#input = null;
  }

  /** A peer that sends ahead of its answers waits in the kernel's buffers, and then in its own, beyond a bound. */
  #limitWaiting(): void {
    const state = this.#state;
    const reading = state === READING_HEAD || state === LINGERING || this.#body?.flows === true;
    const held = this.#body?.held === true && state < LINGERING;
    const full = held || (!reading && this.#input !== null && this.#input.length > PIPELINE_BYTES);
    if (full === this.#paused || this.#state === CLOSED) return;
    this.#paused = full;
    if (full) this.#service.dispatcher.pause(this.socket);
    else this.#service.dispatcher.resume(this.socket);
  }

  // --- Answering ---

  /** Sends an answer, or more of one, unless the body of the request comes first. */
  #sendIfDue(answer: Answer): void {
    const state = this.#state;
    if (this.#interim) return;
    if (state === AWAITING_ANSWER || state === AWAITING_MORE) this.#send(answer);
    else if (state === READING_BODY && this.#body?.isAwaitedBy(answer) === false) {
      // The head was written when the rest might still have come in time.
      if (answer.sayClose) this.#unread = true;
      answer.sayClose?.();
      this.#send(answer);
    } else if (state === READING_BODY && answer.sayClose) {
      this.#service.dispatcher.deadline(this.socket, REST_MILLISECONDS);
    }
  }

  #send(answer: Answer): void {
    const { dispatcher, limits } = this.#service;
    this.#meter?.sends();
    if (answer.fileLength > 0) {
      this.#file ??= new FileSending(this.#service, this.socket, this.#pace, this);
      this.#file.begin(answer);
      return;
    }
    this.#state = SENDING;
    dispatcher.deadline(this.socket, limits.writeTimeout);
    if (answer.length > 0) dispatcher.send(this.socket, answer.offset, answer.length);
    // A stream has ended that had nothing left to say.
    else this.sent(0);
  }

  /** The next part of an answer, as soon as it is there. */
  #sendMore(more: Continuation): void {
    this.#state = AWAITING_MORE;
    const answer = more.next(this);
    if (answer !== null) this.answered(answer);
    else if (this.#state === AWAITING_MORE) this.#service.dispatcher.deadline(this.socket, this.#patience);
  }

  awaitingFile(): void {
    this.#state = AWAITING_FILE;
    this.#meter?.asksForWindow();
  }

  sendingFile(): void {
    this.#mark();
    this.#state = SENDING_FILE;
    this.#meter?.windowCame();
  }

  fileUnsendable(begun: boolean, tooSlow = false): void {
    if (tooSlow) this.#meter?.timedOut();
    // Before the head has gone out there is still something to say.
    if (begun || this.#continued) this.#close();
    else this.#refuse(500);
  }

  /** The next part of the response, which `answer` holds until it is ours. */
  #continue(answer: Answer, following: Answer): void {
    this.#log?.sent(answer);
    following.acquire();
    this.#answer = following;
    answer.release();
    this.#continued = true;
    this.#send(following);
  }

  /** Answers what is no good request, and closes. */
  #refuse(status: number): void {
    this.#service.site.forget(this);
    this.#letGo();
    this.#meter?.refused();
    this.#log?.refused(this.#service.arena.bytes, this.#input?.start ?? 0, this.#input?.end ?? 0);
    this.#dropInput();
    this.#body?.stop();
    this.#unread = true;
    this.#state = AWAITING_ANSWER;
    this.answered(this.#service.site.refuse(status));
  }

  #nextRequest(): void {
    const { dispatcher, limits, closesIdle } = this.#service;
    this.#state = READING_HEAD;
    if (this.#input === null) {
      if (this.#peerEnded || (closesIdle && unreadBytes(this.socket) <= 0)) this.#close();
      else dispatcher.deadline(this.socket, limits.keepAliveTimeout);
      return;
    }
    dispatcher.deadline(this.socket, limits.headerTimeout);
    this.#consumeInput();
    if (this.#peerEnded && this.#state <= READING_BODY) this.#close();
  }

  /** The last answer of this connection has gone out. */
  #end(): void {
    const unread = this.#unread || this.#input !== null || unreadBytes(this.socket) > 0;
    if (unread && !this.#peerEnded) this.#linger(this.#service.dispatcher);
    else this.#close();
  }

  #linger(dispatcher: Service['dispatcher']): void {
    this.#state = LINGERING;
    this.#dropInput();
    this.#limitWaiting();
    dispatcher.finish(this.socket);
    dispatcher.deadline(this.socket, LINGER_MILLISECONDS);
  }

  /** An answer may be on its way: what has gone out of it is said in the log, and counted. */
  #aborted(): void {
    const state = this.#state;
    const taken = state === AWAITING_FILE ? 0 : this.#service.dispatcher.taken(this.socket);
    this.#log?.abort(state === READING_BODY ? null : this.#answer, taken, this.#file?.sent ?? 0);
    const sending = state === SENDING || state === SENDING_FILE;
    if (sending && taken > 0 && this.#answer !== null)
      this.#meter?.sent(taken + (this.#file?.headBefore(this.#answer) ?? 0));
    this.#meter?.closed();
  }

  #letGo(): void {
    this.#answer?.release();
    this.#answer = null;
  }

  #close(): void {
    if (this.#state === CLOSED) return;
    const service = this.#service;
    const answering = this.#state >= READING_BODY && this.#state <= SENDING_FILE;
    if (this.#log !== null || this.#meter !== null) this.#aborted();
    this.#state = CLOSED;
    // It may cancel something, whose code must find a connection that is closed.
    if (answering) service.site.forget(this);
    this.#body?.stop();
    this.#file?.forget();
    this.#dropInput();
    // While the kernel may still read the answer, `released` will tell.
    if (service.dispatcher.close(this.socket)) this.#letGo();
    service.open.delete(this);
    service.closed(this);
  }
}
