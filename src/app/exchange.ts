/**
 * One request and its answer: what a handler has been called with, and what becomes of it. It ends once, by an answer, by
 * a failure, because it took too long, or because the client has gone; what comes after that changes nothing.
 */

import type { HeadOf } from './answer-writer.js';
import type { Client } from './client.js';
import type { HandlerContext } from './context.js';
import type { FieldList } from './headers.js';
import type { IncomingBody } from './incoming-body.js';
import { clientGone } from './nobody-waits.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { RequestOrigin } from './request.js';
import type { RequestFacts } from './request-facts.js';

export class Exchange implements RequestOrigin, HeadOf {
  readonly facts: RequestFacts;
  readonly client: Client;
  readonly minorVersion: number;
  readonly headOnly: boolean;
  readonly body: IncomingBody | null;
  /** When it began, in the milliseconds of the site's clock. */
  readonly began: number;
  persistent: boolean;
  context: HandlerContext | null = null;
  // Of the head that is written.
  status = 200;
  statusText = '';
  fields: FieldList = [];
  /** It has an answer, or needs none any more. */
  settled = false;
  stream: OutgoingStream<Exchange> | null = null;
  #controller: AbortController | null = null;
  /** Why nobody waits for it any more. */
  #reason: DOMException | null = null;

  constructor(
    facts: RequestFacts,
    client: Client,
    body: IncomingBody | null,
    minorVersion: number,
    persistent: boolean,
    headOnly: boolean,
    began: number,
  ) {
    this.facts = facts;
    this.client = client;
    this.body = body;
    this.minorVersion = minorVersion;
    this.persistent = persistent;
    this.headOnly = headOnly;
    this.began = began;
  }

  /** Aborted when the client goes away, or nobody waits for the answer any more. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Nobody waits for it any more: what it reads fails, what it sends is cancelled, and its signal fires. */
  leave(reason: DOMException): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.settled = true;
    this.body?.fail(reason);
    this.stream?.cancel(reason);
    this.#controller?.abort(reason);
  }

  /** The client sends no more: most often it has gone. An answer to one that has only said so is still sent. */
  signalEnd(): void {
    this.#controller?.abort(clientGone());
  }
}
