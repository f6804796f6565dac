/**
 * The recording of what every thread of control does: for as long as the server lives (`--trace FILE`), and for some seconds
 * when somebody asks for it. It turns recording on and off for all, and makes a trace of what their rings hold.
 *
 * What it keeps true:
 * - The file is opened before anybody serves, so that one that cannot be written is a reason not to serve.
 * - A trace is made of copies: whoever serves goes on, and what it overwrites meanwhile is said to be lost.
 * - Nothing of the shared memory is touched after `end`.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { hrtime } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerOptions } from '../config/options.js';
import { wake } from '../linux/process.js';
import type { Say } from '../log/error-log.js';
import { whyNot } from '../log/log-sink.js';
import { type TracedThread, type TraceFacts, traceFile } from '../metrics/trace/trace-file.js';
import type { SharedMemory } from './shared-memory.js';
import { version } from './version.js';
import { writePieces } from './write-pieces.js';

/** A worker that was about to wait has not heard: it is woken again after so many milliseconds. */
const WAKE_AGAIN_MILLISECONDS = [10, 50] as const;
/** As of a log: it says who reads what. */
const MODE = 0o640;
/** Not emptied: should the server end by force, what was there before is not lost for nothing. A FIFO keeps nobody waiting. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

/** What a server has turned out to be. */
export interface RecordedServer {
  readonly dispatcher: string | undefined;
  readonly disk: string;
}

/** Since when, and how many events each had begun by then. */
interface Beginning {
  readonly at: bigint;
  readonly totals: readonly number[];
}

export class Recording {
  readonly #options: ServerOptions;
  readonly #memory: SharedMemory;
  readonly #say: Say;
  /** -1: there is no file. */
  #file = -1;
  #sinceStart: Beginning | undefined;
  #server: RecordedServer | undefined;
  /** Ends the trace that somebody has asked for. */
  #finish: (() => void) | undefined;
  #ended = false;

  /** Throws an Error with a sentence for the user when the file cannot be written. */
  constructor(options: ServerOptions, memory: SharedMemory, say: Say) {
    this.#options = options;
    this.#memory = memory;
    this.#say = say;
    if (options.trace === '') return;
    this.#file = openTrace(options.trace);
    // Before anybody serves: each begins with it.
    this.#sinceStart = this.#begin();
  }

  /** The server is there. */
  serves(server: RecordedServer): void {
    this.#server = server;
  }

  /**
   * Records for so many milliseconds, or until `gone`, or until the server ends: the text of the trace, in pieces. undefined: another one is
   * under way, or the server has ended, or whoever asked has gone.
   */
  async take(milliseconds: number, gone?: AbortSignal): Promise<Generator<string> | undefined> {
    if (this.#finish !== undefined || this.#ended || gone?.aborted === true) return undefined;
    const beginning = this.#begin();
    const stopped = new AbortController();
    let pieces: Generator<string> | undefined;
    this.#finish = () => {
      this.#finish = undefined;
      pieces = this.#endOf(beginning);
      this.#memory.traceSwitch.on = this.#file >= 0;
      stopped.abort();
    };
    const finish = this.#finish;
    gone?.addEventListener('abort', finish, { once: true });
    void this.#wakeAll();
    await pause(milliseconds, undefined, { signal: stopped.signal }).catch(() => {});
    gone?.removeEventListener('abort', finish);
    if (pieces === undefined) finish();
    return pieces;
  }

  /** Everybody has ended. Settles when the file, if there is one, has been written. */
  async end(): Promise<void> {
    this.#finish?.();
    this.#ended = true;
    if (this.#file < 0 || this.#sinceStart === undefined) return;
    this.#memory.traceSwitch.on = false;
    try {
      if (fstatSync(this.#file).isFile()) ftruncateSync(this.#file);
      await writePieces(this.#file, this.#endOf(this.#sinceStart));
      this.#say('info', `The trace is in ${this.#options.trace}; https://ui.perfetto.dev opens it.`);
    } catch (error) {
      this.#say('error', `The trace ${this.#options.trace} cannot be written: ${whyNot(error)}.`);
    }
    this.close();
  }

  /** Gives the file back, whatever is in it. */
  close(): void {
    this.#ended = true;
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #begin(): Beginning {
    const { slots } = this.#memory.slots;
    const beginning = {
      at: hrtime.bigint(),
      totals: slots.map((_, slot) => this.#memory.traceRingOf(slot).total),
    };
    this.#memory.traceSwitch.on = true;
    return beginning;
  }

  /** Those who wait in a system call hear of it when they are woken. */
  async #wakeAll(): Promise<void> {
    this.#wake();
    for (const milliseconds of WAKE_AGAIN_MILLISECONDS) {
      await pause(milliseconds);
      if (this.#finish !== undefined) this.#wake();
    }
  }

  #wake(): void {
    for (const { process: identifier, thread } of this.#memory.slots.slots) {
      if (thread !== 0 && !(identifier === process.pid && thread === process.pid)) wake(identifier, thread);
    }
  }

  #endOf({ at, totals }: Beginning): Generator<string> {
    const ended = hrtime.bigint();
    const threads = totals.flatMap((total, slot): TracedThread[] => {
      const snapshot = this.#memory.traceRingOf(slot).snapshot();
      const lost = Math.max(0, snapshot.first - total);
      return snapshot.end === 0 ? [] : [{ index: slot, snapshot, lost }];
    });
    const each = threads.map((thread, index) => ({ ...thread, index }));
    return traceFile(each, { ...this.#facts(at, ended), threads: each.length });
  }

  #facts(began: bigint, ended: bigint): Omit<TraceFacts, 'threads'> {
    const { model, loops, loopsIn } = this.#options;
    const { dispatcher, disk = '' } = this.#server ?? {};
    const waits = dispatcher === undefined ? '' : ` (${dispatcher})`;
    return {
      began,
      ended,
      about: {
        server: `Amped ${version()}`,
        node: process.versions.node,
        model,
        ...(dispatcher !== undefined && { dispatcher }),
        disk,
        // By CLOCK_MONOTONIC, from which all times of the trace are counted.
        beganAtNanoseconds: String(began),
      },
      processName: (_, place) => {
        if (model === 'process') return `amped process ${place + 1}`;
        return loops > 1 && loopsIn === 'processes' ? `amped loop ${place + 1}` : 'amped';
      },
      threadName: (place) => {
        if (model !== 'event') return `worker ${model} ${place + 1}`;
        return loops > 1 ? `event loop ${place + 1}${waits}` : `event loop${waits}`;
      },
    };
  }
}

function openTrace(path: string): number {
  try {
    const file = openSync(path, FLAGS, MODE);
    if (!fstatSync(file).isFIFO()) return file;
    closeSync(file);
  } catch (error) {
    throw new Error(`The trace ${path} cannot be written: ${whyNot(error)}; choose another with --trace.`);
  }
  throw new Error(`The trace ${path} cannot be written: it is a pipe; choose another with --trace.`);
}
