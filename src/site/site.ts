/**
 * What a connection asks of a site. Static files implement it; so will a fetch handler.
 */
import type { RequestHead } from '../http/request-head.js';
import type { Answer, Waiter } from './answer.js';

export interface Site {
  /**
   * The answer to a request, or null (PENDING) when the disk is needed first: then `waiter.answered` is called once,
   * later, outside this call. `request` and the bytes it points into are valid only during the call.
   */
  answer(request: RequestHead, waiter: Waiter): Answer | null;
  /** The answer to what is no good request: an error of the protocol, after which the connection closes. */
  refuse(status: number): Answer;
  /** The waiter has gone: do not call it. */
  forget(waiter: Waiter): void;
  /** Whether it reads the bodies of requests: see app/client.ts for how. */
  readonly readsBodies?: boolean;
  /** The waiter's peer sends no more, and may have gone; an answer, or the rest of one, is still waited for. */
  ended?(waiter: Waiter): void;
  /** Whether code has run, since this was last called, that may wait for Node's own loop, as code does that uses promises. */
  ranHandlers?(): boolean;
  /** Called once a turn, before whoever has something to ask in it, with the dispatcher's clock (milliseconds since the epoch), so that a site reads no clock of its own. */
  tick(now: number): void;
  close(): void;
}
