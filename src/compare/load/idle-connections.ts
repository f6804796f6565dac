/** Connections that are there and ask for nothing, as most of a busy server's are. */
import type { Dispatcher, Endpoint } from '../../dispatcher/dispatcher.js';
import type { LoadResult } from './result.js';

export class IdleConnections {
  #opened = 0;
  #open = 0;
  readonly #dispatcher: Dispatcher;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** Takes a connected socket. It is closed when the server ends it, and with the dispatcher. */
  adopt(socket: number): void {
    this.#opened++;
    this.#open++;
    const endpoint: Endpoint = {
      received: (_offset, length) => {
        // What a server says to one who asks nothing (408) is none of ours.
        if (length > 0) return;
        this.#open--;
        this.#dispatcher.close(socket);
      },
      sent: () => {},
      expired: () => {},
      released: () => {},
    };
    this.#dispatcher.add(socket, endpoint);
  }

  get result(): NonNullable<LoadResult['idleConnections']> {
    return { opened: this.#opened, open: this.#open };
  }
}
