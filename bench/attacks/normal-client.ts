/**
 * A client that means well: it asks for a small file at a steady pace, on a connection of its own each time, whatever has
 * become of the requests before (an open loop). Latency counts from when a request was due, so that none that had to wait
 * is left out.
 */
import { connect } from 'node:net';

/** Longer than this, and it has failed. */
const PATIENCE_MILLISECONDS = 10_000;

export class NormalClient {
  /** Milliseconds, of those that were answered. */
  readonly latencies: number[] = [];
  failures = 0;
  readonly #port: number;
  readonly #request: string;
  readonly #bodyBytes: number;
  readonly #interval: number;
  readonly #begun = performance.now();
  readonly #underWay = new Set<Promise<void>>();
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: number, path: string, bodyBytes: number, rate: number) {
    this.#port = port;
    this.#request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
    this.#bodyBytes = bodyBytes;
    this.#interval = 1000 / rate;
    this.#next();
  }

  /** Asks no more, and waits for those under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#underWay);
  }

  #next(): void {
    const now = performance.now();
    for (; this.#begun + this.#due * this.#interval <= now; this.#due++) {
      const asked = this.#ask(this.#begun + this.#due * this.#interval);
      this.#underWay.add(asked);
      void asked.then(() => this.#underWay.delete(asked));
    }
    this.#timer = setTimeout(() => this.#next(), this.#begun + this.#due * this.#interval - performance.now());
  }

  /** Good is a 200 with the whole file; whatever else comes, and whatever does not, has failed. */
  #ask(due: number): Promise<void> {
    return new Promise((done) => {
      const socket = connect(this.#port, '127.0.0.1');
      const pieces: Buffer[] = [];
      const timer = setTimeout(() => socket.destroy(), PATIENCE_MILLISECONDS);
      socket.write(this.#request);
      socket.on('data', (piece) => pieces.push(piece));
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(timer);
        const answer = Buffer.concat(pieces);
        const good =
          answer.indexOf('HTTP/1.1 200 ') === 0 && answer.length - answer.indexOf('\r\n\r\n') - 4 === this.#bodyBytes;
        if (good) this.latencies.push(performance.now() - due);
        else this.failures++;
        done();
      });
    });
  }
}

/** The value that a share of all does not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
