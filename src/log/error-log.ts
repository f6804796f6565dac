/**
 * The error log: sentences for people, with a level. On a terminal they stand alone; elsewhere each has its time and its
 * level before it, so that a line says by itself when it was written and how bad that is.
 *
 * What it keeps true: a sentence has been written, or given up, when the call returns, so that none is lost where the
 * process ends right after; but nobody waits for a reader. A sentence that comes again and again is told once in a while,
 * with how often it was meant to be.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { closeSink, type LogSink, openSink, STANDARD, whyNot } from './log-sink.js';

/** From the worst to what is of interest only to who looks for a mistake. */
export const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * Says a sentence. `kind`: those of one kind are told once in a while only, whatever the sentence; none: it is always told.
 */
export type Say = (level: Level, text: string, kind?: string) => void;

/** Those of one kind are told once in so many milliseconds. */
export const REPEAT_MILLISECONDS = 10_000;
/** Of more kinds than that none is remembered for longer. */
const MOST_KINDS = 64;

/** Tells those of one kind once in a while, and then how many were not told in between. */
export function sparingly(say: Say, clock: () => number = () => performance.now()): Say {
  const kinds = new Map<string, { until: number; untold: number }>();
  return (level, text, kind) => {
    if (kind === undefined) {
      say(level, text);
      return;
    }
    const now = clock();
    const known = kinds.get(kind);
    if (known !== undefined && now < known.until) {
      known.untold++;
      return;
    }
    if (kinds.size >= MOST_KINDS) kinds.clear();
    kinds.set(kind, { until: now + REPEAT_MILLISECONDS, untold: 0 });
    const untold = known?.untold ?? 0;
    say(level, untold === 0 ? text : `${text} (${untold} more like this since the last one was told.)`, kind);
  };
}

/** What the error log is made from: the options of these names. */
export interface ErrorLogOptions {
  readonly logLevel: Level;
  readonly errorLogFile: string;
}

export class ErrorLog {
  readonly say: Say;
  readonly #path: string;
  readonly #least: number;
  #sink: LogSink;
  #lost = 0;

  /** Throws an Error with a sentence for the user when the file cannot be opened. */
  constructor({ logLevel, errorLogFile }: ErrorLogOptions) {
    this.#path = errorLogFile;
    this.#least = LEVELS.indexOf(logLevel);
    try {
      this.#sink = openSink(errorLogFile, 2);
    } catch (error) {
      throw new Error(
        `The error log ${errorLogFile} cannot be written: ${whyNot(error)}; choose another with --error-log-file.`,
      );
    }
    const told = sparingly((level, text) => this.#write(level, text));
    this.say = (level, text, kind) => {
      if (LEVELS.indexOf(level) <= this.#least) told(level, text, kind);
    };
  }

  /** Goes on in a new file of the same name, as when the old one has been renamed. */
  reopen(): void {
    if (this.#path === STANDARD) return;
    try {
      const sink = openSink(this.#path, 2);
      closeSink(this.#sink);
      this.#sink = sink;
    } catch (error) {
      this.say(
        'error',
        `The error log ${this.#path} cannot be opened anew: ${whyNot(error)}. It goes on in the old file.`,
      );
    }
  }

  close(): void {
    closeSink(this.#sink);
  }

  #write(level: Level, text: string): void {
    const { descriptor } = this.#sink;
    const before = isatty(descriptor) ? '' : `${new Date().toISOString()} ${level} `;
    const lost = this.#lost === 0 ? '' : `${before}${this.#lost} sentences before this one could not be written.\n`;
    try {
      // In one call, for whoever else writes to the same file.
      writeSync(descriptor, `${lost}${before}${printable(text)}\n`);
      this.#lost = 0;
    } catch {
      // A full disk, or a reader that has stopped: there is nobody to tell.
      this.#lost++;
    }
  }
}

/** Names of files may hold anything; of control characters only the ends of lines are let through, which traces have. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
