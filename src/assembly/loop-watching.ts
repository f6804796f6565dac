/**
 * Who watches the event loops of an application. A loop in the main thread of its process is watched by a thread that is
 * there for that; loops in threads are watched by the main thread, which serves nobody.
 */
import { isMainThread, Worker as Thread } from 'node:worker_threads';
import type { LoopWatch } from '../app/loop-watch.js';
import type { ServerOptions } from '../config/options.js';
import type { Say } from '../log/error-log.js';
import { LoopBeat } from '../metrics/loop-beat.js';
import { type OwnHandler, servesApplication } from './application.js';
import type { WatcherTask } from './loop-watcher.js';

/** In megabytes: it keeps next to nothing. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32, stackSizeMb: 1 };

/** Whether loops of an application are watched at all. */
export function watchesLoops(options: ServerOptions, own: OwnHandler = {}): boolean {
  return options.model === 'event' && servesApplication(options, own) && options.stallWarningMilliseconds > 0;
}

/** Has a thread watch the loop of this one, the main thread. `inWorker`: somebody keeps this process. */
export function watchedByThread(
  { stallWarningMilliseconds, logLevel, errorLogFile }: ServerOptions,
  inWorker: boolean,
): { beat: LoopBeat; end(): void } {
  const beat = LoopBeat.create();
  beat.thread = 0;
  const task: WatcherTask = {
    memory: beat.memory,
    warnMilliseconds: stallWarningMilliseconds,
    errorLog: inWorker ? undefined : { logLevel, errorLogFile },
  };
  const entry = new URL('../assembly/loop-watcher.js', import.meta.url);
  const thread = new Thread(entry, { workerData: task, resourceLimits: RESOURCE_LIMITS, execArgv: [] });
  thread.unref();
  // Without it handlers that block are told of without their stack.
  thread.on('error', () => {});
  return { beat, end: () => void thread.terminate() };
}

/** In the main thread: watches loops in threads, each by the slot that it has. */
export class LoopsInThreads {
  readonly #beats = new Map<number, LoopBeat>();
  readonly #watch: LoopWatch;

  private constructor(watch: LoopWatch) {
    this.#watch = watch;
  }

  static async of(options: ServerOptions, say: Say): Promise<LoopsInThreads | undefined> {
    if (!watchesLoops(options) || options.loopsIn !== 'threads' || !isMainThread) return undefined;
    const { LoopWatch } = await import('../app/loop-watch.js');
    return new LoopsInThreads(new LoopWatch(options.stallWarningMilliseconds, say));
  }

  /** For the loop that is about to be born in this slot. */
  memoryOf(slot: number): SharedArrayBuffer {
    const beat = LoopBeat.create();
    this.#beats.set(slot, beat);
    this.#watch.add(beat);
    return beat.memory;
  }

  forget(slot: number): void {
    const beat = this.#beats.get(slot);
    if (beat !== undefined) this.#watch.remove(beat);
    this.#beats.delete(slot);
  }

  close(): void {
    this.#watch.close();
  }
}
