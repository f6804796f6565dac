/** The thread that watches the event loop of the process's main thread. It is started by loop.ts. */
import { workerData } from 'node:worker_threads';
import { LoopWatch } from '../app/loop-watch.js';
import { ErrorLog, type ErrorLogOptions, type Say } from '../log/error-log.js';
import { LoopBeat } from '../metrics/loop-beat.js';
import { sayRecord } from '../models/worker-record.js';

export interface WatcherTask {
  readonly memory: SharedArrayBuffer;
  readonly warnMilliseconds: number;
  /** The error log; undefined in a worker, which tells whoever keeps it. */
  readonly errorLog: ErrorLogOptions | undefined;
}

const { memory, warnMilliseconds, errorLog } = workerData as WatcherTask;

const say: Say = (...said) => {
  if (errorLog === undefined) {
    // At once: the thread that would pass it on is the one that stands still.
    sayRecord(...said);
    return;
  }
  const log = new ErrorLog(errorLog);
  log.say(...said);
  log.close();
};

new LoopWatch(warnMilliseconds, say).add(LoopBeat.of(memory));
