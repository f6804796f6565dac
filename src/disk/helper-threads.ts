/**
 * The threads of disk helpers, as the loop keeps them: started one at a time, each in a place of its own, which is free
 * again when it has ended, however that came. They do not keep the process.
 */
import { Worker as Thread } from 'node:worker_threads';
import type { HelperTask, Listed } from './helper-memory.js';

/** In megabytes: a helper keeps next to nothing, but for the names of a directory that it lists. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64, stackSizeMb: 1 };

export interface HelperThreadsOptions {
  readonly entry: URL;
  readonly task: Omit<HelperTask, 'number' | 'place'>;
  /** A helper has listed a directory. */
  listed(message: Listed): void;
  /** The helper with this number has ended; whatever it had sent has been handled. */
  exited(number: number, place: number): void;
  /** A helper has ended by an error, in words. */
  failed(why: string): void;
}

export class HelperThreads {
  readonly #options: HelperThreadsOptions;
  readonly #threads = new Set<Thread>();
  readonly #freePlaces: number[];
  #started = 0;

  constructor(options: HelperThreadsOptions) {
    this.#options = options;
    this.#freePlaces = Array.from({ length: options.task.helpers }, (_, place) => place);
  }

  get alive(): number {
    return this.#threads.size;
  }

  /** There are as many as may be. */
  get full(): boolean {
    return this.#freePlaces.length === 0;
  }

  /** Whether one could be started: not when it is full already. It may yet end before it has taken anything. */
  start(): boolean {
    const { entry, task, listed, exited, failed } = this.#options;
    const place = this.#freePlaces.at(-1);
    if (place === undefined) return false;
    const number = ++this.#started;
    let thread: Thread;
    try {
      const workerData: HelperTask = { ...task, number, place };
      thread = new Thread(entry, { workerData, resourceLimits: RESOURCE_LIMITS });
    } catch (error) {
      failed(String(error));
      return false;
    }
    this.#freePlaces.pop();
    this.#threads.add(thread);
    thread.on('message', listed);
    thread.once('error', (error: unknown) => failed(String(error)));
    // Node emits it when it has emitted every message.
    thread.once('exit', () => {
      this.#threads.delete(thread);
      this.#freePlaces.push(place);
      exited(number, place);
    });
    thread.unref();
    return true;
  }

  /** From here on they keep the process: their end must be heard of. */
  ref(): void {
    for (const thread of this.#threads) thread.ref();
  }
}
