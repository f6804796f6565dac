/**
 * A terminal that one program has for itself: its alternate screen, its keys, its size.
 *
 * What it keeps true: however the program ends, the terminal is as it was before.
 */
import { constants } from 'node:os';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_END_OF_LINE = '\x1b[K';
const TO_END_OF_SCREEN = '\x1b[J';
/** What Ctrl+C sends where the terminal makes no signal of it. */
const INTERRUPT = '\x03';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Listener {
  /** The terminal has another size. */
  resized(): void;
  /** The user wants to see the other page. */
  turned(): void;
  /** The user wants to end it. */
  ended(exitCode: number): void;
}

export class Screen {
  readonly #output: NodeJS.WriteStream;
  readonly #input: NodeJS.ReadStream;
  #entered = false;

  constructor(output: NodeJS.WriteStream, input: NodeJS.ReadStream) {
    this.#output = output;
    this.#input = input;
  }

  get size(): { columns: number; rows: number } {
    // A terminal that does not know is as wide as a punched card.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  enter(listener: Listener): void {
    this.#entered = true;
    this.#output.write(ENTER);
    this.#output.on('resize', listener.resized);
    process.once('exit', () => this.leave());
    for (const signal of SIGNALS) process.once(signal, () => listener.ended(128 + constants.signals[signal]));
    if (!this.#input.isTTY) return;
    this.#input.setRawMode(true);
    this.#input.setEncoding('utf8').on('data', (keys) => {
      if (String(keys).includes(INTERRUPT)) listener.ended(128 + constants.signals.SIGINT);
      else if (/q/i.test(String(keys))) listener.ended(0);
      else if (/^[p\t]$/i.test(String(keys))) listener.turned();
    });
  }

  draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}${TO_END_OF_LINE}`).join('\r\n');
    this.#output.write(`${HOME}${text}${TO_END_OF_SCREEN}`);
  }

  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    if (this.#input.isTTY) this.#input.setRawMode(false);
    this.#input.pause();
    this.#output.write(LEAVE);
  }
}
