/**
 * A client in a thread of its own, for tests of code that blocks the thread of the test: it runs a function of the test
 * and tells afterwards what came of it. The function is carried over as text, so it may use nothing but its argument.
 */
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** No test may wait for longer than that, in milliseconds: then the peer ends its connection. */
const WATCHDOG_MILLISECONDS = 8000;

/** What the client's function works with. */
export interface PeerTools {
  readonly socket: Socket;
  /** Everything received so far. */
  text(): string;
  /** How many bytes have been received so far: kept apart for what is too much for a text. */
  count(): number;
  /** Settles when the condition holds; looked at whenever something has come, and now and then. */
  until(condition: () => boolean): Promise<void>;
  /** How often the side under test has received something: see `note`. */
  taken(): number;
  /** Sends the signal that wakes a worker to the thread of the test. */
  signal(): void;
  pause(milliseconds: number): Promise<void>;
  /** Settles when the connection has ended, and says how: 'end', or the code of the error. */
  readonly ended: Promise<string>;
}

export interface Heard {
  readonly text: string;
  readonly count: number;
  /** 'end', or the code of an error; 'open' when the function had no time to see the end. */
  readonly end: string;
}

export class Peer {
  /** Settles when the function and the connection have ended. */
  readonly heard: Promise<Heard>;
  readonly #taken = new Int32Array(new SharedArrayBuffer(4));

  constructor(port: number, behave: (tools: PeerTools) => Promise<void>) {
    const worker = new Worker(`(${client.toString()})(require, ${behave.toString()})`, {
      eval: true,
      workerData: { port, taken: this.#taken, watchdog: WATCHDOG_MILLISECONDS },
    });
    this.heard = new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The peer ended without a word.')));
    });
    this.heard.catch(() => {});
  }

  /** The side under test has received something. */
  note(): void {
    Atomics.add(this.#taken, 0, 1);
  }
}

/** Runs in the thread of the client, where nothing of this file is known. */
function client(need: NodeJS.Require, behave: (tools: PeerTools) => Promise<void>): void {
  const { connect } = need('node:net') as typeof import('node:net');
  const { parentPort, workerData } = need('node:worker_threads') as typeof import('node:worker_threads');
  const { port, taken, watchdog } = workerData as { port: number; taken: Int32Array; watchdog: number };
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const timer = setTimeout(() => socket.destroy(), watchdog);
  let text = '';
  let count = 0;
  let end = 'open';
  socket.on('data', (bytes) => {
    count += bytes.length;
    if (count < 1_000_000) text += bytes.toString('latin1');
  });
  const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
  const ended = new Promise<string>((done) => {
    socket.once('end', () => {
      end = 'end';
      done(end);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end = error.code ?? error.message;
      done(end);
    });
    socket.once('close', () => done(end));
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition() && !socket.destroyed) await pause(2);
  };
  const tools = {
    socket,
    text: () => text,
    count: () => count,
    until,
    taken: () => Atomics.load(taken, 0),
    signal: () => void process.kill(process.pid, 'SIGURG'),
    pause,
    ended,
  };
  socket.once('connect', async () => {
    await behave(tools);
    await ended;
    clearTimeout(timer);
    socket.destroy();
    parentPort?.postMessage({ text, count, end });
  });
}
