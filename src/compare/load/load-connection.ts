/**
 * One connection of the load client, as the dispatcher sees it: requests are assigned to it, go out in order, and are
 * answered in order. When it ends it is opened again for the next request.
 *
 * What it keeps true:
 * - A request that has gone out is answered once, or fails once; one that has not gone out stays, and is sent by the next
 *   connection.
 * - With one request at a time nothing is copied: what is sent lies in the arena already.
 */
import type { Hash } from 'node:crypto';
import type { Dispatcher, Endpoint } from '../../dispatcher/dispatcher.js';
import { EAGAIN, ECONNREFUSED, EPIPE } from '../../linux/errno.js';
import type { Arena } from '../../memory/arena.js';
import type { AnswerCheck } from './answer-check.js';
import type { Connector } from './connector.js';
import type { Requests } from './requests.js';
import { ResponseReader } from './response-reader.js';
import type { SameHead } from './same-head.js';
import type { ErrorKind, Tally } from './tally.js';

/** What all connections share. */
export interface LoadService {
  readonly dispatcher: Dispatcher;
  readonly arena: Arena;
  readonly requests: Requests;
  readonly check: AnswerCheck;
  /** Of each target, where they are few enough. */
  readonly sameHeads: readonly SameHead[];
  readonly connector: Connector;
  readonly tally: Tally;
  readonly keepAlive: boolean;
  /** How many requests of a connection may be under way. */
  readonly depth: number;
  /** The bytes in which a connection puts requests together; 0: each goes out by itself. */
  readonly batchBytes: number;
  /** A request was answered. `index`: where its times are. */
  answered(connection: LoadConnection, index: number): void;
  /** A request that had gone out has failed. */
  failed(connection: LoadConnection, index: number, kind: ErrorKind): void;
  /** A request that has not gone out is given up. */
  dropped(connection: LoadConnection, index: number): void;
  /** There is room for one more request. */
  free(connection: LoadConnection): void;
  connected(): void;
  /** It could not connect: `retry` is to be called, later. */
  connectFailed(connection: LoadConnection): void;
}

const CLOSED = 0;
const CONNECTING = 1;
const OPEN = 2;
/** Its last answer has come: the server is to end it. */
const ENDING = 3;
/** It could not connect, and tries again later. */
const WAITING = 4;

/** How long a server may take to end a connection of which it has said so. */
const END_MILLISECONDS = 1000;

export class LoadConnection implements Endpoint {
  /** Its number among all. */
  readonly slot: number;
  // The requests that were assigned, in a ring: `#count` of them from `#first` on, of which the first `#sent` have gone out.
  readonly dues: Float64Array;
  readonly sentAts: Float64Array;
  readonly #targets: Int32Array;
  #first = 0;
  #count = 0;
  #sent = 0;
  /** How many the send under way has. */
  #inSend = 0;
  readonly #service: LoadService;
  readonly #reader = new ResponseReader();
  #state = CLOSED;
  #socket = -1;
  #sending = false;
  /** Why the connection ended before it was there, -errno. */
  #gone = 0;
  /** When it began to connect, or to end. */
  #since = 0;
  /** Places of requests whose answer was the last of its connection: they are free when that has ended. */
  #owed = 0;
  #hash: Hash | undefined;
  /** Where requests are put together that go out at once; -1 where they do not, or while the kernel still reads the last. */
  #batch: number;
  #heldBatch = -1;

  constructor(slot: number, service: LoadService) {
    this.slot = slot;
    this.#service = service;
    this.#targets = new Int32Array(service.depth);
    this.dues = new Float64Array(service.depth);
    this.sentAts = new Float64Array(service.depth);
    this.#batch = service.batchBytes === 0 ? -1 : service.arena.reserve(service.batchBytes);
  }

  /** Takes a connected socket. */
  adopt(socket: number): void {
    this.#begin(socket, OPEN);
  }

  /** Assigns a request that is due now. There must be room. */
  ask(target: number): void {
    this.#assign(target, this.#service.dispatcher.clock);
  }

  /** Assigns a request that is or was due at that time. There must be room. */
  askDue(target: number, due: number): void {
    this.#assign(target, due);
  }

  #assign(target: number, due: number): void {
    const { depth } = this.#service;
    const place = this.#first + this.#count;
    const index = place >= depth ? place - depth : place;
    this.#targets[index] = target;
    this.dues[index] = due;
    this.#count++;
    if (this.#state === OPEN) {
      if (!this.#sending) this.#send();
    } else if (this.#state === CLOSED) {
      this.#connect();
    }
  }

  /** Tries again to connect, after `connectFailed`. */
  retry(): void {
    if (this.#state !== WAITING) return;
    this.#state = CLOSED;
    this.#connect();
  }

  /** Opens the connection, when there are requests for it. */
  #connect(): void {
    if (this.#state !== CLOSED || this.#count === 0) return;
    const socket = this.#service.connector.open();
    if (socket < 0) {
      this.#connectFailed(socket);
    } else {
      this.#begin(socket, CONNECTING);
      this.#send();
    }
  }

  #begin(socket: number, state: number): void {
    this.#socket = socket;
    this.#state = state;
    this.#gone = 0;
    this.#since = this.#service.dispatcher.clock;
    this.#reader.reset();
    this.#service.dispatcher.add(socket, this);
  }

  /** Sends what has not gone out: one request as it lies, or as many as there is a place for them together. */
  #send(): void {
    const unsent = this.#count - this.#sent;
    if (unsent === 0) return;
    const { depth, requests, dispatcher, tally, batchBytes } = this.#service;
    let index = this.#first + this.#sent;
    if (index >= depth) index -= depth;
    const target = this.#targets[index] as number;
    let offset = requests.offsets[target] as number;
    let length = requests.lengths[target] as number;
    let taken = 1;
    this.sentAts[index] = dispatcher.clock;
    if (unsent > 1 && this.#batch >= 0 && length <= batchBytes) {
      const { bytes } = this.#service.arena;
      bytes.copyWithin(this.#batch, offset, offset + length);
      offset = this.#batch;
      for (; taken < unsent; taken++) {
        index = index + 1 === depth ? 0 : index + 1;
        const next = this.#targets[index] as number;
        const from = requests.offsets[next] as number;
        const more = requests.lengths[next] as number;
        if (length + more > batchBytes) break;
        bytes.copyWithin(offset + length, from, from + more);
        length += more;
        this.sentAts[index] = dispatcher.clock;
      }
    }
    this.#sending = true;
    this.#inSend = taken;
    this.#sent += taken;
    // Nothing goes out before there is a connection: then `sent` tells.
    if (this.#state === OPEN) tally.sent += taken;
    dispatcher.send(this.#socket, offset, length);
  }

  sent(result: number): void {
    this.#sending = false;
    if (this.#state === CONNECTING) {
      if (result <= 0) {
        this.#connectFailed(this.#gone !== 0 && result === -EPIPE ? this.#gone : result);
        return;
      }
      this.#opened();
      if (this.#gone !== 0) {
        this.#lose('reset');
        return;
      }
    }
    // What fails is told by the receive as well, behind what the server may still have said.
    if (result > 0 && this.#state === OPEN) this.#send();
  }

  #opened(): void {
    this.#state = OPEN;
    this.#service.tally.sent += this.#inSend;
    this.#service.connected();
  }

  received(offset: number, length: number): void {
    if (length <= 0) {
      this.#ended(length);
      return;
    }
    const service = this.#service;
    const reader = this.#reader;
    const { bytes } = service.arena;
    const end = offset + length;
    let at = offset;
    service.tally.bytes += length;
    if (this.#state === CONNECTING) this.#opened();
    while (at < end) {
      if (this.#sent === 0) {
        service.tally.errors.unsolicited++;
        this.#lose('reset');
        return;
      }
      const target = this.#targets[this.#first] as number;
      if (reader.atStart) this.#hash = service.check.begin(target);
      at += reader.read(bytes, at, end, service.requests.headOnly[target] === 1, service.sameHeads[target]);
      if (this.#hash !== undefined && reader.bodyEnd > reader.bodyStart) {
        this.#hash.update(bytes.subarray(reader.bodyStart, reader.bodyEnd));
      }
      if (reader.malformed) {
        this.#lose('malformed');
        return;
      }
      if (reader.done) this.#answered(target);
    }
  }

  /** The answer to the first request is whole. */
  #answered(target: number): void {
    const service = this.#service;
    const { head, bodyBytes } = this.#reader;
    const index = this.#removeFirst();
    this.#sent--;
    service.tally.answered++;
    service.check.end(target, head, bodyBytes, this.#hash);
    this.#hash = undefined;
    service.answered(this, index);
    if (head.persistent && service.keepAlive) {
      service.free(this);
    } else {
      this.#state = ENDING;
      this.#since = service.dispatcher.clock;
      this.#owed++;
    }
  }

  #removeFirst(): number {
    const index = this.#first;
    this.#first = index + 1 === this.#service.depth ? 0 : index + 1;
    this.#count--;
    return index;
  }

  #ended(result: number): void {
    if (this.#state === CONNECTING) {
      // The send fails too, and may know better why; or it has gone out, and then this is the end of a connection that was there.
      this.#gone = result === 0 ? -EPIPE : result;
      return;
    }
    if (result === 0 && this.#sent > 0 && this.#reader.end()) this.#answered(this.#targets[this.#first] as number);
    this.#lose('reset');
  }

  /** The connection is of no use any more: what has gone out has failed, and what has not goes to the next. */
  #lose(kind: ErrorKind): void {
    const service = this.#service;
    const lost = this.#sent;
    const places = this.#owed + lost;
    this.#close();
    for (let request = 0; request < lost; request++) {
      const index = this.#removeFirst();
      service.tally.errors[kind]++;
      service.failed(this, index, kind);
    }
    this.#connect();
    for (let place = 0; place < places; place++) service.free(this);
  }

  #connectFailed(error: number): void {
    const { errors } = this.#service.tally;
    if (error === -ECONNREFUSED) errors.connectRefused++;
    else if (error === -EAGAIN) errors.connectTimeout++;
    else errors.connectFailed++;
    this.#close();
    this.#state = WAITING;
    this.#service.connectFailed(this);
  }

  #close(): void {
    if (this.#socket >= 0 && !this.#service.dispatcher.close(this.#socket) && this.#batch >= 0) {
      // The kernel may still read what was put together: until it tells, requests go one by one.
      this.#heldBatch = this.#batch;
      this.#batch = -1;
    }
    this.#socket = -1;
    this.#state = CLOSED;
    this.#sending = false;
    this.#hash = undefined;
    this.#sent = 0;
    this.#owed = 0;
  }

  released(): void {
    if (this.#heldBatch >= 0) this.#batch = this.#heldBatch;
    this.#heldBatch = -1;
  }

  /** Deadlines are looked at by `sweep`, for all connections together, since most answers come long before. */
  expired(): void {}

  /** Fails what has had its time. */
  sweep(now: number, timeoutMilliseconds: number): void {
    if (this.#state === CONNECTING) {
      if (now - this.#since > timeoutMilliseconds) this.#connectFailed(-EAGAIN);
    } else if (this.#sent > 0) {
      if (now - (this.sentAts[this.#first] as number) > timeoutMilliseconds) this.#lose('timeout');
    } else if (this.#state === ENDING && now - this.#since > END_MILLISECONDS) {
      this.#lose('reset');
    }
  }

  /** Gives up what has not gone out. */
  drop(): void {
    // What a connection has that is not there yet may still go out.
    const { depth } = this.#service;
    while (this.#count > this.#sent) {
      this.#count--;
      const place = this.#first + this.#count;
      this.#service.dropped(this, place >= depth ? place - depth : place);
    }
  }

  /** The end: gives how many requests have gone out and not been answered. */
  end(): number {
    const unanswered = this.#state === CONNECTING ? 0 : this.#sent;
    this.#close();
    this.#count = 0;
    return unanswered;
  }
}
