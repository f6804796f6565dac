/**
 * What a handler gets beside the request, as its second argument and its third: under the names that Workers (`waitUntil`)
 * and Deno (`remoteAddr`) have for it, so that frameworks find it where they look.
 */
import type { Client, PeerAddress } from './client.js';

/** Told of what a handler goes on with when it has answered. */
export interface Background {
  /** Its failure is logged, and the end of the server waits for it, as far as the drain timeout allows. */
  add(promise: Promise<unknown>): void;
}

const NO_PROPS = Object.freeze({});

export class HandlerContext {
  readonly #client: Client;
  readonly #background: Background;
  #address: PeerAddress | undefined;
  #asked = false;

  constructor(client: Client, background: Background) {
    this.#client = client;
    this.#background = background;
  }

  /** Goes on with something when the request has been answered. */
  get waitUntil(): (promise: PromiseLike<unknown>) => void {
    // As a property, since programs take it out of the context.
    return (promise) => this.#background.add(Promise.resolve(promise));
  }

  /** Of Workers: there is no origin to pass anything on to. */
  passThroughOnException(): void {}

  /** Of Workers: what a caller in the same place would have given; there is none. Frameworks have it in their types. */
  get props(): Record<string, never> {
    return NO_PROPS;
  }

  /** Where the client is; undefined when it has gone, or has no address. */
  get clientAddress(): PeerAddress | undefined {
    if (!this.#asked) {
      this.#asked = true;
      this.#address = this.#client.peerAddress();
    }
    return this.#address;
  }

  /** The same, as Deno says it. */
  get remoteAddr(): { transport: 'tcp'; hostname: string; port: number } | undefined {
    const at = this.clientAddress;
    return at === undefined ? undefined : { transport: 'tcp', hostname: at.address, port: at.port };
  }
}
