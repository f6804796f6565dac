/** How far something is: on a terminal one line that is written anew, elsewhere a line at every tenth. */
import type { WriteStream } from 'node:tty';

const BAR_WIDTH = 24;
const TENTH = 0.1;
/** Before that nobody can tell how long the rest takes, but for what was estimated. */
const TELLING_SHARE = 0.15;

type Stream = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

export class ProgressLine {
  readonly #stream: Stream;
  readonly #estimate: number;
  readonly #began = Date.now();
  #said = -1;

  /** @param estimate in seconds. */
  constructor(stream: Stream, estimate: number) {
    this.#stream = stream;
    this.#estimate = estimate;
  }

  show(text: string, share: number): void {
    const percent = `${Math.min(99, Math.floor(share * 100))} %`.padStart(4);
    if (!this.#stream.isTTY) {
      const tenth = Math.floor(share / TENTH);
      if (tenth === this.#said) return;
      this.#said = tenth;
      this.#stream.write(`${percent}  ${text}\n`);
      return;
    }
    const filled = Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH));
    const bar = `[${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}]`;
    const line = `${bar} ${percent}  ${this.#left(share)}  ${text}`;
    // Longer than the terminal it would become two lines, of which only one can be written anew.
    this.#stream.write(`\r\x1b[K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** A sentence, above the line. */
  say(sentence: string): void {
    this.#stream.write(`${this.#stream.isTTY ? '\r\x1b[K' : ''}${sentence}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }

  #left(share: number): string {
    const passed = (Date.now() - this.#began) / 1000;
    const all = share < TELLING_SHARE ? this.#estimate : passed / share;
    const seconds = Math.max(0, Math.round(all - passed));
    return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s left` : `${seconds} s left`;
  }
}
