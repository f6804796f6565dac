/** What an application needs of whoever asks: the connection, as it is seen from a handler. */
import type { Answer, Waiter } from '../site/answer.js';

/** Takes the body of a request, piece by piece. It is called outside of any handler and calls none. */
export interface BodyReceiver {
  /** The bytes of a piece, valid until this returns. False: no more for now; `readBody` of the client goes on. */
  take(bytes: Uint8Array, start: number, end: number): boolean;
  /** That was all. */
  end(): void;
  /** The rest will not come. */
  lost(): void;
}

export interface Client extends Waiter {
  /** To be called while the request is asked about: from now on its body comes to `receiver`. */
  takeBody(receiver: BodyReceiver): void;
  /** The body is wanted: a client that waits for 100 (Continue) gets it, and one that was paused goes on. */
  readBody(): void;
  /** The body is not wanted: what comes of it is gone through, but nobody is told to send it. */
  skipBody(): void;
  /** The answer waits for nothing more of the body, and is the last of its connection. */
  leaveBody(): void;
  /** The answer cannot be finished: the connection closes, so that nobody takes it for whole. */
  abandon(): void;
  /** Where the client is, or undefined when it cannot be told. */
  peerAddress(): PeerAddress | undefined;
}

export interface PeerAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** How an answer goes on that is not sent at once. */
export interface Continuation {
  /** What comes next, or null (PENDING): then `client.answered` is called when it is there. */
  next(client: Client): Answer | null;
}
