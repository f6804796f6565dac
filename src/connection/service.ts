/**
 * What all connections of one loop, or of one worker that blocks, share: whoever does what they ask for, the site, the
 * limits, the counts and the memory for what clients send.
 */
import type { ConnectionCalls } from '../dispatcher/dispatcher.js';
import type { HeadMemory } from '../http/head-memory.js';
import type { HeadLimits } from '../http/limits.js';
import type { RequestHead } from '../http/request-head.js';
import type { AccessLog } from '../log/access-log.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Traced } from '../metrics/trace/tracing.js';
import type { Site } from '../site/site.js';
import type { Connection } from './connection.js';
import type { Metering } from './metering.js';

/** The limits of one connection, in bytes and milliseconds. */
export interface ConnectionLimits {
  readonly head: HeadLimits;
  /** The largest request body that is read, in bytes; a longer one is answered 413. */
  readonly bodyBytes: number;
  /** From the first byte of a request head to its last. As Apache's RequestReadTimeout header=20. */
  readonly headerTimeout: number;
  /** In which nothing of a request body comes. */
  readonly bodyTimeout: number;
  /** Between two requests. nginx: keepalive_timeout 75, Node: 5. */
  readonly keepAliveTimeout: number;
  /** Without any progress in sending. nginx: send_timeout 60. */
  readonly writeTimeout: number;
  /** Bytes a second that a request body has to bring, 0 for any. As Kestrel's MinRequestBodyDataRate. */
  readonly bodyRate: number;
  /** Bytes a second of a file that the peer has to take, 0 for any. As Kestrel's MinResponseDataRate. */
  readonly sendRate: number;
  /** After so many requests a connection closes. nginx: keepalive_requests 1000. */
  readonly connectionRequests: number;
  /** After so many requests, and so many again, a connection asks `othersWait`. Apache: MaxKeepAliveRequests 100. */
  readonly keepAliveRequests: number;
}

/** What a client that waits for it is told when its body is wanted (RFC 9110 15.2.1). */
export const INTERIM_RESPONSE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Puts it where it is sent from; gives its offset. */
export function placeInterimResponse(arena: Arena): number {
  const offset = arena.reserve(INTERIM_RESPONSE.length);
  for (let at = 0; at < INTERIM_RESPONSE.length; at++) arena.bytes[offset + at] = INTERIM_RESPONSE.charCodeAt(at);
  return offset;
}

export interface Service {
  readonly arena: Arena;
  /** Where INTERIM_RESPONSE lies in it; needed only where the site reads bodies. */
  readonly interim?: number;
  readonly dispatcher: ConnectionCalls;
  readonly site: Site;
  limits: ConnectionLimits;
  /** Memory for requests that have come in part. */
  readonly inputs: Heap;
  /** What is remembered of the heads of earlier requests, of all connections. */
  readonly memory: HeadMemory;
  /** The head being parsed: one is enough, since a site is done with it when `answer` returns. */
  readonly head: RequestHead;
  /** Whether the server is on its way out: every answer says that it is the last of its connection. */
  draining: boolean;
  /** Whether connections that have said no such thing yet are closed between two requests: a request then on its way is lost. */
  closesIdle: boolean;
  /** Where each request leaves a line; undefined: nowhere. */
  readonly accessLog?: AccessLog | undefined;
  /** Told when the disk has failed with an open file that is being sent: -errno. */
  readonly fileFailed?: ((file: number, error: number) => void) | undefined;
  /** Whether this thread is being traced. */
  readonly tracing: Traced;
  /** Where connections and requests are counted: see metrics/counts.ts. */
  readonly counts: Float64Array;
  /** Where everything else is counted; undefined: nothing else is. */
  readonly metering?: Metering | undefined;
  /** Whether others cannot be served because this connection is: then its next answer closes it. */
  othersWait(): boolean;
  /** The connections that are open. */
  readonly open: Set<Connection>;
  /** Called when a connection has closed. */
  closed(connection: Connection): void;
}
