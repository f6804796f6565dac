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
import { PENDING } from '../disk/disk.js';
import type { Endpoint } from '../dispatcher/dispatcher.js';
import { BodyDecoder } from '../http/body-decoder.js';
import { parseHead, worthParsing } from '../http/parse-head.js';
import type { RequestHead } from '../http/request-head.js';
import { EIO } from '../linux/errno.js';
import { CONNECTIONS, REQUESTS } from '../metrics/worker-slots.js';
import type { Answer, Waiter } from '../site/answer.js';
import { FILE_WINDOW_BYTES, FileWindows, type WindowWaiter } from './file-windows.js';
import { Input } from './input.js';
import { RequestLog } from './request-log.js';
import type { Service } from './service.js';

/** Between requests, or with part of a head in `input`. */
const READING_HEAD = 0;
/** The head is understood; its body is being read. */
const READING_BODY = 1;
/** The site has yet to answer. */
const AWAITING_ANSWER = 2;
/** The disk has yet to bring the next window of the file that is the answer's body. */
const AWAITING_FILE = 3;
/** The kernel has the answer: head, and a body that lies in memory. */
const SENDING = 4;
/** The kernel has the head and a window of the file that is the answer's body. */
const SENDING_FILE = 5;
/** Our side has ended; what the peer still sends is thrown away, so that it can read our last answer. RFC 9112 section 9.6 */
const LINGERING = 6;
const CLOSED = 7;

/** How long a peer may go on sending after our last answer. nginx: lingering_time 30s, lingering_timeout 5s. */
const LINGER_MILLISECONDS = 5_000;
/** nginx's status for a request whose client has gone before there was an answer: only logs ever see it. */
const CLIENT_CLOSED_REQUEST = 499;
/** For so long nobody is too slow: Kestrel's grace period. And so often a body that is being received is looked at. */
const RATE_GRACE_MILLISECONDS = 5_000;
/** Receiving pauses while so many bytes wait behind the request being answered. */
const PIPELINE_BYTES = 65_536;

export class Connection implements Endpoint, Waiter, WindowWaiter {
  readonly socket: number;
  readonly #service: Service;
  #state = READING_HEAD;
  /** Which remembered head came last: the next one is most likely the same. */
  #lastHead = -1;
  #answer: Answer | null = null;
  /** The answer is not the first of its response: the head has gone out. */
  #continued = false;
  /** Bytes of the body that earlier answers of the response had. */
  #bodySent = 0;
  /** Of an answer with a file: the bytes of it that have gone out, and those on their way. */
  #fileSent = 0;
  #window = 0;
  #windows: FileWindows | null = null;
  /** By the dispatcher's clock: when the body or the file began, less what the disk took; and when the disk was asked. */
  #began = 0;
  #diskAsked = 0;
  /** Bytes of the body that have come, or of the file that the peer had taken when the deadline last passed. */
  #moved = 0;
  #requests = 0;
  /** The number of the request at which it is asked whether the connection shall close. */
  #askedAt: number;
  #peerEnded = false;
  #paused = false;
  /** The peer may have more to say than we have read: closing at once would take our answer from it. */
  #unread = false;
  #body: BodyDecoder | null = null;
  #input: Input | null = null;
  readonly #log: RequestLog | null;

  constructor(socket: number, service: Service) {
    this.socket = socket;
    this.#service = service;
    this.#log = service.accessLog === undefined ? null : new RequestLog(service.accessLog, socket);
    this.#askedAt = Math.min(service.limits.keepAliveRequests, service.limits.connectionRequests);
    service.dispatcher.add(socket, this);
    service.open.add(this);
    service.counts[CONNECTIONS]! += 1;
    service.dispatcher.deadline(socket, service.limits.headerTimeout);
  }

  /** Nothing has been received that is not answered, and nothing is being sent. */
  get idle(): boolean {
    return this.#state === READING_HEAD && this.#input === null;
  }

  // --- Events ---

  received(offset: number, length: number): void {
    if (length <= 0) {
      this.#ended(length);
      return;
    }
    const state = this.#state;
    if (state === LINGERING) return;
    if (this.#input !== null) {
      if (this.#keep(offset, offset + length) && this.#worthReading(length)) this.#consumeInput();
    } else if (state !== CLOSED) {
      const end = offset + length;
      const consumed = this.#consume(offset, end);
      if (consumed < end && this.#state < LINGERING) this.#keep(consumed, end);
    }
  }

  answered(answer: Answer): void {
    answer.acquire();
    this.#answer = answer;
    if (this.#state === AWAITING_ANSWER) this.#send(answer);
  }

  sent(result: number): void {
    const answer = this.#answer as Answer;
    if (result < 0) {
      if (result === -EIO) this.#service.fileFailed?.(answer.file, result);
      this.#close();
      return;
    }
    if (answer.fileLength > 0 && !this.#fileDone(answer, result)) return;
    if (answer.following !== null) {
      this.#continue(answer, answer.following);
      return;
    }
    if (this.#log !== null) this.#log.end(answer.status, this.#bodySent + bodyBytes(answer), false);
    this.#answer = null;
    this.#continued = false;
    this.#bodySent = 0;
    const { persistent } = answer;
    answer.release();
    this.#service.counts[REQUESTS]! += 1;
    if (persistent) this.#nextRequest();
    else this.#end();
  }

  expired(): void {
    const state = this.#state;
    if (state === SENDING_FILE && this.#peerTakes()) return;
    if (state === READING_BODY && this.#bodyComes()) return;
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

  /** Closes now, whatever is under way. */
  abort(): void {
    this.#close();
  }

  /** The peer has ended its side (0), or the connection has failed (-errno). */
  #ended(result: number): void {
    const answering = this.#state >= AWAITING_ANSWER && this.#state <= SENDING_FILE;
    if (result === 0 && answering) this.#peerEnded = true;
    else this.#close();
  }

  /** A slow peer has taken something of the file since it was last asked about, and not too little in all: it gets its time again. */
  #peerTakes(): boolean {
    const { dispatcher, limits } = this.#service;
    // What waits in the kernel has been sent, but the peer has not taken it: with much room there it would seem to stand still.
    const taken = this.#fileSent + dispatcher.progress(this.socket) - dispatcher.queued(this.socket);
    if (taken <= this.#moved || this.#tooSlow(taken, limits.sendRate)) return false;
    this.#moved = taken;
    dispatcher.deadline(this.socket, limits.writeTimeout);
    return true;
  }

  /** The body has some of its time left, and has not come too slowly so far. */
  #bodyComes(): boolean {
    const { dispatcher, limits } = this.#service;
    const left = Math.ceil(limits.bodyTimeout - (dispatcher.clock - this.#began));
    if (left <= 0 || this.#tooSlow(this.#moved, limits.bodyRate)) return false;
    this.#limitBody(left);
    return true;
  }

  /** The body may take so many milliseconds more; it is looked at in between. */
  #limitBody(left: number): void {
    const { dispatcher, limits } = this.#service;
    const looks = limits.bodyRate > 0 && left > RATE_GRACE_MILLISECONDS;
    dispatcher.deadline(this.socket, looks ? RATE_GRACE_MILLISECONDS : left);
  }

  /**
   * Whether fewer bytes have moved than `rate` a second, on average and after a grace: who keeps to the rate is never too
   * slow, in whatever pieces the bytes move.
   */
  #tooSlow(bytes: number, rate: number): boolean {
    const elapsed = this.#service.dispatcher.clock - this.#began - RATE_GRACE_MILLISECONDS;
    return bytes * 1000 < rate * elapsed;
  }

  // --- Reading ---

  /** Consumes what it can of the bytes from `start` to `end`; gives the offset of the first one it could not. */
  #consume(start: number, end: number): number {
    let at = start;
    while (at < end) {
      let next = at;
      if (this.#state === READING_HEAD) next = this.#readHead(at, end);
      else if (this.#state === READING_BODY) next = this.#readBody(at, end);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  #readHead(start: number, end: number): number {
    const service = this.#service;
    const { bytes, words } = service.arena;
    const memory = service.memory;
    const remembered = memory.recall(words, bytes, start, end - start, this.#lastHead);
    if (remembered >= 0) {
      this.#lastHead = remembered;
      this.#begin(memory.head(remembered), true);
      return end;
    }
    const head = service.head;
    const length = parseHead(bytes, start, end, service.limits.head, head);
    if (length === 0) return start;
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
    if (this.#log !== null) this.#log.begin(head, kept);
    const hasBody = head.chunked || head.contentLength > 0;
    if (hasBody && head.contentLength > service.limits.bodyBytes) {
      this.#refuse(413);
      return;
    }
    // A client that waits for 100 (Continue) is given its final answer at once; its body, which may come or not, is
    // not read, so the connection closes. RFC 9110 section 10.1.1
    const expects = hasBody && head.expectContinue;
    const { persistent } = head;
    if (expects || service.draining || this.#mustClose()) head.persistent = false;
    if (expects) this.#unread = true;
    if (hasBody && !expects) {
      this.#body ??= new BodyDecoder();
      this.#body.begin(head.contentLength, head.chunked, service.limits.bodyBytes);
      this.#state = READING_BODY;
      this.#began = service.dispatcher.clock;
      this.#moved = 0;
      this.#limitBody(service.limits.bodyTimeout);
    } else {
      this.#state = AWAITING_ANSWER;
    }
    const answer = service.site.answer(head, this);
    head.persistent = persistent;
    if (answer !== null) this.answered(answer);
    else if (this.#state === AWAITING_ANSWER) service.dispatcher.deadline(this.socket, 0);
  }

  /** Whether it has had all its requests, or its share of them while others have none. */
  #mustClose(): boolean {
    if (++this.#requests < this.#askedAt) return false;
    const { keepAliveRequests, connectionRequests } = this.#service.limits;
    if (this.#requests >= connectionRequests) return true;
    this.#askedAt = Math.min(this.#requests + keepAliveRequests, connectionRequests);
    return this.#service.othersWait();
  }

  #readBody(start: number, end: number): number {
    const body = this.#body as BodyDecoder;
    const { bytes } = this.#service.arena;
    let at = start;
    while (at < end && !body.done && body.error === 0) {
      const step = body.decode(bytes, at, end);
      if (step === 0) break;
      at += step;
    }
    this.#moved += at - start;
    if (body.error !== 0) {
      this.#refuse(body.error);
      return end;
    }
    if (body.done) {
      this.#state = AWAITING_ANSWER;
      if (this.#answer !== null) this.#send(this.#answer);
      else this.#service.dispatcher.deadline(this.socket, 0);
    }
    return at;
  }

  /** Keeps bytes for later; false when there is no memory for them, and the connection has been refused. */
  #keep(start: number, end: number): boolean {
    const service = this.#service;
    if (this.#input === null) {
      this.#input = new Input(service.arena, service.inputs);
      if (this.#state === READING_HEAD) service.dispatcher.deadline(this.socket, service.limits.headerTimeout);
    }
    if (!this.#input.append(start, end)) {
      // While an answer is on its way there can be no other: the kernel may still be reading the first.
      if (this.#state >= AWAITING_FILE && this.#state <= SENDING_FILE) this.#close();
      else this.#refuse(503);
      return false;
    }
    this.#limitWaiting();
    return true;
  }

  /** Whether the `length` bytes just kept may have completed something. */
  #worthReading(length: number): boolean {
    if (this.#state !== READING_HEAD) return true;
    const { arena, limits } = this.#service;
    const { start, end } = this.#input as Input;
    return worthParsing(arena.bytes, start, end - length, end, limits.head);
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
    const reading = this.#state === READING_HEAD || this.#state === READING_BODY || this.#state === LINGERING;
    const full = !reading && this.#input !== null && this.#input.length > PIPELINE_BYTES;
    if (full === this.#paused || this.#state === CLOSED) return;
    this.#paused = full;
    if (full) this.#service.dispatcher.pause(this.socket);
    else this.#service.dispatcher.resume(this.socket);
  }

  // --- Answering ---

  #send(answer: Answer): void {
    const { dispatcher, limits } = this.#service;
    if (answer.fileLength > 0) {
      this.#fileSent = 0;
      this.#began = dispatcher.clock;
      // What the peer has yet to take of earlier answers is not known: it counts from the first look on.
      this.#moved = Number.NEGATIVE_INFINITY;
      this.#nextWindow(answer);
      return;
    }
    this.#state = SENDING;
    dispatcher.deadline(this.socket, limits.writeTimeout);
    dispatcher.send(this.socket, answer.offset, answer.length);
  }

  /** The next window of the file, as soon as it is in memory. */
  #nextWindow(answer: Answer): void {
    this.#window = this.#windowAt(answer, this.#fileSent);
    this.#windows ??= new FileWindows(this);
    const result = this.#windows.prepare(answer, answer.filePosition + this.#fileSent, this.#window);
    this.#state = AWAITING_FILE;
    if (result !== PENDING) {
      this.#windowReady(result);
      return;
    }
    this.#diskAsked = this.#service.dispatcher.clock;
    this.#service.dispatcher.deadline(this.socket, 0);
  }

  /** How long the window is that begins when so many bytes have gone out. */
  #windowAt(answer: Answer, sent: number): number {
    return Math.min(answer.fileLength - sent, FILE_WINDOW_BYTES);
  }

  warmed(result: number): void {
    if (this.#state !== AWAITING_FILE) return;
    this.#began += this.#service.dispatcher.clock - this.#diskAsked;
    this.#windowReady(result);
  }

  #windowReady(result: number): void {
    const answer = this.#answer as Answer;
    const first = this.#fileSent === 0;
    if (result < 0) this.#service.fileFailed?.(answer.file, result);
    if (result >= 0) this.#sendWindow(answer, first ? answer.length : 0);
    // Before the head has gone out there is still something to say.
    else if (first && !this.#continued) this.#refuse(500);
    else this.#close();
  }

  /** The window of the file, behind the `headLength` bytes of the head. */
  #sendWindow(answer: Answer, headLength: number): void {
    const { dispatcher, limits } = this.#service;
    const window = this.#window;
    const end = this.#fileSent + window;
    // Before the last bytes: a peer that gets all of them may take them for one version of the file.
    if (end === answer.fileLength && !answer.unchanged()) {
      this.#close();
      return;
    }
    this.#state = SENDING_FILE;
    dispatcher.deadline(this.socket, limits.writeTimeout);
    const position = answer.filePosition + this.#fileSent;
    dispatcher.sendFile(this.socket, answer.offset, headLength, answer.file, position, window);
    this.#windows?.prepareNext(answer, position + window, this.#windowAt(answer, end));
  }

  /** A window of the file has gone out: true when it was the last. */
  #fileDone(answer: Answer, result: number): boolean {
    this.#fileSent += result;
    this.#state = AWAITING_FILE;
    if (this.#fileSent === answer.fileLength) return true;
    // The file is shorter than it was, and what has been promised cannot be kept; or the peer keeps us for too long.
    if (result < this.#window || this.#tooSlow(this.#fileSent, this.#service.limits.sendRate)) this.#close();
    else this.#nextWindow(answer);
    return false;
  }

  /** The next part of the response, which `answer` holds until it is ours. */
  #continue(answer: Answer, following: Answer): void {
    this.#bodySent += bodyBytes(answer);
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
    if (this.#log !== null)
      this.#log.refused(this.#service.arena.bytes, this.#input?.start ?? 0, this.#input?.end ?? 0);
    this.#dropInput();
    this.#unread = true;
    this.answered(this.#refusal(status));
  }

  #refusal(status: number): Answer {
    this.#state = AWAITING_ANSWER;
    return this.#service.site.refuse(status);
  }

  #nextRequest(): void {
    const { dispatcher, limits, closesIdle } = this.#service;
    this.#state = READING_HEAD;
    if (this.#input === null) {
      if (this.#peerEnded || closesIdle) this.#close();
      else dispatcher.deadline(this.socket, limits.keepAliveTimeout);
      return;
    }
    dispatcher.deadline(this.socket, limits.headerTimeout);
    this.#consumeInput();
    if (this.#peerEnded && this.#state <= READING_BODY) this.#close();
  }

  /** The last answer of this connection has gone out. */
  #end(): void {
    const { dispatcher } = this.#service;
    const unread = this.#unread || this.#input !== null;
    if (!unread || this.#peerEnded) {
      this.#close();
      return;
    }
    this.#state = LINGERING;
    this.#dropInput();
    this.#limitWaiting();
    dispatcher.finish(this.socket);
    dispatcher.deadline(this.socket, LINGER_MILLISECONDS);
  }

  #letGo(): void {
    this.#answer?.release();
    this.#answer = null;
  }

  /** The request under way, if there is one, gets no answer or not the whole of it. */
  #logAbort(log: RequestLog): void {
    const answer = this.#answer;
    if (answer === null || this.#state === READING_BODY) {
      log.end(CLIENT_CLOSED_REQUEST, 0, true);
      return;
    }
    log.end(answer.status, this.#bodySent + this.#bodyGone(answer), true);
  }

  /** Bytes of the body of this answer that the kernel has taken, as far as they are known. */
  #bodyGone(answer: Answer): number {
    const taken = this.#state === AWAITING_FILE ? 0 : this.#service.dispatcher.taken(this.socket);
    if (answer.fileLength === 0) return Math.max(0, taken - answer.headLength);
    const ofFile = this.#fileSent + taken;
    return ofFile === 0 ? 0 : answer.length - answer.headLength + ofFile;
  }

  #close(): void {
    if (this.#state === CLOSED) return;
    const service = this.#service;
    if (this.#log !== null) this.#logAbort(this.#log);
    if (this.#state === AWAITING_ANSWER || this.#state === READING_BODY) service.site.forget(this);
    this.#state = CLOSED;
    this.#windows?.forget();
    this.#dropInput();
    // While the kernel may still read the answer, `released` will tell.
    if (service.dispatcher.close(this.socket)) this.#letGo();
    service.open.delete(this);
    service.closed(this);
  }
}

/** How many bytes of an answer are of the body. */
function bodyBytes(answer: Answer): number {
  return answer.length - answer.headLength + answer.fileLength;
}
