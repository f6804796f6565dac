/** Servers for the load client to ask: they count what they answer, and do wrong what a test wants. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { LoadErrors, LoadResult } from '../../../src/compare/load/result.js';

export interface Counting {
  readonly url: string;
  /** Requests answered. */
  requests: number;
  /** Connections accepted. */
  connections: number;
  /** Where connections came from. */
  readonly peers: Set<string>;
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/** A server of node:http; without a handler it answers 'hello'. */
export async function httpServer(handler: RequestListener = hello): Promise<Counting> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request: IncomingMessage, response: ServerResponse) => {
    response.on('finish', () => {
      counting.requests++;
    });
    handler(request, response);
  });
  const counting = await listen(server);
  return counting;
}

/** A server of bytes. */
export function tcpServer(connected: (socket: Socket) => void): Promise<Counting> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      connected(socket);
    }),
  );
}

/** Answers each request head that comes with these texts, one after the other, over and over; counts requests itself. */
export function scripted(
  answers: readonly string[],
  afterwards: (socket: Socket) => void = () => {},
): Promise<Counting> {
  let next = 0;
  return tcpServer((socket) => {
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        text = text.slice(end + 4);
        socket.write(answers[next++ % answers.length] as string, 'latin1');
        afterwards(socket);
      }
    });
  });
}

async function listen(server: Server | TcpServer): Promise<Counting> {
  const open = new Set<Socket>();
  const counting: Counting = {
    url: '',
    requests: 0,
    connections: 0,
    peers: new Set(),
    sockets: open,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  server.on('connection', (socket: Socket) => {
    counting.connections++;
    counting.peers.add(socket.remoteAddress ?? '');
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(counting, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function hello(_request: IncomingMessage, response: ServerResponse): void {
  response.end('hello');
}

/** What every result keeps: each request that was sent was answered, failed, or is unanswered. */
export function balance({ sent, answered, unanswered, errors }: LoadResult): number {
  return sent - answered - errors.reset - errors.timeout - errors.malformed - unanswered;
}

export const NO_ERRORS: LoadErrors = {
  connectRefused: 0,
  connectTimeout: 0,
  connectFailed: 0,
  reset: 0,
  timeout: 0,
  malformed: 0,
  unsolicited: 0,
  wrongStatus: 0,
  wrongLength: 0,
  wrongHash: 0,
};
