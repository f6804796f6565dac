/**
 * What the load client is to do, as plain JSON: whom to ask, for what, in which order, at which pace, for how long, and
 * what each answer must be. What is left out has the default that its comment gives.
 */

export interface LoadPlan {
  /** Where the server is: http://HOST:PORT, or unix:PATH for a unix socket. A path in it is left alone: targets have theirs. */
  readonly url: string;
  /** At least one. */
  readonly targets: readonly LoadTarget[];
  /** In which order the targets are asked for: by default at random, by their weights. */
  readonly order?: LoadOrder;
  /** How many connections ask (1). Slow readers and idle connections come on top. */
  readonly connections?: number;
  /** When a request is due: by default in a closed loop, where a connection asks as soon as it has been answered. */
  readonly pace?: LoadPace;
  /** A connection asks again on the same connection (true), or each request has a connection of its own. */
  readonly keepAlive?: boolean;
  /** How many requests of a connection may be under way (1). More than one needs `keepAlive`. */
  readonly pipeline?: number;
  /** In a closed loop: how long a connection waits between an answer and its next request (0). */
  readonly thinkMilliseconds?: number;
  /** Connections that ask as the others do, but read slowly. */
  readonly slowReaders?: SlowReading;
  /** Connections that are opened and ask for nothing. */
  readonly idleConnections?: number;
  /**
   * Addresses of this computer to connect from, or how many of 127.0.0.1, 127.0.0.2 and so on. By default the kernel
   * chooses, and where the server is at 127.0.0.0/8 and ports run out, further ones are taken by themselves.
   */
  readonly localAddresses?: number | readonly string[];
  /** Load before the measurement, in seconds (0). */
  readonly warmUpSeconds?: number;
  /** How long to measure: one of the two must be there, save for a trace, which has an end. With both: what comes first. */
  readonly seconds?: number;
  /** Ends when exactly so many requests have been answered after the warm-up. */
  readonly requests?: number;
  /** A request that has no whole answer after so long has failed (10,000). A connection must be there after as long. */
  readonly timeoutMilliseconds?: number;
  /** The processor to run on; by default where the kernel likes. */
  readonly processor?: number;
  /** Of one in so many answers the body's hash is checked, where its target has one (64); 0 for none. */
  readonly hashSample?: number;
  /** The same seed gives the same order and the same arrivals (1). */
  readonly seed?: number;
  /** By which dispatcher: by default io_uring where the kernel allows it, else epoll. */
  readonly dispatcher?: 'auto' | 'io_uring' | 'epoll' | 'poll' | 'select';
}

export interface SlowReading {
  readonly count: number;
  /** Each reads at most so many; without, as many as come: then the network is slow. */
  readonly bytesPerSecond?: number;
  /** Addresses of this computer to connect from, the n-th from the n-th; by default as all others do. */
  readonly localAddresses?: readonly string[];
}

export interface LoadTarget {
  /** As it stands in the request line: a path and perhaps a query, all in ASCII. */
  readonly path: string;
  /** GET. */
  readonly method?: string;
  /** Beside Host, Connection and Content-Length, which the client writes itself where they are not given. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
  /** In base64. */
  readonly body?: string;
  /** How often it is asked for, relative to the others (1). With `zipf` its place in popularity counts instead. */
  readonly weight?: number;
  /** Its place in popularity, from 1 on: by default its place in the list. */
  readonly rank?: number;
  /** What the status must be; by default any from 200 to 399. */
  readonly status?: number;
  /** What the length of the body must be, in bytes. */
  readonly length?: number;
  /** What the SHA-256 of the body must be, in hexadecimal: for sampled checks. */
  readonly sha256?: string;
}

export type LoadOrder =
  /** Independent of each other, by weight; with `zipf` the weight is 1 / rank ^ zipf. */
  | { readonly kind: 'random'; readonly zipf?: number }
  /** One after the other, over and over. */
  | { readonly kind: 'sequence' }
  /** Each when it is due, in milliseconds from the beginning, in ascending order; `pace` says nothing then. */
  | { readonly kind: 'trace'; readonly requests: ReadonlyArray<readonly [dueMilliseconds: number, target: number]> };

export type LoadPace =
  /** A connection asks again when it has been answered. */
  | { readonly kind: 'closed' }
  /** So many requests a second are due, whatever has been answered: at random moments (Poisson), or evenly spread. */
  | { readonly kind: 'open'; readonly rate: number; readonly arrivals?: 'poisson' | 'constant' };
