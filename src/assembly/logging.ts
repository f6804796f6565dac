/**
 * The logs of a server: the error log, and the one who writes the access log of all who serve.
 *
 * What it keeps true: both are there before anybody serves, and lines of those who have ended are still written.
 */
import type { ServerOptions } from '../config/options.js';
import { onWake, stopListening } from '../linux/process.js';
import { AccessLog } from '../log/access-log.js';
import { ErrorLog, type Say } from '../log/error-log.js';
import { LogWriter } from '../log/log-writer.js';
import type { LogCounts } from '../metrics/server-metrics.js';
import type { SharedMemory } from './shared-memory.js';

export class Logging {
  readonly say: Say;
  readonly #options: ServerOptions;
  readonly #memory: SharedMemory;
  readonly #errorLog: ErrorLog;
  /** Nobody else's. */
  readonly #ownsErrorLog: boolean;
  /** Undefined: no requests are logged. */
  readonly #writer: LogWriter | undefined;

  /** An error log that is given stays the caller's. Throws an Error with a sentence for the user when a file cannot be opened. */
  constructor(options: ServerOptions, memory: SharedMemory, errorLog: ErrorLog | undefined) {
    this.#options = options;
    this.#memory = memory;
    this.#ownsErrorLog = errorLog === undefined;
    this.#errorLog = errorLog ?? new ErrorLog(options);
    this.say = this.#errorLog.say;
    try {
      this.#writer = writerOf(options, memory, this.say);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get counts(): LogCounts | undefined {
    return this.#writer?.counts;
  }

  /** For one who serves in this process, with that slot; undefined where no requests are logged. */
  accessLogOf(slot: number): AccessLog | undefined {
    const { accessLog } = this.#options;
    const ring = this.#memory.ringOf(slot);
    const writer = this.#writer;
    if (accessLog === 'off' || ring === undefined || writer === undefined) return undefined;
    return new AccessLog(accessLog, ring, writer.call);
  }

  /** Opens the files of both anew. */
  reopen(): void {
    this.#errorLog.reopen();
    this.#writer?.reopen();
  }

  /** Settles when lines have been written as far as can be: with whether their memory may be given back. */
  async endWriting(): Promise<boolean> {
    const writer = this.#writer;
    if (writer === undefined) return true;
    stopListening(writer.call);
    return writer.end();
  }

  /** After that nothing more is said. */
  close(): void {
    if (this.#ownsErrorLog) this.#errorLog.close();
  }
}

function writerOf(options: ServerOptions, memory: SharedMemory, say: Say): LogWriter | undefined {
  const rings = memory.slots.slots.flatMap((_, slot) => memory.ringOf(slot) ?? []);
  if (rings.length === 0) return undefined;
  const writer = new LogWriter(options.accessLogFile, rings, say);
  onWake(writer.call);
  return writer;
}
