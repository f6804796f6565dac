/** The client of `amped show`: connections over loopback, each with one request, all of them sent at once. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Nobody waits for longer than that. */
const MOST_MILLISECONDS = 20_000;

/** When a request was sent and when the last byte of its answer had come, in nanoseconds of CLOCK_MONOTONIC. */
export interface Exchange {
  readonly sent: bigint;
  readonly answered: bigint;
}

export class Client {
  readonly #port: number;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** One after the other, so that the server accepts them in this order. */
  async connect(count: number): Promise<Socket[]> {
    const sockets: Socket[] = [];
    for (let number = 0; number < count; number++) {
      const socket = connect(this.#port, '127.0.0.1');
      sockets.push(socket.setNoDelay(true));
      await once(socket, 'connect');
    }
    return sockets;
  }

  /** Asks for a path on each connection; settles when all have been answered. */
  async ask(sockets: readonly Socket[], paths: readonly string[]): Promise<Exchange[]> {
    const answers = sockets.map((socket, index) => this.#exchange(socket, paths[index] as string));
    return Promise.all(answers);
  }

  /** As many connections as paths, all at once. */
  async get(paths: readonly string[]): Promise<void> {
    await this.ask(await this.connect(paths.length), paths);
  }

  async #exchange(socket: Socket, path: string): Promise<Exchange> {
    let begin = '';
    socket.setTimeout(MOST_MILLISECONDS, () => socket.destroy(new Error('The server has not answered in time.')));
    socket.on('data', (bytes) => {
      if (begin === '') begin = bytes.toString('latin1', 0, 12);
    });
    const ended = once(socket, 'end');
    const sent = process.hrtime.bigint();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    await ended;
    const answered = process.hrtime.bigint();
    socket.destroy();
    if (begin !== 'HTTP/1.1 200') throw new Error(`The server has answered ${path} with ${JSON.stringify(begin)}.`);
    return { sent, answered };
  }
}
