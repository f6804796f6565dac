/**
 * What the access log knows of one connection: its client, and the request that is being answered.
 *
 * What it keeps true: each request that has begun has one line when it ends, however that comes; and what the line says of
 * the request is copied while the head's bytes are there.
 */
import { FIELD_REFERER, FIELD_USER_AGENT, type RequestHead } from '../http/request-head.js';
import { addressOfPeer } from '../linux/peer-address.js';
import type { AccessLog } from '../log/access-log.js';
import { RequestText } from '../log/log-format.js';
import type { Answer } from '../site/answer.js';

/** " HTTP/1.1" behind the target of each head that could be parsed. */
const PROTOCOL_BYTES = 9;
/** What was needed for a longer text is not kept: most have a few hundred bytes. */
const KEPT_BYTES = 2048;
/** No log cares for more of a request line that ends nowhere. */
const MOST_LINE_BYTES = 8192;
/** nginx's status for a request whose client has gone before there was an answer: only logs ever see it. */
const CLIENT_CLOSED_REQUEST = 499;
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;

export class RequestLog {
  readonly #log: AccessLog;
  readonly #client: Uint8Array;
  /** What the request under way says; null while there is none. */
  #text: RequestText | null = null;
  #own: RequestText | null = null;
  #number = 0;
  #began = 0;
  /** Of the response: its status, and the bytes of its body that have gone out with answers before the last. */
  #status = 0;
  #bytes = 0;

  constructor(log: AccessLog, socket: number) {
    this.#log = log;
    this.#client = log.format.client(addressOfPeer(socket)?.address ?? '-');
  }

  /** A request has begun. `kept`: its head is remembered, and the log may keep something with it. */
  begin(head: RequestHead, kept: boolean): void {
    this.#start();
    if (!kept) {
      this.#fill(head);
      this.#text = this.#ownText();
      return;
    }
    if (head.logged === null) {
      this.#fill(head);
      head.logged = this.#log.describeOnce();
    }
    this.#text = head.logged as RequestText;
  }

  /** Bytes that are no good request, from `start` to `end`, are refused; a request that has begun already stays what it is. */
  refused(bytes: Uint8Array, start: number, end: number): void {
    if (this.#text !== null) return;
    this.#start();
    const { request } = this.#log;
    request.bytes = bytes;
    request.referrerStart = request.referrerEnd = -1;
    request.agentStart = request.agentEnd = -1;
    let lineStart = start;
    while (lineStart < end && (bytes[lineStart] === CR || bytes[lineStart] === LF)) lineStart++;
    const most = Math.min(end, lineStart + MOST_LINE_BYTES);
    let lineEnd = lineStart;
    while (lineEnd < most && bytes[lineEnd] !== CR && bytes[lineEnd] !== LF) lineEnd++;
    request.lineStart = lineStart;
    request.lineEnd = lineEnd;
    request.methodEnd = indexOf(bytes, SPACE, lineStart, lineEnd);
    request.targetEnd = indexOf(bytes, SPACE, request.methodEnd + 1, lineEnd);
    request.understood =
      request.targetEnd < lineEnd && indexOf(bytes, SPACE, request.targetEnd + 1, lineEnd) === lineEnd;
    this.#text = this.#ownText();
  }

  /** An answer has gone out whole: the response, or a part of it. */
  sent(answer: Answer): void {
    this.#status = answer.status;
    this.#bytes += answer.length - answer.headLength + answer.fileLength;
  }

  /** All of the response has gone out. */
  end(): void {
    this.#write(this.#status, this.#bytes, false);
  }

  /**
   * The request under way, if there is one, gets no answer (null) or not the whole of it: the kernel has `taken` so many bytes
   * of what was sent last, behind `fileSent` of the answer's file.
   */
  abort(answer: Answer | null, taken: number, fileSent: number): void {
    if (answer === null) this.#write(this.#status === 0 ? CLIENT_CLOSED_REQUEST : this.#status, this.#bytes, true);
    else this.#write(answer.status, this.#bytes + bodyGone(answer, taken, fileSent), true);
  }

  #write(status: number, bytes: number, aborted: boolean): void {
    this.#status = 0;
    this.#bytes = 0;
    const text = this.#text;
    if (text === null) return;
    this.#text = null;
    const log = this.#log;
    const { outcome } = log;
    outcome.status = status;
    outcome.bytes = bytes;
    outcome.now = Date.now();
    outcome.number = this.#number;
    outcome.aborted = aborted;
    if (log.format.timed) outcome.duration = performance.now() - this.#began;
    log.write(this.#client, text);
    if (text === this.#own && text.bytes.length > KEPT_BYTES) this.#own = null;
  }

  #start(): void {
    this.#number++;
    if (this.#log.format.timed) this.#began = performance.now();
  }

  /** The request filled in, in memory of this connection's own. */
  #ownText(): RequestText {
    this.#own ??= new RequestText();
    this.#log.describe(this.#own);
    return this.#own;
  }

  #fill(head: RequestHead): void {
    const { request } = this.#log;
    const { fields, fieldStart, fieldEnd } = head;
    request.bytes = head.bytes;
    request.lineStart = head.methodStart;
    request.methodEnd = head.methodEnd;
    request.targetEnd = head.targetEnd;
    request.lineEnd = head.targetEnd + PROTOCOL_BYTES;
    request.understood = true;
    const referrer = (fields & (1 << FIELD_REFERER)) !== 0;
    request.referrerStart = referrer ? fieldStart[FIELD_REFERER]! : -1;
    request.referrerEnd = referrer ? fieldEnd[FIELD_REFERER]! : -1;
    const agent = (fields & (1 << FIELD_USER_AGENT)) !== 0;
    request.agentStart = agent ? fieldStart[FIELD_USER_AGENT]! : -1;
    request.agentEnd = agent ? fieldEnd[FIELD_USER_AGENT]! : -1;
  }
}

/** Where in it the byte is first, or `end`. */
function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

/** Bytes of the body of an answer that the kernel has taken, as far as they are known. */
function bodyGone(answer: Answer, taken: number, fileSent: number): number {
  if (answer.fileLength === 0) return Math.max(0, taken - answer.headLength);
  const ofFile = fileSent + taken;
  return ofFile === 0 ? 0 : answer.length - answer.headLength + ofFile;
}
