/**
 * A request that has come over the wire as one of Node's own, for a program whose globals stay Node's: its own code, and Node's
 * constructors, take it for what it is.
 */
import type { HandlerContext } from './context.js';
import type { Exchange } from './exchange.js';
import type { FieldList } from './headers.js';
import { NativeRequest } from './native.js';
import { exposeReceived } from './received.js';
import type { RequestFacts } from './request-facts.js';

/** What Node makes no request with. */
export const FORBIDDEN_METHOD = 'TRACK';

class ReceivedRequest extends NativeRequest {
  readonly #context: HandlerContext | null;

  constructor(url: string, init: globalThis.RequestInit, context: HandlerContext | null) {
    super(url, init);
    this.#context = context;
  }

  static {
    exposeReceived(ReceivedRequest.prototype, (request) => request.#context);
  }
}

/** @param facts of a URL, and of no method that is forbidden. */
export function nativeRequestOf(facts: RequestFacts, exchange: Exchange): globalThis.Request {
  const { method, url, hasNoBody } = facts;
  const body = hasNoBody ? null : (exchange.body?.stream() ?? null);
  const init = { method, headers: pairsOf(facts.fields), body, signal: exchange.signal, duplex: 'half' };
  return new ReceivedRequest(url as string, init as globalThis.RequestInit, exchange.context);
}

function pairsOf(fields: FieldList): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) pairs.push([fields[at] as string, fields[at + 1] as string]);
  return pairs;
}
