/**
 * fetch as programs call it: Node's own, which is told what our requests and headers say.
 *
 * A handler that passes a request on passes its fields on, and some of these were said to this server alone: those of the connection
 * that it came over (RFC 9110 7.6.1), and Expect, which Node's fetch refuses. They stay behind. So does the length of a body that is not what
 * is sent, since Node counts that itself.
 */
import { Headers } from './headers.js';
import { IncomingBody } from './incoming-body.js';
import { NativeRequest, nativeFetch } from './native.js';
import { isOwnRequest, type Request, takeBody } from './request.js';

const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade', 'expect'];

type Init = globalThis.RequestInit;

export async function ownFetch(input: unknown, init?: unknown): Promise<globalThis.Response> {
  const given = isOwnRequest(init) ? saidBy(init, true) : passable(init as Init | undefined);
  if (!isOwnRequest(input)) return nativeFetch(input as string, given);
  const own = saidBy(input, given?.body === undefined);
  return nativeFetch(new NativeRequest(input.url, { ...own, ...given } as never));
}

/** What a request of ours says, for Node; `body`: with its body, which nobody can read afterwards. */
function saidBy(request: Request, body: boolean): Init {
  const source = body ? takeBody(request) : null;
  const { method, headers, signal, redirect } = request;
  const flows = source instanceof IncomingBody || source instanceof ReadableStream;
  const content = source instanceof IncomingBody ? source.stream() : source;
  return {
    ...{ method, signal, redirect: redirect as NonNullable<Init['redirect']>, duplex: 'half' },
    headers: passedOn(headers, flows),
    // As bytes: text would bring a type of its own.
    body: (typeof content === 'string' ? Buffer.from(content) : content) as NonNullable<Init['body']>,
  };
}

/** The same with headers of ours as a list; those of others are what somebody has put together for this. */
function passable(init: Init | undefined): Init | undefined {
  const headers: unknown = init?.headers;
  return headers instanceof Headers
    ? { ...init, headers: passedOn(headers, init?.body instanceof ReadableStream) }
    : init;
}

/** `flows`: the body is a stream, whose length nobody knows but whoever has said it. */
function passedOn(headers: Headers, flows: boolean): [string, string][] {
  const stays = new Set(OF_CONNECTION);
  for (const name of (headers.get('connection') ?? '').split(',')) stays.add(name.trim().toLowerCase());
  if (!flows) stays.add('content-length');
  return [...headers].filter(([name]) => !stays.has(name));
}
